//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/latency-pod-autoscaler/lpa/internal/pagetest"
)

const (
	root           = "../.."
	commandsFolder = "testdata/commands"
	// patience is for how long a command may take, and for how long one that only looks is tried again.
	patience   = 3 * time.Minute
	againAfter = 2 * time.Second
)

// beforehand are commands for what a page takes to be there.
var beforehand = map[string]string{
	"docs/reference/state.md": "kubectl apply -k example/shop/base\n" +
		`helm install shop example/helm/latency-pod-autoscaler --values values.yaml --set-file 'scripts.tasks\.yaml=tasks.yaml'`,
	"docs/user-guide/explaining.md": "kubectl create configmap decisions --from-file=decisions.jsonl\n" +
		"kubectl apply -f recorded.yaml\nkubectl rollout status deployment/shop-autoscaler",
	"docs/user-guide/troubleshooting.md": "kubectl apply -k example/fibonacci\nkubectl rollout status deployment/fibonacci\n" +
		"kubectl wait --for=condition=Ready pod/fibonacci-autoscaler",
}

// walk is blocks of a page that are run one after the other.
type walk struct {
	page   pagetest.Page
	name   string
	blocks []int
}

func (w walk) String() string { return strings.TrimSuffix(w.page.Path+" "+w.name, " ") }

// walks are those of all pages, the longest first.
func walks(t *testing.T) []walk {
	t.Helper()
	pages, err := pagetest.Read(root)
	require.NoError(t, err)
	var all []walk
	for _, page := range pages {
		for i, b := range page.Blocks {
			if b.Kind != "cluster" {
				continue
			}
			at := slices.IndexFunc(all, func(w walk) bool { return w.page.Path == page.Path && w.name == b.Note })
			if at < 0 {
				at = len(all)
				all = append(all, walk{page: page, name: b.Note})
			}
			all[at].blocks = append(all[at].blocks, i)
		}
	}
	slices.SortStableFunc(all, func(a, b walk) int { return len(b.blocks) - len(a.blocks) })
	return all
}

// TestDocumentedCommands does what the pages say, as they say it, in the order of each page: every block that is marked
// <!-- cluster -->. Each page has a namespace to itself and a folder with the examples, in which only the images' names are this
// test's and the times are shorter, with the page's own files and with those of testdata/commands.
//
// What looks at something (kubectl get, logs, exec; curl) is tried again at the beginning of a block, as a reader would who came too
// early; within a block everything must work at once, as it may be pasted. A log is followed up to evaluate's first sentence, and a
// resource is watched up to its first change. A port is forwarded up to the page's end. Where a page shows what the last command of a
// block prints, each line must come, with any numbers, and the lines in this order.
func TestDocumentedCommands(t *testing.T) {
	installKind(t)
	helm, err := exec.CommandContext(t.Context(), "go", "-C", "../helm", "tool", "-n", "helm").Output()
	require.NoError(t, err)
	all := walks(t)
	require.Greater(t, len(all), 10)
	t.Run("pages", func(t *testing.T) { // ends when all of the parallel ones have
		for _, w := range all {
			t.Run(w.String(), func(t *testing.T) {
				t.Parallel()
				reader := newReader(t, w, strings.TrimSpace(string(helm)))
				reader.walk(w)
			})
		}
	})
}

// reader is somebody who does what a page says.
type reader struct {
	t      *testing.T
	folder string
	env    []string
}

func newReader(t *testing.T, w walk, helm string) reader {
	c := connect(t)
	if w.name == "operator" {
		c.goUntilEnd(c.operate)
	}
	r := reader{t: t, folder: t.TempDir()}
	require.NoError(t, os.CopyFS(filepath.Join(r.folder, "example"), os.DirFS(root+"/example")))
	require.NoError(t, os.CopyFS(r.folder, os.DirFS(commandsFolder)))
	log, err := os.ReadFile(root + "/cmd/lpa/testdata/explain/decisions.jsonl")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(r.folder, "decisions.jsonl"), log, 0o600))
	require.NoError(t, w.page.WriteFiles(r.folder))
	require.NoError(t, filepath.WalkDir(r.folder, func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".yaml" {
			c.adapt(path)
		}
		return err
	}))
	home := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(home, "bin"), 0o700))
	require.NoError(t, os.Symlink(helm, filepath.Join(home, "bin", "helm")))
	r.env = append(os.Environ(), "HOME="+home, "KUBECONFIG="+c.kubeconfig(home), "PATH="+filepath.Join(home, "bin")+":"+os.Getenv("PATH"),
		"HELM_CONFIG_HOME="+home, "HELM_CACHE_HOME="+home, "HELM_DATA_HOME="+home)
	return r
}

