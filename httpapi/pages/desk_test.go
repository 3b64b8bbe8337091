package pages_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/httpapi/pages"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestInbox(t *testing.T) {
	t.Parallel()
	d := setup(t)
	b := d.as("anna")
	b.ok("/").has("Nothing to do here", "New ticket")
	b.ok("/?view=mine").has("No ticket is assigned to you right now", "Show unassigned")
	d.as("vera").ok("/?view=mine").has("Nothing to do here").lacks("New ticket")

	ids := map[string]ticket.ID{}
	for i, name := range []string{"fresh", "mine", "waiting", "asleep", "over", "junk", "hot"} {
		d.clock.Add(time.Minute)
		tk := d.open(func(n *ticket.NewTicket) {
			n.Subject, n.Priority, n.Body = "ticket "+name, ticket.Priorities()[i%4], "the words of "+name
			if i%2 == 1 {
				n.Queue = d.billing
			}
		})
		ids[name] = tk.ID
	}
	must := func(_ *ticket.Ticket, err error) { require.NoError(t, err) }
	must(d.svc.Claim(t.Context(), d.actor("anna"), ids["mine"], 0))
	must(d.svc.SetStatus(t.Context(), system, ids["waiting"], 0, "waiting_supplier"))
	must(d.svc.Snooze(t.Context(), system, ids["asleep"], 0, d.clock.Now().Add(time.Hour)))
	must(d.svc.Close(t.Context(), system, ids["over"], 0, ""))
	must(d.svc.SetStatus(t.Context(), system, ids["junk"], 0, "spam"))
	must(d.svc.Escalate(t.Context(), system, ids["hot"], 0, ""))

	for view, want := range map[string]string{"mine": "mine", "unassigned": "fresh waiting asleep hot", "open": "fresh mine hot", "pending": "waiting",
		"snoozed": "asleep", "escalated": "hot", "done": "over", "spam": "junk", "all": "fresh mine waiting asleep over junk hot", "active": "fresh mine asleep hot", "nonsense": "fresh mine hot"} {
		p := b.ok("/?view=" + view)
		for name := range ids {
			require.Equal(t, strings.Contains(" "+want+" ", " "+name+" "), strings.Contains(p.text(), "ticket "+name), "%s in %s", name, view)
		}
	}
	b.ok("/?view=open").has("4 Open", "4 Unassigned", "1 Mine", "6 Created today", "1 Resolved today", "Kim Sommer", "the words of fresh", "waiting_supplier")
	b.ok("/?view=all&queue=" + string(d.billing)).has("ticket mine").lacks("ticket fresh")
	b.ok("/?view=all&priority=urgent").has("ticket asleep").lacks("ticket fresh")
	b.ok("/?view=mine&assignee=none").has("ticket fresh").lacks("ticket mine")
	b.ok("/?view=all&assignee=me").has("ticket mine").lacks("ticket fresh")
	b.ok("/?view=all&assignee=" + string(d.users["anna"].ID)).has("ticket mine")
	b.ok("/?view=open&status=closed").has("ticket over").lacks("ticket fresh")
	b.ok("/?view=all&q=" + url.QueryEscape(`"words of hot"`)).has("ticket hot").lacks("ticket fresh")
	b.ok("/?view=all&q=zzz").has("No ticket matches", "Show all tickets")
	p := b.ok("/?view=all&q=words&priority=low&sort=created_at")
	require.Equal(t, []string{"words", "low", "created_at"}, []string{p.value("q"), p.value("f-prio"), p.value("f-sort")})
	require.Equal(t, "/desk/tickets/3", b.get("/?view=all&q=%233").head.Get("Location"), "a number leads to its ticket")
	for _, bad := range []string{"status=x", "priority=x", "sort=x", "cursor=x", "requester=x", "q=" + strings.Repeat("x", 600)} {
		p := b.get("/?view=all&" + bad)
		require.Equal(t, http.StatusUnprocessableEntity, p.code, bad)
	}
	bert := d.as("bert")
	bert.ok("/?view=all").has("ticket mine").lacks("ticket fresh", "ticket hot")
}

func TestInboxPages(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for i := range 95 {
		d.clock.Add(time.Second)
		d.open(func(n *ticket.NewTicket) { n.Subject = fmt.Sprintf("number <%d>", i) })
	}
	b := d.as("anna")
	seen := map[string]int{}
	next := "/?view=all&sort=-created_at"
	for pages := 0; next != ""; pages++ {
		require.Less(t, pages, 4)
		p := b.ok(next)
		for _, l := range p.links("/tickets/") {
			if l != "/tickets/new" {
				seen[l]++
			}
		}
		next = ""
		for _, l := range p.links("cursor=") {
			next = l
			require.Contains(t, next, "sort=-created_at")
		}
	}
	require.Len(t, seen, 95)
	for l, n := range seen {
		require.Equal(t, 1, n, l)
	}
}

