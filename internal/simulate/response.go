package simulate

import (
	"math"
	"math/rand/v2"
)

// response is how long a pod takes to answer: a backlog that everybody waits for, for a share of the requests an exponential
// wait of a mean, the service time, and what is added behind the service. All times are in seconds.
type response struct {
	service *serviceTime
	factor  float64 // of the service time, of a cold pod
	added   float64
	timeout float64
	backlog float64
	share   float64
	mean    float64
	// refused is the share of requests that fail as the queue is as long as clients are patient; 0 if it is not.
	refused float64
}

// over is the share of requests that take longer than x, or fail.
func (r *response) over(x float64) float64 {
	if x >= r.timeout {
		return r.failed()
	}
	if r.refused > 0 {
		return 1
	}
	x -= r.backlog + r.added
	if x < 0 {
		return 1
	}
	over := 0.0
	if r.share < 1 {
		over += (1 - r.share) * r.service.longer(x/r.factor)
	}
	if r.share > 0 {
		over += r.share * r.service.longerWith(r.mean/r.factor, x/r.factor)
	}
	return over
}

// failed is the share of requests that the client gives up.
func (r *response) failed() float64 {
	if r.refused > 0 {
		return r.refused
	}
	if r.backlog+r.added >= r.timeout {
		return 1
	}
	// Just below the timeout, as over(timeout) asks here.
	return r.over(math.Nextafter(r.timeout, 0))
}

// average is the mean latency of the requests that do not fail, as long as few do.
func (r *response) average() float64 {
	if r.refused > 0 {
		return r.timeout
	}
	return min(r.timeout, r.backlog+r.share*r.mean+r.service.mean*r.factor+r.added)
}

// draw is the latency of one request; +Inf if it fails.
func (r *response) draw(random *rand.Rand) float64 {
	if r.refused > 0 {
		if random.Float64() < r.refused {
			return math.Inf(1)
		}
		return math.Nextafter(r.timeout, 0)
	}
	latency := r.backlog + r.added + r.factor*r.service.draw(random)
	if r.share > 0 && (r.share == 1 || random.Float64() < r.share) {
		latency += r.mean * random.ExpFloat64()
	}
	if latency > r.timeout {
		return math.Inf(1)
	}
	return latency
}