// kubeconfig is that of the environment, with the namespace as the default.
func (c *cluster) kubeconfig(folder string) string {
	c.t.Helper()
	config, err := clientcmd.NewDefaultClientConfigLoadingRules().Load()
	require.NoError(c.t, err)
	config.Contexts[config.CurrentContext].Namespace = c.namespace
	path := filepath.Join(folder, "kubeconfig")
	require.NoError(c.t, clientcmd.WriteToFile(*config, path))
	return path
}

// shorter are the times of the examples, as hasten has them.
var shorter = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`(?m)^(\s*interval:) \d+$`), fmt.Sprintf("$1 %d", interval.Milliseconds())},
	{regexp.MustCompile(`(name: interval\s+value:) "\d+"`), fmt.Sprintf(`$1 "%d"`, interval.Milliseconds())},
	{regexp.MustCompile(`(\brunTime:) \d+s`), "$1 " + runTime},
	{regexp.MustCompile(`(\bwarmup:) \d+s`), "$1 1s"},
}

// adapt gives a file of the examples this test's images and times.
func (c *cluster) adapt(path string) {
	c.t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(c.t, err)
	text := string(data)
	for _, s := range shorter {
		text = s.pattern.ReplaceAllString(text, s.with)
	}
	for documented, image := range c.images {
		text = regexp.MustCompile(`(?m)image: `+regexp.QuoteMeta(documented)+`$`).ReplaceAllString(text, "image: "+image)
		if name, _, _ := strings.Cut(documented, ":"); filepath.Base(path) == "values.yaml" { // the chart's
			colon := strings.LastIndex(image, ":")
			text = regexp.MustCompile(`(?m)repository: `+name+`\n((?:.*\n)*?.*tag:) ""$`).ReplaceAllString(text, "repository: "+image[:colon]+"\n$1 "+image[colon+1:])
		}
	}
	require.NoError(c.t, os.WriteFile(path, []byte(text), 0o600))
}

func (r reader) walk(w walk) {
	for _, command := range pagetest.Commands(beforehand[w.page.Path]) {
		out, err := r.run(command)
		require.NoError(r.t, err, "beforehand: %s\n%s", command, out)
	}
	for _, i := range w.blocks {
		want, _ := w.page.Output(i)
		step(r.t, fmt.Sprintf("%s:%d", w.page.Path, w.page.Blocks[i].Line))
		r.block(w.page.Blocks[i], want)
	}
}

var (
	looks    = regexp.MustCompile(`^(kubectl (get|logs|exec|describe) |curl )`)
	forwards = regexp.MustCompile(`^kubectl port-forward `)
	endless  = regexp.MustCompile(`^kubectl .*(-f|--follow|--watch|-w)\b`)
	follows  = regexp.MustCompile(`^kubectl (logs (-f|--follow) |get .* (--watch|-w)$)`)
	into     = regexp.MustCompile(` > (\S+)$`)
)

func (r reader) block(b pagetest.Block, want string) {
	r.t.Helper()
	commands := pagetest.Commands(b.Text)
	require.NotEmpty(r.t, commands)
	for i, command := range commands {
		expected := ""
		if i == len(commands)-1 {
			expected = want
		}
		switch {
		case forwards.MatchString(command):
			r.forward(command)
		case i == 0 && looks.MatchString(command):
			r.try(command, expected)
		default:
			require.NoError(r.t, r.once(command, expected))
		}
	}
}

// try repeats a command that only looks until it shows what it should.
func (r reader) try(command, expected string) {
	r.t.Helper()
	eventually(r.t, patience, command+" shows what it should", func() (bool, string) {
		err := r.once(command, expected)
		if err != nil {
			time.Sleep(againAfter)
		}
		return err == nil, fmt.Sprint(err)
	})
}

// once runs a command and says what is wrong with it.
func (r reader) once(command, expected string) error {
	if follows.MatchString(command) {
		return r.follow(command)
	}
	out, err := r.run(command)
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", command, err, out)
	}
	if m := into.FindStringSubmatch(command); m != nil {
		data, err := os.ReadFile(filepath.Join(r.folder, m[1]))
		if err != nil {
			return err
		}
		out = string(data)
	}
	if looks.MatchString(command) && strings.TrimSpace(out) == "" {
		return fmt.Errorf("%s: printed nothing", command)
	}
	return compare(command, expected, out)
}

// compare looks for the lines in this order among those that were printed, whatever the numbers, dates and versions are.
func compare(command, expected, out string) error {
	printed := shapes(out)
	for _, line := range shapes(expected) {
		at := slices.Index(printed, line)
		if at < 0 {
			return fmt.Errorf("%s: %q is missing, or not where it should be, in\n%s", command, line, out)
		}
		printed = printed[at+1:]
	}
	return nil
}

