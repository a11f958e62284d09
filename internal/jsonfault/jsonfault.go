// Package jsonfault says what is wrong with JSON by its place, and in words without Go's type names.
package jsonfault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// In says where a document is wrong, from the error of reading it.
func In(data []byte, err error) string {
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
