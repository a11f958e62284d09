package loadtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"
)

var errNoValue = errors.New("there is no value to put into the text")

// appendText appends a value as it stands in a text: numbers as JSON writes them, lists and mappings as JSON.
func appendText(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return b, errNoValue
	case string:
		return append(b, v...), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return b, errors.New("the result is not a number")
		}
		return strconv.AppendFloat(b, v, 'f', -1, 64), nil
	case time.Time:
		return v.AppendFormat(b, time.RFC3339), nil
	case time.Duration:
		return append(b, v.String()...), nil
	case []byte:
		return append(b, v...), nil
	}
	encoded, err := compactJSON(value)
	return append(b, encoded...), err
}

// compactJSON is a value as JSON in one line. Markup stays as it is: this goes to a service, not into a page.
func compactJSON(value any) ([]byte, error) {
	if weigh(value, maxWeight) < 0 {
		return nil, errTooLarge
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(jsonValue(value)); err != nil {
		return nil, errors.New("it cannot be written as JSON")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// jsonValue is a value as JSON should have it, where encoding/json would do something else.
func jsonValue(value any) any {
	if d, ok := value.(time.Duration); ok {
		return d.String()
	}
	return value
}
