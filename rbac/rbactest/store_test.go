package rbactest_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/rbac/rbactest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	rbactest.TestStore(t, rbactest.Harness{New: func(*testing.T) rbac.Store { return rbactest.NewStore() }})
}

// TestRunsTwice: effects outside a transaction show up as a double, and those inside do not.
func TestRunsTwice(t *testing.T) {
	t.Parallel()
	s, runs := rbactest.NewStore(), 0
	require.NoError(t, s.UpdateAccounts(t.Context(), func(tx rbac.Tx) error {
		runs++
		return tx.InsertAccount(t.Context(), &rbac.Account{ID: "a", Username: "a"})
	}))
	require.Equal(t, 2, runs)
	list, err := s.ListAccounts(t.Context(), "", 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
}

func TestFault(t *testing.T) {
	t.Parallel()
	s, away := rbactest.NewStore(), errors.New("away")
	s.SetFault(func() error { return away })
	_, err := s.CountActive(t.Context(), rbac.RoleAdmin)
	require.Equal(t, away, err)
	require.Equal(t, away, s.UpdateAccounts(t.Context(), func(rbac.Tx) error { return nil }))
	s.SetFault(nil)
	_, err = s.CountActive(t.Context(), rbac.RoleAdmin)
	require.NoError(t, err)
}
