//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestAutoscaling deploys the example, puts load on it and takes it away again, and follows what the autoscaler does.
func TestAutoscaling(t *testing.T) {
	c := connect(t)
	pod, rest := take(t, kustomize(t, exampleFolder))
	quicken(t, pod)
	c.apply(rest...)
	replicas := c.watchReplicas(deploymentName, minReplicas, maxReplicas)
	c.waitAvailable(deploymentName)

	step(t, "an idle service keeps its replicas")
	scaler := c.start(pod)
	nextRun(t, scaler)
	require.Equal(t, minReplicas, replicas.now(), "replicas of a service without load")

	step(t, "under load the replicas rise until p95 is under its target")
	loadPod, _ := take(t, kustomize(t, exampleFolder+"/load"))
	c.apply(loadPod)
	c.waitReady(loadPod.Name)
	load := c.follow(loadPod.Name, loadPod.Spec.Containers[0].Name, nil)
	eventually(t, time.Minute, "the load is slow", func() (bool, string) {
		windows := load.windows()
		return slices.ContainsFunc(windows, func(w window) bool { return w.p95 > targetMS }), fmt.Sprint(windows)
	})
	eventually(t, 6*interval, "there are more replicas", func() (bool, string) {
		return replicas.now() > minReplicas, fmt.Sprint(scaler.runs())
	})
	c.waitFast(scaler, load)
	risen := replicas.now()
	require.Greater(t, risen, minReplicas)

	step(t, "without load, a new autoscaler pod does not scale down at once, and dry runs change neither replicas nor state")
	c.checkLog(pod.Name, scaler)
	c.deletePod(pod.Name)
	c.deletePod(loadPod.Name)
	before := replicas.now()
	require.Greater(t, before, minReplicas, "replicas to lose")
	scaler = c.start(pod)
	state := c.checkDryRuns(pod.Name, scaler, unchangedRuns)
	for i, result := range scaler.runs()[:unchangedRuns] {
		// Had a dry run been counted, or the new state been taken for an old one, this would be a step down.
		require.Equal(t, outcome{before, before}, result, "run %d of the new pod", i+1)
	}

	step(t, "without load the replicas decay to the minimum and stay there")
	eventually(t, time.Duration(maxReplicas*(unchangedRuns+2))*interval, "the replicas are back at the minimum", func() (bool, string) {
		return replicas.now() == minReplicas, fmt.Sprint(scaler.runs())
	})
	for range unchangedRuns + 1 {
		nextRun(t, scaler)
	}
	require.Equal(t, minReplicas, replicas.now())
	require.NotEqual(t, string(state), string(c.readState(pod.Name)), "the state goes on with the runs, so it was the real one that dry runs left alone")
	c.checkLog(pod.Name, scaler)
	checkSteps(t, replicas.all(), risen)
}

// step names what is tested next, for the log.
func step(t *testing.T, what string) { t.Logf("%s  == %s", clock(), what) }

// start creates the autoscaler's pod and follows its log.
func (c *cluster) start(pod *corev1.Pod) autoscaler {
	c.t.Helper()
	c.apply(pod)
	c.waitReady(pod.Name)
	return c.followAutoscaler(pod.Name)
}

// waitAvailable waits until all of the Deployment's pods serve.
func (c *cluster) waitAvailable(name string) {
	c.t.Helper()
	eventually(c.t, time.Minute, "deployment "+name+" is available", func() (bool, string) {
		d, err := c.client.AppsV1().Deployments(c.namespace).Get(c.t.Context(), name, metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		status := fmt.Sprintf("%d of %d replicas available", d.Status.AvailableReplicas, d.Status.Replicas)
		return d.Status.ObservedGeneration == d.Generation && d.Status.AvailableReplicas > 0 && d.Status.UnavailableReplicas == 0, status
	})
}

// nextRun waits until one more scheduled run has ended and returns what it did.
func nextRun(t *testing.T, scaler autoscaler) outcome {
	t.Helper()
	before := len(scaler.runs())
	eventually(t, 4*interval, "the autoscaler has run once more", func() (bool, string) {
		runs := scaler.runs()
		return len(runs) > before, fmt.Sprint(runs)
	})
	return scaler.runs()[before]
}

// waitFast waits until the service is fast enough twice over: for its clients and by the autoscaler's own measurement.
func (c *cluster) waitFast(scaler autoscaler, load *podLog) {
	c.t.Helper()
	const limit = 3 * time.Minute
	deadline := time.Now().Add(limit)
	for {
		// Right after a run, so that the next one is not disturbed.
		nextRun(c.t, scaler)
		windows := load.windows()
		last := windows[max(0, len(windows)-2):]
		fast := len(last) == 2 && last[0].p95 <= targetMS && last[1].p95 <= targetMS
		seen := fmt.Sprintf("clients see %v", last)
		if fast {
			p95, err := c.measure()
			if err == nil && p95 <= targetMS {
				c.t.Logf("%s  clients see p95 %.0f and %.0f ms, the autoscaler measures %.0f ms", clock(), last[0].p95, last[1].p95, p95)
				return
			}
			seen += fmt.Sprintf(", the autoscaler measures %.0f ms, error %v", p95, err)
		}
		if time.Now().After(deadline) {
			require.FailNow(c.t, fmt.Sprintf("p95 was not back under %.0f ms after %v", targetMS, limit), seen)
		}
	}
}

// measure has the autoscaler do a load test, and gives its p95 in milliseconds.
func (c *cluster) measure() (float64, error) {
	c.t.Helper()
	body, err := c.podURL("GET", autoscalerPod, apiPort, "api/v1/metrics", "dry_run", "true")
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, body)
	}
	var metrics []struct{ Resource, Value string }
	require.NoError(c.t, json.Unmarshal(body, &metrics), "%s", body)
	require.Len(c.t, metrics, 1)
	require.Equal(c.t, deploymentName, metrics[0].Resource)
	var result struct {
		Quality  struct{ Verdict string }
		Requests map[string]struct {
			Percentiles map[string]struct{ Value *float64 }
		}
	}
	require.NoError(c.t, json.Unmarshal([]byte(metrics[0].Value), &result), "%s", metrics[0].Value)
	p95 := result.Requests[requestKey].Percentiles["p95"].Value
	if result.Quality.Verdict != "ok" || p95 == nil {
		return 0, fmt.Errorf("no trusted p95 in %s", metrics[0].Value)
	}
	return *p95, nil
}

