package dashboard

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/stretchr/testify/require"
)

// decided appends a run that asked for so many replicas of three, with the steps of a real one.
func decided(t *testing.T, log state.Log, s *shop, desired int) {
	t.Helper()
	s.replicas = 3
	r := s.next()
	r.Decision.Desired, r.Answer = desired, desired
	r.Decision.Reason = scaling.WithinTarget
	if desired != 3 {
		r.Decision.Reason = scaling.TargetBreached
	}
	require.NoError(t, log.Append(t.Context(), r))
}

func TestLastChange(t *testing.T) {
	log, s := logFile(t), newShop()
	last := func() *row {
		var o struct{ Change *row }
		require.NoError(t, json.Unmarshal(answer(read(t, log.Path, 0).Handler(), "GET", "/api/overview").Body.Bytes(), &o))
		return o.Change
	}
	decided(t, log, s, 3)
	require.Nil(t, last(), "there was none")
	decided(t, log, s, 2)
	decided(t, log, s, 5)
	change := &row{ID: 2, Time: began.Add(2 * time.Minute).UnixMilli(), Current: 3, Desired: 5, Reason: "TargetBreached", Verdict: "ok"}
	require.Equal(t, change, last())
	decided(t, log, s, 3)
	require.Equal(t, change, last(), "a hold is none")
}

// changeText is what leads to the last change; empty where nothing does.
const changeText = "(document.querySelector('#now-change').checkVisibility() ? document.querySelector('#now-change').textContent : '')"

// TestPageLeadsToTheLastChange goes from the tile of the latest decision to the one that changed the replicas.
func TestPageLeadsToTheLastChange(t *testing.T) {
	withBrowser(t, func(b *browser) {
		log, s := logFile(t), newShop()
		s.began = time.Now().Add(-5 * time.Hour).Truncate(time.Second) // so that it is 5 h ago for as long as the test may take
		opened := func(id int) {
			t.Helper()
			b.is("%s.closest('li')?.dataset.id === '%d'", focused, id)
			b.is("%s.getAttribute('aria-expanded') === 'true'", focused)
			b.is("document.querySelector('#detail-%d .steps dt')", id)
		}
		decided(t, log, s, 3)
		url := serve(t, Options{Log: log.Path})
		b.open(url, 1)
		require.Empty(t, value[string](b, changeText), "there was none")

		decided(t, log, s, 2)
		b.shows(2)
		require.Equal(t, "last change 3 → 2, 5 h ago", value[string](b, changeText), "it comes while the page is open")
		b.click("#now-change")
		opened(1)
		b.is("%s.click() === undefined", focused)
		b.is("document.querySelector('#detail-1').hidden")

		decided(t, log, s, 5)
		for range 60 {
			decided(t, log, s, 3)
		}
		b.shows(63)
		require.Equal(t, "last change 3 → 5, 5 h ago", value[string](b, changeText))
		b.open(url, 63) // whose list has the latest 50
		require.Equal(t, "last change 3 → 5, 5 h ago", value[string](b, changeText))
		require.Equal(t, "WithinTarget", value[string](b, "document.querySelector('#now-reason').textContent"), "the latest decision stays beside it")
		require.Contains(t, value[string](b, "document.querySelector('#now-change').title"), s.began.Add(2*time.Minute).Local().Format(time.DateTime))

		b.is("document.querySelector('#theme').focus() === undefined")
		b.do(chromedp.KeyEvent(kb.Tab))
		require.Equal(t, "now-change", value[string](b, focused+".id"), "a keyboard gets there")
		require.NotEqual(t, "none", value[string](b, "getComputedStyle(%s).outlineStyle", focused))
		b.do(chromedp.KeyEvent(kb.Enter))
		opened(2)
		b.is("document.querySelector('#list > li').dataset.id === '2'") // as after a click on a chart
		b.click("#latest")
		b.is("document.querySelector('#list > li').dataset.id === '62'")
		b.is("document.querySelector('#list [data-id=\"13\"]') && !document.querySelector('#list [data-id=\"2\"]')")
	})
}

// TestPageLeadsToAChangeThatTheFilterLeavesOut holds that what is chosen does not stand in the way.
func TestPageLeadsToAChangeThatTheFilterLeavesOut(t *testing.T) {
	withBrowser(t, func(b *browser) {
		log, s := logFile(t), newShop()
		s.began = time.Now().Add(-5 * time.Hour).Truncate(time.Second)
		for _, desired := range []int{3, 4, 3, 3} {
			decided(t, log, s, desired)
		}
		b.open(serve(t, Options{Log: log.Path}), 4)
		for _, leaveOut := range []string{
			`document.querySelector('input[name=range][value="900000"]').click()`,
			`(() => { const e = document.querySelector('#reason'); e.value = 'WithinTarget'; e.dispatchEvent(new Event('change', { bubbles: true })); })()`,
		} {
			b.is("%s === undefined", leaveOut)
			b.is("!document.querySelector('#list [data-id=\"1\"]')")
			b.click("#now-change")
			b.is("document.querySelector('#detail-1 .steps dt')")
			b.is("%s.closest('li')?.dataset.id === '1'", focused)
			require.Equal(t, []string{"0", ""}, value[[]string](b, "['range', 'reason'].map((name) => document.querySelector('#controls').elements[name].value)"))
			require.Equal(t, "4 decisions", value[string](b, "document.querySelector('#decisions-count').textContent"))
		}
	})
}

// contrast is by how much an element's text differs from the tile that it is on, as WCAG counts it.
const contrast = `(() => {
	const light = (color) => color.match(/\d+/g).slice(0, 3).map((n) => n / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const e = document.querySelector('#now-change');
	const [dark, bright] = [getComputedStyle(e).color, getComputedStyle(e.closest('.tile')).backgroundColor].map(light).sort((a, b) => a - b);
	return (bright + 0.05) / (dark + 0.05);
})()`

func TestLastChangeOnAnyScreen(t *testing.T) {
	withBrowser(t, func(b *browser) {
		log, s := logFile(t), newShop()
		s.replicas = 3
		r := s.next()
		r.Mode, r.Decision.Desired = "observe", 1_000_000
		require.NoError(t, log.Append(t.Context(), r))
		url := serve(t, Options{Log: log.Path})
		for _, scheme := range []string{"light", "dark"} {
			b.scheme(scheme)
			for _, size := range []step{chromedp.EmulateViewport(1280, 900), chromedp.EmulateViewport(800, 600), phone()} {
				b.do(size)
				b.open(url, 1)
				b.is("document.documentElement.dataset.theme === '%s'", scheme)
				require.Regexp(t, `^last change asked for 3 → 1000000, \d+ days ago$`, value[string](b, changeText), "mode observe changes nothing")
				require.GreaterOrEqual(t, value[float64](b, contrast), 4.5)
				require.GreaterOrEqual(t, value[float64](b, "document.querySelector('#now-change').getBoundingClientRect().height"), 38.0, "large enough for a finger")
				require.LessOrEqual(t, value[int](b, "document.documentElement.scrollWidth - innerWidth"), 0, "nothing is wider than the screen")
				const inside = "(() => { const e = document.querySelector('#now-change'), a = e.getBoundingClientRect(), b = e.closest('.tile').getBoundingClientRect(); return a.right <= b.right && a.bottom <= b.bottom; })()"
				require.True(t, value[bool](b, inside), fmt.Sprint(scheme, size))
				require.Empty(t, value[[]string](b, unnamed))
			}
		}
	})
}
