package httpapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// scene is a desk with both queues, and what a call is made against.
type scene struct {
	*desk
	queues map[string]ticket.QueueID
	n      int
	tokens map[int]string    // of personas
	last   map[string]string // state as it is; nil when it may have changed
	// touched is set when a call, or what prepared it, has changed anything since the target was made.
	touched bool
	target
}

// target is made anew behind each call that has changed something, so that no call depends on those before it.
type target struct {
	ticket     *ticket.Ticket
	neighbour  ticket.ID        // in the other queue
	twin       ticket.ID        // in the same queue, where a call needs two; see prepare
	twinPerson ticket.ContactID // who has requested it
	message    ticket.MessageID // public, with HTML, a file and its original
	answer     ticket.MessageID // to it, where a call is about a delivery; see prepare
	attachment ticket.AttachmentID
	sha        string
	person     ticket.AccountID
	role       string         // that nobody has
	spare      ticket.QueueID // without tickets
	field      ticket.FieldID
	parked     string
	since      string // the place in the stream before any of it
	policy     sla.PolicyID
	calendar   sla.CalendarID
	job        string // a dead one
	mailbox    string
	panel      string
	view       string // everybody's; see prepare
	macro      string // likewise
	image      string
}

func newScene(t *testing.T, settings ...setting) *scene {
	t.Helper()
	s := &scene{desk: setup(t, settings...), queues: map[string]ticket.QueueID{}, tokens: map[int]string{}}
	for _, name := range []string{"hier", "dort"} {
		q, err := s.service.CreateQueue(t.Context(), system, "Schlange-"+name)
		require.NoError(t, err)
		s.queues[name] = q.ID
	}
	_, err := s.accounts.CreateRole(t.Context(), system, rbac.NewRole{Name: "aufsicht", Permissions: []rbac.Permission{
		{Op: ticket.OpTicketRead, Scope: rbac.Whole}, {Op: ticket.OpMessageRead}, {Op: ticket.OpTranscriptRead, Scope: rbac.Own},
		{Op: ticket.OpTicketClaim}, {Op: ticket.OpTicketTag}, {Op: ticket.OpUserRead}, {Op: ticket.OpTokenOwn}}})
	require.NoError(t, err)
	s.receive("hier") // so that the two queues never hold equally many
	return s
}

// receive brings a mail with everything that a mail can have into a queue, and writes a note beside it.
func (s *scene) receive(queue string) (*ticket.Ticket, *ticket.Message) {
	s.t.Helper()
	s.n++
	person := func(name string) ticket.Person {
		return ticket.Person{Name: name, Identity: ticket.Identity{Kind: "email", Value: fmt.Sprintf("%s-%d@kunde.example", strings.ToLower(name), s.n)}}
	}
	got, err := s.service.Receive(s.t.Context(), ticket.SystemActor("imap"), ticket.Incoming{Channel: "imap", Key: fmt.Sprint(s.n), Queue: s.queues[queue],
		From: person("Karl"), Cc: []ticket.Person{person("Kopie-" + queue)}, Subject: "Anliegen-" + queue, Text: "Frage-" + queue, HTML: "<p>Frage-" + queue + "</p>",
		Raw: []byte("Original-" + queue), Uploads: []ticket.Upload{{Name: "a.txt", ContentType: "text/plain", Body: strings.NewReader("Datei-" + queue)}}})
	require.NoError(s.t, err)
	m, err := s.service.Message(s.t.Context(), system, got.MessageID)
	require.NoError(s.t, err)
	_, err = s.service.Note(s.t.Context(), system, got.TicketID, 0, ticket.NewMessage{Body: "Notiz-" + queue})
	require.NoError(s.t, err)
	return got.Ticket, m
}

