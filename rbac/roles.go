package rbac

import (
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// The built-in roles. They are no rows and cannot be changed.
const (
	RoleAdmin   = "admin"   // everything
	RoleSupport = "support" // works on tickets and reads the audit
	RoleViewer  = "viewer"  // reads tickets and numbers
)

// Roles lists the names of the built-in roles, the strongest first. Accounts.Roles knows the others, too.
func Roles() []string { return []string{RoleAdmin, RoleSupport, RoleViewer} }

// PermissionsOf lists the permissions of a built-in role, sorted. Any other has none. The caller owns the slice.
func PermissionsOf(role string) []ticket.Op { return slices.Clone(rolePermissions[role]) }

// AllPermissions lists every permission that exists, sorted. The caller owns the slice.
func AllPermissions() []ticket.Op { return PermissionsOf(RoleAdmin) }

// rolePermissions is never changed after it was built; its slices are sorted.
var rolePermissions = map[string][]ticket.Op{
	RoleAdmin:   sortedOps(viewerOps, supportOps, adminOps),
	RoleSupport: sortedOps(viewerOps, supportOps),
	RoleViewer:  sortedOps(viewerOps),
}

// viewerOps is what every built-in role has.
var viewerOps = []ticket.Op{
	ticket.OpDashboardRead, ticket.OpAnalyticsRead, ticket.OpSLARead, ticket.OpRankingRead, ticket.OpTicketRead,
	ticket.OpMessageRead, ticket.OpNoteRead, ticket.OpTranscriptRead, ticket.OpAttachmentRead,
}

// supportOps is what support has beyond a viewer.
var supportOps = []ticket.Op{
	ticket.OpTicketCreate, ticket.OpTicketClaim, ticket.OpTicketAssign, ticket.OpTicketClose, ticket.OpTicketReopen,
	ticket.OpTicketEscalate, ticket.OpTicketUpdate, ticket.OpTicketTag, ticket.OpTicketMerge, ticket.OpTicketSplit,
	ticket.OpTicketLink, ticket.OpTicketSpam, ticket.OpTicketSnooze, ticket.OpTicketBulk,
	ticket.OpMessageWrite, ticket.OpNoteWrite, ticket.OpPriorityUpdate,
	ticket.OpViewOwn, ticket.OpDraftOwn, ticket.OpPresenceOwn, ticket.OpTokenOwn,
	ticket.OpContactRead, ticket.OpParkedRetry, ticket.OpAuditRead,
}

// adminOps is what an admin has beyond support.
var adminOps = []ticket.Op{
	ticket.OpUserRead, ticket.OpUserCreate, ticket.OpUserUpdate, ticket.OpUserDelete, ticket.OpRoleManage, ticket.OpTokenManage,
	ticket.OpSettingsRead, ticket.OpSettingsWrite, ticket.OpAdapterRead, ticket.OpAdapterManage, ticket.OpSLAManage,
	ticket.OpQueueManage, ticket.OpMacroManage, ticket.OpRuleManage, ticket.OpViewShare, ticket.OpWebhookManage, ticket.OpJobManage,
	ticket.OpContactExport, ticket.OpContactErase, ticket.OpTicketDelete, ticket.OpAuditExport, ticket.OpBackupRun,
}

func sortedOps(groups ...[]ticket.Op) []ticket.Op {
	all := slices.Concat(groups...)
	slices.Sort(all)
	return slices.Compact(all)
}

// Scope is how far a permission to read reaches for who holds its role.
type Scope string

// The scopes. They matter for what belongs to tickets; any other permission has InQueues.
const (
	Own      Scope = "own"   // tickets assigned to the account, in whatever queue
	InQueues Scope = "queue" // tickets of the queues for which the role was granted, and the account's own; all of them if it was for all
	Whole    Scope = "all"   // every ticket, for whatever queue the role was granted
)

// Permission is one permission of a role.
type Permission struct {
	Op    ticket.Op
	Scope Scope
}

// Readable reports whether a permission may carry a scope: it reads what belongs to tickets.
func Readable(op ticket.Op) bool {
	return reachOf(op) == ticketReach && strings.HasSuffix(string(op), ":read")
}

// reach is how far a permission goes for a role that was granted for one queue.
type reach int

const (
	deskReach   reach = iota // concerns the whole desk: such a grant does not give it. Also any permission not listed below
	ticketReach              // concerns tickets: those of the queue and those assigned to the account
	queueReach               // concerns tickets that nobody can have yet: those of the queue
	ownReach                 // concerns only what belongs to the account itself
)

func reachOf(op ticket.Op) reach {
	switch op {
	case ticket.OpDashboardRead, ticket.OpAnalyticsRead, ticket.OpSLARead, ticket.OpRankingRead, ticket.OpTicketRead,
		ticket.OpMessageRead, ticket.OpNoteRead, ticket.OpTranscriptRead, ticket.OpAttachmentRead,
		ticket.OpTicketClaim, ticket.OpTicketAssign, ticket.OpTicketClose, ticket.OpTicketReopen,
		ticket.OpTicketEscalate, ticket.OpTicketUpdate, ticket.OpTicketTag, ticket.OpTicketMerge, ticket.OpTicketSplit,
		ticket.OpTicketLink, ticket.OpTicketSpam, ticket.OpTicketSnooze, ticket.OpTicketBulk, ticket.OpTicketDelete,
		ticket.OpMessageWrite, ticket.OpNoteWrite, ticket.OpPriorityUpdate, ticket.OpDraftOwn, ticket.OpPresenceOwn,
		ticket.OpContactRead, ticket.OpAuditRead, ticket.OpAuditExport:
		return ticketReach
	case ticket.OpTicketCreate:
		return queueReach
	case ticket.OpViewOwn, ticket.OpTokenOwn:
		return ownReach
	}
	// Parked items are here too: what could not become a ticket has no queue yet and may be meant for any.
	return deskReach
}

// holds reports whether sorted contains op.
func holds(sorted []ticket.Op, op ticket.Op) bool {
	_, ok := slices.BinarySearch(sorted, op)
	return ok
}
