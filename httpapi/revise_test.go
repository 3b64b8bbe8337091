package httpapi

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// TestAnswersOfOthers: who may write changes and takes back what is their own; what a colleague has written takes the right to delete. If-Match
// holds, as for all that is written to a ticket.
func TestAnswersOfOthers(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker")
	answer := func(by string) string {
		id := d.as(by, 201, post, d.path(tk, "/messages"), map[string]any{"kind": "reply", "body": "Ein Versuch."}).json()["id"].(string)
		require.NoError(t, d.service.DeliveryFailed(t.Context(), system, ticket.MessageID(id), "550"))
		return "/messages/" + id
	}
	of := answer("anna")
	d.as("sam", 403, edit, of, map[string]any{"body": "Untergeschoben."})
	d.as("sam", 403, del, of, nil)
	now := func() header {
		got, err := d.service.Get(t.Context(), system, tk.ID)
		require.NoError(t, err)
		return header{"If-Match", fmt.Sprintf("%q", fmt.Sprint(got.Version))}
	}
	stale := now()
	own := answer("sam")
	d.as("sam", 412, edit, own, map[string]any{"body": "Zu spät."}, stale)
	d.as("sam", 412, del, own, nil, stale)
	d.as("sam", 200, edit, own, map[string]any{"body": "Besser."}, now())
	d.as("anna", 200, edit, own, map[string]any{"body": "Noch besser."}, now())
	d.as("sam", 204, del, own, nil, now())
	d.as("anna", 204, del, answer("sam"), nil)
	m, err := d.service.Reply(t.Context(), system, tk.ID, 0, ticket.NewMessage{Body: "Von selbst."})
	require.NoError(t, err)
	require.NoError(t, d.service.DeliveryFailed(t.Context(), system, m.ID, "550"))
	d.as("sam", 200, edit, "/messages/"+string(m.ID), map[string]any{"body": "Was das Pult selbst schreibt, gehört niemandem."})
}
