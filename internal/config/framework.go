package config

// Framework is what matters here of the framework's configuration. It is written anew because the framework's own types bring
// most of Kubernetes' along, which each start of metric would pay for; a test holds them to those.
type Framework struct {
	Metric, Evaluate       *Method // nil if not given
	Interval               int     // in milliseconds
	RunMode                string
	MinReplicas            int32
	MaxReplicas            int32
	DownscaleStabilization int // in seconds
}

// Method is how the framework runs a program.
type Method struct {
	Type    string // shell or http
	Timeout int    // in milliseconds
	Shell   *Shell // nil if not given
}

// Shell is what a method of type shell starts.
type Shell struct {
	Command    []string // the entrypoint's arguments
	Entrypoint string
	LogStderr  *bool // nil if not given
}

// The framework's run modes: a run for the whole resource, or one for each of its pods.
const (
	PerResource = "per-resource"
	PerPod      = "per-pod"
)

// defaultFramework is what the framework takes for an empty file.
func defaultFramework() *Framework {
	return &Framework{Interval: 15000, RunMode: PerPod, MinReplicas: 1, MaxReplicas: 10}
}

// frameworkKeys are the top-level keys of the framework's configuration.
var frameworkKeys = []string{
	"scaleTargetRef", "preMetric", "postMetric", "preEvaluate", "postEvaluate", "preScale", "postScale", "evaluate", "metric",
	"interval", "namespace", "minReplicas", "maxReplicas", "runMode", "startTime", "logVerbosity", "downscaleStabilization",
	"apiConfig", "kubernetesMetricSpecs", "requireKubernetesMetrics", "initialReadinessDelay", "cpuInitializationPeriod",
}
