package i18n_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// constants returns the values of all typed string constants in the package ticket by the name of their type.
func constants(t *testing.T) map[string][]string {
	t.Helper()
	paths, err := filepath.Glob("../../ticket/*.go")
	require.NoError(t, err)
	out := map[string][]string{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			for _, spec := range group.Specs {
				c, _ := spec.(*ast.ValueSpec)
				typ, ok := c.Type.(*ast.Ident)
				if !ok {
					continue
				}
				for _, v := range c.Values {
					if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
						value, err := strconv.Unquote(lit.Value)
						require.NoError(t, err)
						out[typ.Name] = append(out[typ.Name], value)
					}
				}
			}
		}
	}
	return out
}

// Whatever package ticket can say about a ticket has a text, so that a new status or event cannot be forgotten here.
func TestEveryTermOfATicketHasAText(t *testing.T) {
	t.Parallel()
	c := load(t)
	terms := constants(t)
	for typ, prefix := range map[string]string{
		"Category": "status.", "Priority": "priority.", "MessageKind": "message.", "DeliveryState": "delivery.", "ActorKind": "actor.",
		"EventType": "event.", "Kind": "error.",
	} {
		require.NotEmpty(t, terms[typ], "no constants of type %s", typ)
		for _, term := range terms[typ] {
			require.True(t, c.Has(prefix+term), "%s%s has no text", prefix, term)
		}
	}
	for _, role := range []string{"admin", "support", "viewer"} {
		require.True(t, c.Has("role."+role), role)
	}
}
