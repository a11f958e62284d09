package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
)

// parseDistribution reads lognormal:1.5 and the like.
func parseDistribution(text string) (simulate.Distribution, error) {
	parts := strings.Split(text, ":")
	d := simulate.Distribution{Kind: simulate.DistributionKind(parts[0])}
	want := map[simulate.DistributionKind]int{simulate.Exponential: 1, simulate.Deterministic: 1, simulate.Lognormal: 2, simulate.Bimodal: 3}[d.Kind]
	var errs [2]error
	switch {
	case want != len(parts):
		return d, fmt.Errorf("--distribution: must be exponential, deterministic, lognormal:CV such as lognormal:1.5, or bimodal:SHARE:FACTOR such as bimodal:5%%:10, got %q", text)
	case d.Kind == simulate.Lognormal:
		d.CV, errs[0] = strconv.ParseFloat(parts[1], 64)
	case d.Kind == simulate.Bimodal:
		d.Slow, errs[0] = share(parts[1])
		d.SlowFactor, errs[1] = strconv.ParseFloat(parts[2], 64)
	}
	if errs[0] != nil || errs[1] != nil {
		return d, fmt.Errorf("--distribution: must have numbers after the colons, got %q", text)
	}
	return d, nil
}

func parseCold(text string) (factor float64, d time.Duration, err error) {
	first, second, _ := strings.Cut(text, ":")
	factor, factorErr := strconv.ParseFloat(first, 64)
	d, durationErr := time.ParseDuration(second)
	if factorErr != nil || durationErr != nil || !(factor >= 1) || d <= 0 {
		return 0, 0, fmt.Errorf("--cold: must be FACTOR:TIME such as 3:30s, with a factor of at least 1, got %q", text)
	}
	return factor, d, nil
}

func parseSlowdown(text string) (simulate.Slowdown, error) {
	added, window, _ := strings.Cut(text, ":")
	from, to, _ := strings.Cut(window, "-")
	var s simulate.Slowdown
	var errs [3]error
	s.Added, errs[0] = time.ParseDuration(added)
	s.From, errs[1] = time.ParseDuration(from)
	s.To, errs[2] = time.ParseDuration(to)
	if errors.Join(errs[:]...) != nil || s.Added <= 0 || s.To <= s.From || s.From < 0 {
		return s, fmt.Errorf("--shared: must be TIME:FROM-TO such as 100ms:6h-7h, got %q", text)
	}
	return s, nil
}

// parseShare reads the share that a flag gives, such as the example.
func parseShare(flag, text, example string) (float64, error) {
	value, err := share(text)
	if err != nil || !(value >= 0 && value <= 1) {
		return 0, fmt.Errorf("%s: must be a share from 0%% to 100%%, such as %s, got %q", flag, example, text)
	}
	return value, nil
}

// share reads 10% or 0.1.
func share(text string) (float64, error) {
	digits, percent := strings.CutSuffix(text, "%")
	value, err := strconv.ParseFloat(digits, 64)
	if percent {
		value /= 100
	}
	return value, err
}
