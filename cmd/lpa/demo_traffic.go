package main

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// trafficShape is the background traffic of the demo: users that wait, ask, and wait again. How many there are follows a
// plateau: few, then a rise to the peak, then a fall back to few.
type trafficShape struct {
	duration time.Duration // of the whole demo
	few      int           // users before the rise and after the fall
	peak     int           // users on the plateau
	think    time.Duration // a user's average wait between two requests
	reuse    int           // requests on one connection, on average, before it is recycled
	seed     uint64
}

// The plateau's edges, in parts of the demo. The fall comes early: decay takes several runs for each replica that it gives back.
const (
	riseBegins = 0.08
	riseEnds   = 0.28
	fallBegins = 0.48
	fallEnds   = 0.54
)

// users is how many users there are at a time of the demo.
func (t trafficShape) users(elapsed time.Duration) int {
	at := elapsed.Seconds() / t.duration.Seconds()
	level := smoothStep(at, riseBegins, riseEnds) - smoothStep(at, fallBegins, fallEnds)
	return t.few + int(level*float64(t.peak-t.few)+0.5)
}

// peakRate is the requests per second of the plateau when nothing is slow.
func (t trafficShape) peakRate(serviceTime time.Duration) float64 {
	return float64(t.peak) / (t.think + serviceTime).Seconds()
}

// smoothStep goes from 0 at begin to 1 at end.
func smoothStep(at, begin, end float64) float64 {
	x := min(max((at-begin)/(end-begin), 0), 1)
	return x * x * (3 - 2*x)
}

// traffic is background traffic under way.
type traffic struct {
	shape   trafficShape
	url     string
	start   time.Time
	answers atomic.Int64
	failed  atomic.Int64
	ended   sync.WaitGroup
}

// startTraffic runs until ctx ends; wait returns when the last user is gone.
func startTraffic(ctx context.Context, shape trafficShape, url string) *traffic {
	t := &traffic{shape: shape, url: url, start: time.Now()}
	for number := range shape.peak {
		t.ended.Go(func() { t.user(ctx, number) })
	}
	return t
}

func (t *traffic) wait() { t.ended.Wait() }

// user is one user of the background: there while the shape has room for it, with a connection of its own.
func (t *traffic) user(ctx context.Context, number int) {
	random := rand.New(rand.NewPCG(t.shape.seed, uint64(number)+1))
	client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	for {
		pause := time.Duration(random.ExpFloat64() * float64(t.shape.think))
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(pause, 4*t.shape.think)):
		}
		if number >= t.shape.users(time.Since(t.start)) {
			client.CloseIdleConnections()
			continue
		}
		t.ask(ctx, client, random.IntN(t.shape.reuse) == 0)
	}
}

// ask does one request; the last one on its connection says so.
func (t *traffic) ask(ctx context.Context, client *http.Client, last bool) {
	err := get(ctx, client, t.url, last)
	switch {
	case err == nil:
		t.answers.Add(1)
	case ctx.Err() == nil:
		t.failed.Add(1)
	}
}

func get(ctx context.Context, client *http.Client, url string, last bool) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	request.Close = last
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return err
}

// rateMeter turns a growing count into a rate over the last seconds.
type rateMeter struct{ marks []rateMark }

type rateMark struct {
	at    time.Time
	count int64
}

const rateWindow = 2 * time.Second

// perSecond is the rate up to now, since the oldest count of the window.
func (m *rateMeter) perSecond(now time.Time, count int64) float64 {
	m.marks = append(m.marks, rateMark{now, count})
	for now.Sub(m.marks[0].at) > rateWindow {
		m.marks = m.marks[1:]
	}
	oldest := m.marks[0]
	if oldest.at == now {
		return 0
	}
	return float64(count-oldest.count) / now.Sub(oldest.at).Seconds()
}
