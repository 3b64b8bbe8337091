package storetest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// What the service promises of calls that meet: on every database, whatever its isolation.
var serviceTests = []test{
	{"TwoMergesInOppositeDirections", testOppositeMerges},
	{"AReplyMeetsAMerge", testReplyMeetsMerge},
	{"ParentsNeverGoInCircles", testParentCircle},
	{"NoMoreThanTheLimit", testLimitTogether},
	{"OneDefaultQueue", testOneDefault},
	{"OneFieldOfAName", testOneField},
	{"APersonIsForgotten", testErasure},
	{"TheLastViewIsKept", testLastView},
	{"PreferencesAreKept", testPreferences},
	{"ImagesOfTheBranding", testImages},
}

func (d *desk) open(svc *ticket.Service, mail string) *ticket.Ticket {
	d.t.Helper()
	t, err := svc.Open(d.t.Context(), desksOwn, newTicket(mail))
	require.NoError(d.t, err)
	return t
}

func newTicket(mail string) ticket.NewTicket {
	return ticket.NewTicket{Subject: "x", Body: "y", Requester: ticket.Person{Identity: ticket.Identity{Value: mail}}}
}

// meet runs calls at once and gives the kinds of their errors.
func meet(ctx context.Context, calls ...func(context.Context) error) []ticket.Kind {
	out := make([]ticket.Kind, len(calls))
	var wg sync.WaitGroup
	for i, call := range calls {
		wg.Go(func() { out[i] = ticket.KindOf(call(ctx)) })
	}
	wg.Wait()
	return out
}

func (d *desk) verify(svc *ticket.Service) {
	d.t.Helper()
	_, err := svc.VerifyAll(d.t.Context(), desksOwn)
	require.NoError(d.t, err)
}

func testLastView(t *testing.T, d *desk) {
	svc := d.service()
	sam, ada := ticket.AccountActor(ticket.AccountID(strings.Repeat("s", ticket.MaxAccountID)), "Sam"), ticket.AccountActor("ada", "Ada")
	d.policy[string(sam.Account)], d.policy[string(ada.Account)] = ticket.Grant{All: true}, ticket.Grant{All: true}
	last := func(a ticket.Actor) string {
		v, err := svc.LastView(t.Context(), a)
		require.NoError(t, err)
		return v
	}
	require.Empty(t, last(sam))
	keep := func(view string) func(context.Context) error {
		return func(ctx context.Context) error { return svc.KeepLastView(ctx, sam, view) }
	}
	require.Equal(t, []ticket.Kind{"", ""}, meet(t.Context(), keep("mine"), keep("due")), "two first ones are both kept")
	require.Contains(t, []string{"mine", "due"}, last(sam))
	for _, view := range []string{"open", "open", wide(64)} {
		require.NoError(t, keep(view)(t.Context()))
		require.Equal(t, view, last(sam))
	}
	require.Empty(t, last(ada), "each has their own")
	for _, view := range []string{"", " ", wide(65), "a\nb"} {
		requireKind(t, ticket.Invalid, keep(view)(t.Context()), view)
	}
	require.Equal(t, wide(64), last(sam))
	requireKind(t, ticket.Denied, svc.KeepLastView(t.Context(), desksOwn, "open"), "the desk has no browser")
	requireKind(t, ticket.Unauthenticated, svc.KeepLastView(t.Context(), ticket.Actor{}, "open"))
	views, err := svc.Views(t.Context(), sam)
	require.NoError(t, err)
	require.Len(t, views, len(svc.DefaultViews()), "it is none of the saved views")
}

func testPreferences(t *testing.T, d *desk) {
	svc := d.service()
	sam, ada := ticket.AccountActor(ticket.AccountID(strings.Repeat("s", ticket.MaxAccountID)), "Sam"), ticket.AccountActor("ada", "Ada")
	d.policy[string(sam.Account)], d.policy[string(ada.Account)] = ticket.Grant{All: true}, ticket.Grant{All: true}
	have := func(a ticket.Actor) ticket.Preferences {
		p, err := svc.Preferences(t.Context(), a)
		require.NoError(t, err)
		return p
	}
	require.Zero(t, have(sam))
	keep := func(e ticket.PreferencesEdit) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := svc.KeepPreferences(ctx, sam, e)
			return err
		}
	}
	require.Equal(t, []ticket.Kind{"", "", ""}, meet(t.Context(), keep(ticket.PreferencesEdit{Locale: new("en")}), keep(ticket.PreferencesEdit{Theme: new("dark")}), keep(ticket.PreferencesEdit{Shortcuts: new("off")})))
	require.Equal(t, ticket.Preferences{Locale: "en", Theme: "dark", Shortcuts: "off"}, have(sam), "none of three at the same time is lost")
	got, err := svc.KeepPreferences(t.Context(), sam, ticket.PreferencesEdit{Locale: new(""), Theme: new("auto")})
	require.NoError(t, err)
	require.Equal(t, ticket.Preferences{Theme: "auto", Shortcuts: "off"}, got)
	require.Equal(t, got, have(sam))
	require.Zero(t, have(ada), "each has their own")
	for field, e := range map[string]ticket.PreferencesEdit{"locale": {Locale: new("fr")}, "theme": {Locale: new("de"), Theme: new("neon")}, "shortcuts": {Shortcuts: new("On")}} {
		err := keep(e)(t.Context())
		requireKind(t, ticket.Invalid, err, field)
		require.ErrorContains(t, err, field)
	}
	require.Equal(t, got, have(sam), "what is refused changes nothing")
	requireKind(t, ticket.Denied, func() error {
		_, err := svc.KeepPreferences(t.Context(), desksOwn, ticket.PreferencesEdit{})
		return err
	}(), "the desk has no browser")
	requireKind(t, ticket.Unauthenticated, func() error { _, err := svc.Preferences(t.Context(), ticket.Actor{}); return err }(), "nobody")
}

