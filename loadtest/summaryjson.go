package loadtest

// AppendJSON appends the members of the summary's JSON object, without the braces, to those that text ends with: exactly what
// encoding/json makes of the summary. That package first finds out what the types look like, which takes longer than the
// whole rest of a short program's end. The error is that of a number which JSON does not have.
func (s *Summary) AppendJSON(text []byte) ([]byte, error) {
	w := &jsonWriter{text: text}
	mapMember(w, "requests", s.Requests, func(r RequestSummary) { w.object(func() { w.request(&r) }) })
	mapMember(w, "failures", s.Failures, func(f FailureSummary) { w.object(func() { w.failure(&f) }) })
	w.intMember("num_requests", s.NumRequests)
	w.intMember("num_requests_fail", s.NumFailed)
	w.intMember("unfinished", s.Unfinished)
	w.numberMember("start_time", s.StartTime)
	w.numberMember("end_time", s.EndTime)
	w.key("connections")
	w.object(func() { w.connections(&s.Connections) })
	w.key("generator")
	w.object(func() { w.generator(&s.Generator) })
	w.key("quality")
	w.object(func() {
		w.textMember("verdict", string(s.Quality.Verdict))
		if len(s.Quality.Reasons) > 0 {
			w.textsMember("reasons", s.Quality.Reasons)
		}
	})
	if len(s.HiddenWaits) > 0 {
		w.textsMember("hidden_waits", s.HiddenWaits)
	}
	return w.text, w.err
}

func (w *jsonWriter) request(r *RequestSummary) {
	w.textMember("method", r.Method)
	w.textMember("name", r.Name)
	w.textMember("request_type", r.RequestType)
	w.intMember("num_requests", r.NumRequests)
	w.intMember("num_failures", r.NumFailures)
	w.intMember("unfinished", r.Unfinished)
	w.countsMember("failures", r.Failures)
	if len(r.Statuses) > 0 {
		w.countsMember("failed_statuses", r.Statuses)
	}
	if len(r.Examples) > 0 {
		mapMember(w, "examples", r.Examples, func(e Example) { w.object(func() { w.example(&e) }) })
	}
	w.nullable("avg_response_time", r.Average)
	w.nullable("median_response_time", r.Median)
	w.nullable("min_response_time", r.Min)
	w.nullable("max_response_time", r.Max)
	if len(r.AtLeast) > 0 {
		w.textsMember("at_least", r.AtLeast)
	}
	mapMember(w, "percentiles", r.Percentiles, func(p Percentile) { w.object(func() { w.percentile(&p) }) })
	if len(r.Over) > 0 {
		w.countsMember("over", r.Over)
	}
	w.numberMember("total_rps", r.TotalRPS)
	w.numberMember("total_rpm", r.TotalRPM)
	if t := r.Timings; t != nil {
		w.key("timings")
		w.object(func() {
			w.timing("first_byte", t.FirstByte)
			w.timing("receive", t.Receive)
			w.timing("service", t.Service)
		})
	}
	w.countsMember("response_time_percentiles", r.OldPercentiles)
	w.countsMember("response_times", r.ResponseHistogram)
	if samples := r.Samples; samples != nil {
		w.key("samples")
		w.object(func() {
			w.textMember("finished", samples.Finished)
			w.textMember("unfinished", samples.Unfinished)
			w.intMember("failed", samples.Failed)
			w.trueMember("rounded", samples.Rounded)
		})
	}
}

func (w *jsonWriter) example(e *Example) {
	w.textMember("reason", e.Reason)
	w.intMember("status", e.Status)
	if e.Body != "" {
		w.textMember("body", e.Body)
	}
}

func (w *jsonWriter) percentile(p *Percentile) {
	w.nullable("value", p.Value)
	w.trueMember("atLeast", p.AtLeast)
	w.trueMember("failed", p.Failed)
	w.nullable("low", p.Low)
	w.nullable("high", p.High)
}

func (w *jsonWriter) failure(f *FailureSummary) {
	w.textMember("method", f.Method)
	w.textMember("name", f.Name)
	w.textMember("error", f.Error)
	w.intMember("occurrences", f.Occurrences)
}

func (w *jsonWriter) timing(name string, t *Timing) {
	if t == nil {
		return
	}
	w.key(name)
	w.object(func() {
		w.numberMember("p50", t.P50)
		w.numberMember("p95", t.P95)
		w.numberMember("p99", t.P99)
		w.numberMember("max", t.Max)
	})
}

func (w *jsonWriter) connections(c *ConnectionSummary) {
	w.intMember("opened", c.Opened)
	w.timing("dns", c.DNS)
	w.timing("connect", c.Connect)
	w.timing("tls", c.TLS)
	w.intIfAny("syn_retransmits", c.SYNRetransmits)
	w.intIfAny("retransmits", c.Retransmits)
}

func (w *jsonWriter) generator(g *GeneratorSummary) {
	w.textMember("version", g.Version)
	w.intMember("users", g.Users)
	w.intMember("users_started", g.Started)
	w.textMember("model", g.Model)
	w.intMember("iterations", g.Iterations)
	w.intIfAny("dropped_iterations", g.Dropped)
	w.intIfAny("missed_iterations", g.Missed)
	w.numberMember("in_flight", g.InFlight)
	w.intMember("processors", g.Processors)
	w.numberIfKnown("cores", g.Cores)
	w.numberIfKnown("cpu_ms", g.CPU)
	w.numberIfKnown("throttled_ms", g.Throttled)
	w.intIfKnown("throttled_periods", g.ThrottledPeriods)
	w.intIfKnown("periods", g.Periods)
	w.numberIfKnown("stall_ms", g.Stall)
	w.numberIfKnown("scheduler_p99_ms", g.SchedulerP99)
	w.numberIfKnown("scheduler_max_ms", g.SchedulerMax)
	w.numberIfKnown("gc_pause_p99_ms", g.GCPauseP99)
	w.numberIfKnown("gc_pause_max_ms", g.GCPauseMax)
	w.numberIfKnown("lag_p50_ms", g.LagP50)
	w.numberIfKnown("lag_p99_ms", g.LagP99)
	w.numberIfKnown("lag_max_ms", g.LagMax)
	w.numberIfKnown("canary_p50_ms", g.CanaryP50)
	w.numberIfKnown("canary_p99_ms", g.CanaryP99)
	w.intIfKnown("descriptors", g.Descriptors)
	w.intIfKnown("descriptor_limit", g.DescriptorLimit)
	w.intIfKnown("ports", g.Ports)
}
