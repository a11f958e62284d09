package report

import (
	"html/template"
	"io"
	"math"

	"unicode/utf8"
)

// Scatter is a picture of points on two logarithmic scales, such as what each of many settings costs and what it is good for.
type Scatter struct {
	Title         string // above the picture, and for those who cannot see it
	X, Y          Scale
	Series        []ScatterSeries
	Width, Height float64 // in pixels
	Legend        bool    // the series' names are below the picture
}

// Scale is one of its two directions.
type Scale struct {
	Title     string
	Low, High float64 // the ends; what is beyond them is drawn at them
	Ticks     []float64
	Label     func(float64) string
}

// ScatterSeries are points that belong together.
type ScatterSeries struct {
	Name   string
	Joined bool // a line leads through the points in their order
	Faint  bool
	Points []ScatterPoint
}

// ScatterPoint is one of them. Its label is left out where there is no room for it; its title is said under the pointer.
type ScatterPoint struct {
	X, Y         float64
	Label, Title string
}

// scatterColours are the series' in their order: first on a light page, then on a dark one.
var scatterColours = [][2]string{
	{"#1f6fd6", "#6cb0ff"}, {"#c8620c", "#f0a35e"}, {"#8a3ffc", "#bd8fff"}, {"#1a7f37", "#4ac26b"}, {"#b3246b", "#ff8fc0"}, {"#57606a", "#97a1ad"},
}

// Room around the points for the labels of the scales, in pixels.
const (
	scatterLeft, scatterRight  = 62, 16
	scatterTop, scatterBottom  = 34, 46
	scatterLegend, letterWidth = 22, 6.3
)

// scatterPicture is what the template draws; all places are in pixels.
type scatterPicture struct {
	Title, XTitle, YTitle    string
	Width, Height            float64
	Left, Right, Top, Bottom float64 // of the field with the points
	X, Y                     []tick
	Colours                  []scatterColour
	Series                   []scatterSeries
	Labels                   []scatterLabel
	Legend                   []scatterLabel
}

type scatterColour struct {
	Index       int
	Light, Dark template.CSS
}

type scatterSeries struct {
	Colour int
	Faint  bool
	Path   string
	Marks  []scatterMark
}

type scatterMark struct {
	X, Y  float64
	Title string
}

type scatterLabel struct {
	Colour int
	X, Y   float64
	Text   string
}

// SVG writes the picture as a file that stands alone; it has the colours of light and of dark pages. Inside a page of HTML it
// may stand as it is.
func (s Scatter) SVG(w io.Writer) error { return scatterTemplate.Execute(w, s.picture()) }

// picture puts everything in its place.
func (s Scatter) picture() scatterPicture {
	p := scatterPicture{
		Title: s.Title, XTitle: s.X.Title, YTitle: s.Y.Title, Width: s.Width, Height: s.Height,
		Left: scatterLeft, Right: s.Width - scatterRight, Top: scatterTop, Bottom: s.Height - scatterBottom,
	}
	if s.Legend {
		p.Bottom -= scatterLegend
	}
	x, y := s.X.axis(), s.Y.axis()
	across := func(v float64) float64 { return tenth(p.Left + (p.Right-p.Left)*x.at(v)/100) }
	down := func(v float64) float64 { return tenth(p.Bottom - (p.Bottom-p.Top)*y.at(v)/100) }
	for _, v := range s.X.Ticks {
		p.X = append(p.X, tick{At: across(v), Label: s.X.Label(v)})
	}
	for _, v := range s.Y.Ticks {
		p.Y = append(p.Y, tick{At: down(v), Label: s.Y.Label(v)})
	}
	var room []box
	for i, series := range s.Series {
		drawn := scatterSeries{Colour: i % len(scatterColours), Faint: series.Faint}
		for j, point := range series.Points {
			at := scatterMark{across(point.X), down(point.Y), point.Title}
			drawn.Marks = append(drawn.Marks, at)
			room = append(room, box{at.X - 4, at.Y - 4, at.X + 4, at.Y + 4})
			if series.Joined {
				drawn.Path += command(j == 0) + number(at.X) + " " + number(at.Y)
			}
		}
		p.Series = append(p.Series, drawn)
	}
	s.label(&p, room)
	s.legend(&p)
	for i, c := range scatterColours {
		p.Colours = append(p.Colours, scatterColour{i, template.CSS(c[0]), template.CSS(c[1])})
	}
	return p
}

func (s Scale) axis() axis { return axis{low: s.Low, high: s.High, log: true} }

func tenth(v float64) float64 { return math.Round(v*10) / 10 }

// box is a place that is taken.
type box struct{ left, top, right, bottom float64 }

func (b box) meets(other box) bool {
	return b.left < other.right && other.left < b.right && b.top < other.bottom && other.top < b.bottom
}

