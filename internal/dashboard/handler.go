package dashboard

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

//go:embed assets
var assets embed.FS

// policyOfContent allows nothing that does not come from the dashboard itself, and no script or style within a page.
const policyOfContent = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Handler answers everything that the dashboard has. What needs no token is the health check, the way in, and what the pages
// look like.
func (d *Dashboard) Handler() http.Handler {
	private := http.NewServeMux()
	private.HandleFunc("GET /{$}", servePage("index.html"))
	private.HandleFunc("GET /api/overview", d.serveOverview)
	private.HandleFunc("GET /api/series", d.serveSeries)
	private.HandleFunc("GET /api/decisions", d.serveList)
	private.HandleFunc("GET /api/decisions/{id}", d.serveDetail)
	private.HandleFunc("GET /api/events", d.serveEvents)
	private.Handle("GET /metrics", promhttp.HandlerFor(d.registry, promhttp.HandlerOpts{DisableCompression: true, MaxRequestsInFlight: 8}))

	mux := http.NewServeMux()
	mux.Handle("/", d.guard(private))
	mux.HandleFunc("GET /healthz", d.serveHealth)
	mux.HandleFunc("GET /livez", serveLife)
	mux.HandleFunc("POST /login", d.login)
	mux.Handle("GET /assets/", serveAssets())
	return secure(compress(mux))
}

// secure says to browsers what pages may do, and who may use them.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policyOfContent)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

func servePage(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(page(name))
	}
}

func page(name string) []byte {
	text, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return text
}

// serveLogin asks for the token.
func serveLogin(w http.ResponseWriter, refused bool) {
	text := page("login.html")
	if refused {
		text = bytes.Replace(text, []byte(`id="refused" hidden`), []byte(`id="refused"`), 1)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write(text)
}

// serveAssets answers with what pages consist of: not the pages, nor what is there for people who read the source.
func serveAssets() http.Handler {
	files := http.FileServerFS(assets)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if info, err := fs.Stat(assets, name); err != nil || info.IsDir() || !strings.HasSuffix(name, ".js") && !strings.HasSuffix(name, ".css") && !strings.HasSuffix(name, ".svg") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-cache") // another version has the same names
		files.ServeHTTP(w, r)
	})
}
