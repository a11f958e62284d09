package cpa

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jthomperoo/custom-pod-autoscaler/v2/config"
	"github.com/jthomperoo/custom-pod-autoscaler/v2/evaluate"
	"github.com/jthomperoo/custom-pod-autoscaler/v2/metric"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Runner plays the framework's part on a machine without a cluster: it starts the metric and evaluate methods of the
// framework's configuration with the framework's stdin, and puts their answer through the framework's limits. What it cannot
// play (hooks, per-pod runs, Kubernetes metrics) it refuses. It is not for use by several goroutines at once.
type Runner struct {
	Config *config.Config
	Env    []string         // of the processes, as in exec.Cmd
	Dir    string           // of the processes, as in exec.Cmd
	Now    func() time.Time // the clock of the stabilization window

	answers []timedAnswer // the stabilization window; in memory only, as the framework's
}

// Run is what one run showed. After an error it holds what was seen up to there.
type Run struct {
	Metric   Output
	Evaluate Output
	Answer   int32 // as evaluate printed it
	Replicas int32 // what the framework would scale to; the current replicas after an error
}

// Run does one scheduled run: metric, evaluate, limits. Resource and current replicas are those from before the run, because
// the framework reads them before it starts metric. The caller does the scaling.
func (r *Runner) Run(ctx context.Context, resource metav1.Object, current int32) (Run, error) {
	run := Run{Replicas: current}
	err := checkPlayable(r.Config)
	if err != nil {
		return run, err
	}
	run.Metric, err = r.execute(ctx, "metric", r.Config.Metric, metric.Info{Resource: resource, RunType: config.ScalerRunType})
	if err != nil {
		return run, err
	}
	run.Evaluate, err = r.execute(ctx, "evaluate", r.Config.Evaluate, evaluate.Info{
		Metrics:  []*metric.ResourceMetric{{Resource: resource.GetName(), Value: run.Metric.Stdout}},
		Resource: resource,
		RunType:  config.ScalerRunType,
	})
	if err != nil {
		return run, err
	}
	run.Answer, err = parseAnswer(run.Evaluate.Stdout)
	if err != nil {
		return run, fmt.Errorf("evaluate: %w", err)
	}
	run.Replicas = r.limit(current, run.Answer, r.Now())
	return run, nil
}

func (r *Runner) execute(ctx context.Context, name string, method *config.Method, info any) (Output, error) {
	stdin, err := json.Marshal(info)
	if err != nil {
		return Output{}, fmt.Errorf("%s: writing its stdin: %w", name, err)
	}
	output, err := Execute(ctx, method, r.Env, r.Dir, stdin)
	if err != nil {
		return output, fmt.Errorf("%s: %w", name, err)
	}
	return output, nil
}

// parseAnswer reads evaluate's stdout with the framework's own type and rules, traps included: `{}` and `null` are 0 without an
// error, while 3.0, text before the object or a second object are errors.
func parseAnswer(stdout string) (int32, error) {
	var answer evaluate.Evaluation
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil {
		return 0, fmt.Errorf("reading its answer %.100q: %w", stdout, err)
	}
	return answer.TargetReplicas, nil
}

func checkPlayable(c *config.Config) error {
	if c.RunMode != config.PerResourceRunMode {
		return fmt.Errorf("runMode: only per-resource can be run here, got %q", c.RunMode)
	}
	if c.KubernetesMetricSpecs != nil {
		return fmt.Errorf("kubernetesMetricSpecs: cannot be run here")
	}
	hooks := []struct {
		key    string
		method *config.Method
	}{
		{"preMetric", c.PreMetric}, {"postMetric", c.PostMetric}, {"preEvaluate", c.PreEvaluate},
		{"postEvaluate", c.PostEvaluate}, {"preScale", c.PreScale}, {"postScale", c.PostScale},
	}
	for _, hook := range hooks {
		if hook.method != nil {
			return fmt.Errorf("%s: hooks cannot be run here", hook.key)
		}
	}
	return nil
}
