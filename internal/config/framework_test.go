package config_test

import (
	"encoding/json"
	"reflect"
	"testing"

	cpaconfig "github.com/jthomperoo/custom-pod-autoscaler/v2/config"
	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// sameAsFramework compares what was read here with what the framework reads, field by field, by their names.
func sameAsFramework(t *testing.T, want *cpaconfig.Config, got *config.Framework) {
	t.Helper()
	text, err := json.Marshal(got)
	require.NoError(t, err)
	theirs := cpaconfig.NewConfig()
	require.NoError(t, json.Unmarshal(text, theirs)) // which finds names whatever their case
	require.Equal(t, want, theirs)
}

func TestDefaultsAreTheFrameworks(t *testing.T) {
	sameAsFramework(t, cpaconfig.NewConfig(), config.Default().Framework)
	require.Equal(t, []string{cpaconfig.PerResourceRunMode, cpaconfig.PerPodRunMode}, []string{config.PerResource, config.PerPod})
}

func TestReadsWhatTheFrameworkReads(t *testing.T) {
	const text = `
metric: {type: shell, timeout: 60000, shell: {entrypoint: /metric, command: [a, b], logStderr: true}}
evaluate: {type: shell, timeout: 5000, shell: {entrypoint: /evaluate, logStderr: false}}
interval: 30000
runMode: per-resource
minReplicas: 2
maxReplicas: 30
downscaleStabilization: 60
`
	want := cpaconfig.NewConfig()
	require.NoError(t, yaml.Unmarshal([]byte(text), want))
	c, err := config.Load(write(t, "config.yaml", text), environment(nil))
	require.NoError(t, err)
	sameAsFramework(t, want, c.Framework)
}

// TestFrameworkFieldsExist has every field of ours, by its name and type, in the framework's types.
func TestFrameworkFieldsExist(t *testing.T) {
	for ours, theirs := range map[reflect.Type]reflect.Type{
		reflect.TypeFor[config.Framework](): reflect.TypeFor[cpaconfig.Config](),
		reflect.TypeFor[config.Method]():    reflect.TypeFor[cpaconfig.Method](),
		reflect.TypeFor[config.Shell]():     reflect.TypeFor[cpaconfig.Shell](),
	} {
		for i := range ours.NumField() {
			field := ours.Field(i)
			same, known := theirs.FieldByName(field.Name)
			require.True(t, known, field.Name)
			require.Equal(t, same.Type.Kind(), field.Type.Kind(), field.Name)
		}
	}
}
