package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPanelsHaveEverythingInItsPlace(t *testing.T) {
	p := Panels{
		Title: "A <title>", XTitle: "time", X: PanelScale{High: 10, Ticks: []PanelTick{{0, "0"}, {10, "10"}}}, Names: []string{"one & only"},
		Panels: []Panel{{
			Title: "replicas", Height: 100, Y: PanelScale{High: 4, Ticks: []PanelTick{{4, "4"}}},
			Areas: []Area{
				{Colour: -1, Below: []PanelPoint{{0, 1}, {5, 1}, {10, 2}}},
				{Colour: 0, Strong: true, From: 2, To: 4, Y1: 1, Y2: 3},
			},
			Courses: []Course{{Colour: 0, Steps: true, Points: []PanelPoint{{0, 1}, {4, 1}, {5, 3}, {10, 3}}}, {Colour: 1, Dashed: true, Points: []PanelPoint{{0, 0}, {10, 4}}}},
			Levels:  []Level{{At: 2, Label: "target"}},
			Notes:   []Note{{X: 5, Y: 2, Colour: -1, Text: "half", Before: true}},
		}},
	}
	drawn := p.picture()
	require.Equal(t, []tick{{At: 62, Label: "0"}, {At: 834, Label: "10"}}, drawn.X)
	f := drawn.Fields[0]
	require.Equal(t, 100.0, f.Bottom-f.Top)
	require.Equal(t, []panelShape{{"plain area", "M62 149H834V124V174H62Z"}, {"s0 area strong", "M216.4 149H370.8V99H216.4Z"}}, f.Shapes)
	require.Equal(t, []panelShape{{"s0", "M62 149H448V99H834V99"}, {"s1 dashed", "M62 174L834 74"}}, f.Lines)
	require.Equal(t, []panelNote{{Class: "plain", Anchor: "end", Text: "half", X: 448, Y: 124}}, f.Notes)

	var svg bytes.Buffer
	require.NoError(t, p.SVG(&svg))
	require.Contains(t, svg.String(), "<title>A &lt;title&gt;</title>")
	require.Contains(t, svg.String(), "one &amp; only")
	require.Contains(t, svg.String(), "prefers-color-scheme: dark")
	require.NotContains(t, strings.ReplaceAll(svg.String(), "http://www.w3.org/2000/svg", ""), "http", "it loads nothing")
}
