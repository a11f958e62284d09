package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// MaxKept is how much of a body is kept, in bytes.
const MaxKept = 1 << 20

// MaxHead bounds a response's header, trailers and chunk sizes, in bytes: a hostile server must not fill the memory.
const MaxHead = 1 << 20

// maxInformational is how many answers of the kind 1xx may come before the final one.
const maxInformational = 5

// ErrProtocol is what every violation of HTTP wraps.
var ErrProtocol = errors.New("the answer is not HTTP")

// ErrSwitched is an answer of 101 that nobody asked for.
var ErrSwitched = fmt.Errorf("%w: the server switched to another protocol", ErrProtocol)

func violation(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrProtocol}, args...)...)
}

// reader reads responses from a connection, one after the other.
type reader struct {
	source io.Reader
	// await, if it is set, waits until source has something to read. Then a long body is read to a buffer that is borrowed
	// for the moment: one user of many is not to hold such a buffer while it waits.
	await func() error
	buf   []byte // what was read and not yet used is buf[r:w]
	r, w  int
	read  time.Time // when the last bytes came
	used  int       // bytes of the present head or trailer
}

// readBuffer holds the header of most answers; what is longer makes it grow, and the rest of a body is read elsewhere.
const readBuffer = 2 << 10

func newReader(source io.Reader, await func() error) *reader {
	return &reader{source: source, await: await, buf: make([]byte, readBuffer)}
}

// fill reads more, after what is there.
func (d *reader) fill() error {
	if d.r == d.w {
		d.r, d.w = 0, 0
	}
	if d.w == len(d.buf) {
		if d.r > 0 {
			copy(d.buf, d.buf[d.r:d.w])
			d.r, d.w = 0, d.w-d.r
		} else {
			d.buf = append(d.buf, make([]byte, len(d.buf))...)
		}
	}
	n, err := d.readTo(d.buf[d.w:])
	d.w += n
	return err
}

// trim gives back the memory of a long line, so that an idle connection does not hold it.
func (d *reader) trim() {
	if d.r == d.w && len(d.buf) > 4*readBuffer {
		d.buf, d.r, d.w = make([]byte, readBuffer), 0, 0
	}
}

