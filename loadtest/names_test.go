package loadtest

import (
	"strconv"
	"strings"
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

// TestLongNamesAreNotToldApart is of a script that takes a name from an answer: a thousand of any length would make a result
// that is too large to be read.
func TestLongNamesAreNotToldApart(t *testing.T) {
	written := RequestName{Method: "GET", Name: strings.Repeat("w", 2*longestName)}
	names := newRunNames([]RequestName{written})
	longest := RequestName{Method: "GET", Name: strings.Repeat("a", longestName)}
	require.Equal(t, written, names.at(names.of(written)), "the script has it as it is")
	require.Equal(t, longest, names.at(names.of(longest)))
	for _, more := range []string{"b", "c"} {
		require.Equal(t, otherName, names.at(names.of(RequestName{Method: "GET", Name: longest.Name + more})))
	}
	for i := range 2 * maxNames {
		names.of(RequestName{Method: "PUT", Name: strconv.Itoa(i)})
	}
	require.Equal(t, otherName, names.at(names.of(RequestName{Method: "GET", Name: "late"})))
	require.LessOrEqual(t, len(names.list), names.most())
}
