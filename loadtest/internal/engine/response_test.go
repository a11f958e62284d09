package engine

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// outcome is what a reader makes of the bytes that a server has sent.
type outcome struct {
	status int
	header http.Header // trailers included, without what frames the message
	body   string
	rest   string // what is left for the next answer
	err    error
}

func (o outcome) String() string {
	return fmt.Sprintf("%d %q %q, then %q, error %v", o.status, o.header, o.body, o.rest, o.err)
}

// pieces delivers a text in pieces of given sizes, over and over.
type pieces struct {
	text  []byte
	sizes []int
	next  int
}

func (p *pieces) Read(to []byte) (int, error) {
	if len(p.text) == 0 {
		return 0, io.EOF
	}
	size := len(p.text)
	if len(p.sizes) > 0 {
		size = p.sizes[p.next%len(p.sizes)]
		p.next++
	}
	n := copy(to, p.text[:min(size, len(p.text))])
	p.text = p.text[n:]
	return n, nil
}

// ours reads as a client does.
func ours(raw []byte, method string, borrows bool, sizes ...int) (o outcome, d *reader) {
	source := &pieces{text: raw, sizes: sizes}
	d = newReader(source, nil)
	if borrows {
		d.await = func() error { return nil }
	}
	client, l := &Client{}, &link{reader: d}
	var response Response
	var m message
	for !m.final() {
		if m, o.err = l.head(&response, true); o.err != nil {
			return o, d
		}
	}
	if o.err = client.finish(l, &Request{Method: method, Keep: true}, head{}, &m, &response); o.err != nil {
		return o, d
	}
	o.status, o.header, o.body = response.Status, response.Header, string(response.Body)
	if m.persistent {
		o.rest = string(d.buf[d.r:d.w]) + string(source.text)
	}
	return o, d
}

// theirs reads with net/http.
func theirs(raw []byte, method string) (o outcome) {
	from := bufio.NewReader(bytes.NewReader(raw))
	var response *http.Response
	for informational := true; informational; informational = response.StatusCode/100 == 1 && response.StatusCode != 101 {
		if response, o.err = http.ReadResponse(from, &http.Request{Method: method}); o.err != nil {
			return o
		}
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return outcome{err: err}
	}
	o.status, o.header, o.body = response.StatusCode, response.Header, string(body)
	for key, values := range response.Trailer {
		if o.header[key] == nil && values != nil {
			o.header[key] = values
		}
	}
	if !response.Close {
		rest, _ := io.ReadAll(from)
		o.rest = string(rest)
	}
	return o
}

// essence leaves out what net/http moves elsewhere or makes up, and the number of spaces in a header of several lines.
func essence(o outcome) outcome {
	o.header = maps.Clone(o.header)
	if o.header.Get("Pragma") != "" {
		delete(o.header, "Cache-Control") // net/http adds one
	}
	for _, key := range []string{"Connection", "Content-Length", "Transfer-Encoding", "Trailer"} {
		delete(o.header, key)
	}
	for key, values := range o.header {
		var folded []string
		for _, value := range values {
			folded = append(folded, strings.Join(strings.Fields(value), " "))
		}
		o.header[key] = folded
	}
	return o
}

// stricter is what we refuse and net/http does not.
var stricter = map[string]string{
	"it begins with":                    "only HTTP/1.1 and 1.0 exist; another number tells of something that is not HTTP",
	"its status is":                     "a status has three digits and is at least 100 (RFC 9110 §15)",
	"a line of its header is":           "a name is a token (RFC 9110 §5.1); with a space before the colon it is how answers are smuggled (RFC 9112 §5.1)",
	"more than 5 answers":               "net/http's reader returns each of them; its transport has such a limit too",
	"switched to another protocol":      "nobody asked for it",
	"its Transfer-Encoding is":          "net/http forgets that of an answer without a body",
	"two different Content-Lengths":     "likewise",
	"its Content-Length is":             "likewise",
	"a header of more than":             "net/http's transport has such a limit too",
	"a chunk's size has more than 4096": "an extension of that length is no extension",
}