// renew makes a new target and takes the one before away, unless that one is still as it was.
func (s *scene) renew() {
	s.t.Helper()
	if s.ticket != nil && !s.touched {
		return
	}
	s.last, s.touched = nil, false
	ctx := s.t.Context()
	if s.ticket != nil {
		for _, id := range []ticket.ID{s.ticket.ID, s.neighbour, s.twin} {
			if err := s.service.Delete(ctx, system, id, 0); ticket.KindOf(err) != ticket.NotFound {
				require.NoError(s.t, err)
			}
		}
		if err := s.accounts.DeleteUser(ctx, system, s.person); ticket.KindOf(err) != ticket.NotFound {
			require.NoError(s.t, err)
		}
		if err := s.accounts.DeleteRole(ctx, system, s.role, 0); ticket.KindOf(err) != ticket.NotFound {
			require.NoError(s.t, err)
		}
		_ = s.hub.DeleteParked(ctx, system, s.parked)                                 // gone when the call has deleted it
		_ = adapters.NewMailboxDesk(s.service, s.book).Delete(ctx, system, s.mailbox) // likewise
		_ = adapters.NewPanelDesk(s.service, s.panelBook).Delete(ctx, system, s.panel)
	}
	since := s.newest().String()
	dort, _ := s.receive("dort")
	tk, m := s.receive("hier")
	s.target = target{ticket: tk, neighbour: dort.ID, message: m.ID, attachment: m.Attachments[0].ID, sha: m.Attachments[0].SHA256, since: since}
	s.person = s.user(fmt.Sprintf("ziel-%d", s.n), rbac.RoleViewer).ID
	s.role = fmt.Sprintf("rolle-%d", s.n)
	_, err := s.accounts.CreateRole(ctx, system, rbac.NewRole{Name: s.role, Description: "ziel-rolle", Permissions: []rbac.Permission{{Op: ticket.OpTicketRead}}})
	require.NoError(s.t, err)
	require.NoError(s.t, s.hub.Intake("imap").Park(ctx, adapters.Parked{Key: fmt.Sprint("p", s.n), Reason: "x", Subject: "Parkplatz", Raw: []byte("Parkplatz")}))
	items, err := s.store.ParkedItems(ctx, "", 1)
	require.NoError(s.t, err)
	s.parked = items[0].ID
	s.job = s.deadJob()
	box, err := adapters.NewMailboxDesk(s.service, s.book).Create(ctx, system, adapters.OpenMailbox{Mailbox: adapters.Mailbox{Address: fmt.Sprintf("postfach-%d@desk.example", s.n),
		Server: "imap.desk.example:993", SignIn: adapters.SignInOAuth}, Secret: adapters.MailboxSecret{Password: "geheim"}})
	require.NoError(s.t, err)
	s.mailbox = box.ID
	pan, err := adapters.NewPanelDesk(s.service, s.panelBook).Create(ctx, system, adapters.Panel{Channel: "42", Style: adapters.PanelButtons,
		Kinds: []adapters.PanelKind{{ID: fmt.Sprint("ziel-", s.n), Label: adapters.PanelText{DE: "Ziel"}}}})
	require.NoError(s.t, err)
	s.panel = pan.ID
}

// deadJob makes a job that was given up.
func (s *scene) deadJob() string {
	s.t.Helper()
	ctx := s.t.Context()
	job, err := jobs.NewJob("probe", "", s.clock.now(), "Geheimes")
	require.NoError(s.t, err)
	require.NoError(s.t, s.store.EnqueueJob(ctx, job))
	list, err := s.store.ClaimJobs(ctx, []string{"probe"}, s.clock.now(), time.Minute, 10)
	require.NoError(s.t, err)
	for _, j := range list {
		require.NoError(s.t, s.store.BuryJob(ctx, j.ID, j.LeaseToken, "Auftrag-tot", s.clock.now()))
	}
	return job.ID
}

