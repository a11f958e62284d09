package config

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// state reads where to remember. The original's decay file, if the environment names one, becomes the state file, so that a
// volume for it goes on serving; where the environment gives a state file too, it is read, once, while there is no state.
func (r *reader) state(m *strictyaml.Map) {
	if v, ok := m.Get("state"); ok {
		sm := v.Map()
		if f, ok := sm.Get("file"); ok {
			if text, ok := f.Text(); ok && text != "" {
				r.c.State.File = text
			} else if ok {
				f.Refuse("must be a path")
			}
		}
		if a, ok := sm.Get("annotation"); ok {
			r.c.State.Annotation, _ = a.Bool()
		}
		sm.Done()
	}
	legacy, set := r.env("decayInfoFilePath")
	switch {
	case !set || legacy == "" || legacy == r.c.State.File:
	case r.given.Has("state", "file"):
		r.c.State.LegacyFile = legacy
	default:
		r.c.State.File = legacy
	}
}

// decisionLog reads where decisions are kept: beside the state, unless it says otherwise.
func (r *reader) decisionLog(m *strictyaml.Map) {
	r.c.DecisionLog.File = filepath.Join(filepath.Dir(r.c.State.File), decisionLogName)
	v, ok := m.Get("decisionLog")
	if !ok {
		return
	}
	if !v.IsMap() && !v.IsNull() {
		if text, _ := v.Scalar(); text != "off" {
			v.Refuse("must be off, or such as {file: /state/%s, maxSize: 20MB}", decisionLogName)
		}
		r.c.DecisionLog.File = ""
		return
	}
	lm := v.Map()
	if f, ok := lm.Get("file"); ok {
		r.c.DecisionLog.File, _ = f.Text()
	}
	if s, ok := lm.Get("maxSize"); ok {
		r.c.DecisionLog.MaxSize = readSize(s)
	}
	lm.Done()
}

// The bounds of decisionLog.maxSize: some hundred decisions, and far more than anybody reads.
const (
	minLogSize     = 100_000
	defaultLogSize = 20_000_000
	maxLogSize     = 1_000_000_000
)

// sizeUnits are the units of sizes, those with a longer name before those that they end with.
var sizeUnits = []struct {
	name  string
	bytes float64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}}

func readSize(v strictyaml.Value) int64 {
	text, ok := v.Text()
	if !ok {
		return defaultLogSize
	}
	for _, unit := range sizeUnits {
		digits, found := strings.CutSuffix(text, unit.name)
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if size := n * unit.bytes; err == nil && size >= minLogSize && size <= maxLogSize {
			return int64(size)
		}
		break
	}
	v.Refuse("must be a size from 100kB to 1GB, such as 20MB")
	return defaultLogSize
}

// announce reads how decisions are told to Kubernetes.
func (r *reader) announce(m *strictyaml.Map) {
	v, ok := m.Get("announce")
	if !ok {
		return
	}
	am := v.Map()
	for _, key := range []struct {
		name string
		to   *bool
	}{{"event", &r.c.Announce.Event}, {"annotation", &r.c.Announce.Annotation}} {
		if b, ok := am.Get(key.name); ok {
			*key.to, _ = b.Bool()
		}
	}
	am.Done()
}
