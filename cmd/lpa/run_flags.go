package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/gate"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/wholefile"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"github.com/spf13/pflag"
)

// runFlags are the command line of lpa run.
type runFlags struct {
	config   string
	settings map[string]*string // by flag, those that are keys of the configuration too
	insecure bool
	json     bool
	html     string
	failOn   []string
	quiet    bool
}

// The flags whose values are more than one.
const (
	stagesFlag = "stages"
	reuseFlag  = "reuse"
)

// settings are the flags that lie over keys of the configuration, whose reader says what is wrong with them.
var settings = []struct {
	flag, usage string
	key         []string // below loadTest
}{
	{"host", "the `URL` of the service", []string{"host"}},
	{"users", "run `N` users, each doing one iteration after another (default 10)", []string{"users"}},
	{"spawn-rate", "start `R` users per second (default 10, or all of --users)", []string{"spawnRate"}},
	{"rate", "begin iterations at this `rate`, such as 50/s, whatever the service does", []string{"rate"}},
	{"arrival", "with --rate: `constant or poisson` (default constant)", []string{"arrival"}},
	{"max-users", "with --rate: do them with up to `N` users (default 1000)", []string{"maxUsers"}},
	{stagesFlag, "the load over time, such as `10s:20,30s:20-50` users or 1m:50/s", []string{"stages"}},
	{"run-time", "count what happens in this `time` (default 20s)", []string{"runTime"}},
	{"warmup", "leave out what happens in this `time` before (default 2s)", []string{"warmup"}},
	{"timeout", "the `time` after which a request has failed, unless the script says (default 10s)", []string{"timeout"}},
	{"seed", "a `number` that decides all that is random (default 1)", []string{"seed"}},
	{reuseFlag, "open a new connection after `N or N-M` requests (default 20-50)", []string{"connections", "reuse"}},
	{"tls-ca", "trust the certificate authorities in this `file`", []string{"tls", "ca"}},
	{"tls-cert", "present the certificate in this `file`", []string{"tls", "cert"}},
	{"tls-key", "with the key in this `file`", []string{"tls", "key"}},
}

func (f *runFlags) define(flags *pflag.FlagSet) {
	f.settings = map[string]*string{}
	for _, s := range settings {
		f.settings[s.flag] = flags.String(s.flag, "", s.usage)
	}
	flags.BoolVar(&f.insecure, "insecure", false, "do not verify the service's certificate")
	flags.StringVar(&f.config, "config", "", "take the load from the loadTest of this configuration `file`")
	flags.BoolVar(&f.json, "json", false, "print the result as JSON on stdout, and the rest on stderr")
	flags.StringVar(&f.html, "html", "", "write the result as a web page into this `file`")
	flags.StringArrayVar(&f.failOn, "fail-on", nil, "exit with 1 if this `rule` is true, such as 'p95 > 200ms'; may be repeated")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "say nothing while it runs; with --json nothing but what rules say")
	flags.SortFlags = false
}

// load reads everything that a person wrote; its error has all that is wrong.
func (f *runFlags) load(p program.Process, args []string, flags *pflag.FlagSet) (test loadTest, err error) {
	rules, rulesErr := gate.ParseRules("--fail-on", f.failOn)
	fileErr := f.checkPage()
	cfg, err := f.configuration(p.Env, args, flags)
	if err != nil {
		var scriptErr error
		if len(args) == 1 {
			_, scriptErr = loadtest.LoadScript(args[0], p.Env)
		}
		return test, errors.Join(err, f.hostFlag(flags), scriptErr, rulesErr, fileErr)
	}
	plan, scriptErr := loadtest.LoadScript(cfg.LoadTest.Script, p.Env)
	options, tlsErr := cfg.Options()
	if limit := gate.Tightest(rules); options.TightestTarget == 0 || limit > 0 && limit < options.TightestTarget {
		options.TightestTarget = limit
	}
	var namesErr error
	if plan != nil && plan.NamesKnown() {
		namesErr = gate.Unmeasured("--fail-on", rules, plan.Names())
	}
	hostErr := f.hostFlag(flags)
	if f.config != "" {
		hostErr = cfg.RequireHost().Err()
	}
	found := f.checkLoad(cfg)
	test = loadTest{script: cfg.LoadTest.Script, plan: plan, options: options, rules: rules, warnings: found}
	if len(found.Refused()) == 0 {
		found = nil
	}
	return test, errors.Join(hostErr, found.Err(), tlsErr, scriptErr, rulesErr, namesErr, fileErr)
}

