package simulate

// selected is the k-th smallest value, from 0, by Hoare's selection (Communications of the ACM 4, 1961): a sort of all would
// take most of a simulation's time. The values are put into another order.
func selected(values []float64, k int) float64 {
	low, high := 0, len(values)-1
	for low < high {
		pivot := middle(values[low], values[(low+high)/2], values[high])
		i, j := low, high
		for i <= j {
			for values[i] < pivot {
				i++
			}
			for pivot < values[j] {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			high = j
		case k >= i:
			low = i
		default:
			return values[k]
		}
	}
	return values[k]
}

// middle is the one of three that is neither the smallest nor the largest.
func middle(a, b, c float64) float64 {
	return max(min(a, b), min(max(a, b), c))
}
