package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
)

const usage = `bench compares this project's load generator with others, on this machine.

  go run ./internal/bench [flags]

It installs nothing, and says how to get what is missing.

`

func main() {
	os.Exit(run(program.Interruptible(context.Background()), program.OS("bench")))
}

// options are the command line.
type options struct {
	measures []measure
	tools    []string // their names; none means all
	metric   string
	out      string
	quick    bool
}

func parseOptions(p program.Process) (options, error) {
	var o options
	var tools, only string
	flags := flag.NewFlagSet(p.Name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&o.quick, "quick", false, "only see that it works, in less than a minute, with ours, wrk and hey")
	flags.StringVar(&tools, "tools", "", "ours and these `names`, separated by commas, instead of all")
	flags.StringVar(&only, "only", "", "only measures whose title contains this `text`, such as memory")
	flags.StringVar(&o.metric, "metric", "bin/metric", "the `program` that is ours")
	flags.StringVar(&o.out, "out", "", "write the results into this `page`, below its heading Results")
	err := flags.Parse(p.Args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(p.Stdout, usage)
		flags.SetOutput(p.Stdout)
		flags.PrintDefaults()
		return o, err
	case err != nil:
		return o, err
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	o.measures = full()
	if o.quick {
		o.measures, o.tools = quick(), []string{"ours", "wrk", "hey"}
	}
	if tools != "" {
		o.tools = append(strings.Split(tools, ","), "ours")
	}
	if err := known(allTools(""), o.tools); err != nil {
		return o, err
	}
	o.measures, err = choose(o.measures, only)
	return o, err
}

func run(ctx context.Context, p program.Process) int {
	if len(p.Args) == 1 && p.Args[0] == serveArgument {
		runtime.LockOSThread()
		if err := serve(os.Stdin, p.Stdout); err != nil {
			return p.Fail(program.Failure, err)
		}
		return program.OK
	}
	o, err := parseOptions(p)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return program.OK
	case err != nil:
		return p.Fail(program.Usage, err)
	}
	programs, err := os.MkdirTemp("", "bench-programs-")
	if err != nil {
		return p.Fail(program.Failure, err)
	}
	defer os.RemoveAll(programs)
	b, err := prepare(p, o, programs)
	if err != nil {
		return p.Fail(program.Failure, err)
	}
	defer b.server.stop()
	started, before := time.Now(), othersBusy()
	if err := b.run(ctx); err != nil {
		return p.Fail(program.Failure, err)
	}
	if others := max(before, othersBusy()); others > quiet {
		b.results.note(fmt.Sprintf("other processes kept %.1f cores busy before or after: the numbers mean little", others))
	}
	fmt.Fprint(p.Stdout, b.results.text(!o.quick))
	p.Sayf("took %s", time.Since(started).Round(time.Second))
	if o.out != "" {
		if err := writeSection(o.out, b.results.section(conditionsNow(b.tools))); err != nil {
			return p.Fail(program.Failure, err)
		}
	}
	if len(b.results.failed) > 0 {
		return program.Failure
	}
	return program.OK
}

// prepare finds what there is, copies it into the folder programs, and starts the server.
func prepare(p program.Process, o options, programs string) (*bench, error) {
	tools, missing, err := findTools(allTools(o.metric), o.tools)
	if err != nil {
		return nil, err
	}
	for _, m := range missing {
		p.Sayf("%v", m)
	}
	if err := copyTo(programs, tools); err != nil {
		return nil, err
	}
	limit, err := raiseFileLimit()
	if err != nil {
		return nil, err
	}
	measures, problems := withinFiles(o.measures, limit)
	serverCore, clientCore, err := cores()
	if err != nil {
		return nil, err
	}
	if serverCore == clientCore {
		p.Sayf("there is one core only, which the server and the tools share: the numbers mean little")
	}
	server, err := startBackend(serverCore)
	if err != nil {
		return nil, err
	}
	b := &bench{tools: tools, measures: measures, server: server, core: clientCore, progress: p.Sayf, results: newResults(tools, measures)}
	for _, problem := range problems {
		b.results.fail(problem)
	}
	return b, nil
}

// choose are the measures whose title contains text.
func choose(measures []measure, text string) ([]measure, error) {
	var chosen []measure
	var titles []string
	for _, m := range measures {
		titles = append(titles, m.title)
		if strings.Contains(m.title, text) {
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no measure contains %q; there are: %s", text, strings.Join(titles, "; "))
	}
	return chosen, nil
}
