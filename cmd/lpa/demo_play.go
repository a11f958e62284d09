package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
)

// demo is the autoscaler, its service and the traffic on it.
type demo struct {
	files    *demoFiles
	service  *demoService
	runner   *cpa.Runner
	shape    trafficShape
	traffic  *traffic
	interval time.Duration

	start   time.Time
	reports []demoReport
	rate    rateMeter
}

// demoSize is that of the service and of the traffic. One replica serves 7 / 60 ms = 117 requests per second. The background
// comes to 420 / 1060 ms = 396 per second, the load test to 67: the peak needs four or five replicas. All times are chosen so long
// that queueing decides over latency, not the speed of this machine or what else it does: the target of 300 ms is five service
// times, and a breach means a queue of 28 requests in front of a replica.
func demoSize(options demoOptions) (serviceShape, trafficShape) {
	service := serviceShape{
		name: "fibonacci", replicas: 1, workers: 7, serviceTime: 60 * time.Millisecond,
		startUp: 600 * time.Millisecond, grace: 5 * time.Second, seed: options.seed,
	}
	traffic := trafficShape{
		duration: options.duration, few: 10, peak: 420, think: time.Second, reuse: 2, seed: options.seed,
	}
	return service, traffic
}

// newDemo starts the service and writes the files. The traffic starts with play.
func newDemo(options demoOptions) (*demo, error) {
	serviceShape, trafficShape := demoSize(options)
	service, err := startService(serviceShape)
	if err != nil {
		return nil, err
	}
	files, err := writeDemoFiles(service.url(), options.policy, options.seed)
	if err != nil {
		service.close()
		return nil, err
	}
	framework := asFramework(files.config.Framework)
	return &demo{
		files:    files,
		service:  service,
		runner:   &cpa.Runner{Config: framework, Env: files.environ(), Dir: files.dir, Now: time.Now},
		shape:    trafficShape,
		interval: time.Duration(framework.Interval) * time.Millisecond,
	}, nil
}

func (d *demo) close() {
	d.service.close()
	d.files.remove()
}

// play lets the traffic rise and fall and the autoscaler follow it, until the time is over or ctx ends.
func (d *demo) play(ctx context.Context, printer demoPrinter) error {
	ctx, stop := context.WithCancel(ctx)
	d.start = time.Now()
	d.traffic = startTraffic(ctx, d.shape, d.service.url()+"/fibonacci?n=10")
	defer d.traffic.wait()
	defer stop()

	reports := make(chan demoReport)
	go d.autoscale(ctx, reports)
	frames := time.NewTicker(200 * time.Millisecond)
	defer frames.Stop()
	for {
		printer.frame(d.view())
		select {
		case <-frames.C:
		case report, more := <-reports:
			if !more {
				return d.broken()
			}
			report.BackgroundRPS = math.Round(d.view().Background*10) / 10
			d.reports = append(d.reports, report)
			printer.run(report)
		}
	}
}

// hopeless is how many failed runs at the beginning show that there will be no other.
const hopeless = 3

// autoscale does one run after the other, as the framework's ticker does: they never overlap, and one that takes longer than
// the interval is followed by the next at once.
func (d *demo) autoscale(ctx context.Context, reports chan<- demoReport) {
	defer close(reports)
	ticks := time.NewTicker(d.interval)
	defer ticks.Stop()
	worked := false
	for number := 1; time.Since(d.start) < d.shape.duration; number++ {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		report := d.run(ctx, number)
		if ctx.Err() != nil {
			return
		}
		reports <- report
		worked = worked || report.Error == ""
		if !worked && number == hopeless {
			return
		}
	}
}

// run is one run of the autoscaler, and the scaling after it.
func (d *demo) run(ctx context.Context, number int) demoReport {
	elapsed := time.Since(d.start)
	replicas, ready := d.service.counts()
	run, err := d.runner.Run(ctx, d.service.deployment(), int32(replicas))
	if err == nil {
		d.service.scale(int(run.Replicas))
	}
	report := newDemoReport(run, err, int32(replicas), d.files.config.Targets)
	report.Run, report.ElapsedSeconds, report.Ready = number, inSeconds(elapsed), int32(ready)
	return report
}

// broken is the error of a demo in which no run has worked.
func (d *demo) broken() error {
	for _, report := range d.reports {
		if report.Error == "" {
			return nil
		}
	}
	if len(d.reports) == 0 {
		return nil
	}
	return fmt.Errorf("no run has worked: %s", d.reports[len(d.reports)-1].Error)
}

func (d *demo) scene() demoScene {
	return demoScene{
		URL:         d.service.url(),
		Duration:    d.shape.duration,
		Interval:    d.interval,
		Min:         d.runner.Config.MinReplicas,
		Max:         d.runner.Config.MaxReplicas,
		Targets:     d.files.config.Targets,
		PeakTraffic: d.shape.peakRate(d.service.shape.serviceTime),
	}
}

// view is what there is to see now.
func (d *demo) view() demoView {
	replicas, ready := d.service.counts()
	now := time.Now()
	return demoView{
		Elapsed:    now.Sub(d.start),
		Background: d.rate.perSecond(now, d.traffic.answers.Load()),
		Replicas:   replicas,
		Ready:      ready,
		Reports:    d.reports,
	}
}

func (d *demo) summary() demoSummary {
	summary := summarize(d.reports, int32(d.service.shape.replicas), time.Since(d.start))
	summary.Background = demoBackground{Requests: d.traffic.answers.Load(), Failed: d.traffic.failed.Load()}
	if d.files.decided() {
		summary.DecisionLog = d.files.log
	}
	return summary
}
