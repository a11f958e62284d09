package loadtest

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

// awkwardTexts are strings that JSON has to escape, and some that it need not.
var awkwardTexts = []string{"", "GET", "/items?a=1&b=<2>", "\"quoted\" \\ \t\n\x00\x7f", "grün \u2028", "bad \xff"}

// numbers are written in all the ways that there are.
var numbers = []float64{0, 1, -2.5, 0.001, 1e-7, 1e21, -1e-300, 123456789.123, 1764092481.123, math.MaxFloat64}

// fill puts values made up at random into everything there is, or leaves it empty.
func fill(v reflect.Value, random *rand.Rand) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Field(i); field.CanSet() { // JSON has the exported ones
				fill(field, random)
			}
		}
	case reflect.String:
		v.SetString(awkwardTexts[random.IntN(len(awkwardTexts))])
	case reflect.Float64:
		v.SetFloat(numbers[random.IntN(len(numbers))])
	case reflect.Int:
		v.SetInt(int64(random.IntN(3) * random.IntN(1_000_000)))
	case reflect.Bool:
		v.SetBool(random.IntN(2) == 0)
	case reflect.Pointer:
		if random.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), random)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), random.IntN(3), 3))
		for i := range v.Len() {
			fill(v.Index(i), random)
		}
	case reflect.Map:
		if random.IntN(4) == 0 {
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for range random.IntN(4) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(key, random)
			fill(value, random)
			v.SetMapIndex(key, value)
		}
	default:
		panic("a summary with a " + v.Kind().String())
	}
}

// TestSummariesAreWrittenAsTheLibraryWritesThem has every field of a summary in turn with and without a value.
func TestSummariesAreWrittenAsTheLibraryWritesThem(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var s Summary
		fill(reflect.ValueOf(&s).Elem(), random)
		want, err := json.Marshal(s)
		require.NoError(t, err)
		got, err := s.AppendJSON([]byte("{"))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got)+"}")
	}
}

func TestSummariesHaveNoNumbersThatJSONLacks(t *testing.T) {
	for _, number := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := (&Summary{EndTime: number}).AppendJSON(nil)
		require.Error(t, err)
	}
}
