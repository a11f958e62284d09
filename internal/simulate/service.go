package simulate

import "time"

// Service is the model of a service: pods of workers that take requests in the order in which they come. Requests are spread
// over the ready pods at random, as by a Service of Kubernetes for each connection, so every pod has a queue of its own.
type Service struct {
	// Workers is how many requests a pod works on at once; at least 1.
	Workers int
	// Time is what a worker takes for a request.
	Time Distribution
	// StartUp is the time from a pod's creation until it is ready.
	StartUp time.Duration
	// Pods that have been ready for less than ColdTime take ColdFactor times as long for each request. A factor of 0 or 1
	// means that there are no cold pods.
	ColdFactor float64
	ColdTime   time.Duration
	// Shared are times in which something behind the service that does not scale with it makes every request slower.
	Shared []Slowdown
	// Timeout is after how long a client gives up. Who is still in a queue then leaves it.
	Timeout time.Duration
}

// Slowdown is added to the latency of every request from From to To. Workers do not wait for it.
type Slowdown struct {
	From, To time.Duration
	Added    time.Duration
}

// added is what the shared parts behind the service add at a time, in seconds.
func (s Service) added(at time.Duration) float64 {
	total := time.Duration(0)
	for _, slow := range s.Shared {
		if at >= slow.From && at < slow.To {
			total += slow.Added
		}
	}
	return total.Seconds()
}

// Probe is how the service is measured.
type Probe struct {
	// Interval is the time from the beginning of a load test to that of the next one.
	Interval time.Duration
	// RunTime is how long a load test takes; the decision falls when it ends.
	RunTime time.Duration
	// Samples is how many requests a load test makes. They are load, too.
	Samples int
	// Untrusted is the share of the load tests, at random, whose measurement cannot be trusted.
	Untrusted float64
}

func (s Service) cold() bool { return s.ColdTime > 0 && s.ColdFactor > 1 }

// coldTime is how long a pod is slow after it has become ready.
func (s Service) coldTime() time.Duration {
	if s.cold() {
		return s.ColdTime
	}
	return 0
}
