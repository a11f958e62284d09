package scaling

import (
	"errors"
	"fmt"
	"math"
)

// MostTargets is how many targets there may be: a state remembers each of them, and with more it could not be read again.
const MostTargets = 1000

// Bounds of what a state may hold.
const (
	mostRuns    = 1_000_000_000   // a run a second for thirty years
	mostText    = 1 << 16         // bytes of a name in a state
	latestTime  = 253_402_300_799 // the last second of the year 9999
	mostLatency = 1e13            // milliseconds: three hundred years
	mostSamples = 100_000_000     // of one run
	mostSpread  = 1e40
)

// Problem says what in the state cannot be, as after damage; nil if all of it can. What it lets pass never makes Decide
// fail.
func (s State) Problem() error {
	for _, check := range []struct {
		name        string
		value, most int64
	}{
		{"runs_since_change", int64(s.RunsSinceChange), mostRuns},
		{"untrusted_runs", int64(s.UntrustedRuns), mostRuns},
		{"knee.run", int64(s.Knee.Run), mostRuns},
		{"knee.answer.run", int64(s.Knee.Answer.Run), int64(s.Knee.Run)},
		{"knee.answer.from", int64(s.Knee.Answer.From), math.MaxInt32},
		{"knee.answer.to", int64(s.Knee.Answer.To), math.MaxInt32},
		{"knee.last_up", int64(s.Knee.LastUp), int64(s.Knee.Run)},
		{"knee.last_down", int64(s.Knee.LastDown), int64(s.Knee.Run)},
		{"knee.down_from", int64(s.Knee.DownFrom), math.MaxInt32},
		{"knee.floor.replicas", int64(s.Knee.Floor.Replicas), math.MaxInt32},
		{"knee.floor.until", int64(s.Knee.Floor.Until), int64(s.Knee.Run + floorMost)},
		{"knee.floor.wait", int64(s.Knee.Floor.Wait), floorMost},
		{"knee.floor.calm", int64(s.Knee.Floor.Calm), floorCalm},
		{"knee.floor.failed", int64(s.Knee.Floor.Failed), math.MaxInt32},
		{"knee.floor.at", s.Knee.Floor.At, latestTime},
		{"targets", int64(len(s.Targets)), MostTargets},
		{"configuration", int64(len(s.Configuration)), mostText},
	} {
		if err := between(check.name, check.value, check.most); err != nil {
			return err
		}
	}
	if s.LastReplicas != nil {
		if err := between("last_replicas", int64(*s.LastReplicas), math.MaxInt32); err != nil {
			return err
		}
	}
	for i := range s.Targets {
		if err := s.Targets[i].problem(); err != nil {
			return fmt.Errorf("targets[%d].%v", i, err)
		}
	}
	return nil
}

func (m *memory) problem() error {
	for _, check := range []struct {
		name        string
		value, most int64
	}{
		{"target: a name's length", int64(len(m.Target.Method) + len(m.Target.Endpoint)), mostText},
		{"clear", int64(m.Clear), clearRuns},
		{"waits", int64(m.Waits), drainWaits},
		{"pool.runs", int64(m.Pool.Runs), poolRuns},
		{"pool.samples", int64(m.Pool.Samples), mostSamples * int64(m.Pool.Runs)},
		{"pool.over", int64(m.Pool.Over), int64(m.Pool.Samples)},
		{"last.replicas", int64(m.Last.Replicas), math.MaxInt32},
		{"last.ready", int64(m.Last.Ready), math.MaxInt32},
		{"last.at", m.Last.At, latestTime * 1000},
		{"began.replicas", int64(m.Began.Replicas), math.MaxInt32},
		{"began.ups", int64(m.Began.Ups), mostRuns},
		{"above.replicas", int64(m.Above.Replicas), math.MaxInt32},
	} {
		if err := between(check.name, check.value, check.most); err != nil {
			return err
		}
	}
	for _, check := range []struct {
		name  string
		value float64
	}{
		{"target.limit", m.Target.Limit}, {"pool.mean", m.Pool.Mean}, {"last.latency", m.Last.Latency},
		{"last.mean", m.Last.Mean}, {"began.mean", m.Began.Mean}, {"began.stepped", m.Began.Stepped}, {"above.latency", m.Above.Latency},
	} {
		if !possible(check.value) {
			return fmt.Errorf("%s: must be from 0 to %g, got %v", check.name, mostLatency, check.value)
		}
	}
	switch {
	case m.Target.Statistic.Kind == "":
		return errors.New("target.type: is missing")
	case m.Last.Width != -1 && !possible(m.Last.Width):
		return fmt.Errorf("last.width: must be -1, or from 0 to %g, got %v", mostLatency, m.Last.Width)
	case !(m.Last.Failures >= 0 && m.Last.Failures <= 1):
		return fmt.Errorf("last.failures: must be from 0 to 1, got %v", m.Last.Failures)
	case !(m.Pool.Spread >= 0 && m.Pool.Spread <= mostSpread):
		return fmt.Errorf("pool.spread: must be from 0 to %g, got %v", mostSpread, m.Pool.Spread)
	case m.Share != 0 && !(m.Share >= shareLeast && m.Share <= shareMost):
		return fmt.Errorf("share: must be from %g to %g, got %v", shareLeast, shareMost, m.Share)
	}
	if err := m.Lows.problem(); err != nil {
		return fmt.Errorf("lows: %v", err)
	}
	if err := m.Highs.problem(); err != nil {
		return fmt.Errorf("highs: %v", err)
	}
	return nil
}

func between(name string, value, most int64) error {
	if value < 0 || value > most {
		return fmt.Errorf("%s: must be from 0 to %d, got %d", name, most, value)
	}
	return nil
}

// possible says that a number can be a latency.
func possible(v float64) bool { return v >= 0 && v <= mostLatency }
