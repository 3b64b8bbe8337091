package storetest

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// RunTamper checks that whoever can write to the database, and does not have the key, cannot change the history unseen. open gives an
// empty desk and a way past it: exec runs one statement of plain SQL, in which {events} stands for the name of a table.
func RunTamper(t *testing.T, open func(t *testing.T) (h Harness, exec func(text string))) {
	for _, c := range tampers {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h, exec := open(t)
			d := newTamperDesk(t, h)
			seen, err := d.svc.VerifyAll(t.Context(), d.system)
			require.NoError(t, err)
			require.Greater(t, seen.Events, int64(20))
			require.Zero(t, seen.Lost)
			text := strings.NewReplacer("$one", string(d.one), "$two", string(d.two), "$gone", string(d.gone), "$c", columnsOfEvents).Replace(c.text)
			for _, statement := range strings.Split(text, ";") {
				exec(statement)
			}
			_, err = d.svc.VerifyAll(t.Context(), d.system)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

type tamperDesk struct {
	svc            *ticket.Service
	system         ticket.Actor
	one, two, gone ticket.ID
}

// newTamperDesk makes two tickets of six events each and a deleted one, and pins them; the second goes on behind that.
func newTamperDesk(t *testing.T, h Harness) *tamperDesk {
	t.Helper()
	d := &tamperDesk{system: ticket.SystemActor("test")}
	var err error
	d.svc, err = ticket.NewService(ticket.Config{Store: h.Store, Policy: grants{}, ChainKey: []byte("0123456789abcdef0123456789abcdef"),
		Limits: ticket.Limits{HistoryPerQuery: 4}})
	require.NoError(t, err)
	for i, id := range []*ticket.ID{&d.one, &d.two, &d.gone} {
		tk, err := d.svc.Open(t.Context(), d.system, ticket.NewTicket{Subject: fmt.Sprint("Ticket ", i), Body: "x",
			Requester: ticket.Person{Name: "Kim", Identity: ticket.Identity{Value: fmt.Sprintf("kim%d@customer.example", i)}}})
		require.NoError(t, err)
		for range 4 {
			_, err := d.svc.Escalate(t.Context(), d.system, tk.ID, 0, "again")
			require.NoError(t, err)
		}
		*id = tk.ID
	}
	require.NoError(t, d.svc.Delete(t.Context(), d.system, d.gone, 0))
	n, err := d.svc.Checkpoint(t.Context(), d.system)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	for range 2 {
		_, err := d.svc.Escalate(t.Context(), d.system, d.two, 0, "and again")
		require.NoError(t, err)
	}
	return d
}

const columnsOfEvents = "type, actor_type, actor_id, created_at, data, private_hash, mac"

// copyEvent adds a copy of the event at a place of a chain at another place.
func copyEvent(from string, n int, to, place string) string {
	return fmt.Sprintf("INSERT INTO {events} (seq, id, ticket_id, n, $c) SELECT 1000000, 'copy', '%s', %s, $c FROM {events} WHERE ticket_id = '%s' AND n = %d", to, place, from, n)
}

var tampers = []struct{ name, text, want string }{
	{"Nothing", "UPDATE {tickets} SET preview = 'y'", ""},
	{"Erased", "DELETE FROM {event_private}", ""},

	{"ChangedData", "UPDATE {events} SET data = '{\"level\":9}' WHERE ticket_id = '$one' AND n = 3", "position 3: content or order"},
	{"ChangedType", "UPDATE {events} SET type = 'ticket.closed' WHERE ticket_id = '$one' AND n = 2", "position 2: content or order"},
	{"ChangedActor", "UPDATE {events} SET actor_id = 'somebody' WHERE ticket_id = '$one' AND n = 2", "position 2: content or order"},
	{"ChangedTime", "UPDATE {events} SET created_at = created_at + 1 WHERE ticket_id = '$one' AND n = 4", "position 4: content or order"},
	{"ChangedReason", "UPDATE {event_private} SET private = '{\"reason\":\"never\"}' WHERE event_id = (SELECT id FROM {events} WHERE ticket_id = '$one' AND n = 2)", "position 2: private part was changed"},
	{"ChangedName", "UPDATE {event_private} SET actor_name = 'Mallory' WHERE event_id = (SELECT id FROM {events} WHERE ticket_id = '$one' AND n = 2)", "position 2: private part was changed"},
	{"ChangedNameWithoutSalt", "UPDATE {event_private} SET actor_name = 'Mallory', private = NULL, salt = NULL WHERE event_id = (SELECT id FROM {events} WHERE ticket_id = '$one' AND n = 2)", "position 2: private part without its salt"},
	{"LastEventChanged", "UPDATE {events} SET data = '{\"level\":9}' WHERE ticket_id = '$two' AND n = (SELECT event_count FROM {tickets} WHERE id = '$two')", "content or order"},
	{"ChangedOfDeleted", "UPDATE {events} SET data = '{\"level\":9}' WHERE ticket_id = '$gone' AND n = 3", "position 3: content or order"},

	{"Removed", "DELETE FROM {events} WHERE ticket_id = '$one' AND n = 3", "position 4 follows 2"},
	{"FirstRemoved", "DELETE FROM {events} WHERE ticket_id = '$one' AND n = 1", "position 2 follows 0"},
	{"RemovedAndClosedUp", "DELETE FROM {events} WHERE ticket_id = '$one' AND n = 2; UPDATE {events} SET n = n - 1 WHERE ticket_id = '$one' AND n = 3;" +
		" UPDATE {events} SET n = n - 1 WHERE ticket_id = '$one' AND n = 4", "position 2: content or order"},
	{"AllRemoved", "DELETE FROM {events} WHERE ticket_id = '$one'", "checkpoint"},
	{"RemovedOfDeleted", "DELETE FROM {events} WHERE ticket_id = '$gone' AND n = 3", "position 4 follows 2"},

	{"Inserted", "UPDATE {events} SET n = 100 WHERE ticket_id = '$one' AND n = 5;" + copyEvent("$one", 2, "$one", "5"), "position 5: content or order"},
	{"InsertedBehindTheHead", copyEvent("$one", 2, "$one", "(SELECT event_count + 1 FROM {tickets} WHERE id = '$one')"), "content or order"},
	{"InsertedOfAnother", "DELETE FROM {events} WHERE ticket_id = '$one' AND n = 3;" + copyEvent("$two", 3, "$one", "3"), "position 3: content or order"},
	{"InsertedOfNobody", copyEvent("$one", 1, "01900000-0000-7000-8000-000000000000", "1"), "does not exist and nobody has deleted it"},
	{"InsertedBehindADeletion", copyEvent("$one", 2, "$gone", "100"), "position 100 follows"},

	{"Reordered", "UPDATE {events} SET n = 100 WHERE ticket_id = '$one' AND n = 3; UPDATE {events} SET n = 3 WHERE ticket_id = '$one' AND n = 4;" +
		" UPDATE {events} SET n = 4 WHERE ticket_id = '$one' AND n = 100", "position 3: content or order"},

	{"Cut", "DELETE FROM {events} WHERE ticket_id = '$one' AND n = (SELECT event_count FROM {tickets} WHERE id = '$one')", "cut"},
	{"CutWithItsHead", cutWithHead("$one"), "it was cut"},
	{"CutBehindTheCheckpoint", "DELETE FROM {events} WHERE ticket_id = '$two' AND n = (SELECT event_count FROM {tickets} WHERE id = '$two')", "its head says"},
	{"HeadOfAnother", "UPDATE {tickets} SET event_mac = (SELECT mac FROM {events} WHERE ticket_id = '$one' AND n = 1) WHERE id = '$two'", "belongs to another event"},
	{"TicketRemoved", "DELETE FROM {tickets} WHERE id = '$one'", "does not exist and nobody has deleted it"},
	{"TicketRemovedWithItsHistory", "DELETE FROM {events} WHERE ticket_id = '$one'; DELETE FROM {tickets} WHERE id = '$one'", "does not exist and nobody has deleted it"},

	{"DeskChanged", "UPDATE {events} SET data = '{}' WHERE ticket_id = '' AND type = 'ticket.deleted'", "the desk's own history"},
	{"CheckpointChanged", "UPDATE {events} SET data = '{\"seq\":1,\"heads\":[]}' WHERE ticket_id = '' AND type = 'chain.checkpoint'", "the desk's own history"},
	{"DeskRemoved", "DELETE FROM {events} WHERE ticket_id = '' AND type = 'ticket.deleted'", "follows"},
	{"DeskInserted", copyEvent("$one", 2, "", "(SELECT event_count + 1 FROM {desk})"), "the desk's own history"},
	{"DeskReordered", "UPDATE {events} SET n = 100 WHERE ticket_id = '' AND n = 1; UPDATE {events} SET n = 1 WHERE ticket_id = '' AND n = 2;" +
		" UPDATE {events} SET n = 2 WHERE ticket_id = '' AND n = 100", "the desk's own history"},
	{"DeskCut", "DELETE FROM {events} WHERE ticket_id = '' AND type = 'chain.checkpoint'", "its head says"},
	{"DeletionRemovedWithTheHead", "DELETE FROM {events} WHERE ticket_id = '' AND n >= (SELECT event_count - 1 FROM {desk});" +
		" UPDATE {desk} SET event_count = event_count - 2;" +
		" UPDATE {desk} SET event_mac = (SELECT mac FROM {events} WHERE ticket_id = '' ORDER BY n DESC LIMIT 1)", "does not exist and nobody has deleted it"},
}

// cutWithHead removes the newest event and makes the ticket's head that of the one before.
func cutWithHead(id string) string {
	return "DELETE FROM {events} WHERE ticket_id = '" + id + "' AND n = (SELECT event_count FROM {tickets} WHERE id = '" + id + "');" +
		" UPDATE {tickets} SET event_count = event_count - 1 WHERE id = '" + id + "';" +
		" UPDATE {tickets} SET event_mac = (SELECT mac FROM {events} WHERE ticket_id = '" + id + "' ORDER BY n DESC LIMIT 1) WHERE id = '" + id + "'"
}

// RunRotation checks that the history goes on over changes of the secret, and that whoever has an old one can neither change it nor
// add to it.
func RunRotation(t *testing.T, open func(t *testing.T) (h Harness, exec func(text string))) {
	key := func(n int) []byte { return []byte(fmt.Sprintf("%031d!", n)) }
	system := ticket.SystemActor("test")
	service := func(t *testing.T, h Harness, current, previous int) *ticket.Service {
		cfg := ticket.Config{Store: h.Store, Policy: grants{}, ChainKey: key(current), Limits: ticket.Limits{HistoryPerQuery: 3}}
		if previous > 0 {
			cfg.PreviousChainKey = key(previous)
		}
		s, err := ticket.NewService(cfg)
		require.NoError(t, err)
		return s
	}
	openTicket := func(t *testing.T, s *ticket.Service) ticket.ID {
		tk, err := s.Open(t.Context(), system, ticket.NewTicket{Subject: "s", Requester: ticket.Person{Identity: ticket.Identity{Value: "kim@customer.example"}}})
		require.NoError(t, err)
		return tk.ID
	}
	work := func(t *testing.T, s *ticket.Service, ids ...ticket.ID) {
		for _, id := range ids {
			_, err := s.Escalate(t.Context(), system, id, 0, "x")
			require.NoError(t, err)
		}
	}
	verify := func(t *testing.T, s *ticket.Service) error {
		_, err := s.VerifyAll(t.Context(), system)
		return err
	}
	rotate := func(t *testing.T, s *ticket.Service, want bool) {
		done, err := s.RotateKeys(t.Context(), system)
		require.NoError(t, err)
		require.Equal(t, want, done)
	}
	// threeTimes gives a desk that is sealed with the third key by now, with a ticket of each time and one of all.
	threeTimes := func(t *testing.T, h Harness) (s *ticket.Service, ids []ticket.ID) {
		s = service(t, h, 1, 0)
		rotate(t, s, false)
		ids = append(ids, openTicket(t, s), openTicket(t, s))
		work(t, s, ids...)
		for n := 2; n <= 3; n++ {
			s = service(t, h, n, n-1)
			work(t, s, ids[0]) // before the change is noted
			require.NoError(t, verify(t, s))
			rotate(t, s, true)
			rotate(t, s, false)
			ids = append(ids, openTicket(t, s))
			work(t, s, ids[0], ids[len(ids)-1])
			require.NoError(t, verify(t, s))
		}
		return s, ids
	}

	t.Run("GoesOn", func(t *testing.T) {
		t.Parallel()
		h, _ := open(t)
		s, ids := threeTimes(t, h)
		require.NoError(t, verify(t, service(t, h, 3, 0)), "the keys before it are kept by the history")
		require.NoError(t, verify(t, service(t, h, 3, 1)), "and a wrong previous one does no harm")
		require.Error(t, verify(t, service(t, h, 4, 0)))
		require.Error(t, verify(t, service(t, h, 2, 1)))
		_, err := service(t, h, 4, 2).RotateKeys(t.Context(), system)
		require.ErrorContains(t, err, "sealed with another secret")
		require.NoError(t, s.Delete(t.Context(), system, ids[0], 0))
		require.NoError(t, verify(t, s))
		es, err := s.Audit(t.Context(), system, ticket.EventQuery{Desk: true, Types: []ticket.EventType{ticket.EventKeysRotated}, Limit: 10})
		require.NoError(t, err)
		require.Len(t, es, 2)
		require.Nil(t, es[0].Private, "nobody is shown keys, not even encrypted")
	})

	foreign := func(t *testing.T, s *ticket.Service, want bool) {
		t.Helper()
		err := s.CheckKey(t.Context(), system)
		if !want {
			require.NoError(t, err)
			return
		}
		require.ErrorIs(t, err, ticket.ErrForeignKey)
		require.Equal(t, ticket.Conflict, ticket.KindOf(err))
	}
	t.Run("KnowsItsKey", func(t *testing.T) {
		t.Parallel()
		h, exec := open(t)
		s := service(t, h, 1, 0)
		foreign(t, service(t, h, 2, 0), false) // nothing is sealed yet
		for n := range 3 {
			_, err := s.CreateQueue(t.Context(), system, fmt.Sprint("Queue ", n))
			require.NoError(t, err)
		}
		foreign(t, s, false)
		foreign(t, service(t, h, 2, 1), false)
		foreign(t, service(t, h, 2, 0), true)
		foreign(t, service(t, h, 2, 3), true)
		_, err := service(t, h, 2, 0).CreateQueue(t.Context(), system, "Of another process")
		require.NoError(t, err)
		foreign(t, s, false)
		foreign(t, service(t, h, 2, 0), false) // both have sealed some of it
		foreign(t, service(t, h, 3, 0), true)
		exec("UPDATE {events} SET data = '{}' WHERE ticket_id = '' AND n = 1")
		foreign(t, service(t, h, 2, 0), false) // one that was changed is for VerifyAll

		h, _ = open(t)
		s, _ = threeTimes(t, h)
		foreign(t, s, false)
		foreign(t, service(t, h, 4, 3), false)
		foreign(t, service(t, h, 2, 1), true)
		require.Equal(t, ticket.Denied, ticket.KindOf(s.CheckKey(t.Context(), ticket.Actor{})))
	})
	t.Run("LosesItsKey", func(t *testing.T) {
		t.Parallel()
		// lost gives a desk that goes on under the fourth key, and the tickets that it had before.
		lost := func(t *testing.T, before func(t *testing.T, h Harness) []ticket.ID) (h Harness, exec func(string), s *ticket.Service, ids []ticket.ID) {
			h, exec = open(t)
			ids = before(t, h)
			s = service(t, h, 4, 0)
			require.Equal(t, ticket.Conflict, ticket.KindOf(service(t, h, 4, 3).AdoptKey(t.Context(), system)), "it is not lost")
			require.Equal(t, ticket.Denied, ticket.KindOf(s.AdoptKey(t.Context(), ticket.Actor{})))
			foreign(t, s, true)
			require.Error(t, verify(t, s))
			require.NoError(t, s.AdoptKey(t.Context(), system))
			return h, exec, s, ids
		}
		tickets := func(t *testing.T, h Harness) []ticket.ID {
			s, ids := threeTimes(t, h)
			gone := openTicket(t, s)
			require.NoError(t, s.Delete(t.Context(), system, gone, 0))
			return ids
		}
		queue := func(t *testing.T, h Harness) []ticket.ID {
			for _, name := range []string{"Orders", "Returns"} {
				_, err := service(t, h, 3, 0).CreateQueue(t.Context(), system, name)
				require.NoError(t, err)
			}
			return nil
		}
		for _, before := range []func(t *testing.T, h Harness) []ticket.ID{tickets, queue} {
			h, _, s, ids := lost(t, before)
			foreign(t, s, false)
			foreign(t, service(t, h, 3, 2), true)
			rotate(t, s, false)
			first, err := s.VerifyAll(t.Context(), system)
			require.NoError(t, err)
			require.Positive(t, first.Lost, "what was before cannot be verified")
			require.WithinDuration(t, time.Now(), first.LostAt, time.Hour)
			made := openTicket(t, s)
			work(t, s, append(ids, made)...)
			_, err = s.Checkpoint(t.Context(), system)
			require.NoError(t, err)
			if len(ids) > 0 {
				require.NoError(t, s.Delete(t.Context(), system, ids[0], 0))
			}
			require.NoError(t, s.Delete(t.Context(), system, made, 0))
			rotate(t, service(t, h, 5, 4), true)
			s = service(t, h, 5, 0)
			foreign(t, s, false)
			work(t, s, openTicket(t, s))
			seen, err := s.VerifyAll(t.Context(), system)
			require.NoError(t, err)
			require.Equal(t, first.Lost, seen.Lost, "what came after it can")
			require.Equal(t, first.LostAt, seen.LostAt)
			require.Greater(t, seen.Events, first.Events)
		}

		// A ticket that is deleted before the checkpoints come to it: the process that was to make them died.
		h, _ := open(t)
		ids := tickets(t, h)
		dying := h
		dying.Store = pinsNothing{h.Store}
		require.Equal(t, ticket.Unavailable, ticket.KindOf(service(t, dying, 4, 0).AdoptKey(t.Context(), system)))
		s := service(t, h, 4, 0)
		work(t, s, ids...)
		require.NoError(t, s.Delete(t.Context(), system, ids[0], 0))
		_, err := s.Checkpoint(t.Context(), system)
		require.NoError(t, err)
		require.NoError(t, verify(t, s))

		// A second loss hides what was before it, and nothing else.
		h, _, _, ids = lost(t, tickets)
		s = service(t, h, 6, 0)
		require.NoError(t, s.AdoptKey(t.Context(), system))
		work(t, s, ids...)
		require.NoError(t, verify(t, s))

		// Whoever has the lost key, or none, changes nothing that came after the loss, nor says that more is lost.
		for name, forge := range map[string]func(t *testing.T, h Harness, exec func(string), ids []ticket.ID, made ticket.ID){
			"an event of a ticket that was there before": func(_ *testing.T, _ Harness, exec func(string), ids []ticket.ID, _ ticket.ID) {
				exec("UPDATE {events} SET data = '{\"level\":9}' WHERE ticket_id = '" + string(ids[1]) + "' AND n = (SELECT m FROM (SELECT MAX(n) AS m FROM {events} WHERE ticket_id = '" + string(ids[1]) + "') x)")
			},
			"an event of a ticket that came after": func(_ *testing.T, _ Harness, exec func(string), _ []ticket.ID, made ticket.ID) {
				exec("UPDATE {events} SET data = '{}' WHERE n = 1 AND ticket_id = '" + string(made) + "'")
			},
			"a ticket with the lost key": func(t *testing.T, h Harness, _ func(string), _ []ticket.ID, _ ticket.ID) {
				openTicket(t, service(t, h, 3, 0))
			},
			"an event with the lost key": func(t *testing.T, h Harness, _ func(string), ids []ticket.ID, _ ticket.ID) {
				work(t, service(t, h, 3, 0), ids[1])
			},
			"another loss": func(t *testing.T, h Harness, _ func(string), ids []ticket.ID, _ ticket.ID) {
				require.NoError(t, service(t, h, 7, 0).AdoptKey(t.Context(), system))
			},
		} {
			h, exec, s, ids := lost(t, tickets)
			made := openTicket(t, s)
			work(t, s, append(ids, made)...)
			require.NoError(t, verify(t, s))
			forge(t, h, exec, ids, made)
			require.Error(t, verify(t, s), name)
		}
	})

	// What follows is done by somebody who has a key that was given up, and the database.
	for name, old := range map[string]int{"FirstKey": 1, "SecondKey": 2} {
		forge := func(t *testing.T, h Harness) *ticket.Service { return service(t, h, old, 0) }
		t.Run("Adds"+name, func(t *testing.T) {
			t.Parallel()
			h, _ := open(t)
			s, ids := threeTimes(t, h)
			work(t, forge(t, h), ids[1])
			require.ErrorContains(t, verify(t, s), "was changed")
		})
		t.Run("Makes"+name, func(t *testing.T) {
			t.Parallel()
			h, _ := open(t)
			s, _ := threeTimes(t, h)
			openTicket(t, forge(t, h))
			require.ErrorContains(t, verify(t, s), "was changed")
		})
		t.Run("Records"+name, func(t *testing.T) {
			t.Parallel()
			h, _ := open(t)
			s, _ := threeTimes(t, h)
			_, err := forge(t, h).CreateQueue(t.Context(), system, "Forged")
			require.NoError(t, err)
			require.ErrorContains(t, verify(t, s), "the desk's own history")
		})
		t.Run("Rewrites"+name, func(t *testing.T) {
			t.Parallel()
			h, exec := open(t)
			s, ids := threeTimes(t, h)
			// The whole chain is thrown away and sealed anew, with as many events as it had.
			tk, err := s.Get(t.Context(), system, ids[1])
			require.NoError(t, err)
			exec(fmt.Sprintf("DELETE FROM {events} WHERE ticket_id = '%s'", ids[1]))
			exec(fmt.Sprintf("UPDATE {tickets} SET event_count = 0, event_mac = NULL WHERE id = '%s'", ids[1]))
			for range tk.Head.Count {
				work(t, forge(t, h), ids[1])
			}
			require.ErrorContains(t, verify(t, s), fmt.Sprintf("ticket #%d:", tk.Number))
		})
	}
	t.Run("TwoProcesses", func(t *testing.T) {
		t.Parallel()
		h, _ := open(t)
		work(t, service(t, h, 1, 0), openTicket(t, service(t, h, 1, 0)))
		done := [2]bool{}
		errs := [2]error{}
		fin := make(chan struct{}, 2)
		for i := range done {
			go func() {
				done[i], errs[i] = service(t, h, 2, 1).RotateKeys(t.Context(), system)
				fin <- struct{}{}
			}()
		}
		<-fin
		<-fin
		for i := range errs {
			if errs[i] != nil { // it lost a race for the head of the chain, and will see at its next start that all is done
				require.Contains(t, []ticket.Kind{ticket.Conflict, ticket.Stale}, ticket.KindOf(errs[i]), "%v", errs[i])
			}
		}
		require.True(t, done[0] != done[1], "one of them")
		require.NoError(t, verify(t, service(t, h, 2, 1)))
	})
}

var tableName = regexp.MustCompile(`\{([a-z_]+)\}`)

// Exec gives the way past a desk that RunTamper and RunRotation take, over a connection of its own to the database. The statement must
// meet a row.
func Exec(t *testing.T, db *sql.DB, prefix string) func(text string) {
	return func(text string) {
		t.Helper()
		res, err := db.ExecContext(t.Context(), tableName.ReplaceAllString(text, prefix+"$1"))
		require.NoError(t, err, text)
		n, err := res.RowsAffected()
		require.NoError(t, err)
		require.Positive(t, n, "met nothing: %s", text)
	}
}

// pinsNothing is a store whose process dies before it has pinned anything.
type pinsNothing struct{ ticket.Store }

func (pinsNothing) Heads(context.Context, []ticket.ID) (map[ticket.ID]ticket.Head, error) {
	return nil, ticket.Errorf(ticket.Unavailable, "gone")
}

// testLostChains: what is left of deleted tickets, and events of tickets that never were.
func testLostChains(t *testing.T, d *desk) {
	lost := func(after ticket.ID, limit int) []ticket.ID {
		ids, err := d.Store.LostChains(t.Context(), after, limit)
		require.NoError(t, err)
		return ids
	}
	var want []ticket.ID
	for i := range 5 {
		tk := d.ticket()
		for n := range 3 {
			e := &ticket.Event{ID: ticket.EventID(d.id()), TicketID: tk.ID, Type: ticket.EventEscalated, At: d.now, Actor: ticket.EventActor{Type: ticket.ActorSystem}}
			d.chain().Seal(ticket.Head{Count: int64(n)}, e)
			d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.AppendEvent(ctx, e) })
		}
		if i%2 == 0 {
			want = append(want, tk.ID)
		}
	}
	desk := &ticket.Event{ID: ticket.EventID(d.id()), Type: ticket.EventQueueCreated, At: d.now}
	d.chain().Seal(ticket.Head{}, desk)
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.AppendEvent(ctx, desk) })
	require.Empty(t, lost("", 10))
	for _, id := range want {
		d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.DeleteTicket(ctx, id) })
	}
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		got, err := tx.LostChains(ctx, "", 10)
		require.Equal(t, want, got)
		return err
	})
	require.Equal(t, want[:2], lost("", 2))
	require.Equal(t, want[2:], lost(want[1], 2))
	require.Empty(t, lost(want[2], 2))
}

