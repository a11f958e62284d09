package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func exampleScatter() Scatter {
	percent := func(v float64) string { return fmt.Sprintf("%g %%", v) }
	return Scatter{
		Title: "Time over the target <and> pods", Width: 760, Height: 420, Legend: true,
		X: Scale{Title: "pods", Low: 1, High: 4, Ticks: []float64{1, 1.5, 2, 3, 4}, Label: func(v float64) string { return fmt.Sprint(v) }},
		Y: Scale{Title: "time over the target", Low: 0.1, High: 50, Ticks: []float64{0.1, 1, 10}, Label: percent},
		Series: []ScatterSeries{
			{Name: "knee", Joined: true, Points: []ScatterPoint{{1.2, 2, "knee 60", "knee 60: 2 %"}, {1.5, 1, "knee 240", ""}}},
			{Name: "decay", Faint: true, Points: []ScatterPoint{{1.2, 2.1, "decay 10", ""}, {1, 0, "never", ""}, {100, 99, "too dear", ""}}},
		},
	}
}

func TestScatterIsSVG(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, exampleScatter().SVG(&b))
	d := xml.NewDecoder(strings.NewReader(b.String()))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err, b.String())
	}
	require.Contains(t, b.String(), "Time over the target &lt;and&gt; pods")
	require.NotContains(t, b.String(), "ZgotmplZ", "the template trusts its own colours")
	if path := os.Getenv("SCATTER"); path != "" {
		require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	}
}

func TestScatterPutsPointsInPlace(t *testing.T) {
	p := exampleScatter().picture()
	never, dear := p.Series[1].Marks[1], p.Series[1].Marks[2]
	require.Equal(t, [2]float64{p.Left, p.Bottom}, [2]float64{never.X, never.Y}, "below the scales")
	require.Equal(t, [2]float64{p.Right, p.Top}, [2]float64{dear.X, dear.Y}, "beyond the scales")
	require.Equal(t, []string{"knee 60", "knee 240", "decay 10", "never", "too dear"}, func() (texts []string) {
		for _, l := range p.Labels {
			texts = append(texts, l.Text)
		}
		return texts
	}())
	var taken []box
	for _, l := range p.Labels {
		b := box{l.X, l.Y - 10, l.X + letterWidth*float64(len(l.Text)), l.Y + 2}
		require.False(t, meetsAny(b, taken), l.Text)
		taken = append(taken, b)
	}
}
