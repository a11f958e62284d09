package loadtest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// shopper is a user with a feed, a value that was captured, one that was not, and an answer.
func shopper() (*scope, *user) {
	accounts := &feed{name: "accounts", columns: []string{"user", "pass word"}, texts: [][]string{{"ann", "x"}, {"bob", "y"}}}
	env := func(name string) (string, bool) { return "value of " + name, name != "MISSING" }
	c := &class{name: "shopper", feeds: []*feed{accounts}, captures: []string{"id", "token"}}
	u := &user{id: 7, iteration: 3, class: c, run: &run{options: Options{Users: 10}}, random: rand.New(rand.NewPCG(1, 1))}
	v := u.scriptValues()
	v.capture(0, 42)
	v.look(answer{status: 200, latency: 20 * time.Millisecond, headers: http.Header{"Content-Type": {"application/json"}, "X-A": {"1", "2"}},
		body: []byte(`{"items":[{"id":1,"price":1.5},{"id":2,"price":2}],"state":"done","n":null,"big":12345678901234567890,"long":1234567890123456789}`)})
	return newScope(c.name, env, c.feeds, c.captures, &secrets{}), u
}

func evaluate(s *scope, u *user, source string) (string, error) {
	e, mistakes := s.compile(source, true)
	if len(mistakes) > 0 {
		var all []string
		for _, m := range mistakes {
			all = append(all, fmt.Sprintf("%d: %s", m.offset, m.message))
		}
		return "", fmt.Errorf("%s", strings.Join(all, "; "))
	}
	value, err := e.eval(u)
	if err != nil {
		return "", err
	}
	b, err := appendText(nil, value)
	return string(b), err
}

func TestExpressions(t *testing.T) {
	for source, want := range map[string]string{
		"vu.id":                             "7",
		"user.id":                           "7",
		"iteration":                         "3",
		"accounts.user":                     "ann",
		`accounts["pass word"]`:             "x",
		"accounts":                          `{"pass word":"x","user":"ann"}`,
		"id":                                "42",
		"id + 1":                            "43",
		`"u" + string(id)`:                  "u42",
		`token ?? "none"`:                   "none",
		"token == nil":                      "true",
		"nil != token":                      "false",
		`env.A`:                             "value of A",
		`upper(env["A"])`:                   "VALUE OF A",
		"choice([5])":                       "5",
		`choice(["a"])`:                     "a",
		"rand(4, 4)":                        "4",
		"randFloat() < 1":                   "true",
		"len(uuid())":                       "36",
		"now().Year() > 2000":               "true",
		`len(now("2006-01-02"))`:            "10",
		"status == 200":                     "true",
		"latency < 500ms":                   "true",
		"latency > 1h30m":                   "false",
		"latency * 2 == 40ms":               "true",
		"500ms":                             "500ms",
		`"500ms"`:                           "500ms",
		"len(body.items)":                   "2",
		"body.items[-1].id":                 "2",
		"body.big":                          "12345678901234567890",
		"body.long":                         "1234567890123456789",
		"body.items[0].price":               "1.5",
		"body?.n?.x == nil":                 "true",
		"all(body.items, .id > 0)":          "true",
		"map(body.items, .price)":           "[1.5,2]",
		`body.items | map(.id) | join("-")`: "1-2",
		"sum(body.items, .price)":           "3.5",
		"sortBy(body.items, -.price)[0].id": "2",
		"body.items == body.items":          "true",
		`headers["content-type"] contains "json"`: "true",
		"headers.Location":                        "",
		`headers["x-A"]`:                          "1, 2",
		`"x-a" in headers`:                        "true",
		`"x-b" not in headers`:                    "true",
		"len(headers)":                            "2",
		`text matches "st.te"`:                    "true",
		`{"a": [1, id]}`:                          `{"a":[1,42]}`,
		"{a: 1}.a":                                "1",
		`toJSON({a: "<&>"})`:                      `{"a":"<&>"}`,
		`fromJSON("[1]")[0]`:                      "1",
		`urlEncode("a b&c")`:                      "a+b%26c",
		`repeat("ab", 2)`:                         "abab",
		`replace("aaa", "a", "bb")`:               "bbbbbb",
		`split("a,b", ",")[1]`:                    "b",
		`join(split("a,b", ","), "+")`:            "a+b",
		`toBase64("x")`:                           "eA==",
		"1.5e3":                                   "1500",
		"0x1F":                                    "31",
		"/* } */ 1 // }":                          "1",
		`status == 200 ? "yes" : "no"`:            "yes",
		"type(id)":                                "int",
		`date("2024-01-01").Unix()`:               "1704067200",
		"id in [1, 42]":                           "true",
	} {
		s, u := shopper()
		got, err := evaluate(s, u, source)
		require.NoError(t, err, source)
		require.Equal(t, want, got, source)
	}
}

