package loadtest

import (
	"reflect"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker/nature"
)

// instrument compiles the names of a checked expression to calls, and puts the guards into it.
type instrument struct {
	scope    *scope
	optional map[*ast.IdentifierNode]bool
	uses     uses
}

// uses is what an expression looks at.
type uses struct {
	state                         bool // anything at all that differs from one evaluation to the next
	status, body, headers, timing bool
	json                          bool  // of the body
	captures                      []int // by the class's index of their names
}

func (u *uses) add(other uses) {
	u.state, u.status, u.body = u.state || other.state, u.status || other.status, u.body || other.body
	u.headers, u.timing, u.json = u.headers || other.headers, u.timing || other.timing, u.json || other.json
	u.captures = append(u.captures, other.captures...)
}

// none says that nothing of an answer is looked at.
func (u *uses) none() bool { return !u.status && !u.body && !u.headers && !u.timing }

// keep says whether the engine has to keep more of an answer than its status.
func (u *uses) keep() bool { return u.body || u.headers }

// call replaces a node by a call of a hidden function.
func call(node *ast.Node, name string, args ...ast.Node) {
	callee := &ast.IdentifierNode{Value: name}
	patched := &ast.CallNode{Callee: callee, Arguments: append([]ast.Node{&ast.IdentifierNode{Value: "$env"}}, args...)}
	patched.SetNature(*(*node).Nature())
	ast.Patch(node, patched)
}

func constant(value any) ast.Node {
	node := &ast.ConstantNode{Value: value}
	node.SetType(reflect.TypeOf(value))
	return node
}

// argument is a number that constant made an argument of a call; the user's values are the one at 0.
func argument(n *ast.CallNode, i int) int { return n.Arguments[i].(*ast.ConstantNode).Value.(int) }

// isCall says whether a node is the call of a hidden function, and returns it.
func isCall(node ast.Node, name string) (*ast.CallNode, bool) {
	n, ok := node.(*ast.CallNode)
	if !ok {
		return nil, false
	}
	callee, ok := n.Callee.(*ast.IdentifierNode)
	return n, ok && callee.Value == name
}

// Visit is called for each node after those below it.
func (i *instrument) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		i.name(node, n)
	case *ast.MemberNode:
		i.member(node, n)
	case *ast.CallNode:
		i.callNode(node, n)
	case *ast.BuiltinNode:
		if grows(n.Nature()) {
			call(node, "·limit", n)
		}
	case *ast.BinaryNode:
		i.operator(node, n)
	case *ast.ArrayNode, *ast.MapNode:
		call(node, "·weigh", n)
	case *ast.PredicateNode:
		i.loop(n)
	}
}

// named are the names that are known whatever the script, with what they look at. env is a constant by now.
var named = map[string]uses{
	"vu": {}, "iteration": {}, "status": {status: true}, "latency": {timing: true}, "text": {body: true}, "body": {body: true, json: true},
	"headers": {headers: true},
}

func (i *instrument) name(node *ast.Node, n *ast.IdentifierNode) {
	name := n.Value
	if name == "user" {
		name = "vu"
	}
	used, ok := named[name]
	if !ok {
		i.uses.add(i.scripted(node, n))
		return
	}
	used.state = true
	i.uses.add(used)
	call(node, "·"+name)
}

// scripted is a name that the script made: of a capture or a feed.
func (i *instrument) scripted(node *ast.Node, n *ast.IdentifierNode) uses {
	if index, f := i.scope.feed(n.Value); f != nil {
		call(node, "·row", constant(index))
		return uses{state: true}
	}
	for index, name := range i.scope.captures {
		if name != n.Value {
			continue
		}
		if i.optional[n] {
			call(node, "·optional", constant(index))
		} else {
			call(node, "·captured", constant(index), constant(name))
		}
		return uses{state: true, captures: []int{index}}
	}
	return uses{} // a function
}

func (i *instrument) member(node *ast.Node, n *ast.MemberNode) {
	if _, ok := isCall(n.Node, "·headers"); ok {
		call(node, "·header", n.Property)
		return
	}
	property, ok := n.Property.(*ast.StringNode)
	if !ok {
		return
	}
	if _, ok := isCall(n.Node, "·vu"); ok {
		call(node, "·id")
		return
	}
	if row, ok := isCall(n.Node, "·row"); ok {
		index := argument(row, 1)
		call(node, "·column", constant(index), constant(i.scope.feeds[index].column(property.Value)))
	}
}

// callNode hands the user's values to the functions that need them.
func (i *instrument) callNode(node *ast.Node, n *ast.CallNode) {
	if name, ok := n.Callee.(*ast.IdentifierNode); ok && stateful[name.Value] != nil {
		i.uses.state = true
		call(node, name.Value, n.Arguments...)
		return
	}
	if grows(n.Nature()) {
		call(node, "·limit", n)
	}
}

func (i *instrument) operator(node *ast.Node, n *ast.BinaryNode) {
	switch n.Operator {
	case "in":
		if _, ok := isCall(n.Right, "·headers"); ok {
			call(node, "·hasHeader", n.Left)
			return
		}
		weighTrees(n)
	case "==", "!=":
		weighTrees(n)
	case "+":
		if grows(n.Nature()) {
			call(node, "·add", n.Left, n.Right)
		}
	}
}

// weighTrees guards the comparison of two trees; one with a number, say, takes no time.
func weighTrees(n *ast.BinaryNode) {
	if isTree(n.Left.Nature()) && isTree(n.Right.Nature()) {
		call(&n.Left, "·weigh", n.Left)
		call(&n.Right, "·weigh", n.Right)
	}
}

// loop makes each round of a loop cost something.
func (i *instrument) loop(n *ast.PredicateNode) {
	nature := *n.Node.Nature()
	var tick ast.Node = &ast.NilNode{}
	call(&tick, "·tick")
	body := n.Node
	if grows(&nature) {
		call(&body, "·limit", body)
	}
	sequence := &ast.SequenceNode{Nodes: []ast.Node{tick, body}}
	sequence.SetNature(nature)
	sequence.SetLocation(n.Node.Location())
	n.Node = sequence
}

// grows says whether a value of the kind can be of any size.
func grows(n *nature.Nature) bool {
	return n.Type == nil || n.IsString() || n.IsByteSlice() || isTree(n)
}

// isTree says whether a value of the kind can hold others.
func isTree(n *nature.Nature) bool {
	if n.Nil {
		return false
	}
	switch n.Kind {
	case reflect.Map, reflect.Slice, reflect.Array, reflect.Interface, reflect.Invalid:
		return true
	}
	return false
}
