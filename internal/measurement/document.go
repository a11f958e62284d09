package measurement

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxInput is more than the framework can send: a resource has at most 1.5 MiB in Kubernetes, a measurement some 100 kB.
const maxInput = 8 << 20

// ReadStdin reads the one document that the framework sends.
func ReadStdin(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading stdin: %w", err)
	case len(data) > maxInput:
		return nil, fmt.Errorf("stdin: must be at most %d MiB", maxInput>>20)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, errors.New("stdin: is empty; this program is run by the Custom Pod Autoscaler framework, which sends JSON")
	}
	return data, nil
}

// ParseDocument puts the keys of a document that are known into the value that to points to.
func ParseDocument(document []byte, to any) error {
	if err := json.Unmarshal(document, to); err != nil {
		return fmt.Errorf("stdin: must be the framework's JSON: %s", Fault(document, err))
	}
	return nil
}

// Fault says where JSON is wrong, in words without Go's type names.
func Fault(data []byte, err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line, column := position(data, syntax.Offset)
		return fmt.Sprintf("line %d, column %d: %v", line, column, syntax)
	case errors.As(err, &kind):
		line, column := position(data, kind.Offset)
		field := kind.Field
		if field == "" {
			field = "the document"
		}
		return fmt.Sprintf("line %d, column %d: %s has the wrong kind, got %s", line, column, field, kind.Value)
	}
	return err.Error()
}

func position(data []byte, offset int64) (line, column int) {
	before := data[:min(offset, int64(len(data)))]
	return bytes.Count(before, []byte("\n")) + 1, max(1, len(before)-bytes.LastIndexByte(before, '\n')-1)
}
