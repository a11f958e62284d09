package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// refusing is an address on which nobody listens.
func refusing(t *testing.T) netip.AddrPort {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return netip.MustParseAddrPort(listener.Addr().String())
}

// silent is an address that answers no attempt to connect: a listener whose queue is full.
func silent(t *testing.T) netip.AddrPort {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(fd) })
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	name, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	to := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(name.(*syscall.SockaddrInet4).Port))
	for {
		c, err := net.DialTimeout("tcp", to.String(), 100*time.Millisecond)
		if err != nil {
			return to
		}
		t.Cleanup(func() { c.Close() })
	}
}

// errEither is that of whichever address, when none has answered.
var errEither = errors.New("either")

func TestDialling(t *testing.T) {
	good := netip.MustParseAddrPort(serve(t, says("")).Host)
	refuses, hangs := refusing(t), silent(t)
	for name, test := range map[string]struct {
		to  []netip.AddrPort
		err error
	}{
		"the first":                  {[]netip.AddrPort{good}, nil},
		"after one that refuses":     {[]netip.AddrPort{refuses, good}, nil},
		"beside one that hangs":      {[]netip.AddrPort{hangs, good}, nil},
		"after one of each":          {[]netip.AddrPort{hangs, refuses, good}, nil},
		"all refuse":                 {[]netip.AddrPort{refuses, refuses}, syscall.ECONNREFUSED},
		"one hangs":                  {[]netip.AddrPort{hangs}, os.ErrDeadlineExceeded},
		"one hangs, another refuses": {[]netip.AddrPort{hangs, refuses}, errEither},
	} {
		t.Run(name, func(t *testing.T) {
			leavesNothing(t)
			alone(t, func(ctx context.Context, f *Fiber) {
				deadline := soon()
				if test.err == errEither || test.err == os.ErrDeadlineExceeded {
					deadline = time.Now().Add(400 * time.Millisecond)
				}
				c, err := dialAny(ctx, f, test.to, deadline)
				if test.err == nil {
					require.NoError(t, err)
					require.Equal(t, good.String(), c.RemoteAddr().String())
					require.NoError(t, c.Close())
					return
				}
				var op *net.OpError
				require.ErrorAs(t, err, &op)
				require.Equal(t, "dial", op.Op)
				switch test.err {
				case errEither:
				case os.ErrDeadlineExceeded:
					require.True(t, op.Timeout(), "%v", err)
				default:
					require.ErrorIs(t, err, test.err)
				}
			})
		})
	}
}

func TestDiallingEndsWithTheRun(t *testing.T) {
	hangs := silent(t)
	leavesNothing(t)
	ctx, cancel := context.WithCancel(t.Context())
	loop, err := NewLoop()
	require.NoError(t, err)
	loop.Go(func(f *Fiber) {
		_, err := dialAny(ctx, f, []netip.AddrPort{hangs}, soon())
		require.ErrorContains(t, err, "canceled")
	})
	time.AfterFunc(10*time.Millisecond, cancel)
	loop.Run(ctx)
}

func TestAddressesThatLeadNowhere(t *testing.T) {
	for address, want := range map[string]string{
		"http://no-such-host.invalid/":     "no-such-host.invalid",
		"http://127.0.0.1:99999/":          "no such port",
		"http:///":                         "no such host",
		"http://[fe80::1%25no-such-zone]/": "connect",
	} {
		u, err := url.Parse(address)
		require.NoError(t, err)
		_, err = get(t, u)
		require.ErrorContains(t, err, want)
	}
}

func TestInterleave(t *testing.T) {
	parse := func(texts ...string) (addrs []netip.Addr) {
		for _, text := range texts {
			addrs = append(addrs, netip.MustParseAddr(text))
		}
		return addrs
	}
	for _, test := range []struct {
		found []netip.Addr
		want  string
	}{
		{nil, "[]"},
		{parse("10.0.0.1"), "[10.0.0.1:80]"},
		{parse("2001:db8::1", "2001:db8::2", "10.0.0.1"), "[[2001:db8::1]:80 10.0.0.1:80 [2001:db8::2]:80]"},
		{parse("::ffff:10.0.0.1", "10.0.0.2", "2001:db8::1"), "[10.0.0.1:80 [2001:db8::1]:80 10.0.0.2:80]"},
	} {
		require.Equal(t, test.want, fmt.Sprint(interleave(test.found, 80)))
	}
}

func TestIPv6(t *testing.T) {
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return // this machine has none
	}
	defer listener.Close()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go says("HTTP/1.1 204 No Content\r\n\r\n")(c)
		}
	}()
	response, err := get(t, &url.URL{Scheme: "http", Host: listener.Addr().String(), Path: "/"})
	require.NoError(t, err)
	require.Equal(t, 204, response.Status)
}

