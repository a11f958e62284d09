package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// The tests of the page run a real Chromium, Debian's say. LPA_TEST_CHROMIUM=required makes one that is missing a failure.

// chromium is the browser's path; empty if there is none.
func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	require.NotEqual(t, "required", os.Getenv("LPA_TEST_CHROMIUM"), "LPA_TEST_CHROMIUM is required, but there is no Chromium")
	return ""
}

// withBrowser runs a test in a new browser, if there is one.
func withBrowser(t testing.TB, test func(*browser)) {
	t.Helper()
	if test, ok := t.(*testing.T); ok {
		test.Parallel() // most of the time they wait for their browsers
	}
	path := chromium(t)
	if path == "" {
		t.Log("passed without a Chromium, as there is none")
		return
	}
	folder, err := os.MkdirTemp("", "page") // t.TempDir has a test's name in it, and Chromium's socket no room for that
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(folder)) })
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(folder),
		chromedp.Env("TMPDIR="+folder), // it is killed, and what it keeps there would stay
		chromedp.WindowSize(1280, 900))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses root otherwise
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewContext(ctx)
	t.Cleanup(stop)
	b := &browser{t: t, ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, b.hear))
	_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{})
	require.NoError(t, err)
	test(b)
	require.Empty(t, b.complaints, "the page has an error, or does what it may not")
}

// browserPatience is how long a page may take for anything: far longer than it needs.
const browserPatience = 30 * time.Second

// browser is one with a page.
type browser struct {
	t          testing.TB
	ctx        context.Context
	complaints []string
}

// hear collects the errors of the page: exceptions, and what the content security policy forbids.
func (b *browser) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !strings.Contains(e.Entry.Text, "status of 401") {
			b.complaints = append(b.complaints, e.Entry.Text+" "+e.Entry.URL)
		}
	}
}

type step = chromedp.Action[chromedp.Void]

func (b *browser) do(steps ...step) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserPatience)
	defer cancel()
	require.NoError(b.t, chromedp.Do(ctx, steps...))
}

func (b *browser) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// value is what an expression of the page gives.
func value[T any](b *browser, format string, arguments ...any) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserPatience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](fmt.Sprintf(format, arguments...)))
	require.NoError(b.t, err, "%s; %v", fmt.Sprintf(format, arguments...), b.complaints)
	return v
}

// is waits until an expression of the page is true. It asks from outside, as the page's policy forbids scripts made of text.
func (b *browser) is(format string, arguments ...any) {
	b.t.Helper()
	expression := "Boolean(" + fmt.Sprintf(format, arguments...) + ")"
	deadline := time.Now().Add(browserPatience)
	for {
		yes, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](expression))
		if yes {
			return
		}
		if time.Now().After(deadline) { // an error may come of a page that is on its way
			text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText"))
			b.t.Fatalf("waiting for %s; %v; %v; the page says:\n%s", expression, err, b.complaints, text)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// serve runs a dashboard until the test ends.
func serve(t testing.TB, options Options) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	options.Poll = 20 * time.Millisecond
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	d := New(options)
	go func() { ended <- d.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

// untilRead waits until a dashboard has read that many decisions.
func untilRead(t testing.TB, url string, decisions int) {
	t.Helper()
	require.Eventually(t, func() bool {
		response, err := http.Get(url + "/healthz")
		if err != nil {
			return false
		}
		defer response.Body.Close()
		var h health
		return json.NewDecoder(response.Body).Decode(&h) == nil && h.Decisions == decisions
	}, 5*time.Minute, 20*time.Millisecond)
}

// open shows the page, and waits until it has shown that many decisions.
func (b *browser) open(url string, decisions int) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
	b.shows(decisions)
}

func (b *browser) shows(decisions int) {
	b.t.Helper()
	b.is("document.documentElement.dataset.ready === '%d'", decisions-1)
}

// phone makes the page as small as on a phone, and dark or light.
func phone() step {
	return chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateScale(2))
}

func (b *browser) scheme(name string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
	require.NoError(b.t, err)
}

// inked counts the pixels of a chart's canvas that are not empty.
const inked = `(id => {
  const canvas = document.querySelector(id + ' canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let n = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i]) n++;
  return n;
})`
