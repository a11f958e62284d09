package loadtest

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNamesOfTheScriptKeepTheirPlaces holds that a request's index in the plan is its index in the run, however many there
// are, and that names made up on the way are bounded.
func TestNamesOfTheScriptKeepTheirPlaces(t *testing.T) {
	var known []RequestName
	for i := range 2*maxNames + 1 {
		known = append(known, RequestName{Method: "GET", Name: "/" + strconv.Itoa(i)})
	}
	names := newRunNames(known)
	require.Equal(t, 2*maxNames, names.of(known[2*maxNames]))
	require.Equal(t, known[2*maxNames], names.at(2*maxNames))
	for i := range maxNames {
		require.Equal(t, len(known)+i, names.of(RequestName{Method: "PUT", Name: strconv.Itoa(i)}))
	}
	for _, name := range []string{"a", "b"} {
		require.Equal(t, otherName, names.at(names.of(RequestName{Method: "PUT", Name: name})))
	}
	require.Len(t, names.list, len(known)+maxNames+1)
	require.Len(t, names.list, names.most())
}
