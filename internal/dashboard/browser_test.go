package dashboard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
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
func withBrowser(t *testing.T, test func(*testing.T, *browser)) {
	t.Helper()
	path := chromium(t)
	if path == "" {
		t.Log("passed without a Chromium, as there is none")
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses root otherwise
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewContext(ctx)
	t.Cleanup(stop)
	b := &browser{t: t, ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, b.hear))
	_, err := chromedp.Call(ctx, log.Enable, cdp.Empty{})
	require.NoError(t, err)
	test(t, b)
	require.Empty(t, b.complaints, "the page has an error, or does what it may not")
}

// browserPatience is how long a page may take for anything: far longer than it needs.
const browserPatience = 30 * time.Second

// browser is one with a page.
type browser struct {
	t          *testing.T
	ctx        context.Context
	complaints []string
}

// hear collects the errors of the page: exceptions, and what the content security policy forbids.
func (b *browser) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !strings.Contains(e.Entry.Text, "401") {
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
	for deadline := time.Now().Add(browserPatience); !value[bool](b, "%s", expression); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("waiting for %s; %v; the page says:\n%s", expression, b.complaints, value[string](b, "document.body.innerText"))
		}
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

func TestPageDraws(t *testing.T) {
	withBrowser(t, func(t *testing.T, b *browser) {
		decisions := logFile(t)
		writeShop(t, decisions, newShop(), 500)
		b.open(serve(t, Options{Log: decisions.Path, Version: "v1"}), 500)
		for _, chart := range []string{"#chart-replicas", "#chart-target-0", "#chart-target-1", "#chart-target-2", "#chart-failures"} {
			require.Greater(t, value[int](b, "%s('%s')", inked, chart), 2000, chart)
		}
		require.Equal(t, "Deployment prod/shop", value[string](b, "document.querySelector('#resource').textContent"))
		require.Equal(t, 50, value[int](b, "document.querySelectorAll('#list > li').length"))
		require.False(t, value[bool](b, "document.body.innerHTML.includes('s3cret')"))
		b.is("document.querySelector('#connection').textContent === 'live'")
		b.click("#chart-replicas summary")
		b.is("document.querySelector('#chart-replicas details').open")
		b.is("document.querySelectorAll('#chart-replicas .data tbody tr').length === 200")
		b.click("#more")
		b.is("document.querySelectorAll('#list > li').length === 100")
	})
}

var screenshots = os.Getenv("SCREENSHOTS")

// shot keeps a picture for the documentation, if SCREENSHOTS names a folder.
func (b *browser) shot(name string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	require.NoError(b.t, err)
	require.Greater(b.t, len(png), 20_000, "a picture with something on it")
	if screenshots != "" {
		require.NoError(b.t, os.WriteFile(filepath.Join(screenshots, name), png, 0o644))
	}
}

// TestScreenshots looks at the page as the documentation shows it; make screenshots keeps the pictures.
func TestScreenshots(t *testing.T) {
	withBrowser(t, func(t *testing.T, b *browser) {
		decisions := logFile(t)
		s := newShop()
		s.began = time.Now().Add(-600 * time.Minute).Truncate(time.Second)
		writeShop(t, decisions, s, 600)
		url := serve(t, Options{Log: decisions.Path, Version: "v1.0.0"})
		b.scheme("light")
		b.do(chromedp.EmulateViewport(1280, 1500))
		b.open(url, 600)
		b.shot("dashboard.png")
		b.scheme("dark")
		b.click("#list > li:nth-child(2) button")
		b.is("document.querySelector('#list .steps')")
		b.do(chromedp.ScrollIntoView(chromedp.CSS("#list > li:nth-child(2) .detail")))
		b.shot("dashboard-dark.png")
		b.scheme("light")
		b.do(phone())
		b.open(url, 600)
		b.shot("dashboard-phone.png")
	})
}
