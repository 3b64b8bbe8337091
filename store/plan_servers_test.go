package store_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// crowd makes rows tickets, a power of two, out of one: half of them active, of eight categories and two queues and, now and then, of one
// assignee and one requester.
func crowd(t *testing.T, s *store.Store, db *sql.DB, rows int) {
	t.Helper()
	svc, err := ticket.NewService(ticket.Config{Store: s, Policy: grants{}, ChainKey: make([]byte, 32)})
	require.NoError(t, err)
	_, err = svc.Open(t.Context(), ticket.SystemActor("test"), ticket.NewTicket{Subject: "one", Requester: ticket.Person{Identity: ticket.Identity{Value: "a@b.example"}}})
	require.NoError(t, err)
	exec := func(text string) {
		_, err := db.ExecContext(t.Context(), text)
		require.NoError(t, err, text)
	}
	clone := func(table string, change map[string]string) {
		r, err := db.QueryContext(t.Context(), "SELECT * FROM "+table+" WHERE 1 = 0")
		require.NoError(t, err)
		columns, err := r.Columns()
		require.NoError(t, err)
		require.NoError(t, r.Close())
		values := append([]string(nil), columns...)
		for i, c := range columns {
			if v := change[c]; v != "" {
				values[i] = v
			}
		}
		exec("INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") SELECT " + strings.Join(values, ", ") + " FROM " + table)
	}
	clone("ticketkit_queues", map[string]string{"id": "'q1'", "name": "'one'", "name_fold": "'one'"})
	clone("ticketkit_contacts", map[string]string{"id": "'c'"})
	for n := 1; n < rows; n *= 2 {
		clone("ticketkit_tickets", map[string]string{"number": fmt.Sprintf("number + %d", n), "id": fmt.Sprintf("CONCAT('t', number + %d)", n)})
	}
	exec("UPDATE ticketkit_tickets SET active = (number % 2 = 0), updated_at = number * 1000, created_at = number * 700, priority_rank = number % 4," +
		" category = CASE number % 8 WHEN 0 THEN 'new' WHEN 2 THEN 'open' WHEN 4 THEN 'pending' WHEN 6 THEN 'snoozed' WHEN 1 THEN 'resolved' WHEN 3 THEN 'closed' WHEN 5 THEN 'spam' ELSE 'merged' END," +
		" queue_id = CASE WHEN number % 3 = 0 THEN 'q1' ELSE queue_id END, assignee_id = CASE WHEN number % 16 < 2 THEN 'me' ELSE '' END," +
		" requester_id = CASE WHEN number % 40 = 0 THEN 'c' ELSE requester_id END")
}

// explain gives the lines of a plan, those of a table's rows joined.
func explain(t *testing.T, db *sql.DB, text string, args []any) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "EXPLAIN "+text, args...)
	require.NoError(t, err, text)
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	require.NoError(t, err)
	cells := make([]sql.NullString, len(columns))
	dest := make([]any, len(columns))
	for i := range cells {
		dest[i] = &cells[i]
	}
	var out []string
	for rows.Next() {
		require.NoError(t, rows.Scan(dest...))
		var line []string
		for i, c := range cells {
			if len(columns) == 1 {
				line = append(line, c.String)
			} else if columns[i] != "possible_keys" {
				line = append(line, columns[i]+"="+c.String)
			}
		}
		out = append(out, strings.Join(line, " "))
	}
	require.NoError(t, rows.Err())
	return out
}

// TestListsFollowAnIndexOnServers: among some thousands of tickets the usual lists read the index that is in their order, and nothing reads
// a whole table.
func TestListsFollowAnIndexOnServers(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		s, db, _ := srv.migrated(t, dsn)
		crowd(t, s, db, 8192)
		analyze := map[string]string{"PostgreSQL": "ANALYZE ticketkit_tickets", "MariaDB": "ANALYZE TABLE ticketkit_tickets PERSISTENT FOR ALL"}[srv.name]
		_, err := db.ExecContext(t.Context(), analyze)
		require.NoError(t, err)

		all := allScope(t, s)
		one := scopeOf(t, s, ticket.AccountActor("a", ""), grants{"a": {Queues: []ticket.QueueID{"q1"}}})
		yes, no := true, false
		for name, c := range map[string]struct {
			sc    ticket.Scope
			q     ticket.Query
			index string
			arms  bool
		}{
			"active":           {all, ticket.Query{Active: &yes}, "tickets_updated", false},
			"closed":           {all, ticket.Query{Active: &no}, "tickets_updated", false},
			"everything":       {all, ticket.Query{}, "tickets_updated", true},
			"one category":     {all, ticket.Query{Category: []ticket.Category{ticket.Open}}, "tickets_category", false},
			"new and open":     {all, ticket.Query{Category: []ticket.Category{ticket.New, ticket.Open}}, "tickets_category", true},
			"queue":            {all, ticket.Query{Active: &yes, Queue: []ticket.QueueID{"q1"}}, "tickets_queue", false},
			"mine":             {all, ticket.Query{Active: &yes, Assignee: []ticket.AccountID{"me"}}, "tickets_assignee", false},
			"requester":        {all, ticket.Query{Requester: "c"}, "tickets_requester", false},
			"by creation":      {all, ticket.Query{Active: &yes, Sort: ticket.ByCreated}, "tickets_created", false},
			"by priority":      {all, ticket.Query{Active: &yes, Sort: ticket.ByPriority}, "tickets_priority", false},
			"limited to queue": {one, ticket.Query{Active: &yes}, "tickets_queue", false},
		} {
			for _, after := range []bool{false, true} {
				if after {
					c.q.After = ticket.Cursor{Sort: c.q.Sort, Key: 5_000_000, Number: 5000}
					if c.q.Sort == ticket.ByPriority {
						c.q.After.Key = 2
					}
				}
				text, args := store.ListSQL(s, c.sc, c.q)
				steps := explain(t, db, text, args)
				lines := strings.Join(steps, "\n")
				require.Contains(t, lines, "ticketkit_"+c.index, "%s, after %v:\n%s", name, after, lines)
				for _, step := range steps {
					require.NotContains(t, step, "Seq Scan on ticketkit_tickets", "%s:\n%s", name, lines)
					if strings.Contains(step, "table=t ") {
						require.NotContains(t, step, "type=ALL", "%s:\n%s", name, lines)
					}
					if !c.arms {
						require.NotContains(t, step, "Sort Key", "%s:\n%s", name, lines)
						require.NotContains(t, step, "filesort", "%s:\n%s", name, lines)
					}
				}
			}
		}
	})
}

