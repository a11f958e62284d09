package engine

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestConnectionsAreUsedAgainOnlyIfTheyMayBe(t *testing.T) {
	for name, test := range map[string]struct {
		answer string
		opened int // for three requests
	}{
		"kept":                     {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1},
		"chunks":                   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 1},
		"closed by name":           {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 3},
		"HTTP/1.0":                 {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 3},
		"HTTP/1.0 kept":            {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok", 1},
		"more than the answer":     {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", 3},
		"length and chunks":        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 3},
		"HTTP/1.0 with chunks":     {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok", 3},
		"an informational one too": {"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1},
	} {
		t.Run(name, func(t *testing.T) {
			u := serve(t, says(test.answer))
			alone(t, func(ctx context.Context, f *Fiber) {
				client := NewClient(f, forGood)
				defer client.Close()
				for range 3 {
					response, err := client.Do(ctx, &Request{Method: "GET", URL: u, Keep: true}, soon())
					require.NoError(t, err)
					require.Equal(t, "ok", string(response.Body))
				}
				require.Equal(t, test.opened, client.Opened)
			})
		})
	}
}

// TestWhatWasNotAskedForIsNoAnswer has servers that say something more when the answer is complete, or close, while the
// connection is idle. It is the same with TLS, where the rest may already have been decrypted.
func TestWhatWasNotAskedForIsNoAnswer(t *testing.T) {
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	long := strings.Repeat("x", 3*readBuffer)
	for name, test := range map[string]struct{ answer, later string }{
		"in the same record": {fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s%s", len(long), long, evil), ""},
		"a moment later":     {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", evil},
	} {
		for _, scheme := range []string{"http", "https"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				said := make(chan bool, 10)
				u, config := serveScheme(t, scheme, requests(func(c net.Conn, n int, _ *http.Request, _ []byte) bool {
					_, _ = io.WriteString(c, test.answer)
					_, err := io.WriteString(c, test.later)
					said <- true
					return err == nil
				}))
				alone(t, func(ctx context.Context, f *Fiber) {
					client := NewClient(f, config)
					defer client.Close()
					for n := range 3 {
						response, err := client.Do(ctx, &Request{Method: "GET", URL: u, Keep: true}, soon())
						require.NoError(t, err)
						require.Equal(t, byte('x'), response.Body[0])
						f.Block(func() { <-said })
						idle(ctx, f)
						require.Equal(t, n+1, client.Opened)
					}
				})
			})
		}
	}
}

// idle is long enough for what a server has written to be seen.
func idle(ctx context.Context, f *Fiber) { f.SleepUntil(ctx, time.Now().Add(100*time.Millisecond)) }

func TestAnIdleConnectionThatWasClosedIsNotUsed(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			closed := make(chan bool, 10)
			u, config := serveScheme(t, scheme, func(c net.Conn) {
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
				}
				c.Close()
				closed <- true
			})
			alone(t, func(ctx context.Context, f *Fiber) {
				client := NewClient(f, config)
				defer client.Close()
				for range 3 {
					response, err := client.Do(ctx, &Request{Method: "POST", URL: u}, soon())
					require.NoError(t, err)
					require.Equal(t, 204, response.Status)
					f.Block(func() { <-closed })
					idle(ctx, f)
				}
				require.Equal(t, 3, client.Opened)
			})
		})
	}
}

// TestAConnectionThatMayBeClosedSoonIsNotUsed: a request that the server's own end of an idle connection crosses is lost.
func TestAConnectionThatMayBeClosedSoonIsNotUsed(t *testing.T) {
	for field, opened := range map[string]int{
		"Keep-Alive: timeout=1":                    2, // half of it is over
		"keep-alive:max=100 , TIMEOUT=1 ":          2,
		"Keep-Alive: timeout=60":                   1,
		"Keep-Alive: timeout=0":                    1, // says nothing
		"Keep-Alive: timeout=-1, max=7":            1,
		"Keep-Alive: timeout=99999999999999999999": 1,
		"X-Keep-Alive: timeout=1":                  1,
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			u := serve(t, says("HTTP/1.1 204 No Content\r\n"+field+"\r\n\r\n"))
			alone(t, func(ctx context.Context, f *Fiber) {
				client := NewClient(f, forGood)
				defer client.Close()
				for range 2 {
					_, err := client.Do(ctx, &Request{Method: "POST", URL: u}, soon())
					require.NoError(t, err)
					f.SleepUntil(ctx, time.Now().Add(500*time.Millisecond))
				}
				require.Equal(t, opened, client.Opened)
			})
		})
	}
}

// serveScheme is serve, with TLS for https, and the configuration of clients that trust it.
func serveScheme(t testing.TB, scheme string, answer func(net.Conn)) (*url.URL, *Config) {
	if scheme == "http" {
		return serve(t, answer), forGood
	}
	server, config := certificate(t)
	u := serve(t, func(c net.Conn) {
		secured := tls.Server(c, server)
		answer(secured)
		_ = secured.Close()
	})
	u.Scheme = "https"
	return u, &Config{Reuse: forGood.Reuse, TLS: config}
}