func TestAudit(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open()
	b := d.as("anna")
	b.post(number(tk)+"/claim", form("version", b.ok(number(tk)).version()))
	b.ok("/audit").has("Anna Berger claimed the ticket", "Anna Berger signed in", "192.0.2.1", "#1", "Details")
	b.ok("/audit?type=ticket.claimed").has("claimed the ticket").lacks("Anna Berger signed in")
	b.ok("/audit?actor=" + string(d.users["anna"].ID)).has("Anna Berger signed in").lacks("opened the ticket")
	b.ok("/audit?ticket=1").has("claimed").lacks("Anna Berger signed in")
	b.ok("/audit?desk=1").has("Anna Berger signed in").lacks("Anna Berger claimed")
	b.ok("/audit?from=2026-03-27&to=2026-03-27").has("claimed")
	b.ok("/audit?from=2026-03-28").has("No entry matches")
	for _, bad := range []string{"type=x", "from=x", "to=x", "ticket=99", "ticket=x", "before=x", "before=-1"} {
		require.Equal(t, http.StatusUnprocessableEntity, b.get("/audit?"+bad).code, bad)
	}
	for range 60 {
		d.clock.Add(time.Second)
		_, err := d.svc.Note(t.Context(), d.actor("anna"), tk.ID, 0, ticket.NewMessage{Body: "x"})
		require.NoError(t, err)
	}
	for _, path := range []string{"/audit", "/audit?ticket=1"} {
		p := b.ok(path)
		older := p.links("before=")
		require.Len(t, older, 1, path)
		p = b.ok(older[0])
		p.has("claimed the ticket", "Back to start")
		require.Empty(t, p.links("before="))
	}
	admin := d.as("admin")
	require.NoError(t, d.svc.Delete(t.Context(), d.actor("admin"), tk.ID, 0))
	admin.ok("/audit").has("admin deleted ticket #1")
	bert := d.as("bert")
	bert.ok("/audit").lacks("signed in", "deleted ticket")
}

func TestUsers(t *testing.T) {
	t.Parallel()
	d := setup(t)
	b := d.as("admin")
	b.ok("/users").has("admin", "Anna Berger", "Support", "Never", "Active", "only 1 queue", "Add user")
	add := form("username", "nora", "name", "Nora New", "role", "support", "password", "Zwölf Enten schweigen", "queue", string(d.support))
	b.goes(b.post("/users", add), "/users").has("The user was created.", "Nora New")
	p := b.post("/users", add)
	require.Equal(t, http.StatusConflict, p.code)
	p.has("is taken already")
	require.Equal(t, []string{"nora", "Nora New", "support"}, []string{p.value("u-name"), p.value("u-display"), p.value("u-role")})
	require.NotContains(t, p.body, "Zwölf Enten", "a password never comes back")
	add.Set("username", "olaf")
	add.Set("password", "short")
	p = b.post("/users", add)
	require.Equal(t, http.StatusUnprocessableEntity, p.code)
	p.has("must have at least 8 characters")
	add.Set("role", "admin")
	add.Set("password", "Zwölf Enten schweigen")
	require.Equal(t, http.StatusUnprocessableEntity, b.post("/users", add).code, "an admin is never limited")

	anna := d.as("anna")
	path := "/users/" + string(d.users["anna"].ID)
	b.goes(b.post(path, form("name", "Anna B.", "role", "viewer", "active", "yes")), path).has("The account was saved.", "Anna B.", "Viewer")
	require.Equal(t, http.StatusSeeOther, anna.get("/").code, "her sessions have ended")
	b.goes(b.post(path, form("name", "Anna B.", "role", "viewer")), path)
	b.ok("/users").has("Deactivated")
	b.goes(b.post(path, form("name", "Anna B.", "role", "viewer", "active", "yes")), path)
	p = b.post(path+"/password", form("password", "short"))
	require.Equal(t, http.StatusUnprocessableEntity, p.code)
	require.Equal(t, "Anna B.", p.value("u-display"), "the other form keeps what is stored")
	b.goes(b.post(path+"/password", form("password", "Zwölf Enten schweigen")), path).has("The new password is in force.")
	_, err := d.acc.Login(t.Context(), "anna", "Zwölf Enten schweigen", rbac.LoginMeta{})
	require.NoError(t, err)

	self := "/users/" + string(d.users["admin"].ID)
	b.german()
	p = b.post(self, form("role", "viewer", "active", "yes"))
	require.Equal(t, http.StatusConflict, p.code)
	p.has("Die letzte aktive Administration muss bleiben")
	p = b.post(self+"/delete", nil)
	require.Equal(t, http.StatusConflict, p.code)
	p.has("Die letzte aktive Administration muss bleiben", "admin löschen?")
	b.ok(path+"/delete").has("Anna B. löschen?", "Das Konto")
	b.goes(b.post(path+"/delete", nil), "/users").has("Der Benutzer ist gelöscht.").lacks("Anna B.")
	require.Equal(t, http.StatusNotFound, b.get(path).code)

	vera := d.as("vera")
	for _, p := range []string{"/users", self, self + "/password", self + "/delete"} {
		require.Equal(t, http.StatusForbidden, vera.post(p, form("username", "x", "password", "Zwölf Enten schweigen", "role", "viewer")).code, p)
	}
}

