// Package gate decides whether a load test is good enough to go on: rules such as `p95 > 200ms`, any of which ends a
// pipeline when it is true. A rule whose value cannot be known does not let anything pass either.
package gate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// Rule is a comparison that must not be true of a load test.
type Rule struct {
	Text      string
	Statistic Statistic
	Request   *loadtest.RequestName // nil means all requests together
	Operator  string                // >, >=, < or <=
	Limit     float64               // in the unit of the statistic

	column int // of the request's name, for messages
}

// Statistic is what a rule looks at.
type Statistic struct {
	name     string
	unit     unit
	quantile float64 // in (0, 1), for percentiles
}

// unit is that of a statistic's values.
type unit int

const (
	milliseconds unit = iota
	share             // from 0 to 1
	count
	perSecond
)

// statistics are those that are no percentiles.
var statistics = []Statistic{
	{name: "mean"}, {name: "median"}, {name: "min"}, {name: "max"},
	{name: "failures", unit: count}, {name: "failureRatio", unit: share}, {name: "rps", unit: perSecond},
}

// ParseRules reads the rules of a command line. The error is strictyaml.Problems, with the first problem of each rule;
// source names where they stand, such as --fail-on.
func ParseRules(source string, texts []string) ([]Rule, error) {
	var rules []Rule
	var problems strictyaml.Problems
	for _, text := range texts {
		p := parser{source: source, text: []rune(text)}
		rule := p.rule()
		if p.problem != nil {
			problems = append(problems, *p.problem)
			continue
		}
		rules = append(rules, rule)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return rules, nil
}

// parser reads one rule from left to right:
//
//	STATISTIC [ "(" METHOD NAME ")" ] ( ">" | ">=" | "<" | "<=" ) VALUE
//
// A name may hold any character, so it ends at the last parenthesis. The first problem is kept, and what follows it is
// not looked at.
type parser struct {
	source  string
	text    []rune
	at      int
	problem *strictyaml.Problem
}

func (p *parser) rule() Rule {
	r := Rule{Text: strings.TrimSpace(string(p.text))}
	r.Statistic = p.statistic()
	r.Request, r.column = p.request()
	r.Operator = p.operator()
	r.Limit = p.value(r.Statistic)
	return r
}

// refuse reports what is wrong at an index of the text.
func (p *parser) refuse(at int, rule, got string) {
	if p.problem == nil {
		p.problem = &strictyaml.Problem{File: p.place(), Line: 1, Column: at + 1, Rule: rule, Got: got}
	}
}

func (p *parser) place() string { return place(p.source, string(p.text)) }

func place(source, text string) string { return fmt.Sprintf("%s %q", source, text) }

// word is what there is up to a character that does not belong to it.
func (p *parser) word(belongs func(rune) bool) (word string, at int) {
	for p.at < len(p.text) && unicode.IsSpace(p.text[p.at]) {
		p.at++
	}
	at = p.at
	for p.at < len(p.text) && belongs(p.text[p.at]) {
		p.at++
	}
	return string(p.text[at:p.at]), at
}

const statisticRule = "must be p50, p95, p99.9 or another percentile, mean, median, min, max, failures, failureRatio or rps"

func (p *parser) statistic() Statistic {
	word, at := p.word(func(c rune) bool { return !unicode.IsSpace(c) && !strings.ContainsRune("(<>=", c) })
	if i := slices.IndexFunc(statistics, func(s Statistic) bool { return s.name == word }); i >= 0 {
		return statistics[i]
	}
	parsed, err := scaling.ParseStatistic(word)
	if err != nil || parsed.Kind != scaling.Percentile {
		p.refuse(at, statisticRule, quoted(word))
	}
	return Statistic{name: parsed.String(), quantile: parsed.Quantile} // p05 is p5, as results have it
}

func (p *parser) request() (name *loadtest.RequestName, column int) {
	open, at := p.word(func(c rune) bool { return c == '(' })
	if open == "" {
		return nil, 0
	}
	p.at = at + 1 // a name may begin with a parenthesis too
	end := len(p.text)
	for end > p.at && p.text[end-1] != ')' {
		end--
	}
	if end == p.at {
		p.refuse(at, "the parenthesis must be closed, as in p95(GET /items) > 200ms", "")
		p.at = len(p.text)
		return nil, 0
	}
	text := string(p.text[p.at : end-1])
	column = p.at + 1
	p.at = end
	method, path, _ := strings.Cut(strings.TrimSpace(text), " ")
	if path = strings.TrimSpace(path); path == "" {
		p.refuse(column-1, "must be a method and a name, such as GET /items", quoted(text))
	}
	return &loadtest.RequestName{Method: method, Name: path}, column
}

func (p *parser) operator() string {
	word, at := p.word(func(c rune) bool { return strings.ContainsRune("<>=!", c) })
	if !slices.Contains([]string{">", ">=", "<", "<="}, word) {
		if word == "" {
			word, _ = p.word(func(c rune) bool { return !unicode.IsSpace(c) })
		}
		p.refuse(at, "must be >, >=, < or <=, and then a value", quoted(word))
	}
	return word
}

func (p *parser) value(s Statistic) float64 {
	_, at := p.word(func(rune) bool { return false })
	text := strings.TrimSpace(string(p.text[at:]))
	value, rule := s.unit.parse(text)
	if rule != "" {
		p.refuse(at, rule, quoted(text))
	}
	return value
}

// quoted is a value as messages show it; nothing where there is none.
func quoted(text string) string {
	if text == "" {
		return "nothing"
	}
	return strconv.Quote(text)
}

// parse reads a limit. rule says what is wrong with it.
func (u unit) parse(text string) (value float64, rule string) {
	switch u {
	case share:
		digits, percent := strings.CutSuffix(text, "%")
		value, err := number(strings.TrimSpace(digits))
		if percent {
			value /= 100
		}
		if err != nil || value > 1 {
			return 0, "must be a share from 0% to 100%, such as 1% or 0.01"
		}
		return value, ""
	case count:
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return 0, "must be a whole number of at least 0"
		}
		return float64(n), ""
	case perSecond:
		value, err := number(strings.TrimSpace(strings.TrimSuffix(text, "/s")))
		if err != nil {
			return 0, "must be a number of requests per second, such as 50/s or 50"
		}
		return value, ""
	}
	d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
	if err != nil || d <= 0 || d > time.Hour {
		return 0, "must be a duration with a unit, of more than 0 and at most an hour, such as 200ms or 1.5s"
	}
	return float64(d) / float64(time.Millisecond), ""
}

// number is a plain decimal number of at least 0: no infinity, no hexadecimal digits.
func number(text string) (float64, error) {
	if strings.Trim(text, "0123456789.") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(text, 64)
}
