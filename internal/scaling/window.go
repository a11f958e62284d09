package scaling

import (
	"encoding/json"
	"errors"
)

// window is the smallest value of the last 24 hours. It keeps, for each two hours, their smallest value unless a later one
// is smaller still: few numbers, and no more than windowSize of them. So a value is forgotten after 24 to 26 hours. The
// last value is kept until another one comes, however late.
type window struct {
	count int
	at    [windowSize]int64 // two-hour periods since 1970, rising
	value [windowSize]float64
}

const (
	windowPeriod = 2 * 60 * 60 // seconds
	windowSize   = 24/2 + 1
)

// least is the smallest value; 0 if there is none.
func (w *window) least() float64 { return w.value[0] }

// add takes a value in at a time in seconds since 1970. A clock that was set back does no harm: what seems to be of the
// future counts as seen now.
func (w *window) add(value float64, seconds int64) {
	now := floorDivide(seconds, windowPeriod)
	w.advance(now)
	if w.count == 1 && now-w.at[0] >= windowSize {
		w.drop(0)
	}
	for w.count > 0 && w.value[w.count-1] >= value {
		w.drop(w.count - 1)
	}
	if w.count > 0 && w.at[w.count-1] == now {
		return
	}
	w.at[w.count], w.value[w.count] = now, value
	w.count++
}

// advance forgets what is too old at the period now, but for the last value.
func (w *window) advance(now int64) {
	old := *w
	*w = window{}
	for i := range old.count {
		at := min(old.at[i], now)
		tooOld := now-at >= windowSize && i < old.count-1
		// Values rise, so the first of a period is its smallest.
		if tooOld || w.count > 0 && w.at[w.count-1] == at {
			continue
		}
		w.at[w.count], w.value[w.count] = at, old.value[i]
		w.count++
	}
}

// drop empties the place i and all after it.
func (w *window) drop(i int) {
	for j := i; j < w.count; j++ {
		w.at[j], w.value[j] = 0, 0
	}
	w.count = i
}

func floorDivide(a, b int64) int64 {
	if q := a / b; a%b >= 0 {
		return q
	}
	return a/b - 1
}

// MarshalJSON writes pairs of a period and its value.
func (w window) MarshalJSON() ([]byte, error) {
	pairs := make([][2]json.Number, w.count)
	for i := range pairs {
		period, _ := json.Marshal(w.at[i])
		value, err := json.Marshal(w.value[i])
		if err != nil {
			return nil, err
		}
		pairs[i] = [2]json.Number{json.Number(period), json.Number(value)}
	}
	return json.Marshal(pairs)
}

var errWindow = errors.New("a window of 24 hours has at most 13 pairs of a period and a value, both rising")

// UnmarshalJSON reads them.
func (w *window) UnmarshalJSON(data []byte) error {
	var pairs [][]json.Number
	if err := json.Unmarshal(data, &pairs); err != nil {
		return errWindow
	}
	if len(pairs) > windowSize {
		return errWindow
	}
	*w = window{count: len(pairs)}
	for i, pair := range pairs {
		if len(pair) != 2 {
			return errWindow
		}
		var errAt, errValue error
		w.at[i], errAt = pair[0].Int64()
		w.value[i], errValue = pair[1].Float64()
		if errAt != nil || errValue != nil {
			return errWindow
		}
	}
	return w.problem()
}

func (w *window) problem() error {
	for i := range w.count {
		rises := i == 0 || w.at[i] > w.at[i-1] && w.value[i] > w.value[i-1]
		if !rises || !possible(w.value[i]) || w.at[i] > latestTime/windowPeriod || w.at[i] < 0 {
			return errWindow
		}
	}
	return nil
}
