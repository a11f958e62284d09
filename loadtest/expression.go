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
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
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

// The steps of compiling an expression, each in a file of its own:
//
//   - exprscan.go finds its end, and puts names in place of durations, which the language does not have.
//   - The parser of the language makes a tree of it.
//   - exprresolve.go finds what is wrong with its names, and puts in what is known already: durations and the environment.
//   - The checker of the language finds types that do not fit together.
//   - exprinstrument.go makes calls of the functions in exprhidden.go out of the names, and puts the guards of exprguard.go in.
//   - What is the same at each evaluation is evaluated at once; else the compiler of the language makes a program.
//
// The names and functions that there are stand in exprscope.go and exprfuncs.go, and what becomes of a value in exprvalue.go.

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
	if _, ok := isCall(node, "·id"); ok {
		return lookup{kind: lookupID}
	}
	if n, ok := isCall(node, "·captured"); ok {
		return lookup{kind: lookupCapture, index: argument(n, 1)}
	}
	if n, ok := isCall(node, "·column"); ok {
		return lookup{kind: lookupColumn, index: argument(n, 1), field: argument(n, 2)}
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
