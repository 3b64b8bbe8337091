package pages_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func TestTicketWalk(t *testing.T) {
	t.Parallel()
	d := setup(t)
	b := d.as("anna")

	p := b.ok("/tickets/new")
	key := p.body[strings.Index(p.body, `name="key" value="`)+len(`name="key" value="`):][:36]
	fields := form("key", key, "email", "kim@customer.example", "name", "Kim Sommer", "subject", "Printer on fire", "body", "It burns.\r\nSee https://example.org/a?b=1.",
		"priority", "high", "source", "phone", "tags", "printer, vip", "queue", string(d.support))
	p = b.goes(b.upload("/tickets/new", fields, file{"photo.png", "image/png", pngFile}), "/tickets/1").has("The ticket was created.", "Printer on fire",
		"Kim Sommer", "New", "High", "printer", "vip", "photo.png", "Phone", "Reply")
	require.Contains(t, p.links("https://"), "https://example.org/a?b=1", "a link without the full stop")
	require.Len(t, p.links("/thumbnails/"), 1)
	b.goes(b.upload("/tickets/new", fields), "/tickets/1")
	require.Equal(t, http.StatusNotFound, b.get("/tickets/2").code, "the button was pressed twice")

	post := func(action string, v ...string) *page {
		v = append(v, "version", b.ok("/tickets/1").version())
		return b.post("/tickets/1/"+action, form(v...))
	}
	b.goes(post("claim"), "/tickets/1").has("The ticket is yours now.", "Anna Berger claimed the ticket", "Release")
	b.goes(post("unclaim"), "/tickets/1").has("Claim")
	b.goes(post("escalate", "reason", "Third call"), "/tickets/1").has("Escalated, level 1", "Urgent", "Third call")
	b.goes(post("edit", "subject", "Printer burns", "status", "waiting_supplier", "priority", "low", "queue", string(d.billing), "assignee", string(d.users["bert"].ID)), "/tickets/1").
		has("Printer burns", "waiting_supplier", "Low", "Billing", "Bert Öztürk")
	now := d.get(d.get1().ID)
	require.Equal(t, ticket.Pending, now.Category)
	require.Equal(t, d.users["bert"].ID, now.Assignee.ID)
	b.goes(post("tags", "tags", "a b,c"), "/tickets/1")
	require.Equal(t, []string{"a", "b", "c"}, d.get1().Tags)
	b.goes(post("snooze", "until", "2026-04-01T08:00"), "/tickets/1").has("Snoozed", "1 Apr 2026, 08:00", "Wake now")
	require.Equal(t, time.Date(2026, 4, 1, 7, 0, 0, 0, time.UTC), d.get1().SnoozedUntil, "the form speaks the desk's time zone")
	b.goes(post("reopen"), "/tickets/1").has("Open")
	b.goes(post("close", "reason", "Put out"), "/tickets/1").has("Closed", "Put out", "Reopen").lacks("Send and close", "Claim")
	b.goes(post("reopen"), "/tickets/1")
	b.goes(post("spam"), "/tickets/1").has("Spam")
	b.goes(post("reopen"), "/tickets/1")

	p = b.upload("/tickets/1/reply", form("version", b.ok("/tickets/1").version(), "body", "We are\r\non our way.", "status", "pending"), file{"map.txt", "text/plain", "left, then right"})
	require.True(t, strings.HasSuffix(p.head.Get("Location"), "#end"))
	b.goes(p, "/tickets/1").has("The reply is on its way.", "We are on our way.", "Sending", "map.txt", "Pending")
	require.Equal(t, "We are\non our way.", d.messages(d.get1().ID)[1].Text, "lines end as everywhere")
	p = b.upload("/tickets/1/note", form("version", b.ok("/tickets/1").version(), "body", "Careful, hot."))
	b.goes(p, "/tickets/1").has("The note was saved.", "Internal note", "Careful, hot.")
	p = b.upload("/tickets/1/reply", form("version", b.ok("/tickets/1").version(), "body", "Done.", "status", "closed"))
	b.goes(p, "/tickets/1").has("the ticket is closed", "Closed")

	require.Equal(t, http.StatusForbidden, b.get("/tickets/1/delete").code, "support may not delete")
	admin := d.as("admin")
	p = admin.ok("/tickets/1/delete").has("Delete ticket #1?", "Printer burns", "cannot be undone")
	admin.goes(admin.post("/tickets/1/delete", form("version", p.version())), "/").has("The ticket was deleted.")
	require.Equal(t, http.StatusNotFound, admin.get("/tickets/1").code)
}

