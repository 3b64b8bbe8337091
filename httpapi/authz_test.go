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
	grants     map[string]string // role by queue, for who has several; "" is the whole desk
}{
	{name: "nobody"},
	{name: "viewer", role: rbac.RoleViewer},
	{name: "other", role: rbac.RoleSupport, queue: "dort"},
	{name: "this", role: rbac.RoleSupport, queue: "hier"},
	{name: "admin", role: rbac.RoleAdmin},
	{name: "narrowed", role: rbac.RoleAdmin, scopes: []ticket.Op{ticket.OpTicketRead, ticket.OpMessageRead, ticket.OpTicketClaim}},
	// Reads all, works nowhere but in dort: a role of the desk's own, as far as it goes.
	{name: "custom", role: "aufsicht", grants: map[string]string{"dort": "aufsicht"}},
	{name: "both", role: rbac.RoleSupport, grants: map[string]string{"dort": rbac.RoleSupport, "hier": rbac.RoleViewer}},
}

// marks are words that each occur in one kind of row only: who sees the word has seen the row.
var marks = []string{"Anliegen-hier", "Anliegen-dort", "Frage-hier", "Frage-dort", "Notiz-hier", "Notiz-dort", "Datei-hier", "Original-hier",
	"Kopie-hier", "Schlange-hier", "Schlange-dort", "Parkplatz", "Auftrag-tot", "Geheimes", "ziel-", `"marke"`}

