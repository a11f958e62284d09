package docs_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/dashboard"
	"github.com/latency-pod-autoscaler/lpa/internal/pagetest"
	"github.com/stretchr/testify/require"
)

// howToMark is for whoever wrote a block of commands without a mark.
const howToMark = `write one of these on the line before the block, indented as the block is:

<!-- run -->
    TestCommands runs it on this machine, in a folder with the page's files and those of docs/testdata that the page does not have.
    The programs are on the PATH, a service that answers everything is at $SHOP, a Prometheus at $PROMETHEUS, and decisions.jsonl
    is the decision log of a demo. A text block that follows is the output, which must be the same (go test ./docs -update writes it).
<!-- serve -->
    As run, but the last command serves a web page until it is interrupted: it is, once the page that it names has answered.
<!-- make -->
    Nothing but make TARGET, which is in the Makefile and which .ci/run runs.
<!-- cluster -->, or <!-- cluster: NAME --> for blocks that do not go on where the page's others have ended
    TestDocumentedCommands in internal/e2e runs it on a cluster, in a namespace for the page, or for the page's blocks of that name;
    see there how. Numbers in a text block that follows may be others.
<!-- not run: REASON -->
    Where nothing else can be done. Add the block to notRun in docs/commands_test.go.
<!-- file: NAME -->
    A script that the page's other commands run.`

// notRun is why the blocks of commands that no test runs are not, by their page.
var notRun = map[string][]string{
	"docs/benchmarks.md":                  {"it installs programs"},
	"docs/reference/policies-compared.md": {"it takes minutes, and the tests of internal/compare hold its goals"},
	"docs/user-guide/deploying.md":        {"it needs a registry, and docker with BuildKit"},
	"docs/user-guide/getting-started.md":  {"the operator's chart is on the internet"},
	"docs/user-guide/locust.md":           {"its base image is in a registry, and Locust in Debian's archive"},
	"docs/user-guide/troubleshooting.md":  {"the operator's manifests are on the internet"},
	"example/fibonacci/README.md":         {"the operator's chart is on the internet"},
	"example/locust/README.md":            {"it needs the image of make locust", "it needs the image of make locust"},
}

var update = flag.Bool("update", false, "write the output of the documented commands into the pages")

// decisionLog is one of a real demo.
const decisionLog = root + "/cmd/lpa/testdata/explain/decisions.jsonl"

// isShell says whether a block is of commands for a shell, which its language names.
func isShell(b pagetest.Block) bool { return b.Language == "sh" || b.Language == "bash" }

// prompt is what a block of commands that says to be something else begins a line with.
var prompt = regexp.MustCompile(`(?m)^\$ `)

// TestEveryCommandIsMarked holds that each block of commands says how it is tested.
func TestEveryCommandIsMarked(t *testing.T) {
	kinds := []string{"run", "serve", "make", "cluster", "not run", "file"}
	for _, p := range pages(t) {
		for _, b := range p.Blocks {
			switch {
			case slices.Contains([]string{"console", "shell", "zsh", "shell-session", "terminal"}, b.Language), prompt.MatchString(b.Text):
				t.Errorf("%s:%d: commands belong into a block of sh, or of bash where they need it, and their output into one of text", p.Path, b.Line)
			case isShell(b) && b.Kind == "":
				t.Errorf("%s:%d: commands that no test runs; %s", p.Path, b.Line, howToMark)
			case isShell(b) && !slices.Contains(kinds, b.Kind):
				t.Errorf("%s:%d: <!-- %s --> is not for commands; %s", p.Path, b.Line, b.Kind, howToMark)
			case b.Kind == "not run" && b.Note == "":
				t.Errorf("%s:%d: say why it is not run: <!-- not run: REASON -->", p.Path, b.Line)
			}
		}
	}
}

// TestNotRun holds that no more is left out than is known to be.
func TestNotRun(t *testing.T) {
	left := map[string][]string{}
	for _, p := range pages(t) {
		for _, b := range p.Blocks {
			if b.Kind == "not run" {
				left[p.Path] = append(left[p.Path], b.Note)
			}
		}
	}
	require.Equal(t, notRun, left, "try to have it run, and change notRun if that cannot be")
}

// ours are what of this repository a command names: a target of make, a folder for kubectl, an argument of the Dockerfile.
var (
	target   = regexp.MustCompile(`(?m)^make ([a-z0-9]+)`)
	folder   = regexp.MustCompile(`-k (\S+)`)
	argument = regexp.MustCompile(`--build-arg ([A-Z]+)=`)
)

