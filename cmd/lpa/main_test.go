package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lpa": main})
}

// TestScripts drives the real program through its command line, environment and files.
func TestScripts(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			w.WriteHeader(500)
		}
	}))
	t.Cleanup(server.Close) // the scripts go on after this function has returned
	testscript.Run(t, testscript.Params{Dir: "testdata/scripts", Setup: func(e *testscript.Env) error {
		e.Setenv("HOST", server.URL)
		e.Setenv("GORACE", "atexit_sleep_ms=0") // else the race detector makes each process last a second longer
		return nil
	}})
}
