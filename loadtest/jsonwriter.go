package loadtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// jsonWriter appends the members of a JSON object, as encoding/json would write them.
type jsonWriter struct {
	text []byte
	err  error
}

// key begins a member.
func (w *jsonWriter) key(name string) {
	if n := len(w.text); n > 0 && w.text[n-1] != '{' {
		w.text = append(w.text, ',')
	}
	w.string(name)
	w.text = append(w.text, ':')
}

// string has escapes where it needs some, which names and words seldom do.
func (w *jsonWriter) string(s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			escaped, _ := json.Marshal(s)
			w.text = append(w.text, escaped...)
			return
		}
	}
	w.text = append(append(append(w.text, '"'), s...), '"')
}

func (w *jsonWriter) number(f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		w.err = fmt.Errorf("JSON has no number for %v", f)
		return
	}
	if size := math.Abs(f); f != 0 && (size < 1e-6 || size >= 1e21) {
		digits, _ := json.Marshal(f)
		w.text = append(w.text, digits...)
		return
	}
	w.text = strconv.AppendFloat(w.text, f, 'f', -1, 64)
}

// object is a value with members.
func (w *jsonWriter) object(members func()) {
	w.text = append(w.text, '{')
	members()
	w.text = append(w.text, '}')
}

func (w *jsonWriter) null() { w.text = append(w.text, "null"...) }

func (w *jsonWriter) textMember(name, value string) {
	w.key(name)
	w.string(value)
}

func (w *jsonWriter) intMember(name string, value int) {
	w.key(name)
	w.text = strconv.AppendInt(w.text, int64(value), 10)
}

func (w *jsonWriter) numberMember(name string, value float64) {
	w.key(name)
	w.number(value)
}

// nullable is null where there is no number.
func (w *jsonWriter) nullable(name string, value *float64) {
	w.key(name)
	if value == nil {
		w.null()
		return
	}
	w.number(*value)
}

func (w *jsonWriter) textsMember(name string, values []string) {
	w.key(name)
	w.text = append(w.text, '[')
	for i, value := range values {
		if i > 0 {
			w.text = append(w.text, ',')
		}
		w.string(value)
	}
	w.text = append(w.text, ']')
}

// trueMember, and those below, are left out where there is nothing to say.
func (w *jsonWriter) trueMember(name string, value bool) {
	if value {
		w.key(name)
		w.text = append(w.text, "true"...)
	}
}

func (w *jsonWriter) intIfAny(name string, value int) {
	if value != 0 {
		w.intMember(name, value)
	}
}

func (w *jsonWriter) intIfKnown(name string, value *int) {
	if value != nil {
		w.intMember(name, *value)
	}
}

func (w *jsonWriter) numberIfKnown(name string, value *float64) {
	if value != nil {
		w.numberMember(name, *value)
	}
}

// mapMember is an object in the order of its keys; null if it is nil.
func mapMember[V any](w *jsonWriter, name string, values map[string]V, write func(V)) {
	w.key(name)
	if values == nil {
		w.null()
		return
	}
	w.object(func() {
		for _, key := range slices.Sorted(maps.Keys(values)) {
			w.key(key)
			write(values[key])
		}
	})
}

func (w *jsonWriter) countsMember(name string, counts map[string]int) {
	mapMember(w, name, counts, func(n int) { w.text = strconv.AppendInt(w.text, int64(n), 10) })
}