// TestProxies goes to services of both kinds through proxies of both kinds, which want credentials.
func TestProxies(t *testing.T) {
	for _, target := range []string{"http", "https"} {
		for _, proxy := range []string{"http", "https"} {
			t.Run(target+" by "+proxy, func(t *testing.T) {
				leavesNothing(t)
				u, config := serveScheme(t, target, says("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect"))
				authorized := make(chan string, 10)
				through, proxyConfig := serveScheme(t, proxy, func(c net.Conn) {
					from := bufio.NewReader(c)
					for r, err := http.ReadRequest(from); err == nil; r, err = http.ReadRequest(from) {
						authorized <- r.Method + " " + r.RequestURI + " " + r.Header.Get("Proxy-Authorization")
						if r.Method != "CONNECT" {
							_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nproxied")
							continue
						}
						_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
						splice(c, r.RequestURI)
						return
					}
				})
				through.User = url.UserPassword("me", "p:w")
				used := &Config{Reuse: forGood.Reuse, Proxy: func(*url.URL) (*url.URL, error) { return through, nil }, TLS: config.TLS}
				if proxy == "https" {
					used.TLS = proxyConfig.TLS // both certificates are the same one
				}
				alone(t, func(ctx context.Context, f *Fiber) {
					client := NewClient(f, used)
					defer client.Close()
					for range 2 {
						response, err := client.Do(ctx, &Request{Method: "GET", URL: u, Keep: true}, soon())
						require.NoError(t, err)
						require.Equal(t, map[string]string{"http": "proxied", "https": "direct"}[target], string(response.Body))
					}
					require.Equal(t, 1, client.Opened)
				})
				const credentials = " Basic bWU6cDp3"
				if target == "https" {
					require.Equal(t, "CONNECT "+u.Host+credentials, <-authorized)
				} else {
					require.Equal(t, "GET http://"+u.Host+"/"+credentials, <-authorized)
					require.Equal(t, "GET http://"+u.Host+"/"+credentials, <-authorized)
				}
			})
		}
	}
}

// plain hides what would make package net keep pipes for the next time, which look like a leak.
type plain struct{ io.ReadWriter }

// splice joins a connection with one to an address, until either ends.
func splice(c net.Conn, address string) {
	to, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer to.Close()
	go func() {
		_, _ = io.Copy(plain{c}, plain{to})
		c.Close()
	}()
	_, _ = io.Copy(plain{to}, plain{c})
}

func TestHostileProxies(t *testing.T) {
	for name, test := range map[string]struct{ answer, want string }{
		"refuses":       {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "the proxy answered CONNECT with status 407"},
		"says more":     {"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "the proxy said more than that it is connected"},
		"closes":        {"", "EOF"},
		"closes early":  {"HTTP/1.1 200", "unexpected EOF"},
		"is not HTTP":   {"\x05\x00", "unexpected EOF"},
		"is some other": {"SSH-2.0-x\r\n", "the answer is not HTTP"},
	} {
		t.Run(name, func(t *testing.T) {
			leavesNothing(t)
			through := serve(t, func(c net.Conn) {
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					_, _ = io.WriteString(c, test.answer)
				}
			})
			alone(t, func(ctx context.Context, f *Fiber) {
				client := NewClient(f, &Config{Reuse: forGood.Reuse, Proxy: func(*url.URL) (*url.URL, error) { return through, nil }})
				defer client.Close()
				_, err := client.Do(ctx, &Request{Method: "GET", URL: &url.URL{Scheme: "https", Host: "service.invalid"}}, soon())
				require.ErrorContains(t, err, test.want)
			})
		})
	}
	_, err := (&Client{config: &Config{Proxy: func(*url.URL) (*url.URL, error) { return url.Parse("socks5://me:secret@p") }}}).proxy(&url.URL{})
	require.EqualError(t, err, "the proxy socks5://me:xxxxx@p is neither http nor https")
}

// TestABadCertificate leaves nothing open.
func TestABadCertificate(t *testing.T) {
	leavesNothing(t)
	u, _ := serveScheme(t, "https", says(""))
	_, err := get(t, u)
	var handshake *HandshakeError
	require.ErrorAs(t, err, &handshake)
}

// TestASYNThatIsRepeatedAtOnceWasNotLost has what a service that hangs makes of local ports that are used again.
func TestASYNThatIsRepeatedAtOnceWasNotLost(t *testing.T) {
	require.Zero(t, lostSYNs(1, 16*time.Millisecond))
	require.Equal(t, 2, lostSYNs(2, 3*time.Second))
}
