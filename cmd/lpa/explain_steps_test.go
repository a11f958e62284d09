package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/stretchr/testify/require"
)

// TestStepsCanBeDoneByHand does the printed arithmetic again, from nothing but the text that lpa explain prints: every
// formula with its numbers gives what is behind the last =, the names in a target's formulas stand for what was printed under
// them before, and the last line is the answer.
func TestStepsCanBeDoneByHand(t *testing.T) {
	formulas := map[string]int{}
	for name, policy := range replayPolicies {
		log := live(t, policy, 11, 300)
		reader, err := state.OpenLog(log.Path)
		require.NoError(t, err)
		defer reader.Close()
		for {
			record, err := reader.Next()
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			for formula := range byHand(t, record) {
				formulas[name+": "+formula]++
			}
		}
	}
	for _, want := range []string{
		"decay: choice", "decay: answer", "decay, confident: choice", "knee: idle", "knee: share", "knee: goal", "knee: mark", "knee: waiting",
		"knee: allowed", "knee: expected", "knee: load", "knee: by waiting", "knee: by load", "knee: middle", "knee: margin", "knee: at most waiting",
		"knee: need", "knee: wanted", "knee: answer", "knee, with a fallback: idle",
	} {
		require.Positive(t, formulas[want], want)
	}
}

// byHand does the arithmetic of one decision as a reader of lpa explain would, and gives the names of what was computed.
func byHand(t *testing.T, record state.Record) map[string]bool {
	t.Helper()
	var out strings.Builder
	text := &explainText{w: &out}
	require.NoError(t, text.print(text.steps(record.Decision.Steps)))
	done := map[string]bool{}
	last := ""
	known := map[string]string{}
	for _, step := range readSteps(t, out.String()) {
		if step.name == "" { // the next target
			known = map[string]string{}
			continue
		}
		statement, _, _ := strings.Cut(step.text, "; ")
		parts := strings.Split(statement, " = ")
		if step.target != "answer" && len(parts) >= 3 {
			require.Equal(t, parts[len(parts)-2], insert(parts[0], known), "%s: %s", step.name, step.text)
		}
		known[step.name] = numberPattern.FindString(parts[len(parts)-1])
		if len(parts) < 3 {
			last = step.text
			continue
		}
		want := printedNumber(t, parts[len(parts)-1])
		numbers := parts[len(parts)-2]
		got := calculate(t, numbers)
		require.InDelta(t, want, got, 1e-9*math.Max(1, math.Abs(want))+tolerance(parts[len(parts)-1]), "%s %s: %s", record.Time, step.name, step.text)
		done[step.name] = true
		last = parts[len(parts)-1]
	}
	if record.Unsaved == "" {
		require.Regexp(t, fmt.Sprintf(`^%d\b`, record.Decision.Desired), last, "%s: the last line is the answer", record.Time)
	}
	return done
}

// tolerance is half of the last digit that is printed.
func tolerance(text string) float64 {
	_, fraction, _ := strings.Cut(numberPattern.FindString(text), ".")
	return 0.5 * math.Pow(10, -float64(len(fraction)))
}

var numberPattern = regexp.MustCompile(`^-?\d+(\.\d+)?`)

func printedNumber(t *testing.T, text string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(numberPattern.FindString(text), 64)
	require.NoError(t, err, text)
	return value
}

// insert puts numbers in the place of their names, the longest names first.
func insert(formula string, known map[string]string) string {
	names := slices.SortedFunc(maps.Keys(known), func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, name := range names {
		if known[name] != "" {
			pairs = append(pairs, name, known[name])
		}
	}
	return strings.NewReplacer(pairs...).Replace(formula)
}

type printedStep struct{ target, name, text string }

// readSteps reads the table of steps: names in two blanks, and two blanks before the text.
func readSteps(t *testing.T, text string) []printedStep {
	t.Helper()
	var steps []printedStep
	target := ""
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "  ") {
			target = strings.TrimSpace(line)
			steps = append(steps, printedStep{target: target})
			continue
		}
		name, rest, found := strings.Cut(strings.TrimSpace(line), "  ")
		require.True(t, found, line)
		steps = append(steps, printedStep{target, name, strings.TrimSpace(rest)})
	}
	return steps
}

// calculate is a pocket calculator.
func calculate(t *testing.T, formula string) float64 {
	t.Helper()
	source := strings.NewReplacer("−", "-", "×", "*", "⌈", "ceil(", "⌉", ")", "⌊", "floor(", "⌋", ")", "√2", "1.4142135623730951").Replace(formula)
	value, err := expr.Eval(source, nil)
	require.NoError(t, err, formula)
	switch v := value.(type) {
	case int:
		return float64(v)
	case float64:
		return v
	}
	t.Fatalf("%s is %v", formula, value)
	return 0
}

var (
	documentedStep    = regexp.MustCompile(`(?m)^  \S+(?: \S+)*  +(\S.* = .* = .*)$`)
	documentedFormula = regexp.MustCompile("`([^`=]+ = -?[0-9.]+)`")
)

// TestDocumentedArithmetic does the arithmetic of the documentation again: of the steps that are shown, and of the formulas in
// the text.
func TestDocumentedArithmetic(t *testing.T) {
	for page, least := range map[string]int{"how-it-decides": 20, "explaining": 10} {
		text, err := os.ReadFile("../../docs/user-guide/" + page + ".md")
		require.NoError(t, err)
		count := 0
		for _, pattern := range []*regexp.Regexp{documentedStep, documentedFormula} {
			for _, m := range pattern.FindAllStringSubmatch(string(text), -1) {
				statement, _, _ := strings.Cut(m[1], "; ")
				parts := strings.Split(statement, " = ")
				want := parts[len(parts)-1]
				require.InDelta(t, printedNumber(t, want), calculate(t, parts[len(parts)-2]), tolerance(want)*(1+1e-9), "%s: %s", page, m[0])
				count++
			}
		}
		require.GreaterOrEqual(t, count, least, "formulas of %s", page)
	}
}

func TestCalculator(t *testing.T) {
	for formula, want := range map[string]float64{
		"60 + 0.3 × (200 − 60)":                 102,
		"⌈8 × 0.65 / 0.54⌉":                     10,
		"max(⌈7.3⌉, 8 − max(1, ⌊8 / 5⌋), 1)":    8,
		"8 × (0.37 / 0.54)^(1 / 4)":             8 * math.Pow(0.37/0.54, 0.25),
		"(8 + 6) / 2 / √2":                      7 / math.Sqrt2,
		"min(max(9, 8 + 1), max(2 × 8, 8 + 4))": 9,
	} {
		require.InDelta(t, want, calculate(t, formula), 1e-12, formula)
	}
}
