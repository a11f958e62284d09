package loadtest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/locust"
	"github.com/stretchr/testify/require"
)

var begun = time.Unix(1000, 0)

func after(ms int) time.Time { return begun.Add(time.Duration(ms) * time.Millisecond) }

func sent(ms, took, status int, failure string) locust.Request {
	return locust.Request{Method: "GET", Name: "/items", Sent: after(ms), Took: time.Duration(took) * time.Millisecond, Status: status, Error: failure}
}

// wholeRecord is of a run of 1 s of warm-up and 10 s of counting, without a request.
func wholeRecord() *locust.Record {
	return &locust.Record{Start: begun, End: after(11_000), Users: 3, AtTheEnd: 3, Connections: 3, CPUShare: 0.2}
}

func locustOptions() Options {
	return Options{Users: 3, Warmup: time.Second, RunTime: 10 * time.Second, TightestTarget: 50 * time.Millisecond}
}

func summaryOf(report *locust.Report) *Summary {
	report.Began, report.Ended = begun.Add(-time.Second), after(11_300)
	return recordResult(report, locustOptions()).Summarise("v1", map[string]Ask{"GET_/items": {Quantiles: []float64{0.975}, Limits: []time.Duration{40 * time.Millisecond}}})
}

// TestARecordIsCountedAsOurOwnRequestsAre has requests of every fate: in the warm-up, across its end, across the end of the
// run, and after it.
func TestARecordIsCountedAsOurOwnRequestsAre(t *testing.T) {
	record := wholeRecord()
	record.End = after(11_200) // a little late, as Locust is
	record.Requests = []locust.Request{
		sent(500, 20, 200, ""),                 // warm-up
		sent(900, 9000, 200, ""),               // of the warm-up, answered in the counted time
		sent(1000, 30, 200, ""),                // counts
		sent(2000, 50, 200, ""),                // counts
		sent(3000, 1, 503, "HTTPError('503')"), // counts
		sent(10_900, 200, 200, ""),             // is under way at the end
		sent(11_100, 20, 200, ""),              // after the end
	}
	record.Unfinished = []locust.Request{{Method: "GET", Name: "/items", Sent: after(600)}, {Method: "GET", Name: "/slow", Sent: after(9000)}, {Method: "GET", Name: "/late", Sent: after(11_150)}}
	summary := summaryOf(&locust.Report{Record: record})
	items := summary.Requests["GET_/items"]
	require.Equal(t, []int{3, 1, 2}, []int{items.NumRequests, items.NumFailures, items.Unfinished})
	require.Equal(t, map[string]int{"5xx": 1}, items.Failures)
	require.Equal(t, map[string]int{"503": 1}, items.Statuses)
	require.Equal(t, map[string]int{"40": 4}, items.Over, "50 ms, both that were under way, and the failed one")
	require.Equal(t, 30.0, *items.Min)
	require.Equal(t, 10_400.0, *items.Max, "the age of the one that was sent in the warm-up")
	require.NotNil(t, items.Samples)
	require.Contains(t, items.Percentiles, "p97.5")
	require.Equal(t, Percentile{Value: items.Max, AtLeast: true}.AtLeast, summary.Requests["GET_/slow"].Percentiles["p50"].AtLeast)
	require.Equal(t, 2000.0, *summary.Requests["GET_/slow"].Percentiles["p50"].Value)
	require.Equal(t, 0, summary.Requests["GET_/late"].NumRequests+summary.Requests["GET_/late"].Unfinished)
	require.Equal(t, []float64{1001, 1011}, []float64{summary.StartTime, summary.EndTime})
	require.Equal(t, []int{3, 3}, []int{summary.Generator.Started, summary.Connections.Opened})
}