// laxer is what net/http refuses and we do not.
var laxer = map[string]string{
	"http chunk length too large":                 "more than 16 digits, but zeros: not more than fits",
	"chunked encoding contains too much non-data": "the request's deadline bounds it",
	"invalid byte in chunk length":                "spaces may stand before the semicolon of an extension (RFC 9112 §7.1.1)",
	"bad trailer key":                             "a trailer that may not be one goes nowhere but to the header, where it stands behind the real one",
	"http: suspiciously long trailer after":       "MaxHead bounds it",
	"unsupported transfer encoding: \"chunked ":   "net/http makes a space of each next line that is empty",
	"http: unexpected EOF reading trailer":        "the lines of a trailer may end with LF alone, as those of a header (RFC 9112 §2.2)",
}

// agree says how the two outcomes differ, if they may not.
func agree(a, b outcome) error {
	known := func(err error, reasons map[string]string) bool {
		for text := range reasons {
			if strings.Contains(strings.ToLower(err.Error()), strings.ToLower(text)) {
				return true
			}
		}
		return false
	}
	switch {
	case a.err != nil && b.err != nil:
	case a.err != nil && !known(a.err, stricter):
		return fmt.Errorf("refused with %q, where net/http reads %d with %q", a.err, b.status, b.body)
	case b.err != nil && !known(b.err, laxer):
		return fmt.Errorf("reads %d %q with %q, where net/http refuses with %q", a.status, a.header, a.body, b.err)
	case a.err == nil && b.err == nil:
		if a.rest == "" { // we give a connection up where net/http would use it again
			b.rest = ""
		}
		if a, b := essence(a), essence(b); a.String() != b.String() {
			return fmt.Errorf("reads\n%s\nnet/http\n%s", a, b)
		}
	}
	return nil
}

