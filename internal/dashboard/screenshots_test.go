package dashboard

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

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
	withBrowser(t, func(b *browser) {
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
		b.is("document.documentElement.dataset.theme === 'dark'")
		b.shot("dashboard-dark.png")
		b.do(chromedp.EmulateViewport(1280, 1000))
		b.click("#now-change")
		b.is("document.querySelector('#list .steps')")
		b.is("(document.querySelector('#decisions').scrollIntoView(), true)")
		b.shot("dashboard-decision.png")
		b.scheme("light")
		b.do(chromedp.EmulateViewport(390, 1500, chromedp.EmulateMobile, chromedp.EmulateScale(1.5)))
		b.open(url, 600)
		b.shot("dashboard-phone.png")
	})
}
