package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strconv"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// RequireHost reports a configuration that does not say what to measure.
func (c *Config) RequireHost() strictyaml.Problems {
	if c.LoadTest.Host != nil {
		return nil
	}
	return c.problem("loadTest.host", "is required, such as http://fibonacci:5000", "loadTest")
}

// RequireTargets reports a configuration without targets.
func (c *Config) RequireTargets() strictyaml.Problems {
	if len(c.Targets) > 0 {
		return nil
	}
	return c.problem("targets", `at least one is required, such as {method: GET, endpoint: /items, type: p95, target: 250ms}`)
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

// Options are the load test's settings as loadtest wants them. The files that TLS names are read.
func (l LoadTest) Options() (loadtest.Options, error) {
	tlsConfig, err := l.TLS.config()
	if err != nil {
		return loadtest.Options{}, err
	}
	return loadtest.Options{
		Host: l.Host, Users: l.Users, SpawnRate: l.SpawnRate, Warmup: l.Warmup, RunTime: l.RunTime,
		Timeout: l.Timeout, Seed: l.Seed, Reuse: l.Reuse, TLS: tlsConfig,
	}, nil
}

func (t TLS) config() (*tls.Config, error) {
	config := &tls.Config{
		ServerName:         t.ServerName,
		InsecureSkipVerify: t.InsecureSkipVerify,
		// A handshake costs the service more than most requests; users that reconnect resume, as browsers do.
		ClientSessionCache: tls.NewLRUClientSessionCache(0),
	}
	if t.CA != "" {
		pem, err := strictyaml.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("loadTest.tls.ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("loadTest.tls.ca: %s holds no certificate in PEM form", t.CA)
		}
	}
	if t.Certificate != "" {
		certificate, err := tls.LoadX509KeyPair(t.Certificate, t.Key)
		if err != nil {
			return nil, fmt.Errorf("loadTest.tls.cert: %w", err)
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, nil
}
