package locust

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func recordOf(t *testing.T, files ...string) (*Record, error) {
	t.Helper()
	dir := t.TempDir()
	for i, text := range files {
		path := filepath.Join(dir, "requests-"+string(rune('1'+i))+".jsonl")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return readRecord(dir)
}

func TestRecord(t *testing.T) {
	at := func(ms int) time.Time { return time.Unix(100, int64(ms)*1e6) }
	record, err := recordOf(t, `["start", 100, 0.5, ""]
["users", 3]
["name", 1, "GET", "/items, \"all\"\n"]
["request", 1, 100.125, 12.5, 200, 0]
["error", 2, "HTTPError('503')"]
["request", 1, 100.25, 1, 503, 2]
["exception", "KeyError('x')", "/tasks/locustfile.py", 7]
["unfinished", 1, 101.5]
["late", 0.25]
["users", 2]
["end", 102, 1.5, 3]
`)
	require.NoError(t, err)
	require.Equal(t, &Record{
		Start: at(0), End: at(2000), Users: 3, AtTheEnd: 2, Connections: 3, CPUShare: 0.5, Lags: []time.Duration{250 * time.Microsecond},
		Requests: []Request{
			{Method: "GET", Name: "/items, \"all\"\n", Sent: at(125), Took: 12500 * time.Microsecond, Status: 200},
			{Method: "GET", Name: "/items, \"all\"\n", Sent: at(250), Took: time.Millisecond, Status: 503, Error: "HTTPError('503')"},
		},
		Unfinished: []Request{{Method: "GET", Name: "/items, \"all\"\n", Sent: at(1500)}},
		Exceptions: 1, Exception: "KeyError('x') at /tasks/locustfile.py:7",
	}, record)
}

// TestRecordOfSeveralProcesses has a master without requests and two workers, each with numbers of its own.
func TestRecordOfSeveralProcesses(t *testing.T) {
	record, err := recordOf(t,
		`["start", 100.0, 1, ""]`+"\n"+`["users", 4]`+"\n"+`["end", 103.0, 1.1, 0]`+"\n",
		`["start", 100.1, 1, ""]`+"\n"+`["name", 1, "GET", "/a"]`+"\n"+`["request", 1, 101, 5, 200, 0]`+"\n"+`["end", 102.9, 3.9, 2]`+"\n",
		`["start", 100.2, 1, ""]`+"\n"+`["name", 1, "GET", "/b"]`+"\n"+`["request", 1, 101, 5, 200, 0]`+"\n"+`["end", 102.8, 1.2, 2]`+"\n")
	require.NoError(t, err)
	require.Equal(t, []string{"/a", "/b"}, []string{record.Requests[0].Name, record.Requests[1].Name})
	require.Equal(t, time.Unix(100, 0), record.Start)
	require.Equal(t, time.Unix(103, 0), record.End)
	require.Equal(t, 4, record.Connections)
	require.InDelta(t, 2.9/2.8, record.CPUShare, 0.001, "that of the busiest")
}

func TestDamagedRecords(t *testing.T) {
	const start = `["start", 100, 0.5, ""]` + "\n"
	for text, want := range map[string]string{
		"":    "requests-1.jsonl: has no end\nthere is no start",
		start: "requests-1.jsonl: has no end",
		start + `["request", 1, 100, 5, 200, 0]` + "\n":                                        "requests-1.jsonl: line 2 cannot be read",
		start + `["name", 1, "GET", "/"]` + "\n" + `["request", 1, 100, -5, 200, 0]` + "\n":    "requests-1.jsonl: line 3 cannot be read",
		start + `["name", 1, "GET", "/"]` + "\n" + `["request", 1, 100, 5, 200, 9]` + "\n":     "requests-1.jsonl: line 3 cannot be read",
		start + `["name", 1, "GET", "/"]` + "\n" + `["request", 1, null, 5, 200, 0]` + "\n":    "requests-1.jsonl: line 3 cannot be read",
		start + `["name", 1, "GET", "/"]` + "\n" + `["request", 1, 100, 5, 200, 0, 0]` + "\n":  "requests-1.jsonl: line 3 cannot be read",
		start + `["unfinished", 3, 100]` + "\n":                                                "requests-1.jsonl: line 2 cannot be read",
		start + `["name", 1, "GET", "/"`:                                                       "requests-1.jsonl: line 2 cannot be read",
		start + `{"kind": "end"}` + "\n":                                                       "requests-1.jsonl: line 2 cannot be read",
		start + `[]` + "\n":                                                                    "requests-1.jsonl: line 2 cannot be read",
		start + `[7]` + "\n":                                                                   "requests-1.jsonl: line 2 cannot be read",
		start + `["more", 7]` + "\n":                                                           "requests-1.jsonl: line 2 cannot be read",
		start + strings.Repeat("\x00", 1<<20):                                                  "requests-1.jsonl: line 2 cannot be read",
		`["start", "noon", 0.5, ""]` + "\n":                                                    "requests-1.jsonl: line 1 cannot be read\nthere is no start",
		start + `["exception", 1, "", 0]` + "\n":                                               "requests-1.jsonl: line 2 cannot be read",
		start + `["users", "many"]` + "\n":                                                     "requests-1.jsonl: line 2 cannot be read",
		start + `["end", 101]` + "\n":                                                          "requests-1.jsonl: line 2 cannot be read",
		start + `["name", "1", "GET", "/"]` + "\n":                                             "requests-1.jsonl: line 2 cannot be read",
		start + `["error", 1]` + "\n":                                                          "requests-1.jsonl: line 2 cannot be read",
		start + `["name", 1, "GET", "/"]` + "\n" + `["request", 1, 100, 1e300, 200, 0]` + "\n": "requests-1.jsonl: line 3 cannot be read",
	} {
		_, err := recordOf(t, text)
		require.EqualError(t, err, want, text[:min(len(text), 200)])
	}
	_, err := recordOf(t)
	require.EqualError(t, err, "there is no start")
}

func FuzzRecord(f *testing.F) {
	f.Add(`["start", 100, 0.5, ""]` + "\n" + `["name", 1, "GET", "/"]` + "\n" + `["request", 1, 100, 5, 200, 0]` + "\n" + `["end", 101, 1, 1]` + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "requests-1.jsonl"), []byte(text), 0o600))
		record, err := readRecord(dir)
		for _, request := range record.Requests {
			require.GreaterOrEqual(t, request.Took, time.Duration(0))
		}
		require.True(t, err != nil || !record.Start.IsZero())
	})
}
