package telemetry

// The numbers of fields and of values are those of opentelemetry/proto: collector, resource, trace, metrics and common, all v1.

// traces is the message ExportTraceServiceRequest.
func (b Batch) traces() message {
	var scoped message
	scoped.bytes(1, b.scope())
	for _, s := range b.Spans {
		scoped.bytes(2, s.message())
	}
	return b.about(scoped)
}

// metrics is the message ExportMetricsServiceRequest.
func (b Batch) metrics() message {
	var scoped message
	scoped.bytes(1, b.scope())
	for _, m := range b.Metrics {
		scoped.bytes(2, m.message())
	}
	return b.about(scoped)
}

// about says whom something is about: the same for spans and metrics.
func (b Batch) about(scoped message) message {
	var resource, all, request message
	resource.attributes(1, b.Resource)
	all.bytes(1, resource)
	all.bytes(2, scoped)
	request.bytes(1, all)
	return request
}

func (b Batch) scope() message {
	var m message
	m.text(1, b.Scope)
	m.text(2, b.Version)
	return m
}

func (s Span) message() message {
	const internal, failed = 1, 2
	var m message
	m.bytes(1, s.Context.trace[:])
	m.bytes(2, s.Context.span[:])
	if s.Parent != (Context{}) {
		m.bytes(4, s.Parent.span[:])
	}
	m.text(5, s.Name)
	m.varint(6, internal)
	m.time(7, s.Start)
	m.time(8, s.End)
	m.attributes(9, s.Attributes)
	for _, e := range s.Events {
		var event message
		event.time(1, e.Time)
		event.text(2, e.Name)
		event.attributes(3, e.Attributes)
		m.bytes(11, event)
	}
	if s.Error != "" {
		var status message
		status.text(2, s.Error)
		status.varint(3, failed)
		m.bytes(15, status)
	}
	return m
}

func (m Metric) message() message {
	const gauge, sum = 5, 7
	const delta = 1
	var out, data message
	out.text(1, m.Name)
	out.text(2, m.Description)
	out.text(3, m.Unit)
	for _, p := range m.Points {
		data.bytes(1, p.message())
	}
	if !m.Count {
		out.bytes(gauge, data)
		return out
	}
	// A program that lives for one run knows how often something happened in it, not since when there have been runs.
	data.varint(2, delta)
	data.boolean(3, true) // it never decreases
	out.bytes(sum, data)
	return out
}

func (p Point) message() message {
	var m message
	if !p.Start.IsZero() {
		m.time(2, p.Start)
	}
	m.time(3, p.Time)
	m.double(4, p.Value)
	m.attributes(7, p.Attributes)
	return m
}
