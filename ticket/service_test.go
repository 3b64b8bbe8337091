package ticket_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func TestNewServiceRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*ticket.Config){
		"store":           func(c *ticket.Config) { c.Store = nil },
		"policy":          func(c *ticket.Config) { c.Policy = nil },
		"chain_key":       func(c *ticket.Config) { c.ChainKey = c.ChainKey[:31] },
		"token_key":       func(c *ticket.Config) { c.TokenKey = []byte("short") },
		"locale":          func(c *ticket.Config) { c.Locale = "fr" },
		"on_closed_reply": func(c *ticket.Config) { c.OnClosedReply = "maybe" },
		"states":          func(c *ticket.Config) { c.States = []ticket.State{{Status: "x", Category: ticket.Spam}} },
	} {
		b := setup(t)
		cfg := ticket.Config{Store: b.store, Policy: &people{}, ChainKey: make([]byte, 32)}
		change(&cfg)
		_, err := ticket.NewService(cfg)
		b.kind(ticket.Invalid, err, field)
	}
}

func TestLifeOfATicket(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	tk := b.open()
	require.EqualValues(t, 1, tk.Number)
	require.Equal(t, ticket.New, tk.Category)
	require.Equal(t, "It burns.", tk.Preview)
	require.Equal(t, "kim@customer.example", tk.Requester.Email)

	tk, err := b.svc.Claim(ctx, b.anna, tk.ID, tk.Version)
	require.NoError(t, err)
	require.Equal(t, "Anna", tk.Assignee.Name)
	require.Equal(t, ticket.Open, tk.Category)
	again, err := b.svc.Claim(ctx, b.anna, tk.ID, 0)
	require.NoError(t, err)
	require.Equal(t, tk.Version, again.Version, "claiming one's own ticket changes nothing")

	_, err = b.svc.Note(ctx, b.anna, tk.ID, 0, ticket.NewMessage{Body: "ask the fire brigade"})
	require.NoError(t, err)
	m, err := b.svc.Reply(ctx, b.anna, tk.ID, 0, ticket.NewMessage{Body: "Use water.", Status: "pending"})
	require.NoError(t, err)
	require.Equal(t, ticket.Queued, m.Delivery.State)
	require.Equal(t, 3, m.N)
	require.Positive(t, b.woken)
	require.Len(t, b.store.Jobs(), 1)

	tk, err = b.svc.Escalate(ctx, b.anna, tk.ID, 0, "it still burns")
	require.NoError(t, err)
	require.Equal(t, ticket.High, tk.Priority)
	require.Equal(t, 1, tk.Escalation)
	tk, err = b.svc.SetPriority(ctx, b.anna, tk.ID, tk.Version, ticket.Urgent)
	require.NoError(t, err)
	tk, err = b.svc.Tag(ctx, b.anna, tk.ID, 0, []string{"Fire", "vip"}, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"fire", "vip"}, tk.Tags)
	tk, err = b.svc.Close(ctx, b.anna, tk.ID, 0, "burnt down")
	require.NoError(t, err)
	require.False(t, tk.ResolvedAt.IsZero())
	_, err = b.svc.Claim(ctx, b.bert, tk.ID, 0)
	b.kind(ticket.NotFound, err)
	_, err = b.svc.Escalate(ctx, b.anna, tk.ID, 0, "")
	b.kind(ticket.Conflict, err)
	tk, err = b.svc.Reopen(ctx, b.anna, tk.ID, 0)
	require.NoError(t, err)
	require.True(t, tk.ResolvedAt.IsZero())

	es := b.history(tk.ID)
	require.NoError(t, b.svc.Chain().Verify(es, tk.Head))
	require.Equal(t, []ticket.EventType{ticket.EventCreated, ticket.EventClaimed, ticket.EventStatusChanged, ticket.EventNoted, ticket.EventReplied,
		ticket.EventStatusChanged, ticket.EventEscalated, ticket.EventPriorityChanged, ticket.EventPriorityChanged, ticket.EventTagged,
		ticket.EventClosed, ticket.EventReopened}, b.types(tk.ID))
}

func TestZeroActorIsNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.open()
	_, err := b.svc.Get(t.Context(), ticket.Actor{}, tk.ID)
	b.kind(ticket.Unauthenticated, err)
	_, err = b.svc.Claim(t.Context(), ticket.Actor{}, tk.ID, 0)
	b.kind(ticket.Unauthenticated, err)
	_, err = b.svc.Receive(t.Context(), b.anna, ticket.Incoming{Channel: "x", Key: "y"})
	b.kind(ticket.Denied, err)
}

