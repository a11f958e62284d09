package loadtest

import (
	"slices"
	"sort"
	"time"
)

// ordered is durations in ascending order. Where there are too many to list, equal ones are listed once: upTo says how many
// there are up to and including each value.
type ordered struct {
	values []time.Duration
	upTo   []int // nil where each value stands for itself
}

// inOrder sorts a list in place.
func inOrder(list []time.Duration) ordered {
	slices.Sort(list)
	return ordered{values: list}
}

func (o ordered) len() int {
	if o.upTo == nil {
		return len(o.values)
	}
	if len(o.upTo) == 0 {
		return 0
	}
	return o.upTo[len(o.upTo)-1]
}

// at is the one with so many before it.
func (o ordered) at(i int) time.Duration {
	if o.upTo == nil {
		return o.values[i]
	}
	return o.values[sort.SearchInts(o.upTo, i+1)]
}

// notAbove is how many do not exceed the limit.
func (o ordered) notAbove(limit time.Duration) int {
	n := sort.Search(len(o.values), func(i int) bool { return o.values[i] > limit })
	if o.upTo == nil || n == 0 {
		return n
	}
	return o.upTo[n-1]
}

// groups walks over the distinct values of so many first ones.
func (o ordered) groups(end int, visit func(value time.Duration, count int)) {
	for i := 0; i < end; {
		value := o.at(i)
		n := min(o.notAbove(value), end)
		visit(value, n-i)
		i = n
	}
}
