package scaling

// Observation is what one run saw.
type Observation struct {
	Replicas int  `json:"replicas"`        // wanted by the resource's spec when the run began
	Ready    *int `json:"ready,omitempty"` // ready by its status when the run began; nil if it does not say
	// Generation is the resource's, which changes with its pods' template; 0 if it has none.
	Generation int64 `json:"generation,omitempty"`
	// RollingOut says that pods are being replaced, or that the resource's controller has not yet seen its generation.
	RollingOut bool `json:"rollingOut,omitempty"`
	// Configuration is a fingerprint of the load test and the targets: what was seen under another one is not comparable.
	Configuration string   `json:"configuration,omitempty"`
	Verdict       string   `json:"verdict"`
	Reasons       []string `json:"reasons,omitempty"` // for a verdict other than trusted
	// HiddenWaits are what clients surely or probably waited for although no reading shows it, a sentence each. With any of them
	// there is no step down.
	HiddenWaits []string  `json:"hiddenWaits,omitempty"`
	Timeout     float64   `json:"timeout,omitempty"` // of a request, in milliseconds; 0 if it is not known
	Readings    []Reading `json:"readings"`          // one for each target, in their order
}

// Verdicts of a measurement that mean something of their own here; every other one than Trusted holds.
const (
	Trusted        = "ok"
	OverloadErrors = "overload-errors"
	Busy           = "busy" // there was no run, as another was under way
)

// Reading is the measured value of one target.
type Reading struct {
	Target  Target  `json:"target"`
	Value   float64 `json:"value"`             // in milliseconds, or a ratio; 0 if Failed or Missing
	Failed  bool    `json:"failed,omitempty"`  // it falls on a failed request, which is slower than any limit
	AtLeast bool    `json:"atLeast,omitempty"` // the true value is larger, or for FailureRatio may be, as requests were still under way
	Missing bool    `json:"missing,omitempty"` // nothing was measured
	Unknown bool    `json:"unknown,omitempty"` // as the measurement has no request of the target's name; then it is Missing too

	// Low and High are the 90 % confidence interval of Value: each end alone holds with 95 %. Nil where it is not known, or
	// where too few samples, or failed ones, leave it open.
	Low  *float64 `json:"low,omitempty"`
	High *float64 `json:"high,omitempty"`

	Samples int `json:"samples,omitempty"` // requests that the value is of
	// Unfinished is how many of the samples were cut off. Where Mean and Deviation are known, they count as those that took longer.
	Unfinished int `json:"unfinished,omitempty"`
	// Over is how many of the samples are over the target's limit, those among them that failed or that may have become so
	// after they were cut off. For FailureRatio it is how many failed: that one was still under way says nothing of its end.
	// Nil if the samples themselves are not known.
	Over *int `json:"over,omitempty"`
	// Mean and Deviation, in milliseconds, are of all samples, where a failed one counts as Observation.Timeout. Nil if the
	// samples themselves are not known.
	Mean      *float64 `json:"mean,omitempty"`
	Deviation *float64 `json:"deviation,omitempty"`
	// FailureShare is how many of the requests failed, from 0 to 1.
	FailureShare float64 `json:"failureShare,omitempty"`
}
