package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// backend is the server as a process on a core of its own.
type backend struct {
	url     string
	cmd     *exec.Cmd
	control io.WriteCloser
	answers *bufio.Reader
}

// serveArgument makes this program the server.
const serveArgument = "serve"

func startBackend(core int) (*backend, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b := &backend{cmd: exec.Command(self, serveArgument)}
	b.cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off") // its memory is there from the start
	b.cmd.Stderr = os.Stderr
	if b.control, err = b.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := startOn(core, b.cmd); err != nil {
		return nil, fmt.Errorf("starting the server: %w", err)
	}
	b.answers = bufio.NewReader(stdout)
	address, err := b.answers.ReadString('\n')
	if err != nil {
		b.stop()
		return nil, fmt.Errorf("starting the server: no address: %w", err)
	}
	b.url = "http://" + strings.TrimSpace(address)
	return b, nil
}

// record is what the server has seen since it was last asked.
func (b *backend) record() (record, error) {
	if _, err := io.WriteString(b.control, "\n"); err != nil {
		return record{}, fmt.Errorf("asking the server: %w", err)
	}
	line, err := b.answers.ReadBytes('\n')
	if err != nil {
		return record{}, fmt.Errorf("reading the server's record: %w", err)
	}
	var r record
	return r, json.Unmarshal(line, &r)
}

// stop ends the server, which sees its standard input end.
func (b *backend) stop() {
	_ = b.control.Close()
	_ = b.cmd.Wait()
}
