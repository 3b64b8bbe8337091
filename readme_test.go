package ticketkit_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/guide"
)

// The first Go block of the README is compiled as Example_embed: each of its lines stands there.
func TestReadmeCodeIsAnExample(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	blocks := ofLang(guide.Blocks(string(readme)), "go")
	require.NotEmpty(t, blocks)
	lines := strings.Split(strings.TrimSpace(blocks[0].Text), "\n")
	require.Greater(t, len(lines), 10)
	require.LessOrEqual(t, len(lines), 22, "the desk's part of a host is promised to stay near twenty lines")
	for _, l := range lines {
		require.Contains(t, string(example), strings.TrimSpace(l))
	}
}

// The German README has the same code.
func TestReadmesHaveTheSameCode(t *testing.T) {
	t.Parallel()
	english, err := os.ReadFile("README.md")
	require.NoError(t, err)
	german, err := os.ReadFile("README.de.md")
	require.NoError(t, err)
	code := ofLang(guide.Blocks(string(english)), "go", "sh")
	require.NotEmpty(t, code)
	require.Equal(t, code, ofLang(guide.Blocks(string(german)), "go", "sh"))
}

// ofLang are the blocks in these languages.
func ofLang(all []guide.Block, lang ...string) (out []guide.Block) {
	for _, b := range all {
		if slices.Contains(lang, b.Lang) {
			out = append(out, b)
		}
	}
	return out
}

// Every variable that the programs read stands in both READMEs, and every one of theirs is read.
func TestReadmeNamesEveryVariable(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("examples/internal/server/env.go")
	require.NoError(t, err)
	list := regexp.MustCompile(`(?s)var variables = \[\]string\{(.*?)\n\}`).FindSubmatch(source)
	require.NotNil(t, list)
	names := regexp.MustCompile(`"([A-Z_]+)"`).FindAllSubmatch(list[1], -1)
	require.Greater(t, len(names), 20)
	for _, file := range []string{"README.md", "README.de.md"} {
		readme, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, n := range names {
			require.Contains(t, string(readme), "`"+string(n[1]), "the table of %s lacks %s", file, n[1])
		}
		for _, n := range regexp.MustCompile("`([A-Z]+_[A-Z_]+)`").FindAllSubmatch(readme, -1) {
			if name := string(n[1]); name != "NAME_FILE" {
				require.Contains(t, string(source), `"`+name+`"`, "nothing reads %s", name)
			}
		}
	}
}
