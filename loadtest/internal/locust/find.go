package locust

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Variable is the environment variable that names the program to run instead of the first locust on the PATH.
const Variable = "LOCUST"

// ErrNone means that there is no Locust.
var ErrNone = errors.New("no program locust is on the PATH, and the environment variable LOCUST names none")

// Find is the path of Locust. The error is ErrNone, or says what is wrong with the environment variable.
func Find(env func(string) (string, bool)) (string, error) {
	name, set := env(Variable)
	if !set || name == "" {
		if path, ok := lookUp("locust", env); ok {
			return path, nil
		}
		return "", ErrNone
	}
	if path, ok := lookUp(name, env); ok {
		return path, nil
	}
	return "", fmt.Errorf("the environment variable %s must name a program, got %q", Variable, name)
}

// lookUp finds a program by its path, or by its name in the folders of PATH.
func lookUp(name string, env func(string) (string, bool)) (string, bool) {
	if strings.ContainsRune(name, filepath.Separator) {
		absolute, err := filepath.Abs(name)
		return absolute, err == nil && executable(absolute)
	}
	path, _ := env("PATH")
	for _, folder := range filepath.SplitList(path) {
		if candidate := filepath.Join(folder, name); filepath.IsAbs(candidate) && executable(candidate) {
			return candidate, true
		}
	}
	return "", false
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
