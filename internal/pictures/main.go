// Command pictures draws the pictures of the documentation, each from a simulation of the policies as they are.
//
//	go run ./internal/pictures [FOLDER]
//
// A test holds that the ones in docs/images are those of the present code.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/report"
)

func main() { os.Exit(run(program.OS("pictures"))) }

// picture is one of them, with the name of its file.
type picture struct {
	file string
	draw func() (report.Panels, error)
}

var pictures = []picture{
	{"knee-waiting.svg", waitingPicture},
	{"policies-day.svg", day.draw},
	{"policies-flash.svg", flash.draw},
	{"policies-edge.svg", edge.draw},
	{"policies-dependency.svg", dependency.draw},
}

func run(p program.Process) int {
	folder := "docs/images"
	switch len(p.Args) {
	case 0:
	case 1:
		folder = p.Args[0]
	default:
		p.Sayf("usage: pictures [FOLDER]")
		return program.Usage
	}
	for _, picture := range pictures {
		if err := picture.write(folder); err != nil {
			p.Sayf("%v", err)
			return program.Failure
		}
	}
	return program.OK
}

func (p picture) write(folder string) error {
	panels, err := p.draw()
	if err != nil {
		return fmt.Errorf("%s: %w", p.file, err)
	}
	var svg bytes.Buffer
	if err := panels.SVG(&svg); err != nil {
		return fmt.Errorf("%s: %w", p.file, err)
	}
	return os.WriteFile(filepath.Join(folder, p.file), svg.Bytes(), 0o644)
}
