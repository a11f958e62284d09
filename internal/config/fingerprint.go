package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// Fingerprint is a short text that differs where the load test, its script or the targets differ, such that measurements of
// one fingerprint can be put together. What a script reads from other files is not in it.
func (c *Config) Fingerprint() string {
	load := c.LoadTest
	host := ""
	if load.Host != nil {
		host, load.Host = load.Host.String(), nil
	}
	script, _ := strictyaml.ReadFile(load.Script) // without it there is no measurement that could differ
	data, err := json.Marshal(struct {
		Host    string
		Load    LoadTest
		Script  []byte
		Targets []scaling.Target
	}{host, load, script, c.Targets})
	if err != nil {
		return "" // there is no number in it that JSON lacks
	}
	sum := sha256.Sum256(data)
	const bytes = 8 // two of a user's configurations meet once in 10¹⁹
	return hex.EncodeToString(sum[:bytes])
}
