package importer

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// curlCommand is a curl command line being read.
type curlCommand struct {
	addresses []shellWord
	method    string
	head, get bool
	globOff   bool
	headers   []header
	removed   []string // headers that curl would add, and is told not to
	data      []string
	dataType  string // the Content-Type that the data implies
	user      string
	hasUser   bool
	insecure  bool
	timeout   time.Duration
	redirects int
}

// curlOption is an option of curl's: with an argument or without, and what it does. What is wrong with the argument is the
// rule that it breaks.
type curlOption struct {
	argument bool
	apply    func(c *curlCommand, argument string) (rule string)
}

func flag(apply func(*curlCommand)) curlOption {
	return curlOption{apply: func(c *curlCommand, _ string) string { apply(c); return "" }}
}

func setting(apply func(*curlCommand, string) string) curlOption {
	return curlOption{argument: true, apply: apply}
}

// Options that say nothing about the request, or something that a script says in its own way.
var (
	ignoredFlag    = flag(func(*curlCommand) {})
	ignoredSetting = setting(func(*curlCommand, string) string { return "" })
)

func refused(argument bool, rule string) curlOption {
	return curlOption{argument: argument, apply: func(*curlCommand, string) string { return rule }}
}

// curlOptions are those that are understood, by their names.
var curlOptions = map[string]curlOption{
	"--request": setting(func(c *curlCommand, s string) string { c.method = s; return token(s) }),
	"--header":  setting((*curlCommand).header),
	"--url": setting(func(c *curlCommand, s string) string {
		c.addresses = append(c.addresses, shellWord{text: s})
		return ""
	}),
	"--data":           setting((*curlCommand).plainData),
	"--data-ascii":     setting((*curlCommand).plainData),
	"--data-binary":    setting((*curlCommand).plainData),
	"--data-raw":       setting((*curlCommand).rawData),
	"--data-urlencode": setting((*curlCommand).encodedData),
	"--json":           setting((*curlCommand).jsonData),
	"--user":           setting(func(c *curlCommand, s string) string { c.user, c.hasUser = s, true; return "" }),
	"--get":            flag(func(c *curlCommand) { c.get = true }),
	"--head":           flag(func(c *curlCommand) { c.head = true }),
	"--globoff":        flag(func(c *curlCommand) { c.globOff = true }),
	"--insecure":       flag(func(c *curlCommand) { c.insecure = true }),
	"--max-time":       setting((*curlCommand).maxTime),
	"--max-redirs":     setting((*curlCommand).maxRedirects),
	"--form":           refused(true, "a multipart form cannot be written as a script; send it once, and give what was sent as body with its Content-Type"),

	// Cookies are kept by each user, the browser's name is ours, redirects are followed anyway.
	"--cookie": ignoredSetting, "--cookie-jar": ignoredSetting, "--user-agent": ignoredSetting, "--referer": ignoredSetting,
	"--location": ignoredFlag, "--compressed": ignoredFlag,
	// How curl itself shows and does things.
	"--silent": ignoredFlag, "--show-error": ignoredFlag, "--verbose": ignoredFlag, "--include": ignoredFlag, "--fail": ignoredFlag,
	"--output": ignoredSetting, "--write-out": ignoredSetting, "--progress-bar": ignoredFlag, "--no-progress-meter": ignoredFlag,
	"--no-buffer": ignoredFlag, "--connect-timeout": ignoredSetting, "--path-as-is": ignoredFlag, "--http1.1": ignoredFlag,
	"--http2": ignoredFlag, "--ipv4": ignoredFlag, "--ipv6": ignoredFlag,
}

// curlLetters are the short names.
var curlLetters = map[byte]string{'X': "--request", 'H': "--header", 'd': "--data", 'u': "--user", 'G': "--get", 'I': "--head",
	'g': "--globoff", 'k': "--insecure", 'm': "--max-time", 'F': "--form", 'b': "--cookie", 'c': "--cookie-jar", 'A': "--user-agent",
	'e': "--referer", 'L': "--location", 's': "--silent", 'S': "--show-error", 'v': "--verbose", 'i': "--include", 'f': "--fail",
	'o': "--output", 'w': "--write-out", '#': "--progress-bar", 'N': "--no-buffer", '4': "--ipv4", '6': "--ipv6"}

func token(s string) (rule string) {
	if !isToken(s) {
		return "must be a method, such as PUT"
	}
	return ""
}

// header reads Name: value; Name: takes a header away, Name; sends it empty.
func (c *curlCommand) header(s string) (rule string) {
	name, value, found := strings.Cut(s, ":")
	switch {
	case strings.HasPrefix(s, "@"):
		return "must be the header itself, as files are not read"
	case !found && strings.HasSuffix(s, ";"):
		name = strings.TrimSuffix(s, ";")
	case !found:
		return "must be Name: value"
	case strings.TrimSpace(value) == "":
		c.removed = append(c.removed, http.CanonicalHeaderKey(name))
		return ""
	}
	h := canonical(name, value)
	if !isToken(strings.TrimPrefix(h.name, ":")) || hasControls(h.value) {
		return "must be Name: value, on one line"
	}
	c.headers = append(c.headers, h)
	return ""
}

const noFile = "must be the data itself, as files are not read"

func (c *curlCommand) plainData(s string) (rule string) {
	if strings.HasPrefix(s, "@") {
		return noFile
	}
	return c.rawData(s)
}

func (c *curlCommand) rawData(s string) (rule string) {
	c.data, c.dataType = append(c.data, s), formType
	return ""
}

// encodedData reads content, =content or name=content, and escapes the content.
func (c *curlCommand) encodedData(s string) (rule string) {
	name, value, found := strings.Cut(s, "=")
	switch {
	case !found && strings.Contains(s, "@"):
		return noFile
	case !found:
		return c.rawData(escapeData(s))
	case name == "":
		return c.rawData(escapeData(value))
	}
	return c.rawData(name + "=" + escapeData(value))
}

// escapeData escapes as curl does, where a space is %20.
func escapeData(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func (c *curlCommand) jsonData(s string) (rule string) {
	if strings.HasPrefix(s, "@") {
		return noFile
	}
	c.data, c.dataType = append(c.data, s), jsonType
	return ""
}

func (c *curlCommand) maxTime(s string) (rule string) {
	seconds, err := strconv.ParseFloat(s, 64)
	if err != nil || !(seconds >= 0.001) || seconds > 86_400 {
		return "must be seconds, from 0.001 to 86400"
	}
	c.timeout = time.Duration(math.Round(seconds*1000)) * time.Millisecond
	return ""
}

func (c *curlCommand) maxRedirects(s string) (rule string) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > mostRedirects {
		return "must be a whole number from 0 to 100"
	}
	if c.redirects = n; n == 0 {
		c.redirects = unfollowed
	}
	return ""
}
