package dashboard

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

func TestPageDraws(t *testing.T) {
	withBrowser(t, func(b *browser) {
		log := logFile(t)
		writeShop(t, log, newShop(), 500)
		b.open(serve(t, Options{Log: log.Path, Version: "v1"}), 500)
		for _, chart := range []string{"#chart-replicas", "#chart-target-0", "#chart-target-1", "#chart-target-2", "#chart-failures"} {
			require.Greater(t, value[int](b, "%s('%s')", inked, chart), 2000, chart)
		}
		require.Equal(t, "Deployment prod/shop", value[string](b, "document.querySelector('#resource').textContent"))
		require.Equal(t, 50, value[int](b, "document.querySelectorAll('#list > li').length"))
		require.False(t, value[bool](b, "document.body.innerHTML.includes('s3cret')"))
		b.is("document.querySelector('#connection').textContent === 'live'")
		b.click("#chart-replicas summary")
		b.is("document.querySelectorAll('#chart-replicas .data tbody tr').length === 200")
		b.click("#more")
		b.is("document.querySelectorAll('#list > li').length === 100")
	})
}

// TestPageSaysWhatWouldChangeADecision compares the page with what lpa explain prints of the same decision.
func TestPageSaysWhatWouldChangeADecision(t *testing.T) {
	withBrowser(t, func(b *browser) {
		const log = "../../cmd/lpa/testdata/explain/decisions.jsonl"
		decisions := read(t, log, 0).history.last() + 1
		b.open(serve(t, Options{Log: log}), decisions)
		b.is("[...document.querySelectorAll('#list .row')].find((e) => e.querySelector('.change').textContent === '3 → 7').click() === undefined")
		b.is("document.querySelector('#list .changes')")
		require.Equal(t, []string{
			"with a target lowered to 69.6 ms for p95 of GET /fibonacci?n=10: 3 → 8",
			"with a target raised to 349 ms for p95 of GET /fibonacci?n=10: 3 → 6",
		}, value[[]string](b, "[...document.querySelectorAll('#list .changes li')].map((e) => e.textContent)"))
		require.Equal(t, "what would change it", value[string](b, "document.querySelector('#list .changes').previousElementSibling.textContent"))
	})
}

func TestPageFollowsTheLog(t *testing.T) {
	withBrowser(t, func(b *browser) {
		log := logFile(t)
		b.do(chromedp.Navigate(serve(t, Options{Log: log.Path})))
		b.is("document.querySelector('#problem').textContent.startsWith('There is no decision log yet. Looked for at %s: ')", log.Path)
		s := newShop()
		writeShop(t, log, s, 20)
		b.shows(20)
		b.is("document.querySelector('#problem').hidden")

		b.click("#list > li button")
		b.is("document.querySelector('#list .steps')")
		const drawn = "document.querySelector('#chart-replicas canvas').toDataURL()"
		before := value[string](b, drawn)
		for changed := false; !changed; {
			r := s.next()
			require.NoError(t, log.Append(t.Context(), r))
			changed = r.Decision.Desired != r.Decision.Current
		}
		b.shows(s.run)
		b.is("document.querySelector('#list > li').dataset.id === '%d'", s.run-1)
		b.is("document.querySelector('#news').textContent.startsWith('New decision: ')")
		b.is("document.querySelector('#now-replicas').textContent.includes('→')")
		b.is("document.querySelectorAll('#list .row[aria-expanded=true]').length === 1") // what was open stays open
		require.NotEqual(t, before, value[string](b, drawn))
		require.NoError(t, os.Remove(log.Path))
		b.is("document.querySelector('#problem').textContent === 'There is no decision log yet.'")
	})
}

