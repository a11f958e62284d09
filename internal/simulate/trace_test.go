package simulate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const header = "t_seconds,requests_per_second\n"

func TestReadTrace(t *testing.T) {
	trace, err := ReadTrace("x.csv", strings.NewReader("# source: us\r\n"+header+"1700000000,10\r\n1700000060, 20 \n\n# more\n1700000090,1e1\n1700000100,0\n"))
	require.NoError(t, err)
	require.Equal(t, 110*time.Second, trace.Duration(), "the last row is as long as the one before")
	require.Equal(t, "x.csv", trace.Name)
	require.InDelta(t, (600+600+100+0)/110.0, trace.Average(), 1e-9)
	require.InDelta(t, 15, trace.Mean(45*time.Second, 75*time.Second), 1e-9)
	require.InDelta(t, 20.0, trace.Highest(59*time.Second, 61*time.Second), 1e-9)
	require.InDelta(t, 10.0, trace.Highest(0, 60*time.Second), 1e-9)
	require.Zero(t, trace.Mean(105*time.Second, 500*time.Second))
	require.InDelta(t, 2*trace.Average(), trace.Scaled(2).Average(), 1e-9)
	_, err = trace.Scaled(0).ForPods(10, 1)
	require.EqualError(t, err, "x.csv: has no traffic")
}

func TestBadTraces(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"empty":            {"", `x.csv:1:1: must have the header t_seconds,requests_per_second and at least two rows below it, got "0 rows"`},
		"only a header":    {header, `x.csv:1:1: must have the header t_seconds,requests_per_second and at least two rows below it, got "0 rows"`},
		"one row":          {header + "0,1\n", `x.csv:2:1: must have the header t_seconds,requests_per_second and at least two rows below it, got "1 rows"`},
		"another header":   {"time,rps\n0,1\n1,1\n", `x.csv:1:1: must be the header t_seconds,requests_per_second, got "time,rps"`},
		"no number":        {header + "0,1\n60,many\n", `x.csv:3:4: requests_per_second: must be a number of at least 0, without a unit, got "many"`},
		"not a number":     {header + "0,1\n60,NaN\n", `x.csv:3:4: requests_per_second: must be a number of at least 0, without a unit, got "NaN"`},
		"infinite":         {header + "0,1\n60,+Inf\n", `x.csv:3:4: requests_per_second: must be a number of at least 0, without a unit, got "+Inf"`},
		"negative":         {header + "0,1\n60,-1\n", `x.csv:3:4: requests_per_second: must be a number of at least 0, without a unit, got "-1"`},
		"negative time":    {header + "-60,1\n0,1\n", `x.csv:2:1: t_seconds: must be a number of at least 0, without a unit, got "-60"`},
		"not ascending":    {header + "0,1\n60,1\n60,2\n", `x.csv:4:1: t_seconds: must be more than that of the row before, 60, got "60"`},
		"one value":        {header + "0,1\n60\n", `x.csv:3:1: must have two values, t_seconds,requests_per_second, got "60"`},
		"three values":     {header + "0,1\n60,1,2\n", `x.csv:3:1: must have two values, t_seconds,requests_per_second, got "60,1,2"`},
		"too long":         {header + "0,1\n40000000,1\n", `x.csv:3:1: t_seconds: must be at most 366 days after the first, got "40000000"`},
		"all are reported": {header + "a,1\n0,b\n", "x.csv:2:1: t_seconds: must be a number of at least 0, without a unit, got \"a\"\nx.csv:3:3: requests_per_second: must be a number of at least 0, without a unit, got \"b\""},
		"but not too many": {header + strings.Repeat("a\n", 9), strings.TrimSpace(manyProblems())},
		"a long line":      {strings.Repeat("x", 100) + "\n", "x.csv:1:1: must be the header t_seconds,requests_per_second, got \"" + strings.Repeat("x", 60) + "…\""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadTrace("x.csv", strings.NewReader(test.text))
			require.EqualError(t, err, test.want)
		})
	}
}

func manyProblems() string {
	var b strings.Builder
	for line := 2; line < 2+maxTraceProblems; line++ {
		fmt.Fprintf(&b, "x.csv:%d:1: must have two values, t_seconds,requests_per_second, got \"a\"\n", line)
	}
	return b.String()
}

func TestLoadTrace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace.csv")
	require.NoError(t, os.WriteFile(path, []byte(header+"0,1\n1,3\n"), 0o644))
	trace, err := LoadTrace(path)
	require.NoError(t, err)
	require.InDelta(t, 2, trace.Average(), 1e-9)
	_, err = LoadTrace(path + ".none")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func FuzzReadTrace(f *testing.F) {
	f.Add(header + "0,1\n60,2\n")
	f.Add("# c\n" + header + "1,1\n2,NaN\n")
	f.Fuzz(func(t *testing.T, text string) {
		trace, err := ReadTrace("x.csv", strings.NewReader(text))
		if err != nil {
			require.Zero(t, trace.Duration(), "never a value and an error")
			return
		}
		require.GreaterOrEqual(t, trace.Average(), 0.0)
		require.InEpsilon(t, 1+trace.Average(), 1+trace.Mean(0, trace.Duration()), 1e-9)
	})
}

func TestSmooth(t *testing.T) {
	steps := NewTrace("x", time.Hour, []float64{10, 20, 20, 0})
	smooth := steps.Smooth()
	require.Equal(t, steps.Duration(), smooth.Duration())
	require.InDelta(t, steps.Average(), smooth.Average(), 0.6)
	require.InDelta(t, 15, smooth.Mean(59*time.Minute, 61*time.Minute), 1e-9)
	require.InDelta(t, 10, smooth.Mean(0, time.Minute), 1e-9, "nothing is known of before")
	require.InDelta(t, 20, smooth.Mean(110*time.Minute, 111*time.Minute), 1e-9)
	fine := NewTrace("x", time.Minute, []float64{10, 20})
	require.Equal(t, fine.rates, fine.Smooth().rates, "a minute stays as it is")
}
