package main

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/compare"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/spf13/pflag"
)

// comparedTraffic is what the settings are compared under; there is some.
type comparedTraffic struct {
	traces []simulate.Trace // of files, with a size of their own
	shapes []simulate.Trace // built-in, without one until they are scaled
}

// traffic is what --traces and --shapes ask for.
func (f *compareFlags) traffic(flags *pflag.FlagSet) (comparedTraffic, error) {
	traces, tracesErr := compare.Traces(f.traces)
	shapes, shapesErr := compare.Shapes(f.shapeNames(flags), f.service.seed)
	if shapesErr != nil { // a line for each name, which lpa simulate has in a flag of another name
		lines := strings.ReplaceAll("\n"+shapesErr.Error(), "\nshape:", "\n--shapes:")
		shapesErr = errors.New(lines[1:])
	}
	if err := errors.Join(ofFile("--traces", tracesErr), shapesErr); err != nil {
		return comparedTraffic{}, err
	}
	if len(traces)+len(shapes) == 0 {
		return comparedTraffic{}, errors.New("--shapes: is none, so --traces is required")
	}
	return comparedTraffic{traces, shapes}, nil
}

// shapeNames are those of --shapes. Without it they are all, or none if there is nothing but files in --traces.
func (f *compareFlags) shapeNames(flags *pflag.FlagSet) []string {
	onlyFiles := len(f.traces) > 0 && !slices.ContainsFunc(f.traces, isFolder)
	switch given := flags.Changed("shapes"); {
	case given && f.shapes == "none", !given && onlyFiles:
		return nil
	case given && f.shapes != "all":
		return strings.Split(f.shapes, ",")
	}
	return simulate.Shapes()
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// size makes the cases from traffic that has got its size. With 0 pods, which is the default with a configuration, traces stay
// as they are; built-in traffic cannot.
func (f *compareFlags) size(c *comparison, t comparedTraffic, workers []int, flags *pflag.FlagSet) error {
	pods := f.pods
	if f.service.config != "" && !flags.Changed("pods") {
		pods = 0
		if len(t.shapes) > 0 {
			c.assume("--pods %d for built-in traffic", assumedPods)
		}
	}
	traces, err := compare.Cases(c.setup, t.traces, workers, pods)
	if err != nil {
		return err
	}
	shapes, err := compare.Cases(c.setup, t.shapes, workers, cmp.Or(pods, assumedPods))
	if err != nil {
		return err
	}
	c.sweep.Cases = append(traces, shapes...)
	return nil
}
