package compare

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
)

// shapeLength is how long a built-in shape is played; weekly needs longer to show what it is.
const shapeLength = 24 * time.Hour

// Shapes are built-in loads, by name.
func Shapes(names []string, seed uint64) ([]simulate.Trace, error) {
	var loads []simulate.Trace
	var errs []error
	for _, name := range names {
		length := shapeLength
		if name == "weekly" {
			length = 7 * shapeLength
		}
		load, err := simulate.Shape(name, length, seed)
		loads, errs = append(loads, load), append(errs, err)
	}
	return loads, errors.Join(errs...)
}

// Traces reads loads from files, and from all files with the extension csv in folders. Real traffic does not jump from row to
// row: where rows are longer than a minute, their middles are joined by straight lines.
func Traces(paths []string) ([]simulate.Trace, error) {
	files, err := traceFiles(paths)
	if err != nil {
		return nil, err
	}
	var loads []simulate.Trace
	var errs []error
	for _, file := range files {
		load, err := simulate.LoadTrace(file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if load.Coarsest() > time.Minute {
			load = load.Smooth()
		}
		load.Name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		loads = append(loads, load)
	}
	return loads, errors.Join(errs...)
}

func traceFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, cause(err))
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		found, err := filepath.Glob(filepath.Join(escaped(path), "*.csv"))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: must have files whose names end with .csv", path)
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// escaped is a path in which nothing is a pattern.
func escaped(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// cause is an error about a file without what was done and the name.
func cause(err error) error {
	var wrapped *fs.PathError
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
