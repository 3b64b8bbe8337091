package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// BenchmarkCreate compares the rate of new tickets through Update with the rate of the same SQL by hand: one transaction each, with the
// statements prepared.
func BenchmarkCreate(b *testing.B) {
	b.Run("by hand", benchmarkByHand)
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprintf("Update/writers=%d", writers), func(b *testing.B) {
			benchmarkUpdate(b, open(b, filepath.Join(b.TempDir(), "desk.db")), writers)
		})
		b.Run(fmt.Sprintf("host/writers=%d", writers), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "desk.db")
			require.NoError(b, open(b, path).Close())
			db, err := sql.Open("sqlite", "file:"+path+"?"+benchSettings)
			require.NoError(b, err)
			b.Cleanup(func() { _ = db.Close() })
			db.SetMaxOpenConns(1)
			s, err := store.New(store.Config{DB: db, Dialect: sqlitedialect.New(), Classify: sqlite.Classify})
			require.NoError(b, err)
			benchmarkUpdate(b, s, writers)
		})
	}
}

const benchSettings = "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=journal_mode(wal)&_pragma=synchronous(full)"

func benchmarkUpdate(b *testing.B, s *store.Store, writers int) {
	queue := insertQueue(b, s)
	b.ResetTimer()
	if writers == 1 {
		for b.Loop() {
			create(b, s, queue)
		}
		return
	}
	b.SetParallelism(writers / 2) // times the two cores of a small machine
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			create(b, s, queue)
		}
	})
}

func open(tb testing.TB, path string) *store.Store {
	s, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = s.Close() })
	require.NoError(tb, s.Migrate(context.Background()))
	return s
}

const benchBody = "Guten Tag, seit heute früh druckt der Drucker im dritten Stock nicht mehr. Er zeigt die Meldung E-17. Viele Grüße, Anna Kunde"

var benchCount atomic.Int64

func create(tb testing.TB, s *store.Store, queue ticket.QueueID) {
	ctx, now := context.Background(), time.Now()
	n := benchCount.Add(1)
	c := &ticket.Contact{ID: ticket.ContactID(ticket.NewID(now)), Name: "Anna Kunde", CreatedAt: now,
		Identities: []ticket.Identity{{Kind: "email", Value: fmt.Sprintf("anna%d@firma.example", n)}}}
	t := &ticket.Ticket{ID: ticket.ID(ticket.NewID(now)), Subject: "Drucker druckt nicht", Status: "new", Category: ticket.New, Priority: ticket.Normal,
		Queue: ticket.QueueRef{ID: queue}, Channel: "mail", Source: "mail", Requester: ticket.ContactRef{ID: c.ID}, CreatedAt: now, UpdatedAt: now,
		Version: 1, MessageCount: 1, Preview: benchBody[:80]}
	m := &ticket.Message{ID: ticket.MessageID(ticket.NewID(now)), TicketID: t.ID, N: 1, Kind: ticket.Public, Text: benchBody, Channel: "mail", CreatedAt: now,
		Author: ticket.Author{Type: ticket.ActorContact, ID: string(c.ID), Name: "Anna Kunde"}}
	mac := make([]byte, 32)
	err := s.Update(ctx, func(tx ticket.Tx) (err error) {
		key := fmt.Sprintf("%d@mail.example", n)
		if _, err := tx.Received(ctx, "mail", key); ticket.KindOf(err) != ticket.NotFound {
			return fmt.Errorf("received: %w", err)
		}
		if _, err := tx.ContactByIdentity(ctx, "email", c.Identities[0].Value); ticket.KindOf(err) != ticket.NotFound {
			return fmt.Errorf("contact: %w", err)
		}
		if err := tx.InsertContact(ctx, c); err != nil {
			return err
		}
		if t.Number, err = tx.NextNumber(ctx); err != nil {
			return err
		}
		if err := tx.InsertMessage(ctx, m); err != nil {
			return err
		}
		if err := tx.InsertTicket(ctx, t); err != nil {
			return err
		}
		for i := range 2 {
			e := &ticket.Event{ID: ticket.EventID(ticket.NewID(now)), TicketID: t.ID, N: int64(i + 1), Type: ticket.EventCreated, At: now, MAC: mac,
				PrivateHash: mac, Salt: mac[:16], Data: []byte(`{"status":"new"}`), Private: []byte(`{"subject":"Drucker"}`), Actor: ticket.EventActor{Type: "contact", Name: "Anna"}}
			if err := tx.AppendEvent(ctx, e); err != nil {
				return err
			}
		}
		if err := tx.LinkRefs(ctx, t.ID, []string{key}); err != nil {
			return err
		}
		return tx.MarkReceived(ctx, ticket.Receipt{Channel: "mail", Key: key, TicketID: t.ID, MessageID: m.ID, At: now})
	})
	if err != nil {
		tb.Error(err)
	}
}

