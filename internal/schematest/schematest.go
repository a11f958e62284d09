// Package schematest validates YAML by the JSON Schemas in tests, with a validator that is none of ours.
package schematest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// Validator holds documents to one schema.
type Validator struct{ schema *jsonschema.Schema }

// New compiles a schema.
func New(schema []byte) (*Validator, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		return nil, err
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		return nil, err
	}
	return &Validator{compiled}, nil
}

// YAML is what is wrong with a document, nil for nothing.
func (v *Validator) YAML(text []byte) error {
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return err
	}
	return v.Value(value)
}

// Value is what is wrong with a value as the yaml package makes it.
func (v *Validator) Value(value any) error {
	data, err := json.Marshal(asJSON(value))
	if err != nil {
		return err
	}
	plain, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return v.schema.Validate(plain)
}

// asJSON gives keys that YAML reads as something else their text, and takes what looks like a date as text.
func asJSON(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, item := range value {
			out[key] = asJSON(item)
		}
		return out
	case map[any]any:
		out := map[string]any{}
		for key, item := range value {
			out[fmt.Sprint(key)] = asJSON(item)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, item := range value {
			out[i] = asJSON(item)
		}
		return out
	case time.Time:
		return value.Format(time.RFC3339)
	}
	return value
}
