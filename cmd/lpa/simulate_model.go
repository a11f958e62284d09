package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/spf13/pflag"
)

// modelFlags say what the simulated service is like.
var modelFlags = []string{"service-time", "distribution", "workers", "start-up"}

// modelValues are what the figures of a simulation stand on, as flags with their values. No real service was measured for them.
type modelValues struct {
	assumed []string // as the flags were not given
	given   []string
}

func newModelValues(flags *pflag.FlagSet) (v modelValues) {
	for _, name := range modelFlags {
		value := fmt.Sprintf("--%s %s", name, flags.Lookup(name).Value)
		if flags.Changed(name) {
			v.given = append(v.given, value)
		} else {
			v.assumed = append(v.assumed, value)
		}
	}
	return v
}

// setting is the line that keeps a reader from taking the figures for measured ones.
func (v modelValues) setting() report.Setting {
	parts := []string{"no real measurement"}
	if len(v.assumed) > 0 {
		parts = append(parts, "assumed: "+strings.Join(v.assumed, ", "))
	}
	if len(v.given) > 0 {
		parts = append(parts, "given: "+strings.Join(v.given, ", "))
	}
	return report.Setting{Name: "model", Value: strings.Join(parts, "; ")}
}

// with are all assumptions, for programs: an empty list where there are none.
func (v modelValues) with(others []string) []string {
	return slices.Concat([]string{}, v.assumed, others)
}
