//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/tools/cache"
)

// pollEvery is how often a condition is looked at while waiting for it.
const pollEvery = 200 * time.Millisecond

// eventually waits for a condition. The condition also says what it sees, for the message if it never holds.
func eventually(t *testing.T, limit time.Duration, what string, condition func() (bool, string)) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		holds, seen := condition()
		if holds {
			return
		}
		if t.Failed() {
			t.FailNow() // a watcher saw something wrong meanwhile
		}
		if time.Now().After(deadline) {
			require.FailNow(t, fmt.Sprintf("waited %v in vain until %s", limit, what), "last seen: %s", seen)
		}
		time.Sleep(pollEvery)
	}
}

// replicas follows the replicas wanted of the Deployment, from the API server's own stream of changes, so that no value is missed.
type replicas struct {
	mu      sync.Mutex
	history []int
}

// watchReplicas follows the Deployment until the test ends, and fails the test at once when it leaves the bounds.
func (c *cluster) watchReplicas(name string, least, most int) *replicas {
	r := &replicas{}
	see := func(object any) {
		deployment, isDeployment := object.(*appsv1.Deployment)
		if !isDeployment || deployment.Spec.Replicas == nil {
			return
		}
		n := int(*deployment.Spec.Replicas)
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.history) > 0 && r.history[len(r.history)-1] == n {
			return
		}
		r.history = append(r.history, n)
		c.t.Logf("%s  replicas %d", clock(), n)
		if n < least || n > most {
			c.t.Errorf("replicas are %d, outside %d to %d", n, least, most)
		}
	}
	_, controller := cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: cache.NewListWatchFromClient(c.client.AppsV1().RESTClient(), "deployments", c.namespace,
			fields.OneTermEqualSelector("metadata.name", name)),
		ObjectType: &appsv1.Deployment{},
		Handler:    cache.ResourceEventHandlerFuncs{AddFunc: see, UpdateFunc: func(_, object any) { see(object) }},
	})
	c.goUntilEnd(func(ctx context.Context) { controller.Run(ctx.Done()) })
	return r
}

// now is the last value seen, 0 before the first.
func (r *replicas) now() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.history) == 0 {
		return 0
	}
	return r.history[len(r.history)-1]
}

func (r *replicas) all() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.history)
}

// podLog is the log of one container, followed as it is written: what a deleted pod said stays readable.
type podLog struct {
	name  string
	mu    sync.Mutex
	lines []string
}

// follow reads a container's log until the container or the test ends, and prints it if the test fails. Each line is also given to
// see, which may be nil.
func (c *cluster) follow(pod, container string, see func(line string)) *podLog {
	l := &podLog{name: pod + "/" + container}
	c.goUntilEnd(func(ctx context.Context) {
		stream, err := c.client.CoreV1().Pods(c.namespace).
			GetLogs(pod, &corev1.PodLogOptions{Container: container, Follow: true}).Stream(ctx)
		if err != nil {
			if ctx.Err() == nil {
				c.t.Errorf("following the log of %s: %v", l.name, err)
			}
			return
		}
		defer stream.Close()
		lines := bufio.NewScanner(stream)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			l.mu.Lock()
			l.lines = append(l.lines, lines.Text())
			l.mu.Unlock()
			if see != nil {
				see(lines.Text())
			}
		}
	})
	c.t.Cleanup(func() {
		if c.t.Failed() {
			c.t.Logf("--- log of %s\n%s", l.name, strings.Join(l.all(), "\n"))
		}
	})
	return l
}

func (l *podLog) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

// goUntilEnd runs f beside the test; when the test ends, it cancels f and waits for it, since nothing may log after that.
func (c *cluster) goUntilEnd(f func(ctx context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { f(ctx) })
	c.t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

// outcome is what the framework did at the end of one run.
type outcome struct{ from, to int }

// These are the framework's own lines, so they tell what really happened, whatever evaluate answered.
var (
	rescaled  = regexp.MustCompile(`Rescaling from (\d+) to (\d+) replicas`)
	unchanged = regexp.MustCompile(`No change in target replicas, maintaining (\d+) replicas`)
	// wrong is a line that the framework logs as an error or as fatal, or in which it reports that one of our programs failed.
	wrong = regexp.MustCompile(`^[EF]\d{4} |Shell command failed`)
)

// autoscaler is one autoscaler pod's log, understood.
type autoscaler struct{ *podLog }

// followAutoscaler follows the log and fails the test at the first error in it.
func (c *cluster) followAutoscaler(pod string) autoscaler {
	return autoscaler{c.follow(pod, autoscalerContainer, func(line string) {
		switch {
		case wrong.MatchString(line):
			c.t.Errorf("the autoscaler reports an error: %s", line)
		case strings.HasPrefix(line, "evaluate: "), strings.HasPrefix(line, "metric: "):
			c.t.Logf("%s  %s", clock(), line)
		}
	})}
}

// runs are the scheduled runs that have ended.
func (a autoscaler) runs() []outcome {
	var runs []outcome
	for _, line := range a.all() {
		if m := rescaled.FindStringSubmatch(line); m != nil {
			runs = append(runs, outcome{from: number(m[1]), to: number(m[2])})
		} else if m := unchanged.FindStringSubmatch(line); m != nil {
			runs = append(runs, outcome{from: number(m[1]), to: number(m[1])})
		}
	}
	return runs
}

// sentences are evaluate's explanations.
func (a autoscaler) sentences() []string {
	return slices.DeleteFunc(a.all(), func(line string) bool { return !strings.HasPrefix(line, "evaluate: ") })
}

// window is one line of the load's report.
type window struct{ rate, p50, p95 float64 }

var report = regexp.MustCompile(`^(\S+) requests/s, p50 (\S+) ms, p95 (\S+) ms, \d+ failures$`)

// windows are the reports of the load so far: what the service's clients see, measured without the autoscaler.
func (l *podLog) windows() []window {
	var windows []window
	for _, line := range l.all() {
		if m := report.FindStringSubmatch(line); m != nil {
			windows = append(windows, window{rate: float(m[1]), p50: float(m[2]), p95: float(m[3])})
		}
	}
	return windows
}

// number and float read what a pattern has already matched. A NaN, the report of a window without answers, compares as neither over
// nor under any target.
func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func float(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64)
	return f
}

func clock() string { return time.Now().UTC().Format(time.TimeOnly) }