// prepare brings the target into the state in which a call changes something.
func (s *scene) prepare(name string) {
	s.t.Helper()
	var err error
	switch name {
	default:
		return
	case "getPolicy", "savePolicy", "retirePolicy":
		var k sla.Kept[sla.Policy]
		k, err = s.sla.SavePolicy(s.t.Context(), system, "", 0, sla.Policy{Name: "P", Targets: map[sla.Clock]sla.Target{sla.FirstResponse: {All: 1800}}})
		s.policy = k.Value.ID
	case "getCalendar", "saveCalendar", "retireCalendar":
		var k sla.Kept[sla.Calendar]
		k, err = s.sla.SaveCalendar(s.t.Context(), system, "", 0, sla.Calendar{Name: "K", Zone: "UTC", Week: map[string][]sla.Window{"mon": {{Open: 0, Close: 3600}}}})
		s.calendar = k.Value.ID
	case "Bounced", "Resend", "resendMessage", "Revise", "reviseMessage", "Withdraw", "withdrawMessage":
		m, e := s.service.Reply(s.t.Context(), system, s.ticket.ID, 0, ticket.NewMessage{Body: "Frage-hier"})
		require.NoError(s.t, e)
		s.answer = m.ID
		err = s.service.DeliveryFailed(s.t.Context(), system, m.ID, "550")
	case "Rate", "Reopen", "reopenTicket":
		_, err = s.service.Close(s.t.Context(), system, s.ticket.ID, 0, "")
	case "Present", "listPresence":
		err = s.service.SetPresence(s.t.Context(), ticket.AccountActor(s.users["sam"].ID, ""), s.ticket.ID, ticket.Viewing)
	case "setQueueMailRules", "EditQueue", "editQueue", "DeleteQueue", "deleteQueue":
		q, e := s.service.CreateQueue(s.t.Context(), system, fmt.Sprint("Leer ", s.n))
		require.NoError(s.t, e)
		s.spare = q.ID
	case "EditField", "editField", "FieldDefinitions", "listFields":
		f, e := s.service.CreateField(s.t.Context(), system, ticket.Field{Name: fmt.Sprint("ziel_", s.n), Label: ticket.Labels{De: "ziel-feld"}, Type: ticket.FieldText})
		require.NoError(s.t, e)
		s.field = f.ID
	case "TagCounts", "listTags", "RenameTag", "renameTag", "DeleteTag", "deleteTag":
		_, err = s.service.Tag(s.t.Context(), system, s.ticket.ID, 0, []string{"marke"}, nil)
	case "SaveView", "saveView", "DeleteView", "deleteView", "listViews", "Views":
		v, e := s.service.SaveView(s.t.Context(), system, ticket.View{Name: "ziel-sicht", Filter: "is:open", Shared: true})
		require.NoError(s.t, e)
		s.view = v.ID
	case "SaveMacro", "saveMacro", "DeleteMacro", "deleteMacro", "listMacros", "Macros", "RenderMacro", "renderMacro":
		m, e := s.service.SaveMacro(s.t.Context(), system, ticket.Macro{Name: "ziel-baustein", De: "Zu {{ticket.subject}}", Shared: true})
		require.NoError(s.t, e)
		s.macro = m.ID
	case "Image", "brandImage":
		img, e := s.service.AddImage(s.t.Context(), system, []byte(`<svg xmlns="http://www.w3.org/2000/svg"></svg>`))
		require.NoError(s.t, e)
		s.image = img.ID
	case "MergeContacts", "mergeContacts":
		tk, _ := s.receive("hier")
		s.twin, s.twinPerson = tk.ID, tk.Requester.ID
	case "Merge", "mergeTicket", "Link", "linkTicket", "Links", "listLinks", "Unlink", "unlinkTicket":
		tk, _ := s.receive("hier")
		if s.twin = tk.ID; strings.Contains(name, "inks") || strings.HasPrefix(strings.ToLower(name), "unlink") {
			_, err = s.service.Link(s.t.Context(), system, s.ticket.ID, 0, s.twin, ticket.Related)
			require.NoError(s.t, err)
			_, err = s.service.Link(s.t.Context(), system, s.ticket.ID, 0, s.neighbour, ticket.Related)
		}
	case "Unclaim", "unclaimTicket":
		_, err = s.service.Assign(s.t.Context(), system, s.ticket.ID, 0, s.users["sam"].ID)
	}
	s.last, s.touched = nil, true
	require.NoError(s.t, err)
}

// compare runs a call between two looks at the state and tells what came of it. account is whose sign-ins belong to the state.
func (s *scene) compare(account ticket.AccountID, call func() (result, seen string)) string {
	s.t.Helper()
	before := s.last
	if before == nil || account != "" {
		before = s.state(account)
	}
	result, seen := call()
	after := s.state(account)
	if s.last = after; account != "" {
		s.last = nil
	}
	s.touched = s.touched || !maps.Equal(before, after)
	return outcome(result, seen, before, after)
}

