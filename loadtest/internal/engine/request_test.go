package engine

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// requestCases are requests that ours and net/http must send alike.
var requestCases = map[string]struct {
	method, target string
	header         [][2]string
	body           string
}{
	"plain":                  {method: "GET", target: "/"},
	"empty path":             {method: "GET", target: ""},
	"empty path with query":  {method: "GET", target: "?a=b"},
	"escaped path":           {method: "GET", target: "/a%2Fb%20c/%C3%BC;x=y"},
	"path that needs it":     {method: "GET", target: "/a b/ü"},
	"query":                  {method: "GET", target: "/x?q=a%26b&c=/?d"},
	"empty query":            {method: "GET", target: "/x?"},
	"fragment":               {method: "GET", target: "/x#y"},
	"double slash":           {method: "GET", target: "//x"},
	"post without a body":    {method: "POST", target: "/"},
	"put with a body":        {method: "PUT", target: "/", body: "hello", header: [][2]string{{"Content-Type", "text/plain"}}},
	"get with a body":        {method: "GET", target: "/", body: "hello"},
	"delete":                 {method: "DELETE", target: "/x"},
	"head":                   {method: "HEAD", target: "/x"},
	"options":                {method: "OPTIONS", target: "/x"},
	"a method of its own":    {method: "PROPFIND", target: "/x"},
	"host":                   {method: "GET", target: "/", header: [][2]string{{"Host", "other.example"}}},
	"headers":                {method: "GET", target: "/", header: [][2]string{{"X-A", "1"}, {"X-A", "2"}, {"X-B", ""}}},
	"cookie":                 {method: "GET", target: "/", header: [][2]string{{"Cookie", "a=b"}}},
	"asks to close":          {method: "GET", target: "/", header: [][2]string{{"Connection", "close"}}},
	"its own content length": {method: "POST", target: "/", body: "hello", header: [][2]string{{"Content-Length", "99"}}},
	"large":                  {method: "POST", target: "/", body: strings.Repeat("x", 1<<20)},
}

func TestRequests(t *testing.T) {
	for name, test := range requestCases {
		t.Run(name, func(t *testing.T) {
			got := make(chan string, 2)
			u := serve(t, func(c net.Conn) { got <- record(c) })
			target, err := u.Parse(test.target)
			require.NoError(t, err)
			if test.target == "" || test.target[0] == '?' {
				target.Path = ""
			}
			if strings.HasPrefix(test.target, "//") {
				target, err = url.Parse(u.Scheme + "://" + u.Host + test.target)
				require.NoError(t, err)
			}
			alone(t, func(ctx context.Context, f *Fiber) {
				client := NewClient(f, forGood)
				defer client.Close()
				_, err := client.Do(ctx, &Request{Method: test.method, URL: target, Header: test.header, Body: test.body}, soon())
				require.NoError(t, err)
			})
			var body io.Reader
			if test.body != "" {
				body = strings.NewReader(test.body)
			}
			request, err := http.NewRequestWithContext(t.Context(), test.method, target.String(), body)
			require.NoError(t, err)
			for _, h := range test.header {
				if request.Header.Add(h[0], h[1]); h[0] == "Host" {
					request.Host = h[1]
				}
			}
			request.Header.Set("User-Agent", "") // which net/http would add
			transport := &http.Transport{DisableCompression: true}
			response, err := transport.RoundTrip(request)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			transport.CloseIdleConnections()
			require.Equal(t, <-got, <-got)
		})
	}
}

// record is one request as it came over the wire, with the lines of its header sorted, and an answer to it.
func record(c net.Conn) string {
	var raw bytes.Buffer
	from := bufio.NewReader(io.TeeReader(c, &raw))
	r, err := http.ReadRequest(from)
	if err != nil {
		return err.Error()
	}
	_, _ = io.Copy(io.Discard, r.Body)
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
	head, body, _ := strings.Cut(raw.String(), "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	sort.Strings(lines[1:])
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

func TestChunkedRequests(t *testing.T) {
	for _, size := range []int{1, 32 << 10, 100_000} {
		body := strings.Repeat("0123456789", size/10+1)[:size]
		var got string
		var encoding []string
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			read, _ := io.ReadAll(r.Body)
			got, encoding = string(read), r.TransferEncoding
		}))
		u, _ := url.Parse(server.URL)
		alone(t, func(ctx context.Context, f *Fiber) {
			client := NewClient(f, forGood)
			defer client.Close()
			_, err := client.Do(ctx, &Request{Method: "POST", URL: u, Body: body, Header: [][2]string{{"Transfer-Encoding", "chunked"}}}, soon())
			require.NoError(t, err)
		})
		server.Close()
		require.Equal(t, body, got)
		require.Equal(t, []string{"chunked"}, encoding)
	}
}

// TestTargets are those where net/http sends what a server must refuse, or has no opinion.
func TestTargets(t *testing.T) {
	for name, test := range map[string]struct {
		method, url string
		absolute    bool
		want        string
	}{
		"space in the query":       {"GET", "http://h/?q=a b HTTP/1.1", false, "GET /?q=a%20b%20HTTP/1.1 HTTP/1.1\r\nHost: h\r\n\r\n"},
		"the whole server":         {"OPTIONS", "*", false, "OPTIONS * HTTP/1.1\r\nHost: \r\n\r\n"},
		"the whole of a far one":   {"OPTIONS", "*", true, "OPTIONS :// HTTP/1.1\r\nHost: \r\n\r\n"},
		"a path called *":          {"GET", "*", false, "GET /* HTTP/1.1\r\nHost: \r\n\r\n"},
		"relative path":            {"GET", "x/y", false, "GET /x/y HTTP/1.1\r\nHost: \r\n\r\n"},
		"by way of a proxy":        {"GET", "http://h:81/x?y", true, "GET http://h:81/x?y HTTP/1.1\r\nHost: h:81\r\n\r\n"},
		"no port":                  {"GET", "http://h:/", false, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
		"zone":                     {"GET", "http://[fe80::1%25eth0]:81/", false, "GET / HTTP/1.1\r\nHost: [fe80::1]:81\r\n\r\n"},
		"zone by way of a proxy":   {"GET", "http://[fe80::1%25eth0]/", true, "GET http://[fe80::1]/ HTTP/1.1\r\nHost: [fe80::1]\r\n\r\n"},
		"user and password unsaid": {"GET", "http://u:p@h/", true, "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n"},
	} {
		u, err := url.Parse(test.url)
		require.NoError(t, err, name)
		b, _ := appendRequest(nil, &Request{Method: test.method, URL: u}, test.absolute, false, "")
		require.Equal(t, test.want, string(b), name)
	}
	u := &url.URL{Host: "h", Path: "/a\r\nb", RawQuery: "c\r\nd\x00\x7f"}
	b, _ := appendRequest(nil, &Request{Method: "GET", URL: u, Header: [][2]string{{"Cookie", "a=b"}}, Cookie: "a=b; c=d"}, false, true, "x")
	require.Equal(t, "GET /a%0D%0Ab?c%0D%0Ad%00%7F HTTP/1.1\r\nHost: h\r\nCookie: a=b; c=d\r\nProxy-Authorization: x\r\nConnection: close\r\n\r\n", string(b))
}
