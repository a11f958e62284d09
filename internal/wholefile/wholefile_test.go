package wholefile

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func text(content string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.html")
	require.NoError(t, os.WriteFile(path, []byte("an older page"), 0o600))
	link := filepath.Join(dir, "link.html")
	require.NoError(t, os.Symlink("report.html", link))
	require.NoError(t, Check(link))
	require.NoError(t, Write(link, text("the new page")))

	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "the new page", string(data))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2, "nothing else is left, and the link is still one")
	info, err := os.Lstat(link)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeSymlink)
	info, err = os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it is still for those for whom the older one was")
}

func TestWhatIsNoFileIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		dir:                                  dir + ": must be a file, and not a folder, pipe or device",
		os.DevNull:                           os.DevNull + ": must be a file, and not a folder, pipe or device",
		filepath.Join(dir, "none", "a.html"): "no such file or directory",
	} {
		require.ErrorContains(t, Check(path), want)
		require.ErrorContains(t, Write(path, text("")), want)
	}
	info, err := os.Stat(os.DevNull)
	require.NoError(t, err)
	require.False(t, info.Mode().IsRegular())
}
