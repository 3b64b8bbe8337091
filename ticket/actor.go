package ticket

import (
	"context"
	"slices"
)

// ActorKind says what sort of actor did something.
type ActorKind string

// The kinds of actor. The zero kind is nobody.
const (
	ActorAccount ActorKind = "account" // a person who works at the desk
	ActorContact ActorKind = "contact" // a person who writes to the desk
	ActorSystem  ActorKind = "system"  // the program itself: an adapter, a timer, an import
)

// Actor is who asks for something. The zero Actor is nobody and is denied everything.
//
// An Actor of kind account is only as strong as the Policy says for its Account. System actors may do everything: only Go code that
// runs in the same process can make one, and no request can.
type Actor struct {
	Kind    ActorKind
	Account AccountID
	Contact ContactID
	Name    string // as shown in the history
	Source  string // where the request came from: a remote address, an adapter's name; kept in the audit

	// Claims is what the authenticator already looked up for this one request (role, version, token scopes). Only the Policy
	// that put it there reads it. An Actor with claims must not outlive its request.
	Claims any
}

// AccountActor is the actor for a person who works at the desk.
func AccountActor(id AccountID, name string) Actor {
	return Actor{Kind: ActorAccount, Account: id, Name: name}
}

// SystemActor is the actor for the part of the program called name.
func SystemActor(name string) Actor { return Actor{Kind: ActorSystem, Name: name} }

// Op is a permission, written resource:action. The matrix of roles gives each role a set of them.
type Op string

// The permissions of the desk.
const (
	OpDashboardRead  Op = "dashboard:read"
	OpAnalyticsRead  Op = "analytics:read"
	OpSLARead        Op = "sla:read"
	OpRankingRead    Op = "ranking:read"
	OpTicketRead     Op = "ticket:read"
	OpMessageRead    Op = "message:read"
	OpNoteRead       Op = "note:read"
	OpTranscriptRead Op = "transcript:read"
	OpAttachmentRead Op = "attachment:read"

	OpTicketCreate   Op = "ticket:create"
	OpTicketClaim    Op = "ticket:claim"
	OpTicketAssign   Op = "ticket:assign"
	OpTicketClose    Op = "ticket:close"
	OpTicketReopen   Op = "ticket:reopen"
	OpTicketEscalate Op = "ticket:escalate"
	OpTicketUpdate   Op = "ticket:update"
	OpTicketTag      Op = "ticket:tag"
	OpTicketMerge    Op = "ticket:merge"
	OpTicketSplit    Op = "ticket:split"
	OpTicketLink     Op = "ticket:link"
	OpTicketSpam     Op = "ticket:spam"
	OpTicketSnooze   Op = "ticket:snooze"
	OpTicketBulk     Op = "ticket:bulk"
	OpMessageWrite   Op = "message:write"
	OpNoteWrite      Op = "note:write"
	OpPriorityUpdate Op = "priority:update"
	OpViewOwn        Op = "view:own"
	OpDraftOwn       Op = "draft:own"
	OpPresenceOwn    Op = "presence:own"
	OpTokenOwn       Op = "token:own"
	OpContactRead    Op = "contact:read"
	OpParkedRetry    Op = "parked:retry"

	OpAuditRead Op = "audit:read"

	OpUserRead      Op = "user:read"
	OpUserCreate    Op = "user:create"
	OpUserUpdate    Op = "user:update"
	OpUserDelete    Op = "user:delete"
	OpRoleManage    Op = "role:manage"
	OpTokenManage   Op = "token:manage"
	OpSettingsRead  Op = "settings:read"
	OpSettingsWrite Op = "settings:write"
	OpAdapterRead   Op = "adapter:read"
	OpAdapterManage Op = "adapter:manage"
	OpSLAManage     Op = "sla:manage"
	OpQueueManage   Op = "queue:manage"
	OpMacroManage   Op = "macro:manage"
	OpRuleManage    Op = "rule:manage"
	OpViewShare     Op = "view:share"
	OpWebhookManage Op = "webhook:manage"
	OpJobManage     Op = "job:manage"

	OpContactExport Op = "contact:export"
	OpContactErase  Op = "contact:erase"
	OpTicketDelete  Op = "ticket:delete"
	OpAuditExport   Op = "audit:export"
	OpBackupRun     Op = "backup:run"
)

