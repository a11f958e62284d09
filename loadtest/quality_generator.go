package loadtest

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Up to here the load generator trusts itself. Every limit is well above what a sound but busy machine does by chance, as a
// verdict that comes and goes by luck is of no use, and below what would change a decision.
const (
	// tolerableShare of the tightest target is how much delay of its own the generator may have: less than the confidence
	// interval of most runs.
	tolerableShare = 0.2
	// assumedTarget stands in for the target where none is known.
	assumedTarget = 100 * time.Millisecond
	// tolerableDelay is tolerated under the tightest target too. The kernel deals out a busy processor in slices of
	// milliseconds: on two processors that two other programs kept busy, one wake-up in a hundred came 6 ms late.
	tolerableDelay = 10 * time.Millisecond
	// tolerableMedian is the least that half of the requests may be delayed by, however tight the target: what the kernel
	// takes for one request over the loopback interface, with some room.
	tolerableMedian = time.Millisecond
	// tolerableStall is what a single delay may reach. It concerns only the requests of its time, which are no more than those
	// above p99 if it is within tolerableStallShare of the run. The worst of 1,000 wake-ups came 67 ms late on two processors
	// that eight other programs wanted.
	tolerableStall      = 100 * time.Millisecond
	tolerableStallShare = 0.01

	// cpuLimit is the share of its processor time from which the generator is its own bottleneck: in a queue that is busy
	// for 85 % of the time, the wait is 5.7 times the work (u/(1−u)).
	cpuLimit = 0.85
	// throttledPeriodsLimit and throttledTimeLimit are the shares of periods and of time from which throttling reaches the
	// upper percentiles: what happens in 5 % of the time happens to about 5 % of the requests.
	throttledPeriodsLimit = 0.10
	throttledTimeLimit    = 0.05
	// fewestPeriods and shortestShare are how much it takes to speak of a share: in the first moments all programs start
	// and work.
	fewestPeriods = 10
	shortestShare = time.Second

	// leftOutLimit is the share of the iterations that may be left out.
	leftOutLimit = 0.01
	// imbalanceLimit is how far the number of requests under way may be from rate times latency (Little's law), for at least
	// balanceFrom finished requests. With exact books it is the same number; the edges of the run make a few percent. Of
	// requests that are answered at once, waking the user up is a large part too: tolerableMedian for each is no imbalance.
	imbalanceLimit = 0.2
	balanceFrom    = 100
)

// tolerable is the delay that the generator may have, for a run with this tightest target; 0 is an unknown one.
func tolerable(target time.Duration) time.Duration {
	if target <= 0 {
		target = assumedTarget
	}
	return max(tolerableDelay, shareOf(target))
}

func shareOf(target time.Duration) time.Duration {
	return time.Duration(tolerableShare * float64(target))
}

// limits are the sentences that say that the generator was at its limits, so that what it measured is its own; none if it
// was not.
func (f generatorFacts) limits() []string {
	var found []string
	say := func(format string, values ...any) { found = append(found, fmt.Sprintf(format, values...)) }
	m, allowed := f.machine, tolerable(f.target)
	if m.CPU != nil && m.Elapsed >= shortestShare && m.Cores > 0 {
		if used := m.CPU.Seconds() / (m.Elapsed.Seconds() * m.Cores); used >= cpuLimit {
			say("the load generator used %.0f %% of the processor time that it may use, which is that of %s cores", 100*used, digits(m.Cores))
		}
	}
	if t := m.Throttling; t != nil {
		often := t.Periods >= fewestPeriods && float64(t.Throttled) > throttledPeriodsLimit*float64(t.Periods)
		if often || t.Time.Seconds() > throttledTimeLimit*m.Elapsed.Seconds() {
			say("its CPU limit held the load generator up in %d of %d periods, for %s in sum", t.Throttled, t.Periods, inWords(t.Time))
		}
	}
	if f.lag != nil && f.lag.p99 > allowed {
		say("the load generator sent 1 %% of its requests more than %s late; up to %s is allowed", inWords(f.lag.p99), inWords(allowed))
	}
	if due := f.due(); float64(f.missed) > leftOutLimit*float64(due) {
		say("the load generator was too late for %d of %d iterations, although users were free", f.missed, due)
	}
	return found
}