// TestNotRunNames holds what is not run at least to what there is.
func TestNotRunNames(t *testing.T) {
	makefile, err := os.ReadFile(root + "/Makefile")
	require.NoError(t, err)
	dockerfile, err := os.ReadFile(root + "/Dockerfile")
	require.NoError(t, err)
	count := 0
	for _, p := range pages(t) {
		for _, b := range p.Blocks {
			if b.Kind != "not run" {
				continue
			}
			for _, m := range target.FindAllStringSubmatch(b.Text, -1) {
				require.Regexp(t, `(?m)^`+m[1]+`:.* ## `, string(makefile), p.Path)
				count++
			}
			for _, m := range folder.FindAllStringSubmatch(b.Text, -1) {
				require.FileExists(t, filepath.Join(root, m[1], "kustomization.yaml"), p.Path)
				count++
			}
			for _, m := range argument.FindAllStringSubmatch(b.Text, -1) {
				require.Regexp(t, `(?m)^ARG `+m[1]+`=`, string(dockerfile), p.Path)
				count++
			}
		}
	}
	require.Greater(t, count, 3)
}

// bench are the flags that make bench hands on.
var bench = regexp.MustCompile(`(?:^| )-(\w+)`)

// TestMake holds that the documented targets exist, and that continuous integration runs them.
func TestMake(t *testing.T) {
	makefile, err := os.ReadFile(root + "/Makefile")
	require.NoError(t, err)
	integration, err := os.ReadFile(root + "/.ci/run")
	require.NoError(t, err)
	benchHelp, err := exec.CommandContext(t.Context(), "go", "run", "../internal/bench", "-h").CombinedOutput()
	require.NoError(t, err, "%s", benchHelp)
	count := 0
	for _, p := range pages(t) {
		for _, b := range p.Blocks {
			if b.Kind != "make" {
				continue
			}
			for _, command := range pagetest.Commands(b.Text) {
				where := fmt.Sprintf("%s:%d: %s", p.Path, b.Line, command)
				m := makeCommand.FindStringSubmatch(command)
				require.NotNil(t, m, "%s: must be make TARGET, or make TARGET NAME=VALUE", where)
				require.Regexp(t, `(?m)^`+m[1]+`:.* ## `, string(makefile), where)
				require.Regexp(t, `(?m)^[^#\n]*\bmake ([a-z0-9]+ )*`+m[1]+`\b`, string(integration), where)
				if name := m[2]; name != "" {
					require.Regexp(t, `(?m)^`+name+` +\?=`, string(makefile), where)
				}
				if m[2] == "BENCH" {
					for _, flag := range bench.FindAllStringSubmatch(strings.Trim(m[3], `"'`), -1) {
						require.Contains(t, string(benchHelp), "\n  -"+flag[1], where)
					}
				}
				count++
			}
		}
	}
	require.Greater(t, count, 5)
}

var makeCommand = regexp.MustCompile(`^make ([a-z0-9]+)(?: ([A-Z_]+)=('[^']*'|"[^"]*"|\S+))?$`)

// built is the folder with our programs, built for the first test that needs them.
var built = sync.OnceValues(func() (string, error) {
	bin, err := os.MkdirTemp("", "lpa-docs-")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", bin, "../cmd/metric", "../cmd/evaluate", "../cmd/lpa").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	builtIn = bin
	return bin, err
})

var builtIn string // to be removed

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(builtIn) // nothing, if it is empty
	os.Exit(code)
}

func programs(t *testing.T) string {
	t.Helper()
	bin, err := built()
	require.NoError(t, err)
	return bin
}

// own is a command of ours as prose and commands name it, with what it is given up to whatever ends it.
var (
	own     = regexp.MustCompile("(?m)(?:^|[`/ ;(])lpa ([a-z]+)\\b([^`|;#\n]*)")
	ownFlag = regexp.MustCompile(`(?:^| )(--[a-z][a-z-]*|-[a-z])\b`)
)

// TestFlagsExist holds every lpa in code that no test runs, within prose and within blocks, to the flags that there are.
func TestFlagsExist(t *testing.T) {
	bin := programs(t)
	help := map[string]string{}
	count := 0
	for _, p := range pages(t) {
		code := codePattern.FindAllString(p.Prose, -1)
		for _, b := range p.Blocks {
			if b.Kind == "cluster" || b.Kind == "not run" {
				code = append(code, strings.ReplaceAll(b.Text, "\\\n", ""))
			}
		}
		for _, m := range own.FindAllStringSubmatch(strings.Join(code, "\n"), -1) {
			for _, flag := range ownFlag.FindAllStringSubmatch(m[2], -1) {
				if help[m[1]] == "" {
					out, err := exec.CommandContext(t.Context(), filepath.Join(bin, "lpa"), m[1], "--help").CombinedOutput()
					require.NoError(t, err, "%s: lpa %s: %s", p.Path, m[1], out)
					help[m[1]] = string(out)
				}
				require.Regexp(t, `(?m)^ +(-\w, )?`+flag[1]+`\b`, help[m[1]], "%s: lpa %s%s", p.Path, m[1], m[2])
				count++
			}
		}
	}
	require.Greater(t, count, 20)
}

