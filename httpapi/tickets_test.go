package httpapi

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func TestCreateAndGetTicket(t *testing.T) {
	t.Parallel()
	d := setup(t)
	a := d.as("sam", 201, post, "/tickets", map[string]any{
		"subject": "Drucker im 2. Stock", "body": "Papier klemmt.", "requester": map[string]any{"name": "Karla Kundin", "email": "Karla@kunde.example"},
		"queue": "support", "priority": "high", "tags": []string{"VIP", "drucker"}, "fields": map[string]any{"raum": "2.14", "sitze": 3}, "source": "phone",
	})
	got := a.json()
	id, number := got["id"].(string), got["number"].(float64)
	require.Equal(t, "tickets/"+id, a.header.Get("Location"))
	require.Equal(t, `"1"`, a.header.Get("ETag"))
	require.Subset(t, got, map[string]any{"subject": "Drucker im 2. Stock", "status": "new", "priority": "high", "queue": "Support", "channel": "api",
		"source": "phone", "assignee": nil, "tags": []any{"drucker", "vip"}, "fields": map[string]any{"raum": "2.14", "sitze": 3.0},
		"preview": "Papier klemmt.", "version": 1.0, "sla": map[string]any{"state": "none", "clock": "", "due_at": nil, "soon_at": nil, "remaining_seconds": nil, "breached": false}, "snoozed_until": nil, "merged_into": nil})
	require.Subset(t, got["requester"], map[string]any{"name": "Karla Kundin", "email": "karla@kunde.example"})

	for _, name := range []string{id, strconv.Itoa(int(number))} {
		require.Equal(t, got, d.as("vera", 200, get, "/tickets/"+name, nil).json(), name)
	}
	for _, name := range []string{"#1", "0", "-1", "+1", "01x", "9999", "99999999999999999999", "00000000-0000-7000-8000-000000000000", "%00", "a%2Fb"} {
		if name == "#1" {
			name = url.PathEscape(name)
		}
		require.Equal(t, "not_found", d.as("anna", 404, get, "/tickets/"+name, nil).problem(), name)
	}
}

func TestCreateTicketRefuses(t *testing.T) {
	t.Parallel()
	d := setup(t)
	who := map[string]any{"email": "a@b.example"}
	for want, body := range map[string]map[string]any{
		"subject":         {"subject": " ", "requester": who},
		"requester.email": {"subject": "x", "requester": map[string]any{"email": "a b@c.example"}},
		"requester.mail":  {"subject": "x", "requester": map[string]any{"mail": "a@b.example"}},
		"priority":        {"subject": "x", "requester": who, "priority": "extreme"},
		"queue":           {"subject": "x", "requester": who, "queue": "Nirgends"},
		"tags":            {"subject": "x", "requester": who, "tags": []string{"two words"}},
		"fields.a":        {"subject": "x", "requester": who, "fields": map[string]any{"a": []int{1}}},
		"created_at":      {"subject": "x", "requester": who, "created_at": "2020-01-01T00:00:00Z"},
		"demo":            {"subject": "x", "requester": who, "demo": true},
		"channel":         {"subject": "x", "requester": who, "channel": "email"},
	} {
		require.Equal(t, []string{want}, d.as("sam", 400, post, "/tickets", body).fields(), want)
	}
	require.Equal(t, []string{"requester.email"}, d.as("sam", 400, post, "/tickets", `{"subject":"x","requester":{"email":"a@b.example\r\nBcc: c@d.example"}}`).fields())
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	d := setup(t)
	body := map[string]any{"subject": "einmal", "requester": map[string]any{"email": "a@b.example"}}
	create := func(who, key string) any { // more of it in repeats_test.go
		return d.as(who, 201, post, "/tickets", body, header{"Idempotency-Key", key}).json()["id"]
	}
	first := create("sam", "k1")
	require.Equal(t, first, create("sam", "k1"))
	require.NotEqual(t, first, create("sam", "k2"))
	require.NotEqual(t, first, create("anna", "k1")) // keys are everybody's own
	require.Equal(t, []string{"Idempotency-Key"}, d.as("sam", 400, post, "/tickets", body, header{"Idempotency-Key", string(make([]byte, 256))}).fields())
	require.Len(t, d.as("sam", 200, get, "/tickets", nil).items(), 3)
}