// get1 is the first ticket.
func (d *desk) get1() *ticket.Ticket {
	d.Helper()
	t, err := d.svc.GetNumber(d.Context(), system, 1)
	require.NoError(d, err)
	return t
}

func TestClashKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open()
	b := d.as("anna")
	v := b.ok(number(tk)).version()
	d.clock.Add(time.Minute)
	_, err := d.svc.SetPriority(t.Context(), d.actor("admin"), tk.ID, 0, ticket.Urgent)
	require.NoError(t, err)
	d.clock.Add(2 * time.Minute)

	p := b.upload(number(tk)+"/reply", form("version", v, "body", "A <b>long</b> answer\r\nof two lines", "status", "pending"), file{"plan.txt", "text/plain", "step one"})
	require.Equal(t, http.StatusPreconditionFailed, p.code)
	p.has("Somebody was faster", "admin changed the priority from Normal to Urgent", "2 minutes ago", "What you entered was kept", "plan.txt", "Already uploaded")
	require.Equal(t, "A <b>long</b> answer\nof two lines", p.value("reply-body"))
	require.Len(t, d.messages(tk.ID), 1)
	id := strings.TrimPrefix(regexpFind(t, p.body, `name="attachment" value="[0-9a-f-]{36}"`), `name="attachment" value="`)[:36]
	p = b.upload(number(tk)+"/reply", form("version", p.version(), "body", "A long answer", "status", "pending", "attachment", id))
	b.goes(p, number(tk)).has("A long answer", "plan.txt")
	ms := d.messages(tk.ID)
	require.Len(t, ms, 2)
	require.Equal(t, "plan.txt", ms[1].Attachments[0].Name, "the file did not have to be chosen again")

	p = b.upload(number(tk)+"/note", form("version", v, "body", "for us"))
	require.Equal(t, http.StatusPreconditionFailed, p.code)
	require.Equal(t, "for us", p.value("note-body"))
	require.Empty(t, p.value("reply-body"))
	require.Contains(t, p.body, `value="note" checked`)

	p = b.post(number(tk)+"/edit", form("version", v, "subject", "New subject", "status", "open", "priority", "low", "assignee", string(d.users["anna"].ID), "queue", string(d.support)))
	require.Equal(t, http.StatusPreconditionFailed, p.code)
	require.Equal(t, []string{"New subject", "low", string(d.users["anna"].ID)}, []string{p.value("e-subject"), p.value("e-prio"), p.value("e-who")})
	require.Equal(t, "Printer on fire", d.get(tk.ID).Subject)
	for action, field := range map[string]string{"escalate": "escalate-reason", "close": "close-reason"} {
		p = b.post(number(tk)+"/"+action, form("version", v, "reason", "because "+action))
		require.Equal(t, http.StatusPreconditionFailed, p.code)
		require.Equal(t, "because "+action, p.value(field))
	}
	p = b.post(number(tk)+"/snooze", form("version", p.version(), "until", "2020-01-01T08:00"))
	require.Equal(t, http.StatusUnprocessableEntity, p.code)
	p.has("Until: must lie in the future").lacks("Somebody was faster")
	require.Equal(t, "2020-01-01T08:00", p.value("snooze-until"))
	p = b.post(number(tk)+"/tags", form("version", p.version(), "tags", `"quoted"`))
	require.Equal(t, http.StatusUnprocessableEntity, p.code)
	require.Equal(t, `"quoted"`, p.value("s-tag"))
	require.Equal(t, http.StatusUnprocessableEntity, b.post(number(tk)+"/claim", form()).code, "a form without a version could overwrite anything")
}

