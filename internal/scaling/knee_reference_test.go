package scaling_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// reference is the law as the study of it gives it, for one target, in one function, without rounding, and with a cluster
// that does as it is told. As in the package, the idle latency is that of the runs before, and what helps in a breach is
// judged by its queue.
type reference struct {
	run, n, r, lastUp, lastDown, downFrom, floor, floorUntil, w, calm, clear, waits int
	g, m, lastL, lastH, stepped, beganM, aboveL                                     float64
	wasBreach, grew                                                                 bool
	beganN, ups, aboveN                                                             int
	lows, highs                                                                     []float64
}

func newReference() *reference {
	return &reference{g: 0.3, w: 4, lastUp: -1000, lastDown: -1000}
}

// decide is the answer, between two numbers where rounding may move it, and what the law calls it.
func (s *reference) decide(n, r int, l, lo, hi, m, f, target, delta float64) (from, to int, why string) {
	defer func() {
		if len(s.lows) == 0 || l <= target/2 || lo < least(s.lows) {
			s.lows, s.highs = append(s.lows, lo), append(s.highs, hi)
		}
		if why == "up" {
			s.waits = 0
			s.ups++
			s.stepped = m
		}
		if (l > target || why == "up") && s.run-s.lastDown <= 10 {
			s.floor, s.floorUntil = s.downFrom, s.run+s.w
			s.w, s.calm, s.lastDown = min(128, 2*s.w), 0, -1000
		}
		if s.run > s.floorUntil {
			if s.calm++; s.calm > 20 && s.w > 4 {
				s.w, s.calm = s.w/2, 0
			}
		}
		s.n, s.r, s.m, s.wasBreach, s.lastL, s.lastH = n, r, m, l > target, l, hi-l
	}()
	s.run++
	breach := l > target
	low, high := lo, hi
	if len(s.lows) > 0 {
		low, high = least(s.lows), least(s.highs)
	}
	l0 := max(0.1*target, min(low, 0.8*target))
	if breach && !s.wasBreach {
		s.g = max(0.2, 0.85*s.g)
	}
	if !breach {
		s.g = min(0.6, s.g+0.06/60)
	}
	goal := min(0.9*target, max(l0+s.g*(target-l0), 1.4*high))
	mark := min(target, l0+1.25*(goal-l0))
	u, ua := max(0, 1-l0/l), 1-l0/goal
	up := l
	if r == n && s.n == n && s.r == n && !breach {
		up = l * (1 + 0.5*max(0, m/s.m-1))
	}
	if (breach || up > mark) && s.beganN == 0 {
		s.beganN, s.beganM, s.stepped, s.ups, s.grew = n, m, m, 0, false
	}
	if !breach && up <= mark {
		s.aboveN = 0
	} else if !breach && s.aboveN == 0 {
		s.aboveN, s.aboveL = n, l
	}
	q := 1.0
	if r == s.r {
		q = 1 + (m-s.m)/delta
	}
	if f > 0.02 {
		q = max(q, 1/(1-min(f, 0.5)))
	}
	grows := q > 1.02 || s.run > 1 && (m-s.m)/delta > 0.02
	if breach && grows {
		s.grew = true
	}
	trouble := func() (unsure, capped bool) {
		unsure = s.grew && s.ups < 2 && n < int(3.5*float64(s.beganN))
		return unsure, s.beganN > 0 && r == n && f < 0.1 && (!s.grew || unsure)
	}
	unsure, capped := trouble()
	helped := m*float64(n) < 1.5*s.beganM*float64(s.beganN) || m >= 1.5*s.stepped
	if (breach || up > mark) && capped && n >= int(3.5*float64(s.beganN)) && helped {
		s.beganN, s.beganM, s.stepped, s.ups, s.grew = n, m, m, 0, false
		unsure, capped = trouble()
	}
	if breach || up > mark {
		s.clear = 0
		switch {
		case r < n && s.run-s.lastUp < 3 && l < 3*target:
			return n, n, "starting"
		case breach && m < 0.15*s.m && s.run-s.lastUp <= 3 && s.waits < 1:
			s.waits++
			return n, n, "draining"
		case breach && r == n && f < 0.1 && !unsure && !grows && m > 0.8*s.stepped && m < 1.5*s.stepped && float64(n) >= 2.5*float64(s.beganN),
			capped && n >= int(3.5*float64(s.beganN)):
			return n, n, "futile"
		case !breach && float64(n) >= 1.25*float64(s.aboveN) && n >= s.aboveN+2 && l > 0.8*s.aboveL:
			return n, n, "futile early"
		}
		want := float64(r) * u / ua
		if breach {
			want = max(want, float64(r)*min(q, 2.5)/ua)
		}
		s.lastUp = s.run
		limit := func(v float64) int {
			times := 2.0
			if f >= 0.1 || breach && l > 5*target {
				times = 3.5
			}
			answer := min(max(int(math.Ceil(v)), n+1), max(int(times*float64(n)), n+4))
			if capped {
				answer = min(answer, int(3.5*float64(s.beganN)))
			}
			return answer
		}
		return limit(want * 0.999), limit(want * 1.001), "up"
	}
	if r == n {
		s.clear++
	}
	if s.clear >= 2 && l <= goal {
		s.beganN, s.ups = 0, 0
	}
	if r != n || s.clear < 2 {
		return n, n, "hold"
	}
	lm, hm := l, hi-l
	if s.n == n {
		lm, hm = (l+s.lastL)/2, (hi-l+s.lastH)/2/math.Sqrt2
	}
	need := float64(n) * math.Pow(max(0, 1-l0/(lm+hm))/ua, 0.2)
	limit := func(v float64) int {
		floor := 1
		if s.run <= s.floorUntil {
			floor = s.floor
		}
		return min(n, max(int(math.Ceil(v)), n-max(1, n/5), floor, 1))
	}
	if limit(need) < n {
		s.downFrom, s.lastDown = n, s.run
		return limit(need * 0.998), limit(need * 1.002), "down"
	}
	return limit(need * 0.998), n, "hold"
}

