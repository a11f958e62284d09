package loadtest

import (
	"cmp"
	"slices"
	"time"
)

// Overall is what became of all requests together, whatever their names: its method and its name are empty, and it has no
// timings.
func (r *Result) Overall(ask Ask) RequestSummary {
	all := requestResult{failures: map[Failure]int{}, statuses: map[int]int{}}
	var finished []ordered
	for _, request := range r.requests {
		finished = append(finished, request.finished)
		all.unfinished = append(all.unfinished, request.unfinished...)
		all.failed += request.failed
		for class, n := range request.failures {
			all.failures[class] += n
		}
		for status, n := range request.statuses {
			all.statuses[status] += n
		}
	}
	all.finished = together(finished)
	slices.Sort(all.unfinished)
	return all.summarise(r.End.Sub(r.Start), ask)
}

// together is several lists as one.
func together(lists []ordered) ordered {
	type group struct {
		value time.Duration
		count int
	}
	var groups []group
	for _, o := range lists {
		o.groups(o.len(), func(value time.Duration, count int) { groups = append(groups, group{value, count}) })
	}
	slices.SortFunc(groups, func(a, b group) int { return cmp.Compare(a.value, b.value) })
	o := ordered{upTo: []int{}}
	sum := 0
	for _, g := range groups {
		sum += g.count
		if n := len(o.values); n > 0 && o.values[n-1] == g.value {
			o.upTo[n-1] = sum
			continue
		}
		o.values, o.upTo = append(o.values, g.value), append(o.upTo, sum)
	}
	return o
}