// checkDryRuns asks for evaluations that must change nothing, each between two scheduled runs, and returns the state that they left
// alone. A dry run during which a scheduled run ended proves nothing and is done again.
func (c *cluster) checkDryRuns(pod string, scaler autoscaler, wanted int) []byte {
	c.t.Helper()
	var state []byte
	for attempt, done := 0, 0; done < wanted; attempt++ {
		require.Less(c.t, attempt, wanted+4, "no dry run found a quiet moment between two scheduled runs")
		nextRun(c.t, scaler)
		runs := len(scaler.runs())
		state = c.readState(pod)
		before := c.scale()

		body, err := c.podURL("POST", pod, apiPort, "api/v1/evaluation", "dry_run", "true")
		require.NoError(c.t, err, "%s", body)
		after, stateAfter := c.scale(), c.readState(pod)
		if len(scaler.runs()) != runs || (!bytes.Equal(state, stateAfter) && endsSoon(scaler, runs)) {
			c.t.Logf("%s  a scheduled run ended during the dry run", clock())
			continue
		}
		var answer struct{ TargetReplicas *int }
		require.NoError(c.t, json.Unmarshal(body, &answer), "%s", body)
		require.NotNil(c.t, answer.TargetReplicas, "%s", body)
		require.Contains(c.t, []int{before.replicas, before.replicas - 1}, *answer.TargetReplicas, "the answer for an idle service")
		require.Equal(c.t, before, after, "replicas and generation of the Deployment")
		require.Equal(c.t, string(state), string(stateAfter), "state before and after the dry run")
		require.True(c.t, json.Valid(state), "the state is not JSON: %s", state)
		c.t.Logf("%s  dry run: %s, state stays %s", clock(), bytes.TrimSpace(body), bytes.TrimSpace(state))
		done++
	}
	return state
}

// endsSoon reports whether a scheduled run is just ending: evaluate writes the state a moment before the log tells of it.
func endsSoon(scaler autoscaler, runs int) bool {
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(pollEvery) {
		if len(scaler.runs()) != runs {
			return true
		}
	}
	return false
}

// wantedScale is what a dry run must not change: the replicas wanted, and the number of changes to the Deployment's spec so far.
type wantedScale struct {
	replicas   int
	generation int64
}

func (c *cluster) scale() wantedScale {
	c.t.Helper()
	d, err := c.client.AppsV1().Deployments(c.namespace).Get(c.t.Context(), deploymentName, metav1.GetOptions{})
	require.NoError(c.t, err)
	return wantedScale{replicas: int(*d.Spec.Replicas), generation: d.Generation}
}

// readState gives the bytes of the autoscaler's state file.
func (c *cluster) readState(pod string) []byte {
	c.t.Helper()
	state, err := c.podURL("GET", pod, statePort, "state.json")
	require.NoError(c.t, err, "reading the state: %s", state)
	return state
}

// checkLog checks that the autoscaler never restarted and explained each run. That no error is in its log is checked line by line, as
// the log is followed.
func (c *cluster) checkLog(pod string, scaler autoscaler) {
	c.t.Helper()
	p, err := c.client.CoreV1().Pods(c.namespace).Get(c.t.Context(), pod, metav1.GetOptions{})
	require.NoError(c.t, err)
	for _, status := range p.Status.ContainerStatuses {
		require.Zero(c.t, status.RestartCount, "restarts of %s/%s", pod, status.Name)
	}
	require.GreaterOrEqual(c.t, len(scaler.sentences()), len(scaler.runs()), "a sentence for each run")
}

// checkSteps checks the whole way of the replicas: one at a time, up to the peak and back.
func checkSteps(t *testing.T, history []int, risen int) {
	t.Helper()
	require.Equal(t, minReplicas, history[0])
	require.Equal(t, minReplicas, history[len(history)-1])
	require.GreaterOrEqual(t, slices.Max(history), risen)
	for i := 1; i < len(history); i++ {
		require.Contains(t, []int{history[i-1] - 1, history[i-1] + 1}, history[i], "step %d of %v", i, history)
	}
}
