package jsonfault

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIn(t *testing.T) {
	for document, want := range map[string]string{
		"{\n  \"a\": 1,\n}":                   "line 3, column 1: invalid character '}' looking for beginning of object key string",
		"":                                    "line 1, column 1: unexpected end of JSON input",
		"{\"a\": 1, \"b\":\n {\"c\": \"x\"}}": "line 2, column 10: b.c has the wrong kind, got string",
		"[1]":                                 "line 1, column 1: the document has the wrong kind, got array",
	} {
		var to struct {
			B struct {
				C int `json:"c"`
			} `json:"b"`
		}
		err := json.Unmarshal([]byte(document), &to)
		require.Error(t, err, document)
		require.Equal(t, want, In([]byte(document), err), document)
	}
	require.Equal(t, "other", In(nil, errors.New("other")))
}
