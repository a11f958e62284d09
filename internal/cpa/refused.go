package cpa

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// refused says of each target that is missed only for answers of 4xx that it is; nil if one is missed for anything else. Such an
// answer says that the request is wrong, or one too many of this client: more replicas would give the same. From a tenth of the
// requests on the measurement's own verdict says so; a p95 falls on a failed request at half of that, and a p99 at a tenth.
func (m *Reported) refused(readings []scaling.Reading) []string {
	var reasons []string
	for i := range readings {
		r := &readings[i]
		if !r.Breached() {
			continue
		}
		reason := m.Requests[r.Target.Key()].refused(r)
		if reason == "" {
			return nil
		}
		reasons = append(reasons, reason)
	}
	return reasons
}

// refused is empty if the percentile would be missed by the other requests too, or where the samples do not say.
func (q reportedRequest) refused(r *scaling.Reading) string {
	class := loadtest.Failure4xx.String()
	n := q.Failures[class]
	if !r.Failed || r.Target.Statistic.Kind != scaling.Percentile || q.Samples == nil || n <= 0 || n > q.Samples.Failed {
		return ""
	}
	others := *q.Samples
	others.Failed -= n
	p, err := others.Percentile(r.Target.Statistic.Quantile)
	if err != nil || p.Failed || p.Value == nil || p.AtLeast || *p.Value > r.Target.Limit {
		return ""
	}
	return fmt.Sprintf("%s falls on a failed request, as %d of %d failed: %s%s; without them it is %s", r.Target, n, r.Samples, class,
		q.mostly4xx(), words.Latency(*p.Value))
}

// mostly4xx is such as ` (mostly status 429)`.
func (q reportedRequest) mostly4xx() string {
	most := ""
	for _, status := range slices.Sorted(maps.Keys(q.Statuses)) {
		if strings.HasPrefix(status, "4") && (most == "" || q.Statuses[status] > q.Statuses[most]) {
			most = status
		}
	}
	if most == "" {
		return ""
	}
	return fmt.Sprintf(" (mostly status %s)", most)
}
