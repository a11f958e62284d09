package loadtest

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDrawing draws five times each for users of a feed with six rows.
func TestDrawing(t *testing.T) {
	rows := make([][]string, 6)
	draws := func(f feed, users, id int) []int {
		f.texts = rows
		random := rand.New(rand.NewPCG(1, uint64(id)))
		var got []int
		for n := range 5 {
			got = append(got, f.draw(random, id, users, n))
		}
		return got
	}
	shared := feed{shared: true}
	require.Equal(t, []int{0, 4, 2, 0, 4}, draws(shared, 4, 1), "user 1 of 4")
	require.Equal(t, []int{3, 1, 5, 3, 1}, draws(shared, 4, 4), "user 4 of 4")
	require.Equal(t, []int{1, 4, 1, 4, 1}, draws(shared, 3, 2), "the users' shares are equal")
	require.Equal(t, []int{1, 3, 5, 1, 3}, draws(shared, 8, 8), "more users than rows")
	require.Equal(t, []int{0, 1, 2, 3, 4}, draws(feed{}, 4, 3), "every user goes through all")
	for range 3 {
		for _, row := range draws(feed{shared: true, random: true}, 4, 2) {
			require.Contains(t, []int{1, 5}, row, "of its own share")
		}
		require.Equal(t, []int{1, 1, 1, 1, 1}, draws(feed{shared: true, random: true}, 100, 8))
	}
	all := map[int]bool{}
	for id := range 20 {
		for _, row := range draws(feed{random: true}, 4, id) {
			all[row] = true
		}
	}
	require.Len(t, all, 6)
}

// TestNoTwoUsersShareARow holds for every number of users up to that of the rows, until all have been used.
func TestNoTwoUsersShareARow(t *testing.T) {
	f := feed{shared: true, texts: make([][]string, 10)}
	for users := 1; users <= 10; users++ {
		seen := map[int]bool{}
		for n := range 10 / users {
			for id := 1; id <= users; id++ {
				row := f.draw(nil, id, users, n)
				require.False(t, seen[row], "%d users", users)
				seen[row] = true
			}
		}
	}
}

func TestARowStaysForAnIteration(t *testing.T) {
	f := &feed{name: "f", columns: []string{"a"}, texts: [][]string{{"0"}, {"1"}, {"2"}}, shared: true}
	kept := &feed{name: "kept", columns: []string{"a"}, texts: f.texts, shared: true, forLife: true}
	u := &user{id: 1, class: &class{feeds: []*feed{f, kept}}, run: &run{options: Options{Users: 1}}}
	v := u.scriptValues()
	u.starting = true
	require.Equal(t, []any{"0", "0"}, []any{v.column(0, 0), v.column(0, 0)}, "onStart is an iteration of its own")
	require.Equal(t, "0", v.column(1, 0))
	u.starting = false
	require.Equal(t, []any{"1", "1"}, []any{v.column(0, 0), v.column(0, 0)})
	require.Equal(t, "0", v.column(1, 0), "for the user's life")
	u.iteration = 2 // nothing was drawn in the iteration between
	require.Equal(t, map[string]any{"a": "2"}, v.row(0))
}

func TestFeedFiles(t *testing.T) {
	dir := t.TempDir()
	for name, test := range map[string]struct{ content, want string }{
		"ok.csv":       {"\ufeffuser,note\r\nann,\"a, \"\"b\"\"\nc\"\nbob,  \n", ""},
		"empty.csv":    {"", "empty.csv:1:1: must have a first line with the names of the columns, and rows below it"},
		"header.csv":   {"a,b\n", "header.csv:1:1: must have at least one row below the names of the columns"},
		"columns.csv":  {"a,,a\n1,2,3\n", "columns.csv:1:1: column 2 must have a name\ncolumns.csv:1:1: the column \"a\" is there twice"},
		"ragged.csv":   {"a,b\n1,2\n\"x\ny\"\n3,4,5\n", "ragged.csv:3:1: must have 2 values, as there are columns, got 1\nragged.csv:5:1: must have 2 values, as there are columns, got 3"},
		"quote.csv":    {"a,b\n1,2\n\"x,y\n", "quote.csv:3:6: must be CSV: extraneous or missing \" in quoted-field"},
		"ok.json":      {`[{"id": 12345678901, "t": ["x"]}, {"id": 1.5, "t": null}]`, ""},
		"empty.json":   {"[]", "empty.json:1:1: must have at least one row"},
		"object.json":  {`{"a": 1}`, "object.json:1:1: must be a list of objects"},
		"numbers.json": {`[{"a": 1}, 5]`, "numbers.json:1:1: row 2 must be an object, got a whole number"},
		"keys.json":    {`[{"a": 1}, {"b": 2}, {"a": 1, "c": 2}]`, "keys.json:1:1: row 2 must have the same keys as the first: \"a\" is missing\nkeys.json:1:1: row 3 must have the same keys as the first: \"c\" is not one of them"},
		"nokeys.json":  {`[{}]`, "nokeys.json:1:1: row 1 must have keys"},
		"syntax.json":  {"[\n  {\"a\": 1},\n  {\"a\" 2}]", "syntax.json:3:8: must be JSON: invalid character '2' after object key"},
		"cut.json":     {"[{", "cut.json:1:3: must be JSON: unexpected EOF"},
		"more.json":    {"[] x", "more.json:1:5: must be JSON: there is more after the JSON value"},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(test.content), 0o600))
		script := filepath.Join(dir, "tasks.yaml")
		data := []byte("feeds: {f: {" + filepath.Ext(name)[1:] + ": " + name + "}}\ntasks: [{get: /}]")
		p, err := ParseYAML(script, data, func(string) (string, bool) { return "", false })
		if test.want == "" {
			require.NoError(t, err, name)
			require.Equal(t, 2, p.feeds[0].len(), name)
			continue
		}
		require.Error(t, err, name)
		require.Equal(t, test.want, withoutFolder(err.Error(), dir), name)
	}
	csv := &feed{}
	require.Empty(t, csv.readCSV([]byte("\ufeffuser,note\r\nann,\"a, \"\"b\"\"\nc\"\nbob,  \n")))
	require.Equal(t, []string{"user", "note"}, csv.columns)
	require.Equal(t, [][]string{{"ann", "a, \"b\"\nc"}, {"bob", "  "}}, csv.texts)
	objects := &feed{}
	require.Empty(t, objects.readJSON([]byte(`[{"id": 12345678901, "t": ["x"]}, {"id": 1.5, "t": null}]`)))
	require.Equal(t, [][]any{{12345678901, []any{"x"}}, {1.5, nil}}, objects.values)
}

// withoutFolder shortens the paths in a message to the files' names.
func withoutFolder(message, dir string) string {
	return strings.ReplaceAll(message, dir+string(filepath.Separator), "")
}
