package compare

// Document is the comparison for machines.
type Document struct {
	Target   string            `json:"target"`
	Assumed  []string          `json:"assumed"` // flags with values that nobody gave, of the service most of all
	Settings []DocumentSetting `json:"settings"`
	Cases    []DocumentCase    `json:"cases"`
	Verdict  DocumentVerdict   `json:"verdict"`
}

// DocumentSetting is a setting with its means over all cases.
type DocumentSetting struct {
	Name          string  `json:"name"`
	Law           Law     `json:"law"`
	Configuration string  `json:"configuration,omitempty"` // empty for another autoscaler's
	Yours         bool    `json:"yours,omitempty"`
	Violation     float64 `json:"violation"` // share of the time over the target
	Pods          float64 `json:"pods"`      // as a multiple of what the load needs
	MovesPerDay   float64 `json:"moves_per_day"`
}

// DocumentCase is a load with what came of each setting, in their order.
type DocumentCase struct {
	Load     string            `json:"load"`
	Workers  int               `json:"workers"`
	Seconds  float64           `json:"seconds"`
	Outcomes []DocumentOutcome `json:"outcomes"`
}

// DocumentOutcome is what came of a setting in a case.
type DocumentOutcome struct {
	Setting     string  `json:"setting"`
	Violation   float64 `json:"violation"`
	BadRequests float64 `json:"bad_requests"`
	PodHours    float64 `json:"pod_hours"`
	Pods        float64 `json:"pods"`
	MovesPerDay float64 `json:"moves_per_day"`
}

// DocumentVerdict is how knee fares at the pods of the best decay setting. Ratios are knee's violation over decay's.
type DocumentVerdict struct {
	Setting   string          `json:"setting"`
	Ratio     float64         `json:"ratio"`
	TimeRatio float64         `json:"time_ratio"`
	Workers   map[int]float64 `json:"workers"`
	LongCases int             `json:"long_cases"`
	Dominated []string        `json:"dominated"`
	Missed    []string        `json:"missed"`
}

// Document is the whole of the results.
func (r *Results) Document(v Verdict) Document {
	d := Document{Target: r.Cases[0].Setup.Target.Statistic.String()}
	for _, w := range r.rows() {
		s := w.Setting
		d.Settings = append(d.Settings, DocumentSetting{s.Name, s.Law, s.Configuration(), s.Yours, w.All.Violation, w.All.Pods, w.Moves})
	}
	for i, c := range r.Cases {
		one := DocumentCase{Load: c.Load, Workers: c.Workers, Seconds: c.Duration().Seconds()}
		for j, s := range r.Settings {
			o := r.Outcomes[i][j]
			one.Outcomes = append(one.Outcomes, DocumentOutcome{s.Name, o.Violation, o.Bad, o.PodHours, o.Pods(), o.Moves})
		}
		d.Cases = append(d.Cases, one)
	}
	d.Verdict = DocumentVerdict{Setting: v.Setting, Ratio: finite(v.All.Ratio()), TimeRatio: finite(v.All.TimeRatio()), Workers: map[int]float64{},
		LongCases: v.LongCases, Dominated: []string{}, Missed: append([]string{}, v.Missed()...)}
	for _, w := range v.Workers {
		d.Verdict.Workers[w.Workers] = finite(w.Ratio())
	}
	for _, l := range v.Dominated {
		d.Verdict.Dominated = append(d.Verdict.Dominated, l.String())
	}
	return d
}

// finite is a number that JSON has: a ratio to nothing at all becomes a very large one.
func finite(ratio float64) float64 { return min(ratio, 1e6) }
