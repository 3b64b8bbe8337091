package rbac_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestMatrix compares how far each permission reaches, for each role, without limits and limited to one queue, with a golden file.
func TestMatrix(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var out strings.Builder
	fmt.Fprintf(&out, "%-18s", "permission")
	actors := []ticket.Actor{}
	for _, role := range rbac.Roles() {
		for _, queues := range [][]ticket.QueueID{nil, {"q1"}} {
			if role == rbac.RoleAdmin && queues != nil {
				continue // cannot be
			}
			name := role + strings.Repeat(" in q1", len(queues))
			u := b.user(t, name, role, queues...)
			actors = append(actors, ticket.AccountActor(u.ID, name))
			fmt.Fprintf(&out, " | %-13s", name)
		}
	}
	out.WriteString(" |\n")
	for _, op := range rbac.AllPermissions() {
		fmt.Fprintf(&out, "%-18s", op)
		for _, a := range actors {
			g, err := b.Policy().Grant(t.Context(), nil, a, op)
			require.NoError(t, err)
			fmt.Fprintf(&out, " | %-13s", describe(g))
		}
		out.WriteString(" |\n")
	}
	golden(t, "matrix.golden", out.String())
}

func describe(g ticket.Grant) string {
	switch {
	case g.All:
		return "all"
	case g.Empty():
		return "-"
	}
	parts := []string{}
	for _, q := range g.Queues {
		parts = append(parts, string(q))
	}
	if g.Own {
		parts = append(parts, "own")
	}
	return strings.Join(parts, "+")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// TestEveryPermissionIsInTheMatrix finds a permission that was added to package ticket and forgotten here.
func TestEveryPermissionIsInTheMatrix(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "ticket", "actor.go"), nil, 0)
	require.NoError(t, err)
	var declared []ticket.Op
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); ok && id.Name == "Op" {
			for _, v := range spec.Values {
				s, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				require.NoError(t, err)
				declared = append(declared, ticket.Op(s))
			}
		}
		return true
	})
	slices.Sort(declared)
	require.NotEmpty(t, declared)
	require.Equal(t, declared, rbac.AllPermissions())
}

func TestPermissionsOf(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"admin", "support", "viewer"}, rbac.Roles())
	for _, role := range rbac.Roles() {
		ops := rbac.PermissionsOf(role)
		require.True(t, slices.IsSorted(ops))
		ops[0] = "changed:here"
		require.NotContains(t, rbac.PermissionsOf(role), ticket.Op("changed:here"), "the caller owns the slice")
	}
	require.Empty(t, rbac.PermissionsOf("root"))
	require.Empty(t, rbac.PermissionsOf(""))
	require.Empty(t, rbac.PermissionsOf("Admin"))
}

// TestEffectiveIsTheIntersection: whatever scopes a token has, it grants exactly what role and scopes have in common.
func TestEffectiveIsTheIntersection(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := b.as(t, rbac.RoleAdmin)
	rapid.Check(t, func(rt *rapid.T) {
		scopes := rapid.SliceOfNDistinct(rapid.SampledFrom(rbac.AllPermissions()), 1, 20, rapid.ID[ticket.Op]).Draw(rt, "scopes")
		role := rapid.SampledFrom(rbac.Roles()).Draw(rt, "role")
		id := ticket.AccountID(ticket.NewID(b.clock.Now()))
		u, err := b.CreateUser(t.Context(), admin.Actor, rbac.NewUser{Username: string(id), Role: rbac.RoleAdmin, Password: goodPassword})
		require.NoError(rt, err)
		tok, secret, err := b.CreateToken(t.Context(), admin.Actor, rbac.NewToken{Account: u.ID, Name: "t", Scopes: scopes})
		require.NoError(rt, err)
		_, err = b.UpdateUser(t.Context(), admin.Actor, u.ID, rbac.UserChange{Role: &role})
		require.NoError(rt, err)

		p, err := b.Authenticate(t.Context(), secret)
		require.NoError(rt, err)
		require.Equal(rt, tok.ID, p.Token)
		for _, op := range rbac.AllPermissions() {
			g, err := b.Policy().Grant(t.Context(), nil, p.Actor, op)
			require.NoError(rt, err)
			want := slices.Contains(scopes, op) && slices.Contains(rbac.PermissionsOf(role), op)
			require.Equal(rt, want, g.All, op)
			require.Equal(rt, want, slices.Contains(p.Permissions, op))
		}
	})
}
