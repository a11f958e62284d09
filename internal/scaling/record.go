package scaling

// record takes, while a decision is made, the numbers that explain it. A nil one takes nothing, which is what Decide uses:
// the law is the same code for both.
type record struct {
	works     []work // one for each target, and one more for errors of overload
	choice    choice
	waited    int      // runs without a change, under decay
	untrusted int      // untrusted runs in a row, where they are counted
	free      Decision // before the bounds
	floor     floor
	run       int
}

func (r *record) keep(w *work) {
	if r != nil {
		r.works = append(r.works, *w)
	}
}

func (r *record) chose(c *choice, m *kneeMemory) {
	if r != nil {
		r.choice, r.floor, r.run = *c, m.Floor, m.Run
	}
}

func (r *record) hasWaited(runs int) {
	if r != nil {
		r.waited = runs
	}
}

func (r *record) distrusted(runs int) {
	if r != nil {
		r.untrusted = runs
	}
}

func (r *record) unbounded(d Decision) {
	if r != nil {
		r.free = d
	}
}
