package strictyaml

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// MaxFileSize is what a ConfigMap can hold.
const MaxFileSize = 1 << 20

// ReadFile reads a file of at most MaxFileSize bytes. It neither waits for somebody to write into a pipe nor reads a device
// without end.
func ReadFile(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxFileSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxFileSize {
		return nil, fmt.Errorf("%s: must have at most %d bytes", path, MaxFileSize)
	}
	return data, nil
}
