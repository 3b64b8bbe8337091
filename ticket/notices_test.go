package ticket_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/tickettest"
)

var everything = map[ticket.NoticeKind]bool{ticket.NoticeReceipt: true, ticket.NoticeClosed: true, ticket.NoticeAssigned: true, ticket.NoticeBounced: true}

func withNotices(n ticket.Notices) func(*ticket.Config) {
	return func(c *ticket.Config) { c.Notices = n }
}

// TestLetterhead: mails show what the desk's admins have set, with a logo that mail programs show.
func TestLetterhead(t *testing.T) {
	t.Parallel()
	b := setup(t, withNotices(ticket.Notices{Mails: everything}))
	got := b.stranger(1)
	m := b.sentReply(got.TicketID)
	heads := func() [2]ticket.Letterhead {
		n, err := b.svc.Notice(t.Context(), b.system, b.asked(ticket.NoticeReceipt)[0])
		require.NoError(t, err)
		out, err := b.svc.Outgoing(t.Context(), b.system, m.ID)
		require.NoError(t, err)
		return [2]ticket.Letterhead{n.Letterhead, out.Letterhead}
	}
	require.Zero(t, heads())
	gif, err := b.svc.AddImage(t.Context(), b.anna, []byte("GIF89a"))
	require.NoError(t, err)
	svg, err := b.svc.AddImage(t.Context(), b.anna, []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`))
	require.NoError(t, err)
	for logo, want := range map[string]*ticket.Image{"/desk/api/branding/images/" + gif.ID: gif, "/api/branding/images/" + svg.ID: nil, "/static/logo.gif": nil,
		"/api/branding/images/" + strings.Repeat("0", 64): nil, "": nil} {
		_, err = b.svc.SetBranding(t.Context(), b.anna, ticket.Branding{Name: "Werkstatt", Primary: "#7a1f5c", LogoLight: logo})
		require.NoError(t, err)
		for _, h := range heads() {
			require.Equal(t, ticket.Letterhead{Name: "Werkstatt", Primary: "#7a1f5c", Logo: want}, h, logo)
		}
	}
}

// asked are the mails that wait, by kind.
func (b *bundle) asked(kind ticket.NoticeKind) (out []ticket.NoticePayload) {
	b.Helper()
	for _, j := range b.store.Jobs() {
		var p ticket.NoticePayload
		if j.Kind == ticket.JobNotice && json.Unmarshal(j.Payload, &p) == nil && p.Kind == kind {
			out = append(out, p)
		}
	}
	return out
}

func (b *bundle) stranger(n int, change ...func(*ticket.Incoming)) *ticket.Received {
	b.Helper()
	in := ticket.Incoming{Text: "It burns.", From: ticket.Person{Name: "Viagra http://evil.example", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: fmt.Sprintf("k%d@kunde.example", n)}},
		ExternalID: fmt.Sprintf("q%d@kunde.example", n)}
	for _, f := range change {
		f(&in)
	}
	return b.mail(in)
}

func TestReceipt(t *testing.T) {
	t.Parallel()
	b := setup(t, withNotices(ticket.Notices{Mails: everything, Own: []string{"support@desk.example"}}))
	got := b.stranger(1)
	list := b.asked(ticket.NoticeReceipt)
	require.Len(t, list, 1)
	m, err := b.svc.Notice(t.Context(), b.system, list[0])
	require.NoError(t, err)
	require.Equal(t, "k1@kunde.example", m.To.Identity.Value)
	require.Empty(t, m.To.Name, "nothing that a stranger wrote")
	require.Equal(t, "q1@kunde.example", m.InReplyTo)
	require.Equal(t, b.svc.ReplyToken(got.TicketID), m.ReplyToken)
	require.Equal(t, "receipt."+string(list[0].EventID), m.Key)
	require.Equal(t, b.now, m.At)

	b.answer(got.TicketID) // no receipt for what follows
	b.stranger(2, machine)
	b.stranger(3, func(in *ticket.Incoming) { in.From.Identity.Value = "support@desk.example" })
	b.stranger(4, func(in *ticket.Incoming) { in.From.Identity.Value = "x@demo.invalid" })
	b.stranger(5, func(in *ticket.Incoming) { in.From.Identity = ticket.Identity{Kind: "discord", Value: "42"} })
	b.open() // by an agent
	require.Len(t, b.asked(ticket.NoticeReceipt), 1)

	require.NoError(t, b.svc.Noticed(t.Context(), b.system, list[0], "receipt-1@desk.example"))
	require.Equal(t, 1, b.count(got.TicketID, ticket.EventMailed))
	follow := b.mail(ticket.Incoming{Text: "And more.", From: ticket.Person{Identity: m.To.Identity}, Refs: []string{"receipt-1@desk.example"}})
	require.Equal(t, got.TicketID, follow.TicketID, "an answer to the receipt finds the ticket")
}

// TestNoticesAreOff: the zero value mails nothing.
func TestNoticesAreOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := b.stranger(1)
	_, err := b.svc.Close(t.Context(), b.anna, got.TicketID, 0, "")
	require.NoError(t, err)
	for _, kind := range ticket.NoticeKinds() {
		require.Empty(t, b.asked(kind))
	}
}

// TestCapsOfReceipts: two desks whose receipts open tickets at each other fall silent.
func TestCapsOfReceipts(t *testing.T) {
	t.Parallel()
	b := setup(t, withNotices(ticket.Notices{Mails: everything, PerPerson: 3, PerChannel: 5}))
	for n := range 10 { // the other desk hides that it is one: each of its receipts is a new ticket here
		b.stranger(1, func(in *ticket.Incoming) { in.Key = fmt.Sprint("loop", n) })
	}
	require.Len(t, b.asked(ticket.NoticeReceipt), 3)
	for n := range 10 {
		b.stranger(2+n, func(in *ticket.Incoming) { in.Key = fmt.Sprint("many", n) })
	}
	require.Len(t, b.asked(ticket.NoticeReceipt), 5, "the channel has a cap too")
	b.now = b.now.Add(time.Hour + time.Second)
	b.stranger(1, func(in *ticket.Incoming) { in.Key = "later" })
	require.Len(t, b.asked(ticket.NoticeReceipt), 6)
}

func TestClosedAndAssigned(t *testing.T) {
	t.Parallel()
	b := setup(t, withNotices(ticket.Notices{Mails: everything}))
	got := b.stranger(1, func(in *ticket.Incoming) { in.Queue = b.billing })
	_, err := b.svc.Claim(t.Context(), b.anna, got.TicketID, 0)
	require.NoError(t, err)
	require.Empty(t, b.asked(ticket.NoticeAssigned), "who takes a ticket knows")
	_, err = b.svc.Assign(t.Context(), b.anna, got.TicketID, 0, "bert")
	require.NoError(t, err)
	list := b.asked(ticket.NoticeAssigned)
	require.Len(t, list, 1)
	require.Equal(t, ticket.AccountID("bert"), list[0].Account)
	require.NotEmpty(t, list[0].By)
	for _, lang := range []string{"", "en"} { // the desk's until bert chooses one
		_, err = b.svc.KeepPreferences(t.Context(), ticket.AccountActor("bert", "Bert"), ticket.PreferencesEdit{Locale: &lang})
		require.NoError(t, err)
		m, err := b.svc.Notice(t.Context(), b.system, list[0])
		require.NoError(t, err)
		require.Equal(t, cmp.Or(lang, "de"), m.Locale)
	}

	m := b.sentReply(got.TicketID)
	require.NoError(t, b.svc.Bounced(t.Context(), b.system, ticket.Bounce{MessageID: m.ID, Recipient: "k1@kunde.example", Reason: "550"}))
	bounced := b.asked(ticket.NoticeBounced)
	require.Len(t, bounced, 1)
	require.Equal(t, "550", bounced[0].Reason)

	_, err = b.svc.Close(t.Context(), b.anna, got.TicketID, 0, "")
	require.NoError(t, err)
	require.Empty(t, b.asked(ticket.NoticeClosed), "mail to the requester comes back")
	other := b.stranger(2)
	_, err = b.svc.Close(t.Context(), b.anna, other.TicketID, 0, "")
	require.NoError(t, err)
	require.Len(t, b.asked(ticket.NoticeClosed), 1)
	spam := b.stranger(3)
	_, err = b.svc.SetStatus(t.Context(), b.anna, spam.TicketID, 0, "spam")
	require.NoError(t, err)
	require.Len(t, b.asked(ticket.NoticeClosed), 1, "spam is never answered")
}

func TestMailRules(t *testing.T) {
	t.Parallel()
	b := setup(t, withNotices(ticket.Notices{Mails: everything}))
	q := b.stranger(1).Ticket.Queue.ID
	list := b.asked(ticket.NoticeReceipt)
	signature := "Anna & Bert"
	set := func(id ticket.QueueID, r ticket.MailRules) {
		_, err := b.svc.SetMailRules(t.Context(), b.system, id, r)
		require.NoError(t, err)
	}
	off, on := map[ticket.NoticeKind]bool{ticket.NoticeReceipt: false}, map[ticket.NoticeKind]bool{ticket.NoticeReceipt: true}
	set("", ticket.MailRules{Mails: off, Signature: &signature})
	b.stranger(2)
	require.Len(t, b.asked(ticket.NoticeReceipt), 1)
	m, err := b.svc.Notice(t.Context(), b.system, list[0])
	require.NoError(t, err)
	require.Nil(t, m, "what waits is not sent any more")
	set(q, ticket.MailRules{Mails: on})
	b.stranger(3)
	require.Len(t, b.asked(ticket.NoticeReceipt), 2, "the queue comes first")
	m, err = b.svc.Notice(t.Context(), b.system, list[0])
	require.NoError(t, err)
	require.Equal(t, signature, *m.Signature)

	all, err := b.svc.MailSettings(t.Context(), b.system)
	require.NoError(t, err)
	require.False(t, all[0].Effective[ticket.NoticeReceipt])
	require.True(t, all[0].Effective[ticket.NoticeReminder], "on unless switched off")
	i := slices.IndexFunc(all, func(x ticket.QueueMail) bool { return x.Queue == q })
	require.True(t, all[i].Effective[ticket.NoticeReceipt])
	require.Equal(t, signature, all[i].Signature)

	for field, r := range map[string]ticket.MailRules{"mails": {Mails: map[ticket.NoticeKind]bool{"birthday": true}}, "signature": {Signature: new(string)}} {
		if field == "signature" {
			long := string(make([]byte, 5000))
			r.Signature = &long
		}
		_, err := b.svc.SetMailRules(t.Context(), b.system, "", r)
		require.Equal(t, ticket.Invalid, ticket.KindOf(err), field)
	}
	_, err = b.svc.SetMailRules(t.Context(), b.system, "0197a4c0-1111-7222-8333-444455556666", ticket.MailRules{})
	require.Equal(t, ticket.NotFound, ticket.KindOf(err))
}

func TestRemindersCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *ticket.Config) { c.Upkeep = ticket.Upkeep{RemindAfter: day} })
	one, two := b.stranger(1), b.stranger(2)
	b.reply(one.TicketID, "pending")
	b.pass(2 * day)
	require.Equal(t, 1, b.count(one.TicketID, ticket.EventReminded))
	_, err := b.svc.SetMailRules(t.Context(), b.system, "", ticket.MailRules{Mails: map[ticket.NoticeKind]bool{ticket.NoticeReminder: false}})
	require.NoError(t, err)
	b.reply(two.TicketID, "pending")
	b.pass(2 * day)
	require.Equal(t, 0, b.count(two.TicketID, ticket.EventReminded))
}

func TestNoticesConfig(t *testing.T) {
	t.Parallel()
	for _, n := range []ticket.Notices{{Every: -1}, {Every: 1000 * time.Hour}, {PerPerson: -1}, {PerChannel: -1}, {Mails: map[ticket.NoticeKind]bool{"birthday": true}}} {
		_, err := ticket.NewService(ticket.Config{Store: tickettest.New(), Policy: &people{}, ChainKey: make([]byte, 32), Notices: n})
		require.Equal(t, ticket.Invalid, ticket.KindOf(err))
	}
}
