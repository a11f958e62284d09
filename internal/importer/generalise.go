package importer

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// generalise is a path with what looks like data replaced: /items/4711 becomes /items/:id, so that requests for different
// items have one name, and with it one set of samples. The path is as it stands in an address, without a query.
func generalise(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segment, _, _ = strings.Cut(segment, ";") // as in /cart;jsessionid=…
		segments[i] = generaliseSegment(segment)
	}
	return strings.Join(segments, "/")
}

var (
	datePattern      = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(T[0-9:.]+(Z|[+-][0-9:]+)?)?$`)
	extensionPattern = regexp.MustCompile(`^(.+)\.([A-Za-z][A-Za-z0-9]{0,4})$`)
)

func generaliseSegment(segment string) string {
	plain, err := url.PathUnescape(segment)
	if err != nil {
		plain = segment
	}
	switch {
	case datePattern.MatchString(plain):
		return ":date"
	case isID(plain):
		return ":id"
	}
	file := extensionPattern.FindStringSubmatch(plain)
	if file == nil {
		return segment
	}
	if isID(file[1]) {
		return ":id." + file[2] // 4711.json
	}
	if name, hash, cut := cutLast(file[1], "."); cut && isToken64(hash) {
		return url.PathEscape(name) + ".:id." + file[2] // main.3f2a9c1b.js
	}
	return segment
}

// cutLast cuts s around the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	at := strings.LastIndex(s, sep)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+len(sep):], true
}

var (
	numberPattern = regexp.MustCompile(`^\d+$`)
	uuidPattern   = regexp.MustCompile(`^\{?[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\}?$`)
	hexPattern    = regexp.MustCompile(`^(0x)?[0-9A-Fa-f]{8,}$`)
	base64Pattern = regexp.MustCompile(`^[A-Za-z0-9_+-]{10,}={0,2}$`)
	tokenPattern  = regexp.MustCompile(`^[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*$`) // a JSON web token
)

// isID says whether a part of a path is data and no word: a number, or something that a machine made up.
func isID(s string) bool { return numberPattern.MatchString(s) || isToken64(s) }

// isToken64 says whether s looks made up by a machine: a UUID, hexadecimal, base64, or a JSON web token. Words are told from
// base64 by how seldom they change between small letters, capitals and digits: GetUserInformation2 does so 7 times in 19
// characters, where chance gives 12.
func isToken64(s string) bool {
	hasDigit := strings.ContainsAny(s, "0123456789")
	switch {
	case uuidPattern.MatchString(s), hexPattern.MatchString(s) && hasDigit:
		return true
	case tokenPattern.MatchString(s):
		return strings.HasPrefix(s, "ey") // {" in base64
	case !base64Pattern.MatchString(s):
		return false
	}
	letters, separators, digits, changes, mixed := classes(s)
	if separators*6 > letters || digits == 0 {
		return false // words-with-hyphens
	}
	ratio := float64(changes) / float64(letters)
	switch {
	case !mixed: // one kind of letters, as in a ULID or a cuid
		return letters >= 16 && digits >= 3 && changes >= 4 && separators == 0
	case letters >= 16:
		return ratio >= 0.4
	}
	return ratio >= 0.6
}

// classes counts the letters and digits of s, its separators, its digits, and how often neighbours (separators apart) are
// of another kind; mixed says that there are small letters and capitals.
func classes(s string) (letters, separators, digits, changes int, mixed bool) {
	kind := func(c rune) int {
		switch {
		case unicode.IsDigit(c):
			return 1
		case unicode.IsUpper(c):
			return 2
		}
		return 3
	}
	last := 0
	seen := [4]int{}
	for _, c := range s {
		if strings.ContainsRune("_+-=", c) {
			separators++
			continue
		}
		k := kind(c)
		if last != 0 && k != last {
			changes++
		}
		last = k
		seen[k]++
		letters++
	}
	return letters, separators, seen[1], changes, seen[2] > 0 && seen[3] > 0
}
