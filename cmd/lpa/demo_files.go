package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	cpaconfig "github.com/jthomperoo/custom-pod-autoscaler/v2/config"
	"github.com/latency-pod-autoscaler/lpa/internal/config"
)

var (
	//go:embed demo/config.yaml
	demoConfig []byte
	//go:embed demo/tasks.yaml
	demoScript []byte
)

// demoFiles is the folder that stands for the autoscaler's container: its configuration, task script and state.
type demoFiles struct {
	dir    string
	log    string            // the decision log, which stays when the folder is removed
	env    map[string]string // of metric and evaluate
	config *config.Config
}

// writeDemoFiles makes the folder from the embedded default.
func writeDemoFiles(host, policy string, seed uint64) (*demoFiles, error) {
	dir, err := os.MkdirTemp("", "lpa-demo-")
	if err != nil {
		return nil, err
	}
	f := &demoFiles{dir: dir, log: dir + ".jsonl"}
	f.env = f.environment(host, policy, seed)
	if err := f.write(); err != nil {
		f.remove()
		return nil, err
	}
	return f, nil
}

func (f *demoFiles) write() error {
	if err := os.WriteFile(f.path("config.yaml"), demoConfig, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(f.path("tasks.yaml"), demoScript, 0o600); err != nil {
		return err
	}
	var err error
	f.config, err = config.Load(f.path("config.yaml"), func(name string) (string, bool) {
		value, set := f.env[name]
		return value, set
	})
	return err
}

func (f *demoFiles) path(name string) string { return filepath.Join(f.dir, name) }

func (f *demoFiles) remove() { _ = os.RemoveAll(f.dir) }

// decided says whether there is a decision in the log.
func (f *demoFiles) decided() bool {
	info, err := os.Stat(f.log)
	return err == nil && info.Size() > 0
}

// environment is that of the autoscaler's container, with what only the demo knows set as a user would set it: by variables
// named like top-level keys. The shell's own variables stay out, where one of them might be called `targets` or `interval`.
func (f *demoFiles) environment(host, policy string, seed uint64) map[string]string {
	env := map[string]string{
		"configPath":  f.path("config.yaml"),
		"loadTest":    jsonText(map[string]any{"host": host, "script": f.path("tasks.yaml"), "seed": seed}),
		"state":       jsonText(map[string]any{"file": f.path("state.json")}),
		"decisionLog": jsonText(map[string]any{"file": f.log}),
	}
	if policy == policyKnee {
		env[policyKnee] = "{}" // it replaces the file's decay
	}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, set := os.LookupEnv(name); set {
			env[name] = value
		}
	}
	return env
}

// environ is the environment in the form of os/exec.
func (f *demoFiles) environ() []string {
	var list []string
	for name, value := range f.env {
		list = append(list, name+"="+value)
	}
	return list
}

// jsonText is for values that always can be written.
func jsonText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// asFramework is a configuration as the framework has it.
func asFramework(own *config.Framework) *cpaconfig.Config {
	c := cpaconfig.NewConfig()
	c.Metric, c.Evaluate = asMethod(own.Metric), asMethod(own.Evaluate)
	c.Interval, c.RunMode, c.DownscaleStabilization = own.Interval, own.RunMode, own.DownscaleStabilization
	c.MinReplicas, c.MaxReplicas = own.MinReplicas, own.MaxReplicas
	return c
}

func asMethod(own *config.Method) *cpaconfig.Method {
	return &cpaconfig.Method{Type: own.Type, Timeout: own.Timeout, Shell: (*cpaconfig.Shell)(own.Shell)}
}

// findExecutables replaces the names of the two executables by their paths.
func findExecutables(c *cpaconfig.Config, binDir string) error {
	for _, method := range []*cpaconfig.Method{c.Metric, c.Evaluate} {
		name := method.Shell.Entrypoint
		path, err := exec.LookPath(filepath.Join(binDir, name))
		if err != nil {
			return fmt.Errorf("there is no executable %q in %s; run `make build`, or name its folder with --bin-dir", name, binDir)
		}
		if method.Shell.Entrypoint, err = filepath.Abs(path); err != nil {
			return err
		}
	}
	return nil
}
