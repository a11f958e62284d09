package importer_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/importer"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

// received is a request as the service saw it.
type received struct{ method, target, contentType, body string }

// replay sends an import's requests once to a service of the test's own and is what that received.
func replay(t *testing.T, result *importer.Result) []received {
	t.Helper()
	var mu sync.Mutex // connections have goroutines of their own
	var got []received
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			body = []byte(err.Error())
		}
		mu.Lock()
		defer mu.Unlock()
		got = append(got, received{r.Method, r.RequestURI, r.Header.Get("Content-Type"), string(body)})
	}))
	defer server.Close()
	host, err := url.Parse(server.URL)
	require.NoError(t, err)
	options := loadtest.Options{Host: host, Users: 1, RunTime: time.Minute}
	loadtest.DryRun(t.Context(), requireScript(t, result.Script), options, func(e loadtest.Exchange) {
		require.NoError(t, e.Err)
	})
	mu.Lock()
	defer mu.Unlock()
	return got
}

// TestReplay holds that what a script sends is what was recorded.
func TestReplay(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for name, tc := range map[string]struct{ kind, body, want string }{
		"words that YAML takes for something else": {"application/json", `{"a":"true","b":"null","c":"~","d":"1e3","e":"0x1f","f":"2026-03-02","g":"yes","h":"<<","i":"=","j":""}`, ""},
		"keys that YAML takes for something else":  {"application/json", `{"":1,"1":1,"<<":{"a":1},"a: b":1,"null":1,"true":1,"y":1,"~":1}`, ""},
		"numbers":                      {"application/json", `[0,-0,1e5,1E+2,-0.5e-3,12345678901234567890123,9007199254740993,1.0]`, ""},
		"the language's own signs":     {"application/json", `["${vu.id}","$${vu.id}","$$${","${","$","$$","${${"]`, ""},
		"line breaks":                  {"application/json", `["a\nb\n","a\n\nb\n\n","\na"," a\nb","a \nb","a\r\nb","\t\na\n\tb","a\n  b\nc","\n","\n\n"," ",""]`, ""},
		"odd characters":               {"application/json", `["\u0000\u0007\u001b\u007f","\u0085\u00a0\u2028\u2029\ufeff","😀é","\ufffe\uffff","# a","a #b","- a","? a","a:b","a: b",": ","'","\"","\\","&a","*a","!a","%a","@a","|","> "]`, ""},
		"no tree":                      {"application/json", `"text"`, ""},
		"nothing":                      {"application/json", `null`, ""},
		"empty trees":                  {"application/json", `{"a":[],"b":{},"c":[[],{}]}`, ""},
		"deeply nested":                {"application/json", `[[[[[[[[{"a":[{"a":[{"a":1},{"b":[1,2]}]}]}]]]]]]]]`, ""},
		"a key given twice":            {"application/json", `{"a":1,"a":2}`, `{"a":1,"a":2}`},
		"a number beyond all bounds":   {"application/json", `[1e999]`, `[1e999]`},
		"no JSON":                      {"application/json", `{"a":`, `{"a":`},
		"two values":                   {"application/json", `1 2`, `1 2`},
		"JSON of another type":         {"application/vnd.api+json", `{"a":"b"}`, ""},
		"a form":                       {form, "a=1&b=%24%7Bx%7D+y", "a=1&b=%24%7Bx%7D+y"},
		"a form that is none":          {form, "just text", "just text"},
		"a form with a name by itself": {form, "a&b=1", "a&b=1"},
		"text":                         {"text/plain", "  a: ${b}\n\tc\r\n", "  a: ${b}\n\tc\r\n"},
		"XML":                          {"text/xml; charset=utf-8", "<a>\n  <b/>\n</a>\n", "<a>\n  <b/>\n</a>\n"},
	} {
		t.Run(name, func(t *testing.T) {
			data := har(t, entry("POST", "https://shop.example.com/x?q=%20a&q=b%2Fc", "X-A", "1", tc.kind, tc.body, 200))
			result, err := importer.HAR("a.har", bytes.NewReader(data), importer.Options{})
			require.NoError(t, err)
			got := replay(t, result)
			require.Len(t, got, 1, "%s", result.Script)
			if tc.want == "" {
				require.Equal(t, decoded(t, tc.body), decoded(t, got[0].body), "%s", result.Script)
			} else {
				require.Equal(t, tc.want, got[0].body, "%s", result.Script)
			}
			require.Equal(t, received{"POST", "/x?q=%20a&q=b%2Fc", tc.kind, got[0].body}, got[0])
		})
	}
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var value any
	require.NoError(t, d.Decode(&value), "%s", text)
	return value
}
