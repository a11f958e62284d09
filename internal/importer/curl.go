package importer

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// Curl makes a task script of curl commands, as a browser copies them with "Copy as cURL (bash)"; newlines, ; and &&
// separate several. name is what messages call the text. Errors begin with name:line:column. Nothing of the commands is run,
// and no file that they name is read. Redirects are followed with and without -L, as the browser did.
func Curl(name, text string, o Options) (*Result, error) {
	c := curlReader{source: source{command: "lpa import curl", file: name, task: "requests", first: position{1, 1}}}
	if !utf8.ValidString(text) {
		return nil, c.source.problem(c.source.first, "", "must be text in UTF-8", "")
	}
	commands, problems := splitCommands(c.source, text)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	for _, words := range commands {
		c.command(words)
		if c.windows {
			break // no line of it would be understood
		}
	}
	if len(commands) == 0 {
		c.complain(c.source.first, "", "must be a curl command", "nothing")
	}
	if err := c.problems.Sorted().Err(); err != nil {
		return nil, err
	}
	result, err := compose(c.source, c.exchanges, o)
	if err == nil && c.insecure {
		result.Notes = append(result.Notes, "-k is no part of a script; if the service's certificate cannot be verified, set loadTest.tls.insecureSkipVerify or, better, loadTest.tls.ca")
	}
	return result, err
}

// maxCommands is far above what a person copies.
const maxCommands = 10 << 20

// ReadCurl is Curl for a stream.
func ReadCurl(name string, r io.Reader, o Options) (*Result, error) {
	data, err := readAll(name, r, maxCommands)
	if err != nil {
		return nil, err
	}
	return Curl(name, string(data), o)
}

const (
	// mostRepeated is above what as many requests as a script can have take of a browser's headers.
	mostRepeated = 64 << 20
	headerSize   = 32 // of two strings, beside what is in them
)

// curlReader reads commands one after the other.
type curlReader struct {
	source    source
	exchanges []exchange
	insecure  bool // a command has -k
	windows   bool // a command is for another shell
	repeated  int  // bytes of headers so far, for each address
	problems  strictyaml.Problems
}

func (r *curlReader) complain(at position, key, rule, got string) {
	r.problems = append(r.problems, r.source.problem(at, key, rule, got))
}

// command reads one command, and adds its requests if nothing is wrong with it.
func (r *curlReader) command(words []shellWord) {
	if name := path.Base(words[0].text); name != "curl" && name != "curl.exe" {
		r.complain(words[0].at, "", "must be a curl command", quoted(words[0].text))
		return
	}
	before := len(r.problems)
	for _, word := range words {
		if !utf8.ValidString(word.text) { // $'\xff' can be any byte
			r.complain(word.at, "", "must be text in UTF-8, as the script is", quoted(word.text))
		}
	}
	var c curlCommand
	rest := words[1:]
	for onlyAddresses := false; len(rest) > 0; {
		word := rest[0]
		switch {
		case strings.HasPrefix(word.text, "^"):
			r.complain(word.at, "", "must be a command for a POSIX shell; in the browser, choose Copy as cURL (bash), not (cmd)", quoted(word.text))
			r.windows, rest = true, nil
		case onlyAddresses, !strings.HasPrefix(word.text, "-"), word.text == "-":
			c.addresses = append(c.addresses, word)
			rest = rest[1:]
		case word.text == "--":
			onlyAddresses = true
			rest = rest[1:]
		case strings.HasPrefix(word.text, "--"):
			rest = r.option(&c, word.text, word.text, rest)
		default:
			rest = r.letters(&c, rest)
		}
	}
	r.insecure = r.insecure || c.insecure
	exchanges := r.requests(&c)
	if len(r.problems) > before {
		return
	}
	if len(c.addresses) == 0 {
		r.complain(words[0].at, "", "must name an address", "")
	}
	r.exchanges = append(r.exchanges, exchanges...)
}

// option reads one option with its argument, which is the next word; it returns the words that follow. shown is the option as
// it was written.
func (r *curlReader) option(c *curlCommand, name, shown string, words []shellWord) []shellWord {
	option, known := curlOptions[name]
	switch {
	case !known:
		r.complain(words[0].at, printable(shown), "unknown option", "")
		return words[1:]
	case !option.argument:
		r.apply(c, option, shown, words[0], "")
		return words[1:]
	case len(words) < 2:
		r.complain(words[0].at, printable(shown), "needs an argument", "")
		return nil
	}
	r.apply(c, option, shown, words[1], words[1].text)
	return words[2:]
}

