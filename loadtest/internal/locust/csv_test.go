package locust

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStatistics reads what Locust 2.12 and 2.46 wrote, and a file in the form of the oldest with its columns moved.
func TestStatistics(t *testing.T) {
	for version, want := range map[string]struct {
		requests, failures map[string]int
		items              NameStatistics
		exceptions         int
	}{
		"2.12": {
			requests: map[string]int{"GET /bad": 19, "POST /cart": 17, `GET /items, "all"`: 63, "GET /refused": 24, "GET two\nlines": 14},
			failures: map[string]int{
				"HTTPError('503 Server Error: Service Unavailable for url: http://shop:8080/bad')": 19,
				`CatchResponseError('empty, or "full"')`:                                           17, "ConnectionRefusedError(111, 'Connection refused')": 24},
			items: NameStatistics{Average: 4.127422841285864, Median: 4, Min: 1.5663070000755397, Max: 16.889109999965513,
				Percentiles: map[float64]float64{.5: 4, .66: 5, .75: 5, .8: 5, .9: 6, .95: 6, .98: 9, .99: 17, .999: 17, .9999: 17, 1: 17}},
			exceptions: 11,
		},
		"2.46": {
			requests: map[string]int{"GET /bad": 13, "POST /cart": 19, `GET /items, "all"`: 59, "GET /refused": 11, "GET two\nlines": 23},
			failures: map[string]int{"HTTPError('503 Server Error: Service Unavailable for url: /bad')": 13,
				`CatchResponseError('empty, or "full"')`: 19, "ConnectionRefusedError(111, 'Connection refused')": 11},
			items: NameStatistics{Average: 4.864391694940484, Median: 4, Min: 1.319424000030267, Max: 23.071667000067464,
				Percentiles: map[float64]float64{.5: 4, .66: 5, .75: 6, .8: 7, .9: 8, .95: 9, .98: 9, .99: 23, .999: 23, .9999: 23, 1: 23}},
			exceptions: 19,
		},
		"old": {
			requests: map[string]int{"GET /items": 40, "GET /unused": 0},
			failures: map[string]int{`ReadTimeout(ReadTimeoutError("HTTPConnectionPool(host='shop', port=80): Read timed out. (read timeout=5)"))`: 1},
			items:    NameStatistics{Average: 55.25, Median: 41, Min: 3, Max: 912, Percentiles: map[float64]float64{.5: 41, .975: 520, 1: 910}},
		},
	} {
		t.Run(version, func(t *testing.T) {
			s, err := readStatistics(filepath.Join("testdata", "csv", version, "locust"))
			require.NoError(t, err)
			requests, failures := map[string]int{}, map[string]int{}
			for _, n := range s.Names {
				requests[n.Method+" "+n.Name] = n.Requests
				for text, count := range n.Errors {
					failures[text] += count
				}
				if n.Name == "/items" || n.Name == `/items, "all"` {
					require.Equal(t, want.items.Percentiles, n.Percentiles)
					require.Equal(t, []float64{want.items.Average, want.items.Median, want.items.Min, want.items.Max}, []float64{n.Average, n.Median, n.Min, n.Max})
				}
			}
			require.Equal(t, want.requests, requests)
			require.Equal(t, want.failures, failures)
			require.Equal(t, want.exceptions, s.Exceptions)
		})
	}
}

func TestDamagedStatistics(t *testing.T) {
	const header = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,50%\n"
	const failures = "Method,Name,Error,Occurrences\n"
	for name, test := range map[string]struct{ stats, failures, want string }{
		"empty":         {"", failures, "locust_stats.csv: is empty"},
		"no failures":   {header, "", "locust_failures.csv: is empty"},
		"no name":       {"Type,Request Count\nGET,1\n", failures, "locust_stats.csv:1: has no column Name"},
		"no count":      {"Type,Name\nGET,/\n", failures, "locust_stats.csv:1: has no column Request Count"},
		"cut off":       {header + "GET,/a,1,0,5,5,5,5,5\nGET,/b,1", failures, "locust_stats.csv:3: Failure Count: is missing"},
		"text":          {header + "GET,/a,many,0,5,5,5,5,5\n", failures, `locust_stats.csv:2: Request Count: must be a number that Locust writes, got "many"`},
		"negative":      {header + "GET,/a,-1,0,5,5,5,5,5\n", failures, `locust_stats.csv:2: Request Count: must be a number that Locust writes, got "-1"`},
		"not a number":  {header + "GET,/a,1,0,NaN,5,5,5,5\n", failures, `locust_stats.csv:2: Median Response Time: must be a number that Locust writes, got "NaN"`},
		"N/A":           {header + "GET,/a,1,0,5,5,5,5,N/A\n", failures, `locust_stats.csv:2: 50%: must be a number that Locust writes, got "N/A"`},
		"more failures": {header + "GET,/a,1,2,5,5,5,5,5\n", failures, `locust_stats.csv:2: Failure Count: must be a number that Locust writes, got "2"`},
		"quote":         {header + "GET,\"/a,1,0,5,5,5,5,5\n", failures, "locust_stats.csv: parse error on line 2, column 23: extraneous or missing \" in quoted-field"},
		"binary":        {"\x00\x01\x02\xff\n\x00\n", failures, "locust_stats.csv:1: has no column Type"},
		"occurrences":   {header + "GET,/a,1,1,5,5,5,5,5\n", failures + "GET,/a,x,?\n", `locust_failures.csv:2: Occurrences: must be a number that Locust writes, got "?"`},
		"no error":      {header, "Method,Name,Occurrences\nGET,/a,1\n", "locust_failures.csv:1: has no column Error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			require.NoError(t, os.WriteFile("locust_stats.csv", []byte(test.stats), 0o600))
			require.NoError(t, os.WriteFile("locust_failures.csv", []byte(test.failures), 0o600))
			_, err := readStatistics("locust")
			require.EqualError(t, err, test.want)
		})
	}
	_, err := readStatistics(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