func testImages(t *testing.T, d *desk) {
	svc := d.service()
	sam := ticket.AccountActor("sam", "Sam")
	d.policy["sam"] = ticket.Grant{All: true}
	picture := func(words string) []byte {
		return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg"><title>%s</title></svg>`, words)
	}
	add := func(content []byte) *ticket.Image {
		img, err := svc.AddImage(t.Context(), sam, content)
		require.NoError(t, err)
		return img
	}
	gif := []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
	used, unused := add(picture("ä")), add(gif)
	require.Equal(t, "image/svg+xml", used.ContentType)
	require.Equal(t, "image/gif", unused.ContentType)
	large := add(append(picture("large"), bytes.Repeat([]byte(" "), ticket.MaxImage-len(picture("large")))...))
	for _, img := range []*ticket.Image{used, unused, large} {
		got, err := svc.Image(t.Context(), ticket.SystemActor("pages"), img.ID)
		require.NoError(t, err)
		require.Equal(t, img, got)
	}
	require.Equal(t, used.ID, add(picture("ä")).ID, "the same picture is the same")
	_, err := svc.SetBranding(t.Context(), sam, ticket.Branding{LogoLight: "/desk/api/branding/images/" + used.ID})
	require.NoError(t, err)

	d.now = d.now.Add(25 * time.Hour)
	late := add(picture("late"))
	for _, img := range []*ticket.Image{used, late} {
		_, err = svc.Image(t.Context(), sam, img.ID)
		require.NoError(t, err, "the branding names it, or may soon")
	}
	for _, img := range []*ticket.Image{unused, large} {
		_, err = svc.Image(t.Context(), sam, img.ID)
		requireKind(t, ticket.NotFound, err, "nothing names it")
	}

	for name, content := range map[string][]byte{"empty": nil, "text": []byte("logo"), "html": []byte("<html><svg xmlns=\"http://www.w3.org/2000/svg\"/></html>"), "broken": picture("x")[:60],
		"no namespace": []byte("<svg></svg>"), "two roots": append(picture("a"), picture("b")...), "too large": append(gif, make([]byte, ticket.MaxImage)...)} {
		_, err := svc.AddImage(t.Context(), sam, content)
		requireKind(t, ticket.Invalid, err, name)
		require.ErrorContains(t, err, "file", name)
	}
	_, err = svc.AddImage(t.Context(), ticket.AccountActor("nobody", "Nobody"), gif)
	requireKind(t, ticket.Denied, err, "without a permission")
	for i := 0; err == nil || ticket.KindOf(err) == ticket.Denied; i++ {
		require.Less(t, i, 100, "there is an end")
		_, err = svc.AddImage(t.Context(), sam, picture(fmt.Sprint(i)))
	}
	requireKind(t, ticket.Conflict, err, "too many that nobody has saved yet")
	add(picture("late"))
}

func testOppositeMerges(t *testing.T, d *desk) {
	svc := d.service()
	for i := range 8 {
		a, b := d.open(svc, fmt.Sprintf("a%d@firma.example", i)), d.open(svc, fmt.Sprintf("b%d@firma.example", i))
		merge := func(from, into ticket.ID) func(context.Context) error {
			return func(ctx context.Context) error { _, err := svc.Merge(ctx, desksOwn, from, 0, into, 0); return err }
		}
		require.ElementsMatch(t, []ticket.Kind{"", ticket.Conflict}, meet(t.Context(), merge(a.ID, b.ID), merge(b.ID, a.ID)))
		live, over := d.read(a.ID), d.read(b.ID)
		if live.MergedInto != "" {
			live, over = over, live
		}
		require.Equal(t, []ticket.ID{"", live.ID}, []ticket.ID{live.MergedInto, over.MergedInto})
		ms, err := d.Store.Messages(t.Context(), d.all, ticket.MessageQuery{Ticket: live.ID, Kinds: []ticket.MessageKind{ticket.Public}})
		require.NoError(t, err)
		require.Len(t, ms, 2)
	}
	d.verify(svc)
}

