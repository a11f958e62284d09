package report

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.html")
	require.NoError(t, os.WriteFile(path, []byte("an older page"), 0o600))
	link := filepath.Join(dir, "link.html")
	require.NoError(t, os.Symlink("report.html", link))
	require.NoError(t, CheckFile(link))
	require.NoError(t, nothing().WriteFile(link))

	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(data), "</html>")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2, "nothing else is left, and the link is still one")
	info, err := os.Lstat(link)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeSymlink)
}

func TestWhatIsNoFileIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		dir:                                  dir + ": must be a file, and not a folder, pipe or device",
		os.DevNull:                           os.DevNull + ": must be a file, and not a folder, pipe or device",
		filepath.Join(dir, "none", "a.html"): "no such file or directory",
	} {
		require.ErrorContains(t, CheckFile(path), want)
		require.ErrorContains(t, nothing().WriteFile(path), want)
	}
	info, err := os.Stat(os.DevNull)
	require.NoError(t, err)
	require.False(t, info.Mode().IsRegular())
}
