package loadtest

import (
	"slices"
	"sync"
)

// maxNames bounds how many request names a script may make up while it runs: every name costs memory and a place in the
// result, and one that contains an id would be a new one each time.
const maxNames = 1_000

// longestName is how many bytes such a name may have: the paths that a service answers with can be of any length, and a result
// with a thousand of them must not become too large for evaluate.
const longestName = 1_000

// otherName takes the requests whose names are longer, or come after maxNames others.
var otherName = RequestName{Method: "ANY", Name: "(other names)"}

func (n RequestName) long() bool { return len(n.Name) > longestName }

// runNames are the request names of a run: those of the plan, and those that a script makes up as it goes. Its methods may
// be called by all users at once.
type runNames struct {
	mu    sync.Mutex
	list  []RequestName
	index map[RequestName]int
	limit int // of the list; one more name takes all the others
}

func newRunNames(known []RequestName) *runNames {
	n := &runNames{list: slices.Clone(known), index: map[RequestName]int{}, limit: len(known) + maxNames}
	for i, name := range known {
		n.index[name] = i
	}
	return n
}

// of is the index of a name, which is added if the run does not have it yet.
func (n *runNames) of(name RequestName) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if i, known := n.index[name]; known {
		return i
	}
	if len(n.list) >= n.limit || name.long() {
		name = otherName
		if i, known := n.index[name]; known {
			return i
		}
	}
	n.index[name] = len(n.list)
	n.list = append(n.list, name)
	return n.index[name]
}

// most is how many names there can be.
func (n *runNames) most() int { return n.limit + 1 }

// at is the name of an index.
func (n *runNames) at(i int) RequestName {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.list[i]
}