func TestVerdictsOnARecord(t *testing.T) {
	many := func(n, status int, failure string) []locust.Request {
		var requests []locust.Request
		for i := range n {
			requests = append(requests, sent(1000+i, 5, status, failure))
		}
		return requests
	}
	with := func(requests []locust.Request, change func(*locust.Report)) *locust.Report {
		report := &locust.Report{Record: wholeRecord()}
		report.Record.Requests = requests
		if change != nil {
			change(report)
		}
		return report
	}
	fine := many(20, 200, "")
	for name, test := range map[string]struct {
		report *locust.Report
		want   Quality
	}{
		"ok":         {with(fine, nil), Quality{Verdict: VerdictOK}},
		"no request": {with(nil, nil), Quality{VerdictTooFew, []string{"no request was sent in the counted time"}}},
		"overload": {with(append(many(5, 503, "HTTPError('503')"), fine...), nil),
			Quality{VerdictOverloadErrors, []string{"5 of 25 requests failed: 5xx (mostly GET /items, status 503)"}}},
		"down": {with(many(20, 0, "ConnectionRefusedError(111, 'Connection refused')"), func(r *locust.Report) { r.Record.Connections = 0 }),
			Quality{VerdictTargetDown, []string{"20 of 20 requests failed: connect (mostly GET /items)"}}},
		"no connection": {with(nil, func(r *locust.Report) {
			r.Record.Connections = 0
			r.Record.Unfinished = []locust.Request{{Method: "GET", Name: "/items", Sent: after(2000)}}
		}), Quality{VerdictTargetDown, []string{"no connection could be made"}}},
		"a client whose connections are not counted": {with(fine, func(r *locust.Report) { r.Record.Connections = 0 }), Quality{Verdict: VerdictOK}},
		"hanging":          {with(nil, func(r *locust.Report) { r.Record.Unfinished = []locust.Request{{Name: "/", Sent: after(2000)}} }), Quality{Verdict: VerdictOK}},
		"assertions":       {with(append(many(5, 200, "CatchResponseError('empty')"), fine...), nil), Quality{VerdictClientError, []string{"5 of 25 requests failed: assertion (mostly GET /items, status 200)"}}},
		"descriptors":      {with(append(many(1, 0, "OSError(24, 'Too many open files')"), fine...), nil), Quality{VerdictGenerator, []string{"1 of 21 requests failed: generator (mostly GET /items)"}}},
		"users are missed": {with(fine, func(r *locust.Report) { r.Record.Users, r.Record.AtTheEnd = 2, 2 }), Quality{VerdictTooFew, []string{"2 of 3 users were started before the end"}}},
		"users are gone":   {with(fine, func(r *locust.Report) { r.Record.AtTheEnd = 1 }), Quality{VerdictClientError, []string{"2 of 3 users were gone before the end, so they did not do what was asked for"}}},
		"a shape": {with(fine, func(r *locust.Report) { r.Record.Users, r.Record.AtTheEnd, r.Record.Shape = 2, 2, "Stages" }),
			Quality{VerdictOK, []string{"the locustfile's Stages decides how many users there are, not loadTest.users"}}},
		"busy":       {with(fine, func(r *locust.Report) { r.Record.CPUShare = 0.97 }), Quality{VerdictGenerator, []string{"the load generator used 97 % of the processor time that it may use, which is that of 1 cores"}}},
		"said to be": {with(fine, func(r *locust.Report) { r.Busy = true }), Quality{VerdictGenerator, []string{"Locust warned that it was at the limit of the one processor that it uses"}}},
		"late": {with(fine, func(r *locust.Report) {
			r.Record.Lags = []time.Duration{35 * time.Millisecond, 35 * time.Millisecond, time.Millisecond}
		}),
			Quality{VerdictGenerator, []string{"the load generator sent 1 % of its requests more than 35 ms late; up to 10 ms is allowed"}}},
		"exceptions": {with(fine, func(r *locust.Report) {
			r.Record.Exceptions, r.Record.Exception = 3, "KeyError('x') at /tasks/shop.py:7"
		}), Quality{VerdictClientError, []string{"exceptions that the script's tasks raised: 3, such as KeyError('x') at /tasks/shop.py:7"}}},
		"an exception": {with(fine, func(r *locust.Report) { r.Record.Exceptions, r.Record.Exception = 1, "KeyError('x')" }), Quality{VerdictOK, []string{"exceptions that the script's tasks raised: 1, such as KeyError('x')"}}},
		"interrupted": {with(fine, func(r *locust.Report) { r.Asked, r.Cancelled, r.Record.End = true, true, after(3000) }),
			Quality{VerdictTooFew, []string{"interrupted after 2.0 s of the counted time"}}},
		"interrupted in the warm-up": {with(nil, func(r *locust.Report) { r.Asked, r.Cancelled, r.Record.End = true, true, after(300) }),
			Quality{VerdictTooFew, []string{"interrupted after 0.0 s of the counted time"}}},
		"slow to start": {with(fine, func(r *locust.Report) { r.Asked, r.Record.End = true, after(9000) }),
			Quality{VerdictOK, []string{"shortened by 2.0 s, as Locust took 1.0 s to start"}}},
		"gave up": {with(fine, func(r *locust.Report) { r.Record.End = after(9000) }),
			Quality{VerdictTooFew, []string{"interrupted after 8.0 s of the counted time", "Locust ended 2.0 s before its time"}}},
		"a status of its own": {with(fine, func(r *locust.Report) { r.Exit = errors.New("exit status 7") }), Quality{Verdict: VerdictOK}},
		"killed": {with(fine, func(r *locust.Report) { r.Record.End, r.Exit = time.Time{}, errors.New("signal: killed") }),
			Quality{VerdictTooFew, []string{"interrupted after 10.0 s of the counted time", "Locust was lost on the way: signal: killed"}}},
		"hung": {with(fine, func(r *locust.Report) {
			r.Record.End, r.Asked, r.Forced, r.Exit = time.Time{}, true, true, errors.New("signal: killed")
		}), Quality{VerdictTooFew, []string{"interrupted after 10.0 s of the counted time", "Locust was lost on the way: it did not end when it was asked to"}}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, summaryOf(test.report).Quality)
		})
	}
}