// TestPageStaysSmall is of a page that is open for as long as it takes for hundreds of decisions to come.
func TestPageStaysSmall(t *testing.T) {
	withBrowser(t, func(b *browser) {
		log, s := logFile(t), newShop()
		decided(t, log, s, 3)
		b.open(serve(t, Options{Log: log.Path}), 1)
		const batch, batches = 40, 13
		for n := range batches {
			for range batch {
				decided(t, log, s, 3)
			}
			b.shows(1 + (n+1)*batch)
		}
		b.is("document.querySelector('#list > li').dataset.id === '%d'", batch*batches)
		require.Equal(t, 500, value[int](b, "document.querySelector('#list').children.length"))
		b.click("#more")
		b.is("document.querySelector('#list').lastElementChild.dataset.id === '0'")
		require.Equal(t, 1+batch*batches, value[int](b, "document.querySelector('#list').children.length"))
	})
}

func TestPageFilters(t *testing.T) {
	withBrowser(t, func(b *browser) {
		log := logFile(t)
		s := newShop()
		s.began = time.Now().Add(-300 * time.Minute).Truncate(time.Second)
		writeShop(t, log, s, 300)
		b.open(serve(t, Options{Log: log.Path}), 300)
		count := func() string { return value[string](b, "document.querySelector('#decisions-count').textContent") }
		require.Equal(t, "300 decisions", count())

		choose := func(selector, to string) {
			// Not by chromedp.SetValue, which expects the very text back: a browser leaves seconds of :00 out.
			b.is("(() => { const e = document.querySelector('%s'); e.value = '%s'; return e.value !== '' && e.dispatchEvent(new Event('change', { bubbles: true })); })()", selector, to)
		}
		choose("#reason", "Untrusted")
		b.is("document.querySelectorAll('#list > li').length === 3")
		b.is("[...document.querySelectorAll('#list .why')].every((e) => e.textContent === 'Untrusted (generator-limited)')")
		require.Equal(t, "3 of 300 decisions", count())
		choose("#reason", "*")
		b.is("document.querySelectorAll('#list > li').length > 5")
		b.is("[...document.querySelectorAll('#list .change')].every((e) => e.textContent.includes('→'))")

		b.click("#reset")
		b.is("document.querySelector('#decisions-count').textContent === '300 decisions'")
		b.is("document.querySelector('input[name=range][value=\"3600000\"]').click() === undefined")
		b.is("['59 decisions', '60 decisions'].includes(document.querySelector('#decisions-count').textContent)")
		b.click("#reset")
		b.is("document.querySelector('#decisions-count').textContent === '300 decisions'")
		choose("#to", s.began.Add(9*time.Minute).Format("2006-01-02T15:04:05"))
		b.is("document.querySelector('#decisions-count').textContent === '10 decisions'")

		b.click("#reset")
		b.is("document.querySelector('#decisions-count').textContent === '300 decisions'")
		box := func() []float64 {
			return value[[]float64](b, "(() => { const r = document.querySelector('#chart-replicas .u-over').getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; })()")
		}
		x := box()
		b.do(chromedp.DragAndDropXY(x[0]+x[2]/4, x[1]+x[3]/2, x[0]+x[2]/2, x[1]+x[3]/2))
		b.is("['74 decisions', '75 decisions', '76 decisions'].includes(document.querySelector('#decisions-count').textContent)")
		require.Zero(t, value[int](b, "document.querySelectorAll('#list .row[aria-expanded=true]').length"), "a drag is no click")
		x = box()
		b.do(chromedp.MouseClickXY(x[0]+x[2]/2, x[1]+x[3]/2))
		b.is("document.querySelectorAll('#list .row[aria-expanded=true]').length === 1")
	})
}

// focused is what has the keyboard.
const focused = "document.activeElement"