// request gives path and body of a call of each route against the target. A route without one fails the test.
func (s *scene) request(row route, account ticket.AccountID) (path string, body any, headers []header) {
	s.t.Helper()
	asked := account
	if account == "" {
		account = s.users["anna"].ID
	}
	id := string(s.ticket.ID)
	switch {
	case row.id == "resendMessage", row.id == "reviseMessage", row.id == "withdrawMessage":
		id = string(s.answer)
	case strings.HasPrefix(row.path, "/messages/"):
		id = string(s.message)
	case strings.HasPrefix(row.path, "/admin/users/"):
		id = string(s.person)
	case strings.HasPrefix(row.path, "/admin/roles/"):
		id = s.role
	case strings.HasPrefix(row.path, "/queues/"):
		id = string(s.spare)
	case strings.HasPrefix(row.path, "/admin/fields/"):
		id = string(s.field)
	case strings.HasPrefix(row.path, "/sla/policies/"):
		id = string(s.policy)
	case strings.HasPrefix(row.path, "/sla/calendars/"):
		id = string(s.calendar)
	case strings.HasPrefix(row.path, "/admin/jobs/"):
		id = s.job
	case strings.HasPrefix(row.path, "/admin/mailboxes/"):
		id = s.mailbox
	case strings.HasPrefix(row.path, "/views/"):
		id = s.view
	case strings.HasPrefix(row.path, "/macros/"):
		id = s.macro
	case strings.HasPrefix(row.path, "/admin/panels/"):
		id = s.panel
	case strings.HasPrefix(row.path, "/branding/images/"):
		id = s.image
	case strings.HasPrefix(row.path, "/contacts/"):
		id = string(s.ticket.Requester.ID)
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
	tid := ""
	if strings.Contains(row.path, "{tid}") {
		t, _, err := s.accounts.CreateToken(s.t.Context(), system, rbac.NewToken{Account: s.person, Name: "x", Scopes: []ticket.Op{ticket.OpTicketRead}})
		require.NoError(s.t, err)
		tid, s.last = t.ID, nil
	}
	if strings.HasSuffix(row.path, "/links/{subject}") {
		who := s.person
		if row.id == "deleteOwnLink" {
			who = account
		}
		require.NoError(s.t, s.accounts.LinkAccount(s.t.Context(), system, who, "discord:4711"))
	}
	path = strings.NewReplacer("{subject}", "discord:4711", "{id}", id, "{aid}", string(s.attachment), "{tid}", tid, "{other}", string(s.twin), "{tag}", "marke", "{kind}", "reply").Replace(row.path)
	bodies := map[string]any{
		"login":              map[string]any{"username": "niemand", "password": "eins zwei drei"},
		"changePassword":     map[string]any{"old_password": password, "password": "neunzehn rote Hunde"},
		"createUser":         map[string]any{"username": fmt.Sprint("ziel-neu-", s.n), "password": "neunzehn rote Hunde", "role": "viewer"},
		"editUser":           map[string]any{"name": "Neu"},
		"createRole":         map[string]any{"name": fmt.Sprint("neu-", s.n), "permissions": []map[string]any{{"permission": "ticket:read", "scope": "own"}}},
		"editRole":           map[string]any{"description": "Neu"},
		"createToken":        map[string]any{"name": "x", "scopes": []string{"ticket:read"}},
		"createTicket":       map[string]any{"subject": "Anliegen-hier", "requester": map[string]any{"email": "a@b.example"}, "queue": s.queues["hier"]},
		"editTicket":         map[string]any{"subject": "Anliegen-hier, neu"},
		"assignTicket":       map[string]any{"assignee": s.users["sam"].ID},
		"snoozeTicket":       map[string]any{"until": s.clock.now().Add(time.Hour)},
		"tagTicket":          map[string]any{"add": []string{"x"}},
		"setPresence":        map[string]any{"state": "viewing"},
		"reviseMessage":      map[string]any{"body": fmt.Sprint("Frage-hier ", s.n)},
		"createMessage":      map[string]any{"kind": "reply", "body": "Frage-hier"},
		"setRankingSettings": map[string]any{"minimum": 1 + s.n%100},
		"setBranding":        map[string]any{"name": fmt.Sprint("Desk ", s.n)},
		"createView":         map[string]any{"name": "ziel-eigene", "filter": "is:open"},
		"saveView":           map[string]any{"name": fmt.Sprint("ziel-sicht ", s.n)},
		"keepLastView":       map[string]any{"view": fmt.Sprint("sicht ", s.n)},
		"editPreferences":    map[string]any{"theme": []string{"light", "dark"}[s.n%2]},
		"createMacro":        map[string]any{"name": "ziel-eigener", "de": "Hallo"},
		"saveMacro":          map[string]any{"name": fmt.Sprint("ziel-baustein ", s.n), "de": "Hallo"},
		"renderMacro":        map[string]any{"ticket": s.ticket.ID},
		"saveDraft":          map[string]any{"body": "Entwurf"},
		"editContact":        map[string]any{"name": "Karla"},
		"mergeContacts":      map[string]any{"into": s.twinPerson},
		"mergeTicket":        map[string]any{"into": s.twin},
		"splitTicket":        map[string]any{"message_ids": []ticket.MessageID{s.message}, "queue": s.queues["hier"]},
		"linkTicket":         map[string]any{"ticket": s.twin},
		"bulk":               map[string]any{"action": "priority", "priority": "urgent", "ids": []ticket.ID{s.ticket.ID, s.neighbour}},
		"editQueue":          map[string]any{"name": fmt.Sprint("Andere ", s.n)},
		"renameTag":          map[string]any{"name": "anders"},
		"createField":        map[string]any{"key": fmt.Sprint("feld_", s.n), "type": "text"},
		"editField":          map[string]any{"position": s.n},
		"setMailRules":       map[string]any{"mails": map[string]any{"receipt": s.n%2 == 0}},
		"setQueueMailRules":  map[string]any{"mails": map[string]any{"closed": true}, "signature": "x"},
		"createQueue":        map[string]any{"name": fmt.Sprint("Neue ", s.n)},
		"createMailbox":      map[string]any{"address": fmt.Sprintf("neu-%d@desk.example", s.n), "server": "imap.desk.example:993", "password": "x"},
		"createPanel":        map[string]any{"channel_id": "42", "kinds": []any{map[string]any{"id": fmt.Sprint("art-", s.n), "label": map[string]any{"de": "Art"}}}},
		"editPanel":          map[string]any{"channel_id": fmt.Sprint(1000 + s.n)},
		"editMailbox":        map[string]any{"folder": fmt.Sprint("Ordner ", s.n)},
	}
	if row.id == "listMarks" {
		path += "?tickets=" + string(s.ticket.ID)
	}
	if row.id == "undoBulk" {
		bodies[row.id] = map[string]any{"token": s.undoFor(ticket.AccountActor(asked, ""))}
	}
	if row.id == "followEvents" {
		path += "?last_event_id=" + s.since
	}
	promise := map[string]any{"name": fmt.Sprint("P", s.n), "targets": map[string]any{"first_response": map[string]any{"all": 60 + s.n}}}
	hours := map[string]any{"name": fmt.Sprint("K", s.n), "zone": "Europe/Berlin", "week": map[string]any{"mon": []any{map[string]any{"open": "08:00", "close": "18:00"}}}}
	bodies["createPolicy"], bodies["savePolicy"], bodies["createCalendar"], bodies["saveCalendar"] = promise, promise, hours, hours
	bodies["simulateSLA"] = map[string]any{"policy": promise, "from": s.clock.now().Add(-time.Hour), "to": s.clock.now()}
	body = bodies[row.id]
	if row.id == "upload" || row.id == "verifyTranscript" {
		raw, h := form(s.t, "file", "a.txt", "text/plain", []byte("x"))
		body, headers = raw, []header{h}
	}
	if row.id == "addImage" {
		raw, h := form(s.t, "file", "logo.svg", "image/svg+xml", fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg"><title>%d</title></svg>`, s.n))
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

// queuesIn names the queues whose ids a text holds.
func (s *scene) queuesIn(body string) (seen string) {
	for name, id := range s.queues {
		if strings.Contains(body, string(id)) {
			seen += " Schlange-" + name
		}
	}
	return seen
}

// openCount names the queues whose tickets the view of open ones has counted.
func (s *scene) openCount(body string) string {
	s.t.Helper()
	var in page[viewCountDTO]
	require.NoError(s.t, json.Unmarshal([]byte(body), &in))
	for _, v := range in.Items {
		if v.ID == "open" {
			return s.numbers(fmt.Sprintf(`{"open":%d}`, v.Count))
		}
	}
	return ""
}

// changedOnly leaves of the answer to a bulk change the tickets that it has changed.
func changedOnly(t *testing.T, body []byte) (seen string) {
	t.Helper()
	var in page[struct{ Ticket json.RawMessage }]
	require.NoError(t, json.Unmarshal(body, &in))
	for _, i := range in.Items {
		seen += string(i.Ticket)
	}
	return seen
}

// everybody is for the matrices.
const everybody = ""

// routeMatrix calls every route as everybody, or as one persona.
func routeMatrix(t *testing.T, only string, settings ...setting) map[string][]string {
	t.Helper()
	s := newScene(t, settings...)
	out := map[string][]string{}
	for _, row := range table() {
		name := row.method + " " + row.path
		for i, p := range personas {
			if only != everybody && only != p.name {
				continue
			}
			s.touched = s.touched || row.id == "audit" // its first page must reach back to the making of the target
			s.renew()
			s.prepare(row.id)
			token, account := s.token(i, strings.HasPrefix(row.path, "/auth/"))
			path, body, headers := s.request(row, account)
			if !strings.HasPrefix(row.path, "/auth/") && !strings.HasPrefix(row.path, "/tokens") {
				account = "" // its sign-ins are not what this call is about
			}
			out[name] = append(out[name], s.compare(account, func() (result, seen string) {
				a := s.call(token, row.method, path, body, headers...)
				seen = string(a.body)
				switch {
				case row.id == "kpi" && a.status == http.StatusOK:
					seen = s.numbers(seen)
				case row.id == "analytics" && a.status == http.StatusOK:
					seen = s.queuesIn(seen)
				case row.id == "countViews" && a.status == http.StatusOK:
					seen = s.openCount(seen)
				case row.id == "listContacts":
					seen = s.requesters(seen)
				case row.id == "bulk" && a.status == http.StatusOK:
					seen = changedOnly(t, a.body)
				case row.id == "followEvents":
					var names []string
					for _, id := range ticketsIn(seen) {
						names = append(names, s.nameOf(id))
					}
					seen = strings.Join(names, " ")
				case row.id == "openapi":
					seen = ""
				}
				result = fmt.Sprintf("%-8s %d", p.name, a.status)
				if op, ok := a.problemMember("permission"); ok {
					result += " " + op
				}
				return result, seen
			}))
		}
	}
	return out
}

// golden compares the matrix of everybody with the file, or, under the race detector, that of one persona with their lines of the file.
func golden(t *testing.T, file string, matrix func(t *testing.T, only string, settings ...setting) map[string][]string) {
	t.Helper()
	only := everybody
	if underRace {
		only = "this"
	}
	got := printed(matrix(t, only))
	if *update && !underRace {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	want := ""
	for line := range strings.Lines(string(raw)) {
		if only == everybody || !strings.HasPrefix(line, " ") || strings.HasPrefix(strings.TrimSpace(line), only+" ") {
			want += line
		}
	}
	require.Equal(t, want, got)
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
	golden(t, routeGolden, routeMatrix)
}
