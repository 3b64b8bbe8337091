package httpapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// The authorization test: a desk with two queues, hier and dort. Everything that is asked for or changed belongs to hier. What each sort of
// person gets, sees and changes is compared with a golden matrix, for each route of the table and for each method of the service.

// personas are who asks, in the order of the matrix. other works in dort only, this in hier only.
var personas = []struct {
	name, role string
	queue      string // that the account is limited to
	scopes     []ticket.Op
}{
	{name: "nobody"},
	{name: "viewer", role: rbac.RoleViewer},
	{name: "other", role: rbac.RoleSupport, queue: "dort"},
	{name: "this", role: rbac.RoleSupport, queue: "hier"},
	{name: "admin", role: rbac.RoleAdmin},
	{name: "narrowed", role: rbac.RoleAdmin, scopes: []ticket.Op{ticket.OpTicketRead, ticket.OpMessageRead, ticket.OpTicketClaim}},
}

// marks are words that each occur in one kind of row only: who sees the word has seen the row.
var marks = []string{"Anliegen-hier", "Anliegen-dort", "Frage-hier", "Frage-dort", "Notiz-hier", "Notiz-dort", "Datei-hier", "Original-hier",
	"Kopie-hier", "Schlange-hier", "Schlange-dort", "Parkplatz", "ziel-"}

// scene is a desk with both queues, and what a call is made against.
type scene struct {
	*desk
	queues map[string]ticket.QueueID
	n      int
	tokens map[int]string // of personas
	target
}

// target is made anew for each call, so that no call depends on those before it.
type target struct {
	ticket     *ticket.Ticket
	neighbour  ticket.ID        // in the other queue
	message    ticket.MessageID // public, with HTML, a file and its original
	attachment ticket.AttachmentID
	sha        string
	person     ticket.AccountID
	parked     string
}

