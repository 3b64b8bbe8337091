package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// plan is what SQLite would do: a line per step.
func plan(t *testing.T, h *host, text string, args []any) []string {
	rows, err := h.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, args...)
	require.NoError(t, err, text)
	defer func() { _ = rows.Close() }()
	depth := map[int]int{}
	var out []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
		depth[id] = depth[parent] + 1
		out = append(out, fmt.Sprintf("%d %s", depth[id], detail))
	}
	require.NoError(t, rows.Err())
	return out
}

// TestListsFollowAnIndex: the usual lists read an index in the order of the list and sort nothing; those of several arms sort only the
// few rows that the arms have found.
func TestListsFollowAnIndex(t *testing.T) {
	t.Parallel()
	h := openHost(t, "")
	all := allScope(t, h.s)
	one := scopeOf(t, h.s, ticket.AccountActor("a", ""), grants{"a": {Queues: []ticket.QueueID{"q1"}}})
	many := scopeOf(t, h.s, ticket.AccountActor("b", ""), grants{"b": {Queues: []ticket.QueueID{"q1", "q2"}, Own: true}})
	yes, no := true, false
	for name, c := range map[string]struct {
		sc    ticket.Scope
		q     ticket.Query
		index string
		arms  bool
	}{
		"active":               {all, ticket.Query{Active: &yes}, "tickets_updated (active=?)", false},
		"closed":               {all, ticket.Query{Active: &no}, "tickets_updated (active=?)", false},
		"everything":           {all, ticket.Query{}, "tickets_updated (active=?)", true},
		"one category":         {all, ticket.Query{Category: []ticket.Category{ticket.Open}}, "tickets_category (category=?)", false},
		"new and open":         {all, ticket.Query{Category: []ticket.Category{ticket.New, ticket.Open}}, "tickets_category (category=?)", true},
		"queue":                {all, ticket.Query{Active: &yes, Queue: []ticket.QueueID{"q1"}}, "tickets_queue (queue_id=? AND active=?)", false},
		"queues":               {all, ticket.Query{Active: &yes, Queue: []ticket.QueueID{"q1", "q2"}}, "tickets_queue (queue_id=? AND active=?)", true},
		"queue, all":           {all, ticket.Query{Queue: []ticket.QueueID{"q1"}}, "tickets_queue (queue_id=? AND active=?)", true},
		"mine":                 {all, ticket.Query{Active: &yes, Assignee: []ticket.AccountID{"me"}}, "tickets_assignee (assignee_id=? AND active=?)", false},
		"unassigned":           {all, ticket.Query{Active: &yes, Assignee: []ticket.AccountID{""}}, "tickets_assignee (assignee_id=? AND active=?)", false},
		"requester":            {all, ticket.Query{Requester: "c"}, "tickets_requester (requester_id=?)", false},
		"by creation":          {all, ticket.Query{Active: &yes, Sort: ticket.ByCreated}, "tickets_created (active=?)", false},
		"by priority":          {all, ticket.Query{Active: &yes, Sort: ticket.ByPriority}, "tickets_priority (active=?)", false},
		"by priority, all":     {all, ticket.Query{Sort: ticket.ByPriority}, "tickets_priority (active=?)", true},
		"by number":            {all, ticket.Query{Sort: ticket.ByNumber}, "SCAN t", false},
		"limited to a queue":   {one, ticket.Query{Active: &yes}, "tickets_queue (queue_id=? AND active=?)", false},
		"queue, by creation":   {one, ticket.Query{Sort: ticket.ByCreatedAsc}, "tickets_created (active=?)", true},
		"limited to more":      {many, ticket.Query{Active: &yes}, "tickets_queue (queue_id=? AND active=?)", true},
		"with further filters": {all, ticket.Query{Active: &yes, Priority: []ticket.Priority{ticket.High}, Channel: []string{"mail"}, Escalated: true}, "tickets_updated (active=?)", false},
	} {
		for _, after := range []bool{false, true} {
			if after {
				c.q.After = ticket.Cursor{Sort: c.q.Sort, Key: 5, Number: 7}
				if !strings.Contains(c.index, "SCAN") {
					c.index = strings.TrimSuffix(c.index, ")")
				} else {
					c.index = "SEARCH t USING INTEGER PRIMARY KEY (rowid<?)"
				}
			}
			text, args := store.ListSQL(h.s, c.sc, c.q)
			steps := plan(t, h, text, args)
			lines := strings.Join(steps, "\n")
			require.Contains(t, lines, c.index, "%s:\n%s", name, lines)
			if after && strings.Contains(c.index, "tickets_") {
				require.Regexp(t, `AND (updated_at|created_at|priority_rank)[<>]\?`, lines, "%s: the position is found in the index\n%s", name, lines)
			}
			for _, s := range steps {
				sorts, arm := strings.Contains(s, "TEMP B-TREE FOR"), strings.Contains(s, "SEARCH t USING COVERING") || strings.Contains(s, "SEARCH t USING INDEX")
				require.False(t, sorts && !c.arms, "%s:\n%s", name, lines)
				if arm {
					require.NotContains(t, steps, s[:2]+"USE TEMP B-TREE FOR ORDER BY", "%s sorts within an arm:\n%s", name, lines)
				}
				require.NotContains(t, s, "SCAN c", name)
				require.NotContains(t, s, "AUTOMATIC", name)
			}
		}
	}
}

