package pages

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// actions are the forms of a ticket beside reply and note, by the last part of their address. Each gives the word for what it did.
var actions = map[string]func(*view, *ticket.Ticket, ticket.Version) (string, error){
	"edit": (*view).edit,
	"tags": func(v *view, t *ticket.Ticket, ver ticket.Version) (string, error) {
		tags := strings.FieldsFunc(v.field("tags"), func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\t' })
		_, err := v.site.service.Edit(v.r.Context(), v.actor(), t.ID, ver, ticket.Edit{Tags: &tags})
		return "saved", err
	},
	"claim": func(v *view, t *ticket.Ticket, ver ticket.Version) (string, error) {
		_, err := v.site.service.Claim(v.r.Context(), v.actor(), t.ID, ver)
		return "claimed", err
	},
	"unclaim": func(v *view, t *ticket.Ticket, ver ticket.Version) (string, error) {
		_, err := v.site.service.Unclaim(v.r.Context(), v.actor(), t.ID, ver)
		return "unclaimed", err
	},
	"escalate": func(v *view, t *ticket.Ticket, ver ticket.Version) (string, error) {
		_, err := v.site.service.Escalate(v.r.Context(), v.actor(), t.ID, ver, v.field("reason"))
		return "escalated", err
	},
	"close": func(v *view, t *ticket.Ticket, ver ticket.Version) (string, error) {
		_, err := v.site.service.Close(v.r.Context(), v.actor(), t.ID, ver, v.field("reason"))
		return "closed", err
	},
	"reopen": func(v *view, t *ticket.Ticket, ver ticket.Version) (string, error) {
		_, err := v.site.service.Reopen(v.r.Context(), v.actor(), t.ID, ver)
		return "reopened", err
	},
	"spam": func(v *view, t *ticket.Ticket, ver ticket.Version) (string, error) {
		_, err := v.site.service.SetStatus(v.r.Context(), v.actor(), t.ID, ver, ticket.Status(ticket.Spam))
		return "spammed", err
	},
	"snooze": func(v *view, t *ticket.Ticket, ver ticket.Version) (string, error) {
		until, err := time.ParseInLocation("2006-01-02T15:04", v.field("until"), v.look.zone)
		if err != nil {
			return "", ticket.InvalidField("until", "is not a time")
		}
		_, err = v.site.service.Snooze(v.r.Context(), v.actor(), t.ID, ver, until)
		return "snoozed", err
	},
	"resend": func(v *view, _ *ticket.Ticket, _ ticket.Version) (string, error) {
		_, err := v.site.service.Resend(v.r.Context(), v.actor(), ticket.MessageID(v.field("message")))
		return "resent", err
	},
	"delete": func(v *view, t *ticket.Ticket, ver ticket.Version) (string, error) {
		return "deleted", v.site.service.Delete(v.r.Context(), v.actor(), t.ID, ver)
	},
}

// act runs the form of a ticket that the path names.
func (v *view) act() error {
	name := v.r.PathValue("action")
	run, ok := actions[name]
	if !ok {
		return ticket.Errorf(ticket.NotFound, "there is no such page")
	}
	t, ver, err := v.target()
	if err != nil {
		return err
	}
	done, err := run(v, t, ver)
	if err != nil {
		return v.refused(t, name, err, nil)
	}
	if name == "delete" {
		return v.redirect("/", done)
	}
	return v.redirect("/tickets/"+strconv.FormatInt(t.Number, 10), done)
}

// target is the ticket of the path and the version that the form was made for. A form without one is refused: it could overwrite what
// its reader never saw.
func (v *view) target() (*ticket.Ticket, ticket.Version, error) {
	t, err := v.ticket()
	if err != nil {
		return nil, 0, err
	}
	n, err := strconv.ParseInt(v.r.PostFormValue("version"), 10, 64)
	if err != nil || n < 1 {
		return nil, 0, ticket.Errorf(ticket.Invalid, "the form cannot be read")
	}
	return t, ticket.Version(n), nil
}

// refused shows the ticket as it is now, with what was typed and why it was not taken. Other errors have a page of their own.
func (v *view) refused(t *ticket.Ticket, form string, err error, files []ticket.Attachment) error {
	switch ticket.KindOf(err) {
	case ticket.Stale, ticket.Conflict, ticket.Invalid, ticket.TooLarge:
	default:
		return err
	}
	now, gerr := v.site.service.Get(v.r.Context(), v.actor(), t.ID)
	if gerr != nil {
		return gerr
	}
	p := ticketPage{Failed: form, Kept: keptForm(v.r.PostForm), Problem: v.explain(err), Files: files}
	if k := ticket.KindOf(err); k == ticket.Stale || k == ticket.Conflict {
		p.Faster = v.newestChange(v.r.Context(), t.ID)
	}
	if form == "delete" {
		return v.confirmDelete(statusOf(err), now, p.Problem)
	}
	return v.renderTicket(statusOf(err), now, p)
}

// edit changes what the form of the ticket's properties changed: what equals the ticket as it is was not touched.
func (v *view) edit(t *ticket.Ticket, ver ticket.Version) (string, error) {
	if ver != t.Version { // before anything is compared with a ticket that the form was not made for
		return "", ticket.Errorf(ticket.Stale, "the ticket has changed since")
	}
	var e ticket.Edit
	form := v.r.PostForm
	changed := func(name, now string) (string, bool) {
		val := strings.TrimSpace(form.Get(name))
		return val, form.Has(name) && val != now
	}
	if s, ok := changed("subject", t.Subject); ok {
		e.Subject = &s
	}
	if s, ok := changed("status", string(t.Status)); ok {
		e.Status = new(ticket.Status(s))
	}
	if s, ok := changed("priority", string(t.Priority)); ok {
		e.Priority = new(ticket.Priority(s))
	}
	if s, ok := changed("queue", string(t.Queue.ID)); ok {
		e.Queue = new(ticket.QueueID(s))
	}
	had := ""
	if t.Assignee != nil {
		had = string(t.Assignee.ID)
	}
	if s, ok := changed("assignee", had); ok {
		e.Assignee = new(ticket.AccountID(s))
	}
	if e.Subject == nil && e.Status == nil && e.Priority == nil && e.Queue == nil && e.Assignee == nil {
		return "", nil
	}
	_, err := v.site.service.Edit(v.r.Context(), v.actor(), t.ID, ver, e)
	return "saved", err
}

func (v *view) deleteTicketPage() error {
	if err := v.site.service.Require(v.r.Context(), v.actor(), ticket.OpTicketDelete); err != nil {
		return err
	}
	t, err := v.ticket()
	if err != nil {
		return err
	}
	return v.confirmDelete(http.StatusOK, t, "")
}

func (v *view) confirmDelete(status int, t *ticket.Ticket, problem string) error {
	v.Title = v.T("ticket.delete.title", t.Number)
	return v.render(status, "confirm", confirmPage{view: v, Text: v.T("ticket.delete.text", t.Subject), Version: t.Version, Problem: problem,
		Action: v.URL("/tickets/%d/delete", t.Number), Button: v.T("ticket.delete.button"), Cancel: v.URL("/tickets/%d", t.Number)})
}

func (v *view) reply() error { return v.write("reply", v.site.service.Reply) }
func (v *view) note() error  { return v.write("note", v.site.service.Note) }

// write sends a reply or keeps a note. When it is refused, files are kept too, so that nobody has to choose them again.
func (v *view) write(form string, send writer) error {
	t, ver, err := v.target()
	if err != nil {
		return err
	}
	uploads, closeAll, err := v.uploads()
	defer closeAll()
	if err != nil {
		return v.refused(t, form, err, nil)
	}
	n := ticket.NewMessage{Body: v.field("body"), Uploads: uploads, Status: ticket.Status(v.field("status"))}
	for _, id := range v.r.PostForm["attachment"] {
		if !ticket.ValidID(id) {
			return ticket.InvalidField("attachments", "the attachment does not exist")
		}
		n.Attachments = append(n.Attachments, ticket.AttachmentID(id))
	}
	_, err = send(v.r.Context(), v.actor(), t.ID, ver, n)
	switch ticket.KindOf(err) {
	case "":
		return v.redirect("/tickets/"+strconv.FormatInt(t.Number, 10)+"#end", sentWord(form, n.Status))
	case ticket.Stale:
		if v.saidAlready(t.ID, form, n.Body) {
			return v.redirect("/tickets/"+strconv.FormatInt(t.Number, 10)+"#end", sentWord(form, n.Status))
		}
	case ticket.Conflict, ticket.Invalid, ticket.TooLarge:
	default:
		return err
	}
	return v.refused(t, form, err, v.keepFiles(t.ID, n.Attachments, uploads))
}

func sentWord(form string, st ticket.Status) string {
	switch {
	case form == "note":
		return "noted"
	case st == ticket.Status(ticket.Closed):
		return "sent_closed"
	}
	return "sent"
}

// saidAlready reports whether the newest message is the very one that was refused as stale: the button was pressed twice.
func (v *view) saidAlready(id ticket.ID, form, body string) bool {
	ms, err := v.site.service.Messages(v.r.Context(), v.actor(), ticket.MessageQuery{Ticket: id, Newest: true, Limit: 1})
	if err != nil || len(ms) == 0 {
		return false
	}
	m, kind := &ms[0], ticket.Public
	if form == "note" {
		kind = ticket.Note
	}
	return m.Kind == kind && m.Author.Type == ticket.ActorAccount && m.Author.ID == string(v.who.Account.ID) &&
		strings.TrimSpace(body) != "" && m.Text == strings.TrimRight(body, " \t\r\n") && v.now.Sub(m.CreatedAt) < 2*time.Minute
}

// keepFiles uploads the files of a refused form for its next try, and finds those of the tries before. What cannot be kept is left out:
// the page shows which files are there.
func (v *view) keepFiles(id ticket.ID, before []ticket.AttachmentID, uploads []ticket.Upload) []ticket.Attachment {
	var out []ticket.Attachment
	for _, aid := range before {
		a, file, err := v.site.service.OpenAttachment(v.r.Context(), v.actor(), id, aid)
		if err != nil {
			continue
		}
		closeRead(file)
		if a.MessageID == "" && !slices.ContainsFunc(out, func(o ticket.Attachment) bool { return o.ID == a.ID }) {
			out = append(out, *a)
		}
	}
	for _, up := range uploads {
		if !rewind(up) {
			continue
		}
		if a, err := v.site.service.Attach(v.r.Context(), v.actor(), id, up); err == nil {
			out = append(out, *a)
		}
	}
	return out
}
