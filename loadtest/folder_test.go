package loadtest

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFolder has a mounted ConfigMap, whose files are links into ..data, and everything that tries to lead out of it.
func TestFolder(t *testing.T) {
	outer := t.TempDir()
	dir := filepath.Join(outer, "tasks")
	secret := filepath.Join(outer, "secret")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "..2026", "sub"), 0o755))
	for _, path := range []string{secret, filepath.Join(dir, "..2026", "a.csv"), filepath.Join(dir, "..2026", "sub", "b.csv")} {
		require.NoError(t, os.WriteFile(path, []byte("user\nann\n"), 0o600))
	}
	for link, target := range map[string]string{"..data": "..2026", "a.csv": "..data/a.csv", "sub": "..data/sub",
		"up.csv": "../secret", "absolute.csv": secret, "loop.csv": "loop.csv", "out": ".."} {
		require.NoError(t, os.Symlink(target, filepath.Join(dir, link)))
	}
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	f, err := openFolder(dir)
	require.NoError(t, err)
	defer f.close()

	for _, name := range []string{"a.csv", "sub/b.csv", "./a.csv", "sub/../a.csv"} {
		data, err := f.read(name, 100)
		require.NoError(t, err, name)
		require.Equal(t, "user\nann\n", string(data), name)
	}
	for name, want := range map[string]string{
		"":                "must be a path within the script's folder: no leading / and no .. out of it",
		secret:            "must be a path within the script's folder: no leading / and no .. out of it",
		"../secret":       "must be a path within the script's folder: no leading / and no .. out of it",
		"sub/../../x":     "must be a path within the script's folder: no leading / and no .. out of it",
		"up.csv":          "must not lead out of the script's folder",
		"absolute.csv":    "must not lead out of the script's folder",
		"out/secret":      "must not lead out of the script's folder",
		"none.csv":        "there is no such file in the script's folder",
		"a\x00b":          "must be a file that can be read: invalid argument",
		"loop.csv":        "must be a file that can be read: too many levels of symbolic links",
		"sub":             "must be a file, and not a folder, pipe or device",
		"pipe":            "must be a file, and not a folder, pipe or device",
		"a.csv/below.csv": "must be a file that can be read: not a directory",
	} {
		_, err := f.read(name, 100)
		require.EqualError(t, err, want, "%q", name)
	}
	_, err = f.read("a.csv", 8)
	require.EqualError(t, err, "must have at most 8 bytes")
	_, err = openFolder(filepath.Join(dir, "none"))
	require.ErrorContains(t, err, "no such file or directory")
}
