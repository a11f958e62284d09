package locust

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/lazyregexp"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

var (
	framePattern   = lazyregexp.New(`^ +File "(.+)", line (\d+)`)
	errorPattern   = lazyregexp.New(`^[A-Za-z_][\w.]*(: .*)?$`)
	logLinePattern = lazyregexp.New(`^\[\d{4}-\d\d-\d\d [^\]]*\] \S+/[A-Z]+/[\w.]+: `) // [2030-01-02 03:04:05,678] host/ERROR/locust.main:
)

// whyNot is what is wrong with a locustfile that Locust would not run, from what Locust wrote: the last exception at its
// place in the locustfile's folder, if there is one, else Locust's last line.
func whyNot(script, ended string, lines []string) strictyaml.Problem {
	p := strictyaml.Problem{File: script, Line: 1, Column: 1}
	if message := lastException(&p, lines); message != "" {
		p.Rule = message
		return p
	}
	p.Rule = "Locust " + ended
	for i := len(lines) - 1; i >= 0; i-- {
		if line := strings.TrimSpace(logLinePattern().ReplaceAllString(lines[i], "")); line != "" {
			p.Rule += ": " + line
			break
		}
	}
	return p
}

// lastException is the message of the last traceback; the place goes into p.
func lastException(p *strictyaml.Problem, lines []string) string {
	message, own := "", false
	inside := false
	for _, line := range lines {
		frame := framePattern().FindStringSubmatch(line)
		switch {
		case strings.HasPrefix(line, "Traceback (most recent call last)"):
			inside, own, message = true, false, ""
			p.Line = 1
		case frame != nil:
			inside = true
			if line, err := strconv.Atoi(frame[2]); err == nil && filepath.Dir(frame[1]) == filepath.Dir(p.File) {
				own, p.File, p.Line = true, frame[1], line
			}
		case inside && errorPattern().MatchString(line):
			inside = false
			message = line
			if !own {
				p.Line = 1
			}
		}
	}
	return message
}
