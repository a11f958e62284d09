// Package importer makes task scripts of recordings: of a browser's HAR file, and of curl commands as the browser's
// developer tools copy them.
//
// A source (har.go, curl.go) turns its input into exchanges. What follows is the same for all: choose what belongs into the
// script (select.go), fold redirects that the engine follows itself (redirects.go), drop headers that are the browser's own
// (headers.go), replace secrets by references to the environment (secrets.go), give requests stable names (generalise.go),
// and write YAML as a person would (write.go). What a person has to know and to check comes along (report.go).
//
// The script uses the language of package loadtest and nothing else: whatever the input, the result is a script that
// loadtest.ParseYAML accepts, or an error.
package importer
