package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// targets checks that the script sends what the targets are about, often enough.
func (f *findings) targets(c *Config, plan *loadtest.Plan) {
	if plan == nil {
		return
	}
	if plan.ByLocust() {
		for i, t := range c.Targets {
			f.limit(c, i, t)
		}
		return
	}
	expected := f.expected(c, plan)
	for i, t := range c.Targets {
		if !f.endpoint(c, i, plan, expected) {
			continue
		}
		f.samples(c, i, expected)
		f.limit(c, i, t)
		if t.Statistic.Kind != scaling.FailureRatio && t.Limit >= float64(c.LoadTest.Timeout/time.Millisecond) && c.sure(targetKey(i, "target"), "loadTest.timeout") {
			f.warn(c.TargetProblem(i, "target", fmt.Sprintf("is not below loadTest.timeout, %s: slower requests count as failed before they breach it",
				c.LoadTest.Timeout), ""))
		}
	}
}

// expected is how many requests of each name a run has at most; nil where that cannot be told.
func (f *findings) expected(c *Config, plan *loadtest.Plan) map[loadtest.RequestName]float64 {
	if !c.sure(loadKeys...) {
		return nil
	}
	load, _ := c.Options() // what is wrong with its files is told elsewhere
	return plan.AtMost(load)
}

// endpoint checks that the script sends a target's request; false if it does not.
func (f *findings) endpoint(c *Config, i int, plan *loadtest.Plan, expected map[loadtest.RequestName]float64) bool {
	if !c.sure(targetKey(i, "method"), targetKey(i, "endpoint")) {
		return true
	}
	requests := requestsOf(plan, expected)
	if slices.Contains(requests, requestOf(c.Targets[i])) {
		return true
	}
	if plan.NamesKnown() {
		f.refuse(c.notOfTheScript(i, requests))
		return false
	}
	f.warn(c.unknownTarget(i, "is none of the requests whose names are known before the script runs, "+strings.Join(inWords(requests), ", ")+
		"; it must be a name that the script makes up"))
	return true
}

func targetKey(i int, key string) string { return fmt.Sprintf("targets[%d].%s", i, key) }

// samples checks that a run has enough of them for a target's percentile. Of requests whose names the script makes up nobody
// knows how many there are.
func (f *findings) samples(c *Config, i int, expected map[loadtest.RequestName]float64) {
	t := c.Targets[i]
	count, known := expected[requestOf(t)]
	if !known {
		return
	}
	switch t.Statistic.Kind {
	case scaling.Percentile:
		if need := loadtest.SamplesFor(t.Statistic.Quantile); count < float64(need) {
			f.warn(c.TargetProblem(i, "type", fmt.Sprintf("%s says little with fewer than %d samples, and a run has at most %.0f; "+
				"use %s", t.Statistic, need, count, c.LoadTest.moreSamples()), ""))
		}
	case scaling.FailureRatio:
		if all, perRun := c.Policy().SamplesForClear(t); count < float64(perRun) && c.sure("decay", "knee", targetKey(i, "target")) {
			f.warn(c.TargetProblem(i, "target", fmt.Sprintf("can never be proven to be met, so that no replica is taken away: that takes %d requests "+
				"within ten runs, and a run has at most %.0f; use %s", all, count, c.LoadTest.moreSamples()), ""))
		}
	}
}

// limit checks the value of a target, whatever the script.
func (f *findings) limit(c *Config, i int, t scaling.Target) {
	if !c.sure(targetKey(i, "type"), targetKey(i, "target")) {
		return
	}
	switch ratio := t.Statistic.Kind == scaling.FailureRatio; {
	case ratio && t.Limit > loadtest.ErrorShare:
		f.warn(c.TargetProblem(i, "target", fmt.Sprintf("never decides: with more than %.0f %% of failures a run has another verdict than ok", loadtest.ErrorShare*100), ""))
	case !ratio && t.Limit < 1:
		f.warn(c.TargetProblem(i, "target", fmt.Sprintf("is %g ms; a bare number is in milliseconds", t.Limit), ""))
	}
}

// moreSamples is what makes a run have more of them.
func (l LoadTest) moreSamples() string {
	longer := "a longer runTime"
	if len(l.Stages) > 0 {
		longer = "longer stages"
	}
	if l.open() {
		return "a higher rate or " + longer
	}
	return "more users, " + longer + " or a shorter wait"
}