func TestPageByKeyboard(t *testing.T) {
	withBrowser(t, func(b *browser) {
		log := logFile(t)
		writeShop(t, log, newShop(), 120)
		b.open(serve(t, Options{Log: log.Path}), 120)
		tab := func(until string) {
			t.Helper()
			for range 60 {
				b.do(chromedp.KeyEvent(kb.Tab))
				if value[bool](b, "Boolean(%s)", until) {
					return
				}
			}
			t.Fatalf("Tab does not lead to %s", until)
		}
		tab(focused + ".className === 'skip'")
		tab(focused + ".id === 'theme'")
		tab(focused + ".name === 'range'")
		tab(focused + ".closest('#chart-target-0 .plot')")
		b.do(chromedp.KeyEvent(kb.Home), chromedp.KeyEvent(kb.ArrowRight))
		b.is("/^2026-03-02 06:01:00: measured .* ms, interval from .* ms, to .* ms, limit 250 ms$/.test(document.querySelector('#news').textContent)")
		b.do(chromedp.KeyEvent(kb.Enter))
		b.is("%s.closest('li')?.dataset.id === '1'", focused)
		b.is("%s.getAttribute('aria-expanded') === 'true'", focused)
		b.is("document.querySelector('#detail-1 .steps dt')")
		b.is("!document.querySelector('#latest').hidden")
		b.do(chromedp.KeyEvent(kb.Enter))
		b.is("document.querySelector('#detail-1').hidden")

		b.do(chromedp.Reload())
		b.shows(120)
		tab(focused + ".matches('#list li:first-child .row')")
		require.NotEqual(t, "none", value[string](b, "getComputedStyle(%s).outlineStyle", focused), "the focus can be seen")
		b.do(chromedp.KeyEvent(kb.Enter))
		b.is("document.querySelector('#detail-119 .steps')?.innerText.includes('measured')")
		require.Equal(t, "detail-119", value[string](b, "%s.getAttribute('aria-controls')", focused))
	})
}

// unnamed are things to operate that a screen reader could not name.
const unnamed = `[...document.querySelectorAll('button, input, select, [role=application], [role=region], [tabindex="0"]')].filter((e) =>
	!e.closest('[hidden]') && !(e.textContent.trim() || e.getAttribute('aria-label') || e.closest('label')?.textContent.trim())).map((e) => e.outerHTML)`

func TestPageOnAPhone(t *testing.T) {
	withBrowser(t, func(b *browser) {
		log := logFile(t)
		s := newShop()
		writeShop(t, log, s, 60)
		long := s.next()
		long.Observation.Readings[0].Target.Endpoint = "/" + fmt.Sprintf("%0200d", 7)
		long.Decision, _ = scaling.Explain(long.Policy, long.State, long.Observation, long.Time)
		require.NoError(t, log.Append(t.Context(), long))
		b.do(phone())
		b.open(serve(t, Options{Log: log.Path}), 61)
		b.click("#chart-target-3 summary")
		b.is("document.querySelector('#list .row').click() === undefined")
		b.is("document.querySelector('#list .steps')")
		require.Equal(t, 390, value[int](b, "innerWidth"))
		require.LessOrEqual(t, value[int](b, "document.documentElement.scrollWidth"), 390, "nothing is wider than the screen")
		require.Empty(t, value[[]string](b, unnamed))
		require.Greater(t, value[int](b, "%s('#chart-target-3')", inked), 500)
		require.GreaterOrEqual(t, value[int](b, "Math.min(...[...document.querySelectorAll('button:not([hidden]), select')].map((e) => e.getBoundingClientRect().height))"), 38, "large enough for a finger")
	})
}

func TestPageInTheDark(t *testing.T) {
	withBrowser(t, func(b *browser) {
		log := logFile(t)
		writeShop(t, log, newShop(), 60)
		url := serve(t, Options{Log: log.Path})
		background := func() string { return value[string](b, "getComputedStyle(document.body).backgroundColor") }
		b.scheme("dark")
		b.open(url, 60)
		require.Equal(t, "rgb(14, 19, 24)", background())
		b.scheme("light")
		b.is("document.documentElement.dataset.theme === 'light'")
		require.Equal(t, "rgb(244, 246, 248)", background())
		b.click("#theme")
		require.Equal(t, "rgb(14, 19, 24)", background())
		b.open(url, 60)
		require.Equal(t, "rgb(14, 19, 24)", background(), "the choice is kept")
		require.Greater(t, value[int](b, "%s('#chart-replicas')", inked), 2000)
	})
}