// testPlaces: the places are those of Events of all chains, in pages of any size, and beside a deletion too.
func testPlaces(t *testing.T, d *desk) {
	svc := d.service()
	var last ticket.ID
	for i := range 9 {
		last = d.open(svc, fmt.Sprintf("erika%d@customer.example", i%3)).ID
		if i%2 == 0 {
			_, err := svc.Note(t.Context(), desksOwn, last, 0, ticket.NewMessage{Body: "y"})
			require.NoError(t, err)
		}
	}
	var want []ticket.Place
	check := func() {
		t.Helper()
		es, err := d.Store.Events(t.Context(), d.all, ticket.EventQuery{Limit: 500})
		require.NoError(t, err)
		require.Greater(t, len(es), 10)
		want = nil
		for _, e := range es {
			want = append(want, ticket.Place{Seq: e.Seq, TicketID: e.TicketID})
		}
		for _, limit := range []int{1, 3, len(want), len(want) + 1} {
			var got []ticket.Place
			for after := int64(0); ; after = got[len(got)-1].Seq {
				page, err := d.Store.Places(t.Context(), after, limit)
				require.NoError(t, err)
				require.LessOrEqual(t, len(page), limit)
				got = append(got, page...)
				if len(page) < limit {
					break
				}
			}
			require.Equal(t, want, got, "in pages of %d", limit)
		}
	}
	check()
	require.NoError(t, svc.Delete(t.Context(), desksOwn, last, 0))
	check()
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		got, err := tx.Places(ctx, want[0].Seq, 2)
		require.Equal(t, want[1:3], got)
		return err
	})
}

