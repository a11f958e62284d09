package compare

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Goals of policy knee, on any loads.
const (
	GoalAll       = 0.30 // of the violation that the best decay setting has at equal pods, over all cases
	GoalWorkers   = 0.35 // the same over the cases with as many workers in a pod
	GoalDominated = 0.05 // of the long cases
)

// Long is from when on a case counts as long: in less time, a decay setting that hardly acts looks good.
const Long = 6 * time.Hour

// Verdict is how knee with its default does beside the others.
type Verdict struct {
	Setting   string // of knee, that is judged
	All       Rival
	Workers   []WorkersRival // in ascending order
	LongCases int
	Dominated []Loss // long cases only, the worst first
	// ShortDominated are the others, which say less.
	ShortDominated []Loss
	// Behind are the cases in which knee is over its target clearly longer than decay at equal pods, the worst first.
	Behind []Loss
}

// Rival compares knee with the best decay setting at equal pods.
type Rival struct {
	Cases        int
	Knee, Decay  float64       // sums of the shares of time over the target: every case counts alike
	KneeTime     time.Duration // sums of the times over the target: long cases count more
	DecayTime    time.Duration
	NeverReached int // cases in which no decay setting takes so few pods
}

// WorkersRival is of the cases with as many workers in a pod.
type WorkersRival struct {
	Workers int
	Rival
}

// Ratio is knee's violation over decay's.
func (r Rival) Ratio() float64 { return over(r.Knee, r.Decay) }

// TimeRatio is the same of the times.
func (r Rival) TimeRatio() float64 { return over(r.KneeTime.Seconds(), r.DecayTime.Seconds()) }

func over(a, b float64) float64 {
	switch {
	case a == 0:
		return 0
	case b == 0:
		return math.Inf(1)
	}
	return a / b
}

// Loss is a case in which another setting is better.
type Loss struct {
	Case         Case
	Setting      string // of the other law
	Knee, Theirs Outcome
}

func (l Loss) points() float64 { return l.Knee.Violation - l.Theirs.Violation }

// Judge compares the setting of knee with such a name with the others.
func (r *Results) Judge(name string) Verdict {
	v := Verdict{Setting: name}
	knee := r.index(name)
	for i, c := range r.Cases {
		ours := r.Outcomes[i][knee]
		decay, reached := r.decayAtEqualPods(i, ours)
		v.All.add(c, ours.Violation, decay, reached)
		v.workers(c.Workers).add(c, ours.Violation, decay, reached)
		if ours.Violation > decay+clearly {
			theirs := Outcome{Violation: decay, PodHours: ours.PodHours, OracleHours: ours.OracleHours}
			v.Behind = append(v.Behind, Loss{Case: c, Setting: "the best decay at equal pods", Knee: ours, Theirs: theirs})
		}
		long := c.Duration() >= Long
		if long {
			v.LongCases++
		}
		if loss, dominated := r.dominator(i, ours); dominated && long {
			v.Dominated = append(v.Dominated, loss)
		} else if dominated {
			v.ShortDominated = append(v.ShortDominated, loss)
		}
	}
	slices.SortFunc(v.Workers, func(a, b WorkersRival) int { return cmp.Compare(a.Workers, b.Workers) })
	for _, losses := range [][]Loss{v.Dominated, v.ShortDominated, v.Behind} {
		slices.SortStableFunc(losses, func(a, b Loss) int { return cmp.Compare(b.points(), a.points()) })
	}
	return v
}

func (v *Verdict) workers(n int) *Rival {
	for i := range v.Workers {
		if v.Workers[i].Workers == n {
			return &v.Workers[i].Rival
		}
	}
	v.Workers = append(v.Workers, WorkersRival{Workers: n})
	return &v.Workers[len(v.Workers)-1].Rival
}

func (r *Rival) add(c Case, knee, decay float64, reached bool) {
	length := c.Duration().Seconds()
	r.Cases++
	r.Knee += knee
	r.Decay += decay
	r.KneeTime += time.Duration(knee * length * float64(time.Second))
	r.DecayTime += time.Duration(decay * length * float64(time.Second))
	if !reached {
		r.NeverReached++
	}
}

// decayAtEqualPods is the violation of the best decay setting with as many pods as ours took in a case.
func (r *Results) decayAtEqualPods(i int, ours Outcome) (violation float64, reached bool) {
	var settings []point
	for j, s := range r.Settings {
		if s.Law == Decay {
			settings = append(settings, r.Outcomes[i][j].point())
		}
	}
	return atEqualPods(settings, ours.PodHours)
}

// dominator is the setting of another law that is clearly better than ours in a case without taking more pods: of several, the
// one with the least violation.
func (r *Results) dominator(i int, ours Outcome) (loss Loss, found bool) {
	for j, s := range r.Settings {
		theirs := r.Outcomes[i][j]
		if s.Law == Knee || s.Law == Knowing || !theirs.point().dominates(ours.point()) {
			continue
		}
		if !found || theirs.Violation < loss.Theirs.Violation {
			loss, found = Loss{Case: r.Cases[i], Setting: s.Name, Knee: ours, Theirs: theirs}, true
		}
	}
	return loss, found
}