func TestPageAsksForTheToken(t *testing.T) {
	withBrowser(t, func(b *browser) {
		log := logFile(t)
		writeShop(t, log, newShop(), 20)
		b.do(chromedp.Navigate(serve(t, Options{Log: log.Path, Token: token})))
		enter := func(text string) {
			b.is("document.querySelector('#token')")
			b.do(chromedp.SendKeys(chromedp.CSS("#token"), text))
			b.click("button")
		}
		require.True(t, value[bool](b, "document.querySelector('#refused').hidden"))
		enter("wrong")
		b.is("document.querySelector('#refused') && !document.querySelector('#refused').hidden")
		enter(token)
		b.shows(20)
		b.is("document.querySelector('#connection').textContent === 'live'")
	})
}

// TestPageOfAHostileLog holds that what a log says is shown, and never obeyed.
func TestPageOfAHostileLog(t *testing.T) {
	withBrowser(t, func(b *browser) {
		const evil = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
		log := logFile(t)
		r := newShop().next()
		r.Decision.Reason, r.Decision.Text, r.Observation.Verdict = evil, evil, evil
		r.Resource.Name, r.Mode, r.Unsaved = evil, evil, evil
		r.Observation.Reasons = []string{evil}
		r.Observation.Readings[0].Target.Endpoint = evil
		r.Decision.Steps = []scaling.Step{{Target: evil, Name: evil, Text: evil}}
		require.NoError(t, log.Append(t.Context(), r))
		b.open(serve(t, Options{Log: log.Path}), 1)
		b.click("#list button")
		b.is("document.querySelector('#list .steps')")
		require.Equal(t, evil, value[string](b, "document.querySelector('#now-text').textContent"))
		require.NotContains(t, value[string](b, "document.title"), "owned")
		require.Zero(t, value[int](b, "document.querySelectorAll('main img, main script').length"))
	})
}

// TestPageOfALargeLog holds that what is sent and drawn does not grow with the log.
func TestPageOfALargeLog(t *testing.T) {
	withBrowser(t, func(b *browser) {
		b.open(largeDashboard(t), large)
		require.LessOrEqual(t, value[int](b, "Number(document.querySelector('#thinned').textContent.match(/^([\\d,]+) points/)[1].replace(',', ''))"), 1500)
		sent := value[int](b, "performance.getEntriesByType('resource').reduce((sum, e) => sum + e.transferSize, 0)")
		t.Logf("%d bytes sent for %d decisions, painted first after %.0f ms, complete after %.0f ms", sent, large,
			value[float64](b, firstPaint), value[float64](b, "performance.now()"))
		require.Less(t, sent, 250_000)
		require.Less(t, value[int](b, "document.querySelectorAll('*').length"), 2000)
		require.Equal(t, strconv.Itoa(large/1000)+",000 decisions", value[string](b, "document.querySelector('#decisions-count').textContent"))
		b.click("#list button")
		b.is("document.querySelector('#list .steps')")
	})
}

const firstPaint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"

// largeDashboard serves a large log that is read.
func largeDashboard(t testing.TB) (url string) {
	t.Helper()
	log := logFile(t)
	writeLarge(t, log.Path, large)
	url = serve(t, Options{Log: log.Path})
	untilRead(t, url, large)
	return url
}

// BenchmarkPage measures a page over a large log: until something is painted, and until all is drawn.
func BenchmarkPage(b *testing.B) {
	withBrowser(b, func(page *browser) {
		url := largeDashboard(b)
		var first, complete float64
		for b.Loop() {
			page.open(url, large)
			complete += value[float64](page, "Number(document.documentElement.dataset.after)")
			first += value[float64](page, firstPaint)
		}
		b.ReportMetric(first/float64(b.N), "ms-to-first-paint")
		b.ReportMetric(complete/float64(b.N), "ms-to-all")
	})
}