func least(values []float64) float64 {
	found := values[0]
	for _, v := range values {
		found = min(found, v)
	}
	return found
}

// TestKneeIsTheLaw plays random loads, on a service whose pods take a run to start, to the package and to the reference.
func TestKneeIsTheLaw(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	seen := map[string]int{}
	runs := 0
	for range 300 {
		p, law := play(t, 1+random.IntN(30)), newReference()
		p.policy.MaxReplicas, p.quick = 0, true
		load, ready, backlog := float64(p.n)*random.Float64(), p.n, 0.0
		shared := 0.0
		for range 150 {
			switch random.IntN(25) {
			case 0:
				load *= 4 * random.Float64()
			case 1:
				shared = 250 * random.Float64() * float64(random.IntN(2))
			}
			load = min(100, max(0.2, load*(1+0.1*random.NormFloat64())))
			r := min(ready, p.n)
			rho := load / float64(r)
			backlog = max(0, backlog+60_000*(rho-1)*0.5)
			mean := shared + 20/max(0.05, 1-min(rho, 0.95))*(1+0.05*random.NormFloat64()) + min(9000, backlog)
			l := 3 * mean * (1 + 0.05*random.NormFloat64())
			f := 0.0
			if l > 9000 {
				f = random.Float64()
			}
			reading := measured(l)
			reading.Target.Limit = 300
			reading.Over, reading.Mean, reading.FailureShare = ptr(0), ptr(mean), f
			reading.Samples = 900
			if f > 0 {
				reading.Over = ptr(800)
			}
			n := p.n
			p.ready = ptr(r)
			d := p.see(reading)
			from, to, why := law.decide(n, r, l, 0.95*l, 1.05*l, mean, f, 300, 60_000)
			seen[why]++
			runs++
			require.True(t, from <= d.Desired && d.Desired <= to, "%s: %d to %d, got %d: %s", why, from, to, d.Desired, d.Reason)
			if (d.Desired < n) != (why == "down") || n > 5000 {
				break // where rounding decided, the two are different services from here on
			}
			ready = n
			p.follow()
		}
	}
	t.Log(runs, seen)
	for _, why := range []string{"hold", "up", "down", "starting", "draining", "futile", "futile early"} {
		require.Positive(t, seen[why], why)
	}
	require.Greater(t, runs, 25_000)
}