// label writes beside each point what it is, on the first side with room.
func (s Scatter) label(p *scatterPicture, taken []box) {
	for i, series := range s.Series {
		for j, point := range series.Points {
			if point.Label == "" {
				continue
			}
			if b, ok := p.room(p.Series[i].Marks[j], point.Label, taken); ok {
				taken = append(taken, b)
				colour := i % len(scatterColours)
				p.Labels = append(p.Labels, scatterLabel{colour, tenth(b.left), tenth(b.bottom - belowLine), point.Label})
			}
		}
	}
}

// aboveLine and belowLine are how far a label reaches from the line that its letters stand on, in pixels.
const aboveLine, belowLine = 10, 2

// room is a place for a label beside its mark, within the field, that is not taken.
func (p *scatterPicture) room(at scatterMark, label string, taken []box) (b box, ok bool) {
	wide := letterWidth * float64(utf8.RuneCountInString(label))
	for _, place := range [][2]float64{{7, 4}, {-7 - wide, 4}, {-wide / 2, -8}, {-wide / 2, 16}, {6, -7}, {6, 14}, {-6 - wide, -7}, {-6 - wide, 14}} {
		x, y := at.X+place[0], at.Y+place[1]
		b := box{x, y - aboveLine, x + wide, y + belowLine}
		if b.left >= p.Left && b.right <= p.Right && b.top >= p.Top-8 && b.bottom <= p.Bottom && !meetsAny(b, taken) {
			return b, true
		}
	}
	return box{}, false
}

func meetsAny(b box, others []box) bool {
	for _, other := range others {
		if b.meets(other) {
			return true
		}
	}
	return false
}

// legend puts the series' names into a row below.
func (s Scatter) legend(p *scatterPicture) {
	if !s.Legend {
		return
	}
	x := p.Left
	for i, series := range s.Series {
		p.Legend = append(p.Legend, scatterLabel{i % len(scatterColours), tenth(x), s.Height - 8, series.Name})
		x += 30 + letterWidth*float64(utf8.RuneCountInString(series.Name))
	}
}

var scatterTemplate = template.Must(template.New("scatter").Parse(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{.Width}} {{.Height}}" width="{{.Width}}" height="{{.Height}}" role="img" class="scatter">
<title>{{.Title}}</title>
<style>
.scatter { --text: #1c2128; --faint: #626b77; --grid: #e1e5ea; --page: #fff;{{range .Colours}} --c{{.Index}}: {{.Light}};{{end}} max-width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
@media (prefers-color-scheme: dark) { .scatter { --text: #e4e8ed; --faint: #97a1ad; --grid: #2b323b; --page: #171c23;{{range .Colours}} --c{{.Index}}: {{.Dark}};{{end}} } }
.scatter .ground { fill: var(--page); } .scatter text { fill: var(--faint); } .scatter .title { fill: var(--text); font-weight: 600; font-size: 13px; }
.scatter .line { stroke: var(--grid); stroke-width: 1; } .scatter path { fill: none; stroke-width: 2; stroke-linejoin: round; } .scatter .faint { opacity: .45; }
{{range .Colours}}.scatter .s{{.Index}} path { stroke: var(--c{{.Index}}); } .scatter .s{{.Index}} circle, .scatter text.s{{.Index}} { fill: var(--c{{.Index}}); }
{{end}}</style>
<rect class="ground" width="{{.Width}}" height="{{.Height}}" rx="8"/>
<text class="title" x="{{.Left}}" y="18">{{.Title}}</text>
{{range .Y}}<line class="line" x1="{{$.Left}}" x2="{{$.Right}}" y1="{{.At}}" y2="{{.At}}"/><text x="{{$.Left}}" y="{{.At}}" dx="-7" dy="4" text-anchor="end">{{.Label}}</text>
{{end}}{{range .X}}<line class="line" y1="{{$.Top}}" y2="{{$.Bottom}}" x1="{{.At}}" x2="{{.At}}"/><text x="{{.At}}" y="{{$.Bottom}}" dy="16" text-anchor="middle">{{.Label}}</text>
{{end}}<text x="{{.Right}}" y="{{.Bottom}}" dy="34" text-anchor="end">{{.XTitle}}</text>
<text transform="translate(14 {{.Top}}) rotate(-90)" text-anchor="end">{{.YTitle}}</text>
{{range .Series}}<g class="s{{.Colour}}{{if .Faint}} faint{{end}}">{{with .Path}}<path d="{{.}}"/>{{end}}{{range .Marks}}<circle cx="{{.X}}" cy="{{.Y}}" r="3.5"><title>{{.Title}}</title></circle>{{end}}</g>
{{end}}{{range .Labels}}<text class="s{{.Colour}}" x="{{.X}}" y="{{.Y}}">{{.Text}}</text>
{{end}}{{range .Legend}}<g class="s{{.Colour}}"><circle cx="{{.X}}" cy="{{.Y}}" r="4"/></g><text x="{{.X}}" y="{{.Y}}" dx="10" dy="4">{{.Text}}</text>
{{end}}</svg>
`))
