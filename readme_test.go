package ticketkit_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The first Go block of the README is compiled as Example_embed: each of its lines stands there.
func TestReadmeCodeIsAnExample(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```go\n(.*?)```").FindSubmatch(readme)
	require.NotNil(t, block)
	lines := strings.Split(strings.TrimSpace(string(block[1])), "\n")
	require.Greater(t, len(lines), 10)
	require.LessOrEqual(t, len(lines), 22, "the desk's part of a host is promised to stay near twenty lines")
	for _, l := range lines {
		require.Contains(t, string(example), strings.TrimSpace(l))
	}
}

// The German README has the same code.
func TestReadmesHaveTheSameCode(t *testing.T) {
	t.Parallel()
	code := regexp.MustCompile("(?s)```(?:go|sh)\n.*?```")
	english, err := os.ReadFile("README.md")
	require.NoError(t, err)
	german, err := os.ReadFile("README.de.md")
	require.NoError(t, err)
	require.NotEmpty(t, code.FindAll(english, -1))
	require.Equal(t, code.FindAllString(string(english), -1), code.FindAllString(string(german), -1))
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
