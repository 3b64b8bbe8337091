package server_test

import (
	"database/sql"
	"encoding/hex"
	"flag"
	"fmt"
	"net/smtp"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/testservers"
)

// The files in testdata/first are a desk as the first released step of the schema, 0001, left it: its tables and rows, one file for each database. They were
// written once, with -update-first, and are never changed: each later step has to bring just these rows forward.
var updateFirst = flag.Bool("update-first", false, "write testdata/first anew; only before anything was released")

const (
	firstSecret   = "the-secret-of-the-first-desk-0123456789abcdef"
	firstPassword = "the password of the first desk"
)

// literal writes a value as the database of that name reads it.
func literal(dialect, kind string, v any) string {
	switch x := v.(type) {
	case nil:
		return "NULL"
	case []byte:
		switch {
		case kind != "BLOB":
			return literal(dialect, kind, string(x))
		case dialect == "postgres":
			return `'\x` + hex.EncodeToString(x) + "'"
		}
		return "X'" + hex.EncodeToString(x) + "'"
	case bool:
		return strings.ToUpper(fmt.Sprint(x))
	case int64:
		if kind == "BOOLEAN" {
			return strings.ToUpper(fmt.Sprint(x != 0))
		}
		return fmt.Sprint(x)
	default:
		s := strings.ReplaceAll(fmt.Sprint(x), "'", "''")
		if dialect == "mysql" {
			s = strings.ReplaceAll(s, `\`, `\\`)
		}
		return "'" + s + "'"
	}
}

// firstSchema is the first step as it was applied.
func firstSchema(t *testing.T, dialect string) string {
	t.Helper()
	b, err := os.ReadFile("../../../store/migrations/" + dialect + "/0001_initial.sql")
	require.NoError(t, err)
	text := strings.NewReplacer("{", "ticketkit_", "}", "", "utf8mb4_bin", "utf8mb4_nopad_bin").Replace(string(b))
	switch dialect {
	case "mysql":
		return text + "\nCREATE TABLE ticketkit_migrations (name VARCHAR(200) NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL, done INTEGER NOT NULL) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;\n" +
			"INSERT INTO ticketkit_migrations VALUES ('0001_initial', 1, " + fmt.Sprint(len(statements(text))) + ");\n"
	default:
		return text + "\nCREATE TABLE ticketkit_migrations (name TEXT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL);\nINSERT INTO ticketkit_migrations VALUES ('0001_initial', 1);\n"
	}
}

// statements are those of a text, without comments.
func statements(text string) []string {
	var code strings.Builder
	for l := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(l), "--") {
			code.WriteString(l)
		}
	}
	var out []string
	for _, s := range strings.Split(code.String(), ";\n") {
		if s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), ";")); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func execute(t *testing.T, db *sql.DB, text string) {
	t.Helper()
	for _, s := range statements(text) {
		_, err := db.ExecContext(t.Context(), s)
		require.NoError(t, err, s)
	}
}

// writeFirst works at a desk a little, and keeps what the tables of the first step hold of it.
func writeFirst(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	d := start(t, dir, "JWT_SECRET="+firstSecret, "ADMIN_PASSWORD="+firstPassword, "BACKUP_AT=off")
	d.enter()
	require.NoError(t, smtp.SendMail(d.addr.SMTP, nil, "kim@customer.example", []string{"support@localhost"}, []byte(strings.NewReplacer("To: ", "Cc: chef@customer.example\r\nTo: ", "text/plain", "text/html", "Guten Tag, der Drucker läuft nicht.",
		"<p>Guten Tag, der <b>Drucker</b> läuft nicht.</p>").Replace(firstMail()))))
	tk := d.tickets()[0]
	d.call("POST", "tickets/"+tk.ID+"/tags", map[string]any{"add": []string{"drucker"}}, nil, 200)
	d.call("POST", "tickets/"+tk.ID+"/claim", nil, nil, 200)
	d.call("POST", "tickets/"+tk.ID+"/messages", map[string]string{"kind": "note", "body": "Eine Notiz: it's \\ old"}, nil, 201)
	d.call("POST", "tickets/"+tk.ID+"/messages", map[string]string{"kind": "reply", "body": "Bitte einschalten."}, nil, 201)
	d.call("POST", "tickets/"+tk.ID+"/close", map[string]string{}, nil, 200)
	d.call("POST", "tokens", map[string]any{"name": "script", "scopes": []string{"ticket:read"}}, nil, 201)
	d.call("POST", "admin/users", map[string]any{"username": "bert", "role": "support", "password": "ein anderes langes Kennwort"}, nil, 201)
	require.Zero(t, d.stop())

	now, err := sql.Open("sqlite", filepath.Join(dir, "ticketkit.db"))
	require.NoError(t, err)
	defer func() { _ = now.Close() }()
	_, err = now.ExecContext(t.Context(), "INSERT INTO ticketkit_parked (id, channel, key_hash, item_key, reason, sender, subject, raw_sha256, size, created_at)"+
		" VALUES ('01900000-0000-7000-8000-000000000001', 'imap', X'00ff', '<broken@customer.example>', 'cannot be read', 'kim@customer.example', 'Kaputt', '', 0, 1750000000000000)")
	require.NoError(t, err)
	then, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "first.db"))
	require.NoError(t, err)
	defer func() { _ = then.Close() }()
	execute(t, then, firstSchema(t, "sqlite"))
	files := map[string]*strings.Builder{}
	for _, dialect := range []string{"sqlite", "postgres", "mysql"} {
		files[dialect] = &strings.Builder{}
		files[dialect].WriteString(firstSchema(t, dialect))
	}
	filled := 0
	for _, table := range column[string](t, then, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'ticketkit_search%' AND name NOT IN ('ticketkit_migrations', 'sqlite_sequence') ORDER BY rowid") {
		names := column[string](t, then, "SELECT name FROM pragma_table_info('"+table+"') ORDER BY cid")
		kinds := column[string](t, then, "SELECT type FROM pragma_table_info('"+table+"') ORDER BY cid")
		if table == "ticketkit_account_queues" { // a later step has made grants of its rows
			for _, f := range files {
				f.WriteString("INSERT INTO ticketkit_account_queues (account_id, queue_id) SELECT a.id, q.id FROM ticketkit_accounts a, ticketkit_queues q WHERE a.username = 'bert';\n")
			}
			continue
		}
		rows, err := now.QueryContext(t.Context(), "SELECT "+strings.Join(names, ", ")+" FROM "+table)
		require.NoError(t, err)
		some := false
		for rows.Next() {
			values := make([]any, len(names))
			into := make([]any, len(names))
			for i := range values {
				into[i] = &values[i]
			}
			require.NoError(t, rows.Scan(into...))
			for dialect, f := range files {
				if table == "ticketkit_desk" && !some {
					fmt.Fprintf(f, "DELETE FROM %s;\n", table)
				}
				var into, list []string
				for i, v := range values {
					switch {
					case dialect != "sqlite" && table == "ticketkit_desk" && names[i] == "number": // counted elsewhere
						f.WriteString(strings.ReplaceAll(map[string]string{"postgres": "SELECT setval('ticketkit_ticket_numbers', <n>);\n",
							"mysql": "INSERT INTO ticketkit_ticket_numbers VALUES (<n>);\nDELETE FROM ticketkit_ticket_numbers;\n"}[dialect], "<n>", fmt.Sprint(v)))
						continue
					case dialect == "postgres" && table == "ticketkit_events" && names[i] == "pos": // gives them by itself, in this order
						continue
					}
					into, list = append(into, names[i]), append(list, literal(dialect, kinds[i], v))
				}
				fmt.Fprintf(f, "INSERT INTO %s (%s) VALUES (%s);\n", table, strings.Join(into, ", "), strings.Join(list, ", "))
			}
			some = true
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
		require.True(t, some, "%s has no rows", table)
		filled++
	}
	require.Greater(t, filled, 18)
	require.NoError(t, os.MkdirAll("testdata/first", 0o755))
	for dialect, f := range files {
		require.NoError(t, os.WriteFile("testdata/first/"+dialect+".sql", []byte(f.String()), 0o644))
	}
}

func column[T any](t *testing.T, db *sql.DB, query string) []T {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	var out []T
	for rows.Next() {
		var v T
		require.NoError(t, rows.Scan(&v))
		out = append(out, v)
	}
	require.NoError(t, rows.Err())
	return out
}

// enter signs in with the password that the desk was given.
func (d *desk) enter() {
	d.Helper()
	var in struct{ Token string }
	d.call("POST", "auth/login", map[string]string{"username": "admin", "password": firstPassword}, &in, 200)
	d.token = in.Token
}

// A desk of the first release is brought forward by the program of today: it opens, its history is whole, and it serves its old ticket.
func TestADeskOfTheFirstReleaseIsBroughtForward(t *testing.T) {
	if *updateFirst {
		writeFirst(t)
	}
	for dialect, open := range map[string]func(t *testing.T, dir string) (*sql.DB, []string){
		"sqlite": func(t *testing.T, dir string) (*sql.DB, []string) {
			db, err := sql.Open("sqlite", filepath.Join(dir, "ticketkit.db"))
			require.NoError(t, err)
			return db, nil
		},
		"postgres": func(t *testing.T, _ string) (*sql.DB, []string) {
			u := testservers.Postgres(t)
			db, err := sql.Open("pgx", u)
			require.NoError(t, err)
			return db, []string{"DATABASE_URL=" + u}
		},
		"mysql": func(t *testing.T, _ string) (*sql.DB, []string) {
			text := testservers.MariaDB(t)
			u, err := url.Parse(text)
			require.NoError(t, err)
			c := mysql.NewConfig()
			c.User, c.Net, c.Addr, c.DBName = u.User.Username(), "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
			c.Passwd, _ = u.User.Password()
			c.Params = map[string]string{"charset": "utf8mb4"}
			db, err := sql.Open("mysql", c.FormatDSN())
			require.NoError(t, err)
			return db, []string{"DATABASE_URL=" + text}
		},
	} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			db, env := open(t, dir)
			dump, err := os.ReadFile("testdata/first/" + dialect + ".sql")
			require.NoError(t, err)
			execute(t, db, string(dump))
			require.NoError(t, db.Close())
			env = append(env, "JWT_SECRET="+firstSecret, "BACKUP_AT=off")
			out, _ := runs(t, 0, append(env, "DATA_DIR="+dir), "migrate", "up")
			require.Contains(t, out, "the tables are up to date")
			out, _ = runs(t, 0, append(env, "DATA_DIR="+dir), "verify")
			require.Contains(t, out, "events verified")

			d := start(t, dir, append(env, "METRICS_ADDR=127.0.0.1:0")...)
			require.Empty(t, d.addr.Password, "there are accounts")
			d.enter()
			ts := d.tickets()
			require.Len(t, ts, 1)
			require.Equal(t, "Drucker läuft nicht", ts[0].Subject)
			require.Equal(t, "closed", ts[0].Status)
			require.Equal(t, "kim@customer.example", ts[0].Requester.Email)
			texts := []string{}
			for _, m := range d.messages(ts[0].ID) {
				texts = append(texts, m.Text)
			}
			all := strings.Join(texts, "\n")
			for _, text := range []string{"Guten Tag, der Drucker läuft nicht.", `Eine Notiz: it's \ old`, "Bitte einschalten."} {
				require.Contains(t, all, text)
			}
			d.call("POST", "tickets/"+ts[0].ID+"/reopen", nil, nil, 200)
			var next ticketShape
			d.call("POST", "tickets", map[string]any{"subject": "Neu", "body": "x", "requester": map[string]string{"email": "robin@customer.example"}}, &next, 201)
			require.EqualValues(t, 2, next.Number)
			var users struct {
				Items []struct {
					Username string
					Grants   []struct{ Role string }
				}
			}
			d.call("GET", "admin/users", nil, &users, 200)
			roles := map[string]string{}
			for _, u := range users.Items {
				require.Len(t, u.Grants, 1, u.Username)
				roles[u.Username] = u.Grants[0].Role
			}
			require.Equal(t, map[string]string{"admin": "admin", "bert": "support"}, roles, "roles became grants")
			require.InDelta(t, 1, d.metric(`ticketkit_up{desk=""}`), 0, "what is counted for metrics can be counted there")
			require.InDelta(t, 2, d.metric(`ticketkit_tickets{desk="",state="new"}`)+d.metric(`ticketkit_tickets{desk="",state="open"}`), 0)
			require.Zero(t, d.stop())
			out, _ = runs(t, 0, append(env, "DATA_DIR="+dir), "verify")
			require.Contains(t, out, "events verified", "what happened since continues the old chain")
		})
	}
}