// Grant is how far a permission reaches: every ticket, the tickets of some queues, the actor's own tickets, or (the zero Grant)
// none.
type Grant struct {
	All    bool
	Queues []QueueID
	Own    bool // tickets assigned to the account, or requested by the contact
}

// Empty reports whether the grant reaches nothing at all.
func (g Grant) Empty() bool { return !g.All && len(g.Queues) == 0 && !g.Own }

// Policy says what an actor may do.
//
// Service calls Grant once or more in every method, from many goroutines, always with the Reader of the transaction it works in; an
// implementation that needs rows reads them through that Reader, because a host may have given us a pool of one connection. A
// missing permission is the zero Grant and no error; an error means the answer is not known, and the call fails.
// Service answers for system actors itself and does not ask.
type Policy interface {
	Grant(ctx context.Context, r Reader, a Actor, op Op) (Grant, error)
}

// Account is what the ticket domain needs to know of a person who works at the desk.
type Account struct {
	ID       AccountID
	Username string
	Name     string // display name; the username when none was given
	Email    string // where they are told about tickets; "" is nowhere
	Active   bool
}

// Directory knows the people who work at the desk.
type Directory interface {
	// Account answers NotFound when there is no such account. It is called inside transactions, with their Reader.
	Account(ctx context.Context, r Reader, id AccountID) (Account, error)
	// Accounts lists the active accounts in order of their names, at most 1,000.
	Accounts(ctx context.Context, r Reader) ([]Account, error)
}

// Scope is the sealed right to read: a store turns it into a WHERE clause. Only Service makes one, from a Policy's Grant (see
// Service.Scope). The zero Scope sees nothing.
type Scope struct {
	all     bool
	queues  []QueueID
	account AccountID
	contact ContactID
}

// All reports whether the scope reaches every ticket.
func (s Scope) All() bool { return s.all }

// Queues are the queues whose tickets are in scope. The caller must not change the slice.
func (s Scope) Queues() []QueueID { return s.queues }

// OwnAccount is the account whose assigned tickets are in scope, or "".
func (s Scope) OwnAccount() AccountID { return s.account }

// OwnContact is the contact whose requested tickets are in scope, or "".
func (s Scope) OwnContact() ContactID { return s.contact }

// Empty reports whether nothing is in scope.
func (s Scope) Empty() bool {
	return !s.all && len(s.queues) == 0 && s.account == "" && s.contact == ""
}

// Sees is the same rule as the stores' WHERE clause, for a ticket already at hand.
func (s Scope) Sees(t *Ticket) bool { return s.reaches(placeOf(t)) }

func (s Scope) reaches(p place) bool {
	return s.all || slices.Contains(s.queues, p.queue) || s.account != "" && p.assignee == s.account || s.contact != "" && p.requester == s.contact
}

// equal reports whether both scopes reach the same, in whatever order a policy lists queues.
func (s Scope) equal(o Scope) bool {
	return s.all == o.all && s.account == o.account && s.contact == o.contact &&
		slices.Equal(slices.Sorted(slices.Values(s.queues)), slices.Sorted(slices.Values(o.queues)))
}

func newScope(a Actor, g Grant) Scope {
	s := Scope{all: g.All, queues: g.Queues}
	if g.Own {
		s.account, s.contact = a.Account, a.Contact
	}
	return s
}

// covers reports whether s reaches every ticket that o reaches.
func (s Scope) covers(o Scope) bool {
	if s.all {
		return true
	}
	if o.all || o.account != "" && s.account != o.account || o.contact != "" && s.contact != o.contact {
		return false
	}
	return !slices.ContainsFunc(o.queues, func(q QueueID) bool { return !slices.Contains(s.queues, q) })
}

// within is what both scopes reach by one of their alternatives: a ticket that one reaches by its queue and the other by who has it
// is left out.
func (s Scope) within(o Scope) Scope {
	switch {
	case o.all:
		return s
	case s.all:
		return o
	}
	out := Scope{}
	for _, q := range s.queues {
		if slices.Contains(o.queues, q) {
			out.queues = append(out.queues, q)
		}
	}
	if s.account == o.account {
		out.account = s.account
	}
	if s.contact == o.contact {
		out.contact = s.contact
	}
	return out
}
