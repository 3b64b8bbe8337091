package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// route is one call of the API. The router, the OpenAPI document and the tests all read the same rows.
type route struct {
	method, path string
	id           string    // operationId
	summary      string    // what it does, in a few words
	op           ticket.Op // the permission that its service asks for; "" is none. For the document only: nothing here decides
	params       []param
	body         any    // zero value of what it takes; nil is nothing, upload a multipart form
	lax          bool   // the body may be missing
	status       int    // of success
	answer       any    // zero value of what it gives; nil is no body
	media        string // of an answer that is not JSON, or of its other form
	etag         bool   // the answer carries the ticket's entity tag
	match        bool   // takes If-Match
	open         bool   // needs no sign-in
	early        bool   // works before a required change of the password is done
	free         bool   // is not counted by the rate limit
	again        bool   // finds by call.callID what it did before, so a repeat whose answer was lost may run it
	secret       bool   // the answer holds a secret that is kept nowhere, so it cannot be given again
	run          func(*call) error
}

// param is a parameter of the query.
type param struct{ name, kind, doc string }

// uploadForm stands for a multipart form with one part named file.
type uploadForm struct{}

const (
	get  = http.MethodGet
	post = http.MethodPost
	del  = http.MethodDelete
	edit = http.MethodPatch
	put  = http.MethodPut
)

var (
	limitParam  = param{"limit", "integer", "items of a page, 1 to 100"}
	cursorParam = param{"cursor", "string", "next_cursor of the page before"}
)

// table lists every call but those of the intakes, whose adapters describe them.
func table() []route {
	return slices.Concat(
		sessionRoutes(),
		roleRoutes(),
		jobRoutes(),
		mailboxRoutes(),
		panelRoutes(),
		mailboxLoginRoutes(),
		sealRoutes(),
		subjectRoutes(),
		contactRoutes(),
		ticketRoutes(),
		actionRoutes(),
		relationRoutes(),
		conversationRoutes(),
		deliveryRoutes(),
		mailRoutes(),
		deskRoutes(),
		catalogueRoutes(),
		liveRoutes(),
		slaRoutes(),
		numberRoutes(),
		toolRoutes(),
	)
}

func sessionRoutes() []route {
	return []route{
		{method: get, path: "/health", id: "health", summary: "Whether the desk answers", status: 200, answer: healthDTO{}, open: true, free: true, run: (*call).health},
		{method: get, path: "/openapi.json", id: "openapi", summary: "This document", status: 200, media: "application/json", open: true, run: (*call).openapi},

		{method: post, path: "/auth/login", id: "login", summary: "Sign in with a password", body: loginDTO{}, status: 200, answer: sessionTokenDTO{}, open: true, run: (*call).login},
		{method: get, path: "/auth/me", id: "me", summary: "Who asks, and what they may do", status: 200, answer: meDTO{}, early: true, run: (*call).me},
		{method: post, path: "/auth/logout", id: "logout", summary: "End this session", status: 204, early: true, run: (*call).logout},
		{method: post, path: "/auth/password", id: "changePassword", summary: "Change one's password; other sessions end", body: passwordDTO{}, status: 200, answer: sessionTokenDTO{}, early: true, secret: true, run: (*call).password},
		{method: get, path: "/auth/sessions", id: "listSessions", summary: "One's own sessions", status: 200, answer: page[sessionDTO]{}, run: (*call).listSessions},
		{method: del, path: "/auth/sessions/{id}", id: "endSession", summary: "End one of one's own sessions", status: 204, run: (*call).endSession},

		{method: get, path: "/admin/users", id: "listUsers", summary: "All accounts", op: ticket.OpUserRead, params: []param{limitParam, cursorParam}, status: 200, answer: page[userDTO]{}, run: (*call).listUsers},
		{method: post, path: "/admin/users", id: "createUser", summary: "Make an account", op: ticket.OpUserCreate, body: newUserDTO{}, status: 201, answer: userDTO{}, run: (*call).createUser},
		{method: edit, path: "/admin/users/{id}", id: "editUser", summary: "Change an account", op: ticket.OpUserUpdate, body: editUserDTO{}, status: 200, answer: userDTO{}, run: (*call).editUser},
		{method: del, path: "/admin/users/{id}", id: "deleteUser", summary: "Delete an account; its history stays", op: ticket.OpUserDelete, status: 204, run: (*call).deleteUser},

		{method: get, path: "/tokens", id: "listTokens", summary: "One's own API tokens", op: ticket.OpTokenOwn, status: 200, answer: page[tokenDTO]{}, run: (*call).listTokens},
		{method: post, path: "/tokens", id: "createToken", summary: "Make an API token", op: ticket.OpTokenOwn, body: newTokenDTO{}, status: 201, answer: createdTokenDTO{}, secret: true, run: (*call).createToken},
		{method: del, path: "/tokens/{id}", id: "revokeToken", summary: "End an API token", op: ticket.OpTokenOwn, status: 204, run: (*call).revokeToken},
	}
}

