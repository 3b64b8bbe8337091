package httpapi

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// unscoped is the mutation of the authorization test: a store whose reads have lost the WHERE clause of the scope.
func unscoped() setting {
	var all ticket.Scope
	return setting{
		service: func(c *ticket.Config) {
			s, err := ticket.NewService(*c)
			if err != nil {
				panic(err)
			}
			if all, err = s.Scope(context.Background(), system, ticket.OpTicketRead); err != nil {
				panic(err)
			}
			c.Store = leakyStore{leaky{c.Store, all}, deepStore{c.Store}}
			for i, hook := range c.ChangeHooks { // they work for the program, which sees everything anyway
				c.ChangeHooks[i] = func(ctx context.Context, tx ticket.Tx, ch *ticket.Change) error {
					return hook(ctx, tx.(leakyTx).deepTx.Tx, ch)
				}
			}
		},
		api: func(c *Config) { c.Reports = leakyReports{c.Reports, &all} },
	}
}

// leaky reads whatever is asked for. Beside it, one level deeper so that leaky's methods win, stands what does the rest.
type leaky struct {
	r   ticket.Reader
	all ticket.Scope
}

type (
	deepStore  struct{ ticket.Store }
	deepTx     struct{ ticket.Tx }
	leakyStore struct {
		leaky
		deepStore
	}
	leakyTx struct {
		leaky
		deepTx
		rbac.Reader // where the policy finds the accounts of the same transaction
	}
)

var _, _ ticket.Reader = leakyStore{}, leakyTx{}

func (s leakyStore) Update(ctx context.Context, fn func(ticket.Tx) error) error {
	return s.deepStore.Update(ctx, func(tx ticket.Tx) error {
		return fn(leakyTx{leaky{tx, s.all}, deepTx{tx}, tx.(rbac.Reader)})
	})
}

func (l leaky) Ticket(ctx context.Context, _ ticket.Scope, id ticket.ID) (*ticket.Ticket, error) {
	return l.r.Ticket(ctx, l.all, id)
}

func (l leaky) TicketByNumber(ctx context.Context, _ ticket.Scope, n int64) (*ticket.Ticket, error) {
	return l.r.TicketByNumber(ctx, l.all, n)
}

func (l leaky) Tickets(ctx context.Context, _ ticket.Scope, q ticket.Query) ([]ticket.Ticket, error) {
	return l.r.Tickets(ctx, l.all, q)
}

func (l leaky) Messages(ctx context.Context, _ ticket.Scope, q ticket.MessageQuery) ([]ticket.Message, error) {
	return l.r.Messages(ctx, l.all, q)
}

func (l leaky) Message(ctx context.Context, _ ticket.Scope, id ticket.MessageID) (*ticket.Message, error) {
	return l.r.Message(ctx, l.all, id)
}

func (l leaky) Attachment(ctx context.Context, _ ticket.Scope, t ticket.ID, id ticket.AttachmentID) (*ticket.Attachment, error) {
	return l.r.Attachment(ctx, l.all, t, id)
}

func (l leaky) Events(ctx context.Context, _ ticket.Scope, q ticket.EventQuery) ([]ticket.Event, error) {
	return l.r.Events(ctx, l.all, q)
}

func (l leaky) Participants(ctx context.Context, _ ticket.Scope, t ticket.ID) ([]ticket.Participant, error) {
	return l.r.Participants(ctx, l.all, t)
}

func (l leaky) Presences(ctx context.Context, _ ticket.Scope, t ticket.ID, now time.Time) ([]ticket.Presence, error) {
	return l.r.Presences(ctx, l.all, t, now)
}

func (l leaky) Links(ctx context.Context, _ ticket.Scope, t ticket.ID) ([]ticket.Linked, error) {
	return l.r.Links(ctx, l.all, t)
}

func (l leaky) TagCounts(ctx context.Context, _ ticket.Scope) ([]ticket.TagCount, error) {
	return l.r.TagCounts(ctx, l.all)
}

func (l leaky) ListedContacts(ctx context.Context, _ ticket.Scope, q ticket.ContactQuery) ([]ticket.Contact, error) {
	return l.r.ListedContacts(ctx, l.all, q)
}

