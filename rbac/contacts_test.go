package rbac_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestWhatContactsMay(t *testing.T) {
	t.Parallel()
	p := &rbac.Policy{}
	may := map[ticket.Op]bool{ticket.OpTicketRead: true, ticket.OpMessageRead: true, ticket.OpAttachmentRead: true, ticket.OpTranscriptRead: true, ticket.OpTicketClose: true,
		ticket.OpTicketReopen: true}
	for _, op := range rbac.AllPermissions() {
		g, err := p.Grant(t.Context(), nil, ticket.Actor{Kind: ticket.ActorContact, Contact: "c"}, op)
		require.NoError(t, err)
		require.Equal(t, ticket.Grant{Own: may[op]}, g, op)
		g, err = p.Grant(t.Context(), nil, ticket.Actor{Kind: ticket.ActorContact}, op)
		require.NoError(t, err)
		require.True(t, g.Empty(), "a contact without an id is nobody")
	}
}
