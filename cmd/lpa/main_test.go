package main

import (
	"net/http"
	"net/http/httptest"
	"os"
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
		case "/hang":
			hanging <- struct{}{}
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close) // the scripts go on after this function has returned
	testscript.Run(t, testscript.Params{Dir: "testdata/scripts", Cmds: map[string]func(*testscript.TestScript, bool, []string){
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
