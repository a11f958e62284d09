package loadtest

import (
	"context"
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A script in Starlark is run once, when it is read. What is left is a plan whose tasks are functions, and the values
// of its modules, frozen and shared by all users.

// starOptions are the parts of the language that a task script has. Recursion is not one: with loops there is no need of
// it, and a script without it cannot fill the stack.
var starOptions = &syntax.FileOptions{Set: true, While: true, TopLevelControl: true}

// starScript is what the users of a script share while it runs. It does not change then.
type starScript struct {
	env   func(string) (string, bool)
	calls map[syntax.Position]starRequestCall // the requests that the script writes, by where
	looks bool                                // the script looks at the headers or the body of an answer somewhere
}

// ParseStarlark compiles a task script in Starlark. Name is the file's name for messages; modules and files that the script
// reads are looked for in its folder. All mistakes found are reported at once, as strictyaml.Problems.
func ParseStarlark(name string, data []byte, env func(string) (string, bool)) (*Plan, error) {
	l := newStarLoader(name, env)
	l.run(name, data)
	if len(l.problems) == 0 && len(l.plan.classes) == 0 {
		l.refuseAt(syntax.MakePosition(&name, 1, 1), "must call user_class at least once, such as user_class(tasks = [browse])")
	}
	if err := l.problems.Sorted().Err(); err != nil {
		return nil, err
	}
	l.plan.nameClasses()
	return l.plan, nil
}

// nameClasses names the classes that the script leaves without a name.
func (p *Plan) nameClasses() {
	for i := range p.classes {
		switch {
		case p.classes[i].name != "":
		case len(p.classes) == 1:
			p.classes[i].name = "user"
		default:
			p.classes[i].name = fmt.Sprintf("user %d", i+1)
		}
	}
}

// starTask is a function of the script as a step: a task, or what a class does at the start or the end.
type starTask struct {
	script   *starScript
	class    *starDefaults
	function starlark.Callable
}

// do calls the function with the user.
func (s *starTask) do(ctx context.Context, u *user) flow {
	if u.star == nil {
		u.star = newStarUser(u, s.script)
	}
	return u.star.call(ctx, s)
}