// TestCommands runs the commands of each page in a folder with the page's files.
func TestCommands(t *testing.T) {
	m := machine{bin: programs(t)}
	shop := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer shop.Close()
	prometheus := httptest.NewServer(http.HandlerFunc(answerRange))
	defer prometheus.Close()
	m.services = []string{"SHOP=" + shop.URL, "PROMETHEUS=" + prometheus.URL}
	for _, p := range pages(t) {
		if !p.Has("run") && !p.Has("serve") {
			continue
		}
		t.Run(p.Path, func(t *testing.T) {
			m.dir = commandsFolder(t, p)
			for i, b := range p.Blocks {
				switch b.Kind {
				case "run":
					output := m.run(t, b)
					if want, has := p.Output(i); has && *update {
						p.replace(t, i+1, output)
					} else if has {
						require.Equal(t, want, output, "the output of %s:%d", p.Path, b.Line)
					}
				case "serve":
					m.serve(t, b)
				}
			}
		})
	}
}

// commandsFolder is one with the page's files in it, and the common ones.
func commandsFolder(t *testing.T, p page) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata")))
	log, err := os.ReadFile(decisionLog)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "decisions.jsonl"), log, 0o600))
	require.NoError(t, p.WriteFiles(dir))
	// A documented go command would count its runs in the home folder, in a process that outlives it and the folder.
	counting := filepath.Join(dir, ".config", "go", "telemetry")
	require.NoError(t, os.MkdirAll(counting, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(counting, "mode"), []byte("off"), 0o600))
	return dir
}

// replace writes other text into a block of the page's file.
func (p page) replace(t *testing.T, i int, text string) {
	t.Helper()
	path := filepath.Join(root, p.Path)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	// The marker and the commands before it make the place unique.
	commands := p.Blocks[i-1].Text + "```\n"
	at := strings.Index(string(data), commands)
	require.GreaterOrEqual(t, at, 0)
	head, tail := string(data)[:at+len(commands)], string(data)[at+len(commands):]
	before, after, found := strings.Cut(tail, "```text\n"+p.Blocks[i].Text+"```\n")
	require.True(t, found)
	require.NoError(t, os.WriteFile(path, []byte(head+before+"```text\n"+text+"```\n"+after), 0o644))
}

// answerRange is a Prometheus that knows what was asked for in three minutes.
func answerRange(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/api/v1/query_range" || r.FormValue("step") != "60" || r.FormValue("query") == "" || r.FormValue("start") >= r.FormValue("end") {
		http.Error(w, "not what Prometheus answers", http.StatusBadRequest)
		return
	}
	fmt.Fprint(w, `{"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[0, "310"], [60, "325.5"], [120, "1240"]]}]}}`)
}

// machine is where commands are run. Nothing of the environment of whoever runs the test is theirs, where a variable might be called
// interval or state.
type machine struct {
	bin, dir string
	services []string
}

func (m machine) command(ctx context.Context, language, script string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, language, "-c", script)
	cmd.Dir = m.dir
	cmd.Env = append([]string{"PATH=" + m.bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + m.dir}, m.services...)
	return cmd
}

// run is what the commands print on stdout and stderr.
func (m machine) run(t *testing.T, b pagetest.Block) string {
	t.Helper()
	cmd := m.command(t.Context(), b.Language, b.Text)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	require.NoError(t, cmd.Run(), "%s%s", b.Text, &output)
	return output.String()
}

var (
	served = regexp.MustCompile(`(?:url=|dashboard on )(http://\S+)`)
	// ownPort is the dashboard's where a command says none, and port that where it does. Others may use them at the same time.
	ownPort = regexp.MustCompile(`^lpa dashboard \S+$`)
	port    = regexp.MustCompile(`--listen :\d+`)
)

// serve runs the commands until the page that the last one serves has answered, and interrupts it.
func (m machine) serve(t *testing.T, b pagetest.Block) {
	t.Helper()
	commands := pagetest.Commands(b.Text)
	last := port.ReplaceAllString(commands[len(commands)-1], "--listen :0")
	if ownPort.MatchString(last) {
		last += " --listen 127.0.0.1:0"
	}
	commands[len(commands)-1] = "exec " + last // so that the signal is for it
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := m.command(ctx, b.Language, "set -e\n"+strings.Join(commands, "\n"))
	reader, writer := io.Pipe()
	cmd.Stdout, cmd.Stderr = writer, writer
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.Wait()
		writer.Close()
	}()
	address, said := "", ""
	for lines := bufio.NewScanner(reader); address == "" && lines.Scan(); {
		if m := served.FindStringSubmatch(lines.Text()); m != nil {
			address = m[1]
		}
		said += lines.Text() + "\n"
	}
	require.NotEmpty(t, address, "%s: %s", b.Text, said)
	go func() { _, _ = io.Copy(io.Discard, reader) }()

	token, _ := os.ReadFile(filepath.Join(m.dir, "token"))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, "%s", body)
	require.Contains(t, string(body), "<title>")

	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	<-ended
	require.Contains(t, []int{0, 130}, cmd.ProcessState.ExitCode(), b.Text) // 130 is of a demo that was cut short
}

// TestDashboardsAddress holds the page to the address that the test of its commands leaves out.
func TestDashboardsAddress(t *testing.T) {
	require.Contains(t, find(t, "docs/user-guide/dashboard.md").Prose, "http://"+dashboard.DefaultListen+".\n")
}
