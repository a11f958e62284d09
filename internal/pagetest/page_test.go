package pagetest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	page := Parse("a.md", "Say\n\n<!-- run -->\n```sh\necho a  # why\n```\n\n```text\na\n```\n\n"+
		"- in a list:\n\n  <!-- not run: it pushes -->\n  ```sh\n  docker push \\\n    a\n  ```\n\n<!-- config: c.yaml -->\n```yaml\na:\n  ```\n```\n")
	require.Equal(t, Page{Path: "a.md", Blocks: []Block{
		{Line: 4, Language: "sh", Kind: "run", Text: "echo a  # why\n"},
		{Line: 8, Language: "text", Text: "a\n"},
		{Line: 15, Language: "sh", Kind: "not run", Note: "it pushes", Text: "docker push \\\n  a\n"},
		{Line: 21, Language: "yaml", Kind: "config", Note: "c.yaml", Text: "a:\n  ```\n"},
	}, Prose: "Say\n\n<!-- run -->\n\n\n- in a list:\n\n  <!-- not run: it pushes -->\n\n<!-- config: c.yaml -->\n\n"}, page)
	require.True(t, page.Has("run"))
	require.False(t, page.Has("cluster"))
	output, has := page.Output(0)
	require.True(t, has)
	require.Equal(t, "a\n", output)
	_, has = page.Output(2)
	require.False(t, has)
	require.Equal(t, []string{"", "", "", "c.yaml"}, []string{page.Blocks[0].File(), page.Blocks[1].File(), page.Blocks[2].File(), page.Blocks[3].File()})
}

func TestCommands(t *testing.T) {
	require.Equal(t, []string{
		"make image",
		"helm install \\\n  a",
		"curl 'http://a/#b' |\n  jq '.a\n  .b'",
		"b",
	}, Commands("# at first\nmake image   # builds it\n\nhelm install \\\n  a\ncurl 'http://a/#b' |\n  jq '.a\n  .b'\nb\n"))
}
