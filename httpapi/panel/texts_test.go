//go:build !no_panel

package panel_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// textsOf reads all texts of a language.
func textsOf(t *testing.T, lang string) map[string]string {
	t.Helper()
	out := map[string]string{}
	names, err := filepath.Glob("ui/src/text/*" + lang + ".json")
	require.NoError(t, err)
	require.Greater(t, len(names), 3)
	for _, name := range names {
		b, err := os.ReadFile(name) //nolint:gosec // ours
		require.NoError(t, err)
		more := map[string]string{}
		require.NoError(t, json.Unmarshal(b, &more))
		for k, v := range more {
			require.NotContains(t, out, k, "stands in two files")
			out[k] = v
		}
	}
	return out
}

// constantsOf finds the values of all constants that the library declares with a type of this name.
func constantsOf(t *testing.T, typ string) (values []string) {
	t.Helper()
	root := filepath.Join("..", "..")
	require.NoError(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); base == "node_modules" || base == "testdata" || base == "tools" || base == ".git" {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			of := ""
			switch x := spec.Type.(type) {
			case *ast.Ident:
				of = x.Name
			case *ast.SelectorExpr:
				of = x.Sel.Name
			}
			for _, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok && of == typ && lit.Kind == token.STRING {
					value, err := strconv.Unquote(lit.Value)
					require.NoError(t, err)
					values = append(values, value)
				}
			}
			return true
		})
		return nil
	}))
	return values
}

// TestEventsHaveTexts holds the panel to a sentence and a name in both languages for whatever can happen, so that nobody reads the names of types.
func TestEventsHaveTexts(t *testing.T) {
	t.Parallel()
	de, en := textsOf(t, "de"), textsOf(t, "en")
	for _, kind := range []struct {
		typ      string
		least    int
		prefixes []string
	}{{"EventType", 89, []string{"event.", "kind."}}, {"NoticeKind", 7, []string{"mail."}}} {
		values := constantsOf(t, kind.typ)
		require.GreaterOrEqual(t, len(values), kind.least, "constants of %s are found", kind.typ)
		for _, value := range values {
			for _, prefix := range kind.prefixes {
				require.Contains(t, de, prefix+value, "German")
				require.Contains(t, en, prefix+value, "English")
			}
		}
	}
}
