package server_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

// TestTranscriptVerify: a saved transcript verifies after the secret was changed, and not after one letter was.
func TestTranscriptVerify(t *testing.T) {
	t.Parallel()
	dir, system := t.TempDir(), ticket.SystemActor("test")
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "ticketkit.db"), sqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, st.Migrate(t.Context()))
	desk, err := ticketkit.New(ticketkit.Config{Store: st, Secret: []byte(keys.Generate()), Name: "Werkbank"})
	require.NoError(t, err)
	tk, err := desk.Tickets().Open(t.Context(), system, ticket.NewTicket{Subject: "Drucker", Requester: ticket.Person{Identity: ticket.Identity{Value: "a@b.example"}}})
	require.NoError(t, err)
	src, err := transcript.FromService(t.Context(), desk.Tickets(), system, tk.ID)
	require.NoError(t, err)
	signer, err := desk.Seal().Signer(t.Context())
	require.NoError(t, err)
	var doc bytes.Buffer
	require.NoError(t, transcript.Render(t.Context(), &doc, transcript.HTML, src, transcript.Options{Signer: signer, Brand: transcript.Brand{Name: "Werkbank"}}))
	require.NoError(t, st.Close())

	good, bad := filepath.Join(dir, "good.html"), filepath.Join(dir, "bad.html")
	require.NoError(t, os.WriteFile(good, doc.Bytes(), 0o600))
	require.NoError(t, os.WriteFile(bad, bytes.Replace(doc.Bytes(), []byte("Drucker"), []byte("Drücker"), 1), 0o600))
	env := []string{"DATA_DIR=" + dir, "JWT_SECRET=" + keys.Generate()}
	out, _ := runs(t, 0, env, "transcript", "verify", good)
	require.Contains(t, out, "valid; ticket #1 ")
	require.Contains(t, out, `by "Werkbank"`)
	_, errOut := runs(t, 1, env, "transcript", "verify", bad)
	require.Contains(t, errOut, "changed after it was signed")
}