// TestAsManyNamesAsRequests is of a locustfile that puts data into its paths.
func TestAsManyNamesAsRequests(t *testing.T) {
	record := wholeRecord()
	for i := range maxNames + 10 {
		r := sent(1000+i, 5, 200, "")
		r.Name = fmt.Sprintf("/items/%d", i)
		record.Requests = append(record.Requests, r)
	}
	record.Requests = append(record.Requests, sent(3000, 5, 200, ""), sent(3100, 5, 200, ""))
	summary := summaryOf(&locust.Report{Record: record})
	require.Len(t, summary.Requests, maxNames+1)
	require.Equal(t, 2, summary.Requests["GET_/items"].NumRequests, "the most frequent one is there")
	require.Equal(t, 11, summary.Requests["ANY_(other names)"].NumRequests)
	require.Equal(t, maxNames+12, summary.NumRequests)
	require.Equal(t, Quality{VerdictOK, []string{"the locustfile gave 1011 names to requests, of which the 1000 most frequent are told apart; " +
		"give requests whose paths differ in data one name="}}, summary.Quality)
}

// TestLongNamesOfALocustfile has more names than are told apart, and some that are too long to be among them.
func TestLongNamesOfALocustfile(t *testing.T) {
	for _, short := range []int{1, maxNames + 10} {
		record := wholeRecord()
		for i := range short {
			r := sent(1000+i, 5, 200, "")
			r.Name = fmt.Sprintf("/items/%d", i)
			record.Requests = append(record.Requests, r, r)
		}
		for i := range 3 {
			r := sent(3000+i, 5, 200, "")
			r.Name = strings.Repeat("x", longestName) + strconv.Itoa(i)
			record.Requests = append(record.Requests, r)
		}
		summary := summaryOf(&locust.Report{Record: record})
		require.Len(t, summary.Requests, min(short, maxNames)+1)
		require.Equal(t, 2*max(0, short-maxNames)+3, summary.Requests["ANY_(other names)"].NumRequests)
		require.Equal(t, 2*short+3, summary.NumRequests)
	}
}

func TestStatisticsAreTakenOver(t *testing.T) {
	report := &locust.Report{Began: begun, Ended: after(12_000), NoRecord: errors.New("there is no start"), Ready: true, Statistics: &locust.Statistics{
		Names: []locust.NameStatistics{
			{Method: "GET", Name: "/items", Requests: 100, Failures: 4, Average: 50.5, Median: 41, Min: 3, Max: 900,
				Percentiles: map[float64]float64{0.5: 41, 0.95: 300, 0.98: 500, 1: 900},
				Errors:      map[string]int{"HTTPError('503 Server Error: x for url: /items')": 3, "in own words": 9}},
			{Method: "GET", Name: "/none"},
		},
	}}
	summary := statisticsResult(report, locustOptions()).Summarise("v1", map[string]Ask{"GET_/items": {Quantiles: []float64{0.975}}})
	value := func(ms float64) *float64 { return &ms }
	items := summary.Requests["GET_/items"]
	require.Equal(t, RequestSummary{
		Method: "GET", Name: "/items", RequestType: "GET", NumRequests: 100, NumFailures: 4,
		Failures: items.Failures,
		Average:  value(50.5), Median: value(41), Min: value(3), Max: value(900),
		Percentiles:    map[string]Percentile{"p50": {Value: value(41)}, "p95": {Value: value(300)}, "p98": {Failed: true}, "p100": {Failed: true}},
		OldPercentiles: map[string]int{"95": 300}, ResponseHistogram: map[string]int{}, TotalRPS: 8.333, TotalRPM: 500,
	}, items)
	require.Equal(t, 4, items.Failures["5xx"]+items.Failures["assertion"], "no more than there are")
	require.Nil(t, items.Samples)
	require.Equal(t, []string{"p50", "p95", "p98", "p100"}, items.PercentileNames())
	require.False(t, items.Has(0.975))
	require.True(t, items.Has(0.95))
	require.Nil(t, summary.Requests["GET_/none"].Average)
	require.Equal(t, Quality{VerdictOK, []string{"there is no record of each request (there is no start), so this is what Locust's CSV files say: latencies are " +
		"rounded, include those of failed requests and of the warm-up, and leave out requests that were unfinished at the end"}}, summary.Quality)
	require.Equal(t, 3, summary.Generator.Started)

	report.Ready = false
	require.Equal(t, VerdictTooFew, statisticsResult(report, locustOptions()).Summarise("v1", nil).Quality.Verdict)
	report.Ready, report.Statistics.Names = true, []locust.NameStatistics{{Method: "GET", Name: "/", Requests: 9, Failures: 9,
		Percentiles: map[float64]float64{0.5: 1}, Errors: map[string]int{"ConnectionRefusedError(111, 'Connection refused')": 9}}}
	require.Equal(t, VerdictTargetDown, statisticsResult(report, locustOptions()).Summarise("v1", nil).Quality.Verdict)
	report.Busy = true
	require.Equal(t, VerdictTargetDown, statisticsResult(report, locustOptions()).Summarise("v1", nil).Quality.Verdict, "that does not close a port")
	report.Statistics.Names[0].Errors = map[string]int{"ConnectTimeout(MaxRetryError(\"HTTPConnectionPool(host='shop', port=80): Max retries exceeded with url: / (Caused by x)\"))": 9}
	quality := statisticsResult(report, locustOptions()).Summarise("v1", nil).Quality
	require.Equal(t, VerdictGenerator, quality.Verdict)
	require.Equal(t, []string{"Locust warned that it was at the limit of the one processor that it uses", "9 of 9 requests failed: connect: shop:80 (mostly GET /)",
		"no connection could be made"}, quality.Reasons[:3])
}

