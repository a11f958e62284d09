package importer_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/latency-pod-autoscaler/lpa/internal/importer"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write what the importer makes into the golden files")

// anyEnv has a value for every variable that a script asks for.
func anyEnv(string) (string, bool) { return "secret", true }

// requireScript holds that a script is one that the load test accepts.
func requireScript(t *testing.T, script []byte) *loadtest.Plan {
	t.Helper()
	plan, err := loadtest.ParseYAML("tasks.yaml", script, anyEnv)
	require.NoError(t, err, "%s", script)
	return plan
}

// golden compares a text with a file, or writes it there.
func golden(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), text)
}

// requireGolden holds a result to NAME.yaml and, for the notes, NAME.txt beside its source.
func requireGolden(t *testing.T, source string, result *importer.Result) {
	t.Helper()
	requireScript(t, result.Script)
	base := strings.TrimSuffix(source, filepath.Ext(source))
	golden(t, base+".yaml", string(result.Script))
	golden(t, base+".txt", strings.Join(result.Notes, "\n")+"\n")
}

// options are those that stand in the name of a source: NAME+assets+all-hosts.har.
func options(path string) importer.Options {
	return importer.Options{Assets: strings.Contains(path, "+assets"), AllHosts: strings.Contains(path, "+all-hosts")}
}

func sources(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", pattern))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	return paths
}

func TestHAR(t *testing.T) {
	for _, path := range sources(t, "har/*.har") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			f, err := os.Open(path)
			require.NoError(t, err)
			defer f.Close()
			result, err := importer.HAR(filepath.Base(path), f, options(path))
			require.NoError(t, err)
			requireGolden(t, path, result)
		})
	}
}

func TestCurl(t *testing.T) {
	for _, path := range sources(t, "curl/*.sh") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			result, err := importer.Curl(filepath.Base(path), string(text), options(path))
			require.NoError(t, err)
			requireGolden(t, path, result)
		})
	}
}

// TestBad holds every mistake to the whole message about it.
func TestBad(t *testing.T) {
	for _, path := range sources(t, "bad/*[rh]") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			read := importer.ReadCurl
			if filepath.Ext(path) == ".har" {
				read = importer.HAR
			}
			result, err := read(filepath.Base(path), strings.NewReader(string(text)), options(path))
			require.Error(t, err)
			require.Nil(t, result)
			golden(t, strings.TrimSuffix(path, filepath.Ext(path))+".txt", err.Error()+"\n")
		})
	}
}

// TestLimits holds that what is too large is refused, and said to be.
func TestLimits(t *testing.T) {
	_, err := importer.ReadCurl("stdin", strings.NewReader(strings.Repeat(" ", 10<<20+1)), importer.Options{})
	require.EqualError(t, err, "stdin:1:1: must have at most 10 MB, got more")

	_, err = importer.Curl("argument", "curl http://h/ -d "+strings.Repeat("a", 1<<20), importer.Options{})
	require.ErrorContains(t, err, "argument:1:1: must give a script of at most 1048576 bytes, as a ConfigMap holds no more; record less, got 10")

	_, err = importer.Curl("argument", strings.Repeat("curl http://h/\n", 10_001), importer.Options{})
	require.EqualError(t, err, "argument:1:1: must have at most 10000 requests for a script; record less, got 10001")
}

// TestLargeRecordings holds that the memory for a recording grows with its size alone: neither with the depth of an answer, each value
// of which has a path, nor with the square of how many secrets have one name, nor with data for each of many addresses.
func TestLargeRecordings(t *testing.T) {
	recording := func(address, answer string) string {
		return fmt.Sprintf(`{"log":{"entries":[{"request":{"method":"GET","url":%q},"response":{"status":200,"content":{"mimeType":"application/json","text":%q}}}]}}`,
			address, answer)
	}
	const depth, key = 5000, `{"nested-more-deeply":`
	values := strings.Repeat(`"value",`, 3000) + `"value"`
	var tokens []string
	for i := range 3000 {
		tokens = append(tokens, fmt.Sprintf("token=t%d", i))
	}
	for name, har := range map[string]string{
		"deep":    recording("http://h/", strings.Repeat(key, depth)+"["+values+"]"+strings.Repeat("}", depth)),
		"secrets": recording("http://h/?"+strings.Join(tokens, "&"), "{}"),
	} {
		requireSmall(t, name, len(har), func() {
			result, err := importer.HAR(name, strings.NewReader(har), importer.Options{})
			require.NoError(t, err, name)
			require.NotEmpty(t, result.Script)
		})
	}
	data := strings.Repeat("a", 30_000)
	commands := "curl -d " + data + " -d " + data + strings.Repeat(" http://h/", 2000)
	requireSmall(t, "curl", len(commands), func() {
		_, err := importer.Curl("stdin", commands, importer.Options{})
		require.EqualError(t, err, "stdin:1:60014: must give a script of at most 1048576 bytes, as a ConfigMap holds no more; record less, got 120000000 of data")
	})
	commands = "curl" + strings.Repeat(" -H 'X-A: a'", 2000) + strings.Repeat(" http://h/", 2000)
	requireSmall(t, "curl", len(commands), func() {
		_, err := importer.Curl("stdin", commands, importer.Options{})
		require.EqualError(t, err, "stdin:1:24006: must have at most 64 MB of headers, counted for each address, got more")
	})
}

// requireSmall holds that not much memory is taken for so many bytes.
func requireSmall(t *testing.T, name string, size int, do func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	require.Less(t, (after.TotalAlloc-before.TotalAlloc)>>20, uint64(64), "MB for %s, of %d kB", name, size>>10)
}

// TestUnreadable holds that a stream that breaks off is told.
func TestUnreadable(t *testing.T) {
	_, err := importer.HAR("a.har", iotest.ErrReader(errors.New("the disk is gone")), importer.Options{})
	require.EqualError(t, err, "reading a.har: the disk is gone")
}

func TestParseOrigin(t *testing.T) {
	for given, want := range map[string]string{
		"https://Shop.example.com":      "https://shop.example.com",
		"https://shop.example.com:443/": "https://shop.example.com",
		"http://localhost:8080":         "http://localhost:8080",
		"http://[::1]:80":               "http://[::1]",
	} {
		got, err := importer.ParseOrigin(given)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, given := range []string{"", "shop", "ftp://shop", "https://", "https://shop/api", "https://a@shop", "https://shop?x=1"} {
		_, err := importer.ParseOrigin(given)
		require.EqualError(t, err, "must be a scheme and a host, such as https://shop.example.com", given)
	}
}
