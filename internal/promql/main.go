// Promql reads expressions as a list of JSON and prints which metrics each asks for, and by which labels, as Prometheus' own parser
// understands it.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "promql:", err)
		os.Exit(1)
	}
}

// selection is what an expression asks for: a metric and the labels that it is chosen or grouped by.
type selection struct {
	Metric string   `json:"metric"`
	Labels []string `json:"labels"`
}

func run(in io.Reader, out io.Writer) error {
	var expressions []string
	if err := json.NewDecoder(in).Decode(&expressions); err != nil {
		return fmt.Errorf("stdin: %w", err)
	}
	found := [][]selection{}
	for _, text := range expressions {
		expression, err := parser.NewParser(parser.Options{}).ParseExpr(text)
		if err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
		found = append(found, selections(expression))
	}
	return json.NewEncoder(out).Encode(found)
}

func selections(expression parser.Expr) []selection {
	var found []selection
	parser.Inspect(expression, func(node parser.Node, path []parser.Node) error {
		selector, is := node.(*parser.VectorSelector)
		if !is {
			return nil
		}
		s := selection{Metric: selector.Name, Labels: []string{}}
		for _, matcher := range selector.LabelMatchers {
			if matcher.Name != labels.MetricName {
				s.Labels = append(s.Labels, matcher.Name)
			}
		}
		for _, above := range path {
			if aggregation, is := above.(*parser.AggregateExpr); is {
				s.Labels = append(s.Labels, aggregation.Grouping...)
			}
		}
		found = append(found, s)
		return nil
	})
	return found
}
