//go:build linux && !portable

package engine

import (
	"context"
	"net"
	"testing"
)

// BenchmarkRequests is the engine alone: ten users on one loop, against a server in this process that answers each piece that
// it reads, in a few lines of its own, at once.
func BenchmarkRequests(b *testing.B) {
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello")
	u := serve(b, func(c net.Conn) {
		buffer := make([]byte, 4096)
		for {
			if _, err := c.Read(buffer); err != nil {
				return
			}
			if _, err := c.Write(answer); err != nil {
				return
			}
		}
	})
	u.Path = "/items/1"
	request := &Request{Method: "GET", URL: u, Header: [][2]string{{"User-Agent", "test"}, {"Accept", "application/json"}}}
	loop, err := NewLoop()
	if err != nil {
		b.Fatal(err)
	}
	left := b.N
	for range 10 {
		loop.Go(func(f *Fiber) {
			client := NewClient(f, forGood)
			defer client.Close()
			deadline := soon().Add(1 << 40)
			for ; left > 0; left-- {
				if _, err := client.Do(context.Background(), request, deadline); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	b.ReportAllocs()
	b.ResetTimer()
	loop.Run(b.Context())
}
