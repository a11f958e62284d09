package loadtest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCookiesAreBounded(t *testing.T) {
	jar := newCookies()
	u := &url.URL{Scheme: "http", Host: "localhost", Path: "/"}
	for i := range 1000 {
		jar.SetCookies(u, []*http.Cookie{{Name: fmt.Sprintf("c%d", i), Value: "x"}, {Name: "session", Value: fmt.Sprint(i)}})
	}
	jar.SetCookies(u, []*http.Cookie{{Name: "c1", Value: strings.Repeat("x", maxCookieSize)}})
	kept := jar.Cookies(u)
	require.Len(t, kept, maxCookies)
	values := map[string]string{}
	for _, cookie := range kept {
		values[cookie.Name] = cookie.Value
	}
	require.Equal(t, "999", values["session"], "a known cookie is updated")
	require.Equal(t, "x", values["c1"])
}
