package report

import (
	"slices"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// Series is what happened in a run, second by second. A run of many hours is kept in as many points, each of which then
// stands for more time.
type Series struct {
	Names  []loadtest.RequestName // in the order of the script, then in that of their appearance
	Points []Point

	// Counted is what came of each name's requests, and of all, since the warm-up; while it lasts, since the start.
	Counted Point

	start  time.Time
	width  time.Duration // of a point, about
	recent []Point       // of the last window
}

// Point is one stretch of time.
type Point struct {
	Start, End time.Duration // since the start of the run
	Warmup     bool
	Users      int // at its end
	All        Bin
	Names      map[loadtest.RequestName]Bin // those that had requests
}

const (
	// maxPoints are as many as a chart can show.
	maxPoints = 600
	// window is how far back what is shown live goes.
	window = 10 * time.Second
	// shortest is that of a point of its own: rates over less say nothing.
	shortest = 250 * time.Millisecond
)

// NewSeries is that of a run with these names, before anything has happened.
func NewSeries(names []loadtest.RequestName) *Series {
	return &Series{Names: slices.Clone(names), width: time.Second}
}

// Add takes the next interval of the run, as loadtest.Options.Progress gives it.
func (s *Series) Add(interval loadtest.Interval) {
	if len(s.Points) == 0 {
		s.start = interval.Start
	}
	p := Point{
		Start: interval.Start.Sub(s.start), End: interval.End.Sub(s.start), Warmup: interval.Warmup, Users: interval.Users,
		Names: map[loadtest.RequestName]Bin{},
	}
	for _, request := range interval.Requests {
		if !slices.Contains(s.Names, request.Name) {
			s.Names = append(s.Names, request.Name)
		}
		bin := newBin(request)
		p.Names[request.Name] = p.Names[request.Name].plus(bin)
		p.All = p.All.plus(bin)
	}
	if s.Counted.Names == nil || s.Counted.Warmup != p.Warmup {
		s.Counted = p
	} else {
		s.Counted = s.Counted.plus(p)
	}
	s.recent = append(slices.DeleteFunc(s.recent, func(old Point) bool { return old.Start < p.End-window }), p)
	s.Points = s.join(s.Points, p)
	for len(s.Points) > maxPoints {
		s.widen()
	}
}

// join appends a point, or makes it a part of the last one.
func (s *Series) join(points []Point, p Point) []Point {
	if n := len(points); n > 0 {
		last := points[n-1]
		fits := p.End-last.Start <= s.width+s.width/4 // tickers are not exact
		if last.Warmup == p.Warmup && (fits || p.End-p.Start < shortest) {
			points[n-1] = last.plus(p)
			return points
		}
	}
	return append(points, p)
}

func (s *Series) widen() {
	s.width *= 2
	var wider []Point
	for _, p := range s.Points {
		wider = s.join(wider, p)
	}
	s.Points = wider
}

// plus is both points, the other one being the later.
func (p Point) plus(later Point) Point {
	sum := Point{Start: p.Start, End: later.End, Warmup: p.Warmup, Users: later.Users, All: p.All.plus(later.All),
		Names: make(map[loadtest.RequestName]Bin, len(p.Names))}
	for name, bin := range p.Names {
		sum.Names[name] = bin
	}
	for name, bin := range later.Names {
		sum.Names[name] = sum.Names[name].plus(bin)
	}
	return sum
}

// Recent is the last ten seconds, or what there is of them.
func (s *Series) Recent() Point {
	if len(s.recent) == 0 {
		return Point{}
	}
	sum := s.recent[0]
	for _, p := range s.recent[1:] {
		sum = sum.plus(p)
	}
	return sum
}

// Elapsed is how much of the run there is.
func (s *Series) Elapsed() time.Duration {
	if len(s.Points) == 0 {
		return 0
	}
	return s.Points[len(s.Points)-1].End
}

// Bin is that of a name; nil stands for all requests.
func (p Point) Bin(name *loadtest.RequestName) Bin {
	if name == nil {
		return p.All
	}
	return p.Names[*name]
}

// Rate is how many requests of the bin there were per second of the point.
func (p Point) Rate(b Bin) float64 {
	seconds := (p.End - p.Start).Seconds()
	if seconds <= 0 {
		return 0
	}
	return float64(b.Count()) / seconds
}
