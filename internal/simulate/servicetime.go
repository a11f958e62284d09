package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Distribution is how the time that a worker takes for a request is spread.
type Distribution struct {
	Kind DistributionKind
	Mean time.Duration
	// CV is the coefficient of variation, the standard deviation over the mean, of a lognormal one.
	CV float64
	// Slow is the share of the requests, in a bimodal one, that take SlowFactor times as long as the others.
	Slow       float64
	SlowFactor float64
}

// DistributionKind is the form of a distribution.
type DistributionKind string

// The forms.
const (
	Exponential   DistributionKind = "exponential"
	Deterministic DistributionKind = "deterministic" // always the mean
	Lognormal     DistributionKind = "lognormal"
	Bimodal       DistributionKind = "bimodal" // two times, each deterministic
)

// problem says what is wrong with the distribution; it is empty if nothing is.
func (d Distribution) problem() string {
	switch {
	case d.Mean <= 0 || d.Mean > time.Hour:
		return fmt.Sprintf("service-time: must be more than 0 and at most an hour, got %s", d.Mean)
	case d.Kind == Lognormal && !(d.CV > 0 && d.CV <= 20):
		return fmt.Sprintf("distribution: the coefficient of variation must be more than 0 and at most 20, got %g", d.CV)
	case d.Kind == Bimodal && !(d.Slow > 0 && d.Slow < 1):
		return fmt.Sprintf("distribution: the share of slow requests must be more than 0 and less than 1, got %g", d.Slow)
	case d.Kind == Bimodal && !(d.SlowFactor >= 1 && d.SlowFactor <= 1000):
		return fmt.Sprintf("distribution: slow requests must take from 1 to 1000 times as long, got %g", d.SlowFactor)
	}
	switch d.Kind {
	case Exponential, Deterministic, Lognormal, Bimodal:
		return ""
	}
	return fmt.Sprintf("distribution: must be exponential, deterministic, lognormal or bimodal, got %q", d.Kind)
}

// serviceTime is a distribution made ready for computing, in seconds.
type serviceTime struct {
	Distribution
	mean    float64
	squared float64 // the squared coefficient of variation
	mu      float64 // of the logarithm of a lognormal one
	sigma   float64
	fast    float64 // of a bimodal one
	slow    float64
	atoms   []atom // what stands for the distribution where a sum over it is needed
}

// atom is a time with its probability.
type atom struct{ time, share float64 }

func newServiceTime(d Distribution) serviceTime {
	s := serviceTime{Distribution: d, mean: d.Mean.Seconds()}
	switch d.Kind {
	case Exponential:
		s.squared = 1
	case Deterministic:
		s.atoms = []atom{{s.mean, 1}}
	case Lognormal:
		s.squared = d.CV * d.CV
		s.sigma = math.Sqrt(math.Log1p(s.squared))
		s.mu = math.Log(s.mean) - s.sigma*s.sigma/2
		s.atoms = s.lognormalAtoms()
	case Bimodal:
		s.fast = s.mean / (1 - d.Slow + d.Slow*d.SlowFactor)
		s.slow = s.fast * d.SlowFactor
		s.squared = (s.fast*s.fast*(1-d.Slow)+s.slow*s.slow*d.Slow)/(s.mean*s.mean) - 1
		s.atoms = []atom{{s.fast, 1 - d.Slow}, {s.slow, d.Slow}}
	}
	return s
}

// lognormalAtoms are the middles of equal shares, with the upper end cut ever finer, as what lies there decides about tails.
func (s serviceTime) lognormalAtoms() []atom {
	const parts = 16
	var atoms []atom
	from := 0.0
	add := func(to float64) {
		atoms = append(atoms, atom{math.Exp(s.mu + s.sigma*normalQuantile((from+to)/2)), to - from})
		from = to
	}
	for i := 1; i < parts; i++ {
		add(float64(i) / parts)
	}
	for rest := 1.0 / parts / 2; rest > 1e-5; rest /= 2 {
		add(1 - rest)
	}
	add(1)
	return atoms
}

func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// draw is the time of one request.
func (s *serviceTime) draw(random *rand.Rand) float64 {
	switch s.Kind {
	case Exponential:
		return s.mean * random.ExpFloat64()
	case Lognormal:
		return math.Exp(s.mu + s.sigma*random.NormFloat64())
	case Bimodal:
		if random.Float64() < s.Slow {
			return s.slow
		}
		return s.fast
	}
	return s.mean
}

// longer is the share of the requests that take longer than x.
func (s *serviceTime) longer(x float64) float64 {
	if x < 0 {
		return 1
	}
	switch s.Kind {
	case Exponential:
		return math.Exp(-x / s.mean)
	case Lognormal:
		return math.Erfc((math.Log(x)-s.mu)/(s.sigma*math.Sqrt2)) / 2
	}
	share := 0.0
	for _, a := range s.atoms {
		if a.time > x {
			share += a.share
		}
	}
	return share
}

// longerWith is the share of the requests that take longer than x with an exponential wait of a mean m before them.
func (s *serviceTime) longerWith(m, x float64) float64 {
	if x <= 0 {
		return 1
	}
	if s.Kind == Exponential {
		if math.Abs(m-s.mean) < 1e-6*s.mean {
			return math.Exp(-x/s.mean) * (1 + x/s.mean)
		}
		return (m*math.Exp(-x/m) - s.mean*math.Exp(-x/s.mean)) / (m - s.mean)
	}
	share := 0.0
	for _, a := range s.atoms {
		if a.time >= x {
			share += a.share
		} else {
			share += a.share * math.Exp(-(x-a.time)/m)
		}
	}
	return share
}