// testReplyMeetsMerge: a reply comes before the merge and moves with it, or it is refused; it is never left behind.
func testReplyMeetsMerge(t *testing.T, d *desk) {
	svc := d.service()
	for i := range 8 {
		a, b := d.open(svc, fmt.Sprintf("a%d@firma.example", i)), d.open(svc, fmt.Sprintf("b%d@firma.example", i))
		got := meet(t.Context(), func(ctx context.Context) error {
			_, err := svc.Reply(ctx, desksOwn, a.ID, 0, ticket.NewMessage{Body: "reply"})
			return err
		}, func(ctx context.Context) error {
			_, err := svc.Merge(ctx, desksOwn, a.ID, 0, b.ID, 0)
			return err
		})
		require.Contains(t, []ticket.Kind{"", ticket.Conflict}, got[0])
		require.Empty(t, got[1])
		left, err := d.Store.Messages(t.Context(), d.all, ticket.MessageQuery{Ticket: a.ID})
		require.NoError(t, err)
		require.Empty(t, left)
		ms, err := d.Store.Messages(t.Context(), d.all, ticket.MessageQuery{Ticket: b.ID, Kinds: []ticket.MessageKind{ticket.Public}})
		require.NoError(t, err)
		want := 2
		if got[0] == "" {
			want = 3
		}
		require.Len(t, ms, want)
	}
	d.verify(svc)
}

// testParentCircle: each of the two links is harmless, and no ticket is in both of them.
func testParentCircle(t *testing.T, d *desk) {
	svc := d.service()
	child := func(parent, of *ticket.Ticket) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := svc.Link(ctx, desksOwn, parent.ID, 0, of.ID, ticket.Child)
			return err
		}
	}
	for i := range 6 {
		var ts [4]*ticket.Ticket
		for n := range ts {
			ts[n] = d.open(svc, fmt.Sprintf("%d-%d@firma.example", i, n))
		}
		require.NoError(t, child(ts[0], ts[1])(t.Context()))
		require.NoError(t, child(ts[2], ts[3])(t.Context()))
		require.ElementsMatch(t, []ticket.Kind{"", ticket.Conflict}, meet(t.Context(), child(ts[1], ts[2]), child(ts[3], ts[0])))
	}
	d.verify(svc)
}

func testLimitTogether(t *testing.T, d *desk) {
	svc := d.service(func(c *ticket.Config) { c.MaxOpenPerRequester = 2 })
	const mail = "kim@firma.example"
	d.open(svc, mail)
	calls := []func(context.Context) error{func(ctx context.Context) error {
		_, err := svc.Receive(ctx, desksOwn, ticket.Incoming{Channel: "chat", Key: "1", Interactive: true,
			From: ticket.Person{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: mail}}, Text: "hi"})
		return err
	}}
	for range 5 {
		calls = append(calls, func(ctx context.Context) error { _, err := svc.Open(ctx, desksOwn, newTicket(mail)); return err })
	}
	passed := 0
	for _, k := range meet(t.Context(), calls...) {
		if k == "" {
			passed++
		} else {
			require.Equal(t, ticket.Conflict, k)
		}
	}
	require.Equal(t, 1, passed)
	require.Len(t, d.list(ticket.Query{Limit: 100}), 2)
	d.verify(svc)
}

func testOneDefault(t *testing.T, d *desk) {
	svc := d.service()
	third, err := svc.CreateQueue(t.Context(), desksOwn, "Third")
	require.NoError(t, err)
	yes := true
	edit := func(id ticket.QueueID) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := svc.EditQueue(ctx, desksOwn, id, ticket.QueueEdit{Default: &yes})
			return err
		}
	}
	for range 4 {
		require.Equal(t, []ticket.Kind{"", "", ""}, meet(t.Context(), edit(d.queues[0].ID), edit(d.queues[1].ID), edit(third.ID)))
		qs, err := d.Store.Queues(t.Context())
		require.NoError(t, err)
		n := 0
		for _, q := range qs {
			if q.Default {
				n++
			}
		}
		require.Equal(t, 1, n)
	}
	d.verify(svc)
}

func testOneField(t *testing.T, d *desk) {
	svc := d.service()
	create := func(ctx context.Context) error {
		_, err := svc.CreateField(ctx, desksOwn, ticket.Field{Name: "order", Type: ticket.FieldText})
		return err
	}
	got := meet(t.Context(), create, create, create)
	require.ElementsMatch(t, []ticket.Kind{"", ticket.Conflict, ticket.Conflict}, got)
	d.verify(svc)
}