// readTo reads at least one byte, and stamps it, or gives an error.
func (d *reader) readTo(p []byte) (int, error) {
	n, err := d.source.Read(p)
	if n > 0 {
		d.read = time.Now()
		return n, nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return 0, err
}

// kind is of a line.
type kind uint8

const (
	statusLine kind = iota
	fieldLine       // may go on in the next line, if that begins with a space
	chunkLine       // must not end with LF alone
)

// line is the next line without its end, good until the next call.
func (d *reader) line(k kind) ([]byte, error) {
	n, err := d.newline(0)
	if err == nil && k == fieldLine {
		n, err = d.unfold(n)
	}
	if err != nil {
		return nil, err
	}
	line := d.buf[d.r : d.r+n]
	d.used += n + 1
	d.r += n + 1
	if n > 0 && line[n-1] == '\r' {
		return line[:n-1], nil
	}
	if k == chunkLine {
		return nil, violation("a line of the chunked encoding ends without CR")
	}
	return line, nil
}

// newline is how many bytes there are before the next LF, which is none of those that were passed.
func (d *reader) newline(passed int) (int, error) {
	for {
		if i := bytes.IndexByte(d.buf[d.r+passed:d.w], '\n'); i >= 0 {
			n := passed + i
			return n, d.fits(n + 1)
		}
		passed = d.w - d.r
		if err := d.fits(passed); err != nil {
			return 0, err
		}
		if err := d.fill(); err != nil {
			return 0, cutOff(err)
		}
	}
}

// fits says whether a head or trailer may have n more bytes than were used.
func (d *reader) fits(n int) error {
	if d.used+n > MaxHead {
		return violation("a header of more than %d bytes", MaxHead)
	}
	return nil
}

// unfold makes the end of a line of n bytes a space while the line goes on in the next one, in the obsolete way that a
// recipient has to understand so (RFC 9112 §5.2). It returns how long the line is then.
func (d *reader) unfold(n int) (int, error) {
	if n == 0 || n == 1 && d.buf[d.r] == '\r' {
		return n, nil // the empty line, which ends the header, and nothing may come after it for a while
	}
	for {
		if d.r+n+1 == d.w {
			if err := d.fill(); err != nil {
				return 0, cutOff(err)
			}
		}
		end := d.r + n
		if next := d.buf[end+1]; next != ' ' && next != '\t' {
			return n, nil
		}
		d.buf[end] = ' '
		if d.buf[end-1] == '\r' {
			d.buf[end-1] = ' '
		}
		var err error
		if n, err = d.newline(n + 1); err != nil {
			return 0, err
		}
	}
}

// cutOff makes an end within a message an unexpected one.
func cutOff(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// message is a response's head as far as the engine needs it.
type message struct {
	status       int
	persistent   bool     // the connection can be used again, as far as the head says
	length       int64    // of the body; -1 if it ends with the connection
	lengthDigits int      // how many its Content-Length has, 0 without one
	closes       bool     // it says so itself
	codings      []string // its Transfer-Encodings, as they stand there
	chunked      bool
	gzipped      bool
	keepAlive    time.Duration // how long the server says to keep an idle connection, 0 if it does not say
}

// head reads a status line and header fields into response, header fields only if keep.
func (d *reader) head(response *Response, keep bool) (message, error) {
	d.used = 0
	line, err := d.line(statusLine)
	if err != nil {
		return message{}, err
	}
	m, http10, err := parseStatus(line)
	if err != nil {
		return m, err
	}
	response.Status = m.status
	if keep {
		response.Header = http.Header{}
	}
	m.length = -1
	m.persistent = !http10
	err = d.fields(func(name, value []byte) error {
		if keep {
			response.Header.Add(string(name), string(value))
		}
		return m.field(name, value, response)
	})
	if err != nil {
		return m, err
	}
	return m, m.setCodings(http10)
}

// field takes what the engine needs of a header field. Most are told apart by their length.
func (m *message) field(name, value []byte, response *Response) error {
	switch len(name) {
	case len("Location"):
		if equalFold(name, "location") && response.Location == "" {
			response.Location = string(value)
		}
	case len("Connection"): // and Keep-Alive and Set-Cookie
		switch {
		case equalFold(name, "connection"):
			m.closes = m.closes || hasToken(string(value), "close")
			m.persistent = !m.closes && (m.persistent || hasToken(string(value), "keep-alive"))
		case equalFold(name, "keep-alive"):
			m.keepAlive = keepAliveTimeout(string(value))
		case equalFold(name, "set-cookie"):
			response.SetCookie = append(response.SetCookie, string(value))
		}
	case len("Content-Length"):
		if equalFold(name, "content-length") {
			return m.setLength(value)
		}
	case len("Content-Encoding"):
		if equalFold(name, "content-encoding") {
			m.gzipped = equalFold(value, "gzip")
		}
	case len("Transfer-Encoding"):
		if equalFold(name, "transfer-encoding") {
			m.codings = append(m.codings, string(value))
		}
	}
	return nil
}

// parseStatus reads such as `HTTP/1.1 200 OK`.
func parseStatus(line []byte) (m message, http10 bool, err error) {
	version, rest, _ := bytes.Cut(line, []byte(" "))
	switch {
	case string(version) == "HTTP/1.1":
	case string(version) == "HTTP/1.0":
		http10 = true
	default:
		return m, false, violation("it begins with %s", excerpt(line))
	}
	code, _, _ := bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
	if len(code) != 3 || !isDigit(code[0]) || code[0] == '0' || !isDigit(code[1]) || !isDigit(code[2]) {
		return m, false, violation("its status is %s", excerpt(code))
	}
	m.status = int(code[0]-'0')*100 + int(code[1]-'0')*10 + int(code[2]-'0')
	return m, http10, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// excerpt is hostile text as a message can show it.
func excerpt(text []byte) string {
	const longest = 40
	if len(text) > longest {
		return strconv.Quote(string(text[:longest])) + "…"
	}
	return strconv.Quote(string(text))
}

// fields reads header fields up to the empty line.
func (d *reader) fields(field func(name, value []byte) error) error {
	for {
		line, err := d.line(fieldLine)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return nil
		}
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 || !isToken(line[:colon]) {
			return violation("a line of its header is %s", excerpt(line))
		}
		value := bytes.Trim(line[colon+1:], " \t")
		if !isText(value) {
			return violation("a line of its header is %s", excerpt(line))
		}
		if err := field(line[:colon], value); err != nil {
			return err
		}
	}
}

// tokenBytes marks what a header's name may consist of (RFC 9110 §5.6.2).
var tokenBytes = func() (table [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		table[c] = true
	}
	return table
}()

// isText says whether a value is without control characters other than tabs.
func isText(value []byte) bool {
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

func isToken(name []byte) bool {
	for _, c := range name {
		if !tokenBytes[c] {
			return false
		}
	}
	return true
}

// equalFold compares a text with one of lower-case ASCII. (For strings.EqualFold the sign of the kelvin is a k.)
func equalFold[text string | []byte](s text, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// setLength reads a Content-Length. A second one that differs, if only by a zero in front, is how one response is made to look
// like two, so it is refused.
func (m *message) setLength(value []byte) error {
	n, err := strconv.ParseUint(string(value), 10, 63)
	if err != nil || !isDigit(value[0]) {
		return violation("its Content-Length is %s", excerpt(value))
	}
	if m.lengthDigits > 0 && (m.length != int64(n) || m.lengthDigits != len(value)) {
		return violation("it has two different Content-Lengths, %0*d and %s", m.lengthDigits, m.length, value)
	}
	m.length, m.lengthDigits = int64(n), len(value)
	return nil
}

// keepAliveTimeout is that of such as `timeout=5, max=100`, as Node and Apache httpd say it (the field is that of RFC 2068
// §19.7.1.1, its parameters are registered nowhere); 0 without one.
func keepAliveTimeout(value string) time.Duration {
	for part := range strings.SplitSeq(value, ",") {
		name, text, _ := strings.Cut(strings.Trim(part, " \t"), "=")
		if seconds, err := strconv.ParseUint(text, 10, 31); err == nil && equalFold(name, "timeout") {
			return time.Duration(seconds) * time.Second
		}
	}
	return 0
}

// setCodings reads the Transfer-Encodings, which stand above a Content-Length (RFC 9112 §6.3). A message with both may be an
// attempt to smuggle another one, so its connection is not used again.
func (m *message) setCodings(http10 bool) error {
	if len(m.codings) == 0 {
		return nil
	}
	if http10 { // which does not know of it
		m.persistent = false
		return nil
	}
	if len(m.codings) > 1 || !equalFold(m.codings[0], "chunked") {
		return violation("its Transfer-Encoding is %s", excerpt([]byte(strings.Join(m.codings, ", "))))
	}
	m.persistent = m.persistent && m.lengthDigits == 0
	m.chunked, m.length = true, -1
	return nil
}

// body reads the body after a head and keeps what is wanted of it in kept.
func (d *reader) body(m *message, response *Response, kept *[]byte) error {
	switch {
	case m.chunked:
		return d.chunks(response, kept)
	case m.length < 0:
		m.persistent = false
		return d.untilEnd(response, kept)
	}
	return d.exactly(m.length, response, kept)
}

func keepSome(response *Response, kept *[]byte, data []byte) {
	if kept == nil || len(data) == 0 {
		return
	}
	room := MaxKept - len(*kept)
	response.Truncated = response.Truncated || len(data) > room
	*kept = append(*kept, data[:min(len(data), room)]...)
}

// scratch is where long bodies are read to, as they need not be put together.
var scratch = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// exactly reads n bytes.
func (d *reader) exactly(n int64, response *Response, kept *[]byte) error {
	for {
		have := min(n, int64(d.w-d.r))
		keepSome(response, kept, d.buf[d.r:d.r+int(have)])
		d.r += int(have)
		n -= have
		if n == 0 {
			return nil
		}
		var err error
		if d.await != nil && n > int64(len(d.buf)) {
			var got int
			got, err = d.pour(n, response, kept)
			n -= int64(got)
		} else {
			err = d.fill()
		}
		if err != nil {
			return cutOff(err)
		}
	}
}

// pour reads some of the next n bytes, many at once.
func (d *reader) pour(n int64, response *Response, kept *[]byte) (int, error) {
	if err := d.await(); err != nil {
		return 0, err
	}
	space := scratch.Get().(*[64 << 10]byte)
	defer scratch.Put(space)
	got, err := d.readTo(space[:min(n, int64(len(space)))])
	keepSome(response, kept, space[:got])
	return got, err
}

// untilEnd reads until the server closes.
func (d *reader) untilEnd(response *Response, kept *[]byte) error {
	keepSome(response, kept, d.buf[d.r:d.w])
	d.r = d.w
	for {
		switch err := d.fill(); {
		case err == io.EOF:
			d.read = time.Now()
			return nil
		case err != nil:
			return err
		}
		keepSome(response, kept, d.buf[d.r:d.w])
		d.r = d.w
	}
}

// maxChunkLine is how long the line with a chunk's size may be, its extensions included.
const maxChunkLine = 4 << 10

// chunks reads a body in the chunked encoding, with its trailers.
func (d *reader) chunks(response *Response, kept *[]byte) error {
	for {
		d.used = 0
		line, err := d.line(chunkLine)
		if err != nil {
			return err
		}
		size, err := chunkSize(line)
		if err != nil {
			return err
		}
		if size == 0 {
			break
		}
		if err := d.exactly(size, response, kept); err != nil {
			return err
		}
		if end, err := d.line(chunkLine); err != nil || len(end) > 0 {
			return firstOf(err, violation("a chunk is longer than its size says"))
		}
	}
	return d.trailers(response)
}

// trailers reads the fields after the last chunk. They stand behind those of the head, and replace none of them.
func (d *reader) trailers(response *Response) error {
	d.used = 0
	var trailers http.Header
	err := d.fields(func(name, value []byte) error {
		if response.Header == nil {
			return nil
		}
		if trailers == nil {
			trailers = http.Header{}
		}
		trailers.Add(string(name), string(value))
		return nil
	})
	for name, values := range trailers {
		if response.Header[name] == nil {
			response.Header[name] = values
		}
	}
	return err
}

func chunkSize(line []byte) (int64, error) {
	if len(line) > maxChunkLine {
		return 0, violation("a chunk's size has more than %d bytes", maxChunkLine)
	}
	if bytes.IndexByte(line, '\r') >= 0 { // which some take for the end of the line
		return 0, violation("a chunk's size is %s", excerpt(line))
	}
	digits, _, _ := bytes.Cut(line, []byte(";"))
	digits = bytes.TrimRight(digits, " \t")
	size, err := strconv.ParseUint(string(digits), 16, 63)
	if err != nil {
		return 0, violation("a chunk's size is %s", excerpt(digits))
	}
	return int64(size), nil
}

// fillIfEmpty reads unless there is something to read already.
func (d *reader) fillIfEmpty() error {
	if d.r < d.w {
		return nil
	}
	return d.fill()
}