func ticketRoutes() []route {
	return []route{
		{method: get, path: "/tickets", id: "listTickets", summary: "Tickets in scope, by filters and search", op: ticket.OpTicketRead, params: []param{
			{"status", "string", "names of states, separated by commas"},
			{"queue", "string", "ids or names of queues"},
			{"assignee", "string", "me, none, ids or names"},
			{"priority", "string", "low, normal, high, urgent"},
			{"channel", "string", "names of channels"},
			{"tag", "string", "tags, all of which must be there"},
			{"requester", "string", "id of a contact"},
			{"sla", "string", "breached, due, none, or <1h: due within a time such as 30m, 4h, 2d"},
			{"q", "string", `words, "phrases", #1042, is:open, is:active, is:mentioned, requester:name, created:<7d, assignee:me, prio:high, tag:vip, queue:name, channel:email, status:pending, sla:<1h`},
			{fieldFilter, "string", "value of a custom field; each {key} is a parameter of its own"},
			{"sort", "string", "-updated_at, updated_at, -created_at, created_at, -number, number, -priority, priority"},
			limitParam, cursorParam,
		}, status: 200, answer: page[ticketDTO]{}, run: (*call).listTickets},
		{method: post, path: "/tickets", id: "createTicket", summary: "Open a ticket", op: ticket.OpTicketCreate, body: newTicketDTO{}, status: 201, answer: ticketDTO{}, etag: true, again: true, run: (*call).createTicket},
		{method: get, path: "/tickets/{id}", id: "getTicket", summary: "One ticket, by id or number", op: ticket.OpTicketRead, status: 200, answer: ticketDTO{}, etag: true, run: (*call).getTicket},
		{method: edit, path: "/tickets/{id}", id: "editTicket", summary: "Change a ticket, all or nothing; each property needs its own permission", op: ticket.OpTicketUpdate, body: editTicketDTO{}, status: 200, answer: ticketDTO{}, etag: true, match: true, run: (*call).editTicket},
		{method: del, path: "/tickets/{id}", id: "deleteTicket", summary: "Erase a ticket; the skeleton of its history stays", op: ticket.OpTicketDelete, status: 204, match: true, run: (*call).deleteTicket},
	}
}

// action is a row for a write on one ticket.
func action(name, id, summary string, op ticket.Op, body any, lax bool, run func(*call) error) route {
	return route{method: post, path: "/tickets/{id}/" + name, id: id, summary: summary, op: op, body: body, lax: lax, status: 200, answer: ticketDTO{}, etag: true, match: true, run: run}
}

func actionRoutes() []route {
	return []route{
		action("claim", "claimTicket", "Take a ticket; 409 when somebody was faster", ticket.OpTicketClaim, nil, false, (*call).claim),
		action("unclaim", "unclaimTicket", "Give a ticket back to its queue", ticket.OpTicketClaim, nil, false, (*call).unclaim),
		action("assign", "assignTicket", "Give a ticket to somebody", ticket.OpTicketAssign, assignDTO{}, false, (*call).assign),
		action("escalate", "escalateTicket", "Raise the priority by one step", ticket.OpTicketEscalate, reasonDTO{}, true, (*call).escalate),
		action("close", "closeTicket", "End a ticket", ticket.OpTicketClose, reasonDTO{}, true, (*call).closeTicket),
		action("reopen", "reopenTicket", "Bring a ticket back", ticket.OpTicketReopen, nil, false, (*call).reopen),
		action("snooze", "snoozeTicket", "Hide a ticket until a time", ticket.OpTicketSnooze, snoozeDTO{}, false, (*call).snooze),
		action("tags", "tagTicket", "Add and remove tags", ticket.OpTicketTag, tagsDTO{}, false, (*call).tag),
		action("spam", "spamTicket", "Mark a ticket as unwanted", ticket.OpTicketSpam, nil, false, (*call).spam),
	}
}

func conversationRoutes() []route {
	return []route{
		{method: get, path: "/tickets/{id}/messages", id: "listMessages", summary: "The conversation", op: ticket.OpMessageRead, params: []param{
			{"newest", "boolean", "begin with the last page; its cursor leads to the one before"},
			{"after", "integer", "only messages with a greater n"},
			limitParam, cursorParam,
		}, status: 200, answer: page[messageDTO]{}, run: (*call).listMessages},
		{method: post, path: "/tickets/{id}/messages", id: "createMessage", summary: "Write a reply or a note", op: ticket.OpMessageWrite, body: newMessageDTO{}, status: 201, answer: messageDTO{}, match: true, run: (*call).createMessage},
		{method: post, path: "/tickets/{id}/attachments", id: "upload", summary: "Upload a file for the next message", op: ticket.OpMessageWrite, body: uploadForm{}, status: 201, answer: attachmentDTO{}, run: (*call).upload},
		{method: get, path: "/tickets/{id}/attachments/{aid}", id: "download", summary: "A file of a ticket", op: ticket.OpAttachmentRead, params: []param{{"inline", "boolean", "show a picture instead of saving it"}}, status: 200, media: "*/*", run: (*call).attachment},
		{method: get, path: "/messages/{id}/html", id: "messageHTML", summary: "The HTML of a message, for a sandboxed frame", op: ticket.OpMessageRead, params: []param{{"images", "boolean", "let images from the web in"}}, status: 200, media: "text/html", run: (*call).messageHTML},
		{method: get, path: "/messages/{id}/raw", id: "messageRaw", summary: "The original of a message", op: ticket.OpMessageRead, status: 200, media: "message/rfc822", run: (*call).raw},
		{method: get, path: "/tickets/{id}/events", id: "listEvents", summary: "The history of a ticket, in order", op: ticket.OpTicketRead, params: []param{
			{"type", "string", "types of events, separated by commas"},
			{"newest_first", "boolean", "the other way round; a cursor goes on in the order that it is from"},
			limitParam, cursorParam,
		}, status: 200, answer: page[eventDTO]{}, run: (*call).listEvents},
		{method: get, path: "/tickets/{id}/participants", id: "listParticipants", summary: "Who gets copies", op: ticket.OpTicketRead, status: 200, answer: page[participantDTO]{}, run: (*call).participants},
		{method: get, path: "/tickets/{id}/transcript", id: "transcript", summary: "The whole conversation as one document", op: ticket.OpTranscriptRead, params: []param{
			{"format", "string", "html, md, txt or json"},
			{"lang", "string", "de or en; left out: the ticket's"},
			{"notes", "boolean", "the desk's own version, with notes"},
		}, status: 200, media: "*/*", run: (*call).transcript},
	}
}

