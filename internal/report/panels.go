package report

import (
	"fmt"
	"html/template"
	"io"
	"strings"
)

// Panels is a picture of courses over one scale, in panels below each other. Places are in the units of the scales.
type Panels struct {
	Title  string // above the picture, and for those who cannot see it
	X      PanelScale
	XTitle string
	Names  []string // what the colours mean, in their order
	Panels []Panel
}

// PanelScale is one of a panel's directions.
type PanelScale struct {
	Low, High float64 // the ends; what is beyond them is drawn at them
	Log       bool
	Ticks     []PanelTick
}

// PanelTick is a place on a scale with its label.
type PanelTick struct {
	At    float64
	Label string
}

// Panel is one field of courses.
type Panel struct {
	Title   string
	Height  float64 // in pixels
	Y       PanelScale
	Areas   []Area
	Courses []Course
	Levels  []Level
	Notes   []Note
}

// Course is a line through points. Its colour is that of the name at this place, and the text's colour for -1.
type Course struct {
	Colour int
	Dashed bool
	Steps  bool // a value holds until the next one
	Points []PanelPoint
}

// PanelPoint is a place in a panel.
type PanelPoint struct{ X, Y float64 }

// Area is a filled rectangle, or what is below a course; its colour is as that of a course.
type Area struct {
	Colour           int
	Below            []PanelPoint // with steps; nil for the rectangle
	From, To, Y1, Y2 float64
	Strong           bool
}

// Level is a line from side to side with a label at its right end.
type Level struct {
	At    float64
	Label string
}

// Note is a text in a panel.
type Note struct {
	X, Y   float64
	Colour int
	Text   string
	Before bool // it ends there
}

// Sizes in pixels.
const (
	panelWidth, panelLeft, panelRight = 860, 62, 26
	panelTop, panelHead, panelFoot    = 30, 24, 42
	panelLegend                       = 20
)

// panelsPicture is what the template draws; all places are in pixels.
type panelsPicture struct {
	Title, XTitle       string
	Width, Height       float64
	Left, Right, Bottom float64
	Colours             []scatterColour
	Fields              []panelField
	X                   []tick
	Legend              []scatterLabel
}

type panelField struct {
	Title       string
	Top, Bottom float64
	Y           []tick
	Shapes      []panelShape
	Lines       []panelShape
	Levels      []scatterLabel
	Notes       []panelNote
}

type panelShape struct{ Class, Path string }

type panelNote struct {
	Class, Anchor, Text string
	X, Y                float64
}

// SVG writes the picture as a file that stands alone; it has the colours of light and of dark pages.
func (p Panels) SVG(w io.Writer) error { return panelsTemplate.Execute(w, p.picture()) }

func (p Panels) picture() panelsPicture {
	drawn := panelsPicture{Title: p.Title, XTitle: p.XTitle, Width: panelWidth, Left: panelLeft, Right: panelWidth - panelRight}
	x := drawing{low: drawn.Left, high: drawn.Right, axis: p.X.axis()}
	top := float64(panelTop)
	for i, name := range p.Names {
		drawn.Legend = append(drawn.Legend, scatterLabel{i, drawn.Left + 5, top + 12, name})
		top += panelLegend
	}
	for _, panel := range p.Panels {
		top += panelHead
		drawn.Fields = append(drawn.Fields, panel.field(top, x))
		top += panel.Height
	}
	drawn.Bottom, drawn.Height = top, top+panelFoot
	for _, t := range p.X.Ticks {
		drawn.X = append(drawn.X, tick{At: x.at(t.At), Label: t.Label})
	}
	for i, c := range scatterColours {
		drawn.Colours = append(drawn.Colours, scatterColour{i, template.CSS(c[0]), template.CSS(c[1])})
	}
	return drawn
}

// drawing maps values to pixels.
type drawing struct {
	axis      axis
	low, high float64
}

func (d drawing) at(v float64) float64 { return tenth(d.low + (d.high-d.low)*d.axis.at(v)/100) }

func (s PanelScale) axis() axis { return axis{low: s.Low, high: s.High, log: s.Log} }

func (p Panel) field(top float64, x drawing) panelField {
	f := panelField{Title: p.Title, Top: top, Bottom: top + p.Height}
	y := drawing{low: f.Bottom, high: f.Top, axis: p.Y.axis()}
	for _, t := range p.Y.Ticks {
		f.Y = append(f.Y, tick{At: y.at(t.At), Label: t.Label})
	}
	for _, a := range p.Areas {
		class := colourClass(a.Colour) + " area"
		if a.Strong {
			class += " strong"
		}
		f.Shapes = append(f.Shapes, panelShape{class, a.path(x, y)})
	}
	for _, c := range p.Courses {
		class := colourClass(c.Colour)
		if c.Dashed {
			class += " dashed"
		}
		f.Lines = append(f.Lines, panelShape{class, coursePath(c.Points, c.Steps, x, y)})
	}
	for _, l := range p.Levels {
		f.Levels = append(f.Levels, scatterLabel{0, x.high, y.at(l.At), l.Label})
	}
	for _, n := range p.Notes {
		anchor := "start"
		if n.Before {
			anchor = "end"
		}
		f.Notes = append(f.Notes, panelNote{colourClass(n.Colour), anchor, n.Text, x.at(n.X), y.at(n.Y)})
	}
	return f
}