func TestClassifyLocust(t *testing.T) {
	const pool = `ConnectionError(MaxRetryError("HTTPConnectionPool(host='ssl-timeout', port=80): Max retries exceeded with url: /certificate (Caused by `
	for _, test := range []struct {
		text   string
		status int
		want   Failure
	}{
		{"HTTPError('503 Server Error: Service Unavailable for url: /x')", 503, Failure5xx},
		{"HTTPError('503 Server Error: Service Unavailable for url: /x')", 0, Failure5xx},
		{`HTTPError("404 Client Error: Not Found for url: /x's")`, 0, Failure4xx},
		{"BadStatusCode('http://shop/x', code=500)", 0, Failure5xx},
		{"LocustBadStatusCode(code=404)", 0, Failure4xx},
		{"CatchResponseError('timeout')", 200, FailureAssertion},
		{"CatchResponseError('timeout')", 0, FailureAssertion},
		{"CatchResponseError('no cart')", 500, Failure5xx},
		{"the connection was refused, says the cart", 0, FailureAssertion},
		{"", 0, FailureAssertion},
		{"RpcError('code 14')", 0, FailureAssertion},
		{"ConnectionRefusedError(111, 'Connection refused')", 0, FailureConnect},
		{pool + `NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused'))"))`, 0, FailureConnect},
		{pool + `NewConnectionError('<x>: Failed to establish a new connection: [Errno -2] Name or service not known'))"))`, 0, FailureDNS},
		{pool + `NameResolutionError("<x>: Failed to resolve 'ssl-timeout' ([Errno -2] Name or service not known)"))"))`, 0, FailureDNS},
		{pool + `SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'))))`, 0, FailureTLS},
		{"gaierror(-2, 'Name or service not known')", 0, FailureDNS},
		{"SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]')", 0, FailureTLS},
		{"ConnectTimeout(MaxRetryError(\"HTTPConnectionPool(host='shop', port=80)\"))", 0, FailureConnect},
		{"TimeoutError(110, 'Connection timed out')", 0, FailureConnect},
		{"OSError(113, 'No route to host')", 0, FailureConnect},
		{"ReadTimeout(ReadTimeoutError(\"HTTPConnectionPool(host='shop', port=80): Read timed out. (read timeout=5)\"))", 0, FailureTimeout},
		{"timeout('timed out')", 0, FailureTimeout},
		{"TooManyRedirects('Exceeded 30 redirects.')", 0, FailureRedirects},
		{"RemoteDisconnected('Remote end closed connection without response')", 0, FailureReset},
		{"ConnectionResetError(104, 'Connection reset by peer')", 0, FailureReset},
		{"HTTPConnectionClosed('connection closed.')", 0, FailureReset},
		{"ChunkedEncodingError(ProtocolError('Response ended prematurely'))", 0, FailureReset},
		{"ProtocolError('Connection aborted.', BadStatusLine('x'))", 0, FailureReset},
		{"BadStatusLine('SSH-2.0')", 0, FailureProtocol},
		{"HTTPParseError('Invalid HTTP method')", 0, FailureProtocol},
		{"InvalidURL('Failed to parse')", 0, FailureRequest},
		{"OSError(24, 'Too many open files')", 0, FailureGenerator},
		{"OSError(99, 'Cannot assign requested address')", 0, FailureGenerator},
	} {
		require.Equal(t, test.want, classifyLocust(test.text, test.status), test.text)
	}
}
