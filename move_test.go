package ticketkit_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// movable opens an empty database of each kind.
var movable = func() map[string]func(t *testing.T) *store.Store {
	out := map[string]func(t *testing.T) *store.Store{"SQLite": func(t *testing.T) *store.Store {
		st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "desk.db"), sqlite.Options{})
		require.NoError(t, err)
		return migratedStore(t, st)
	}}
	for name, server := range servers {
		out[name] = func(t *testing.T) *store.Store {
			st, err := server(t)(t.Context())
			require.NoError(t, err)
			return migratedStore(t, st)
		}
	}
	return out
}()

func migratedStore(t *testing.T, st *store.Store) *store.Store {
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	require.NoError(t, st.Migrate(t.Context()))
	return st
}

func deskOn(t *testing.T, st *store.Store) *ticketkit.Desk {
	d, err := ticketkit.New(ticketkit.Config{Store: st, Secret: secret})
	require.NoError(t, err)
	return d
}

var moving = ticket.SystemActor("test")

// eventful fills a desk with something of nearly everything.
func eventful(t *testing.T, d *ticketkit.Desk) {
	ctx, svc := t.Context(), d.Tickets()
	_, err := d.Accounts().CreateUser(ctx, moving, rbac.NewUser{Username: "Jörg", Password: "ein langes Kennwort 7", Role: "support"})
	require.NoError(t, err)
	var ids []ticket.ID
	for _, subject := range []string{"Drucker druckt nicht", "Überweisung 😀 fehlt", "a \"quoted\" \\ <b> 100 %", "geht weg", "wird gelöscht"} {
		tk, err := svc.Open(ctx, moving, ticket.NewTicket{Subject: subject, Body: "Straße <b>" + subject, Tags: []string{"Ärger"},
			Requester: ticket.Person{Name: "Zoë", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "zoe@firma.example"}}})
		require.NoError(t, err)
		ids = append(ids, tk.ID)
	}
	_, err = svc.Reply(ctx, moving, ids[0], 0, ticket.NewMessage{Body: "Bitte schalten Sie ihn einmal aus."})
	require.NoError(t, err)
	_, err = svc.Note(ctx, moving, ids[0], 0, ticket.NewMessage{Body: "kennt man"})
	require.NoError(t, err)
	_, err = svc.Merge(ctx, moving, ids[3], 0, ids[1], 0)
	require.NoError(t, err)
	_, err = svc.Close(ctx, moving, ids[1], 0, "erledigt")
	require.NoError(t, err)
	require.NoError(t, svc.Delete(ctx, moving, ids[4], 0))
	_, err = svc.Checkpoint(ctx, moving)
	require.NoError(t, err)
}

func exported(t *testing.T, st *store.Store) (string, store.Exported) {
	var b bytes.Buffer
	ex, err := st.Export(t.Context(), &b)
	require.NoError(t, err)
	return b.String(), ex
}

// TestMovesBetweenAnyTwoDatabases: what is exported from a database of one kind and imported into one of another kind is the same
// desk: its history verifies, its words are found, its people sign in, its numbers go on; and an export of it has the same lines.
func TestMovesBetweenAnyTwoDatabases(t *testing.T) {
	t.Parallel()
	for from, open := range movable {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			st := open(t)
			d := deskOn(t, st)
			eventful(t, d)
			text, ex := exported(t, st)
			require.EqualValues(t, 5, ex.Number)
			require.Positive(t, ex.Rows["events"])
			for to, open := range movable {
				other := open(t)
				in, err := other.Import(t.Context(), strings.NewReader(text))
				require.NoError(t, err, to)
				require.Equal(t, ex.Rows, in.Rows, to)
				again, _ := exported(t, other)
				require.Equal(t, rows(text), rows(again), to)

				moved := deskOn(t, other)
				seen, err := moved.Tickets().VerifyAll(t.Context(), moving)
				require.NoError(t, err, to)
				require.Positive(t, seen.Events)
				_, err = moved.Accounts().Login(t.Context(), "jörg", "ein langes Kennwort 7", rbac.LoginMeta{Address: "127.0.0.1"})
				require.NoError(t, err, to)
				for words, want := range map[string]int{"straße druck*": 1, "zoe": 4, "schalten": 1, "kennt": 1, "nichts": 0} {
					for kind, d := range map[string]*ticketkit.Desk{from: d, "moved to " + to: moved} {
						list, _, err := d.Tickets().List(t.Context(), moving, ticket.Query{Words: strings.Fields(words)})
						require.NoError(t, err, kind)
						require.Len(t, list, want, "%s: %s", kind, words)
					}
				}
				next, err := moved.Tickets().Open(t.Context(), moving, ticket.NewTicket{Subject: "danach", Body: "x", Requester: ticket.Person{Identity: ticket.Identity{Value: "zoe@firma.example"}}})
				require.NoError(t, err, to)
				require.EqualValues(t, 6, next.Number, "%s: a number never comes twice, also that of a deleted ticket", to)

				_, err = other.Import(t.Context(), strings.NewReader(text))
				require.ErrorIs(t, err, store.ErrNotEmpty, to)
			}
		})
	}
}

