package scaling

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync"
)

// Target is a value that a statistic of one request must not exceed.
type Target struct {
	Method    string    `json:"method"`
	Endpoint  string    `json:"endpoint"` // the request's name: its path as the script writes it, or the name that the script gives it
	Statistic Statistic `json:"type"`
	Limit     float64   `json:"limit"` // in milliseconds; for FailureRatio a share from 0 to 1
}

// Key is the request's name as measurements have it, such as GET_/items.
func (t Target) Key() string { return t.Method + "_" + t.Endpoint }

// Statistic is what is computed of a request's latencies.
type Statistic struct {
	Kind     Kind
	Quantile float64 // in (0, 1), for Percentile
}

// Kind is which statistic it is.
type Kind string

// The statistics. Mean, Median, Min and Max are of the requests that did not fail; a percentile is of all, where failed
// ones are infinitely slow.
const (
	Mean         Kind = "mean"
	Median       Kind = "median"
	Min          Kind = "min"
	Max          Kind = "max"
	Percentile   Kind = "percentile"
	FailureRatio Kind = "failureRatio"
)

var percentilePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^p(\d{1,2}(?:\.\d{1,3})?)$`)
})

var errStatistic = errors.New("must be mean, median, max, min, a percentile such as p95 or p99.9, or failureRatio")

// ParseStatistic reads a target's type.
func ParseStatistic(s string) (Statistic, error) {
	switch kind := Kind(s); kind {
	case Mean, Median, Min, Max, FailureRatio:
		return Statistic{Kind: kind}, nil
	}
	match := percentilePattern().FindStringSubmatch(s)
	if match == nil {
		return Statistic{}, errStatistic
	}
	quantile, err := strconv.ParseFloat(match[1]+"e-2", 64) // 99.9/100 would be 0.9990000000000001
	if err != nil || quantile <= 0 {
		return Statistic{}, errStatistic
	}
	return Statistic{Kind: Percentile, Quantile: quantile}, nil
}

// String is the statistic as targets write it.
func (s Statistic) String() string {
	if s.Kind != Percentile {
		return string(s.Kind)
	}
	return "p" + strconv.FormatFloat(s.Quantile*100, 'g', 6, 64)
}

// String is the target as sentences name it, such as p95 of GET /items.
func (t Target) String() string {
	return fmt.Sprintf("%s of %s %s", t.Statistic, t.Method, t.Endpoint)
}

// MarshalText is the statistic as targets write it.
func (s Statistic) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the statistic as targets write it.
func (s *Statistic) UnmarshalText(text []byte) (err error) {
	*s, err = ParseStatistic(string(text))
	return err
}