// TestExpressionsThatAreWrong holds what is said about them, the offset before it if it is known before the run.
func TestExpressionsThatAreWrong(t *testing.T) {
	known := "; known here: accounts, body, env, headers, id, iteration, latency, status, text, token, user, vu"
	for source, want := range map[string]string{
		"token":                   "token has not been captured yet",
		"tokn":                    `0: "tokn" is not known: no feed has this name, and no step of shopper captures it; did you mean token?`,
		"id + qqqqqqqq":           `5: "qqqqqqqq" is not known: no feed has this name, and no step of shopper captures it` + known,
		"ðð":                      `0: "ðð" is not known: no feed has this name, and no step of shopper captures it` + known,
		"accounts.usr":            "9: the feed accounts has no usr; did you mean user?",
		"vu.name":                 "3: vu has only an id",
		"env.MISSING":             "4: the environment variable MISSING is not set",
		"env":                     "0: env takes the name of a variable, such as env.PASSWORD",
		"env[id]":                 "0: env takes the name of a variable, such as env.PASSWORD",
		"$env":                    `0: "$env" is not known: no feed has this name, and no step of shopper captures it; did you mean env?`,
		"rnad(1, 2)":              "0: there is no function rnad; did you mean rand?",
		"reduce([1], #acc)":       "0: there is no function reduce",
		"id()":                    "0: there is no function id; did you mean find?",
		"uuid":                    "0: uuid is a function: write uuid(…)",
		"rand(1)":                 "0: not enough arguments to call rand",
		"rand(5, 1)":              "rand: the second number must be at least the first, 5, got 1",
		`rand("1", 2)`:            "5: cannot use text as argument (type a whole number) to call rand",
		"choice([])":              "choice takes a list that is not empty",
		"choice(1)":               `0: choice takes one list, such as ["a", "b"]`,
		"now(1)":                  `0: now takes nothing, or a layout such as "2006-01-02"`,
		"now().Foo()":             "6: type a time has no method Foo",
		"status = 200":            "7: unexpected =; equality is written ==",
		"1 +":                     "2: the end is missing",
		"1 1":                     "2: unexpected 1",
		`"abc`:                    "4: literal not terminated",
		"":                        "0: an expression is missing",
		" ":                       "0: an expression is missing",
		"(":                       "0: the end is missing",
		"latency < 500":           "8: invalid operation: < (mismatched types a duration and a whole number)",
		"status + text":           "7: invalid operation: + (mismatched types a whole number and text)",
		"let a = 1; 2":            "4: let is not known; write the value where it is used",
		`text matches "("`:        "5: error parsing regexp: missing closing ): `(`",
		`id + "x"`:                "invalid operation: a whole number + text",
		"!id":                     "a value is of the wrong kind: a whole number instead of true or false",
		"len(body.none)":          "invalid argument for len (type nothing)",
		"body.none.x":             "cannot fetch x from nothing",
		"body.items[5]":           "index out of range: 5 (array length is 2)",
		"body.n":                  "there is no value to put into the text",
		"1 / 0":                   "the result is not a number",
		"1 % 0":                   "0: a value is of the wrong kind",
		`int("x")`:                "0: invalid operation: int(x)",
		strings.Repeat("(", 5000): "0: an expression must have at most 4096 bytes",
		"\xff":                    "0: an expression is missing",
	} {
		s, u := shopper()
		_, err := evaluate(s, u, source)
		require.EqualError(t, err, want, "%s", source)
	}
}

// TestExpressionsAreBounded has expressions that would take hours or all memory.
func TestExpressionsAreBounded(t *testing.T) {
	for _, source := range []string{
		`repeat("x", 1000000000)`,
		`repeat(repeat("x", 1000000), 1000000)`,
		`len(1..1000000000)`,
		`all(1..99999, all(1..99999, # > 0))`,
		`count(map(1..999999, id), # > 0)`,
		`map(1..9999, repeat("x", 100000))`,
		`["x"]` + strings.Repeat(` | map(# + #)`, 60),
		`["x"]` + strings.Repeat(` | map([#, #])`, 60) + " | toJSON()",
		`"x"` + strings.Repeat(` | replace("", "xxxxxxxxxx")`, 20),
		`"x"` + strings.Repeat(` | toBase64()`, 90),
		`join(map(1..100000, "0123456789abcdef"), "")`,
		`map(1..9999, split(text, ""))`,
		`map(1..500000, body) == map(1..500000, body)`,
	} {
		s, u := shopper()
		u.values.answer.body = []byte(`"` + strings.Repeat("x", 200_000) + `"`)
		start := time.Now()
		_, err := evaluate(s, u, source)
		require.Error(t, err, source)
		require.Regexp(t, "^(0: )?(the result is too large|the expression takes too long|a value is of the wrong kind.*)$", err.Error(), source)
		require.Less(t, time.Since(start), 10*time.Second, source)
	}
}