// TestLongActor: an id that no database would hold is refused where it comes in, not in the middle of a change.
func TestLongActor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.open()
	_, err := b.svc.Claim(t.Context(), ticket.AccountActor(ticket.AccountID(strings.Repeat("x", ticket.MaxAccountID+1)), "long"), tk.ID, 0)
	b.kind(ticket.Invalid, err)
}

func TestOutOfScopeIsAbsent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	mine := b.open(func(n *ticket.NewTicket) { n.Queue = "billing" })
	other := b.open()
	_, err := b.svc.Get(ctx, b.bert, other.ID)
	b.kind(ticket.NotFound, err)
	_, err = b.svc.Reply(ctx, b.bert, other.ID, 0, ticket.NewMessage{Body: "x"})
	b.kind(ticket.NotFound, err)
	ts, _, err := b.svc.List(ctx, b.bert, ticket.Query{})
	require.NoError(t, err)
	require.Len(t, ts, 1)
	require.Equal(t, mine.ID, ts[0].ID)
	_, err = b.svc.Claim(ctx, b.vera, mine.ID, 0)
	b.kind(ticket.Denied, err)
	require.Contains(t, err.Error(), "ticket:claim")
	to := b.support
	_, err = b.svc.Edit(ctx, b.bert, mine.ID, 0, ticket.Edit{Queue: &to})
	b.kind(ticket.Invalid, err, "queue")
	_, err = b.svc.Open(ctx, b.bert, ticket.NewTicket{Subject: "x", Queue: "support", Requester: ticket.Person{Identity: ticket.Identity{Value: "a@b.example"}}})
	b.kind(ticket.Invalid, err, "queue")
	_, err = b.svc.Assign(ctx, b.anna, other.ID, 0, "bert")
	b.kind(ticket.Invalid, err, "assignee")
	_, err = b.svc.Assign(ctx, b.anna, other.ID, 0, "gone")
	b.kind(ticket.Invalid, err, "assignee")
}

func TestNotesStayInside(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	tk := b.open()
	m, err := b.svc.Note(ctx, b.anna, tk.ID, 0, ticket.NewMessage{Body: "secret", Uploads: []ticket.Upload{{Name: "plan.txt", Body: strings.NewReader("x")}}})
	require.NoError(t, err)
	require.Empty(t, b.store.Jobs())
	ms, err := b.svc.Messages(ctx, b.vera, ticket.MessageQuery{Ticket: tk.ID})
	require.NoError(t, err)
	require.Len(t, ms, 1)
	_, err = b.svc.Message(ctx, b.vera, m.ID)
	b.kind(ticket.NotFound, err)
	_, _, err = b.svc.OpenAttachment(ctx, b.vera, tk.ID, m.Attachments[0].ID)
	b.kind(ticket.NotFound, err)
	at, r, err := b.svc.OpenAttachment(ctx, b.anna, tk.ID, m.Attachments[0].ID)
	require.NoError(t, err)
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "x", string(data))
	require.Equal(t, "plan.txt", at.Name)
	require.Equal(t, "It burns.", b.get(tk.ID).Preview, "a note never shows in the preview")
}

func TestStaleVersionWritesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.open()
	_, err := b.svc.Claim(t.Context(), b.anna, tk.ID, 0)
	require.NoError(t, err)
	before := len(b.history(tk.ID))
	_, err = b.svc.Reply(t.Context(), b.anna, tk.ID, tk.Version, ticket.NewMessage{Body: "late"})
	b.kind(ticket.Stale, err)
	require.Len(t, b.history(tk.ID), before)
	require.Empty(t, b.store.Jobs())
}

func TestHookVetoLeavesNothing(t *testing.T) {
	t.Parallel()
	veto := errors.New("not on a Sunday")
	b := setup(t, func(c *ticket.Config) {
		c.Hooks = []ticket.Hook{func(ctx context.Context, tx ticket.Tx, e *ticket.Event) error {
			if e.Type == ticket.EventClosed {
				return veto
			}
			return nil
		}}
	})
	tk := b.open()
	_, err := b.svc.Close(t.Context(), b.anna, tk.ID, 0, "")
	require.ErrorIs(t, err, veto)
	b.kind(ticket.Conflict, err)
	require.Equal(t, ticket.New, b.get(tk.ID).Category)
}