// rows are the lines of an export without its head and foot, which say when it was made.
func rows(export string) []string {
	lines := strings.Split(strings.TrimSpace(export), "\n")
	return lines[1 : len(lines)-1]
}

// TestExportSeesOneMoment: tickets that come while an export runs are in it whole or not at all.
func TestExportSeesOneMoment(t *testing.T) {
	t.Parallel()
	for name, open := range movable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := open(t)
			d := deskOn(t, st)
			eventful(t, d)
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() {
				var err error
				for err == nil {
					_, err = d.Tickets().Open(ctx, moving, ticket.NewTicket{Subject: "mehr", Body: "y", Requester: ticket.Person{Identity: ticket.Identity{Value: "eil@firma.example"}}})
				}
				done <- err
			}()
			for range 3 {
				text, _ := exported(t, st)
				other := movable["SQLite"](t)
				_, err := other.Import(t.Context(), strings.NewReader(text))
				require.NoError(t, err)
				_, err = deskOn(t, other).Tickets().VerifyAll(t.Context(), moving)
				require.NoError(t, err)
			}
			stop()
			if err := <-done; !errors.Is(err, context.Canceled) && ticket.KindOf(err) != ticket.Unavailable {
				require.NoError(t, err)
			}
		})
	}
}

// TestABrokenExportIsRefused: whatever is cut off, changed or unknown is told, with its line.
func TestABrokenExportIsRefused(t *testing.T) {
	t.Parallel()
	st := movable["SQLite"](t)
	eventful(t, deskOn(t, st))
	text, _ := exported(t, st)
	lines := strings.SplitAfter(text, "\n")
	row := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, `["ärger",`) })
	for name, c := range map[string]struct{ text, says string }{
		"nothing":            {"", "line 1: it ends in the middle"},
		"something else":     {"hello\n", "no export of ticketkit"},
		"another format":     {strings.Replace(text, `"export":1`, `"export":2`, 1), "format 2 is newer"},
		"a newer schema":     {strings.Replace(text, `"schema":"0`, `"schema":"9`, 1), "does not fit this program"},
		"no foot":            {strings.Join(lines[:len(lines)-2], ""), "it ends in the middle"},
		"half a line":        {text[:len(text)/2], "it ends in the middle"},
		"a row is missing":   {strings.Join(slices.Delete(slices.Clone(lines), row, row+1), ""), "checksum"},
		"a changed row":      {strings.Replace(text, "Drucker", "Tracker", 1), "checksum"},
		"an unknown table":   {strings.Replace(text, `{"table":"queues"`, `{"table":"cues"`, 1), `no table "cues"`},
		"an unknown column":  {strings.Replace(text, `"is_default"`, `"is_standard"`, 1), `no column "is_standard"`},
		"a value of no type": {strings.Replace(text, `"columns":["number"`, `"columns":["subject"`, 1), "line"},
	} {
		_, err := movable["SQLite"](t).Import(t.Context(), strings.NewReader(c.text))
		require.ErrorContains(t, err, c.says, name)
	}
}
