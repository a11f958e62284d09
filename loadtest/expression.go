package loadtest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/lazyregexp"
)

// expression is a compiled expression of a script. It is read-only: all users share it.
type expression struct {
	source  string
	program *vm.Program  // nil if the value is constant
	value   any          // if it is constant
	kind    reflect.Type // nil if only running it tells
	uses    uses
	lookup  lookup // what can be had without running a program
}

// lookup is the value of an expression that is a mere name, as most are.
type lookup struct {
	kind         lookupKind
	index, field int
}

type lookupKind uint8

const (
	lookupNone lookupKind = iota
	lookupID
	lookupCapture
	lookupColumn
)

// maxExpression bounds the length of an expression in bytes: the parser goes as deep as there are parentheses.
const maxExpression = 4096

// compile reads an expression; answer says that the names of the answer are known in it. It returns all that is wrong
// with the expression's names, or the first thing that is wrong otherwise.
func (s *scope) compile(source string, answer bool) (*expression, []*mistake) {
	key := compileKey{source, answer}
	known, ok := s.compiled[key]
	if !ok {
		known.expression, known.mistakes = s.compileChecked(source, answer)
		for _, m := range known.mistakes {
			m.offset = byteOffset(source, m.offset)
		}
		s.compiled[key] = known
	}
	return known.expression, known.mistakes
}

func (s *scope) compileChecked(source string, answer bool) (*expression, []*mistake) {
	if len(source) > maxExpression {
		return nil, []*mistake{{0, fmt.Sprintf("an expression must have at most %d bytes", maxExpression)}}
	}
	if !utf8.ValidString(source) || strings.TrimSpace(source) == "" {
		return nil, []*mistake{{0, "an expression is missing"}}
	}
	hiddenSource, durations := hideDurations(source)
	tree, err := parser.ParseWithConfig(hiddenSource, s.config())
	if err != nil {
		return nil, []*mistake{asMistake(err)}
	}
	resolved := s.resolve(&tree.Node, answer, durations)
	if len(resolved.mistakes) > 0 {
		return nil, resolved.mistakes
	}
	if _, err := checker.Check(tree, s.config()); err != nil {
		return nil, []*mistake{asMistake(err)}
	}
	e := &expression{source: source}
	if n := tree.Node.Nature(); n.Type != nil && n.Kind != reflect.Interface {
		e.kind = n.Type
	}
	guard := &instrument{scope: s, optional: resolved.optional}
	ast.Walk(&tree.Node, guard)
	e.uses, e.lookup = guard.uses, lookupOf(tree.Node)
	if e.program, err = compiler.Compile(tree, s.config()); err != nil {
		return nil, []*mistake{asMistake(err)}
	}
	if !e.uses.state {
		if e.value, err = e.run(&values{}); err != nil {
			return nil, []*mistake{{0, err.Error()}}
		}
		e.program = nil
	}
	return e, nil
}

// lookupOf says whether a compiled tree is a mere name.
func lookupOf(node ast.Node) lookup {
	index := func(n *ast.CallNode, i int) int { return n.Arguments[i].(*ast.ConstantNode).Value.(int) }
	if _, ok := isCall(node, "·id"); ok {
		return lookup{kind: lookupID}
	}
	if n, ok := isCall(node, "·captured"); ok {
		return lookup{kind: lookupCapture, index: index(n, 1)}
	}
	if n, ok := isCall(node, "·column"); ok {
		return lookup{kind: lookupColumn, index: index(n, 1), field: index(n, 2)}
	}
	return lookup{}
}

// machines run programs; each keeps its stack from one to the next.
var machines = sync.Pool{New: func() any { return &vm.VM{MemoryBudget: maxVMMemory} }}

// eval is the expression's value for a user, at this moment.
func (e *expression) eval(u *user) (any, error) {
	switch e.lookup.kind {
	case lookupID:
		return u.id, nil
	case lookupCapture:
		if v := u.scriptValues(); v.has[e.lookup.index] {
			return v.captured[e.lookup.index], nil
		}
	case lookupColumn:
		return u.scriptValues().column(e.lookup.index, e.lookup.field), nil
	}
	if e.program == nil {
		return e.value, nil
	}
	return e.run(u.scriptValues())
}

func (e *expression) run(v *values) (any, error) {
	machine := machines.Get().(*vm.VM)
	defer machines.Put(machine)
	v.cost = 0
	result, err := machine.Run(e.program, v)
	if err != nil {
		return nil, errors.New(asMistake(err).message)
	}
	return result, nil
}

// isTrue evaluates a condition.
func (e *expression) isTrue(u *user) (bool, error) {
	value, err := e.eval(u)
	if err != nil {
		return false, err
	}
	answer, ok := value.(bool)
	if !ok {
		return false, fmt.Errorf("must be true or false, got %s", kindOf(value))
	}
	return answer, nil
}

// asMistake is an error of the expression package in the words of scripts.
func asMistake(err error) *mistake {
	var at *file.Error
	if errors.As(err, &at) {
		return &mistake{at.Location.From, reword(at.Message)}
	}
	return &mistake{0, reword(err.Error())}
}

func reword(message string) string {
	first, _, _ := strings.Cut(message, "\n")
	if m := unexpectedToken().FindStringSubmatch(first); m != nil {
		return unexpected(m[1], m[2])
	}
	switch {
	case strings.Contains(first, "interface conversion"):
		return "a value is of the wrong kind: " + conversion(first)
	case strings.Contains(first, "memory budget exceeded"):
		return errTooLarge.Error()
	case strings.HasPrefix(first, "runtime error") || strings.HasPrefix(first, "reflect"):
		return "a value is of the wrong kind"
	}
	return strings.TrimSpace(withoutTypes(first))
}

// unexpectedToken is how the parser says that something does not belong where it stands.
var unexpectedToken = lazyregexp.New(`^unexpected token (\w+)(?:\("(.*)"\))?`)

func unexpected(kind, token string) string {
	switch {
	case kind == "EOF":
		return "the end is missing"
	case token == "=":
		return "unexpected =; equality is written =="
	}
	return "unexpected " + token
}

// conversion shortens Go's complaint, "interface conversion: interface {} is nil, not string".
func conversion(message string) string {
	_, what, _ := strings.Cut(message, " is ")
	got, want, _ := strings.Cut(what, ", not ")
	if got == "nil" {
		got = "nothing"
	}
	return withoutTypes(got + " instead of " + want)
}

// byteOffset turns an offset in characters into one in bytes.
func byteOffset(s string, characters int) int {
	for i := range s {
		if characters == 0 {
			return i
		}
		characters--
	}
	return len(s)
}