var changing = regexp.MustCompile(`(Mon|Tue|Wed|Thu|Fri|Sat|Sun), .* GMT|latency-pod-autoscaler/\S+|\b\d+(\.\d+)?( (ns|µs|ms|s)\b)?`)

// shapes are the lines of a text without their numbers; of those that are the same then, only the first in a row.
func shapes(text string) []string {
	return slices.Compact(strings.FieldsFunc(changing.ReplaceAllString(text, "#"), func(c rune) bool { return c == '\n' }))
}

// start runs a command in a group of its own, so that all of a pipeline can be stopped; stop waits for its end.
func (r reader) start(command string, stdout io.Writer) (cmd *exec.Cmd, stop func()) {
	r.t.Helper()
	r.t.Logf("%s  $ %s", clock(), command)
	// On a terminal grep would print each line at once.
	cmd = exec.Command("bash", "-c", "set -o pipefail\ngrep() { command grep --line-buffered \"$@\"; }\n"+command)
	cmd.Dir, cmd.Env = r.folder, r.env
	cmd.Stdout, cmd.Stderr = stdout, stdout
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 10 * time.Second
	require.NoError(r.t, cmd.Start())
	return cmd, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
}

// run runs a command that ends, and is what it prints.
func (r reader) run(command string) (string, error) {
	r.t.Helper()
	var out bytes.Buffer
	cmd, stop := r.start(command, &out)
	timer := time.AfterFunc(patience, stop)
	defer timer.Stop()
	err := cmd.Wait()
	return out.String(), err
}

// lines runs a command that does not end, and gives its lines to see until that is content or the command has ended after all.
func (r reader) lines(command string, see func(line string) bool) (stop func(), seen bool, said string) {
	r.t.Helper()
	reader, writer := io.Pipe()
	cmd, interrupt := r.start(command, writer)
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		writer.Close()
		close(ended)
	}()
	timer := time.AfterFunc(patience, interrupt)
	defer timer.Stop()
	for lines := bufio.NewScanner(reader); !seen && lines.Scan(); {
		said += lines.Text() + "\n"
		seen = see(lines.Text())
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	return func() {
		interrupt()
		<-ended
	}, seen, said
}

// follow runs a command that shows what happens until something has.
func (r reader) follow(command string) error {
	count := 0
	stop, seen, said := r.lines(command, func(line string) bool {
		count++
		if strings.HasPrefix(command, "kubectl get") {
			return count == 3 // a heading, what there is, a change
		}
		return strings.HasPrefix(line, "evaluate: ")
	})
	stop()
	if !seen {
		return fmt.Errorf("%s: ended after\n%s", command, said)
	}
	return nil
}

var forwarded = regexp.MustCompile(`^Forwarding from 127\.0\.0\.1:(\d+) `)

// forward forwards a port until the test's end, and asks what is behind it.
func (r reader) forward(command string) {
	r.t.Helper()
	port := ""
	stop, seen, said := r.lines(command, func(line string) bool {
		if m := forwarded.FindStringSubmatch(line); m != nil {
			port = m[1]
		}
		return port != ""
	})
	r.t.Cleanup(stop)
	require.True(r.t, seen, "%s: %s", command, said)
	eventually(r.t, time.Minute, "port "+port+" answers", func() (bool, string) {
		ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Second)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+port+"/", nil)
		require.NoError(r.t, err)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false, err.Error()
		}
		response.Body.Close()
		return response.StatusCode < http.StatusInternalServerError, response.Status
	})
}

// TestEndlessCommandsAreKnown holds that no command waits for what never comes.
func TestEndlessCommandsAreKnown(t *testing.T) {
	for _, w := range walks(t) {
		for _, i := range w.blocks {
			for _, command := range pagetest.Commands(w.page.Blocks[i].Text) {
				if looks.MatchString(command) {
					require.Equal(t, endless.MatchString(command), follows.MatchString(command), "%s: %s", w, command)
				}
			}
		}
	}
}

// TestCompare holds that a page's lines are missed where they do not come, or in another order.
func TestCompare(t *testing.T) {
	const out = "evaluate: p95 is 312 ms against 250 ms: 1 → 2\nevaluate: p95 is 1.2 s against 250 ms: 2 → 3\nevaluate: p95 is 20 ms against 250 ms: hold 3\n"
	const want = "evaluate: p95 is 1 ms against 250 ms: 7 → 8\nevaluate: p95 is 9 µs against 250 ms: hold 8\n"
	require.NoError(t, compare("x", want, out))
	require.NoError(t, compare("x", "", out))
	require.EqualError(t, compare("x", "evaluate: p95 is 9 µs against 250 ms: hold 8\nevaluate: p95 is 1 ms against 250 ms: 7 → 8\n", out),
		"x: \"evaluate: p95 is # against #: # → #\" is missing, or not where it should be, in\n"+out)
}