// token signs a persona in: once, or as an account of its own for a call that may end the sign-in.
func (s *scene) token(i int, fresh bool) (string, ticket.AccountID) {
	s.t.Helper()
	p := personas[i]
	name := p.name
	switch {
	case p.role == "":
		return "", ""
	case fresh:
		s.n++
		name = fmt.Sprintf("%s-%d", p.name, s.n)
	case s.tokens[i] != "":
		return s.tokens[i], s.users[name].ID
	}
	s.last = nil
	var limits []ticket.QueueID
	if p.queue != "" {
		limits = append(limits, s.queues[p.queue])
	}
	var u rbac.User
	if p.grants == nil {
		u = s.user(name, p.role, limits...)
	} else {
		var grants []rbac.Grant
		for queue, role := range p.grants {
			grants = append(grants, rbac.Grant{Role: role, Queue: s.queues[queue]})
		}
		u = s.userWith(name, grants...)
	}
	token := ""
	if p.scopes != nil {
		token = s.apiToken(name, p.scopes...)
	} else {
		token = s.bearer(name)
	}
	if !fresh {
		s.tokens[i] = token
	}
	return token, u.ID
}

// state is everything of the desk that a call might change, by name.
func (s *scene) state(account ticket.AccountID) map[string]string {
	s.t.Helper()
	ctx, out := s.t.Context(), map[string]string{}
	for q := (ticket.Query{Sort: ticket.ByNumberAsc, Limit: 100}); ; {
		ts, next, err := s.service.List(ctx, system, q)
		require.NoError(s.t, err)
		for _, t := range ts {
			out["ticket of "+t.Queue.Name+" "+string(t.ID)] = fmt.Sprint(t.Version)
		}
		if q.After = next; next.IsZero() {
			break
		}
	}
	for after := ""; ; {
		us, err := s.accounts.ListUsers(ctx, system, after, 100)
		require.NoError(s.t, err)
		for _, u := range us {
			out["user "+string(u.ID)] = fmt.Sprint(u.Version, u.Name)
			after = u.Username
		}
		if len(us) < 100 {
			break
		}
	}
	roles, err := s.accounts.Roles(ctx, system)
	require.NoError(s.t, err)
	for _, r := range roles {
		out["role "+r.Name] = fmt.Sprint(r.Version)
	}
	qs, err := s.service.Queues(ctx, system)
	require.NoError(s.t, err)
	for _, q := range qs {
		out["queue "+string(q.ID)] = q.Name
	}
	fs, err := s.service.FieldDefinitions(ctx, system)
	require.NoError(s.t, err)
	for _, f := range fs {
		out["field "+string(f.ID)] = fmt.Sprint(f.Position)
	}
	defs, err := s.store.Definitions(ctx)
	require.NoError(s.t, err)
	for _, d := range defs {
		out[string(d.Kind)+" "+d.ID] = fmt.Sprint(d.Version)
	}
	ps, err := s.store.ParkedItems(ctx, "", 200)
	require.NoError(s.t, err)
	for _, p := range ps {
		out["parked "+p.ID] = p.Reason
	}
	boxes, err := s.store.Mailboxes(ctx)
	require.NoError(s.t, err)
	for _, m := range boxes {
		out["mailbox "+m.ID] = fmt.Sprint(m.Version)
	}
	panels, err := s.store.Panels(ctx)
	require.NoError(s.t, err)
	for _, p := range panels {
		out["panel "+p.ID] = fmt.Sprint(p.Version)
	}
	for _, id := range []ticket.ID{s.ticket.ID, s.neighbour} {
		if people, _, err := s.service.Attendance(ctx, system, id); err == nil && len(people) > 0 {
			out["presence at "+s.nameOf(id)+" "+string(id)] = fmt.Sprint(len(people))
		}
	}
	for i, p := range personas {
		if s.tokens[i] == "" {
			continue
		}
		for _, kind := range []ticket.SavedKind{ticket.SavedView, ticket.SavedMacro, ticket.SavedSetting, ticket.SavedLastView, ticket.SavedPreferences, ticket.SavedImage} {
			items, err := s.store.SavedItems(ctx, kind, s.users[p.name].ID)
			require.NoError(s.t, err)
			for _, it := range items {
				out[string(kind)+" "+it.ID] = fmt.Sprint(it.Version)
			}
		}
		kept, err := s.store.PersonalItems(ctx, s.all(), s.users[p.name].ID, []ticket.PersonalKind{ticket.DraftReply, ticket.DraftNote, ticket.SeenMark}, nil)
		require.NoError(s.t, err)
		for _, k := range kept {
			out["own "+string(k.Kind)+" "+p.name+string(k.TicketID)] = fmt.Sprint(k.Version)
		}
	}
	if ct, err := s.store.Contact(ctx, s.ticket.Requester.ID); err == nil {
		out["contact "+string(ct.ID)] = fmt.Sprint(ct.Name, len(ct.Identities))
	}
	tokens, err := s.store.ListTokens(ctx, s.person)
	require.NoError(s.t, err)
	for _, x := range tokens {
		out["token "+x.ID] = ""
	}
	js, err := s.store.ListJobs(ctx, jobs.JobFilter{Kinds: []string{"probe"}, Limit: 1000})
	require.NoError(s.t, err)
	for _, j := range js {
		out["job "+j.ID] = string(j.State)
	}
	if account != "" {
		sessions, err := s.store.ListSessions(ctx, account)
		require.NoError(s.t, err)
		for _, x := range sessions {
			out["session "+x.ID] = ""
		}
		tokens, err := s.store.ListTokens(ctx, account)
		require.NoError(s.t, err)
		for _, x := range tokens {
			out["token "+x.ID] = ""
		}
	}
	return out
}