// TestTimersFollowAnIndexOnServers: whether something is due is asked of the index, so it costs the same however many tickets have a timer that
// is not.
func TestTimersFollowAnIndexOnServers(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		s, db, _ := srv.migrated(t, dsn)
		crowd(t, s, db, 8192)
		_, err := db.ExecContext(t.Context(), "INSERT INTO ticketkit_jobs (id, kind, job_key, live_key, state, run_at, attempt, max_attempts, payload, lease_token, lease_until, last_error, finished_at)"+
			" SELECT id, 'timer', id, id, 'pending', 9000000000000000 + number, 0, 0, '{}', '', 0, '', 0 FROM ticketkit_tickets")
		require.NoError(t, err)
		analyze := map[string]string{"PostgreSQL": "ANALYZE ticketkit_jobs", "MariaDB": "ANALYZE TABLE ticketkit_jobs PERSISTENT FOR ALL"}[srv.name]
		_, err = db.ExecContext(t.Context(), analyze)
		require.NoError(t, err)
		text, args := store.AnyDueSQL(s, []string{"timer", "deliver"})
		lines := strings.Join(explain(t, db, text, args), "\n")
		require.Contains(t, lines, "ticketkit_jobs_run", lines)
		require.Contains(t, lines, "ticketkit_jobs_lease", lines)
		require.NotContains(t, lines, "Seq Scan", lines)
		require.NotContains(t, lines, "type=ALL", lines)
		require.NotContains(t, lines, "type=index", lines)
	})
}

// TestWordsFollowAnIndexOnServers: a rare word is looked for in the index of words, whatever the planner guesses of it, and a common one in the texts, in the
// order of the tickets.
func TestWordsFollowAnIndexOnServers(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		s, db, _ := srv.migrated(t, dsn)
		crowd(t, s, db, 8192)
		exec := func(text string) {
			_, err := db.ExecContext(t.Context(), text)
			require.NoError(t, err, text)
		}
		exec("DELETE FROM ticketkit_search")
		text := map[string]string{
			"PostgreSQL": "INSERT INTO ticketkit_search (number, n, part, note, words) SELECT number, 0, 0, FALSE, to_tsvector('simple', 'the printer ' || 'r' || number) FROM ticketkit_tickets",
			"MariaDB":    "INSERT INTO ticketkit_search (number, n, note, words) SELECT number, 0, FALSE, CONCAT(' tkthe tkprinter tkr', number, ' ') FROM ticketkit_tickets",
		}[srv.name]
		exec(text)
		exec(map[string]string{"PostgreSQL": "VACUUM ANALYZE ticketkit_search", "MariaDB": "ANALYZE TABLE ticketkit_search PERSISTENT FOR ALL"}[srv.name])
		indexed, iargs, _, _ := store.WordSQL(s, "r4711")
		lines := strings.Join(explain(t, db, indexed, iargs), "\n")
		require.Contains(t, lines, "ticketkit_search_words", lines)
		_, _, looked, largs := store.WordSQL(s, "printer")
		lines = strings.Join(explain(t, db, looked, largs), "\n")
		require.Contains(t, lines, map[string]string{"PostgreSQL": "ticketkit_search_pkey", "MariaDB": "key=PRIMARY"}[srv.name], lines)
		for _, not := range []string{"ticketkit_search_words", "Sort Key", "filesort"} {
			require.NotContains(t, lines, not, lines)
		}
		all := allScope(t, s)
		for words, want := range map[string]int{"printer": 30, "printer r4711": 1, "the printer r*": 30, "printer fax": 0} {
			list, err := s.Tickets(t.Context(), all, ticket.Query{Words: strings.Fields(words), Limit: 30})
			require.NoError(t, err)
			require.Len(t, list, want, words)
		}
	})
}
