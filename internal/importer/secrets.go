package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// secrets replaces passwords, tokens and keys by references to the environment: each value once, however often it is sent.
type secrets struct {
	byValue map[string]*secret
	byName  map[string]int // for each variable, the number that another of its name may be free from
	list    []*secret
}

// secret is one value and where it was found.
type secret struct {
	variable string
	where    []string
}

func newSecrets() *secrets {
	return &secrets{byValue: map[string]*secret{}, byName: map[string]int{}}
}

// reference is what stands in the script for a value: ${env.NAME}, named after the key that it was found under.
func (s *secrets) reference(key, value, where string) string {
	known := s.byValue[value]
	if known == nil {
		known = &secret{variable: s.unused(variableName(key))}
		s.byValue[value] = known
		s.list = append(s.list, known)
	}
	if !slices.Contains(known.where, where) {
		known.where = append(known.where, where)
	}
	return "${env." + known.variable + "}"
}

// unused is the name, with a number behind it if another secret has it already.
func (s *secrets) unused(name string) string {
	n, taken := s.byName[name]
	free := name
	for ; taken; n++ {
		free = fmt.Sprintf("%s_%d", name, n)
		_, taken = s.byName[free]
	}
	s.byName[name], s.byName[free] = max(n, 2), 2
	return free
}

// variableName is a key as the name of an environment variable: apiKey, api-key and X-Api-Key become API_KEY.
func variableName(key string) string {
	var b strings.Builder
	var last rune
	for _, c := range key {
		switch {
		case c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c)):
			if unicode.IsUpper(c) && (unicode.IsLower(last) || unicode.IsDigit(last)) {
				b.WriteByte('_')
			}
			b.WriteRune(unicode.ToUpper(c))
		case b.Len() > 0 && last != '_':
			b.WriteByte('_')
			c = '_'
		}
		last = c
	}
	name := strings.TrimPrefix(strings.Trim(b.String(), "_"), "X_")
	if name == "PWD" || name == "PASS" {
		return "PASSWORD" // and PWD is the shell's
	}
	if name == "" || unicode.IsDigit(rune(name[0])) || len(name) > 40 {
		return "SECRET"
	}
	return name
}

// secretWords are parts of the keys that secrets are kept under, without what joins words.
var secretWords = []string{"password", "passwd", "passphrase", "passcode", "secret", "token", "apikey", "accesskey",
	"privatekey", "credential", "authorization"}

// secretNames are whole keys.
var secretNames = map[string]bool{"pass": true, "pwd": true, "pin": true, "otp": true, "cvv": true, "cvc": true, "auth": true, "jwt": true}

// isSecret says whether a value under this key is to be kept out of the script.
func isSecret(key string) bool {
	plain := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, key)
	if secretNames[plain] {
		return true
	}
	for _, word := range secretWords {
		if strings.Contains(plain, word) {
			return plain != "tokentype"
		}
	}
	return false
}