func TestUserPages(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for i := range 60 {
		d.user(fmt.Sprintf("person %02d", i), "", rbac.RoleViewer)
	}
	b := d.as("admin")
	p := b.ok("/users").has("person 00").lacks("person 59")
	b.ok(p.links("after=")[0]).has("person 59", "Back to start").lacks("person 00")
}

func TestParked(t *testing.T) {
	t.Parallel()
	d := setup(t)
	b := d.as("anna")
	b.ok("/parked").has("Nothing is parked")
	for i := range 3 {
		require.NoError(t, d.store.ParkItem(t.Context(), &adapters.Parked{Channel: "imap", Key: fmt.Sprint(i), Reason: "too deep", Sender: "who@customer.example", Subject: fmt.Sprintf("<lost %d>", i), Raw: []byte("raw bytes")}))
	}
	p := b.ok("/parked").has("too deep", "who@customer.example", "<lost 2>", "E-mail", "9 B")
	raw := b.get(p.links("/raw")[0])
	require.Equal(t, "raw bytes", raw.body)
	require.Equal(t, "application/octet-stream", raw.head.Get("Content-Type"))
	require.True(t, strings.HasPrefix(raw.head.Get("Content-Disposition"), "attachment"))
	item := strings.TrimSuffix(p.links("/raw")[0], "/raw")
	p = b.post(item+"/retry", nil)
	require.Equal(t, http.StatusConflict, p.code)
	p.has("The channel imap cannot read it again.", "<lost 2>")
	b.ok(item + "/delete").has("Discard for good?")
	b.goes(b.post(item+"/delete", nil), "/parked").has("Discarded.")
	require.Equal(t, http.StatusNotFound, b.post(item+"/delete", nil).code)
	require.Equal(t, http.StatusNotFound, b.get(item+"/raw").code)

	none := setup(t, func(c *pages.Config) { c.Parked = nil })
	nb := none.as("anna")
	nb.ok("/").lacks("Parked")
	require.Equal(t, http.StatusNotFound, nb.get("/parked").code)
	require.Equal(t, http.StatusNotFound, nb.post("/parked/x/retry", nil).code)
}

func TestProfile(t *testing.T) {
	t.Parallel()
	d := setup(t)
	other, b := d.as("anna"), d.as("anna")
	p := b.ok("/profile").has("Anna Berger", "Sessions", "This one", "There is no token yet.")
	var ends []string
	for _, f := range p.forms() {
		if strings.HasSuffix(f, "/revoke") {
			ends = append(ends, strings.TrimPrefix(f, "/desk"))
		}
	}
	require.Len(t, ends, 1)
	b.goes(b.post(ends[0], nil), "/profile").has("The session was ended.")
	require.Equal(t, http.StatusSeeOther, other.get("/").code)

	p = b.post("/profile/tokens", form("name", "script", "expires", "2026-12-31"))
	require.Equal(t, http.StatusUnprocessableEntity, p.code)
	p.has("Choose at least one.")
	require.Equal(t, []string{"script", "2026-12-31"}, []string{p.value("t-name"), p.value("t-exp")})
	require.Equal(t, http.StatusForbidden, b.post("/profile/tokens", form("name", "script", "scope", "user:create")).code, "nobody gives more than they have")
	require.Equal(t, http.StatusUnprocessableEntity, b.post("/profile/tokens", form("name", "script", "scope", "ticket:read", "expires", "soon")).code)
	p = b.post("/profile/tokens", form("name", "script", "scope", "ticket:read", "scope", "message:read", "expires", "2026-12-31"))
	require.Equal(t, http.StatusCreated, p.code)
	secret := regexpFind(t, p.body, `tk_[a-z2-7]{48}`)
	p.has("Token “script” created", "It is shown this once.", "2 permissions")
	who, err := d.acc.Authenticate(t.Context(), secret)
	require.NoError(t, err)
	require.Equal(t, []ticket.Op{"message:read", "ticket:read"}, who.Permissions)
	p = b.ok("/profile").lacks(secret)
	var revoke string
	for _, f := range p.forms() {
		if strings.Contains(f, "/tokens/") {
			revoke = strings.TrimPrefix(f, "/desk")
		}
	}
	b.goes(b.post(revoke, nil), "/profile").has("The token was revoked.", "There is no token yet.")
	_, err = d.acc.Authenticate(t.Context(), secret)
	require.Equal(t, ticket.Unauthenticated, ticket.KindOf(err))
}
