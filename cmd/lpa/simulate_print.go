package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

// policyInWords is such as decay of 1 after 3 runs.
func policyInWords(p scaling.Policy) string {
	if p.Knee != nil {
		return fmt.Sprintf("policy knee (about one breach in %d runs)", p.Knee.BreachEvery)
	}
	text := fmt.Sprintf("%d fewer after %s", p.Decay.Replicas, words.Plural(p.Decay.UnchangedRuns, "unchanged run"))
	if p.Decay.Confidence > 0 {
		text += fmt.Sprintf(", with %s confidence", words.Share(p.Decay.Confidence))
	}
	return fmt.Sprintf("policy decay (%s)", text)
}

// traffic is its name with its length.
func (s *simulation) traffic() string {
	return fmt.Sprintf("%s, %s", s.setup.Trace.Name, report.Span(s.setup.Trace.Duration().Seconds()))
}

func (s *simulation) load() string {
	t := s.setup.Trace
	highest := t.Highest(0, t.Duration())
	return fmt.Sprintf("%s on average, %s at most; one pod can take %s, so %s pods are needed on average, %.0f at most",
		words.Rate(t.Average()), words.Rate(highest), words.Rate(s.capacity), threeDigits(t.Average()/s.capacity), math.Ceil(highest/s.capacity))
}

// serviceInWords is such as 4 workers of 20 ms (exponential) in each pod.
func (s *simulation) serviceInWords() string {
	v := s.setup.Service
	return fmt.Sprintf("%s of %s (%s) in each pod, which is ready after %s", words.Plural(v.Workers, "worker"), report.Duration(v.Time.Mean), distributionInWords(v.Time), report.Duration(v.StartUp))
}

func distributionInWords(d simulate.Distribution) string {
	switch d.Kind {
	case simulate.Lognormal:
		return fmt.Sprintf("lognormal, coefficient of variation %g", d.CV)
	case simulate.Bimodal:
		return fmt.Sprintf("bimodal, %s of the requests %g times as long", words.Share(d.Slow), d.SlowFactor)
	}
	return string(d.Kind)
}

func (s *simulation) modelSettings() []report.Setting {
	v, t := s.setup.Service, s.setup.Trace
	settings := []report.Setting{
		s.model.setting(),
		{Name: "workers in a pod", Value: fmt.Sprint(v.Workers)},
		{Name: "service time", Value: fmt.Sprintf("%s, %s", report.Duration(v.Time.Mean), distributionInWords(v.Time))},
		{Name: "start-up", Value: report.Duration(v.StartUp)},
		{Name: "timeout", Value: report.Duration(v.Timeout)},
		{Name: "one pod can take", Value: words.Rate(s.capacity) + " within the target"},
		{Name: "traffic", Value: fmt.Sprintf("%s on average, %s at most", words.Rate(t.Average()), words.Rate(t.Highest(0, t.Duration())))},
	}
	if v.ColdTime > 0 {
		settings = append(settings, report.Setting{Name: "new pods", Value: fmt.Sprintf("%g times as slow for %s", v.ColdFactor, report.Duration(v.ColdTime))})
	}
	for _, slow := range v.Shared {
		settings = append(settings, report.Setting{Name: "slower behind", Value: fmt.Sprintf("%s from %s to %s", report.Duration(slow.Added), report.Duration(slow.From), report.Duration(slow.To))})
	}
	return append(settings, report.Setting{Name: "seed", Value: fmt.Sprint(s.setup.Seed)})
}

func (s *simulation) measuredSettings() []report.Setting {
	p := s.setup.Probe
	settings := []report.Setting{
		{Name: "policy", Value: strings.TrimPrefix(policyInWords(s.policy), "policy ")},
		{Name: "replicas", Value: fmt.Sprintf("%d to %d", max(1, s.setup.MinReplicas), s.setup.MaxReplicas)},
		{Name: "interval", Value: report.Duration(p.Interval)},
		{Name: "load test", Value: fmt.Sprintf("%s with %d requests", report.Duration(p.RunTime), p.Samples)},
	}
	if p.Untrusted > 0 {
		settings = append(settings, report.Setting{Name: "not to be trusted", Value: words.Share(p.Untrusted) + " of the load tests"})
	}
	return settings
}

// simulationPrinter writes a summary for people. It remembers the first error of writing.
type simulationPrinter struct {
	w   io.Writer
	err error
}

