package dashboard

import (
	"math"
	"strconv"
)

// mark is a small number. It is wider than it must be, as bytes would be written as base64.
type mark uint16

// column is written with four digits, which is more than can be seen, and null for what is not known.
type column []float32

// MarshalJSON writes numbers alone, so that a page of some thousand points is small.
func (c column) MarshalJSON() ([]byte, error) {
	text := make([]byte, 0, 6*len(c)+2)
	text = append(text, '[')
	for i, value := range c {
		if i > 0 {
			text = append(text, ',')
		}
		switch v := float64(value); {
		case math.IsNaN(v) || math.IsInf(v, 0):
			text = append(text, "null"...)
		case v == math.Trunc(v) && math.Abs(v) < 1e9:
			text = strconv.AppendInt(text, int64(v), 10)
		default:
			text = strconv.AppendFloat(text, v, 'g', 4, 32)
		}
	}
	return append(text, ']'), nil
}

// deltas are whole numbers that are written as the first one and then the difference to the one before.
type deltas []int64

// MarshalJSON writes what is needed to add them up again.
func (d deltas) MarshalJSON() ([]byte, error) {
	text := make([]byte, 0, 6*len(d)+2)
	text = append(text, '[')
	before := int64(0)
	for i, value := range d {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, value-before, 10)
		before = value
	}
	return append(text, ']'), nil
}
