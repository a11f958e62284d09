// Schemagen writes the JSON Schemas of config.yaml, of task scripts and of the Helm chart's values. Their shape is written here, in the words of node.go;
// what each key is about is taken from its heading in the reference. Tests hold the shape to the readers: the same keys in
// each mapping, and nothing refused that the readers accept.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	docs := flag.String("docs", "docs/reference", "the folder of the reference")
	out := flag.String("out", "schema", "the folder to write to")
	chart := flag.String("chart", "example/helm/latency-pod-autoscaler", "the folder of the Helm chart")
	flag.Parse()
	if err := writeAll(*docs, *out, *chart); err != nil {
		fmt.Fprintln(os.Stderr, "schemagen:", err)
		os.Exit(1)
	}
}

// valuesName is how Helm calls the schema of a chart's values.
const valuesName = "values.schema.json"

func writeAll(docs, out, chart string) error {
	schemas, err := generate(docs)
	if err != nil {
		return err
	}
	for name, schema := range schemas {
		folder := out
		if name == valuesName {
			folder = chart
		}
		if err := os.WriteFile(filepath.Join(folder, name), schema, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate makes the files, by name.
func generate(docs string) (map[string][]byte, error) {
	all := map[string][]byte{}
	for _, file := range []struct {
		name, page string
		make       func(*reference) node
	}{
		{"config.schema.json", "configuration.md", configSchema},
		{"tasks.schema.json", "task-scripts.md", tasksSchema},
		{valuesName, "configuration.md", func(r *reference) node { return valuesSchema(configSchema(r)) }},
	} {
		text, err := os.ReadFile(filepath.Join(docs, file.page))
		if err != nil {
			return nil, err
		}
		r := parseReference(string(text))
		schema := file.make(r)
		if len(r.missing) > 0 {
			return nil, fmt.Errorf("%s has no heading for %q", file.page, r.missing)
		}
		schema["$schema"] = "http://json-schema.org/draft-07/schema#"
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", " ")
		if err := encoder.Encode(schema); err != nil {
			return nil, err
		}
		all[file.name] = b.Bytes()
	}
	return all, nil
}
