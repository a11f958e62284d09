package loadtest

import (
	"slices"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Requests are found in the text of a script before it runs: their names are in the result then even if none is sent, and
// targets can be checked. A request is a call of a method such as get on a parameter of a function, which is what the user is.

// starRequestCall is what is known about a request from the text of the script.
type starRequestCall struct {
	name    int  // its index in the plan, or madeUp
	dropped bool // nothing is done with the answer
}

// madeUp is the name of a request that only shows when it is sent.
const madeUp = -1

// predeclared is the scope of env and the other names that are there without the script's doing.
const predeclared = resolve.Predeclared

func scopeOf(id *syntax.Ident) resolve.Scope {
	if b, ok := id.Binding.(*resolve.Binding); ok {
		return b.Scope
	}
	return resolve.Undefined
}

// starFinder looks for requests in one file.
type starFinder struct {
	loader     *starLoader
	values     starlark.StringDict // of the file's top level
	parameters map[*syntax.Ident]bool
	dropped    map[syntax.Node]bool // calls whose value is not used
	found      map[syntax.Node]bool // the x.get of calls that are requests
}

// findRequests puts the requests of a file into the script and their names into the plan.
func (l *starLoader) findRequests(file *syntax.File, values starlark.StringDict) {
	f := &starFinder{loader: l, values: values, parameters: map[*syntax.Ident]bool{}, dropped: map[syntax.Node]bool{}, found: map[syntax.Node]bool{}}
	syntax.Walk(file, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.DefStmt:
			f.declare(n.Params)
		case *syntax.LambdaExpr:
			f.declare(n.Params)
		case *syntax.ExprStmt:
			f.dropped[n.X] = true
		case *syntax.CallExpr:
			f.call(n)
		case *syntax.DotExpr:
			f.dot(n)
		case *syntax.Ident:
			l.script.looks = l.script.looks || n.Name == "getattr"
		case *syntax.Literal:
			l.script.looks = l.script.looks || n.Value == "contains" // of a dict that is given as arguments
		}
		return true
	})
}

// declare notes the parameters of a function.
func (f *starFinder) declare(params []syntax.Expr) {
	for _, p := range params {
		if withDefault, ok := p.(*syntax.BinaryExpr); ok {
			p = withDefault.X
		}
		if id, ok := p.(*syntax.Ident); ok {
			f.parameters[id] = true
		}
	}
}

// isParameter says whether an expression is a parameter of the function around it, or of one around that.
func (f *starFinder) isParameter(e syntax.Expr) bool {
	id, ok := e.(*syntax.Ident)
	if !ok {
		return false
	}
	b, ok := id.Binding.(*resolve.Binding)
	return ok && b.First != nil && f.parameters[b.First]
}

// starLooks are the attributes of an answer that need its headers or its body.
var starLooks = []string{"json", "text", "headers", "cookies"}

// dot notes what the script looks at, and requests that it sends by another name, as in `fetch = user.get`.
func (f *starFinder) dot(n *syntax.DotExpr) {
	script := f.loader.script
	script.looks = script.looks || slices.Contains(starLooks, n.Name.Name)
	if isRequestMethod(n.Name.Name) && f.isParameter(n.X) && !f.found[n] {
		f.loader.plan.namesOpen = true
	}
}

func (f *starFinder) call(n *syntax.CallExpr) {
	for _, arg := range n.Args {
		if name, _ := namedArgument(arg); name == "contains" {
			f.loader.script.looks = true
		}
	}
	dot, ok := n.Fn.(*syntax.DotExpr)
	if !ok || !isRequestMethod(dot.Name.Name) || !f.isParameter(dot.X) {
		return
	}
	f.found[dot] = true
	request := starRequestCall{name: madeUp, dropped: f.dropped[n]}
	if name, ok := f.name(dot.Name.Name, n.Args); ok {
		request.name = f.loader.plan.nameIndex(name)
	} else {
		f.loader.plan.namesOpen = true
	}
	f.loader.script.calls[n.Lparen] = request
}

// namedArgument takes `name = value` apart; the name is empty for an argument without one.
func namedArgument(arg syntax.Expr) (name string, value syntax.Expr) {
	if b, ok := arg.(*syntax.BinaryExpr); ok && b.Op == syntax.EQ {
		return b.X.(*syntax.Ident).Name, b.Y
	}
	return "", arg
}

// name is a request's name, if it shows in the text.
func (f *starFinder) name(method string, args []syntax.Expr) (RequestName, bool) {
	given := map[string]syntax.Expr{}
	positional := []string{"path"}
	if method == "request" {
		positional = []string{"method", "path"}
	}
	for i, arg := range args {
		if extra, ok := arg.(*syntax.UnaryExpr); ok && (extra.Op == syntax.STAR || extra.Op == syntax.STARSTAR) {
			return RequestName{}, false
		}
		name, value := namedArgument(arg)
		if name == "" && i < len(positional) {
			name = positional[i]
		}
		given[name] = value
	}
	name := RequestName{Method: strings.ToUpper(method)}
	ok := true
	if method == "request" {
		name.Method, ok = f.constant(given["method"])
	}
	if !ok {
		return RequestName{}, false
	}
	if given["name"] != nil {
		name.Name, ok = f.constant(given["name"])
	} else {
		name.Name, ok = f.pattern(given["path"])
		ok = ok && isPath(name.Name)
	}
	return name, ok
}

// literal is the text of an expression that is one in quotes.
func literal(e syntax.Expr) (string, bool) {
	if l, ok := e.(*syntax.Literal); ok && l.Token == syntax.STRING {
		return l.Value.(string), true
	}
	return "", false
}

// constant is the text of an expression that is the same each time: one in quotes, a variable of the top level, or some
// of them added up.
func (f *starFinder) constant(e syntax.Expr) (string, bool) {
	switch e := e.(type) {
	case *syntax.ParenExpr:
		return f.constant(e.X)
	case *syntax.Ident:
		text, ok := f.values[e.Name].(starlark.String)
		return string(text), ok && scopeOf(e) == resolve.Global
	case *syntax.BinaryExpr:
		left, ok := f.constant(e.X)
		right, ok2 := f.constant(e.Y)
		return left + right, ok && ok2 && e.Op == syntax.PLUS
	}
	return literal(e)
}

// pattern is the text of a path as the script writes it: that before % or .format(…), and {} for what is added to it.
func (f *starFinder) pattern(e syntax.Expr) (string, bool) {
	if text, ok := f.constant(e); ok {
		return text, true
	}
	switch e := e.(type) {
	case *syntax.ParenExpr:
		return f.pattern(e.X)
	case *syntax.CallExpr:
		if dot, ok := e.Fn.(*syntax.DotExpr); ok && dot.Name.Name == "format" {
			return f.constant(dot.X)
		}
	case *syntax.BinaryExpr:
		if e.Op == syntax.PERCENT {
			return f.constant(e.X)
		}
		if e.Op != syntax.PLUS {
			return "", false
		}
		left, ok := f.pattern(e.X)
		right, known := f.pattern(e.Y)
		if !known {
			right = "{}"
		}
		return left + right, ok
	}
	return "", false
}
