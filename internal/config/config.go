// Package config reads the one configuration file that the framework and this autoscaler share: the framework's keys, of
// which it needs some, and its own. Environment variables with the name of a top-level key override the file, as the
// framework does it. Every problem is reported, each with its position.
package config

import (
	"net/url"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// Config is the whole configuration.
type Config struct {
	Framework *Framework // the framework's own keys, as far as they matter here
	LoadTest  LoadTest
	Targets   []scaling.Target
	// Decay and Knee are the policies: one of them is not nil.
	Decay       *scaling.Decay
	Knee        *scaling.Knee
	OnUntrusted scaling.OnUntrusted
	Mode        Mode
	State       State
	DecisionLog DecisionLog
	Announce    Announce
	Log         Log
	Telemetry   Telemetry

	doc        *strictyaml.Document // for the positions of what is found wrong later
	targetsDoc *strictyaml.Document // where the targets were read from, if not doc
	proxy      func(*url.URL) (*url.URL, error)
	doubts     []string // keys that could not be read
	unchecked  bool     // something was not checked because of them
}

// LoadTest is how the service is measured.
type LoadTest struct {
	Script    string   // path of the task script
	Host      *url.URL // nil if not given; metric needs it
	Users     int      // of the closed model
	SpawnRate float64  // users started per second; 0 starts them as soon as stages ask for them
	Rate      float64  // iterations per second; 0 means the closed model
	Arrival   loadtest.Arrival
	MaxUsers  int // of the open model
	// Stages are the load over time, instead of Users or Rate; OpenStages says which of the two they are about.
	Stages     []loadtest.Stage
	OpenStages bool
	RunTime    time.Duration
	Warmup     time.Duration
	Timeout    time.Duration // of a request whose script gives none
	Seed       uint64
	HTTP       int // the version, 1 or 2
	Reuse      loadtest.Reuse
	// ConnectionWarmup is how many requests of each connection are not counted, Connections how many HTTP/2 has.
	ConnectionWarmup int
	Connections      int
	TLS              TLS
}

// TLS is whom to trust and who to be.
type TLS struct {
	CA                 string // path of a PEM file with certificate authorities; empty means the system's
	Certificate        string // paths of PEM files with the client's certificate and its key; empty for none
	Key                string
	ServerName         string // the name that the server's certificate must bear, if not the host's
	InsecureSkipVerify bool
}

// Mode is whether decisions are acted upon.
type Mode string

// The modes.
const (
	Act     Mode = "act"
	Observe Mode = "observe" // decide and explain, but answer with the current replicas
)

// State is where the autoscaler remembers.
type State struct {
	File string
	// Annotation keeps the state on the resource that is scaled, where it survives the autoscaler's pod. The file is then what
	// is used while the API server cannot be asked.
	Annotation bool
	// LegacyFile is the original's decay file, read once where there is no state yet; empty for none.
	LegacyFile string
}

// DecisionLog is where decisions are kept for people.
type DecisionLog struct {
	File    string // empty for none
	MaxSize int64  // in bytes, of all that is kept
}

// Announce is how decisions are told to Kubernetes.
type Announce struct {
	Event      bool // an Event of the resource that is scaled
	Annotation bool // the last sentence as an annotation of it
}

// DefaultPath is where the framework looks for the file, unless the environment variable configPath says otherwise.
const DefaultPath = "/config.yaml"

// defaultStateFile is on a volume in the image's documentation: the image's own file system is read-only.
const defaultStateFile = "/state/state.json"

// decisionLogName is the file beside the state.
const decisionLogName = "decisions.jsonl"

// Default is the configuration of an empty file.
func Default() *Config {
	return &Config{
		Framework: defaultFramework(),
		LoadTest: LoadTest{
			Script:    "/tasks/tasks.yaml",
			Users:     10,
			SpawnRate: 10,
			RunTime:   20 * time.Second,
			Warmup:    2 * time.Second,
			Arrival:   loadtest.Constant,
			MaxUsers:  loadtest.DefaultMaxUsers,
			Timeout:   loadtest.DefaultTimeout,
			Seed:      1,
			HTTP:      1,
			Reuse:     loadtest.DefaultReuse,
		},
		Decay:       &scaling.Decay{Replicas: 1, UnchangedRuns: 3},
		OnUntrusted: scaling.OnUntrusted{Action: scaling.Hold},
		Mode:        Act,
		State:       State{File: defaultStateFile},
		DecisionLog: DecisionLog{File: "/state/" + decisionLogName, MaxSize: defaultLogSize},
	}
}

// Policy is the part of the configuration that decisions are made by.
func (c *Config) Policy() scaling.Policy {
	return scaling.Policy{
		Decay: c.Decay, Knee: c.Knee, Untrusted: c.OnUntrusted,
		MinReplicas: int(c.Framework.MinReplicas), MaxReplicas: int(c.Framework.MaxReplicas),
	}
}

// MetricTimeout is after how long the framework kills metric; 0 if the configuration does not say.
func (c *Config) MetricTimeout() time.Duration { return timeout(c.Framework.Metric) }

// EvaluateTimeout is after how long the framework kills evaluate; 0 if the configuration does not say.
func (c *Config) EvaluateTimeout() time.Duration { return timeout(c.Framework.Evaluate) }

func timeout(method *Method) time.Duration {
	if method == nil {
		return 0
	}
	return time.Duration(method.Timeout) * time.Millisecond
}

// ShortestRun is the shortest load test there is.
const ShortestRun = 100 * time.Millisecond

// Margin is how long before the framework's timeout metric ends by itself: enough for a busy machine to print.
func Margin(timeout time.Duration) time.Duration {
	return min(2*time.Second, timeout/10)
}
