package importer

import (
	"net/http"
	"net/url"
	"slices"
)

// engineRedirects is how many redirects a request of a script follows by default.
const engineRedirects = 10

// mostRedirects is how many it can be told to follow.
const mostRedirects = 100

// unfollowed as the number of redirects says that the answer is the redirect itself.
const unfollowed = -1

// foldRedirects joins a request with those that a browser sent because of its redirects: the engine follows them by itself,
// and reports the chain as one request with the last answer. A redirect whose target is not among the exchanges, because it
// leads to a host that is left out, say, must not be followed.
func foldRedirects(exchanges []exchange) []exchange {
	var folded []exchange
	followed := make([]bool, len(exchanges))
	byAddress := map[string][]int{}
	for i, e := range exchanges {
		key := e.method + " " + address(e.url)
		byAddress[key] = append(byAddress[key], i)
	}
	for i, e := range exchanges {
		if followed[i] {
			continue
		}
		hops := 0
		for at := i; isRedirect(&exchanges[at]); hops++ {
			next := first(byAddress[target(&exchanges[at])], at, followed)
			if next < 0 || hops == mostRedirects {
				break
			}
			followed[next] = true
			at = next
			e.status, e.ended, e.answer, e.answerType = exchanges[at].status, exchanges[at].ended, exchanges[at].answer, exchanges[at].answerType
			e.location = exchanges[at].location
		}
		folded = append(folded, withRedirects(e, hops))
	}
	return folded
}

// withRedirects is a request that stands for so many more.
func withRedirects(e exchange, hops int) exchange {
	switch {
	case isRedirect(&e) && hops == 0:
		e.redirects = unfollowed
	case isRedirect(&e):
		e.status = 0 // the chain goes on to where nobody recorded it, and neither did the last answer
	case hops > engineRedirects:
		e.redirects = hops
	}
	return e
}

func isRedirect(e *exchange) bool {
	switch e.status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return e.location != ""
	}
	return false
}

// target is the method and address of the request that a redirect leads to; empty if there cannot be one.
func target(e *exchange) string {
	location, err := e.url.Parse(e.location)
	if err != nil {
		return ""
	}
	method := http.MethodGet
	if e.method == http.MethodHead || e.status == http.StatusTemporaryRedirect || e.status == http.StatusPermanentRedirect {
		method = e.method
	}
	return method + " " + address(location)
}

// first is the first of the ascending indexes that lies behind at and is not followed already, -1 if there is none.
func first(indexes []int, at int, followed []bool) int {
	from, _ := slices.BinarySearch(indexes, at+1)
	for _, i := range indexes[from:] {
		if !followed[i] {
			return i
		}
	}
	return -1
}

// address is a whole address without its fragment, for comparing.
func address(u *url.URL) string {
	u = lowerHost(&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery})
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return origin(u) + path + "?" + u.RawQuery
}
