package scaling

// pool adds up the samples of runs that were grey.
type pool struct {
	Runs    int     `json:"runs"`
	Samples int     `json:"samples"`
	Over    int     `json:"over,omitempty"`
	Mean    float64 `json:"mean,omitempty"`
	Spread  float64 `json:"spread,omitempty"` // the sum of the squared distances from the mean
}

// join is both pools together; Chan, Golub and LeVeque (1983) for the spread.
func (p pool) join(q pool) pool {
	switch {
	case p.Samples == 0:
		return q
	case q.Samples == 0:
		return p
	}
	n, m := float64(p.Samples), float64(q.Samples)
	away := q.Mean - p.Mean
	return pool{
		Runs: p.Runs + q.Runs, Samples: p.Samples + q.Samples, Over: p.Over + q.Over,
		Mean:   p.Mean + away*m/(n+m),
		Spread: min(mostSpread, p.Spread+q.Spread+away*away*n*m/(n+m)),
	}
}
