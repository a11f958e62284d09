package telemetry_test

import (
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/telemetry"
	"github.com/stretchr/testify/require"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

// sent is what a receiver has got.
type sent struct {
	request *http.Request
	body    []byte
}

// receiver answers with what answer writes, and keeps what it got.
func receiver(t *testing.T, answer http.HandlerFunc) (*httptest.Server, <-chan sent) {
	t.Helper()
	got := make(chan sent, 10)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- sent{r, body}
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server, got
}

func at(seconds int64) time.Time { return time.Unix(1_790_000_000+seconds, 5) }

func nanos(seconds int64) uint64 { return uint64(at(seconds).UnixNano()) }

func text(key, value string) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: value}}}
}

var batch = telemetry.Batch{
	Scope: "evaluate", Version: "v1", Resource: telemetry.Resource("Deployment", "web", "shop"),
	Spans: []telemetry.Span{{
		Context: telemetry.ParseContext("00-0102030405060708090a0b0c0d0e0f10-1112131415161718-01"),
		Parent:  telemetry.ParseContext("00-0102030405060708090a0b0c0d0e0f10-2122232425262728-01"),
		Name:    "decide", Start: at(0), End: at(1), Error: "it is broken",
		Attributes: []slog.Attr{
			slog.String("text", "näher"), slog.String("broken", "a\xffb"), slog.String("empty", ""), slog.Int("whole", -3), slog.Float64("number", 0.25),
			slog.Bool("yes", true), slog.Bool("no", false), slog.Any("list", []string{"a", "b"}), slog.Any("other", at(0).UTC()),
		},
		Events: []telemetry.Event{{Name: "target", Time: at(1), Attributes: []slog.Attr{slog.Float64("latency", math.Inf(1))}}},
	}},
	Metrics: []telemetry.Metric{
		{Name: "lpa.replicas.wanted", Unit: "{replica}", Description: "Replicas.", Points: []telemetry.Point{
			{Time: at(1), Value: 0}, {Time: at(1), Value: math.Inf(1), Attributes: []slog.Attr{slog.String("method", "GET")}}}},
		{Name: "lpa.decisions", Count: true, Points: []telemetry.Point{{Start: at(0), Time: at(1), Value: 1}}},
	},
}

func wantResource() *resourcepb.Resource {
	return &resourcepb.Resource{Attributes: []*commonpb.KeyValue{
		text("service.name", "latency-pod-autoscaler"), text("service.version", "v1"), text("service.instance.id", "web/Deployment/shop"),
		text("lpa.resource.kind", "Deployment"), text("lpa.resource.namespace", "web"), text("lpa.resource.name", "shop"),
	}}
}

