package config_test

import (
	"path/filepath"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

// TestTheImagesConfigurationIsTheDefault holds that config.yaml documents the defaults and nothing else.
func TestTheImagesConfigurationIsTheDefault(t *testing.T) {
	cfg, err := config.Load("../../config.yaml", environment(nil))
	require.NoError(t, err)
	want := config.Default()
	require.Equal(t, want.LoadTest, cfg.LoadTest)
	require.Equal(t, want.Policy(), cfg.Policy())
	require.Equal(t, want.Mode, cfg.Mode)
	require.Equal(t, want.State, cfg.State)
	require.Equal(t, want.DecisionLog, cfg.DecisionLog)
	require.Equal(t, want.Announce, cfg.Announce)
	require.Equal(t, want.Framework.MinReplicas, cfg.Framework.MinReplicas)
	require.Equal(t, want.Framework.MaxReplicas, cfg.Framework.MaxReplicas)
	require.Empty(t, cfg.Targets)
}

// TestTheImagesConfigurationFitsTheFramework adds what a user adds, and expects nothing to be found wrong.
func TestTheImagesConfigurationFitsTheFramework(t *testing.T) {
	cfg, err := config.Load("../../config.yaml", environment(map[string]string{
		"loadTest": "{host: http://fibonacci:5000}",
		"targets":  `[{method: GET, endpoint: "/fibonacci?n=28", type: p95, target: 250ms}]`,
	}))
	require.NoError(t, err)
	plan, err := loadtest.LoadScript(filepath.FromSlash("../../example/fibonacci/base/tasks.yaml"), environment(nil))
	require.NoError(t, err)
	require.Empty(t, cfg.Check(plan))
	for _, entrypoint := range []string{cfg.Framework.Metric.Shell.Entrypoint, cfg.Framework.Evaluate.Shell.Entrypoint} {
		require.DirExists(t, "../../cmd"+entrypoint, "the image has each program under the name of its folder")
	}
}
