package importer_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"unicode/utf8"

	"github.com/latency-pod-autoscaler/lpa/internal/importer"
	"github.com/stretchr/testify/require"
)

// requireEither holds that an import gives an error or a script that the load test accepts, and never both.
func requireEither(t *testing.T, result *importer.Result, err error) {
	t.Helper()
	require.True(t, (result == nil) != (err == nil), "a result or an error")
	if err != nil {
		require.NotEmpty(t, err.Error())
		return
	}
	require.True(t, utf8.Valid(result.Script))
	require.NotEmpty(t, requireScript(t, result.Script).Names())
	for _, note := range result.Notes {
		require.NotContains(t, note, "\n")
	}
}

func FuzzHAR(f *testing.F) {
	for _, path := range []string{"testdata/har/shop.har", "testdata/har/odd.har", "testdata/bad/types.har"} {
		data, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(data, false)
		f.Add(data, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, all bool) {
		result, err := importer.HAR("f.har", bytes.NewReader(data), importer.Options{AllHosts: all, Assets: all})
		requireEither(t, result, err)
	})
}

// entry is a HAR entry made of texts that may be anything.
func entry(method, address, header, value, kind, body string, status int) map[string]any {
	return map[string]any{
		"startedDateTime": "2026-03-02T10:00:00Z", "time": 10,
		"request": map[string]any{"method": method, "url": address,
			"headers":  []any{map[string]any{"name": header, "value": value}},
			"postData": map[string]any{"mimeType": kind, "text": body}},
		"response": map[string]any{"status": status, "redirectURL": value,
			"content": map[string]any{"mimeType": kind, "text": body}},
	}
}

// har is a HAR file with these entries.
func har(t *testing.T, entries ...any) []byte {
	t.Helper()
	data, err := json.Marshal(map[string]any{"log": map[string]any{"entries": entries}})
	require.NoError(t, err)
	return data
}

// FuzzHARFields reaches further than FuzzHAR, as whatever it tries is a HAR file.
func FuzzHARFields(f *testing.F) {
	f.Add("GET", "https://h/items/4711?token=a&b=${c}#d", "Authorization", "Bearer x", "application/json", `{"a": [1, 1e999, "${b}", null, "true", "<<", ""], "<<": {"": 0}}`, 200)
	f.Add("POST", "http://u:p@h:80//x", "X-Key", "a\nb", "application/x-www-form-urlencoded", "a=1&a=2&password=%20&=%7B", 302)
	f.Add("PROPFIND", "http://[::1]:8080/%2F/é;a=b", "accept", "text/html,*/*", "text/plain", "a\n  b\n\n", 500)
	f.Add("put", "https://h/a/b.json?x y", "x-api-key", "", "multipart/form-data; boundary=x", "--x\r\n\r\n\tq\u0085\u2028", 304)
	f.Fuzz(func(t *testing.T, method, address, header, value, kind, body string, status int) {
		e := entry(method, address, header, value, kind, body, status)
		for _, all := range []bool{false, true} {
			result, err := importer.HAR("f.har", bytes.NewReader(har(t, e, e)), importer.Options{AllHosts: all, Assets: all})
			requireEither(t, result, err)
		}
	})
}

func FuzzCurl(f *testing.F) {
	for _, path := range sources(f, "curl/*.sh") {
		data, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(string(data))
	}
	f.Add(`curl -X PUT h --data $'a\u00e9\x41\101\'' -H "a: b\"" \` + "\n" + `&& curl 'x`)
	f.Fuzz(func(t *testing.T, text string) {
		result, err := importer.Curl("argument", text, importer.Options{})
		requireEither(t, result, err)
	})
}

// FuzzBody holds that a body is sent as it was recorded, unless a secret in it was replaced.
func FuzzBody(f *testing.F) {
	f.Add(`{"a": "yes\n", "b": [1e5, null, {"c d": "# e"}], "": "<<"}`)
	f.Add("a: ${b}\n  c\n")
	f.Fuzz(func(t *testing.T, body string) {
		data := har(t, entry("POST", "http://h/", "X-A", "1", "application/json", body, 200))
		result, err := importer.HAR("f.har", bytes.NewReader(data), importer.Options{})
		if err != nil || bytes.Contains(result.Script, []byte("${env.")) {
			return
		}
		got := replay(t, result)
		require.Len(t, got, 1)
		if json.Valid([]byte(body)) {
			require.Equal(t, decoded(t, body), decoded(t, got[0].body), "%s", result.Script)
			return
		}
		require.Equal(t, body, got[0].body, "%s", result.Script)
	})
}
