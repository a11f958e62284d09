package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// RequireHost reports a configuration that does not say what to measure.
func (c *Config) RequireHost() strictyaml.Problems {
	if c.LoadTest.Host != nil || !c.sure("loadTest.host") {
		return nil
	}
	return c.problem("loadTest.host", "is required, such as http://fibonacci:5000", "loadTest")
}

// RequireTargets reports a configuration without targets.
func (c *Config) RequireTargets() strictyaml.Problems {
	if len(c.Targets) > 0 || !c.sure("targets") {
		return nil
	}
	return c.problem("targets", `at least one is required, such as {method: GET, endpoint: /items, type: p95, target: 250ms}`)
}

// RequireUsers reports a load that a locustfile cannot have: Locust knows a number of users only.
func (c *Config) RequireUsers(plan *loadtest.Plan) strictyaml.Problems {
	if !plan.ByLocust() {
		return nil
	}
	const rule = "is not possible with a locustfile, which is run with a number of users"
	switch {
	case len(c.LoadTest.Stages) > 0:
		return c.problem("loadTest.stages", rule, "loadTest", "stages")
	case c.LoadTest.Rate > 0:
		return c.problem("loadTest.rate", rule, "loadTest", "rate")
	}
	return nil
}

// RequireRequests reports targets that no request of the script can be under this load. They need no run to be found, unless
// the script makes up names as it runs.
func (c *Config) RequireRequests(plan *loadtest.Plan, load loadtest.Options) strictyaml.Problems {
	if !plan.NamesKnown() {
		return nil
	}
	var problems strictyaml.Problems
	requests := requestsOf(plan, plan.AtMost(load))
	for i, t := range c.Targets {
		if !slices.Contains(requests, requestOf(t)) {
			problems = append(problems, c.notOfTheScript(i, requests))
		}
	}
	return problems
}

// requestsOf are those of a script that users send over and over, by how many there are expected to be of each. Those of onStart
// are not among them: a user sends them once, mostly in the warm-up. Nor are those of a class that there are too few users for.
// With nothing expected, all may be sent.
func requestsOf(plan *loadtest.Plan, expected map[loadtest.RequestName]float64) []loadtest.RequestName {
	return slices.DeleteFunc(slices.Clone(plan.Names()), func(name loadtest.RequestName) bool {
		_, sent := expected[name]
		return expected != nil && !sent
	})
}

func requestOf(t scaling.Target) loadtest.RequestName {
	return loadtest.RequestName{Method: t.Method, Name: t.Endpoint}
}

// notOfTheScript is what is wrong with a target that is about none of these requests of the script.
func (c *Config) notOfTheScript(i int, requests []loadtest.RequestName) strictyaml.Problem {
	names, t := inWords(requests), c.Targets[i]
	return c.unknownTarget(i, "must be a request of the script's tasks, which has "+strings.Join(names, ", ")+strictyaml.Hint(t.Method+" "+t.Endpoint, names))
}

// inWords are requests as targets name them.
func inWords(requests []loadtest.RequestName) []string {
	var names []string
	for _, name := range requests {
		names = append(names, name.Method+" "+name.Name)
	}
	return names
}

func (c *Config) unknownTarget(i int, rule string) strictyaml.Problem {
	t := c.Targets[i]
	return c.TargetProblem(i, "endpoint", rule, t.Method+" "+t.Endpoint)
}

// problem is what is wrong with a key, at the position of the deepest key of near that is given.
func (c *Config) problem(key, rule string, near ...string) strictyaml.Problems {
	file, line, column := c.doc.Position(near...)
	return strictyaml.Problems{{File: file, Line: line, Column: column, Key: key, Rule: rule}}
}

// TargetProblem is what is wrong with a key of a target, at its position.
func (c *Config) TargetProblem(i int, key, rule, got string) strictyaml.Problem {
	doc := c.doc
	if c.targetsDoc != nil {
		doc = c.targetsDoc
	}
	file, line, column := doc.Position("targets", strconv.Itoa(i), key)
	return strictyaml.Problem{File: file, Line: line, Column: column, Key: fmt.Sprintf("targets[%d].%s", i, key), Rule: rule, Got: got}
}

// UnknownTargets is what is wrong with targets whose request there is not.
func (c *Config) UnknownTargets(rule string, targets []int) error {
	var problems strictyaml.Problems
	for _, i := range targets {
		problems = append(problems, c.unknownTarget(i, rule))
	}
	return problems.Err()
}

// Options are the load test's settings as loadtest wants them. The files that TLS names are read; an error that is
// strictyaml.Problems says what is wrong with them.
func (c *Config) Options() (loadtest.Options, error) {
	l := c.LoadTest
	tlsConfig, problems := c.tls()
	return loadtest.Options{
		Host: l.Host, Users: l.Users, SpawnRate: l.SpawnRate, Rate: l.Rate, Arrival: l.Arrival, MaxUsers: l.MaxUsers,
		Stages: l.Stages, OpenStages: l.OpenStages, Warmup: l.Warmup, RunTime: l.RunTime, Timeout: l.Timeout, Seed: l.Seed,
		HTTP: l.HTTP, Reuse: l.Reuse, ConnectionWarmup: l.ConnectionWarmup, Connections: l.Connections, TLS: tlsConfig,
		Proxy: c.proxy, TightestTarget: c.tightestTarget(),
	}, problems.Err()
}

// Proxy says which proxy a request to an address goes through; nil where the environment names none.
func (c *Config) Proxy() func(*url.URL) (*url.URL, error) { return c.proxy }

// RequireScript reports a script that cannot be read at its key.
func (c *Config) RequireScript(err error) strictyaml.Problems {
	return c.problem("loadTest.script", "must be a task script that can be read: "+err.Error(), "loadTest", "script")
}

// tightestTarget is the least latency among the targets; 0 if none is about latency.
func (c *Config) tightestTarget() time.Duration {
	tightest := 0.0
	for _, t := range c.Targets {
		if t.Statistic.Kind != scaling.FailureRatio && (tightest == 0 || t.Limit < tightest) {
			tightest = t.Limit
		}
	}
	return time.Duration(tightest * float64(time.Millisecond))
}

func (c *Config) tls() (*tls.Config, strictyaml.Problems) {
	t := c.LoadTest.TLS
	var problems strictyaml.Problems
	wrong := func(key, rule string) {
		problems = append(problems, c.problem("loadTest.tls."+key, rule, "loadTest", "tls", key)...)
	}
	config := &tls.Config{
		ServerName:         t.ServerName,
		InsecureSkipVerify: t.InsecureSkipVerify,
		// A handshake costs the service more than most requests; users that reconnect resume, as browsers do.
		ClientSessionCache: tls.NewLRUClientSessionCache(0),
	}
	if t.CA != "" {
		config.RootCAs = x509.NewCertPool()
		pem, err := strictyaml.ReadFile(t.CA)
		switch {
		case err != nil:
			wrong("ca", "must be a file that can be read: "+err.Error())
		case !config.RootCAs.AppendCertsFromPEM(pem):
			wrong("ca", fmt.Sprintf("must be a file with a certificate in PEM form, got %q", t.CA))
		}
	}
	if t.Certificate != "" && c.sure("loadTest.tls.cert", "loadTest.tls.key") {
		certificate, err := tls.LoadX509KeyPair(t.Certificate, t.Key)
		if err != nil {
			wrong("cert", "must be a certificate with its key, in PEM form: "+err.Error())
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, problems
}