func (l leaky) PersonalItems(ctx context.Context, _ ticket.Scope, a ticket.AccountID, kinds []ticket.PersonalKind, ids []ticket.ID) ([]ticket.Personal, error) {
	return l.r.PersonalItems(ctx, l.all, a, kinds, ids)
}

func (l leaky) CountTickets(ctx context.Context, _ ticket.Scope, q ticket.Query, most int) (int, error) {
	return l.r.CountTickets(ctx, l.all, q, most)
}

type leakyReports struct {
	inner report.Store
	all   *ticket.Scope
}

func (r leakyReports) Facts(ctx context.Context, _ ticket.Scope, q report.FactQuery, fn func(*report.FactRow)) error {
	return r.inner.Facts(ctx, *r.all, q, fn)
}

func (r leakyReports) FactCounts(ctx context.Context, _ ticket.Scope, q report.FactQuery) (map[report.FactKind]int64, error) {
	return r.inner.FactCounts(ctx, *r.all, q)
}

func (r leakyReports) Backlog(ctx context.Context, _ ticket.Scope, f report.Filter, since []time.Time) (report.Backlog, error) {
	return r.inner.Backlog(ctx, *r.all, f, since)
}

func (r leakyReports) Online(ctx context.Context, now time.Time) ([]ticket.AccountID, error) {
	return r.inner.Online(ctx, now)
}

func (r leakyReports) Promises(ctx context.Context, _ ticket.Scope, f report.Filter, from, to time.Time) ([]report.Promise, error) {
	return r.inner.Promises(ctx, *r.all, f, from, to)
}

func (r leakyReports) Breaches(ctx context.Context, _ ticket.Scope, f report.Filter, from, to time.Time, fn func(int64)) error {
	return r.inner.Breaches(ctx, *r.all, f, from, to, fn)
}

func (r leakyReports) KPI(ctx context.Context, _ ticket.Scope, q report.Query) (report.KPI, error) {
	return r.inner.KPI(ctx, *r.all, q)
}

// TestDroppedScopeIsNoticed: were the WHERE clause of the scope lost, the matrix would show it for every route and method that
// keeps the other queue's people out.
func TestDroppedScopeIsNoticed(t *testing.T) {
	t.Parallel()
	for file, matrix := range map[string]func(*testing.T, string, ...setting) map[string][]string{routeGolden: routeMatrix, serviceGolden: serviceMatrix} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			noticed := 0
			for name, lines := range matrix(t, "other", unscoped()) {
				other, this := lineOf(string(want), name, "other"), lineOf(string(want), name, "this")
				out := strings.Contains(other, "404") || strings.Contains(other, string(ticket.NotFound))
				if (out || strings.Contains(this, "-hier") && !strings.Contains(other, "-hier")) && scopeless[name] == "" {
					require.NotEqual(t, other, lines[0], name)
					noticed++
				}
			}
			require.Greater(t, noticed, 20)
		})
	}
}

// lineOf finds what a golden file says of a persona.
func lineOf(golden, name, persona string) string {
	_, rest, _ := strings.Cut("\n"+golden, "\n"+name+"\n")
	for l := range strings.SplitSeq(rest, "\n") {
		if line, ok := strings.CutPrefix(l, "  "); ok && strings.HasPrefix(line, persona+" ") {
			return line
		} else if !ok {
			break
		}
	}
	return ""
}

// scopeless keep the other queue out by other means than the service's store, with the means.
var scopeless = map[string]string{
	"Open":                         "a new ticket is compared with the scope before it is written",
	"POST /tickets":                "the same",
	"GET /tickets/{id}/sla":        "the ticket is compared with the scope of sla:read, too",
	"GET /tickets/{id}/transcript": "the ticket at hand is compared with the scope of transcript:read, too",
	"Scope":                        "the row reads the database itself",
	"Audience":                     "each event is compared with the scope by itself; Follow reads for all at once",
	"GET /events":                  "the same",
	"Queues":                       "the list of queues is compared with the scope one by one; it holds no tickets",
	"GET /queues":                  "the same",
}
