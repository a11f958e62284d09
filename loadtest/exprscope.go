package loadtest

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/types"
)

// scope is what the expressions of a user class can name.
type scope struct {
	class    string
	env      func(string) (string, bool)
	feeds    []*feed
	captures []string
	secrets  *secrets
	config   func() *conf.Config     // made when there is an expression
	compiled map[compileKey]compiled // so that what is written a thousand times is compiled once
}

type compileKey struct {
	source string
	answer bool
}

type compiled struct {
	expression *expression
	mistakes   []*mistake
}

// answerNames are known where there is an answer to look at: in expectations and conditions.
var answerNames = []string{"status", "headers", "body", "text", "latency"}

// ownNames are known everywhere. user is another word for vu.
var ownNames = []string{"env", "iteration", "user", "vu"}

// reserved are the names that feeds and captures cannot have.
func reserved(name string) bool {
	return slices.Contains(answerNames, name) || slices.Contains(ownNames, name) || isFunction(name) || slices.Contains(keywords, name)
}

var keywords = []string{"and", "contains", "else", "endsWith", "false", "if", "in", "let", "matches", "nil", "not", "null", "or", "startsWith", "true"}

func newScope(class string, env func(string) (string, bool), feeds []*feed, captures []string, known *secrets) *scope {
	return &scope{class: class, env: env, feeds: feeds, captures: captures, secrets: known, compiled: map[compileKey]compiled{},
		config: sync.OnceValue(func() *conf.Config { return newExprConfig(feeds, captures) })}
}

// newExprConfig is what the expression language is told of the names and functions that there are.
func newExprConfig(feeds []*feed, captures []string) *conf.Config {
	config := conf.CreateNew()
	id := types.Map{"id": types.Int}
	text := types.Map{types.Extra: types.String}
	names := types.Map{"env": text, "headers": text, "vu": id, "user": id, "iteration": types.Int, "status": types.Int,
		"body": types.Any, "text": types.String, "latency": types.TypeOf(time.Duration(0))}
	for _, name := range captures {
		names[name] = types.Any
	}
	for _, f := range feeds {
		names[f.name] = f.columnTypes()
	}
	config.WithEnv(names)
	config.Optimize = false
	config.MaxNodes = 1000
	for name := range config.Builtins {
		if !slices.Contains(builtins, name) {
			config.Disabled[name] = true
			delete(config.Builtins, name)
		}
	}
	for _, functions := range []map[string]*builtin.Function{stateful, pure, hidden} {
		maps.Copy(config.Functions, functions)
	}
	return config
}

func (s *scope) feed(name string) (index int, f *feed) {
	index = slices.IndexFunc(s.feeds, func(f *feed) bool { return f.name == name })
	if index < 0 {
		return -1, nil
	}
	return index, s.feeds[index]
}

// known are all the names that an expression can begin with.
func (s *scope) known(answer bool) []string {
	names := slices.Clone(ownNames)
	if answer {
		names = append(names, answerNames...)
	}
	for _, f := range s.feeds {
		names = append(names, f.name)
	}
	return slices.Sorted(slices.Values(append(names, s.captures...)))
}
