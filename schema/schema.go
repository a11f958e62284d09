// Package schema holds the JSON Schemas of the configuration and of task scripts, which editors complete and check by. They
// are made from internal/schemagen and the reference in docs.
package schema

import _ "embed"

//go:generate go run ../internal/schemagen -docs ../docs/reference -out . -chart ../example/helm/latency-pod-autoscaler

// Config is the schema of config.yaml, Tasks that of a task script in YAML: JSON Schema, draft 7, which is what the YAML
// language server understands best.
var (
	//go:embed config.schema.json
	Config []byte
	//go:embed tasks.schema.json
	Tasks []byte
)
