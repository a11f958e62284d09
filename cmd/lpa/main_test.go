package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lpa": main})
}

// TestScripts drives the real program through its command line, environment and files.
func TestScripts(t *testing.T) {
	hanging := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/broken":
			w.WriteHeader(500)
		case "/login":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"token":"s3cret","user":{"id":7}}`)
		case "/items":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"items":[`+strings.Repeat(`{"id":1,"title":"one"},`, 9)+`{"id":2}]}`)
		case "/long":
			_, _ = io.WriteString(w, strings.Repeat("line\n", 30))
		case "/hostile":
			w.Header().Set("X-Evil", "\u202e\u009b31m")
			_, _ = io.WriteString(w, "a\x1b]0;owned\x07b")
		case "/image":
			_, _ = w.Write([]byte{0x89, 'P', 'N', 'G', 0, 1})
		case "/hang":
			hanging <- struct{}{}
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close) // the scripts go on after this function has returned
	testscript.Run(t, testscript.Params{Dir: "testdata/scripts", UpdateScripts: os.Getenv("UPDATE") != "", Cmds: map[string]func(*testscript.TestScript, bool, []string){
		"hanging": func(*testscript.TestScript, bool, []string) { <-hanging }, // waits for a request that hangs
		"insist":  insist,
	}, Setup: func(e *testscript.Env) error {
		e.Setenv("HOST", server.URL)
		e.Setenv("GORACE", "atexit_sleep_ms=0") // else the race detector makes each process last a second longer
		return nil
	}})
}

// insist is somebody who presses Ctrl-C until the programs in the background have ended.
func insist(ts *testscript.TestScript, _ bool, _ []string) {
	for _, cmd := range ts.BackgroundCmds() {
		for cmd.Process.Signal(os.Interrupt) == nil {
			time.Sleep(time.Millisecond)
		}
	}
}