func TestClaimRace(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open()
	anna, admin := d.as("anna").german(), d.as("admin")
	v := anna.ok(number(tk)).version()
	admin.goes(admin.post(number(tk)+"/claim", form("version", v)), number(tk))
	p := anna.post(number(tk)+"/claim", form("version", v))
	require.Equal(t, http.StatusPreconditionFailed, p.code)
	p.has("Jemand war schneller", "admin hat")
	p = anna.post(number(tk)+"/claim", form("version", p.version()))
	require.Equal(t, http.StatusConflict, p.code)
	p.has("admin war schneller und hat das Ticket.")
	require.Equal(t, d.users["admin"].ID, d.get(tk.ID).Assignee.ID)
}

func TestDoublePress(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open()
	b := d.as("anna")
	v := form("version", b.ok(number(tk)).version(), "body", "Once only.")
	b.goes(b.upload(number(tk)+"/reply", v), number(tk))
	b.goes(b.upload(number(tk)+"/reply", v), number(tk)).has("The reply is on its way.")
	require.Len(t, d.messages(tk.ID), 2)
	require.Equal(t, http.StatusPreconditionFailed, b.upload(number(tk)+"/note", v).code, "a note is not the reply")
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open()
	vera := d.as("vera")
	p := vera.ok(number(tk)).has("Printer on fire", "It burns.").lacks("Internal note", "New ticket", "Save")
	for _, f := range p.forms() {
		require.NotContains(t, f, "/tickets/", "a viewer has no form for tickets")
	}
	for _, action := range []string{"claim", "close", "escalate", "edit", "spam", "snooze", "tags", "reply", "note", "unclaim", "reopen", "delete"} {
		p := vera.post(number(tk)+"/"+action, form("version", "1", "body", "x", "status", "open", "until", "2026-04-01T08:00", "tags", "x", "subject", "x"))
		require.Equal(t, http.StatusForbidden, p.code, action)
		p.has("You do not have permission")
		require.Regexp(t, `The missing permission is [a-z]+:[a-z]+`, p.text())
	}
	require.Equal(t, ticket.Version(1), d.get(tk.ID).Version)
	for path, op := range map[string]string{"/tickets/new": "ticket:create", "/audit": "audit:read", "/users": "user:read", "/parked": "parked:retry", number(tk) + "/delete": "ticket:delete"} {
		p := vera.get(path)
		require.Equal(t, http.StatusForbidden, p.code, path)
		p.has(op)
	}
	d.as("anna").german().get("/users").has("Dafür fehlt Ihnen die Berechtigung", "user:read")

	bert := d.as("bert")
	require.Equal(t, http.StatusNotFound, bert.get(number(tk)).code, "the ticket is in another queue")
	require.Equal(t, http.StatusNotFound, bert.post(number(tk)+"/claim", form("version", "1")).code)
	require.Equal(t, http.StatusNotFound, bert.get("/transcripts/1").code)
	bert.ok("/?view=all").lacks("Printer on fire")
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	d := setup(t)
	no := false
	r := d.mail(ticket.Incoming{Subject: "Broken", Text: "It is broken.", Quoted: "On Monday you wrote", Verified: &no, Machine: true,
		Cc: []ticket.Person{{Name: "Robin", Identity: ticket.Identity{Kind: "email", Value: "robin@customer.example"}}}, Raw: []byte("Subject: Broken\r\n\r\nIt is broken.")})
	tk := d.get(r.TicketID)
	b := d.as("anna")
	p := b.ok(number(tk)).has("Sender not verified", "Automatic", "Quoted text", "On Monday you wrote", "Original mail", "Today", "Robin", "In copy")
	require.Len(t, p.links("/raw"), 1)
	p.has("To Kim Sommer kim@customer.example Copy Robin robin@customer.example")
	raw := b.get(p.links("/raw")[0])
	require.Equal(t, "message/rfc822", raw.head.Get("Content-Type"))
	require.Contains(t, raw.head.Get("Content-Disposition"), "attachment")
	require.Equal(t, "Subject: Broken\r\n\r\nIt is broken.", raw.body)

	yes := true
	signed := d.mail(ticket.Incoming{Subject: "Signed", Text: "x", Verified: &yes, Protection: ticket.Signed})
	b.ok(number(d.get(signed.TicketID))).has("Sender verified", "Signed").lacks("Sender not verified", "Encrypted")
	sealed := d.mail(ticket.Incoming{Subject: "Sealed", Text: "x", Protection: ticket.Encrypted})
	b.ok(number(d.get(sealed.TicketID))).has("Encrypted").lacks("Sender verified", "Sender not verified")

	m, err := d.svc.Reply(t.Context(), d.actor("anna"), tk.ID, 0, ticket.NewMessage{Body: "Restart it."})
	require.NoError(t, err)
	b.ok(number(tk)).has("Sending")
	require.NoError(t, d.svc.DeliveryFailed(t.Context(), system, m.ID, "550 mailbox <full>"))
	b.ok(number(tk)).has("Not delivered: 550 mailbox <full>")
	require.NoError(t, d.svc.Delivered(t.Context(), system, m.ID, "x@y"))
	b.ok(number(tk)).has("Sent")

	lost := d.open(func(n *ticket.NewTicket) { n.Requester.Identity.Value = "someone@nowhere.invalid" })
	b.ok(number(lost)).has("This reply reaches nobody")
	_, err = d.svc.Reply(t.Context(), d.actor("anna"), lost.ID, 0, ticket.NewMessage{Body: "Hello?"})
	require.NoError(t, err)
	b.ok(number(lost)).has("Delivered to nobody")

	for i := range 65 {
		d.clock.Add(time.Hour)
		_, err := d.svc.Note(t.Context(), d.actor("anna"), tk.ID, 0, ticket.NewMessage{Body: fmt.Sprintf("note <%d>", i)})
		require.NoError(t, err)
	}
	b = d.as("anna")
	p = b.ok(number(tk)).has("Earlier messages", "note <64>", "note <35>", "Yesterday").lacks("note <34>", "It is broken.")
	p = b.ok(p.links("?before=")[0]).has("note <34>", "note <5>", "To the newest messages").lacks("note <35>", "note <4>")
	b.ok(p.links("?before=")[0]).has("note <4>", "It is broken.").lacks("Earlier messages")
	b.ok(number(tk) + "?before=abc").has("note <64>")

	second := d.open()
	b.ok(number(second)).has("Other tickets of this person", "Broken")
	b.ok("/?view=all&requester="+string(tk.Requester.ID)).has("Broken", "Printer on fire")
}