func TestReadsFollowAnIndex(t *testing.T) {
	t.Parallel()
	h := openHost(t, "")
	for name, text := range map[string]string{
		"ticket":          store.TicketSQL(h.s, allScope(t, h.s)),
		"ticket, limited": store.TicketSQL(h.s, scopeOf(t, h.s, ticket.AccountActor("a", ""), grants{"a": {Queues: []ticket.QueueID{"q1", "q2"}}})),
	} {
		args := []any{"id", "q1", "q2"}[:strings.Count(text, "?")]
		for _, s := range plan(t, h, text, args) {
			require.NotContains(t, s, "SCAN", name)
			require.NotContains(t, s, "TEMP", name)
			require.NotContains(t, s, "tickets_queue", name)
		}
	}
	for _, s := range plan(t, h, store.BlobInUseSQL(h.s), []any{"x", "x", "x"}) {
		require.NotContains(t, s, "SCAN ticketkit", "blobs in use")
	}
	many := scopeOf(t, h.s, ticket.AccountActor("a", ""), grants{"a": {Queues: []ticket.QueueID{"q1", "q2"}, Own: true}})
	for _, sc := range []ticket.Scope{allScope(t, h.s), many} {
		text, args := store.DueClocksSQL(h.s, sc)
		steps := plan(t, h, text, args)
		require.Contains(t, steps[0], "sla_clocks_due (due_at>? AND due_at<?)", "from the clocks to the tickets: %q", steps)
		require.Contains(t, steps[1], "tickets_1 (id=?)", "%q", steps)
	}
	for _, f := range []report.Filter{{}, {Queues: []ticket.QueueID{"q1", "q2"}}, {Channels: []string{"mail"}, Priorities: []ticket.Priority{ticket.High}}, {Tag: "vip"}, {Agent: "a"}} {
		text, args := store.BacklogSQL(h.s, allScope(t, h.s), f)
		lines := strings.Join(plan(t, h, text, args), "\n")
		require.Contains(t, lines, "k USING COVERING INDEX ticketkit_ticket_metrics_open", "%+v", f)
	}
	for _, sql := range []func(*store.Store, []string) (string, []any){store.DueSQL, store.AnyDueSQL} {
		text, args := sql(h.s, []string{"a", "b"})
		lines := strings.Join(plan(t, h, text, args), "\n")
		require.Contains(t, lines, "jobs_run (state=? AND run_at<?)")
		require.Contains(t, lines, "jobs_lease (lease_until>? AND lease_until<?)")
		require.NotContains(t, lines, "SCAN ticketkit_jobs")
	}
}