func TestEntityTags(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker")
	at := ticketPath(tk, "")
	prio := func(p string) map[string]any { return map[string]any{"priority": p} }
	match := func(v string) header { return header{"If-Match", v} }
	for _, bad := range []string{"1", `"1`, "", `""x""`, `"1", "2"`, "W/1"} {
		require.Equal(t, []string{"If-Match"}, d.as("sam", 400, edit, at, prio("high"), match(bad)).fields(), bad)
	}
	for _, stale := range []string{`"2"`, `"0"`, `"-1"`, `"abc"`, `W/"1"`, `"01"`, `""`} {
		require.Equal(t, "stale", d.as("sam", 412, edit, at, prio("high"), match(stale)).problem(), stale)
	}
	a := d.as("sam", 200, edit, at, prio("high"), match(`"1"`))
	require.Equal(t, `"2"`, a.header.Get("ETag"))
	d.as("sam", 412, edit, at, prio("low"), match(`"1"`))
	d.as("sam", 200, edit, at, prio("low"), match("*"))
	d.as("sam", 200, edit, at, prio("normal"))
	for _, path := range []string{"/claim", "/unclaim", "/escalate", "/close", "/reopen", "/spam"} {
		d.as("sam", 412, post, at+path, nil, match(`"1"`))
	}
	d.as("sam", 412, post, at+"/assign", map[string]any{"assignee": "me"}, match(`"1"`))
	d.as("sam", 412, post, at+"/snooze", map[string]any{"until": d.clock.now().Add(time.Hour)}, match(`"1"`))
	d.as("sam", 412, post, at+"/tags", map[string]any{"add": []string{"a"}}, match(`"1"`))
	d.as("sam", 412, post, at+"/messages", map[string]any{"kind": "note", "body": "x"}, match(`"1"`))
	d.as("anna", 412, del, at, nil, match(`"1"`))

	version := d.as("sam", 200, get, at, nil).header.Get("ETag")
	require.Equal(t, `"4"`, version)
	for _, h := range []string{version, `"9", ` + version, "W/" + version, "*"} {
		a := d.as("sam", 304, get, at, nil, header{"If-None-Match", h})
		require.Empty(t, a.body)
		require.Equal(t, version, a.header.Get("ETag"))
	}
	d.as("sam", 200, get, at, nil, header{"If-None-Match", `"3"`})
}

func TestEditTicket(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker")
	_, err := d.service.CreateQueue(t.Context(), system, "Technik")
	require.NoError(t, err)
	at := ticketPath(tk, "")
	got := d.as("sam", 200, edit, at, map[string]any{"subject": "Neu", "status": "waiting_supplier", "priority": "urgent", "queue": "Technik",
		"assignee": "me", "tags": []string{"b", "a"}, "fields": map[string]any{"x": 1, "y": "z"}}).json()
	require.Subset(t, got, map[string]any{"subject": "Neu", "status": "waiting_supplier", "category": "pending", "priority": "urgent", "queue": "Technik",
		"tags": []any{"a", "b"}, "fields": map[string]any{"x": 1.0, "y": "z"}, "version": 2.0})
	require.Equal(t, map[string]any{"id": string(d.users["sam"].ID), "name": "sam"}, got["assignee"])
	got = d.as("sam", 200, edit, at, `{"assignee":null,"fields":{"x":null}}`).json()
	require.Nil(t, got["assignee"])
	require.Equal(t, map[string]any{"y": "z"}, got["fields"])
	for field, body := range map[string]string{"assignee": `{"assignee":7}`, "subject": `{"subject":null}`, "status": `{"status":"snoozed"}`,
		"queue": `{"queue":"Nirgends"}`, "number": `{"number":1}`, "version": `{"version":1}`, "requester": `{"requester":{}}`} {
		require.Equal(t, []string{field}, d.as("sam", 400, edit, at, body).fields())
	}
	require.Equal(t, []string{"assignee"}, d.as("sam", 400, edit, at, `{"assignee":"nobody"}`).fields())
	require.Equal(t, []string{"assignee"}, d.as("sam", 400, edit, at, map[string]any{"assignee": d.users["vera"].ID}).fields()) // a viewer cannot work on it
	d.as("sam", 409, edit, at, map[string]any{"status": "new"})
	require.EqualValues(t, 3, d.as("sam", 200, edit, at, "{}").json()["version"])
}