// answers are what servers send, good, bad and hostile.
var answers = map[string]struct {
	raw    string
	method string // GET if it is empty
	err    string // empty if it is accepted
}{
	"length":                      {raw: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello"},
	"nothing":                     {raw: "", err: "EOF"},
	"no reason":                   {raw: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"},
	"reason of several words":     {raw: "HTTP/1.1 404 Not  Found \r\nContent-Length: 0\r\n\r\n"},
	"lines end with LF":           {raw: "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"},
	"until the end":               {raw: "HTTP/1.1 200 OK\r\n\r\nall of it"},
	"HTTP/1.0":                    {raw: "HTTP/1.0 200 OK\r\n\r\nall of it"},
	"HTTP/1.0 with length":        {raw: "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nall of it"},
	"HTTP/1.0 kept alive":         {raw: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nallHTTP"},
	"HTTP/1.0 with chunks":        {raw: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
	"chunks":                      {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"},
	"trailers":                    {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\nX-H: 1\r\n\r\n1\r\na\r\n0\r\nX-T: 2\r\nX-H: 3\r\n\r\n"},
	"a trailer twice":             {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n0\r\nX-T: 1\r\nx-t: 2\r\n\r\n"},
	"HEAD":                        {raw: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", method: "HEAD"},
	"HEAD with chunks":            {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", method: "HEAD"},
	"204":                         {raw: "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200"},
	"304 with length":             {raw: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"},
	"205 has a body":              {raw: "HTTP/1.1 205 Reset Content\r\nContent-Length: 1\r\n\r\nx"},
	"informational":               {raw: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"},
	"endless informational":       {raw: strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 1000), err: "more than 5 answers of the kind 1xx"},
	"101":                         {raw: "HTTP/1.1 101 Switching Protocols\r\n\r\n", err: "the server switched to another protocol"},
	"closes":                      {raw: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nxHTTP/1.1"},
	"closes among others":         {raw: "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\nxHTTP/1.1"},
	"closes, then keeps alive":    {raw: "HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nxHTTP/1.1"},
	"something after":             {raw: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n\r\nsmuggled"},
	"same length twice":           {raw: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"},
	"two lengths":                 {raw: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy", err: "it has two different Content-Lengths, 1 and 2"},
	"same length but for zeros":   {raw: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 001\r\n\r\nx", err: "it has two different Content-Lengths, 1 and 001"},
	"same length with zeros":      {raw: "HTTP/1.1 200 OK\r\nContent-Length: 01\r\nContent-Length: 01\r\n\r\nx"},
	"lengths in a list":           {raw: "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx", err: `its Content-Length is "1, 1"`},
	"length with sign":            {raw: "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx", err: `its Content-Length is "+1"`},
	"negative length":             {raw: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx", err: `its Content-Length is "-1"`},
	"empty length":                {raw: "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nx", err: `its Content-Length is ""`},
	"length beyond all numbers":   {raw: "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx", err: `its Content-Length is "99999999999999999999"`},
	"length and chunks":           {raw: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"},
	"chunks twice":                {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", err: `its Transfer-Encoding is "chunked, chunked"`},
	"coding with a kelvin sign":   {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chun\u212aed\r\n\r\n0\r\n\r\n", err: "its Transfer-Encoding is \"chun\u212aed\""},
	"unknown coding":              {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", err: `its Transfer-Encoding is "gzip, chunked"`},
	"coding in the next line":     {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"},
	"length goes on":              {raw: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 0\r\n\r\n0123456789", err: `its Content-Length is "1   0"`},
	"value goes on":               {raw: "HTTP/1.1 200 OK\r\nX: a\r\n\t b\n c\r\nContent-Length: 0\r\n\r\n"},
	"body begins with a space":    {raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n a"},
	"header begins with a space":  {raw: "HTTP/1.1 200 OK\r\n X: y\r\n\r\n", err: `a line of its header is " X: y"`},
	"space before the colon":      {raw: "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx", err: `a line of its header is "Content-Length : 1"`},
	"no colon":                    {raw: "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", err: `a line of its header is "nonsense"`},
	"no name":                     {raw: "HTTP/1.1 200 OK\r\n: x\r\n\r\n", err: `a line of its header is ": x"`},
	"NUL in a value":              {raw: "HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n", err: `a line of its header is "X: a\x00b"`},
	"CR in a value":               {raw: "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", err: `a line of its header is "X: a\rb"`},
	"control character":           {raw: "HTTP/1.1 200 OK\r\nX: a\x05b\r\n\r\n", err: `a line of its header is "X: a\x05b"`},
	"HEAD with length and chunks": {raw: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1", method: "HEAD"},
	"trailers end with LF":        {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\n\n"},
	"another version":             {raw: "HTTP/2.0 200 OK\r\n\r\n", err: `it begins with "HTTP/2.0 200 OK"`},
	"not HTTP":                    {raw: "SSH-2.0-OpenSSH_9.2p1\r\n", err: `it begins with "SSH-2.0-OpenSSH_9.2p1"`},
	"status of two digits":        {raw: "HTTP/1.1 20 OK\r\n\r\n", err: `its status is "20"`},
	"status of four digits":       {raw: "HTTP/1.1 2000 OK\r\n\r\n", err: `its status is "2000"`},
	"status with sign":            {raw: "HTTP/1.1 +20 OK\r\n\r\n", err: `its status is "+20"`},
	"status 000":                  {raw: "HTTP/1.1 000 OK\r\n\r\n", err: `its status is "000"`},
	"status 999":                  {raw: "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"},
	"cut in the status":           {raw: "HTTP/1.1 2", err: "unexpected EOF"},
	"cut in the header":           {raw: "HTTP/1.1 200 OK\r\nX: y\r\n", err: "unexpected EOF"},
	"cut in the body":             {raw: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", err: "unexpected EOF"},
	"cut in a chunk":              {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell", err: "unexpected EOF"},
	"cut between chunks":          {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", err: "unexpected EOF"},
	"cut in the trailers":         {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n", err: "unexpected EOF"},
	"chunk too long":              {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", err: "a chunk is longer than its size says"},
	"chunk without size":          {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", err: `a chunk's size is ""`},
	"chunk size not a number":     {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n", err: `a chunk's size is "0x1"`},
	"chunk size with sign":        {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n", err: `a chunk's size is "+1"`},
	"chunk size beyond numbers":   {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\na", err: `a chunk's size is "ffffffffffffffff"`},
	"chunk extension with CR":     {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x\ry\r\na\r\n0\r\n\r\n", err: `a chunk's size is "1;x\ry"`},
	"coding goes on in nothing":   {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n \r\n\r\n0\r\n\r\n"},
	"chunk size huge":             {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\na", err: "unexpected EOF"},
	"chunk line ends with LF":     {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", err: "a line of the chunked encoding ends without CR"},
	"endless extension":           {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("x", 5000) + "\r\na\r\n0\r\n\r\n", err: "a chunk's size has more than 4096 bytes"},
	"endless line":                {raw: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", 2*MaxHead), err: "a header of more than 1048576 bytes"},
	"endless header":              {raw: "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", MaxHead/6+1), err: "a header of more than 1048576 bytes"},
	"endless header of one field": {raw: "HTTP/1.1 200 OK\r\nX: y\r\n" + strings.Repeat(" y\r\n", MaxHead/4+1), err: "a header of more than 1048576 bytes"},
	"endless trailers":            {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("X: y\r\n", MaxHead/6+1), err: "a header of more than 1048576 bytes"},
}

// TestResponses reads every answer in pieces of several sizes, and compares with net/http.
func TestResponses(t *testing.T) {
	for name, test := range answers {
		t.Run(name, func(t *testing.T) {
			method := test.method
			if method == "" {
				method = "GET"
			}
			want := theirs([]byte(test.raw), method)
			for _, sizes := range [][]int{nil, {1}, {2}, {7, 1, 3}, {4096}} {
				got, _ := ours([]byte(test.raw), method, true, sizes...)
				require.NoError(t, agree(got, want), "in pieces of %v", sizes)
				if test.err == "" {
					require.NoError(t, got.err)
				} else {
					require.ErrorContains(t, got.err, test.err)
				}
			}
		})
	}
}

// parts are what answers are made of, by place; each place has what is usual first.
var parts = [][]string{
	{"", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nContent-Length: 1\r\n\r\n"},
	{"HTTP/1.1 200 OK", "HTTP/1.0 200 OK", "HTTP/1.1 204 No Content", "HTTP/1.1 304 Not Modified", "HTTP/1.1 500", "HTTP/1.1  200 OK", "HTTP/1.1\t200 OK", "http/1.1 200 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 200\tOK", " HTTP/1.1 200 OK"},
	fieldParts, fieldParts, fieldParts,
	{"\r\n\r\n", "\n\n", "\n\r\n", "\r\n\n", "\r\r\n\r\n", "\r\n \r\n\r\n"},
	{"3\r\nabc\r\n", "003;x=y\r\nabc\r\n", "3 \r\nabc\r\n", "3\t;x\r\nabc\r\n", "3\nabc\r\n", "3\r\nabc\n", "3\r\nabcd\r\n", "0x3\r\nabc\r\n", "", " 3\r\nabc\r\n", "00000000000000003\r\nabc\r\n", "3\r\nabc"},
	{"0\r\n", "0;x\r\n", "000\r\n", "0\n", "-0\r\n", ""},
	{"\r\n", "X: y\r\n\r\n", "X: y\r\nx: z\r\n\r\n", "X:y\n\n", "Content-Length: 7\r\n\r\n", "X\r\n\r\n", " X: y\r\n\r\n", "X: y\r\n z\r\n\r\n", "\n", "X : y\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n", ""},
	{"", "HTTP/1.1 200 OK\r\n\r\n", "\r\n"},
}

var fieldParts = []string{
	"", "\r\nContent-Length: 3", "\r\nTransfer-Encoding: chunked", "\r\nConnection: close", "\r\nConnection: keep-alive",
	"\r\ncontent-length:3", "\r\nContent-Length: 03", "\r\nContent-Length: 3 ", "\r\nContent-Length:\t3\t", "\r\nContent-Length: 4", "\r\nContent-Length: 3,3", "\r\nContent-Length: -0",
	"\r\nContent-Length: 0", "\r\nContent-Length: 9223372036854775807", "\r\nContent-Length: 9223372036854775808", "\r\nContent-Length: 1_0", "\r\nContent-Length: 0x3", "\r\nContent-Length:", "\r\nContent-Length: 3\r\n ", "\r\nContent-Length:\r\n 3",
	"\r\nTransfer-Encoding: Chunked", "\r\nTransfer-Encoding:", "\r\nTransfer-Encoding: identity", "\r\nTransfer-Encoding: chunked, chunked", "\r\nTransfer-Encoding: chunked ", "\r\nTransfer-Encoding:\tchunked", "\r\ntransfer-encoding: chunked\n ",
	"\r\nTransfer-Encoding: \vchunked", "\r\nTransfer-Encoding: \"chunked\"", "\r\nTransfer-Encoding : chunked",
	"\r\nConnection: Close, x", "\r\nConnection: closed", "\r\nConnection:\tclose\t,", "\r\nConnection: keep-alive, close", "\r\nConnection: \"close\"", "\r\nconnection: upgrade",
	"\r\nX: y", "\nX: y", "\r\nX:", "\r\nX: a\r\n b", "\r\nX: \x80\xff", "\r\nX: a\x7f", "\r\nX\xff: a", "\r\n: y", "\r\nX", "\r\n\tX: y", "\r\nTrailer: X", "\r\nTrailer: Content-Length", "\r\nPragma: no-cache", "\r\nSet-Cookie: a=b", "\r\nTrailer: X\r\nX: z",
}

// disturb changes a byte, or takes some away, or says them twice.
func disturb(raw []byte, random *rand.Rand) []byte {
	from := random.IntN(len(raw) + 1)
	to := min(len(raw), from+1+random.IntN(4))
	switch random.IntN(4) {
	case 0:
		return slices.Delete(raw, from, to)
	case 1:
		return slices.Insert(raw, from, bytes.Clone(raw[from:to])...)
	default:
		const odd = "\r\n \t:;,\"-+_0123aAfFxX\x00\x7f\x80"
		return slices.Insert(raw, from, odd[random.IntN(len(odd))])
	}
}

// TestResponsesMadeOfParts compares with net/http on odd parts next to each other, which bytes changed at random rarely make.
func TestResponsesMadeOfParts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		var raw []byte
		for _, choices := range parts {
			if choice := random.IntN(2 * len(choices)); choice < len(choices) {
				raw = append(raw, choices[choice]...)
			} else {
				raw = append(raw, choices[0]...)
			}
		}
		for range random.IntN(3) {
			raw = disturb(raw, random)
		}
		method := []string{"GET", "GET", "GET", "HEAD"}[random.IntN(4)]
		got, _ := ours(bytes.Clone(raw), method, true)
		require.NoError(t, agree(got, theirs(raw, method)), "%s %q", method, raw)
	}
}

func TestBodiesOfAnySize(t *testing.T) {
	for _, size := range []int{0, 1, readBuffer - 1, readBuffer, readBuffer + 1, 64<<10 + 1, MaxKept, MaxKept + 1} {
		body := strings.Repeat("0123456789abcdef", size/16+1)[:size]
		for name, raw := range map[string]string{
			"length": fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", size, body),
			"chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + string(appendBody(nil, body, true)),
			"end":    "HTTP/1.1 200 OK\r\n\r\n" + body,
		} {
			for _, borrows := range []bool{false, true} {
				got, d := ours([]byte(raw), "GET", borrows, 1000, 3, 9000)
				require.NoError(t, got.err, name)
				require.Equal(t, body[:min(size, MaxKept)], got.body, name)
				require.LessOrEqual(t, len(d.buf), 4*readBuffer)
			}
		}
	}
}

func TestALongLineIsNotKept(t *testing.T) {
	got, d := ours([]byte("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("y", MaxHead/2)+"\r\nContent-Length: 1\r\n\r\nx"), "GET", true, 1000)
	require.NoError(t, got.err)
	require.Equal(t, readBuffer, len(d.buf))
}

func FuzzResponse(f *testing.F) {
	for _, test := range answers {
		if len(test.raw) < 10_000 {
			f.Add([]byte(test.raw), test.method == "HEAD", byte(0), true)
			f.Add([]byte(test.raw), test.method == "HEAD", byte(1), false)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, isHead bool, piece byte, borrows bool) {
		method := "GET"
		if isHead {
			method = "HEAD"
		}
		var sizes []int
		if piece > 0 {
			sizes = []int{int(piece)}
		}
		got, d := ours(bytes.Clone(raw), method, borrows, sizes...)
		require.LessOrEqual(t, len(d.buf), 2*MaxHead)
		require.LessOrEqual(t, len(got.body), MaxKept)
		if got.err != nil && !errors.Is(got.err, ErrProtocol) && got.err != io.EOF && !errors.Is(got.err, io.ErrUnexpectedEOF) {
			t.Fatalf("an error of no kind: %v", got.err)
		}
		if len(raw) > MaxKept {
			return
		}
		if err := agree(got, theirs(raw, method)); err != nil {
			t.Fatal(err)
		}
		whole, _ := ours(raw, method, !borrows)
		require.Equal(t, whole.String(), got.String(), "in pieces of another size")
	})
}
