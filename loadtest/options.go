package loadtest

import (
	"cmp"
	"crypto/tls"
	"math/rand/v2"
	"net/url"
	"time"
)

// Options are the load to put on a service. The zero value of a field means its default, where one is given.
//
// In the closed model Users do one iteration after another, each with its wait in between. With a Rate, or Stages of a rate,
// the model is open: iterations begin at that rate whatever the service does, and are done by whichever user is free.
type Options struct {
	Host       *url.URL // what paths of the script are relative to; its own path, if any, is put before them
	Users      int      // concurrent users, at least 1; in the open model those that are there from the beginning
	SpawnRate  float64  // of the closed model: users started per second; 0 starts all at once
	Rate       float64  // iterations per second; 0 means the closed model
	Arrival    Arrival  // of the open model; empty means Constant
	MaxUsers   int      // of the open model: how many users there may be; 0 means DefaultMaxUsers, or Users if they are more
	Stages     []Stage  // the load over time instead of Users or Rate; together they last RunTime
	OpenStages bool     // the stages are rates, not users

	Warmup           time.Duration // requests sent in this time are not counted, unless they wait to the end of the run
	RunTime          time.Duration // how long requests are sent and counted after the warm-up
	StopTime         time.Duration // how much longer the script's onStop steps may take
	Timeout          time.Duration // of a request whose script gives none; 0 means DefaultTimeout
	Seed             uint64        // the same seed gives every user the same sequence of tasks and waits
	Reuse            Reuse         // zero means DefaultReuse
	Replicas         int           // of the service, if known: with DefaultReuse, connections become no older than it takes to reach them all
	HTTP             int           // the version, 1 or 2; 0 means 1
	Connections      int           // HTTP/2: how many the users share; 0 means DefaultConnections, or Users if they are fewer
	ConnectionWarmup int           // the first requests of each connection that are not counted, unless they fail

	TLS       *tls.Config                      // nil means the system's certificate authorities
	Proxy     func(*url.URL) (*url.URL, error) // which proxy a request goes through; nil means none
	UserAgent string

	// TightestTarget is the least latency that whoever reads the result compares with: a delay of the generator's own counts
	// against it. 0 if there is none.
	TightestTarget time.Duration

	// Progress, if it is set, is told about once a second what has happened since it was told last, and a last time before
	// Run returns. It is called by one goroutine; a slow one makes the intervals longer, not the load less. A run of another
	// program has no progress that could be told.
	Progress func(Interval)

	// Examples keeps, for Result.Exemplify, answers that the script does not expect. Secrets are then looked for in them during the run.
	Examples bool

	// For scripts that another program runs, which is Locust.
	Deadline time.Time         // by when that program must be gone; zero leaves it as long as it should take, and 30 s more
	Log      func(line string) // is told each line that it writes; may be nil
}

// Open says that iterations begin at a rate.
func (o *Options) Open() bool { return o.Rate > 0 || o.OpenStages }

// stages are the load over the counted time.
func (o *Options) stages() []Stage {
	switch {
	case len(o.Stages) > 0:
		return o.Stages
	case o.Open():
		return []Stage{{For: o.RunTime, From: o.Rate, To: o.Rate}}
	}
	return []Stage{{For: o.RunTime, From: float64(o.Users), To: float64(o.Users)}}
}

// MostUsers is how many users there may be at the same time.
func (o *Options) MostUsers() int {
	if o.Open() {
		return o.MaxUsers
	}
	return o.Users
}

// DefaultMaxUsers is how many users the open model may have: enough for 100 iterations per second that take 10 s each.
const DefaultMaxUsers = 1_000

// DefaultTimeout is how long a request may take before it counts as failed.
const DefaultTimeout = 10 * time.Second

// Reuse is how long a connection is used before its user opens a new one: for a number of requests, and for a time, each
// drawn between its two bounds anew for each connection, so that users do not reconnect in step. In Kubernetes a Service picks
// a pod per connection, so a connection that is never given up sees one pod only.
type Reuse struct {
	Min, Max       int           // requests
	MinAge, MaxAge time.Duration // 0 means any age
}

// DefaultReuse spreads users over pods within seconds while connecting stays a small part of the work.
var DefaultReuse = Reuse{Min: 20, Max: 50}

func (o Options) withDefaults() Options {
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	if o.Reuse.Max == 0 {
		o.Reuse.Min, o.Reuse.Max = DefaultReuse.Min, DefaultReuse.Max
	}
	o.Users = max(o.Users, 1)
	o.MaxUsers = max(cmp.Or(o.MaxUsers, DefaultMaxUsers), o.Users)
	if len(o.Stages) > 0 && !o.OpenStages {
		o.Users = max(1, int(schedule(o.Stages).most()))
	}
	if o.Reuse == DefaultReuse && o.Replicas > 1 {
		o.Reuse.MinAge, o.Reuse.MaxAge = o.ageForAllReplicas()
	}
	return o
}

// aimedConnectionsPerReplica is how many connections a run should make for each replica, as a Service picks one at random for each
// connection. Their number is then a Poisson variable: of thirty a given replica gets less than half, 14 or fewer, in one run
// of a thousand; of ten, 4 or fewer, it would in one of 34.
const aimedConnectionsPerReplica = 30

// ageForAllReplicas is how old connections may become if the users are to make enough of them, however rarely they send.
func (o *Options) ageForAllReplicas() (low, high time.Duration) {
	age := time.Duration(float64(o.Users) / float64(aimedConnectionsPerReplica*o.Replicas) * float64(o.Warmup+o.RunTime))
	return age * 2 / 3, age * 4 / 3
}

func (r Reuse) draw(random *rand.Rand) (requests int, age time.Duration) {
	requests = r.Min + random.IntN(r.Max-r.Min+1)
	if r.MaxAge > 0 {
		age = r.MinAge + time.Duration(random.Int64N(int64(r.MaxAge-r.MinAge)+1))
	}
	return requests, age
}
