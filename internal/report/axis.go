package report

import (
	"fmt"
	"math"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

// axis maps values to places, in percent of a chart's side.
type axis struct {
	low, high float64
	log       bool
	ticks     []tick
}

// tick is a place on an axis with its label. Where there is little room, minor ones are left out.
type tick struct {
	At    float64
	Label string
	Minor bool
	Last  bool // at the far end
}

// at is the place of a value, from 0 at the low end to 100.
func (a axis) at(value float64) float64 {
	low, high := a.low, a.high
	if a.log {
		low, high, value = math.Log(low), math.Log(high), math.Log(max(value, a.low))
	}
	if high <= low {
		return 0
	}
	return round(min(max((value-low)/(high-low), 0), 1) * 100)
}

// round keeps pages small: a hundredth of a percent is a tenth of a pixel.
func round(percent float64) float64 { return math.Round(percent*100) / 100 }

func (a *axis) mark(value float64, label string) {
	at := a.at(value)
	a.ticks = append(a.ticks, tick{at, label, len(a.ticks)%2 == 1, at > 98})
}

// spread is how many times greater the greatest latency must be than the least for a logarithmic axis: on a linear one, the
// least would lie on the ground.
const spread = 40

// latencyAxis is one for latencies in milliseconds; a linear one begins at 0.
func latencyAxis(least, greatest float64) axis {
	if greatest <= 0 {
		return axis{high: 1} // there is nothing to show, nor a scale for it
	}
	if least > 0 && greatest/least > spread {
		return logAxis(least, greatest)
	}
	return linearAxis(greatest, 0, words.Latency)
}

// countAxis is one for numbers of things.
func countAxis(greatest int) axis {
	return linearAxis(float64(greatest), 1, func(n float64) string { return words.Count(int(math.Round(n))) })
}

// linearAxis is one from 0 to a round number, with about five ticks that are at least so far apart.
func linearAxis(greatest, apart float64, label func(float64) string) axis {
	if greatest <= 0 {
		greatest = 1
	}
	step := max(niceStep(greatest/4), apart)
	a := axis{high: math.Ceil(greatest/step-1e-9) * step}
	for i := 0; float64(i)*step <= a.high*(1+1e-9); i++ {
		a.mark(float64(i)*step, label(float64(i)*step))
	}
	a.ticks[0].Label = "0"
	return a
}

// niceStep is the least of 1, 2 and 5 times a power of ten that is at least so much.
func niceStep(atLeast float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(atLeast)))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= atLeast*(1-1e-9) {
			return factor * power
		}
	}
	return 10 * power
}

// logAxis has its ends at 1, 2 or 5 times a power of ten, and ticks there: fewer of them where there are many decades.
func logAxis(least, greatest float64) axis {
	factors := []float64{1, 2, 5}
	if decades := math.Log10(greatest / least); decades > 3 {
		factors = []float64{1}
	}
	var values []float64
	for power := math.Floor(math.Log10(least)); len(values) == 0 || values[len(values)-1] < greatest; power++ {
		for _, factor := range factors {
			value := factor * math.Pow(10, power)
			if len(values) > 0 && values[len(values)-1] >= greatest {
				break
			}
			if value <= least*(1+1e-9) {
				values = values[:0]
			}
			values = append(values, value)
		}
	}
	a := axis{low: values[0], high: values[len(values)-1], log: true}
	for _, value := range values {
		a.mark(value, words.Latency(value))
	}
	return a
}

// timeSteps are the distances that ticks of time have, in seconds.
var timeSteps = []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 2 * 86400, 7 * 86400, 14 * 86400, 30 * 86400, 60 * 86400}

func timeAxis(total time.Duration) axis {
	a := axis{high: max(total.Seconds(), 0.001)}
	step := timeSteps[len(timeSteps)-1]
	for _, s := range timeSteps {
		if a.high/s <= 8 {
			step = s
			break
		}
	}
	for at := 0.0; at <= a.high; at += step {
		label := clock(time.Duration(at * float64(time.Second)))
		if step >= 3600 && at > 0 && int(at)%86400 != 0 {
			label = hours(at)
		}
		a.mark(at, label)
	}
	return a
}

// hours is a time of whole hours on an axis, such as 4 h or, after days, 2 d 4 h.
func hours(seconds float64) string {
	days, rest := int(seconds)/86400, int(seconds)%86400/3600
	if days == 0 {
		return fmt.Sprintf("%d h", rest)
	}
	return fmt.Sprintf("%d d %d h", days, rest)
}

// clock is a time since the start, such as 1:05, 2:00:05, or 3 d 4:00 after days.
func clock(d time.Duration) string {
	seconds := int(d.Round(time.Second).Seconds())
	switch days, rest := seconds/86400, seconds%86400; {
	case days > 0 && rest == 0:
		return fmt.Sprintf("%d d", days)
	case days > 0:
		return fmt.Sprintf("%d d %d:%02d", days, rest/3600, rest/60%60)
	}
	if seconds >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}
