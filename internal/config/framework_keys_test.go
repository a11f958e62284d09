package config

import (
	"reflect"
	"testing"

	cpaconfig "github.com/jthomperoo/custom-pod-autoscaler/v2/config"
	"github.com/stretchr/testify/require"
)

func TestKeysAreTheFrameworks(t *testing.T) {
	var keys []string
	kind := reflect.TypeFor[cpaconfig.Config]()
	for i := range kind.NumField() {
		keys = append(keys, kind.Field(i).Tag.Get("json"))
	}
	require.Equal(t, keys, frameworkKeys)
}