func TestTranscripts(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open()
	_, err := d.svc.Note(t.Context(), d.actor("anna"), tk.ID, 0, ticket.NewMessage{Body: "a secret note"})
	require.NoError(t, err)
	b := d.as("anna")
	page := b.ok(number(tk))
	require.GreaterOrEqual(t, len(page.links("/transcripts/1")), 9)
	for _, link := range page.links("/transcripts/1") {
		p := b.get(link)
		require.Equal(t, http.StatusOK, p.code, link)
		require.Contains(t, p.body, "It burns.", link)
		require.Equal(t, strings.Contains(link, "notes=1"), strings.Contains(p.body, "a secret note"), link)
		if strings.Contains(link, "format=") {
			require.Contains(t, p.head.Get("Content-Disposition"), "attachment")
			require.Contains(t, p.head.Get("Content-Security-Policy"), "sandbox")
			continue
		}
		require.Contains(t, p.head.Get("Content-Security-Policy"), "style-src 'sha256-")
		require.Contains(t, p.head.Get("Content-Security-Policy"), "default-src 'none'")
	}
	require.Contains(t, b.get("/transcripts/1?lang=de").body, `lang="de"`)
	require.Contains(t, b.get("/transcripts/1?lang=en").body, `lang="en"`)
	require.Empty(t, b.cookies["ticketkit_lang"], "the language of a document is not that of the pages")
	require.Equal(t, http.StatusUnprocessableEntity, b.get("/transcripts/1?format=exe").code)
	require.Equal(t, http.StatusNotFound, b.get("/transcripts/77").code)
	require.Equal(t, http.StatusNotFound, b.get("/transcripts/x").code)
}
