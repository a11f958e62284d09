package loadtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

// TestBadStarlark reads each script of testdata/badstar and compares all that is said about it with the .txt beside it.
func TestBadStarlark(t *testing.T) {
	scripts, err := filepath.Glob("testdata/badstar/*.star")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, path := range scripts {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, err := loadtest.LoadScript(path, noEnv)
			require.Error(t, err)
			want := strings.TrimSuffix(path, ".star") + ".txt"
			if os.Getenv("UPDATE") != "" {
				require.NoError(t, os.WriteFile(want, []byte(err.Error()+"\n"), 0o644))
			}
			text, readErr := os.ReadFile(want)
			require.NoError(t, readErr)
			require.Equal(t, string(text), err.Error()+"\n")
		})
	}
}
