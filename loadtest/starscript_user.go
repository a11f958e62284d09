package loadtest

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"go.starlark.net/starlark"
)

// starFunction is a function of the user. Its error does not name the function.
type starFunction func(t *starUser, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)

// starUserFunctions are what a script can have a user do.
var starUserFunctions = map[string]*starlark.Builtin{
	"get":     ofUser("get", sendWith("GET")),
	"post":    ofUser("post", sendWith("POST")),
	"put":     ofUser("put", sendWith("PUT")),
	"patch":   ofUser("patch", sendWith("PATCH")),
	"delete":  ofUser("delete", sendWith("DELETE")),
	"head":    ofUser("head", sendWith("HEAD")),
	"options": ofUser("options", sendWith("OPTIONS")),
	"request": ofUser("request", sendWith("")),
	"rand":    ofUser("rand", starRand),
	"choice":  ofUser("choice", starChoice),
	"uuid":    ofUser("uuid", starUUID),
	"think":   ofUser("think", starThink),
	"stop":    ofUser("stop", starEnd(errStop)),
	"abort":   ofUser("abort", starEnd(errAbort)),
	"log":     ofUser("log", starLog),
}

// ofUser makes a function of the user one that the interpreter can call.
func ofUser(name string, f starFunction) *starlark.Builtin {
	return starlark.NewBuiltin(name, func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		v, err := f(b.Receiver().(*starUser), args, kwargs)
		if err != nil {
			return nil, &functionError{name, err}
		}
		return v, nil
	})
}

// functionError puts the name of the function before what went wrong in it.
type functionError struct {
	function string
	err      error
}

func (e *functionError) Error() string {
	text := e.err.Error()
	if strings.HasPrefix(text, e.function+": ") {
		return text // the interpreter's own say it
	}
	return e.function + ": " + text
}

func (t *starUser) String() string        { return "<user>" }
func (t *starUser) Type() string          { return "user" }
func (t *starUser) Freeze()               {}
func (t *starUser) Truth() starlark.Bool  { return true }
func (t *starUser) Hash() (uint32, error) { return 0, errors.New("unhashable: user") }

// Attr is user.name.
func (t *starUser) Attr(name string) (starlark.Value, error) {
	switch name {
	case "id":
		return starlark.MakeInt(t.user.id), nil
	case "users":
		return starlark.MakeInt(t.user.run.options.Users), nil
	case "iteration":
		return starlark.MakeInt(t.user.iteration), nil
	case "state":
		if t.state == nil {
			t.state = starlark.NewDict(0)
		}
		return t.state, nil
	}
	if f := starUserFunctions[name]; f != nil {
		return f.BindReceiver(t), nil
	}
	return nil, nil
}

// AttrNames are what there is after `user.`, for hints at misspelt ones.
func (t *starUser) AttrNames() []string {
	return append(slices.Sorted(maps.Keys(starUserFunctions)), "id", "iteration", "state", "users")
}

// starRand is user.rand(a, b).
func starRand(t *starUser, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var a, b int64
	if err := starlark.UnpackArgs("rand", args, kwargs, "a", &a, "b", &b); err != nil {
		return nil, err
	}
	if a > b {
		return nil, argumentError("rand", "b", "must be at least a", starlark.MakeInt64(b))
	}
	return starlark.MakeInt64(randInt(t.random(), a, b)), nil
}

// starChoice is user.choice(list).
func starChoice(t *starUser, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var list starlark.Value
	if err := starlark.UnpackArgs("choice", args, kwargs, "list", &list); err != nil {
		return nil, err
	}
	items, ok := list.(starlark.Indexable)
	if !ok || items.Len() == 0 {
		return nil, argumentError("choice", "list", "must be a list with something in it", list)
	}
	return items.Index(choose(t.random(), items.Len())), nil
}

// starUUID is user.uuid().
func starUUID(t *starUser, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackArgs("uuid", args, kwargs); err != nil {
		return nil, err
	}
	return starlark.String(randUUID(t.random())), nil
}

// starThink is user.think("200ms") or user.think("1s", "3s").
func starThink(t *starUser, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var from, to starlark.Value
	if err := starlark.UnpackArgs("think", args, kwargs, "pause", &from, "to??", &to); err != nil {
		return nil, err
	}
	low, err := durationOf(from, 0)
	if err != nil {
		return nil, err
	}
	high := low
	if to != nil {
		if high, err = durationOf(to, low); err != nil {
			return nil, err
		}
	}
	return starlark.None, t.pause(waitBetween{low: low, high: high})
}

// starEnd is user.stop() and user.abort().
func starEnd(why error) starFunction {
	return func(t *starUser, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		if len(args)+len(kwargs) > 0 {
			return nil, errors.New("takes no arguments")
		}
		return nil, t.end(why)
	}
}

// starLog is user.log(…), which dry runs show.
func starLog(t *starUser, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(kwargs) > 0 {
		return nil, errors.New("takes no arguments with a name")
	}
	texts := make([]string, len(args))
	for i, v := range args {
		if text, ok := starlark.AsString(v); ok {
			texts[i] = text
			continue
		}
		texts[i] = v.String()
	}
	t.user.log(strings.Join(texts, " "), NoFailure)
	return starlark.None, nil
}
