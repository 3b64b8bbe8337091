package rbac

import (
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

// The built-in roles.
const (
	RoleAdmin   = "admin"   // everything
	RoleSupport = "support" // works on tickets and reads the audit
	RoleViewer  = "viewer"  // reads tickets and numbers
)

// Roles lists the names of all roles, the strongest first.
func Roles() []string { return []string{RoleAdmin, RoleSupport, RoleViewer} }

// PermissionsOf lists the permissions of a role, sorted. An unknown role has none. The caller owns the slice.
func PermissionsOf(role string) []ticket.Op { return slices.Clone(rolePermissions[role]) }

// AllPermissions lists every permission that exists, sorted. The caller owns the slice.
func AllPermissions() []ticket.Op { return PermissionsOf(RoleAdmin) }

// rolePermissions is never changed after it was built; its slices are sorted.
var rolePermissions = map[string][]ticket.Op{
	RoleAdmin:   sortedOps(viewerOps, supportOps, adminOps),
	RoleSupport: sortedOps(viewerOps, supportOps),
	RoleViewer:  sortedOps(viewerOps),
}

// viewerOps is what every role has.
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

// reach is how far a permission goes for an account that is limited to some queues.
type reach int

const (
	deskReach   reach = iota // concerns the whole desk: a limited account does not have it. Also any permission not listed below
	ticketReach              // concerns tickets: those of the account's queues and those assigned to it
	queueReach               // concerns tickets that nobody can have yet: those of the account's queues
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

// narrow gives the permissions that are in both lists, sorted; sorted must be.
func narrow(sorted, scopes []ticket.Op) []ticket.Op {
	both := []ticket.Op{}
	for _, op := range scopes {
		if holds(sorted, op) {
			both = append(both, op)
		}
	}
	return sortedOps(both)
}

// covers reports whether all of want is in sorted.
func covers(sorted, want []ticket.Op) bool {
	for _, op := range want {
		if !holds(sorted, op) {
			return false
		}
	}
	return true
}