// certificate is for 127.0.0.1: for a server, and for clients that trust it and resume sessions.
func certificate(t testing.TB) (server, client *tls.Config) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	authorities := x509.NewCertPool()
	authorities.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates},
		&tls.Config{RootCAs: authorities, ClientSessionCache: tls.NewLRUClientSessionCache(0)}
}

func TestSessionsAreResumed(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server, config := certificate(t)
		server.MaxVersion = version
		var resumed atomic.Int64
		u := serve(t, func(c net.Conn) {
			secured := tls.Server(c, server)
			if secured.Handshake() == nil && secured.ConnectionState().DidResume {
				resumed.Add(1)
			}
			says("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")(secured)
		})
		u.Scheme = "https"
		alone(t, func(ctx context.Context, f *Fiber) {
			client := NewClient(f, &Config{TLS: config, Reuse: forGood.Reuse})
			defer client.Close()
			for range 5 {
				_, err := client.Do(ctx, &Request{Method: "GET", URL: u}, soon())
				require.NoError(t, err)
			}
		})
		require.EqualValues(t, 4, resumed.Load())
	}
}

// TestAServerMayAnswerEarly uploads more than the kernel takes at once, to servers that answer before they have read it: some
// read the rest, others never do.
func TestAServerMayAnswerEarly(t *testing.T) {
	upload := strings.Repeat("0123456789", 2<<20)
	const refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig"
	for name, test := range map[string]struct {
		serve  func(c net.Conn)
		status int
		body   string
	}{
		"and read on": {func(c net.Conn) {
			from := bufio.NewReader(c)
			_, _ = from.ReadString('\n')
			_, _ = io.WriteString(c, "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			n, err := readBody(from, len(upload))
			if err == nil {
				text := fmt.Sprint(n)
				fmt.Fprintf(c, "%x\r\n%s\r\n0\r\n\r\n", len(text), text)
			}
		}, 200, fmt.Sprint(len(upload))},
		"and not read on": {func(c net.Conn) {
			_, _ = bufio.NewReaderSize(c, 16).ReadString('\n')
			_, _ = io.WriteString(c, refusal)
			<-t.Context().Done()
		}, 413, "big"},
		"and close their side": {func(c net.Conn) {
			_, _ = bufio.NewReaderSize(c, 16).ReadString('\n')
			_, _ = io.WriteString(c, refusal)
			if half, ok := c.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			}
			<-t.Context().Done()
		}, 413, "big"},
	} {
		for _, scheme := range []string{"http", "https"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				u, config := serveScheme(t, scheme, test.serve)
				alone(t, func(ctx context.Context, f *Fiber) {
					client := NewClient(f, config)
					defer client.Close()
					response, err := client.Do(ctx, &Request{Method: "POST", URL: u, Body: upload, Keep: true}, soon())
					require.NoError(t, err)
					require.Equal(t, test.status, response.Status)
					require.Equal(t, test.body, string(response.Body))
				})
			})
		}
	}
}

// readBody reads the head of a request, whose first line has been read, and a body of n bytes.
func readBody(from *bufio.Reader, n int) (int64, error) {
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			return 0, err
		}
		if line == "\r\n" {
			return io.CopyN(io.Discard, from, int64(n))
		}
	}
}

// TestExpectContinue has servers that ask for the body in all the ways there are.
func TestExpectContinue(t *testing.T) {
	const want = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
	for name, test := range map[string]struct {
		first  []string // what the server says to the head, in pieces
		status int
		body   string // of the answer: what the server has read
	}{
		"asks":                    {[]string{"HTTP/1.1 100 Continue\r\n\r\n"}, 200, "body"},
		"asks in pieces":          {[]string{"HTT", "P/1.1 1", "00 Continue\r", "\n\r\n"}, 200, "body"},
		"asks after another":      {[]string{"HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n"}, 200, "body"},
		"asks twice":              {[]string{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"}, 200, "body"},
		"does not know of it":     {nil, 200, "body"},
		"refuses":                 {[]string{"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\n", "no"}, 417, "no"},
		"refuses after a moment":  {[]string{"HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno"}, 401, "no"},
		"answers without a break": {[]string{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}, 200, "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			u := serve(t, func(c net.Conn) {
				from := bufio.NewReader(c)
				if _, err := readBody(from, 0); err != nil {
					return
				}
				for _, piece := range test.first {
					_, _ = io.WriteString(c, piece)
					time.Sleep(time.Millisecond) // so that pieces are pieces; without it the test proves less, and passes
				}
				body := make([]byte, 4)
				if _, err := io.ReadFull(from, body); err == nil {
					_, _ = io.WriteString(c, want+string(body))
				}
			})
			alone(t, func(ctx context.Context, f *Fiber) {
				client := NewClient(f, forGood)
				defer client.Close()
				response, err := client.Do(ctx, &Request{Method: "POST", URL: u, Body: "body", Keep: true, Header: [][2]string{{"Expect", "100-continue"}}}, soon())
				require.NoError(t, err)
				require.Equal(t, test.status, response.Status)
				require.Equal(t, test.body, string(response.Body))
			})
		})
	}
}