// TestMessagesAreOpenTelemetrys has what was sent decoded by OpenTelemetry's own types, and compares all of it: a field with another
// number or kind would be unknown there. TracesData and MetricsData are, by their definition, the requests' form.
func TestMessagesAreOpenTelemetrys(t *testing.T) {
	server, got := receiver(t, nil)
	server.Start()
	endpoint, err := url.Parse(server.URL)
	require.NoError(t, err)
	settings, problems := telemetry.Read(config.Telemetry{OTLP: &config.OTLP{Endpoint: endpoint}}, environment(nil), nil)
	require.Empty(t, problems)
	require.NoError(t, settings.Export(t.Context(), batch))

	bodies := map[string][]byte{}
	for range 2 {
		s := <-got
		require.Equal(t, "application/x-protobuf", s.request.Header.Get("Content-Type"))
		require.Equal(t, "latency-pod-autoscaler/v1", s.request.Header.Get("User-Agent"))
		bodies[s.request.Method+" "+s.request.URL.Path] = s.body
	}
	value := func(v *commonpb.AnyValue) *commonpb.AnyValue { return v }
	span := &tracepb.Span{
		TraceId:      []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
		SpanId:       []byte{17, 18, 19, 20, 21, 22, 23, 24},
		ParentSpanId: []byte{33, 34, 35, 36, 37, 38, 39, 40},
		Name:         "decide", Kind: tracepb.Span_SPAN_KIND_INTERNAL, StartTimeUnixNano: nanos(0), EndTimeUnixNano: nanos(1),
		Attributes: []*commonpb.KeyValue{
			text("text", "näher"), text("broken", "a\ufffdb"), text("empty", ""),
			{Key: "whole", Value: value(&commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: -3}})},
			{Key: "number", Value: value(&commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: 0.25}})},
			{Key: "yes", Value: value(&commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: true}})},
			{Key: "no", Value: value(&commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: false}})},
			{Key: "list", Value: value(&commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: &commonpb.ArrayValue{
				Values: []*commonpb.AnyValue{text("", "a").Value, text("", "b").Value}}}})},
			text("other", "2026-09-21 14:13:20.000000005 +0000 UTC"),
		},
		Events: []*tracepb.Span_Event{{TimeUnixNano: nanos(1), Name: "target", Attributes: []*commonpb.KeyValue{
			{Key: "latency", Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: math.Inf(1)}}}}}},
		Status: &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "it is broken"},
	}
	scope := &commonpb.InstrumentationScope{Name: "evaluate", Version: "v1"}
	same(t, &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
		Resource: wantResource(), ScopeSpans: []*tracepb.ScopeSpans{{Scope: scope, Spans: []*tracepb.Span{span}}},
	}}}, bodies["POST /v1/traces"], &tracepb.TracesData{})

	number := func(v float64) *metricspb.NumberDataPoint_AsDouble {
		return &metricspb.NumberDataPoint_AsDouble{AsDouble: v}
	}
	same(t, &metricspb.MetricsData{ResourceMetrics: []*metricspb.ResourceMetrics{{
		Resource: wantResource(), ScopeMetrics: []*metricspb.ScopeMetrics{{Scope: scope, Metrics: []*metricspb.Metric{
			{Name: "lpa.replicas.wanted", Unit: "{replica}", Description: "Replicas.", Data: &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{DataPoints: []*metricspb.NumberDataPoint{
				{TimeUnixNano: nanos(1), Value: number(0)},
				{TimeUnixNano: nanos(1), Value: number(math.Inf(1)), Attributes: []*commonpb.KeyValue{text("method", "GET")}},
			}}}},
			{Name: "lpa.decisions", Data: &metricspb.Metric_Sum{Sum: &metricspb.Sum{
				AggregationTemporality: metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA, IsMonotonic: true,
				DataPoints: []*metricspb.NumberDataPoint{{StartTimeUnixNano: nanos(0), TimeUnixNano: nanos(1), Value: number(1)}},
			}}},
		}}},
	}}}, bodies["POST /v1/metrics"], &metricspb.MetricsData{})
}

func same(t *testing.T, want proto.Message, body []byte, got proto.Message) {
	t.Helper()
	require.NoError(t, proto.Unmarshal(body, got))
	require.True(t, proto.Equal(want, got), "want %s\ngot  %s", prototext.Format(want), prototext.Format(got))
}

func TestContexts(t *testing.T) {
	c := telemetry.NewContext()
	require.Equal(t, c, telemetry.ParseContext(c.String()))
	child := c.Child()
	require.Equal(t, c.Trace(), child.Trace())
	require.NotEqual(t, c.Span(), child.Span())
	require.NotEqual(t, telemetry.Context{}.Child().Trace(), telemetry.Context{}.Child().Trace())
	for _, text := range []string{
		"", "x", "00-0102030405060708090a0b0c0d0e0f10-1112131415161718", "00-0102030405060708090a0b0c0d0e0f1-1112131415161718-01",
		"01-0102030405060708090a0b0c0d0e0f10-1112131415161718-01", "00-00000000000000000000000000000000-1112131415161718-01",
		"00-0102030405060708090a0b0c0d0e0f10-0000000000000000-01", "00-0102030405060708090A0b0c0d0e0f10-1112131415161718-01",
		"00-xx02030405060708090a0b0c0d0e0f10-1112131415161718-01", "00-0102030405060708090a0b0c0d0e0f10-xx12131415161718-01",
	} {
		require.Equal(t, telemetry.Context{}, telemetry.ParseContext(text), text)
	}
}
