package loadtest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// resolver looks up the names of an expression before its types are checked, as it can say more about a wrong one.
type resolver struct {
	scope     *scope
	answer    bool // the names of the answer are known here
	durations map[int]time.Duration
	mistakes  []*mistake

	names    []*ast.IdentifierNode
	called   map[*ast.IdentifierNode]bool // functions rather than values
	optional map[*ast.IdentifierNode]bool // captures that may be missing
	named    map[*ast.IdentifierNode]bool // env whose variable is named
}

func (s *scope) resolve(root *ast.Node, answer bool, durations map[int]time.Duration) *resolver {
	r := &resolver{scope: s, answer: answer, durations: durations, called: map[*ast.IdentifierNode]bool{},
		optional: map[*ast.IdentifierNode]bool{}, named: map[*ast.IdentifierNode]bool{}}
	ast.Walk(root, r)
	for _, name := range r.names {
		r.check(name)
	}
	slices.SortStableFunc(r.mistakes, func(a, b *mistake) int { return a.offset - b.offset })
	return r
}

func (r *resolver) complain(at ast.Node, format string, args ...any) {
	r.mistakes = append(r.mistakes, &mistake{at.Location().From, fmt.Sprintf(format, args...)})
}

// Visit is called for each node after those below it.
func (r *resolver) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if d, ok := r.durations[n.Location().From]; ok && strings.Trim(n.Value, string(standIn)) == "" {
			ast.Patch(node, &ast.ConstantNode{Value: d})
			return
		}
		r.names = append(r.names, n)
	case *ast.CallNode:
		if name, ok := n.Callee.(*ast.IdentifierNode); ok {
			r.called[name] = true
		}
	case *ast.BinaryNode:
		r.markOptional(n)
	case *ast.BuiltinNode:
		if !slices.Contains(builtins, n.Name) {
			r.complain(n, "there is no function %s", n.Name)
		}
	case *ast.VariableDeclaratorNode:
		r.complain(n, "let is not known; write the value where it is used")
	case *ast.MemberNode:
		r.member(node, n)
	}
}

// markOptional finds captures that are asked for only if they are there: token ?? "none", token == nil.
func (r *resolver) markOptional(n *ast.BinaryNode) {
	mark := func(node ast.Node) {
		if name, ok := node.(*ast.IdentifierNode); ok {
			r.optional[name] = true
		}
	}
	_, nilRight := n.Right.(*ast.NilNode)
	_, nilLeft := n.Left.(*ast.NilNode)
	equality := n.Operator == "==" || n.Operator == "!="
	if n.Operator == "??" || equality && nilRight {
		mark(n.Left)
	}
	if equality && nilLeft {
		mark(n.Right)
	}
}

// member resolves env.NAME, which is a constant, and the columns of feeds.
func (r *resolver) member(node *ast.Node, n *ast.MemberNode) {
	base, isName := n.Node.(*ast.IdentifierNode)
	property, isConstant := n.Property.(*ast.StringNode)
	if !isName || !isConstant {
		return
	}
	if base.Value == "env" {
		r.named[base] = true
		value, set := r.scope.env(property.Value)
		if !set {
			r.complain(n, "the environment variable %s is not set", property.Value)
		}
		r.scope.secrets.add(value)
		ast.Patch(node, &ast.StringNode{Value: value})
		return
	}
	if _, f := r.scope.feed(base.Value); f != nil && f.columns != nil && !slices.Contains(f.columns, property.Value) {
		r.complain(property, "the feed %s has no %s%s", f.name, property.Value, strictyaml.Suggest(property.Value, f.columns))
	}
	if (base.Value == "vu" || base.Value == "user") && property.Value != "id" {
		r.complain(property, "%s has only an id", base.Value)
	}
}

func (r *resolver) check(name *ast.IdentifierNode) {
	known := r.scope.known(r.answer)
	switch {
	case r.called[name]:
		if !isOwnFunction(name.Value) {
			r.complain(name, "there is no function %s%s", name.Value, strictyaml.Suggest(name.Value, functionNames()))
		}
	case name.Value == "env":
		if !r.named[name] {
			r.complain(name, "env takes the name of a variable, such as env.PASSWORD")
		}
	case !r.answer && slices.Contains(answerNames, name.Value) && !slices.Contains(known, name.Value):
		r.complain(name, "%s is known in expect and in conditions only; what is needed later must be captured", name.Value)
	case isFunction(name.Value):
		r.complain(name, "%s is a function: write %s(…)", name.Value, name.Value)
	case !slices.Contains(known, name.Value):
		r.complain(name, "%q is not known: no feed has this name, and no step of %s captures it%s", name.Value, r.scope.class,
			strictyaml.Suggest(name.Value, known))
	}
}
