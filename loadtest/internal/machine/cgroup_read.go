package machine

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// again reads the same control groups once more.
func (all groups) again() groups {
	now := make(groups, len(all))
	for i, g := range all {
		g.cores, g.throttling = g.limit(), g.stat()
		now[i] = g
	}
	return now
}

// cores is the tightest of the limits; infinite if there is none.
func (all groups) cores() float64 {
	tightest := math.Inf(1)
	for _, g := range all {
		tightest = min(tightest, g.cores)
	}
	return tightest
}

// limit is how many processors the group may keep busy; infinite if there is no limit, or if it cannot be known.
func (g group) limit() float64 {
	quota, period := g.read("cpu.cfs_quota_us"), g.read("cpu.cfs_period_us")
	if g.unified {
		quota, period, _ = strings.Cut(g.read("cpu.max"), " ") // max 100000 or 50000 100000
	}
	allowed, err := strconv.ParseInt(quota, 10, 64) // -1 or max is no limit
	of, err2 := strconv.ParseInt(period, 10, 64)
	if err != nil || err2 != nil || allowed <= 0 || of <= 0 {
		return math.Inf(1)
	}
	return float64(allowed) / float64(of)
}

// stat is how the group was throttled so far; nil if it cannot be known.
func (g group) stat() *Throttling {
	values := map[string]int64{}
	for _, line := range strings.Split(g.read("cpu.stat"), "\n") {
		key, value, _ := strings.Cut(line, " ")
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 {
			values[key] = n
		}
	}
	periods, ok := values["nr_periods"]
	throttled, ok2 := values["nr_throttled"]
	nanoseconds, ok3 := values["throttled_time"]
	if g.unified {
		var microseconds int64
		microseconds, ok3 = values["throttled_usec"]
		nanoseconds = microseconds * int64(time.Microsecond)
	}
	if !ok || !ok2 || !ok3 {
		return nil
	}
	return &Throttling{Time: time.Duration(nanoseconds), Throttled: int(throttled), Periods: int(periods)}
}

func (g group) read(name string) string {
	text, _ := g.system.read(filepath.Join(g.folder, name))
	return strings.TrimSpace(text)
}

// throttlingSince is how the process was throttled since the same groups were read before, by the group that did so for
// longest; nil if none of them says.
func (all groups) throttlingSince(before groups) *Throttling {
	var worst *Throttling
	for i, g := range all {
		from, to := before[i].throttling, g.throttling
		if from == nil || to == nil {
			continue
		}
		since := Throttling{Time: to.Time - from.Time, Throttled: to.Throttled - from.Throttled, Periods: to.Periods - from.Periods}
		if since.Time < 0 || since.Throttled < 0 || since.Periods < 0 {
			continue // counted anew: another group of the same name
		}
		if worst == nil || since.Time > worst.Time || (since.Time == worst.Time && since.Periods > worst.Periods) {
			worst = &since
		}
	}
	return worst
}