func deskRoutes() []route {
	return []route{
		{method: get, path: "/kpi", id: "kpi", summary: "The numbers of the overview; null is what cannot be computed", op: ticket.OpDashboardRead, status: 200, answer: report.KPI{}, run: (*call).kpi},
		{method: get, path: "/audit", id: "audit", summary: "What happened across the desk, the newest first", op: ticket.OpAuditRead, params: []param{
			{"type", "string", "types of events, separated by commas"},
			{"actor", "string", "id of who did it"},
			{"ticket", "string", "id of a ticket"},
			{"desk", "boolean", "only what happened to the desk itself: users, queues, sign-ins"},
			{"since", "string", "at or after this time (RFC 3339)"},
			{"until", "string", "before this time (RFC 3339)"},
			{"format", "string", formatParam.doc + ". A table needs audit:export; without limit it holds all that is found, with one the same page as JSON, the next cursor in the header X-Next-Cursor"},
			limitParam, cursorParam,
		}, status: 200, answer: page[eventDTO]{}, media: "text/csv", run: (*call).audit},
		{method: get, path: "/audit/chain", id: "auditChain", summary: "Whether the history of the desk is whole: the state of its chains", op: ticket.OpAuditRead, status: 200, answer: chainDTO{}, run: (*call).auditChain},
		{method: get, path: "/queues", id: "listQueues", summary: "The queues whose tickets one may read", op: ticket.OpTicketRead, status: 200, answer: page[queueDTO]{}, run: (*call).listQueues},
		{method: post, path: "/queues", id: "createQueue", summary: "Make a queue", op: ticket.OpQueueManage, body: newQueueDTO{}, status: 201, answer: queueDTO{}, run: (*call).createQueue},
		{method: get, path: "/agents", id: "listAgents", summary: "To whom tickets can be assigned", op: ticket.OpTicketRead, status: 200, answer: page[agentDTO]{}, run: (*call).listAgents},
		{method: get, path: "/parked", id: "listParked", summary: "What could not become a ticket", op: ticket.OpParkedRetry, params: []param{limitParam, cursorParam}, status: 200, answer: page[parkedDTO]{}, run: (*call).listParked},
		{method: get, path: "/parked/{id}/raw", id: "parkedRaw", summary: "The bytes of a parked item", op: ticket.OpParkedRetry, status: 200, media: "application/octet-stream", run: (*call).rawParked},
		{method: post, path: "/parked/{id}/retry", id: "retryParked", summary: "Try a parked item again; 409 says why it was refused", op: ticket.OpParkedRetry, status: 204, run: (*call).retryParked},
		{method: del, path: "/parked/{id}", id: "deleteParked", summary: "Throw a parked item away", op: ticket.OpParkedRetry, status: 204, run: (*call).deleteParked},
	}
}

// checkParams refuses parameters that the row does not have: a filter with a misspelt name would otherwise select everything. Text
// that no database takes is refused here for all.
func (row *route) checkParams(r *http.Request) error {
	if r.URL.RawQuery == "" {
		return nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery) // URL.Query would drop what it cannot read, and with it a filter
	if err != nil {
		return &ticket.Error{Kind: ticket.Invalid, Msg: "the query of the address cannot be read; write ; as %3B and % as %25", Err: err}
	}
	for name, values := range query {
		i := slices.IndexFunc(row.params, func(p param) bool { return p.name == name || p.name == fieldFilter && isFieldFilter(name) })
		if i < 0 {
			return ticket.InvalidField(strings.ToValidUTF8(name, "?"), "is not a parameter of this call")
		}
		for _, v := range values {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return ticket.InvalidField(name, "is not valid text")
			}
			if row.params[i].kind == "boolean" && v != "true" && v != "false" {
				return ticket.InvalidField(name, "must be true or false")
			}
		}
	}
	return nil
}