func TestActions(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker")
	at := ticketPath(tk, "")
	do := func(who, name string, body any, want map[string]any) {
		t.Helper()
		require.Subset(t, d.as(who, 200, post, at+"/"+name, body).json(), want)
	}
	do("sam", "claim", nil, map[string]any{"status": "open"})
	do("sam", "claim", nil, map[string]any{"status": "open", "version": 2.0})
	require.Contains(t, d.as("anna", 409, post, at+"/claim", nil).json()["detail"], "sam")
	do("sam", "unclaim", nil, map[string]any{"assignee": nil})
	do("sam", "assign", map[string]any{"assignee": d.users["anna"].ID}, map[string]any{"assignee": map[string]any{"id": string(d.users["anna"].ID), "name": "anna"}})
	do("sam", "assign", `{"assignee":null}`, map[string]any{"assignee": nil})
	require.Equal(t, []string{"assignee"}, d.as("sam", 400, post, at+"/assign", `{}`).fields())
	do("sam", "escalate", map[string]any{"reason": "dringend"}, map[string]any{"priority": "high", "escalation": 1.0})
	do("sam", "escalate", nil, map[string]any{"priority": "urgent", "escalation": 2.0})
	do("sam", "tags", map[string]any{"add": []string{"vip", "a"}, "remove": []string{"a"}}, map[string]any{"tags": []any{"vip"}})
	until := d.clock.now().Add(48 * time.Hour).Truncate(time.Second)
	do("sam", "snooze", map[string]any{"until": until}, map[string]any{"status": "snoozed", "snoozed_until": until.Format(time.RFC3339)})
	for _, body := range []string{`{"until":"2001-01-01T00:00:00Z"}`, `{"until":"soon"}`, `{}`} {
		require.Equal(t, []string{"until"}, d.as("sam", 400, post, at+"/snooze", body).fields(), body)
	}
	do("sam", "reopen", nil, map[string]any{"status": "open", "snoozed_until": nil})
	do("sam", "close", map[string]any{"reason": "erledigt"}, map[string]any{"status": "closed", "escalation": 0.0})
	d.as("sam", 409, post, at+"/claim", nil)
	do("sam", "reopen", nil, map[string]any{"status": "open", "resolved_at": nil})
	do("sam", "spam", nil, map[string]any{"status": "spam"})
	d.as("vera", 403, post, at+"/reopen", nil)
	d.as("sam", 403, del, at, nil)
	d.as("anna", 204, del, at, nil)
	d.as("anna", 404, get, at, nil)
}

// TestClaimRace: of many who claim at once with the same entity tag one wins.
func TestClaimRace(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker")
	tokens := []string{d.bearer("anna"), d.bearer("sam")}
	status := make([]int, 8)
	var wg sync.WaitGroup
	for i := range status {
		wg.Go(func() {
			status[i] = d.call(tokens[i%2], post, ticketPath(tk, "/claim"), nil, header{"If-Match", `"1"`}).status
		})
	}
	wg.Wait()
	won := 0
	for _, s := range status {
		require.Contains(t, []int{200, 412}, s)
		if s == 200 {
			won++
		}
	}
	require.Equal(t, 1, won)
}

