package scaling

// MostShown is how many targets are shown or told to others: those of a sound configuration are far fewer.
const MostShown = 32

// Distinct are the readings of targets that differ in more than their limit, up to MostShown: the same metric twice would be
// none.
func Distinct(readings []Reading) []Reading {
	var few []Reading
	seen := map[Target]bool{}
	for _, r := range readings {
		key := r.Target
		key.Limit = 0
		if !seen[key] && len(few) < MostShown {
			few = append(few, r)
		}
		seen[key] = true
	}
	return few
}
