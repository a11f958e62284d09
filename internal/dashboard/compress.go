package dashboard

import (
	"compress/gzip"
	"net/http"
	"strings"
)

// compress answers with gzip where the client takes it. Events are left as they are: each has to leave at once.
func compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/events" || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Add("Vary", "Accept-Encoding")
		z := &zipped{ResponseWriter: w}
		defer z.close()
		next.ServeHTTP(z, r)
	})
}

// zipped compresses a body that there is.
type zipped struct {
	http.ResponseWriter
	zip    *gzip.Writer
	headed bool
}

func (z *zipped) WriteHeader(status int) {
	if !z.headed {
		z.headed = true
		if status != http.StatusNoContent && status != http.StatusNotModified && z.Header().Get("Content-Range") == "" {
			z.Header().Set("Content-Encoding", "gzip")
			z.Header().Del("Content-Length")
			z.zip = gzip.NewWriter(z.ResponseWriter)
		}
	}
	z.ResponseWriter.WriteHeader(status)
}

func (z *zipped) Write(p []byte) (int, error) {
	if !z.headed {
		if z.Header().Get("Content-Type") == "" {
			z.Header().Set("Content-Type", http.DetectContentType(p))
		}
		z.WriteHeader(http.StatusOK)
	}
	if z.zip == nil {
		return z.ResponseWriter.Write(p)
	}
	return z.zip.Write(p)
}

func (z *zipped) close() {
	if z.zip != nil {
		_ = z.zip.Close()
	}
}
