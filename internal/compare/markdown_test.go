package compare

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWriteMarkdownReplacesTheResults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	require.NoError(t, os.WriteFile(path, []byte("# Page\n\nBy hand.\n\n## Results\n\nold\n"), 0o600))
	r := made()
	require.NoError(t, r.WriteMarkdown(path, r.Judge("knee 60")))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	text := string(data)
	require.Contains(t, text, "# Page\n\nBy hand.\n\n## Results\n\n3 loads, 3 cases: calm (24 h), wild (12 h), short (1 h).\n")
	require.Contains(t, text, "| **knee 60** | 3.3 @ 1.50 |")
	require.Contains(t, text, "- wild, 4 workers: 5.0 % @ 1.50, HPA 1.0 T 3.0 % @ 1.40\n")
	require.NotContains(t, text, "old")
}

func TestWriteMarkdownNeedsTheHeading(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	require.NoError(t, os.WriteFile(path, []byte("# Page\n"), 0o600))
	_, err := CheckMarkdown(path)
	require.EqualError(t, err, path+": must have the heading ## Results")
}

func TestDocumentIsJSON(t *testing.T) {
	r := made()
	r.Outcomes[0][1].Violation, r.Outcomes[0][2].Violation = 0, 0 // a ratio to nothing
	data, err := json.Marshal(r.Document(r.Judge("knee 60")))
	require.NoError(t, err)
	var d Document
	require.NoError(t, json.Unmarshal(data, &d))
	require.Equal(t, r.Document(r.Judge("knee 60")), d)
	require.Equal(t, "decay: {replicas: 1, unchangedRuns: 10}", d.Settings[2].Configuration)
}
