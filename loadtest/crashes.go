package loadtest

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
)

// crash is a mistake in a script that showed while it ran.
type crash struct {
	place string // tells one mistake from another: messages may hold values that differ each time
	text  string // of the first time
	count int
}

// crashes are those of a run, by place. Its methods may be called by all users at once.
type crashes struct {
	mu      sync.Mutex
	byPlace map[string]*crash
}

func (c *crashes) add(place, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byPlace == nil {
		c.byPlace = map[string]*crash{}
	}
	if c.byPlace[place] == nil {
		c.byPlace[place] = &crash{place: place, text: text}
	}
	c.byPlace[place].count++
}

// list is the crashes, the most frequent first.
func (c *crashes) list() []crash {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []crash
	for _, one := range c.byPlace {
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b crash) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.place, b.place))
	})
	return all
}

// crashed is how often the script failed.
func (r *Result) crashed() int {
	n := 0
	for _, c := range r.crashes {
		n += c.count
	}
	return n
}

// toldCrashes is how many different mistakes of a script a result tells of.
const toldCrashes = 3

// crashReasons are such as `the script failed 12 times: tasks.star:12:5 in browse: key "x" not in dict`.
func (r *Result) crashReasons() []string {
	var out []string
	for _, c := range r.crashes[:min(len(r.crashes), toldCrashes)] {
		times := "once"
		if c.count > 1 {
			times = fmt.Sprintf("%d times", c.count)
		}
		out = append(out, fmt.Sprintf("the script failed %s: %s", times, c.text))
	}
	return out
}