// benchmarkByHand runs the statements of create in a plain transaction, over a schema made by the store.
func benchmarkByHand(b *testing.B) {
	path := filepath.Join(b.TempDir(), "desk.db")
	s := open(b, path)
	queue := insertQueue(b, s)
	require.NoError(b, s.Close())
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&"+benchSettings)
	require.NoError(b, err)
	b.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	stmts := map[string]*sql.Stmt{}
	ctx := context.Background()
	var tx *sql.Tx
	prepared := func(text string) *sql.Stmt {
		st := stmts[text]
		if st == nil {
			if st, err = db.Prepare(text); err != nil {
				b.Fatal(err)
			}
			stmts[text] = st
		}
		return st
	}
	exec := func(text string, args ...any) {
		if tx == nil { // the first round only prepares: the pool has one connection
			prepared(text)
			return
		}
		if _, err := tx.StmtContext(ctx, stmts[text]).ExecContext(ctx, args...); err != nil { //nolint:sqlclosecheck // ends with tx
			b.Fatal(text, err)
		}
	}
	query := func(text string, dest any, args ...any) {
		if tx == nil {
			prepared(text)
			return
		}
		if err := tx.StmtContext(ctx, stmts[text]).QueryRowContext(ctx, args...).Scan(dest); err != nil && !errors.Is(err, sql.ErrNoRows) { //nolint:sqlclosecheck // ends with tx
			b.Fatal(text, err)
		}
	}
	hash := make([]byte, 32)
	round := func() {
		now := time.Now()
		n := benchCount.Add(1)
		us := now.UnixMicro()
		cid, tid, mid := ticket.NewID(now), ticket.NewID(now), ticket.NewID(now)
		hash[0], hash[1], hash[2], hash[3], hash[4] = byte(n*31), byte(n*17), byte(n>>16), byte(n>>8), byte(n)
		var number int64
		var text string
		query("SELECT ticket_id FROM ticketkit_receipts WHERE channel = ? AND key_hash = ?", &text, "mail", hash)
		query("SELECT contact_id FROM ticketkit_contact_identities WHERE kind = ? AND value = ?", &text, "email", fmt.Sprintf("anna%d@firma.example", n))
		exec("INSERT INTO ticketkit_contacts VALUES (?, ?, ?, ?, ?)", cid, "Anna Kunde", fmt.Sprintf("anna%d@firma.example", n), "", us)
		exec("INSERT INTO ticketkit_contact_identities VALUES (?, ?, ?, ?, ?)", "email", fmt.Sprintf("anna%d@firma.example", n), cid, 0, false)
		exec("UPDATE ticketkit_desk SET number = number + 1 WHERE id = 1")
		query("SELECT number FROM ticketkit_desk WHERE id = 1", &number)
		exec("INSERT INTO ticketkit_messages VALUES (?"+marks(21)+")", mid, tid, 1, "public", "contact", cid, "Anna Kunde", "", "mail", benchBody, "", false, false, 0,
			"", "", "", "", "", 0, 0, us)
		exec("INSERT INTO ticketkit_tickets VALUES (?"+marks(29)+")", number, tid, "Drucker druckt nicht", "new", "new", true, "normal", 2, string(queue), "mail", "mail", cid, "", "",
			"", "", benchBody[:80], "", 0, 0, "", false, us, us, 0, 0, 1, 1, 0, nil)
		for i := range 2 {
			eid := ticket.NewID(now)
			exec("INSERT INTO ticketkit_events VALUES (NULL"+marks(10)+")", eid, tid, i+1, "ticket.created", "contact", "", us, `{"status":"new"}`, hash, hash)
			exec("INSERT INTO ticketkit_event_private VALUES (?, ?, ?, ?)", eid, "Anna", hash[:16], `{"subject":"Drucker"}`)
		}
		exec("INSERT INTO ticketkit_thread_refs VALUES (?, ?)", hash, tid)
		exec("INSERT INTO ticketkit_receipts VALUES (?, ?, ?, ?, ?)", "mail", hash, tid, mid, us)
		exec("INSERT INTO ticketkit_search (rowid, body, note) VALUES (?, ?, '')", number<<20, "Drucker druckt nicht\nAnna Kunde\nanna@firma.example")
		exec("INSERT INTO ticketkit_search (rowid, body, note) VALUES (?, ?, '')", number<<20+1, benchBody)
	}
	round()
	b.ResetTimer()
	for b.Loop() {
		if tx, err = db.Begin(); err != nil {
			b.Fatal(err)
		}
		round()
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}

func marks(n int) string {
	out := ""
	for range n {
		out += ", ?"
	}
	return out
}