func (p *simulationPrinter) linef(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// threeDigits is a number to three digits, or all those before the point.
func threeDigits(value float64) string {
	if value >= 100 {
		return fmt.Sprintf("%.0f", value)
	}
	return fmt.Sprintf("%.3g", value)
}

// scene is what was simulated.
func (p *simulationPrinter) scene(s *simulation) {
	p.linef("traffic   %s", words.Printable(s.traffic()))
	p.linef("          %s", s.load())
	p.linef("service   %s", s.serviceInWords())
	p.paragraph(s.model.setting().Name, s.model.setting().Value)
	p.linef("target    %s ≤ %s", words.Printable(s.setup.Target.String()), inMS(s.setup.Target.Limit))
	p.linef("policy    %s, %d to %d replicas", strings.TrimPrefix(policyInWords(s.policy), "policy "), max(1, s.setup.MinReplicas), s.setup.MaxReplicas)
	p.linef("measured  every %s, with %d requests in %s", report.Duration(s.setup.Probe.Interval), s.setup.Probe.Samples, report.Duration(s.setup.Probe.RunTime))
	if len(s.assumed) > 0 {
		p.paragraph("assumed", strings.Join(s.assumed, ", "))
	}
	for _, note := range s.notes {
		p.paragraph("mind", note)
	}
	p.linef("")
}

// paragraph is a text beside its name, in lines that most terminals have room for.
func (p *simulationPrinter) paragraph(name, text string) {
	const width, most = 110, 20
	for _, line := range wrap(words.Printable(text), width, most) {
		p.linef("%-9s %s", name, line)
		name = ""
	}
}

// courseWidth is how many parts the courses have.
const courseWidth = 72

// courses are the traffic, the replicas and the latency over time.
func (p *simulationPrinter) courses(s *simulation, r simulate.Result) {
	if len(r.Timeline) == 0 {
		return
	}
	var rate, ready, oracle, latency [courseWidth]float64
	var violated [courseWidth]bool
	for _, m := range r.Timeline {
		i := min(int(int64(m.At)*courseWidth/int64(r.Duration)), courseWidth-1)
		rate[i] = max(rate[i], m.Rate)
		ready[i] = max(ready[i], float64(m.Ready))
		oracle[i] = max(oracle[i], float64(m.Oracle))
		latency[i] = max(latency[i], m.Latency)
		violated[i] = violated[i] || m.Violated > 0
	}
	most := max(highest(ready), highest(oracle))
	p.linef("traffic   %s  up to %s", bars(rate, highest(rate)), words.Rate(highest(rate)))
	p.linef("needed    %s  up to %.0f", bars(oracle, most), highest(oracle))
	p.linef("ready     %s  up to %.0f", bars(ready, most), highest(ready))
	p.linef("%-9s %s  up to %s", s.setup.Target.Statistic, bars(latency, 2*s.setup.Target.Limit), words.Latency(highest(latency)))
	marks := ""
	for _, v := range violated {
		if v {
			marks += "×"
		} else {
			marks += " "
		}
	}
	p.linef("over      %s  the target", marks)
	p.linef("")
}

func highest(values [courseWidth]float64) float64 {
	most := 0.0
	for _, v := range values {
		most = max(most, v)
	}
	return most
}

func bars(values [courseWidth]float64, most float64) string {
	var b strings.Builder
	for _, v := range values {
		b.WriteString(column(v/max(most, 1e-9), 1, plain).text)
	}
	return b.String()
}

// figures are the numbers by which policies are compared.
func (p *simulationPrinter) figures(r simulate.Result) {
	if r.Violations == 0 {
		p.linef("over the target   never")
	} else {
		p.linef("over the target   %s of the time: %s in all, %s, at most %s at once", words.Share(r.Violation), report.Span(r.ViolationMinutes*60),
			words.Plural(r.Violations, "time"), report.Span(r.LongestViolation))
		p.linef("time to recover   %s on average", report.Span(r.Recovery))
	}
	p.linef("bad requests      %s too slow or failed, %s failed; in the worst five minutes %s", words.Share(r.BadRequests), words.Share(r.FailedRequests), words.Share(r.Worst5Minutes))
	p.linef("pod-hours         %s, %.2f times those of an oracle; %s at most", threeDigits(r.PodHours), r.Pods, words.Plural(r.MostReplicas, "replica"))
	p.linef("moves             %d, %s a day, of which %s turn back", r.Moves, threeDigits(r.MovesPerDay), threeDigits(r.ReversalsPerDay))
	decisions := fmt.Sprintf("decisions         %d", r.Probes)
	if r.Untrusted > 0 {
		decisions += fmt.Sprintf(", %d of them on a measurement that could not be trusted", r.Untrusted)
	}
	p.linef("%s", decisions)
}

func (p *simulationPrinter) decisions(r simulate.Result) {
	p.linef("")
	for _, d := range r.Decisions {
		if d.From != d.To {
			p.linef("%9s  %3d → %-3d  %s", simulatedClock(d.At), d.From, d.To, d.Decision.Text)
		}
	}
}

func simulatedClock(at time.Duration) string {
	seconds := int(at.Seconds())
	return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}
