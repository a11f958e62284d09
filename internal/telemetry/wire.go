package telemetry

import (
	"encoding/binary"
	"log/slog"
	"math"
	"strings"
	"time"
)

// message is one of Protocol Buffers, being written: fields one after the other, each with its number and its kind.
type message []byte

// The kinds of fields, of which a reader must know how long they are.
const (
	kindVarint = 0
	kindFixed  = 1 // eight bytes
	kindBytes  = 2
)

func (m *message) tag(field, kind int) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3|uint64(kind))
}

func (m *message) varint(field int, value uint64) {
	m.tag(field, kindVarint)
	*m = binary.AppendUvarint(*m, value)
}

func (m *message) fixed(field int, value uint64) {
	m.tag(field, kindFixed)
	*m = binary.LittleEndian.AppendUint64(*m, value)
}

func (m *message) double(field int, value float64) { m.fixed(field, math.Float64bits(value)) }

func (m *message) time(field int, t time.Time) { m.fixed(field, uint64(t.UnixNano())) }

func (m *message) bytes(field int, value []byte) {
	m.tag(field, kindBytes)
	*m = binary.AppendUvarint(*m, uint64(len(value)))
	*m = append(*m, value...)
}

// text is one that every reader accepts: what is no UTF-8 is an error to them.
func (m *message) text(field int, value string) {
	m.bytes(field, []byte(strings.ToValidUTF8(value, "\ufffd")))
}

func (m *message) boolean(field int, value bool) {
	n := uint64(0)
	if value {
		n = 1
	}
	m.varint(field, n)
}

// attributes are KeyValue messages.
func (m *message) attributes(field int, attributes []slog.Attr) {
	for _, a := range attributes {
		var pair message
		pair.text(1, a.Key)
		pair.bytes(2, anyValue(a.Value))
		m.bytes(field, pair)
	}
}

// anyValue is the message AnyValue. Beside what slog has kinds for, there are lists of texts.
func anyValue(v slog.Value) message {
	var m message
	switch v.Kind() {
	case slog.KindBool:
		m.boolean(2, v.Bool())
	case slog.KindInt64:
		m.varint(3, uint64(v.Int64()))
	case slog.KindFloat64:
		m.double(4, v.Float64())
	case slog.KindAny:
		if list, ok := v.Any().([]string); ok {
			var array message
			for _, text := range list {
				array.bytes(1, anyValue(slog.StringValue(text)))
			}
			m.bytes(5, array)
			break
		}
		m.text(1, v.String())
	default:
		m.text(1, v.String())
	}
	return m
}

// field looks for a field in a message that somebody else wrote: what is in it, if it is a text or a message, or its number. Of
// several the last one counts, and what is no message ends where that shows.
func field(data []byte, want int) (bytes []byte, number uint64) {
	for len(data) > 0 {
		tag, n := binary.Uvarint(data)
		if n <= 0 {
			return bytes, number
		}
		data = data[n:]
		value, n := binary.Uvarint(data)
		var content []byte
		switch kind := tag & 7; {
		case kind == kindVarint && n > 0:
			data = data[n:]
		case kind == kindBytes && n > 0 && value <= uint64(len(data)-n):
			content, data = data[n:n+int(value)], data[n+int(value):]
		case kind == kindFixed && len(data) >= 8:
			data = data[8:]
		default:
			return bytes, number
		}
		if tag>>3 == uint64(want) {
			bytes, number = content, value
		}
	}
	return bytes, number
}
