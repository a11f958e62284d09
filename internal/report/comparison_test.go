package report

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestComparisonPage(t *testing.T) {
	c := Comparison{
		Title: "2 settings <compared>", Subtitle: "diurnal", OK: true, Badge: "0.18 × decay's", Verdict: []string{"Knee & decay."},
		Picture: exampleScatter(), Pictures: []Scatter{exampleScatter()}, Headings: []string{"all"},
		Table:  []ComparisonRow{{Name: "knee 60", Note: "knee: {breachEvery: 60}", Ours: true, Cells: []string{"1.5 @ 1.37"}}},
		Losses: []ComparisonLosses{{"Lost", []string{"bursts, 1 worker"}}}, CaseHeadings: []string{"ratio"},
		Cases: []ComparisonRow{{Name: "diurnal", Cells: []string{"0.20"}}}, Settings: []Setting{{"target", "p95"}},
	}
	var b bytes.Buffer
	require.NoError(t, c.WriteHTML(&b))
	page := b.String()
	for _, want := range []string{"2 settings &lt;compared&gt;", `<tr class="ours"><td>knee 60<code>knee: {breachEvery: 60}</code></td><td>1.5 @ 1.37</td>`,
		"<li>bursts, 1 worker</li>", "Knee &amp; decay.", "<dt>target</dt><dd>p95</dd>"} {
		require.Contains(t, page, want)
	}
	require.Equal(t, 2, bytes.Count(b.Bytes(), []byte("<svg xmlns")))
	path := filepath.Join(t.TempDir(), "page.html")
	require.NoError(t, c.WriteFile(path))
	require.FileExists(t, path)
}
