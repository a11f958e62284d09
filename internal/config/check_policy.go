package config

import (
	"fmt"
	"strconv"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// policy checks what the policy needs to do well.
func (f *findings) policy(c *Config, plan *loadtest.Plan) {
	f.untrusted(c)
	if c.Knee == nil || !c.sure("knee", "decay") {
		return
	}
	f.room(c)
	f.often(c)
	f.kneeSamples(c, plan)
}

// The least room between the idle latency and a target. Below the first there is hardly any load at which the target is met;
// below the second it takes two to four times the pods.
const (
	leastRoom  = 1.25
	enoughRoom = 2
)

// room checks that targets are far enough from the idle latency that the configuration gives.
func (f *findings) room(c *Config) {
	idle := c.Knee.Baseline
	if idle == 0 {
		return
	}
	for i, t := range c.Targets {
		if t.Statistic.Kind == scaling.FailureRatio || !c.sure(targetKey(i, "type"), targetKey(i, "target")) {
			continue
		}
		p := func(rule string) string {
			return fmt.Sprintf("%s the idle latency, knee.baseline, %g ms: ", rule, idle)
		}
		got := fmt.Sprintf("%g ms", t.Limit)
		switch {
		case t.Limit < leastRoom*idle:
			f.refuse(c.TargetProblem(i, "target", p(fmt.Sprintf("must be at least %g times", leastRoom))+"no number of replicas makes the service faster than when it is idle", got))
		case t.Limit < enoughRoom*idle:
			f.warn(c.TargetProblem(i, "target", p(fmt.Sprintf("should be at least %d times", enoughRoom))+"nearer to it, the service needs two to four times the replicas", got))
		}
	}
}

// quickInterval is the interval at which knee does best, as far as load tests fit into it.
const quickInterval = 30 * time.Second

// often recommends a shorter interval: nothing else makes a change of load cost less.
func (f *findings) often(c *Config) {
	if !c.sure("interval") || !c.sure(timeKeys...) {
		return
	}
	interval := time.Duration(c.Framework.Interval) * time.Millisecond
	probe := c.LoadTest.Warmup + c.LoadTest.RunTime
	switch {
	case interval >= scaling.LastCounts:
		f.refuse(f.at(fmt.Sprintf("must be less than %d with knee: a step down takes two runs in a row, "+
			"and runs that far apart do not count as that", scaling.LastCounts.Milliseconds()), strconv.Itoa(c.Framework.Interval), "interval"))
	case interval > time.Minute:
		f.warn(f.at("should be at most 60000 with knee: a change of load is answered after one to two intervals", strconv.Itoa(c.Framework.Interval), "interval"))
	case interval > quickInterval && probe <= quickInterval/2:
		f.warn(f.at(fmt.Sprintf("could be 30000, as warmup + %s is %s: with knee that is the cheapest way to fewer breaches", c.LoadTest.timeKey(), probe),
			strconv.Itoa(c.Framework.Interval), "interval"))
	}
}

// kneeEnough is how many samples make the confidence interval narrow enough for steps down: with 60, the policy takes a third
// more pods than with 300.
const kneeEnough = 100

// kneeSamples checks that steps down can be taken at all.
func (f *findings) kneeSamples(c *Config, plan *loadtest.Plan) {
	if plan == nil || plan.ByLocust() {
		return
	}
	expected := f.expected(c, plan)
	for i, t := range c.Targets {
		count, known := expected[requestOf(t)]
		tooFew := t.Statistic.Kind == scaling.Percentile && count < float64(loadtest.SamplesFor(t.Statistic.Quantile)) // said already
		if !known || tooFew || t.Statistic.Kind == scaling.FailureRatio || count >= kneeEnough || !c.sure(targetKey(i, "type")) {
			continue
		}
		f.warn(c.TargetProblem(i, "type", fmt.Sprintf("with knee should be of at least %d samples, and a run has at most %.0f: fewer leave it so unsure that it keeps replicas; use %s",
			kneeEnough, count, c.LoadTest.moreSamples()), ""))
	}
}

// untrusted checks that the answer without measurements is one that the framework will take.
func (f *findings) untrusted(c *Config) {
	u := c.OnUntrusted
	if u.Action != scaling.Fallback && u.Action != scaling.AtLeast || !c.sure("onUntrusted", "minReplicas", "maxReplicas") {
		return
	}
	if low, high := int(c.Framework.MinReplicas), int(c.Framework.MaxReplicas); u.Replicas < low || u.Replicas > high {
		f.refuse(f.at(fmt.Sprintf("must be from minReplicas to maxReplicas, %d to %d", low, high), strconv.Itoa(u.Replicas), "onUntrusted", string(u.Action)))
	}
}
