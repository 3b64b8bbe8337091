package pages_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// TestSearchOperators: the box understands what the API understands, and what a person types besides stays words.
func TestSearchOperators(t *testing.T) {
	t.Parallel()
	d := setup(t)
	anna := d.as("anna")
	mine := d.open(func(n *ticket.NewTicket) {
		n.Subject, n.Tags, n.Priority = "Meins mit AW: Toner", []string{"vip"}, ticket.High
	})
	_, err := d.svc.Assign(t.Context(), system, mine.ID, 0, d.users["anna"].ID)
	require.NoError(t, err)
	over := d.open(func(n *ticket.NewTicket) { n.Subject = "Vorbei und vergessen" })
	_, err = d.svc.Close(t.Context(), system, over.ID, 0, "")
	require.NoError(t, err)
	d.open(func(n *ticket.NewTicket) { n.Subject, n.Queue = "Rechnung offen", d.billing })
	for q, want := range map[string][3]bool{ // mine, over, billing
		"assignee:me":                      {true, false, false},
		`assignee:"anna berger" prio:high`: {true, false, false},
		"tag:vip is:open is:new":           {true, false, false},
		"is:closed":                        {false, true, false},
		"queue:billing":                    {false, false, true},
		"is:unassigned rechnung":           {false, false, true},
		"AW: Toner":                        {true, false, false},
		`"mit aw`:                          {true, false, false},
	} {
		p := anna.ok("/?view=active&q=" + url.QueryEscape(q))
		for i, subject := range []string{"Meins mit", "Vorbei und", "Rechnung offen"} {
			if want[i] {
				p.has(subject)
			} else {
				p.lacks(subject)
			}
		}
	}
	for q, said := range map[string]string{"is:everything": "does not know", "queue:nowhere": "there is no queue", "assignee:nobody": "nobody here is called",
		"tag:": "needs a value", "#1 #2": "two ticket numbers", "sla:soon": "must be breached", "prio:huge": "is not known"} {
		p := anna.get("/?q=" + url.QueryEscape(q))
		require.Equal(t, http.StatusUnprocessableEntity, p.code, q)
		p.has(said)
	}
}
