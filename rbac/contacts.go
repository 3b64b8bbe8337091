package rbac

import "github.com/ticketkit/ticketkit/ticket"

// contactOps is what somebody who has requested a ticket may do with it when a channel has proven who they are: read it without notes, end it
// and bring it back. Sorted and never changed.
var contactOps = sortedOps([]ticket.Op{
	ticket.OpTicketRead, ticket.OpMessageRead, ticket.OpAttachmentRead, ticket.OpTranscriptRead, ticket.OpTicketClose, ticket.OpTicketReopen,
})