func TestListTickets(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tech, err := d.service.CreateQueue(t.Context(), system, "Technik")
	require.NoError(t, err)
	a := d.open("Drucker druckt nicht", func(n *ticket.NewTicket) { n.Priority = ticket.High; n.Tags = []string{"vip", "eilig"} })
	b := d.open("Rechnung falsch", inQueue(tech.ID), func(n *ticket.NewTicket) { n.Tags = []string{"vip"}; n.Channel = "discord" })
	c := d.open("Größe ändern", func(n *ticket.NewTicket) {
		n.Requester = ticket.Person{Name: "Karla", Identity: ticket.Identity{Value: "karla@kunde.example"}}
	})
	d.as("sam", 200, post, ticketPath(a, "/claim"), nil)
	d.as("sam", 200, post, ticketPath(b, "/escalate"), nil)
	d.as("anna", 200, edit, ticketPath(c, ""), map[string]any{"status": "waiting_supplier"})
	names := map[float64]string{float64(a.Number): "a", float64(b.Number): "b", float64(c.Number): "c"}
	for query, want := range map[string]string{
		"":                                      "cba",
		"sort=number":                           "abc",
		"sort=-priority":                        "bac",
		"sort=created_at&limit=2":               "ab",
		"status=open":                           "a",
		"status=open,new":                       "ba",
		"status=open&status=new":                "ba",
		"q=is:pending":                          "c",
		"q=status:pending":                      "",
		"status=waiting_supplier":               "c",
		"queue=technik":                         "b",
		"queue=" + string(tech.ID):              "b",
		"q=queue:technik":                       "b",
		"assignee=me":                           "a",
		"assignee=none":                         "cb",
		"assignee=sam":                          "a",
		"q=is:mine":                             "a",
		"q=is:unassigned":                       "cb",
		"assignee=" + string(d.users["sam"].ID): "a",
		"priority=high":                         "ba",
		"q=prio:high+tag:eilig":                 "a",
		"tag=vip":                               "ba",
		"tag=vip,eilig":                         "a",
		"channel=discord":                       "b",
		"q=channel:email":                       "ca",
		"q=is:escalated":                        "b",
		"requester=" + string(c.Requester.ID):   "c",
		"q=" + url.QueryEscape("#"+strconv.Itoa(int(b.Number))): "b",
		"q=drucker":                              "a",
		"q=" + url.QueryEscape(`"druckt nicht"`): "a",
		"q=" + url.QueryEscape(`"nicht druckt"`): "",
		"q=grosse+OR+1%3D1":                      "",
		"q=" + url.QueryEscape("' OR ''='"):      "",
		"q=nirgends":                             "",
	} {
		got := ""
		for _, n := range d.as("sam", 200, get, "/tickets?"+query, nil).pluck("number") {
			got += names[n.(float64)]
		}
		require.Equal(t, want, got, query)
	}
}

// TestPages walks through a list that changes meanwhile: no ticket comes twice, and none that stood still is missing.
func TestPages(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for i := range 7 {
		d.open(fmt.Sprint("Ticket ", i))
	}
	for _, sort := range ticket.Sorts() {
		seen, pages, cursor := map[any]bool{}, 0, ""
		for {
			a := d.as("vera", 200, get, "/tickets?limit=3&sort="+string(sort)+"&cursor="+cursor, nil)
			pages++
			for _, id := range a.pluck("id") {
				require.False(t, seen[id])
				seen[id] = true
			}
			next, more := a.json()["next_cursor"].(string)
			if !more {
				break
			}
			cursor = next
		}
		require.Len(t, seen, 7, sort)
		require.Equal(t, 3, pages)
	}
	next := d.as("vera", 200, get, "/tickets?limit=3&sort=number", nil).json()["next_cursor"].(string)
	require.Equal(t, []string{"cursor"}, d.as("vera", 400, get, "/tickets?sort=-number&cursor="+next, nil).fields())
}

// counting counts what the service asks its store for.
type counting struct {
	ticket.Store
	n *int
}

func (s counting) Ticket(ctx context.Context, sc ticket.Scope, id ticket.ID) (*ticket.Ticket, error) {
	*s.n++
	return s.Store.Ticket(ctx, sc, id)
}

func (s counting) TicketByNumber(ctx context.Context, sc ticket.Scope, n int64) (*ticket.Ticket, error) {
	*s.n++
	return s.Store.TicketByNumber(ctx, sc, n)
}

func (s counting) Tickets(ctx context.Context, sc ticket.Scope, q ticket.Query) ([]ticket.Ticket, error) {
	*s.n++
	return s.Store.Tickets(ctx, sc, q)
}

func (s counting) Queues(ctx context.Context) ([]ticket.Queue, error) {
	*s.n++
	return s.Store.Queues(ctx)
}

// TestReadsAreLean: beside the sign-in, the calls that people wait for cost one query.
func TestReadsAreLean(t *testing.T) {
	t.Parallel()
	n := 0
	d := setup(t, wrapStore(func(s ticket.Store) ticket.Store { return counting{s, &n} }))
	tk := d.open("Drucker")
	d.bearer("sam")
	for path, want := range map[string]int{
		ticketPath(tk, ""):                      1,
		fmt.Sprint("/tickets/", tk.Number):      1,
		"/tickets?q=is:open+drucker&tag=a":      1,
		"/tickets?assignee=me&limit=100":        1,
		"/tickets?queue=" + string(tk.Queue.ID): 1,
		"/tickets?queue=Support":                2, // names are looked up
		"/auth/me":                              0,
	} {
		n = 0
		d.as("sam", 200, get, path, nil)
		require.Equal(t, want, n, path)
	}
}