// hostFlag is the error of a command line without a service.
func (f *runFlags) hostFlag(flags *pflag.FlagSet) error {
	if f.config == "" && !flags.Changed("host") {
		return errors.New("--host: is required, such as --host http://localhost:8080")
	}
	return nil
}

func (f *runFlags) checkPage() error {
	if f.html == "" {
		return nil
	}
	if err := wholefile.Check(f.html); err != nil {
		return fmt.Errorf("--html: %w", err)
	}
	return nil
}

// checkLoad is what is wrong with the load. Without a configuration it is told of the flag, given or not.
func (f *runFlags) checkLoad(cfg *config.Config) strictyaml.Problems {
	found := cfg.CheckLoad()
	for i := range found {
		if f.config == "" {
			found[i].File = "--spawn-rate"
		}
	}
	return found.Sorted()
}

// configuration is that of --config, or the default one, with the flags over it.
func (f *runFlags) configuration(env config.Lookup, args []string, flags *pflag.FlagSet) (*config.Config, error) {
	over := func(doc *strictyaml.Document) { f.override(doc, args, flags) }
	if f.config == "" {
		return config.Defaults(env, over)
	}
	return config.Load(f.config, env, over)
}

func (f *runFlags) override(doc *strictyaml.Document, args []string, flags *pflag.FlagSet) {
	if len(args) == 1 {
		doc.OverrideString([]string{"loadTest", "script"}, "SCRIPT", args[0])
	}
	for _, s := range settings {
		if !flags.Changed(s.flag) {
			continue
		}
		path, source, value := append([]string{"loadTest"}, s.key...), "--"+s.flag, *f.settings[s.flag]
		low, high, isRange := strings.Cut(value, "-")
		switch {
		case s.flag == reuseFlag && isRange:
			doc.OverrideStrings(path, source, low, high)
		case s.flag == stagesFlag:
			doc.OverrideMaps(path, source, parseStages(value)...)
		default:
			doc.OverrideString(path, source, value)
		}
	}
	if f.insecure {
		doc.Override("loadTest", "--insecure", []byte("{tls: {insecureSkipVerify: true}}"), true)
	}
}

// parseStages takes the value of --stages apart: 10s:20 are 20 users for ten seconds, 30s:20-50 are 20 that become 50, and
// 1m:50/s is a rate. What is wrong with the parts is found by whoever reads the configuration.
func parseStages(value string) [][][2]string {
	var stages [][][2]string
	for _, part := range strings.Split(value, ",") {
		duration, load, _ := strings.Cut(strings.TrimSpace(part), ":")
		from, to, rises := strings.Cut(load, "-")
		key := "users"
		if strings.Contains(load, "/") {
			key = "rate"
		}
		if rises && key == "rate" && !strings.Contains(from, "/") { // 10-50/s
			_, unit, _ := strings.Cut(to, "/")
			from += "/" + unit
		}
		stage := [][2]string{{"for", duration}, {key, from}}
		if rises {
			stage = append(stage, [2]string{"to", to})
		}
		stages = append(stages, stage)
	}
	return stages
}

// oneScript checks the arguments: the script may come from the configuration.
func (f *runFlags) oneScript(args []string) error {
	switch {
	case len(args) == 0 && f.config == "":
		return errors.New("a script is required, such as lpa run tasks.yaml --host http://localhost:8080")
	case len(args) > 1:
		return fmt.Errorf("one script is run at a time, got %s", strings.Join(args, " "))
	}
	return nil
}