func TestACutBodyIsNoAnswer(t *testing.T) {
	s, u := shopper()
	u.values.answer.truncated = true
	for _, source := range []string{"text contains 'x'", "len(body.items) > 0"} {
		_, err := evaluate(s, u, source)
		require.EqualError(t, err, "the body has more than 1048576 bytes, and what comes after is not looked at")
	}
	for _, c := range []capture{{name: "a", kind: captureJSON, path: "items"}, {name: "a", kind: captureRegex, path: "x"}} {
		_, err := c.take(u.values)
		require.EqualError(t, err, "capture a: the body has more than 1048576 bytes, and what comes after is not looked at")
	}
}

func TestTexts(t *testing.T) {
	for source, want := range map[string]string{
		"plain":                              "plain",
		"a ${vu.id} b":                       "a 7 b",
		"${vu.id}${id}":                      "742",
		"$${vu.id} ${ vu.id }":               "${vu.id} 7",
		`${"}"}${'}'}` + "${`}`}":            "}}}",
		`${ {"a": {"b": "}"}}.a.b }`:         "}",
		`${"\"}"}`:                           `"}`,
		"${env.A}-${1 + 1}":                  "value of A-2",
		"${1 /* } */ + 1}":                   "2",
		`${map(body_, {# + 1}) | join(",")}`: "2,3",
		"100 % $ { } ${true}":                "100 % $ { } true",
	} {
		s, u := shopper()
		s.captures, u.class.captures = append(s.captures, "body_"), append(u.class.captures, "body_")
		s = newScope("shopper", s.env, s.feeds, s.captures, s.secrets)
		u.values = nil
		u.scriptValues().capture(0, 42)
		u.values.capture(2, []any{1, 2})
		compiled, mistakes := s.parseText(source)
		require.Empty(t, mistakes, source)
		got, err := compiled.expand(u)
		require.NoError(t, err, source)
		require.Equal(t, want, got, source)
	}
	s, u := shopper()
	for source, want := range map[string]string{
		"a ${":              "2: ${ without its }; write $${ for the characters themselves",
		`${"}`:              "0: ${ without its }; write $${ for the characters themselves",
		"日 ${}":             "6: an expression is missing",
		"${tokn} ${status}": `2: "tokn" is not known: no feed has this name, and no step of shopper captures it; did you mean token?`,
		"x ${nil}":          "4: there is no value to put into the text",
	} {
		_, mistakes := s.parseText(source)
		require.NotEmpty(t, mistakes, source)
		require.Equal(t, want, fmt.Sprintf("%d: %s", mistakes[0].offset, mistakes[0].message), source)
	}
	missing, _ := s.parseText("Bearer ${token}")
	_, err := missing.expand(u)
	require.EqualError(t, err, "${token}: token has not been captured yet")
}

func TestJSONKeepsTypes(t *testing.T) {
	s, u := shopper()
	for source, want := range map[string]string{"${vu.id}": "7", "x${vu.id}": `"x7"`, "${1.5}": "1.5", "${true}": "true", "${nil}": "null",
		"${[1, id]}": "[1,42]", "${env.A}": `"value of A"`, "${string(id)}": `"42"`, "${latency_ ?? 1s}": `"1s"`} {
		s, u := s, u
		if strings.Contains(source, "latency_") {
			s = newScope("shopper", s.env, s.feeds, append(s.captures, "latency_"), s.secrets)
			u.class.captures = s.captures
			u.values = nil
		}
		compiled, mistakes := s.parseText(source)
		require.Empty(t, mistakes, source)
		value, err := compiled.value(u)
		require.NoError(t, err, source)
		encoded, err := compactJSON(value)
		require.NoError(t, err, source)
		require.Equal(t, want, string(encoded), source)
		u.scriptValues().capture(0, 42)
	}
}

func TestAddresses(t *testing.T) {
	s, u := shopper()
	for value, want := range map[string]string{"a b/c?d=e&f": "/x/a%20b/c?d=e&f", "ü#1": "/x/%C3%BC%231", "100%": "/x/100%25", "%20": "/x/%20"} {
		u.values.capture(0, value)
		compiled, _ := s.parseText("/x/${id}")
		got, err := compiled.address(u)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	u.values.capture(0, "/next?a=b c#d")
	link, _ := s.parseText("${id}&e=f")
	got, err := link.address(u)
	require.NoError(t, err)
	require.Equal(t, "/next?a=b%20c#d&e=f", got, "a link is one already")
}
