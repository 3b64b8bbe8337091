package server_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestADeskMovesByACommand: export and import carry a desk into another folder, where its history verifies; neither writes over anything.
func TestADeskMovesByACommand(t *testing.T) {
	t.Parallel()
	from, to, secret := t.TempDir(), t.TempDir(), keys.Generate()
	st, err := sqlite.Open(t.Context(), filepath.Join(from, "ticketkit.db"), sqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, st.Migrate(t.Context()))
	desk, err := ticketkit.New(ticketkit.Config{Store: st, Secret: []byte(secret)})
	require.NoError(t, err)
	_, err = desk.Tickets().Open(t.Context(), ticket.SystemActor("test"), ticket.NewTicket{Subject: "Drucker", Requester: ticket.Person{Identity: ticket.Identity{Value: "a@b.example"}}})
	require.NoError(t, err)
	require.NoError(t, st.Close())

	file := filepath.Join(t.TempDir(), "desk.ndjson")
	env := []string{"DATA_DIR=" + from, "JWT_SECRET=" + secret}
	out, _ := runs(t, 0, env, "export", file)
	require.Contains(t, out, "1 tickets, newest number #1")
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm(), "it holds hashes of passwords")
	_, errOut := runs(t, 1, env, "export", file)
	require.Contains(t, errOut, "is there already")

	runs(t, 0, env, "user", "create", "jana")
	_, errOut = runs(t, 1, env, "import", file)
	require.Contains(t, errOut, "holds a desk already")
	runs(t, 0, env, "user", "deactivate", "jana")
	out, _ = runs(t, 0, env, "user", "list")
	require.Regexp(t, `jana +support +inactive`, out)
	runs(t, 0, env, "user", "delete", "jana")
	out, _ = runs(t, 0, env, "user", "list")
	require.NotContains(t, out, "jana")

	env = []string{"DATA_DIR=" + to, "JWT_SECRET=" + secret}
	out, _ = runs(t, 0, env, "import", file)
	require.Contains(t, out, "1 tickets, newest number #1")
	out, _ = runs(t, 0, env, "verify")
	require.Contains(t, out, "none was changed")
}