// nameOf gives the mark of a ticket that a reader knows by its id only; "" for any but the target and its neighbour.
func (s *scene) nameOf(id ticket.ID) string {
	return map[ticket.ID]string{s.ticket.ID: "Anliegen-hier", s.neighbour: "Anliegen-dort"}[id]
}

// all is the scope that reaches everything.
func (s *scene) all() ticket.Scope {
	s.t.Helper()
	scope, err := s.service.Scope(s.t.Context(), system, ticket.OpTicketRead)
	require.NoError(s.t, err)
	return scope
}

// undoFor changes the target in bulk and gives what takes that back to an actor who may; "x" to anybody else.
func (s *scene) undoFor(a ticket.Actor) string {
	s.t.Helper()
	if s.service.Require(s.t.Context(), a, ticket.OpTicketBulk) != nil {
		return "x"
	}
	s.last, s.touched = nil, true
	done, err := s.service.Bulk(s.t.Context(), system, ticket.Bulk{Action: ticket.BulkPriority, Priority: ticket.Urgent, Tickets: []ticket.ID{s.ticket.ID}})
	require.NoError(s.t, err)
	token, err := s.service.KeepUndo(s.t.Context(), a, ticket.BulkPriority, done)
	require.NoError(s.t, err)
	return token
}

// requesters gives the marks of the tickets whose requesters a text names.
func (s *scene) requesters(text string) string {
	s.t.Helper()
	var out []string
	for _, id := range []ticket.ID{s.ticket.ID, s.neighbour} {
		if t, err := s.service.Get(s.t.Context(), system, id); err == nil && strings.Contains(text, string(t.Requester.ID)) {
			out = append(out, s.nameOf(id))
		}
	}
	return strings.Join(out, " ")
}

// outcome tells in one line what somebody got, saw and changed. Ids are left out.
func outcome(result, body string, before, after map[string]string) string {
	line := result
	var seen []string
	for _, m := range marks {
		if strings.Contains(body, m) {
			seen = append(seen, strings.TrimSuffix(m, "-"))
		}
	}
	if len(seen) > 0 {
		line += " sees " + strings.Join(seen, " ")
	}
	changed := map[string]bool{}
	note := func(verb, name string) { changed[verb+" "+name[:strings.LastIndexByte(name, ' ')]] = true }
	for k, v := range after {
		if was, there := before[k]; !there {
			note("makes", k)
		} else if was != v {
			note("changes", k)
		}
	}
	for k := range before {
		if _, there := after[k]; !there {
			note("ends", k)
		}
	}
	if len(changed) > 0 {
		line += "; " + strings.Join(slices.Sorted(maps.Keys(changed)), ", ")
	}
	return line
}
