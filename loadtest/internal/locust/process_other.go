//go:build !unix

package locust

import (
	"os"
	"os/exec"
)

func ownGroup(*exec.Cmd) {}

func askGroup(cmd *exec.Cmd)  { _ = cmd.Process.Kill() }
func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

// claim cannot lock here, so no folder is ever taken for a forgotten one.
func claim(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
}
