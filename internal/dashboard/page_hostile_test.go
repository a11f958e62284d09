package dashboard

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

// TestPageOfOddNames holds that no name breaks the page, or turns around what stands beside it.
func TestPageOfOddNames(t *testing.T) {
	withBrowser(t, func(b *browser) {
		log := logFile(t)
		s := newShop()
		for _, endpoint := range []string{"/שלום/עולם", "/\u202egnp.exe", "/" + strings.Repeat("x", 5000), "/" + strings.Repeat("ab ", 2000), "/\n\t\u0000\u200b", "/😀é", ""} {
			r := s.next()
			r.Observation.Readings[0].Target.Endpoint = endpoint
			r.Decision, _ = scaling.Explain(r.Policy, r.State, r.Observation, r.Time)
			r.Decision.Text = endpoint + ": 3 → 8"
			require.NoError(t, log.Append(t.Context(), r))
		}
		url := serve(t, Options{Log: log.Path})
		for _, size := range []step{chromedp.EmulateViewport(1280, 900), phone()} {
			b.do(size)
			b.open(url, s.run)
			b.is("[...document.querySelectorAll('#list .row')].forEach((e) => e.click()) === undefined")
			b.is("document.querySelectorAll('#list .steps').length >= %d", s.run)
			require.LessOrEqual(t, value[int](b, "document.documentElement.scrollWidth - innerWidth"), 0, "nothing is wider than the screen")
			require.Less(t, value[int](b, "Math.max(...[...document.querySelectorAll('.tile, .sentence, figcaption')].map((e) => e.offsetHeight))"), 320, "nothing fills the screen")
			require.Empty(t, value[[]string](b, unnamed))
		}
		// The numbers behind a name that is read from the right stand to the right of it, the first one first.
		const places = `(() => {
			const text = document.querySelector('#list [data-id="%d"] .said').firstChild;
			return ['3', '→', '8'].map((c) => {
				const range = document.createRange(), i = text.data.lastIndexOf(c);
				range.setStart(text, i);
				range.setEnd(text, i + 1);
				return range.getBoundingClientRect().left;
			});
		})()`
		b.do(chromedp.EmulateViewport(1280, 900))
		for id := range 2 {
			x := value[[]float64](b, places, id)
			require.Less(t, x[0], x[1])
			require.Less(t, x[1], x[2])
		}
	})
}

func TestPageOfAnEmptyLog(t *testing.T) {
	withBrowser(t, func(b *browser) {
		log := logFile(t)
		require.NoError(t, os.WriteFile(log.Path, nil, 0o600))
		b.open(serve(t, Options{Log: log.Path}), 0)
		b.is("document.querySelector('#problem').textContent.startsWith('The decision log is empty. Looked for at %s: ')", log.Path)
		b.is("[...document.querySelectorAll('.nothing')].every((e) => !e.hidden)")
		writeShop(t, log, newShop(), 1)
		b.shows(1)
		b.is("document.querySelector('#problem').hidden")
	})
}

// TestTwoPagesOfALogThatIsEmptied holds that pages follow a log that is emptied under them, and that what was in it is said to be gone.
func TestTwoPagesOfALogThatIsEmptied(t *testing.T) {
	withBrowser(t, func(b *browser) {
		log := logFile(t)
		s := newShop()
		writeShop(t, log, s, 60)
		url := serve(t, Options{Log: log.Path})
		ctx, stop := chromedp.NewContext(b.ctx)
		defer stop()
		_, err := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{}) // the tab lives as long as the first context that it is used with
		require.NoError(t, err)
		pages := []*browser{b, {t: t, ctx: ctx}}
		for _, page := range pages {
			page.open(url, 60)
		}
		require.NoError(t, os.Truncate(log.Path, 0))
		writeShop(t, log, s, 2)
		for _, page := range pages {
			page.shows(62)
			page.is("document.querySelector('#list > li').dataset.id === '61'")
			page.is("document.querySelector('#connection').textContent === 'live'")
			page.is("document.querySelector('#list [data-id=\"61\"] button').click() === undefined")
			page.is("document.querySelector('#detail-61 .steps')")
		}
		b.complaints = nil
		b.is("document.querySelector('#list [data-id=\"40\"] button').click() === undefined")
		b.is("document.querySelector('#detail-40').textContent.includes('no longer in the decision log')")
		require.Len(t, b.complaints, 1, "the browser tells of the answer 404")
		b.complaints = nil
	})
}
