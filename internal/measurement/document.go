package measurement

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/latency-pod-autoscaler/lpa/internal/jsonfault"
	"golang.org/x/term"
)

// maxInput is more than the framework can send: a resource has at most 1.5 MiB in Kubernetes, a measurement some 100 kB.
const maxInput = 8 << 20

// Caller ends an error about stdin: it says who should have sent what stdin lacks.
const Caller = "; this program is run by the Custom Pod Autoscaler framework, which sends JSON"

// ReadStdin reads the one document that the framework sends. It does not wait for somebody to type it.
func ReadStdin(r io.Reader) ([]byte, error) {
	if file, ok := r.(interface{ Fd() uintptr }); ok && term.IsTerminal(int(file.Fd())) {
		return nil, errors.New("stdin: is a terminal" + Caller)
	}
	data, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading stdin: %w", err)
	case len(data) > maxInput:
		return nil, fmt.Errorf("stdin: must be at most %d MiB", maxInput>>20)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, errors.New("stdin: is empty" + Caller)
	}
	return data, nil
}

// ParseDocument puts the keys of a document that are known into the value that to points to.
func ParseDocument(document []byte, to any) error {
	if err := json.Unmarshal(document, to); err != nil {
		return fmt.Errorf("stdin: must be the framework's JSON: %s", jsonfault.In(document, err))
	}
	return nil
}
