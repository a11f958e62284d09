package dashboard

import "slices"

// middle is the median of numbers, the larger one of two; it sorts them.
func middle(numbers []int64) int64 {
	slices.Sort(numbers)
	return numbers[len(numbers)/2]
}
