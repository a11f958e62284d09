package compare

import (
	"math"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
)

// The Watermark Pod Autoscaler's documented settings: a tolerance of 0.1, steps of at most half of the replicas up and a fifth
// down, no step up within a minute of the last step, and none down within five.
// https://github.com/DataDog/watermarkpodautoscaler
const (
	markTolerance = 0.1
	markUp        = 0.5
	markDown      = 0.2
	markUpPause   = time.Minute
	markDownPause = 5 * time.Minute
)

// watermarks holds while the latency is between two shares of the target.
type watermarks struct {
	high, low float64
	last      time.Time // of the last step
}

func newWatermarks(high, low float64) simulate.Law {
	w := &watermarks{high: high, low: low}
	return rival{w.decide}
}

func (l *watermarks) decide(n, ready int, use float64, now time.Time) int {
	pause, want := now.Sub(l.last), n
	switch {
	case use > l.high*(1+markTolerance) && pause >= markUpPause:
		want = max(n, min(scaled(ready, use/l.high), scaled(n, 1+markUp)))
	case use < l.low*(1-markTolerance) && pause >= markDownPause:
		want = min(n, max(int(math.Floor(float64(ready)*use/l.low)), int(math.Ceil(float64(n)*(1-markDown)-1e-9))))
	}
	if want != n {
		l.last = now
	}
	return want
}
