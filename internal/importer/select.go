package importer

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// omission is a reason for which a request is left out.
type omission struct{ one, many, hint string }

var (
	omitFailed    = omission{"failed or blocked request", "failed or blocked requests", ""}
	omitCached    = omission{"request that the browser's cache answered", "requests that the browser's cache answered", ""}
	omitSocket    = omission{"websocket", "websockets", ""}
	omitInner     = omission{"data:, blob: or other address without a host", "data:, blob: and other addresses without a host", ""}
	omitInvalid   = omission{"request without a valid method and address", "requests without a valid method and address", ""}
	omitSlashes   = omission{"request whose path begins with //", "requests whose paths begin with //", ""}
	omitBody      = omission{"request whose body was not recorded or is no text", "requests whose bodies were not recorded or are no text", ""}
	omitPreflight = omission{"preflight of the browser's (OPTIONS)", "preflights of the browser's (OPTIONS)", ""}
	omitFollowed  = omission{"redirect that the load test follows by itself", "redirects that the load test follows by itself", ""}
	omitAsset     = omission{"static asset (image, font, style, program)", "static assets (images, fonts, styles, programs)", "--assets keeps them"}
)

func (o omission) say(n int) string {
	if n == 1 {
		return "1 " + o.one
	}
	return fmt.Sprintf("%d %s", n, o.many)
}

// omitHost is the reason for requests to a host that is not asked for.
func omitHost(origin string) omission {
	return omission{"request to " + printable(origin), "requests to " + printable(origin), "--all-hosts keeps them"}
}

// maxSteps is less than what fits into a script of the size that the load test accepts.
const maxSteps = 10_000

// choose drops what does not belong into the script and counts it by reason.
func (r *report) choose(recorded []exchange, o Options) ([]exchange, error) {
	r.left = map[omission]int{}
	sendable := r.drop(recorded, func(e *exchange) (omission, bool) { return r.unsendable(e) })
	r.origin = o.Origin
	if r.origin == "" {
		r.origin = mainOrigin(sendable)
	} else if !slices.ContainsFunc(sendable, func(e exchange) bool { return origin(e.url) == o.Origin }) {
		return nil, r.source.problem(r.source.first, "--host", "must be a host of the recording, which has "+hosts(sendable), printable(o.Origin))
	}
	kept := r.drop(sendable, func(e *exchange) (omission, bool) {
		if at := origin(e.url); at != r.origin && !o.AllHosts {
			return omitHost(at), true
		}
		return omitAsset, r.source.answered && !o.Assets && isAsset(e)
	})
	if len(kept) > maxSteps {
		return nil, r.source.problem(r.source.first, "", fmt.Sprintf("must have at most %d requests for a script; record less", maxSteps), fmt.Sprint(len(kept)))
	}
	if len(kept) == 0 {
		rule := "nothing is left to make a script of"
		if why := r.leftOut(); len(why) > 0 {
			rule += "; left out: " + strings.Join(why, ", ")
		}
		return nil, r.source.problem(r.source.first, "", rule, "")
	}
	return kept, nil
}

// drop is the exchanges for which there is no reason to leave them out.
func (r *report) drop(all []exchange, reason func(*exchange) (omission, bool)) []exchange {
	var kept []exchange
	for i := range all {
		if why, drop := reason(&all[i]); drop {
			if r.left[why] == 0 {
				r.reasons = append(r.reasons, why)
			}
			r.left[why]++
			continue
		}
		kept = append(kept, all[i])
	}
	return kept
}

// unsendable says why a script cannot or must not send a request, whatever its host.
func (r *report) unsendable(e *exchange) (omission, bool) {
	switch {
	case e.url == nil || !isToken(e.method) || e.method == http.MethodConnect:
		return omitInvalid, true
	case e.url.Scheme == "ws" || e.url.Scheme == "wss" || e.resource == "websocket" || e.status == http.StatusSwitchingProtocols:
		return omitSocket, true
	case e.url.Scheme != "http" && e.url.Scheme != "https":
		return omitInner, true
	case !isWeb(e.url):
		return omitInvalid, true
	case r.source.answered && e.status <= 0:
		return omitFailed, true
	case e.cached:
		return omitCached, true
	case strings.HasPrefix(e.url.EscapedPath(), "//"):
		return omitSlashes, true
	case e.method == http.MethodOptions && e.header("Access-Control-Request-Method") != "":
		return omitPreflight, true
	case e.body.lost != "":
		return omitBody, true
	}
	return omission{}, false
}

// isWeb says whether an address is one that a script can name.
func isWeb(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.Opaque == "" && utf8.ValidString(u.Host)
}

// lowerHost is the address with its host in lower case, as hosts are compared.
func lowerHost(u *url.URL) *url.URL {
	u.Host = strings.ToLower(u.Host)
	return u
}

// isToken says whether s is a token of RFC 9110 §5.6.2: a method or a header's name.
func isToken(s string) bool {
	return s != "" && strings.Trim(s, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// mainOrigin is the host of the first page that was answered, else that of the most requests, else of the first one.
func mainOrigin(exchanges []exchange) string {
	counts := map[string]int{}
	best := ""
	for i := range exchanges {
		e := &exchanges[i]
		at := origin(e.url)
		if isPage(e) {
			return at
		}
		if counts[at]++; counts[at] > counts[best] {
			best = at
		}
	}
	return best
}

// isPage says whether a request was for a page, and not for a part of one.
func isPage(e *exchange) bool {
	wanted := e.resource == "document" || e.resource == "" && mediaType(e.answerType) == "text/html"
	return wanted && e.method == http.MethodGet && e.status >= 200 && e.status < 300
}

// hosts lists the origins of exchanges, the most frequent first.
func hosts(exchanges []exchange) string {
	counts := map[string]int{}
	var all []string
	for _, e := range exchanges {
		at := origin(e.url)
		if counts[at]++; counts[at] == 1 {
			all = append(all, at)
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return counts[b] - counts[a] })
	const most = 8
	if len(all) > most {
		all = append(all[:most], "others")
	}
	if len(all) == 0 {
		return "none"
	}
	return printable(strings.Join(all, ", "))
}

// assetResources are the words of browsers for what a page is made of.
var assetResources = []string{"image", "font", "stylesheet", "script", "media", "manifest", "texttrack"}

// assetTypes are the beginnings of media types of the same.
var assetTypes = []string{"image/", "font/", "audio/", "video/", "text/css", "text/javascript", "application/javascript",
	"application/x-javascript", "application/ecmascript", "application/font", "application/x-font", "application/vnd.ms-fontobject",
	"application/wasm", "application/manifest+json", "text/vtt"}

// assetSuffixes are asked where the type says nothing.
var assetSuffixes = []string{".js", ".mjs", ".css", ".map", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".ico",
	".bmp", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp3", ".mp4", ".webm", ".ogg", ".m4a", ".mov", ".wasm", ".webmanifest"}

func isAsset(e *exchange) bool {
	if e.method != http.MethodGet && e.method != http.MethodHead {
		return false
	}
	kind := mediaType(e.answerType)
	switch {
	case slices.Contains(assetResources, e.resource):
		return true
	case slices.ContainsFunc(assetTypes, func(prefix string) bool { return strings.HasPrefix(kind, prefix) }):
		return true
	case isJSONType(kind) || kind == "text/html":
		return strings.HasSuffix(e.url.Path, ".map")
	}
	return slices.Contains(assetSuffixes, strings.ToLower(path.Ext(e.url.Path)))
}
