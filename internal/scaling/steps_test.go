package scaling_test

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

// reader does a decision's arithmetic again as a reader with a calculator would: from the steps alone.
type reader struct {
	t      *testing.T
	names  map[string]string // of a target's numbers, each with an identifier in their place
	wanted []float64
}

func (r *reader) begin() { r.names = map[string]string{} }

var (
	inputPattern   = regexp.MustCompile(`^(-?[0-9.]+)( ms)?(;.*)?$`)
	formulaPattern = regexp.MustCompile(`^(.*) = (.*) = (-?[0-9.]+)( ms)?(;.*)?$`)
)

// calculate evaluates a formula as the steps write it.
func (r *reader) calculate(formula string) float64 {
	r.t.Helper()
	code := strings.NewReplacer("×", "*", "−", "-", "⌈", "ceil(round4(", "⌉", "))", "⌊", "floor(", "⌋", ")", "√2", "1.4142135623730951").Replace(formula)
	result, err := expr.Eval(code, map[string]any{"round4": func(v any) float64 { return math.Round(float(v)*1e4) / 1e4 }})
	require.NoError(r.t, err, code)
	return float(result)
}

func float(v any) float64 {
	if whole, ok := v.(int); ok {
		return float64(whole)
	}
	return v.(float64)
}

// replace puts the numbers known so far into a formula, longest names first.
func (r *reader) replace(formula string) string {
	names := slices.SortedFunc(maps.Keys(r.names), func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, name, r.names[name])
	}
	return strings.NewReplacer(pairs...).Replace(formula)
}

// read takes one step and reports whether it was arithmetic.
func (r *reader) read(step scaling.Step) bool {
	r.t.Helper()
	if m := formulaPattern.FindStringSubmatch(step.Text); m != nil && step.Target+step.Name != "choice" && step.Name != "answer" && step.Name != "no fewer" && step.Name != "evidence" {
		printed, err := strconv.ParseFloat(m[3], 64)
		require.NoError(r.t, err)
		require.Equal(r.t, m[2], r.replace(m[1]), "the numbers are those of the steps before: %s", step.Text)
		got := r.calculate(m[2])
		tolerance := 0.5e-4 * (1 + 1e-6)
		if step.Name == "share" {
			tolerance = 0.5e-7 * (1 + 1e-6)
		}
		require.InDelta(r.t, printed, got, tolerance+1e-9*math.Abs(got), step.Text)
		r.names[step.Name] = m[3]
		if step.Name == "wanted" {
			r.wanted = append(r.wanted, printed)
		}
		return true
	}
	if m := inputPattern.FindStringSubmatch(step.Text); m != nil {
		r.names[step.Name] = m[1]
		return true
	}
	return false
}

var (
	choicePattern = regexp.MustCompile(`= ([a-z]+\(.*\)|[0-9]+ \+ 1) = ([0-9]+); `)
	holdPattern   = regexp.MustCompile(`^hold ([0-9]+)`)
)

// TestStepsCanBeRecomputed does the arithmetic of many random decisions again from what their steps print.
func TestStepsCanBeRecomputed(t *testing.T) {
	formulas := map[string]int{}
	walk(t, 5, 30, 40, func(s *situation, state scaling.State, o scaling.Observation, at time.Time) {
		if at.Minute()%2 == 0 {
			o.HiddenWaits = []string{"10 of 10 users were waiting"}
		}
		d, _ := scaling.Explain(s.policy, state, o, at)
		r := reader{t: t}
		answer, target := math.NaN(), "?"
		for _, step := range d.Steps {
			if step.Target != target {
				target = step.Target
				r.begin()
			}
			if r.read(step) {
				formulas[step.Name]++
				continue
			}
			switch step.Name {
			case "choice":
				answer = r.choose(step.Text)
			case "no fewer":
				formulas[step.Name]++
				m := choicePattern.FindStringSubmatch(step.Text)
				require.Equal(t, fmt.Sprintf("max(%.0f, %d)", answer, o.Replicas), m[1])
				answer = r.calculate(m[1])
				require.Equal(t, strconv.Itoa(int(answer)), m[2])
			case "answer":
				m := choicePattern.FindStringSubmatch(step.Text)
				require.NotNil(t, m, step.Text)
				require.Contains(t, m[1], strconv.Itoa(int(answer)))
				require.InDelta(t, float64(d.Desired), r.calculate(m[1]), 0, step.Text)
				require.Equal(t, strconv.Itoa(d.Desired), m[2])
				answer = float64(d.Desired)
			}
		}
		require.InDelta(t, float64(d.Desired), answer, 0)
	})
	for _, name := range []string{"idle", "share", "goal", "mark", "waiting", "allowed", "expected", "by waiting", "load", "by load", "wanted", "middle", "margin", "at most waiting", "need", "fewest", "no fewer"} {
		require.Positive(t, formulas[name], name)
	}
}

// choose is the choice among what the targets want: each of its numbers is one that a target's steps came to.
func (r *reader) choose(text string) float64 {
	r.t.Helper()
	if m := holdPattern.FindStringSubmatch(text); m != nil {
		n, err := strconv.ParseFloat(m[1], 64)
		require.NoError(r.t, err)
		return n
	}
	m := choicePattern.FindStringSubmatch(text)
	require.NotNil(r.t, m, text)
	if strings.HasPrefix(text, "the largest") {
		for _, number := range strings.Split(strings.TrimSuffix(strings.TrimPrefix(m[1], "max("), ")"), ", ") {
			n, err := strconv.ParseFloat(number, 64)
			require.NoError(r.t, err)
			require.Contains(r.t, r.wanted, n, text)
		}
	}
	require.Equal(r.t, m[2], strconv.FormatFloat(r.calculate(m[1]), 'f', -1, 64), text)
	n, err := strconv.ParseFloat(m[2], 64)
	require.NoError(r.t, err)
	return n
}
