// Package lazyregexp compiles regular expressions when they are first needed. Most runs need none of those of a script's
// mistakes or of Locust's output, and compiling them all would be a tenth of the time that a program takes to start.
package lazyregexp

import (
	"regexp"
	"sync"
)

// New is what compiles an expression once. One that is wrong panics at its first use.
func New(source string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(source) })
}