func newScene(t *testing.T, settings ...setting) *scene {
	t.Helper()
	s := &scene{desk: setup(t, settings...), queues: map[string]ticket.QueueID{}, tokens: map[int]string{}}
	for _, name := range []string{"hier", "dort"} {
		q, err := s.service.CreateQueue(t.Context(), system, "Schlange-"+name)
		require.NoError(t, err)
		s.queues[name] = q.ID
	}
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

// renew makes a new target and takes the one before away.
func (s *scene) renew() {
	s.t.Helper()
	ctx := s.t.Context()
	if s.ticket != nil {
		for _, id := range []ticket.ID{s.ticket.ID, s.neighbour} {
			if err := s.service.Delete(ctx, system, id, 0); ticket.KindOf(err) != ticket.NotFound {
				require.NoError(s.t, err)
			}
		}
		if err := s.accounts.DeleteUser(ctx, system, s.person); ticket.KindOf(err) != ticket.NotFound {
			require.NoError(s.t, err)
		}
		_ = s.hub.DeleteParked(ctx, system, s.parked) // gone when the call has deleted it
	}
	dort, _ := s.receive("dort")
	tk, m := s.receive("hier")
	s.target = target{ticket: tk, neighbour: dort.ID, message: m.ID, attachment: m.Attachments[0].ID, sha: m.Attachments[0].SHA256}
	s.person = s.user(fmt.Sprintf("ziel-%d", s.n), rbac.RoleViewer).ID
	require.NoError(s.t, s.hub.Intake("imap").Park(ctx, adapters.Parked{Key: fmt.Sprint("p", s.n), Reason: "x", Subject: "Parkplatz", Raw: []byte("Parkplatz")}))
	items, err := s.store.ParkedItems(ctx, "", 1)
	require.NoError(s.t, err)
	s.parked = items[0].ID
}

// prepare brings the target into the state in which a call changes something.
func (s *scene) prepare(name string) {
	s.t.Helper()
	var err error
	switch name {
	case "Reopen", "reopenTicket":
		_, err = s.service.Close(s.t.Context(), system, s.ticket.ID, 0, "")
	case "Unclaim", "unclaimTicket":
		_, err = s.service.Assign(s.t.Context(), system, s.ticket.ID, 0, s.users["sam"].ID)
	}
	require.NoError(s.t, err)
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
	var limits []ticket.QueueID
	if p.queue != "" {
		limits = append(limits, s.queues[p.queue])
	}
	u := s.user(name, p.role, limits...)
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
	qs, err := s.service.Queues(ctx, system)
	require.NoError(s.t, err)
	for _, q := range qs {
		out["queue "+string(q.ID)] = q.Name
	}
	ps, err := s.store.ParkedItems(ctx, "", 200)
	require.NoError(s.t, err)
	for _, p := range ps {
		out["parked "+p.ID] = p.Reason
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

// request gives path and body of a call of each route against the target. A route without one fails the test.
func (s *scene) request(row route, account ticket.AccountID) (path string, body any, headers []header) {
	s.t.Helper()
	if account == "" {
		account = s.users["anna"].ID
	}
	id := string(s.ticket.ID)
	switch {
	case strings.HasPrefix(row.path, "/messages/"):
		id = string(s.message)
	case strings.HasPrefix(row.path, "/admin/users/"):
		id = string(s.person)
	case strings.HasPrefix(row.path, "/parked/"):
		id = s.parked
	case strings.HasPrefix(row.path, "/tokens/"):
		t, _, err := s.accounts.CreateToken(s.t.Context(), system, rbac.NewToken{Account: account, Name: "x", Scopes: []ticket.Op{ticket.OpTicketRead}})
		require.NoError(s.t, err)
		id = t.ID
	case strings.HasPrefix(row.path, "/auth/sessions/"):
		id = ticket.NewID(s.clock.now())
		require.NoError(s.t, s.store.UpdateAccounts(s.t.Context(), func(tx rbac.Tx) error {
			return tx.InsertSession(s.t.Context(), &rbac.Session{ID: id, AccountID: account, CreatedAt: s.clock.now(), ExpiresAt: s.clock.now().Add(time.Hour), LastSeen: s.clock.now()})
		}))
	}
	path = strings.NewReplacer("{id}", id, "{aid}", string(s.attachment)).Replace(row.path)
	bodies := map[string]any{
		"login":          map[string]any{"username": "niemand", "password": "eins zwei drei"},
		"changePassword": map[string]any{"old_password": password, "password": "neunzehn rote Hunde"},
		"createUser":     map[string]any{"username": fmt.Sprint("ziel-neu-", s.n), "password": "neunzehn rote Hunde", "role": "viewer"},
		"editUser":       map[string]any{"name": "Neu"},
		"createToken":    map[string]any{"name": "x", "scopes": []string{"ticket:read"}},
		"createTicket":   map[string]any{"subject": "Anliegen-hier", "requester": map[string]any{"email": "a@b.example"}, "queue": s.queues["hier"]},
		"editTicket":     map[string]any{"subject": "Anliegen-hier, neu"},
		"assignTicket":   map[string]any{"assignee": s.users["sam"].ID},
		"snoozeTicket":   map[string]any{"until": s.clock.now().Add(time.Hour)},
		"tagTicket":      map[string]any{"add": []string{"x"}},
		"createMessage":  map[string]any{"kind": "reply", "body": "Frage-hier"},
		"createQueue":    map[string]any{"name": fmt.Sprint("Neue ", s.n)},
	}
	body = bodies[row.id]
	if row.id == "upload" {
		raw, h := form(s.t, "file", "a.txt", "text/plain", []byte("x"))
		body, headers = raw, []header{h}
	}
	require.Equal(s.t, row.body == nil || row.lax, body == nil, "route %s needs a request in the authorization test", row.id)
	return path, body, headers
}

// numbers names the queues whose tickets a KPI has counted.
func (s *scene) numbers(body string) string {
	s.t.Helper()
	var k struct{ Open int }
	require.NoError(s.t, json.Unmarshal([]byte(body), &k))
	count := func(queue string) int {
		ts, _, err := s.service.List(s.t.Context(), system, ticket.Query{Queue: []ticket.QueueID{s.queues[queue]}, Limit: 100,
			Category: []ticket.Category{ticket.New, ticket.Open, ticket.Snoozed}})
		require.NoError(s.t, err)
		return len(ts)
	}
	hier, dort := count("hier"), count("dort")
	require.NotEqual(s.t, hier, dort)
	return map[int]string{dort: "Anliegen-dort", hier: "Anliegen-hier", hier + dort: "Anliegen-hier Anliegen-dort"}[k.Open]
}

// routeMatrix calls every route as everybody.
func routeMatrix(t *testing.T, settings ...setting) map[string][]string {
	t.Helper()
	s := newScene(t, settings...)
	out := map[string][]string{}
	for _, row := range table() {
		name := row.method + " " + row.path
		for i, p := range personas {
			s.renew()
			s.prepare(row.id)
			token, account := s.token(i, strings.HasPrefix(row.path, "/auth/"))
			path, body, headers := s.request(row, account)
			before := s.state(account)
			a := s.call(token, row.method, path, body, headers...)
			seen := string(a.body)
			switch {
			case row.id == "kpi" && a.status == http.StatusOK:
				seen = s.numbers(seen)
			case row.id == "openapi":
				seen = ""
			}
			result := fmt.Sprintf("%-8s %d", p.name, a.status)
			if op, ok := a.problemMember("permission"); ok {
				result += " " + op
			}
			out[name] = append(out[name], outcome(result, seen, before, s.state(account)))
		}
	}
	return out
}

func golden(t *testing.T, file string, matrix map[string][]string) {
	t.Helper()
	got := printed(matrix)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func printed(matrix map[string][]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(matrix)) {
		b.WriteString(name + "\n")
		for _, line := range matrix[name] {
			b.WriteString("  " + line + "\n")
		}
	}
	return b.String()
}

const routeGolden, serviceGolden = "testdata/authz.golden", "testdata/authz_service.golden"

// TestAuthorizationOfRoutes: look at each line that has changed before you run it with -update.
func TestAuthorizationOfRoutes(t *testing.T) {
	t.Parallel()
	golden(t, routeGolden, routeMatrix(t))
}

// TestDroppedScopeIsNoticed: were the WHERE clause of the scope lost, the matrix would show it for every route and method that
// keeps the other queue's people out.
func TestDroppedScopeIsNoticed(t *testing.T) {
	t.Parallel()
	for file, matrix := range map[string]func(*testing.T, ...setting) map[string][]string{routeGolden: routeMatrix, serviceGolden: serviceMatrix} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			got := matrix(t, unscoped())
			require.NotEqual(t, string(want), printed(got))
			noticed := 0
			for name, lines := range got {
				before, after := section(string(want), name), "  "+strings.Join(lines, "\n  ")
				other, this := lineOf(before, "other"), lineOf(before, "this")
				kept := strings.Contains(other, "404") || strings.Contains(other, string(ticket.NotFound)) || strings.Contains(this, "-hier") && !strings.Contains(other, "-hier")
				if kept && scopeless[name] == "" {
					require.NotEqual(t, before, after, name)
					noticed++
				}
			}
			require.Greater(t, noticed, 20)
		})
	}
}

// section is what a golden file says about one name.
func section(golden, name string) string {
	_, rest, _ := strings.Cut("\n"+golden, "\n"+name+"\n")
	var lines []string
	for l := range strings.SplitSeq(rest, "\n") {
		if !strings.HasPrefix(l, "  ") {
			break
		}
		lines = append(lines, l)
	}
	return strings.Join(lines, "\n")
}

func lineOf(section, persona string) string {
	for l := range strings.SplitSeq(section, "\n") {
		if strings.HasPrefix(strings.TrimSpace(l), persona+" ") {
			return strings.TrimSpace(l)[len(persona):]
		}
	}
	return ""
}

// scopeless keep the other queue out by other means than the service's store, with the means.
var scopeless = map[string]string{
	"Open":                         "a new ticket is compared with the scope before it is written",
	"POST /tickets":                "the same",
	"GET /tickets/{id}/transcript": "the ticket at hand is compared with the scope of transcript:read, too",
	"Scope":                        "the row reads the database itself",
}
