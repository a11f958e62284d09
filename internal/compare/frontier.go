package compare

import (
	"cmp"
	"math"
	"slices"
)

// point is what a setting of a law came to: violation is the share of time over the target, pods are pod-hours.
type point struct{ violation, pods float64 }

// podTolerance is how much more pods count as equally many.
const podTolerance = 0.03

// atEqualPods is the least violation that a law with these settings reaches with so many pods. That is the least of
//
//   - what each setting has whose pods are at most 3 % more, and
//   - what two settings have between them: who may choose every setting in between, or switch between the two, gets what lies
//     on the straight line that joins them.
//
// If every setting takes more pods than that, it is what the cheapest has, and less is false: at equal pods the law would do
// worse than that, so the comparison is in its favour.
func atEqualPods(settings []point, pods float64) (violation float64, reached bool) {
	violation = math.Inf(1)
	for _, p := range settings {
		if p.pods <= pods*(1+podTolerance) {
			violation, reached = min(violation, p.violation), true
		}
	}
	hull := lowerHull(settings)
	for i := 1; i < len(hull); i++ {
		a, b := hull[i-1], hull[i]
		if a.pods <= pods && pods <= b.pods && b.pods > a.pods {
			share := (pods - a.pods) / (b.pods - a.pods)
			violation, reached = min(violation, a.violation+share*(b.violation-a.violation)), true
		}
	}
	if !reached && len(hull) > 0 {
		violation = hull[0].violation
	}
	return violation, reached
}

// lowerHull is the part of the convex hull that faces fewer pods and less violation, from the cheapest setting on: none of the
// settings, nor of what lies between two of them, is better than all of it.
func lowerHull(settings []point) []point {
	sorted := slices.Clone(settings)
	slices.SortFunc(sorted, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.pods, b.pods), cmp.Compare(a.violation, b.violation))
	})
	var hull []point
	for _, p := range sorted {
		if n := len(hull); n > 0 && p.violation >= hull[n-1].violation {
			continue // dearer and no better
		}
		for n := len(hull); n > 1 && turnsRight(hull[n-2], hull[n-1], p); n = len(hull) {
			hull = hull[:n-1]
		}
		hull = append(hull, p)
	}
	return hull
}

// turnsRight says that b is on or above the line from a to c.
func turnsRight(a, b, c point) bool {
	return (b.pods-a.pods)*(c.violation-a.violation) <= (b.violation-a.violation)*(c.pods-a.pods)
}

// clearly is how much less violation is worth a word, as a share of time: 0.2 points.
const clearly = 0.002

// dominates says that p is clearly better than q without taking more pods.
func (p point) dominates(q point) bool {
	return p.pods <= q.pods && p.violation < q.violation-clearly
}