func colourClass(colour int) string {
	if colour < 0 {
		return "plain"
	}
	return fmt.Sprintf("s%d", colour%len(scatterColours))
}

func (a Area) path(x, y drawing) string {
	if a.Below != nil {
		return coursePath(a.Below, true, x, y) + "V" + number(y.low) + "H" + number(x.at(a.Below[0].X)) + "Z"
	}
	return fmt.Sprintf("M%s %sH%sV%sH%sZ", number(x.at(a.From)), number(y.at(a.Y1)), number(x.at(a.To)), number(y.at(a.Y2)), number(x.at(a.From)))
}

// coursePath is a path as SVG has it. Of steps, only those that change something are drawn.
func coursePath(points []PanelPoint, steps bool, x, y drawing) string {
	var b strings.Builder
	last := 0.0
	for i, p := range points {
		px, py := x.at(p.X), y.at(p.Y)
		switch {
		case i == 0 || !steps:
			b.WriteString(command(i == 0) + number(px) + " " + number(py))
		case py != last || i == len(points)-1:
			b.WriteString("H" + number(px) + "V" + number(py))
		}
		last = py
	}
	return b.String()
}

var panelsTemplate = template.Must(template.New("panels").Parse(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{.Width}} {{.Height}}" width="{{.Width}}" height="{{.Height}}" role="img" class="panels">
<title>{{.Title}}</title>
<style>
.panels { --text: #1c2128; --faint: #626b77; --grid: #e1e5ea; --page: #fff;{{range .Colours}} --c{{.Index}}: {{.Light}};{{end}} max-width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
@media (prefers-color-scheme: dark) { .panels { --text: #e4e8ed; --faint: #97a1ad; --grid: #2b323b; --page: #171c23;{{range .Colours}} --c{{.Index}}: {{.Dark}};{{end}} } }
.panels .ground { fill: var(--page); } .panels text { fill: var(--faint); } .panels .title { fill: var(--text); font-weight: 600; font-size: 14px; } .panels .name { fill: var(--text); font-weight: 600; }
.panels .line { stroke: var(--grid); stroke-width: 1; } .panels .level { stroke: var(--text); stroke-width: 1; stroke-dasharray: 5 3; opacity: .7; } .panels text.levelname { fill: var(--text); stroke: var(--page); stroke-width: 4px; paint-order: stroke; }
.panels path { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .panels path.dashed { stroke-dasharray: 4 3; } .panels path.plain { stroke: var(--faint); } .panels text.note { stroke: var(--page); stroke-width: 4px; paint-order: stroke; }
.panels path.area { stroke: none; fill-opacity: .14; } .panels path.strong { fill-opacity: .85; } .panels path.area.plain { fill: var(--faint); } .panels text.note.plain { fill: var(--text); }
{{range .Colours}}.panels path.s{{.Index}} { stroke: var(--c{{.Index}}); } .panels path.area.s{{.Index}} { stroke: none; fill: var(--c{{.Index}}); } .panels circle.s{{.Index}}, .panels text.note.s{{.Index}} { fill: var(--c{{.Index}}); }
{{end}}</style>
<rect class="ground" width="{{.Width}}" height="{{.Height}}" rx="8"/>
<text class="title" x="{{.Left}}" y="22">{{.Title}}</text>
{{range .Legend}}<circle class="s{{.Colour}}" cx="{{.X}}" cy="{{.Y}}" r="5"/><text x="{{.X}}" y="{{.Y}}" dx="11" dy="4">{{.Text}}</text>
{{end}}{{range $f := .Fields}}<text class="name" x="{{$.Left}}" y="{{.Top}}" dy="-8">{{.Title}}</text>
{{range .Y}}<line class="line" x1="{{$.Left}}" x2="{{$.Right}}" y1="{{.At}}" y2="{{.At}}"/><text x="{{$.Left}}" y="{{.At}}" dx="-7" dy="4" text-anchor="end">{{.Label}}</text>
{{end}}{{range $.X}}<line class="line" y1="{{$f.Top}}" y2="{{$f.Bottom}}" x1="{{.At}}" x2="{{.At}}"/>
{{end}}{{range .Shapes}}<path class="{{.Class}}" d="{{.Path}}"/>
{{end}}{{range .Levels}}<line class="level" x1="{{$.Left}}" x2="{{$.Right}}" y1="{{.Y}}" y2="{{.Y}}"/>
{{end}}{{range .Lines}}<path class="{{.Class}}" d="{{.Path}}"/>
{{end}}{{range .Levels}}<text class="levelname" x="{{.X}}" y="{{.Y}}" dx="-6" dy="-5" text-anchor="end">{{.Text}}</text>
{{end}}{{range .Notes}}<text class="note {{.Class}}" x="{{.X}}" y="{{.Y}}" text-anchor="{{.Anchor}}">{{.Text}}</text>
{{end}}{{end}}{{range .X}}<text x="{{.At}}" y="{{$.Bottom}}" dy="16" text-anchor="middle">{{.Label}}</text>
{{end}}<text x="{{.Right}}" y="{{.Bottom}}" dy="33" text-anchor="end">{{.XTitle}}</text>
</svg>
`))
