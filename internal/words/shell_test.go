package words

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestShell lets a shell read the arguments.
func TestShell(t *testing.T) {
	for argument, want := range map[string]string{
		"decisions.jsonl": "decisions.jsonl", "2026-03-01 10:42": "'2026-03-01 10:42'", "": "''", "it's": `'it'\''s'`,
		"http://a/?b=1&c=$d": "'http://a/?b=1&c=$d'", "é*": "'é*'", "a\nb": "'a\nb'",
	} {
		require.Equal(t, want, Shell(argument))
		out, err := exec.Command("sh", "-c", "printf %s "+Shell(argument)).Output()
		require.NoError(t, err)
		require.Equal(t, argument, string(out))
	}
}