func TestBadInputNamesTheField(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := ticket.NewTicket{Subject: "s", Requester: ticket.Person{Identity: ticket.Identity{Value: "a@b.example"}}}
	for field, change := range map[string]func(*ticket.NewTicket){
		"subject":         func(n *ticket.NewTicket) { n.Subject = " " },
		"body":            func(n *ticket.NewTicket) { n.Body = "a\x00b" },
		"requester.email": func(n *ticket.NewTicket) { n.Requester.Identity.Value = "a@b\r\nBcc: x@y.example" },
		"requester.name":  func(n *ticket.NewTicket) { n.Requester.Name = strings.Repeat("x", 201) },
		"priority":        func(n *ticket.NewTicket) { n.Priority = "huge" },
		"queue":           func(n *ticket.NewTicket) { n.Queue = "nowhere" },
		"tags":            func(n *ticket.NewTicket) { n.Tags = []string{"a b"} },
		"fields.x":        func(n *ticket.NewTicket) { n.Fields = map[string]any{"x": []int{1}} },
		"assignee":        func(n *ticket.NewTicket) { n.Assignee = "nobody" },
		"locale":          func(n *ticket.NewTicket) { n.Locale = "fr" },
		"attachments":     func(n *ticket.NewTicket) { n.Uploads = make([]ticket.Upload, 51) },
		"created_at":      func(n *ticket.NewTicket) { n.CreatedAt = time.Unix(0, 0) },
	} {
		n := good
		change(&n)
		_, err := b.svc.Open(t.Context(), b.anna, n)
		require.Error(t, err, field)
		require.Contains(t, []ticket.Kind{ticket.Invalid, ticket.TooLarge}, ticket.KindOf(err), field)
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.KindOf(err), Field: field}, field)
	}
	n := good
	n.Body = "\xff"
	_, err := b.svc.Open(t.Context(), b.anna, n)
	b.kind(ticket.Invalid, err, "body")
	n.Body = strings.Repeat("x", 1<<20+1)
	_, err = b.svc.Open(t.Context(), b.anna, n)
	b.kind(ticket.TooLarge, err, "body")
	ts, _, err := b.svc.List(t.Context(), b.system, ticket.Query{})
	require.NoError(t, err)
	require.Empty(t, ts)
}

func TestOpenWithKeyIsIdempotent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	key := func(n *ticket.NewTicket) { n.Channel, n.Key = "shop", "order-7" }
	require.Equal(t, b.open(key).ID, b.open(key).ID)
}

func TestAttachmentOfAnotherIsAbsent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	one, two := b.open(), b.open(func(n *ticket.NewTicket) { n.Queue = b.billing })
	at, err := b.svc.Attach(ctx, b.anna, one.ID, ticket.Upload{Name: "../../etc/pass\u202Ewd.txt", ContentType: "text/plain", Body: strings.NewReader("data")})
	require.NoError(t, err)
	require.Equal(t, "passwd.txt", at.Name)
	_, err = b.svc.Reply(ctx, b.anna, two.ID, 0, ticket.NewMessage{Body: "x", Attachments: []ticket.AttachmentID{at.ID}})
	b.kind(ticket.NotFound, err, "attachment_ids")
	_, err = b.svc.Reply(ctx, b.bert, two.ID, 0, ticket.NewMessage{Body: "x", Attachments: []ticket.AttachmentID{at.ID}})
	b.kind(ticket.NotFound, err, "attachment_ids")
	m, err := b.svc.Reply(ctx, b.anna, one.ID, 0, ticket.NewMessage{Attachments: []ticket.AttachmentID{at.ID}})
	require.NoError(t, err)
	require.Len(t, m.Attachments, 1)
	_, err = b.svc.Reply(ctx, b.anna, one.ID, 0, ticket.NewMessage{Body: "again", Attachments: []ticket.AttachmentID{at.ID}})
	b.kind(ticket.NotFound, err, "attachment_ids")
	_, _, err = b.svc.OpenAttachment(ctx, b.anna, two.ID, at.ID)
	b.kind(ticket.NotFound, err)
}

func TestReasonsAreForWhoReadsNotes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	tk := b.open()
	_, err := b.svc.Escalate(ctx, b.anna, tk.ID, 0, "SECRET")
	require.NoError(t, err)
	_, err = b.svc.Close(ctx, b.anna, tk.ID, 0, "SECRET")
	require.NoError(t, err)
	for who, sees := range map[string]bool{"anna": true, "vera": false} {
		es, err := b.svc.History(ctx, ticket.AccountActor(ticket.AccountID(who), who), ticket.EventQuery{Ticket: tk.ID})
		require.NoError(t, err)
		all := ""
		for _, e := range es {
			all += string(e.Private)
		}
		require.Equal(t, sees, strings.Contains(all, "SECRET"), who)
		require.Contains(t, all, "Printer on fire")
	}
	qs, err := b.svc.Queues(ctx, b.bert)
	require.NoError(t, err)
	require.Len(t, qs, 1, "the names of other queues are not his")
}

func TestSnoozeWakesOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	tk := b.open()
	until := b.now.Add(time.Hour)
	tk, err := b.svc.Snooze(ctx, b.anna, tk.ID, 0, until)
	require.NoError(t, err)
	require.Equal(t, until, tk.SnoozedUntil)
	later := b.now.Add(2 * time.Hour)
	_, err = b.svc.Snooze(ctx, b.anna, tk.ID, 0, later)
	require.NoError(t, err)
	require.Len(t, b.store.Jobs(), 1, "the timer was replaced")
	fire := func(at time.Time) ticket.Category {
		require.NoError(t, b.svc.Fire(ctx, b.system, ticket.TimerPayload{TicketID: tk.ID, Name: "snooze", At: at}))
		return b.get(tk.ID).Category
	}
	require.Equal(t, ticket.Snoozed, fire(until), "a timer that was replaced does nothing")
	require.Equal(t, ticket.Open, fire(later))
	n := len(b.history(tk.ID))
	fire(later)
	require.Len(t, b.history(tk.ID), n, "a timer fires once")
	_, err = b.svc.Snooze(ctx, b.anna, tk.ID, 0, b.now)
	b.kind(ticket.Invalid, err, "until")
	require.NoError(t, b.svc.Fire(ctx, b.system, ticket.TimerPayload{TicketID: "gone"}))
}

func TestDeleteKeepsSkeletons(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	tk := b.open()
	head := b.get(tk.ID).Head
	require.NoError(t, b.svc.Delete(ctx, b.anna, tk.ID, 0))
	_, err := b.svc.Get(ctx, b.anna, tk.ID)
	b.kind(ticket.NotFound, err)
	es, err := b.svc.Audit(ctx, b.anna, ticket.EventQuery{Ticket: tk.ID})
	require.NoError(t, err)
	require.NoError(t, b.svc.Chain().Verify(es, head), "the chain holds without the private parts")
	for _, e := range es {
		require.Nil(t, e.Private)
		require.Empty(t, e.Actor.Name)
		require.NotContains(t, string(e.Data), "Printer")
	}
	es, err = b.svc.Audit(ctx, b.bert, ticket.EventQuery{Desk: true})
	require.NoError(t, err)
	require.Empty(t, es, "the desk's own chain is for those who see everything")
	es, err = b.svc.Audit(ctx, b.anna, ticket.EventQuery{Desk: true, Types: []ticket.EventType{ticket.EventDeleted}})
	require.NoError(t, err)
	require.Len(t, es, 1)
}

func TestEditNeedsEveryPermission(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	tk := b.open()
	subject, status, prio, who := "New subject", ticket.Status("resolved"), ticket.Low, ticket.AccountID("anna")
	tags := []string{"b", "a", "a"}
	got, err := b.svc.Edit(ctx, b.anna, tk.ID, tk.Version, ticket.Edit{Subject: &subject, Status: &status, Priority: &prio, Assignee: &who,
		Tags: &tags, Fields: map[string]any{"order": "7", "n": 3}})
	require.NoError(t, err)
	require.Equal(t, ticket.Resolved, got.Category)
	require.Equal(t, []string{"a", "b"}, got.Tags)
	require.Equal(t, map[string]any{"order": "7", "n": 3.0}, got.Fields)
	again, err := b.svc.Edit(ctx, b.anna, tk.ID, 0, ticket.Edit{Subject: &subject, Status: &status, Priority: &prio, Assignee: &who, Tags: &tags, Fields: map[string]any{"n": 3.0}})
	require.NoError(t, err)
	require.Equal(t, got.Version, again.Version)
	_, err = b.svc.Edit(ctx, b.vera, tk.ID, 0, ticket.Edit{Subject: &subject})
	b.kind(ticket.Denied, err)
}

func TestPagesCoverEverythingOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	want := map[ticket.ID]bool{}
	for i := range 25 {
		if i%4 == 0 {
			b.now = b.now.Add(time.Second) // ties within, steps between
		}
		want[b.open().ID] = true
	}
	for _, sort := range ticket.Sorts() {
		got := map[ticket.ID]bool{}
		q := ticket.Query{Sort: sort, Limit: 7}
		for {
			ts, next, err := b.svc.List(t.Context(), b.anna, q)
			require.NoError(t, err)
			for _, tk := range ts {
				require.False(t, got[tk.ID], "%s repeats a ticket", sort)
				got[tk.ID] = true
			}
			if next.IsZero() {
				break
			}
			q.After, err = ticket.ParseCursor(next.String(), sort)
			require.NoError(t, err)
		}
		require.Equal(t, want, got, sort)
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add("", "-updated_at")
	f.Add(ticket.Cursor{Sort: ticket.ByNumber, Key: 1, Number: 2}.String(), "-number")
	f.Add("AQ", "x")
	f.Fuzz(func(t *testing.T, s, sort string) {
		c, err := ticket.ParseCursor(s, ticket.Sort(sort))
		if err != nil {
			require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "cursor"})
			return
		}
		require.Equal(t, s, c.String())
	})
}
