package strictyaml

import (
	"fmt"
	"strings"
)

// alternatives is the words as a sentence lists them: a, b or c.
func alternatives(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// Suggest is the known word that a misspelt one probably means, as the end of a message; else it names those that there are.
func Suggest(word string, known []string) string {
	if best := nearest(word, known); best != "" {
		return "; did you mean " + best + "?"
	}
	if len(known) == 0 {
		return ""
	}
	return "; known here: " + strings.Join(known, ", ")
}

// nearest is the known word that a misspelt one probably means, empty if none is near. Two edits are typing, three in a
// short word are another word.
func nearest(word string, known []string) (best string) {
	distance := 3
	for _, k := range known {
		if d := editDistance(strings.ToLower(word), strings.ToLower(k)); d < distance && d < len(k) {
			best, distance = k, d
		}
	}
	return best
}

// editDistance is Levenshtein's: the fewest insertions, deletions and replacements that turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		previous := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := previous
			if a[i] != b[j] {
				cost++
			}
			previous = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Hint is the known word that a misspelt one probably means, in brackets behind a rule that names all; empty if none is near.
func Hint(word string, known []string) string {
	if best := nearest(word, known); best != "" {
		return fmt.Sprintf(" (did you mean %s?)", best)
	}
	return ""
}
