package pages_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestClocksAreShown: how long is left, what is late and how it ended, in the list and at the ticket, to who may know.
func TestClocksAreShown(t *testing.T) {
	t.Parallel()
	d := setup(t)
	before := d.open()
	require.NoError(t, d.sla.Apply(t.Context(), sla.Settings{FirstResponse: time.Hour, Resolution: 48 * time.Hour}))
	d.clock.Add(time.Second)
	tk := d.open(func(n *ticket.NewTicket) { n.Subject = "Scanner jams" })
	anna := d.as("anna")
	path := fmt.Sprintf("/tickets/%d", tk.Number)
	anna.ok("/").has("due in 1 h")
	anna.ok(path).has("First response: due in 1 h", "Service level", "Resolution", "due in 2 d", "promised by 27 Mar 2026, 11:30")
	require.NotContains(t, anna.ok(fmt.Sprintf("/tickets/%d", before.Number)).body, "Service level", "nothing was promised for it")

	d.clock.Add(50 * time.Minute)
	require.Contains(t, anna.ok("/").body, `mark warn" title="First response`, "little is left")
	d.clock.Add(40 * time.Minute)
	anna.ok("/").has("30 min late")
	anna.german().ok("/").has("30 Min. überfällig")

	_, err := d.svc.Reply(t.Context(), d.actor("anna"), tk.ID, 0, ticket.NewMessage{Body: "On my way.", Status: "resolved"})
	require.NoError(t, err)
	b := d.as("anna")
	b.ok(path).has("missed", "kept")
	require.NotContains(t, b.ok("/?view=done").body, " late<", "what is over presses nobody")

	_, err = d.acc.CreateRole(t.Context(), d.actor("admin"), rbac.NewRole{Name: "reader", Permissions: []rbac.Permission{{Op: ticket.OpTicketRead}, {Op: ticket.OpMessageRead}}})
	require.NoError(t, err)
	d.user("rita", "Rita", "reader")
	require.NotContains(t, d.as("rita").ok(path).body, "Service level")
}
