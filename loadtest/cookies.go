package loadtest

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
)

// Limits that browsers have too (RFC 6265bis §6.1 asks for at least these). Without them a server that sets new cookies with
// every answer would fill the memory of thousands of users, and make every request slower than the one before.
const (
	maxCookies    = 50
	maxCookieSize = 4096 // bytes, of name and value
)

// cookies is a user's jar. Cookies beyond the limits are not kept; known ones are updated all the same.
type cookies struct {
	*cookiejar.Jar
	names map[string]bool
}

func newCookies() *cookies {
	jar, _ := cookiejar.New(nil) // never fails
	return &cookies{Jar: jar, names: map[string]bool{}}
}

// SetCookies keeps what a server sets.
func (c *cookies) SetCookies(u *url.URL, set []*http.Cookie) {
	var kept []*http.Cookie
	for _, cookie := range set {
		full := len(c.names) >= maxCookies && !c.names[cookie.Name]
		if full || len(cookie.Name)+len(cookie.Value) > maxCookieSize {
			continue
		}
		c.names[cookie.Name] = true
		kept = append(kept, cookie)
	}
	c.Jar.SetCookies(u, kept)
}