// due is how many iterations there should have been.
func (f generatorFacts) due() int { return f.iterations + f.dropped + f.missed }

// doubts are the sentences that say why the generator cannot be sure of what it measured; none if it can.
func (f generatorFacts) doubts() []string {
	var found []string
	m, allowed := f.machine, tolerable(f.target)
	tooLong := func(what string, value, allowed time.Duration) {
		if value > allowed {
			found = append(found, fmt.Sprintf("%s %s; up to %s is allowed", what, inWords(value), inWords(allowed)))
		}
	}
	tooLong("the load generator stood still for", m.Stall, max(tolerableStall, allowed, time.Duration(tolerableStallShare*float64(m.Elapsed))))
	if f.canary != nil {
		if f.target > 0 {
			tooLong("a request that the load generator answers itself took, at p50,", f.canary.p50, max(tolerableMedian, shareOf(f.target)))
		}
		tooLong("a request that the load generator answers itself took, at p99,", f.canary.p99, allowed)
	}
	if m.Scheduler != nil {
		tooLong("the load generator's own work waited for a processor, at p99, for", m.Scheduler.P99, allowed)
	}
	if m.GCPauses != nil {
		tooLong("clearing up its memory stopped the load generator, at p99, for", m.GCPauses.P99, allowed)
	}
	tolerated := max(imbalanceLimit*float64(f.flight), float64(f.finished)*float64(tolerableMedian))
	if f.underWay > 0 && f.counted > 0 && f.finished >= balanceFrom && math.Abs(float64(f.underWay-f.flight)) > tolerated {
		found = append(found, fmt.Sprintf("the books do not balance: on average %s requests were under way, but rate times latency is %s",
			digits(f.underWay.Seconds()/f.counted.Seconds()), digits(f.flight.Seconds()/f.counted.Seconds())))
	}
	return found
}

// tooFewUsers says that the users cannot make the rate that was asked for even while the service meets its targets: with
// requests of the tightest target's length, rate × target of them are under way at any time (Little's law). Where there are
// enough users, iterations are left out only if the service is slower than that, which its latency shows.
func (f generatorFacts) tooFewUsers() (string, bool) {
	if float64(f.dropped) <= leftOutLimit*float64(f.due()) || f.target <= 0 || f.machine.Elapsed <= 0 {
		return "", false
	}
	needed := float64(f.due()) / f.machine.Elapsed.Seconds() * f.target.Seconds()
	if float64(f.users) >= needed {
		return "", false
	}
	return fmt.Sprintf("%s; it takes %.0f users to make this rate while the service meets its target", f.droppedText(), math.Ceil(needed)), true
}

func (f generatorFacts) droppedText() string {
	return fmt.Sprintf("%d of %d iterations were left out, as all %d users were busy", f.dropped, f.due(), f.users)
}

// notes is what else to know of a result that can be used.
func (f generatorFacts) notes() []string {
	if f.dropped == 0 {
		return nil
	}
	return []string{f.droppedText()}
}

// resources says what was left when something ran out.
func (f generatorFacts) resources() []string {
	var found []string
	if d := f.machine.Descriptors; d != nil {
		found = append(found, fmt.Sprintf("at the end %d of %d file descriptors were in use", d.Used, d.Limit))
	}
	if f.machine.Ports != nil {
		found = append(found, fmt.Sprintf("there are %d local ports for connections to one address", *f.machine.Ports))
	}
	return found
}

// inWords is a duration to three digits, such as 12.3 ms.
func inWords(d time.Duration) string { return digits(float64(d)/float64(time.Millisecond)) + " ms" }

func digits(value float64) string {
	if math.Abs(value) >= 100 {
		return strconv.FormatFloat(math.Round(value), 'f', -1, 64)
	}
	return strconv.FormatFloat(value, 'g', 3, 64)
}
