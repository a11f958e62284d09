package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// fluid is the model of mean waits. Pods of one age fare alike, so it keeps one state for each group of them.
type fluid struct {
	service Service
	target  target
	random  *rand.Rand
	time    serviceTime
	warm    *queue
	cold    *queue
	groups  []group // the oldest first
}

// group is pods that were created together, or that have become alike.
type group struct {
	pods   int
	ready  time.Duration // when they are ready
	warm   time.Duration // when they are not cold any more
	wait   float64       // the mean wait, in seconds
	behind float64       // the part of it that is a backlog: what came while there was more load than the pods can take
	response
}

func newFluid(s Service, t target, random *rand.Rand, pods int) *fluid {
	f := &fluid{service: s, target: t, random: random, time: newServiceTime(s.Time)}
	f.warm = newQueue(s.Workers, f.time, 1)
	f.cold = f.warm
	if s.cold() {
		f.cold = newQueue(s.Workers, f.time, s.ColdFactor)
	}
	f.groups = []group{{pods: pods, ready: 0, warm: 0}}
	return f
}

func (f *fluid) scale(now time.Duration, n int) {
	have := 0
	for i := range f.groups {
		g := &f.groups[i]
		g.pods = min(g.pods, n-have)
		have += g.pods
	}
	f.groups = slices.DeleteFunc(f.groups, func(g group) bool { return g.pods <= 0 })
	if n > have {
		ready := now + f.service.StartUp
		f.groups = append(f.groups, group{pods: n - have, ready: ready, warm: ready + f.service.coldTime()})
	}
}

func (f *fluid) pods(now time.Duration) (created, ready int) {
	for i := range f.groups {
		g := &f.groups[i]
		created += g.pods
		if g.ready <= now {
			ready += g.pods
		}
	}
	return created, ready
}

func (f *fluid) nextReady(now time.Duration) time.Duration {
	next := never
	for i := range f.groups {
		if ready := f.groups[i].ready; ready > now {
			next = min(next, ready)
		}
	}
	return next
}

func (f *fluid) pass(now, h time.Duration, rate float64, probes int, samples []float64) (Latency, []float64) {
	_, ready := f.pods(now)
	each := (rate + float64(probes)/h.Seconds()) / float64(ready)
	added := f.service.added(now)
	serving := 0
	for i := range f.groups {
		if g := &f.groups[i]; g.ready <= now {
			f.follow(g, each, now, h.Seconds(), added)
			serving = i + 1
		}
	}
	samples = f.sample(f.groups[:serving], ready, probes, samples)
	latency := f.fare(f.groups[:serving], ready)
	f.join(now, serving)
	return latency, samples
}

// follow is what a time h with a load does to the pods of a group.
func (f *fluid) follow(g *group, each float64, now time.Duration, h, added float64) {
	q, factor := f.warm, 1.0
	if now < g.warm {
		q, factor = f.cold, f.service.ColdFactor
	}
	timeout := f.service.Timeout.Seconds()
	load := q.busy(each)
	n := q.step(g.wait, load, h)
	g.wait = min(n.wait, timeout)
	g.behind = min(max(0, g.behind+(load-1)*h), g.wait)
	g.response = response{service: &f.time, factor: factor, added: added, timeout: timeout, backlog: g.behind, share: n.waiting}
	if g.share > 0 {
		g.mean = (g.wait - g.behind) / g.share
	}
	if g.behind >= timeout && load > 1 {
		g.refused = f.refused(load)
	}
}

// refused is the share of requests that fail where the queue is as long as clients are patient. Of a load rho only 1/rho is
// taken up at all, just before its client would leave. The wait of those is then the timeout less a variable that is about
// exponential, as for every queue that is pressed against a barrier: its mean is variance over twice the drift of the work in
// the queue. Who waited so long that the service time leads beyond the timeout fails too, after the work was done.
func (f *fluid) refused(rho float64) float64 {
	spread := rho * f.time.mean * (1 + f.time.squared) / (2 * float64(f.service.Workers) * (rho - 1))
	return 1 - math.Exp(-f.time.mean/spread)/rho
}

// sample draws the latencies of the load test's requests.
func (f *fluid) sample(groups []group, ready, probes int, samples []float64) []float64 {
	for range probes {
		g := &groups[0]
		if len(groups) > 1 {
			pod := f.random.IntN(ready)
			for i := 0; pod >= groups[i].pods; i++ {
				pod -= groups[i].pods
				g = &groups[i+1]
			}
		}
		samples = append(samples, g.draw(f.random))
	}
	return samples
}

// fare is how the requests of all the groups fare.
func (f *fluid) fare(groups []group, ready int) Latency {
	var l Latency
	mean := 0.0
	for i := range groups {
		g := &groups[i]
		share := float64(g.pods) / float64(ready)
		l.Over += share * g.over(f.target.limit)
		l.Failed += share * g.failed()
		mean += share * g.average()
	}
	l.Violated = f.target.violated(l.Over, l.Failed, mean)
	return l
}

// statistic is the target's, of the last step.
func (f *fluid) statistic() float64 {
	ready, mean, failed := 0, 0.0, 0.0
	for i := range f.groups {
		if g := &f.groups[i]; g.service != nil {
			ready += g.pods
			mean += float64(g.pods) * g.average()
			failed += float64(g.pods) * g.failed()
		}
	}
	if f.target.quantile == 0 {
		return mean / float64(ready)
	}
	allowed := f.target.allowed(failed/float64(ready)) * float64(ready)
	low, high := 0.0, f.service.Timeout.Seconds()
	for range 40 {
		x, over := (low+high)/2, 0.0
		for i := range f.groups {
			if g := &f.groups[i]; g.service != nil {
				over += float64(g.pods) * g.over(x)
			}
		}
		if over > allowed {
			low = x
		} else {
			high = x
		}
	}
	return high
}

// join makes one group of neighbours that have become alike, which keeps the groups few however many decisions there were.
func (f *fluid) join(now time.Duration, serving int) {
	near := f.time.mean / 100
	for i := serving - 1; i > 0; i-- {
		a, b := &f.groups[i-1], &f.groups[i]
		if b.warm > now || math.Abs(a.wait-b.wait) > near || math.Abs(a.behind-b.behind) > near {
			continue
		}
		share := float64(b.pods) / float64(a.pods+b.pods)
		a.wait += share * (b.wait - a.wait)
		a.behind += share * (b.behind - a.behind)
		a.pods += b.pods
		f.groups = slices.Delete(f.groups, i, i+1)
	}
}
