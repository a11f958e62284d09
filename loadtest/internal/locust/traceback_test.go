package locust

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhyNot(t *testing.T) {
	for name, test := range map[string]struct{ output, want string }{
		"nothing": {"", "/tasks/shop.py:1:1: Locust ended"},
		"no traceback": {"usage: locust [options]\nlocust: error: unrecognized arguments: --x\n",
			"/tasks/shop.py:1:1: Locust ended: locust: error: unrecognized arguments: --x"},
		"in the locustfile": {`Traceback (most recent call last):
  File "/usr/bin/locust", line 8, in <module>
    sys.exit(main())
             ^^^^^^
  File "<frozen importlib._bootstrap>", line 721, in _load
  File "/tmp/lpa-locust-1/shop.py", line 19, in <module>
    exec(compile(...))
  File "/tasks/shop.py", line 3, in <module>
    x = settings["host"]
        ~~~~~~~~^^^^^^^^
KeyError: 'host'
`, "/tasks/shop.py:3:1: KeyError: 'host'"},
		"in a module beside it": {`Traceback (most recent call last):
  File "/tasks/shop.py", line 3, in <module>
    import common
  File "/tasks/common.py", line 12, in <module>
    1 / 0
ZeroDivisionError: division by zero
`, "/tasks/common.py:12:1: ZeroDivisionError: division by zero"},
		"in a library": {`Traceback (most recent call last):
  File "/tasks/shop.py", line 5, in <module>
    requests.get("x")
  File "/usr/lib/python3/dist-packages/requests/api.py", line 73, in get
    return request("get", url, params=params, **kwargs)
requests.exceptions.MissingSchema: Invalid URL 'x': No scheme supplied.
`, "/tasks/shop.py:5:1: requests.exceptions.MissingSchema: Invalid URL 'x': No scheme supplied."},
		"syntax": {`Traceback (most recent call last):
  File "/usr/bin/locust", line 8, in <module>
    sys.exit(main())
  File "/tasks/shop.py", line 9
    x = (
        ^
SyntaxError: '(' was never closed
`, "/tasks/shop.py:9:1: SyntaxError: '(' was never closed"},
		"one after another": {`Traceback (most recent call last):
  File "/tasks/shop.py", line 1, in <module>
    import a
ImportError: a

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/tasks/shop.py", line 4, in <module>
    raise SystemError
SystemError
`, "/tasks/shop.py:4:1: SystemError"},
		"not of the locustfile": {`Traceback (most recent call last):
  File "/usr/bin/locust", line 3, in <module>
    from locust.main import main
ModuleNotFoundError: No module named 'locust'
`, "/tasks/shop.py:1:1: ModuleNotFoundError: No module named 'locust'"},
		"cut off": {`Traceback (most recent call last):
  File "/tasks/shop.py", line 99999999999999999999, in <module>
`, "/tasks/shop.py:1:1: Locust ended: File \"/tasks/shop.py\", line 99999999999999999999, in <module>"},
	} {
		t.Run(name, func(t *testing.T) {
			problem := whyNot("/tasks/shop.py", "ended", strings.Split(test.output, "\n"))
			require.Equal(t, test.want, problem.Error())
		})
	}
}
