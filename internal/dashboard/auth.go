package dashboard

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// shortestToken is how long a token must be so that it cannot be guessed by trying.
const shortestToken = 16

// CheckToken says what is wrong with a token, which may be missing.
func CheckToken(token string) error {
	if token != "" && len(token) < shortestToken {
		return fmt.Errorf("must have at least %d characters, got %d", shortestToken, len(token))
	}
	return nil
}

const cookieName = "lpa_dashboard"

// session is the cookie's value: it is made from the token, which cannot be found out from it.
func session(token string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("lpa dashboard session"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// same compares in a time that does not depend on where or whether they differ.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// known says whether the request brings the token, or the cookie that was given for it. A proxy before the dashboard may send a token of
// its own beside the cookie.
func (d *Dashboard) known(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && same(token, d.options.Token) { // schemes are of any case (RFC 9110 §11.1)
		return true
	}
	cookie, err := r.Cookie(cookieName)
	return err == nil && same(cookie.Value, session(d.options.Token))
}

// guard lets those pass who know the token. Without one the dashboard is on a loopback address, and only pages that were
// asked for under a name of this machine pass: else a foreign site could have its own name lead here, and read on.
func (d *Dashboard) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case d.options.Token == "" && !localName(r.Host):
			http.Error(w, "this dashboard has no token, so it answers only to localhost", http.StatusMisdirectedRequest)
		case d.options.Token == "" || d.known(r):
			next.ServeHTTP(w, r)
		case r.URL.Path == "/":
			serveLogin(w, false)
		default:
			w.Header().Set("WWW-Authenticate", `Bearer realm="lpa dashboard"`)
			http.Error(w, "the token is missing or wrong", http.StatusUnauthorized)
		}
	})
}

// localName says whether a request was made to localhost or a loopback address.
func localName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && address.IsLoopback()
}

// login takes the token from the form and gives the cookie for it.
func (d *Dashboard) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	if d.options.Token == "" || r.ParseForm() != nil || !same(r.PostForm.Get("token"), d.options.Token) {
		serveLogin(w, true)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: session(d.options.Token), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
