package telemetry

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzField reads what a hostile receiver may answer.
func FuzzField(f *testing.F) {
	f.Add([]byte("\x0a\x09\x08\x03\x12\x05no\nno"), 1)
	f.Add([]byte("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"), 2)
	f.Fuzz(func(t *testing.T, data []byte, number int) {
		content, _ := field(data, number)
		require.LessOrEqual(t, len(content), len(data))
	})
}

func TestField(t *testing.T) {
	var m message
	m.varint(1, 300)
	m.double(2, 1)
	m.text(3, "a")
	m.text(3, "b")
	_, number := field(m, 1)
	require.EqualValues(t, 300, number)
	content, _ := field(m, 3)
	require.Equal(t, "b", string(content))
	content, _ = field(m[:len(m)-1], 3)
	require.Equal(t, "a", string(content), "the rest is cut off")
	content, _ = field(m, 4)
	require.Empty(t, content)
}
