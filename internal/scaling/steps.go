package scaling

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// steps are the arithmetic of the decision. Each is either a number that enters, or a formula, the same with its numbers,
// and what comes out: all of them with the digits that were used, so that a calculator gives the same.
func (r *record) steps(p *Policy, o *Observation, d Decision) []Step {
	s := sheet{}
	for i := range r.works {
		w := &r.works[i]
		s.begin(w)
		switch {
		case w.reading == nil:
			s.input("replicas", float64(o.Replicas), "")
			s.overload(w, o)
		case p.Knee == nil:
			s.note("measured", describe(*w.reading))
			s.evidence(w)
		default:
			s.input("replicas", float64(o.Replicas), "")
			s.knee(w, p, o)
		}
	}
	s.begin(nil)
	s.answer(r, p, o, d)
	return s.steps
}

// sheet is the steps so far, with the numbers that have names in them.
type sheet struct {
	steps  []Step
	target string
	names  []string
	values map[string]string
}

// begin starts the steps of a target, or those about all of them.
func (s *sheet) begin(w *work) {
	s.target, s.names, s.values = "", nil, map[string]string{}
	if w != nil && w.reading != nil {
		s.target = w.reading.Target.String()
	}
}

func (s *sheet) note(name, text string) {
	s.steps = append(s.steps, Step{Target: s.target, Name: name, Text: text})
}

func (s *sheet) notef(name, format string, args ...any) { s.note(name, fmt.Sprintf(format, args...)) }

// input is a number that enters. What is said of it follows after a semicolon.
func (s *sheet) input(name string, value float64, unit string, said ...string) {
	s.name(name, value)
	s.note(name, strings.Join(append([]string{digits(value) + unit}, said...), "; "))
}

// result is a number that was computed by a formula of the names before it.
func (s *sheet) result(name, formula string, value float64, unit string, said ...string) {
	pairs := make([]string, 0, 2*len(s.names))
	for _, n := range s.names {
		pairs = append(pairs, n, s.values[n])
	}
	numbers := strings.NewReplacer(pairs...).Replace(formula)
	s.note(name, strings.Join(append([]string{fmt.Sprintf("%s = %s = %s%s", formula, numbers, digits(value), unit)}, said...), "; "))
	s.name(name, value)
}

// name keeps the names longest first, so that a short one is not taken for a part of a long one.
func (s *sheet) name(name string, value float64) {
	if _, known := s.values[name]; !known {
		s.names = append(s.names, name)
		slices.SortStableFunc(s.names, func(a, b string) int { return len(b) - len(a) })
	}
	s.values[name] = digits(value)
}

// digits is a number with all its digits, of which rounding leaves few.
func digits(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// answer is what all targets together lead to.
func (s *sheet) answer(r *record, p *Policy, o *Observation, d Decision) {
	s.notef("replicas", "%d", o.Replicas)
	if r.free.Reason == "" {
		s.notef("answer", "%d: with no replicas, autoscaling is off", d.Desired)
		return
	}
	trusted := o.Verdict == Trusted || o.Verdict == OverloadErrors
	switch {
	case trusted && p.Knee != nil:
		s.chosen(r)
	case trusted:
		s.decayed(r, p)
	default:
		s.distrusted(r, p, o)
	}
	wanted := r.free.Desired
	if wanted < o.Replicas && len(o.HiddenWaits) > 0 {
		s.notef("no fewer", "the larger of that and replicas = max(%d, %d) = %d; %s", wanted, o.Replicas, o.Replicas, o.HiddenWaits[0])
		wanted = o.Replicas
	}
	most := ""
	bounds := fmt.Sprintf("max(%d, %d)", wanted, p.floor())
	if p.MaxReplicas > 0 {
		most = ", at most maxReplicas"
		bounds = fmt.Sprintf("min(%s, %d)", bounds, p.MaxReplicas)
	}
	s.notef("answer", "at least max(1, minReplicas)%s = %s = %d; %s", most, bounds, d.Desired, d.Reason)
}

// distrusted is what happens without measurements.
func (s *sheet) distrusted(r *record, p *Policy, o *Observation) {
	s.note("verdict", o.Verdict+because(o))
	if r.untrusted > 0 {
		s.notef("untrusted", "%d %s in a row; from %d on, %s %d", r.untrusted, plural(r.untrusted, "run", "runs"),
			max(1, p.Untrusted.After), p.Untrusted.Action, p.Untrusted.Replicas)
	}
	switch n := r.free.Desired; r.free.Reason {
	case AtLeastUsed:
		s.notef("choice", "the larger of replicas and these = max(%d, %d) = %d; %s", o.Replicas, p.Untrusted.Replicas, n, AtLeastUsed)
	case FallbackUsed:
		s.notef("choice", "the fallback = max(%d) = %d; %s", p.Untrusted.Replicas, n, FallbackUsed)
	default:
		s.notef("choice", "hold %d; %s", n, r.free.Reason)
	}
}

// oneMore is n + 1; that Kubernetes counts no further is of interest only there.
func oneMore(n int) string {
	if n < math.MaxInt32 {
		return fmt.Sprintf("%d + 1", n)
	}
	return fmt.Sprintf("min(%d + 1, %d)", n, math.MaxInt32)
}

// chosen is how the targets' wishes are made one.
func (s *sheet) chosen(r *record) {
	c := &r.choice
	var wishes []string
	for i := range r.works {
		w := &r.works[i]
		if w.outcome == goesUp || c.up < 0 && c.against < 0 && w.outcome == goesDown {
			wishes = append(wishes, strconv.Itoa(w.want))
		}
	}
	switch {
	case len(wishes) == 0 && c.against >= 0:
		s.notef("choice", "hold %d; fewer need all targets to agree: %s", r.free.Desired, c.why.reason())
	case len(wishes) == 0:
		s.notef("choice", "hold %d; %s", r.free.Desired, r.free.Reason)
	default:
		s.notef("choice", "the largest = max(%s) = %d; %s", strings.Join(wishes, ", "), r.free.Desired, r.free.Reason)
	}
}

// decayed is the rule of decay that applied.
func (s *sheet) decayed(r *record, p *Policy) {
	n := r.free.Current
	up := r.free.Reason == TargetBreached || r.free.Reason == OverloadObserved
	then := fmt.Sprintf("from %d on, %d %s taken away", p.Decay.UnchangedRuns, p.Decay.Replicas, plural(p.Decay.Replicas, "replica is", "replicas are"))
	if up {
		then = "the count starts again"
	}
	s.notef("count", "%d %s without a change before this one; %s", r.waited, plural(r.waited, "run", "runs"), then)
	switch {
	case up:
		s.notef("choice", "replicas + 1 = %s = %d; %s", oneMore(n), r.free.Desired, r.free.Reason)
	case r.free.Reason == Decayed:
		s.notef("choice", "replicas − decay.replicas, at least max(1, minReplicas) = max(%d − %d, %d) = %d; %s",
			n, p.Decay.Replicas, p.floor(), r.free.Desired, r.free.Reason)
	default:
		s.notef("choice", "hold %d; %s", n, r.free.Reason)
	}
}