// TestABodyOfAnotherAnswerIsNotKept has an answer without a body after one with.
func TestABodyOfAnotherAnswerIsNotKept(t *testing.T) {
	u := serve(t, requests(func(c net.Conn, n int, _ *http.Request, _ []byte) bool {
		_, err := io.WriteString(c, []string{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 204 No Content\r\n\r\n"}[n])
		return err == nil
	}))
	alone(t, func(ctx context.Context, f *Fiber) {
		client := NewClient(f, forGood)
		defer client.Close()
		for _, want := range []string{"ok", ""} {
			response, err := client.Do(ctx, &Request{Method: "GET", URL: u, Keep: true}, soon())
			require.NoError(t, err)
			require.Equal(t, want, string(response.Body))
		}
	})
}

// TestNobodyIsKeptFromTheirTurn has an answer without an end, from a server that is faster than its reader, beside another user.
func TestNobodyIsKeptFromTheirTurn(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		for name, answer := range map[string]func(net.Conn){
			"endless": func(c net.Conn) { endless(c, "HTTP/1.1 200 OK\r\n\r\n", "x") },
			"chunks":  func(c net.Conn) { endless(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n") },
			"length":  func(c net.Conn) { endless(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n", "x") },
		} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				u, config := serveScheme(t, scheme, answer)
				ctx, cancel := context.WithCancel(t.Context())
				loop, err := NewLoop()
				require.NoError(t, err)
				loop.Go(func(f *Fiber) {
					client := NewClient(f, config)
					defer client.Close()
					_, err := client.Do(ctx, &Request{Method: "GET", URL: u}, soon())
					require.Error(t, err)
				})
				loop.Go(func(f *Fiber) {
					for range 20 {
						f.SleepUntil(ctx, time.Now().Add(time.Millisecond))
					}
					cancel()
				})
				loop.Run(ctx)
			})
		}
	}
}

// TestDeadlines has servers that stop at every point, with and without TLS, and clients that wait no longer than they said, or
// not beyond the end of the run.
func TestDeadlines(t *testing.T) {
	leavesNothing(t)
	stopAfter := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			if _, err := bufio.NewReader(c).ReadString('\n'); err == nil {
				_, _ = io.WriteString(c, text)
				_, _ = io.Copy(io.Discard, c)
			}
		}
	}
	for name, answer := range map[string]func(net.Conn){
		"nothing":        stopAfter(""),
		"status":         stopAfter("HTTP/1.1 200"),
		"header":         stopAfter("HTTP/1.1 200 OK\r\nX: y\r\n"),
		"body":           stopAfter("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
		"long body":      stopAfter("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc"),
		"chunk":          stopAfter("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na"),
		"never reads":    func(net.Conn) { <-t.Context().Done() },
		"never finishes": func(c net.Conn) { endless(c, "HTTP/1.1 200 OK\r\n\r\n", "x") },
		"slow header":    func(c net.Conn) { slowly(c, "HTTP/1.1 200 OK\r\n", "X: y\r\n") },
		"endless chunks": func(c net.Conn) { endless(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n") },
	} {
		for _, scheme := range []string{"http", "https"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				u, config := serveScheme(t, scheme, answer)
				body := strings.Repeat("x", 8<<20)
				t.Run("deadline", func(t *testing.T) {
					alone(t, func(ctx context.Context, f *Fiber) {
						client := NewClient(f, config)
						defer client.Close()
						_, err := client.Do(ctx, &Request{Method: "POST", URL: u, Body: body}, time.Now().Add(20*time.Millisecond))
						require.ErrorIs(t, err, os.ErrDeadlineExceeded)
						require.Empty(t, client.links)
					})
				})
				t.Run("end", func(t *testing.T) {
					loop, err := NewLoop()
					require.NoError(t, err)
					ctx, cancel := context.WithCancel(t.Context())
					var got error
					loop.Go(func(f *Fiber) {
						client := NewClient(f, config)
						defer client.Close()
						_, got = client.Do(ctx, &Request{Method: "GET", URL: u}, soon())
					})
					time.AfterFunc(20*time.Millisecond, cancel)
					loop.Run(ctx)
					require.Error(t, got)
				})
			})
		}
	}
}

func endless(c net.Conn, first, more string) {
	_, err := io.WriteString(c, first)
	more = strings.Repeat(more, 1000)
	for err == nil {
		_, err = io.WriteString(c, more)
	}
}

func slowly(c net.Conn, first, more string) {
	_, err := io.WriteString(c, first)
	for err == nil {
		time.Sleep(time.Millisecond)
		_, err = io.WriteString(c, more)
	}
}