// testHeads: those of many tickets at once are those of each, and checkpoints pin them all.
func testHeads(t *testing.T, d *desk) {
	svc := d.service()
	want := map[ticket.ID]ticket.Head{}
	ids := []ticket.ID{ticket.ID(d.id())} // of no ticket
	for i := range 405 {
		tk := d.open(svc, fmt.Sprintf("erika%d@customer.example", i%3))
		require.Positive(t, tk.Head.Count)
		ids, want[tk.ID] = append(ids, tk.ID), tk.Head
	}
	got, err := d.Store.Heads(t.Context(), ids)
	require.NoError(t, err)
	require.Equal(t, want, got)
	got, err = d.Store.Heads(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, got)
	for _, pinned := range []int{len(want), 0} {
		n, err := svc.Checkpoint(t.Context(), desksOwn)
		require.NoError(t, err)
		require.Equal(t, pinned, n)
	}
	heads := map[ticket.ID]ticket.Head{}
	es, err := d.Store.Events(t.Context(), d.all, ticket.EventQuery{Desk: true, Types: []ticket.EventType{ticket.EventCheckpoint}})
	require.NoError(t, err)
	for _, e := range es {
		var c struct {
			Heads []struct {
				TicketID ticket.ID `json:"ticket_id"`
				Count    int64     `json:"count"`
				Head     []byte    `json:"head"`
			} `json:"heads"`
		}
		require.NoError(t, json.Unmarshal(e.Data, &c))
		for _, h := range c.Heads {
			heads[h.TicketID] = ticket.Head{Count: h.Count, MAC: h.Head}
		}
	}
	require.Equal(t, want, heads, "in %d checkpoints", len(es))
	d.verify(svc)
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		delete(want, ids[1])
		require.NoError(t, tx.DeleteTicket(ctx, ids[1]))
		got, err := tx.Heads(ctx, ids)
		require.Equal(t, want, got)
		return err
	})
}
