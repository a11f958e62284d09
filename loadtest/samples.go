package loadtest

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"time"
)

// Samples are the latencies themselves, in a compact form, so that whoever reads a summary can count how many lie above
// any limit and can put several runs together.
type Samples struct {
	// Finished and Unfinished are base64 of pairs of unsigned varints in ascending order: microseconds since the pair
	// before, and how many requests had this latency or age.
	Finished   string `json:"finished"`
	Unfinished string `json:"unfinished"`
	Failed     int    `json:"failed"`
	// Rounded says that the latencies were rounded up to three digits, as there were too many to list each.
	Rounded bool `json:"rounded,omitempty"`
}

// exactSamples is how many latencies of one name are listed to the microsecond: about 100 kB.
const exactSamples = 20_000

func encodeSamples(d distribution) Samples {
	rounded := d.finished.len() > exactSamples
	return Samples{
		Finished:   encodeDurations(d.finished, rounded),
		Unfinished: encodeDurations(ordered{values: d.unfinished}, len(d.unfinished) > exactSamples),
		Failed:     d.failed,
		Rounded:    rounded,
	}
}

func encodeDurations(o ordered, rounded bool) string {
	var encoded []byte
	previous, value, count := uint64(0), uint64(0), 0
	write := func() {
		if count > 0 {
			encoded = binary.AppendUvarint(encoded, value-previous)
			encoded = binary.AppendUvarint(encoded, uint64(count))
			previous, count = value, 0
		}
	}
	o.groups(o.len(), func(d time.Duration, n int) {
		if us := microseconds(d, rounded); us != value {
			write()
			value = us
		}
		count += n
	})
	write()
	return base64.StdEncoding.EncodeToString(encoded)
}

func microseconds(d time.Duration, rounded bool) uint64 {
	us := uint64(math.Round(float64(d) / float64(time.Microsecond)))
	if !rounded {
		return us
	}
	unit := uint64(1)
	for us >= 1000*unit {
		unit *= 10
	}
	return (us + unit - 1) / unit * unit
}

// errSamples is any kind of damage to encoded samples.
var errSamples = errors.New("the samples are damaged")

const (
	// maxDecoded bounds what damaged or hostile samples can make of the memory: no run has as many requests under way.
	maxDecoded = 2_000_000
	// maxCount is more requests than any run can have, and few enough to be added up.
	maxCount = 1 << 50
)

// Percentile is the smallest latency that a share q, in (0, 1], of the requests do not exceed, with its interval.
func (s Samples) Percentile(q float64) (Percentile, error) {
	d, err := s.decode()
	if err != nil {
		return Percentile{}, err
	}
	return d.percentile(q), nil
}

func (s Samples) decode() (distribution, error) {
	finished, err := decodeOrdered(s.Finished)
	if err != nil {
		return distribution{}, err
	}
	unfinished, err := decodeDurations(s.Unfinished)
	if err != nil || s.Failed < 0 || s.Failed > maxCount {
		return distribution{}, errSamples
	}
	return distribution{finished: finished, unfinished: unfinished, failed: s.Failed}, nil
}

// decodeOrdered keeps what is encoded as the groups that it consists of, of which there are few however many requests.
func decodeOrdered(encoded string) (ordered, error) {
	o := ordered{upTo: []int{}}
	sum := 0
	err := eachDuration(encoded, func(value time.Duration, count uint64) error {
		if count > uint64(maxCount-sum) {
			return errSamples
		}
		sum += int(count)
		o.values, o.upTo = append(o.values, value), append(o.upTo, sum)
		return nil
	})
	return o, err
}

func decodeDurations(encoded string) ([]time.Duration, error) {
	var out []time.Duration
	err := eachDuration(encoded, func(value time.Duration, count uint64) error {
		if count > maxDecoded-uint64(len(out)) {
			return errSamples
		}
		out = append(out, slices.Repeat([]time.Duration{value}, int(count))...)
		return nil
	})
	return out, err
}

// Each calls finished for each latency that there was, ascending, with how many finished requests had it, and unfinished
// for the ages of those that were cut off. It fails where the samples are damaged; without samples there is nothing to call.
func (s *Samples) Each(finished, unfinished func(latency time.Duration, count int)) error {
	if s == nil {
		return nil
	}
	for _, part := range []struct {
		encoded string
		f       func(time.Duration, int)
	}{{s.Finished, finished}, {s.Unfinished, unfinished}} {
		err := eachDuration(part.encoded, func(value time.Duration, count uint64) error {
			if count > math.MaxInt32 {
				return errSamples
			}
			part.f(value, int(count))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func eachDuration(encoded string, f func(value time.Duration, count uint64) error) error {
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return errSamples
	}
	value := uint64(0)
	for len(data) > 0 {
		delta, n := binary.Uvarint(data)
		if n <= 0 {
			return errSamples
		}
		count, m := binary.Uvarint(data[n:])
		value += delta
		if m <= 0 || value > uint64(math.MaxInt64/time.Microsecond) {
			return errSamples
		}
		if err := f(time.Duration(value)*time.Microsecond, count); err != nil {
			return err
		}
		data = data[n+m:]
	}
	return nil
}