// letters reads short options, such as -sSL, -X POST or -XPOST.
func (r *curlReader) letters(c *curlCommand, words []shellWord) []shellWord {
	text := words[0].text
	for i := 1; i < len(text); i++ {
		shown := "-" + string(rune(text[i]))
		name, known := curlLetters[text[i]]
		if !known {
			r.complain(words[0].at, printable(shown), "unknown option", "")
			return words[1:]
		}
		option := curlOptions[name]
		switch {
		case !option.argument:
			r.apply(c, option, shown, words[0], "")
		case i+1 < len(text):
			r.apply(c, option, shown, words[0], text[i+1:])
			return words[1:]
		default:
			return r.option(c, name, shown, words)
		}
	}
	return words[1:]
}

// apply lets an option do what it does; word is where its argument, or else the option itself, stands.
func (r *curlReader) apply(c *curlCommand, option curlOption, shown string, word shellWord, argument string) {
	addresses := len(c.addresses)
	if rule := option.apply(c, argument); rule != "" {
		r.complain(word.at, shown, rule, quoted(argument))
	}
	for i := addresses; i < len(c.addresses); i++ {
		c.addresses[i].at = word.at
	}
}

// quoted is a word as messages show it.
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return `"` + strings.Trim(printable(s), `"`) + `"`
}

// requests are those of a command: the same for each of its addresses. Data that the script has no room for is not even repeated.
func (r *curlReader) requests(c *curlCommand) []exchange {
	size := 0
	for _, data := range c.data {
		size += len(data)
	}
	if size *= len(c.addresses); size > strictyaml.MaxFileSize {
		r.complain(c.addresses[0].at, "", tooLarge, fmt.Sprintf("%d of data", size))
		return nil
	}
	for _, h := range c.headers {
		r.repeated += len(c.addresses) * (len(h.name) + len(h.value) + headerSize)
	}
	if len(c.addresses) > 0 && r.repeated > mostRepeated {
		r.complain(c.addresses[0].at, "", fmt.Sprintf("must have at most %d MB of headers, counted for each address", mostRepeated>>20), "more")
		return nil
	}
	var exchanges []exchange
	for _, word := range c.addresses {
		u, rule := c.address(word.text)
		if rule != "" {
			r.complain(word.at, "", rule, quoted(word.text))
			continue
		}
		exchanges = append(exchanges, c.exchange(u))
	}
	return exchanges
}

// address reads an address; one without a scheme is of http, as for curl.
func (c *curlCommand) address(s string) (u *url.URL, rule string) {
	if !c.globOff && strings.ContainsAny(s, "{}[]") && !strings.Contains(s, "://[") {
		return nil, "must be one address, while curl reads {} and [] as lists; add --globoff if they are meant as they are"
	}
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil || !isWeb(u) {
		return nil, "must be an address such as https://shop.example.com/items"
	}
	return lowerHost(u), ""
}

// exchange is the request that curl would send.
func (c *curlCommand) exchange(u *url.URL) exchange {
	e := exchange{url: u, method: http.MethodGet, headers: slices.Clone(c.headers), timeout: c.timeout, redirects: c.redirects}
	separator := "&"
	if c.dataType == jsonType {
		separator = ""
	}
	data := strings.Join(c.data, separator)
	switch {
	case c.get && len(c.data) > 0:
		e.url = withQuery(u, data)
	case len(c.data) > 0:
		e.method = http.MethodPost
		e.body = payload{mediaType: c.contentType(&e), text: data}
	}
	if c.head {
		e.method = http.MethodHead
	}
	if c.method != "" {
		e.method = c.method
	}
	if c.dataType == jsonType && e.header("Accept") == "" {
		e.headers = append(e.headers, header{"Accept", jsonType})
	}
	if c.hasUser {
		e.setBasic(c.user)
	}
	return e
}

// contentType is that of the data: what a header says, or what the option implies.
func (c *curlCommand) contentType(e *exchange) string {
	switch given := e.header("Content-Type"); {
	case given != "":
		return given
	case slices.Contains(c.removed, "Content-Type"):
		return ""
	}
	return c.dataType
}

// withQuery is an address with more behind its query.
func withQuery(u *url.URL, data string) *url.URL {
	longer := *u
	if longer.RawQuery != "" {
		longer.RawQuery += "&"
	}
	longer.RawQuery += data
	return &longer
}
