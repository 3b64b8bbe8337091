package rbac_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// can makes permissions without a scope of their own.
func can(ops ...ticket.Op) []rbac.Permission {
	var out []rbac.Permission
	for _, op := range ops {
		out = append(out, rbac.Permission{Op: op})
	}
	return out
}

func (b bundle) role(t *testing.T, name string, permissions ...rbac.Permission) rbac.Role {
	t.Helper()
	r, err := b.CreateRole(t.Context(), system, rbac.NewRole{Name: name, Permissions: permissions})
	require.NoError(t, err)
	return r
}

// granted makes an account with grants and signs it in.
func (b bundle) granted(t *testing.T, name string, grants ...rbac.Grant) rbac.Principal {
	t.Helper()
	_, err := b.CreateUser(t.Context(), system, rbac.NewUser{Username: name, Password: goodPassword, Grants: grants})
	require.NoError(t, err)
	p, _ := b.login(t, name)
	return p
}

func (b bundle) reach(t *testing.T, a ticket.Actor, op ticket.Op) string {
	t.Helper()
	g, err := b.Policy().Grant(t.Context(), nil, a, op)
	require.NoError(t, err)
	return describe(g)
}

func TestGrantsAddUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.role(t, "overseer", rbac.Permission{Op: ticket.OpTicketRead, Scope: rbac.Whole}, rbac.Permission{Op: ticket.OpNoteRead, Scope: rbac.Own},
		rbac.Permission{Op: ticket.OpTicketClaim}, rbac.Permission{Op: ticket.OpUserRead})
	two := b.granted(t, "two", rbac.Grant{Role: rbac.RoleSupport, Queue: "a"}, rbac.Grant{Role: rbac.RoleViewer, Queue: "b"})
	for op, want := range map[ticket.Op]string{ticket.OpTicketRead: "a+b+own", ticket.OpTicketClaim: "a+own", ticket.OpTicketCreate: "a",
		ticket.OpTokenOwn: "own", ticket.OpParkedRetry: "-", ticket.OpUserRead: "-"} {
		require.Equal(t, want, b.reach(t, two.Actor, op), op)
	}
	require.Equal(t, rbac.RoleSupport, two.Account.Role)
	require.Equal(t, []ticket.QueueID{"a", "b"}, two.Queues)
	over := b.granted(t, "over", rbac.Grant{Role: "overseer", Queue: "b"})
	for op, want := range map[ticket.Op]string{ticket.OpTicketRead: "all", ticket.OpNoteRead: "own", ticket.OpTicketClaim: "b+own", ticket.OpUserRead: "-"} {
		require.Equal(t, want, b.reach(t, over.Actor, op), op)
	}
	whole := b.granted(t, "whole", rbac.Grant{Role: "overseer"}, rbac.Grant{Role: rbac.RoleViewer, Queue: "b"})
	for op, want := range map[ticket.Op]string{ticket.OpTicketRead: "all", ticket.OpNoteRead: "b+own", ticket.OpTicketClaim: "all", ticket.OpUserRead: "all"} {
		require.Equal(t, want, b.reach(t, whole.Actor, op), op)
	}
	require.Equal(t, "overseer", whole.Account.Role)
	require.Empty(t, whole.Queues)
}

// TestShortFormAndGrants: role and queues of the documented calls and the grants are two ways to say one thing.
func TestShortFormAndGrants(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.as(t, rbac.RoleAdmin)
	b.role(t, "lead", can(ticket.OpTicketRead)...)
	u := b.user(t, "mia", rbac.RoleSupport, "a", "b")
	require.Equal(t, []rbac.Grant{{Role: "support", Queue: "a"}, {Role: "support", Queue: "b"}}, u.Grants)
	change := func(c rbac.UserChange) rbac.User {
		t.Helper()
		out, err := b.UpdateUser(t.Context(), system, u.ID, c)
		require.NoError(t, err)
		return out
	}
	require.Equal(t, []rbac.Grant{{Role: "lead", Queue: "a"}, {Role: "lead", Queue: "b"}}, change(rbac.UserChange{Role: ptr("lead")}).Grants)
	mixed := []rbac.Grant{{Role: "lead", Queue: "a"}, {Role: "viewer", Queue: "b"}}
	require.Equal(t, mixed, change(rbac.UserChange{Grants: &mixed}).Grants)
	got, err := b.User(t.Context(), system, u.ID)
	require.NoError(t, err)
	require.Equal(t, "viewer", got.Role, "of several the strongest that is built in")
	before := got.Version
	got = change(rbac.UserChange{Role: &got.Role, Queues: &got.Queues, Name: ptr("Mia")})
	require.Equal(t, mixed, got.Grants, "who sends back what was there changes nothing")
	require.Equal(t, before, got.Version)
	require.Equal(t, []rbac.Grant{{Role: "viewer", Queue: "c"}}, change(rbac.UserChange{Queues: &[]ticket.QueueID{"c"}}).Grants)
	require.Equal(t, []rbac.Grant{{Role: "viewer"}}, change(rbac.UserChange{Queues: &[]ticket.QueueID{}}).Grants)
	require.Equal(t, []rbac.Grant{{Role: "viewer"}}, change(rbac.UserChange{Grants: &[]rbac.Grant{{Role: "viewer", Queue: "c"}, {Role: "viewer"}, {Role: "viewer"}}}).Grants,
		"what the whole desk includes is not kept")
	for name, c := range map[string]rbac.UserChange{
		"both":           {Role: ptr("lead"), Grants: &mixed},
		"none":           {Grants: &[]rbac.Grant{}},
		"unknown":        {Grants: &[]rbac.Grant{{Role: "nobody"}}},
		"unknown role":   {Role: ptr("nobody")},
		"admin of one":   {Grants: &[]rbac.Grant{{Role: "admin", Queue: "a"}}},
		"too many":       {Grants: ptr(slices.Repeat(mixed, 60))},
		"endless queues": {Grants: &[]rbac.Grant{{Role: "viewer", Queue: ticket.QueueID(strings.Repeat("q", 65))}}},
	} {
		_, err := b.UpdateUser(t.Context(), system, u.ID, c)
		requireKind(t, ticket.Invalid, err)
		_ = name
	}
	_, err = b.CreateUser(t.Context(), system, rbac.NewUser{Username: "x", Password: goodPassword, Role: "viewer", Grants: mixed})
	requireKind(t, ticket.Invalid, err)
	_, err = b.CreateUser(t.Context(), system, rbac.NewUser{Username: "x", Password: goodPassword})
	requireKind(t, ticket.Invalid, err)
}

func TestRoleLifecycle(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.role(t, "lead", rbac.Permission{Op: ticket.OpTicketRead, Scope: rbac.Own}, rbac.Permission{Op: ticket.OpTicketClaim})
	require.Equal(t, []rbac.Permission{{Op: ticket.OpTicketClaim, Scope: rbac.InQueues}, {Op: ticket.OpTicketRead, Scope: rbac.Own}}, r.Permissions)
	p := b.granted(t, "mia", rbac.Grant{Role: "lead"})
	list, err := b.Roles(t.Context(), system)
	require.NoError(t, err)
	require.Len(t, list, 4)
	require.True(t, list[0].Builtin)
	require.Equal(t, r, list[3])
	_, err = b.Roles(t.Context(), p.Actor)
	requireKind(t, ticket.Denied, err)

	for name, n := range map[string]rbac.NewRole{
		"taken":      {Name: "lead", Permissions: can(ticket.OpTicketRead)},
		"built in":   {Name: "viewer", Permissions: can(ticket.OpTicketRead)},
		"form":       {Name: "Lead", Permissions: can(ticket.OpTicketRead)},
		"empty":      {Name: "x"},
		"unknown":    {Name: "x", Permissions: can("ticket:fly")},
		"twice":      {Name: "x", Permissions: can(ticket.OpTicketRead, ticket.OpTicketRead)},
		"scope":      {Name: "x", Permissions: []rbac.Permission{{Op: ticket.OpTicketRead, Scope: "some"}}},
		"no reading": {Name: "x", Permissions: []rbac.Permission{{Op: ticket.OpTicketClaim, Scope: rbac.Whole}}},
		"no tickets": {Name: "x", Permissions: []rbac.Permission{{Op: ticket.OpUserRead, Scope: rbac.Own}}},
		"invisible":  {Name: "x", Description: "a\u202eb", Permissions: can(ticket.OpTicketRead)},
	} {
		_, err := b.CreateRole(t.Context(), system, n)
		want := ticket.Invalid
		if name == "taken" || name == "built in" {
			want = ticket.Conflict
		}
		requireKind(t, want, err)
	}
	same, err := b.UpdateRole(t.Context(), system, "lead", 1, rbac.RoleChange{Description: ptr(""), Permissions: ptr(can(ticket.OpTicketClaim))})
	require.NoError(t, err)
	require.EqualValues(t, 2, same.Version)
	again, err := b.UpdateRole(t.Context(), system, "lead", 0, rbac.RoleChange{Permissions: ptr(can(ticket.OpTicketClaim))})
	require.NoError(t, err)
	require.Equal(t, same, again, "what is so already is no change")
	_, err = b.UpdateRole(t.Context(), system, "lead", 1, rbac.RoleChange{Description: ptr("x")})
	requireKind(t, ticket.Stale, err)
	for _, name := range rbac.Roles() {
		_, err = b.UpdateRole(t.Context(), system, name, 0, rbac.RoleChange{Permissions: ptr(can(ticket.OpTicketRead))})
		requireKind(t, ticket.Conflict, err)
		requireKind(t, ticket.Conflict, b.DeleteRole(t.Context(), system, name, 0))
	}
	requireKind(t, ticket.NotFound, b.DeleteRole(t.Context(), system, "nobody", 0))
	requireKind(t, ticket.NotFound, b.DeleteRole(t.Context(), system, "' OR 1=1", 0))

	requireKind(t, ticket.Conflict, b.DeleteRole(t.Context(), system, "lead", 0))
	_, err = b.UpdateUser(t.Context(), system, p.Account.ID, rbac.UserChange{Active: ptr(false)})
	require.NoError(t, err)
	requireKind(t, ticket.Conflict, b.DeleteRole(t.Context(), system, "lead", 0)) // an account that rests has it still
	_, err = b.UpdateUser(t.Context(), system, p.Account.ID, rbac.UserChange{Role: ptr(rbac.RoleViewer)})
	require.NoError(t, err)
	requireKind(t, ticket.Stale, b.DeleteRole(t.Context(), system, "lead", 1))
	require.NoError(t, b.DeleteRole(t.Context(), system, "lead", 2))
	types := b.types()
	for _, want := range []ticket.EventType{rbac.EventRoleCreated, rbac.EventRoleUpdated, rbac.EventRoleDeleted} {
		require.Equal(t, 1, len(slices.DeleteFunc(slices.Clone(types), func(e ticket.EventType) bool { return e != want })), want)
	}
}

// TestRoleEditCountsAtOnce: the next request has it, on every replica, without a new sign-in; a stream that lasts ends.
func TestRoleEditCountsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.open(t)
	b.role(t, "lead", can(ticket.OpTicketRead, ticket.OpTokenOwn)...)
	b.granted(t, "mia", rbac.Grant{Role: "lead", Queue: "a"})
	p, token := b.login(t, "mia")
	_, secret := b.withToken(t, p, ticket.OpTicketRead)
	for _, s := range []string{token, secret} {
		_, err := other.Authenticate(t.Context(), s) // both replicas remember
		require.NoError(t, err)
	}
	_, err := other.Refresh(t.Context(), p)
	require.NoError(t, err)
	_, err = b.UpdateRole(t.Context(), system, "lead", 0, rbac.RoleChange{Permissions: ptr(can(ticket.OpTicketClaim))})
	require.NoError(t, err)
	for _, replica := range []*rbac.Accounts{b.Accounts, other} {
		p, err := replica.Authenticate(t.Context(), token)
		require.NoError(t, err, "nobody is signed out")
		require.Equal(t, []ticket.Op{ticket.OpTicketClaim}, p.Permissions)
		p, err = replica.Authenticate(t.Context(), secret)
		require.NoError(t, err)
		require.Empty(t, p.Permissions)
	}
	_, err = other.Refresh(t.Context(), p)
	requireKind(t, ticket.Unauthenticated, err)
}

// TestNobodyGrantsBeyondThemselves: by accounts, roles, queues, scopes and tokens.
func TestNobodyGrantsBeyondThemselves(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.role(t, "manager", append(can(ticket.OpUserRead, ticket.OpUserCreate, ticket.OpUserUpdate, ticket.OpUserDelete, ticket.OpRoleManage, ticket.OpTokenManage),
		rbac.Permission{Op: ticket.OpTicketRead, Scope: rbac.Own})...)
	b.role(t, "boss", can(ticket.OpUserRead, ticket.OpUserUpdate, ticket.OpBackupRun)...)
	b.role(t, "reader", can(ticket.OpTicketRead)...)
	m := b.granted(t, "mia", rbac.Grant{Role: "manager"}, rbac.Grant{Role: rbac.RoleSupport, Queue: "a"})
	boss := b.granted(t, "boss", rbac.Grant{Role: "boss"})
	peer := b.granted(t, "peer", rbac.Grant{Role: rbac.RoleSupport, Queue: "a"})
	ctx := t.Context()
	create := func(grants ...rbac.Grant) error {
		_, err := b.CreateUser(ctx, m.Actor, rbac.NewUser{Username: "x" + ticket.NewID(b.clock.Now()), Password: goodPassword, Grants: grants})
		return err
	}
	require.NoError(t, create(rbac.Grant{Role: rbac.RoleSupport, Queue: "a"}))
	require.NoError(t, create(rbac.Grant{Role: rbac.RoleViewer, Queue: "a"}, rbac.Grant{Role: "manager"}))
	for _, g := range []rbac.Grant{{Role: rbac.RoleSupport}, {Role: rbac.RoleSupport, Queue: "b"}, {Role: rbac.RoleViewer}, {Role: "boss"}, {Role: "reader"},
		{Role: "reader", Queue: "b"}, {Role: rbac.RoleAdmin}} {
		requireKind(t, ticket.Denied, create(g))
		requireKind(t, ticket.Denied, create(rbac.Grant{Role: rbac.RoleViewer, Queue: "a"}, g))
	}
	update := func(id ticket.AccountID, c rbac.UserChange) error {
		_, err := b.UpdateUser(ctx, m.Actor, id, c)
		return err
	}
	for _, c := range []rbac.UserChange{{Queues: &[]ticket.QueueID{}}, {Queues: &[]ticket.QueueID{"a", "b"}}, {Role: ptr("reader"), Queues: &[]ticket.QueueID{}},
		{Grants: &[]rbac.Grant{{Role: "boss"}}}, {Grants: &[]rbac.Grant{{Role: rbac.RoleSupport, Queue: "a"}, {Role: rbac.RoleViewer, Queue: "b"}}}} {
		requireKind(t, ticket.Denied, update(peer.Account.ID, c))
	}
	for _, c := range []rbac.UserChange{{Queues: &[]ticket.QueueID{"a", "b"}, Role: ptr(rbac.RoleSupport)}, {Role: ptr("boss")}, {Role: ptr(rbac.RoleAdmin)},
		{Grants: &[]rbac.Grant{{Role: "manager"}, {Role: rbac.RoleSupport}}}} {
		requireKind(t, ticket.Denied, update(m.Account.ID, c))
	}
	for _, c := range []rbac.UserChange{{Active: ptr(false)}, {Role: ptr("manager")}, {Password: ptr(otherPassword)}, {Name: ptr("x")}} {
		requireKind(t, ticket.Denied, update(boss.Account.ID, c))
	}
	requireKind(t, ticket.Denied, b.DeleteUser(ctx, m.Actor, boss.Account.ID))
	requireKind(t, ticket.Denied, b.RevokeSession(ctx, m.Actor, boss.Account.ID, boss.Session))
	_, _, err := b.CreateToken(ctx, m.Actor, rbac.NewToken{Account: boss.Account.ID, Name: "t", Scopes: []ticket.Op{ticket.OpBackupRun}})
	requireKind(t, ticket.Denied, err)

	edit := func(role string, permissions ...rbac.Permission) error {
		_, err := b.UpdateRole(ctx, m.Actor, role, 0, rbac.RoleChange{Permissions: &permissions})
		return err
	}
	own := rbac.Permission{Op: ticket.OpTicketRead, Scope: rbac.Own}
	mine := can(ticket.OpUserRead, ticket.OpUserCreate, ticket.OpUserUpdate, ticket.OpUserDelete, ticket.OpRoleManage, ticket.OpTokenManage)
	for _, extra := range []rbac.Permission{{Op: ticket.OpBackupRun}, {Op: ticket.OpTicketRead}, {Op: ticket.OpTicketRead, Scope: rbac.Whole}, {Op: ticket.OpTicketClaim}} {
		requireKind(t, ticket.Denied, edit("manager", append(slices.Clone(mine), extra)...))
		_, err := b.CreateRole(ctx, m.Actor, rbac.NewRole{Name: "more", Permissions: []rbac.Permission{extra}})
		requireKind(t, ticket.Denied, err)
	}
	requireKind(t, ticket.Denied, edit("boss", can(ticket.OpUserRead)...)) // nor takes from the stronger
	requireKind(t, ticket.Denied, b.DeleteRole(ctx, m.Actor, "boss", 0))
	require.NoError(t, edit("manager", append(slices.Clone(mine[:5]), own)...))
	_, err = b.CreateRole(ctx, m.Actor, rbac.NewRole{Name: "less", Permissions: []rbac.Permission{own, {Op: ticket.OpUserRead}}})
	require.NoError(t, err)

	narrow, _ := b.withToken(t, b.as(t, rbac.RoleAdmin), ticket.OpRoleManage, ticket.OpUserCreate, ticket.OpTicketRead)
	_, err = b.CreateRole(ctx, narrow.Actor, rbac.NewRole{Name: "wide", Permissions: can(ticket.OpTicketClaim)})
	requireKind(t, ticket.Denied, err) // a token grants no more than its scopes
	_, err = b.CreateUser(ctx, narrow.Actor, rbac.NewUser{Username: "y", Password: goodPassword, Role: "less"})
	requireKind(t, ticket.Denied, err)
}

// TestRolesAndAdminsAtOnce: replicas that edit, grant and delete roles while admins demote each other leave one admin, and nobody with a
// role that is gone. Who comes to a role after it was deleted stays an admin; while it is there, all but one are demoted.
func TestRolesAndAdminsAtOnce(t *testing.T) {
	t.Parallel()
	for _, deletes := range []bool{false, true} {
		t.Run(fmt.Sprint("deletes ", deletes), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			var admins []ticket.AccountID
			for i := range 4 {
				admins = append(admins, b.user(t, fmt.Sprint("admin", i), rbac.RoleAdmin).ID)
			}
			b.role(t, "lead", can(ticket.OpTicketRead)...)
			var wg sync.WaitGroup
			for i, id := range admins {
				a := b.open(t)
				wg.Go(func() {
					_, _ = a.UpdateUser(t.Context(), system, id, rbac.UserChange{Role: ptr("lead")})
					if i%2 == 0 {
						_, _ = a.UpdateUser(t.Context(), system, id, rbac.UserChange{Role: ptr(rbac.RoleViewer)})
					}
					if deletes {
						_ = a.DeleteRole(t.Context(), system, "lead", 0)
					}
				})
			}
			wg.Wait()
			n, err := b.store.CountActive(t.Context(), rbac.RoleAdmin)
			require.NoError(t, err)
			held, err := b.store.CountGrants(t.Context(), "lead")
			require.NoError(t, err)
			_, err = b.store.Role(t.Context(), "lead")
			require.Positive(t, n, "somebody is always in charge")
			if err == nil {
				require.Equal(t, 1, n)
			}
			if deletes {
				require.Equal(t, held > 0, err == nil)
			} else {
				require.NoError(t, err)
			}
		})
	}
}

// TestPolicyProperties: whatever roles there are and whatever is granted, grants only add up, and what somebody grants to anybody never
// exceeds what they have themselves.
func TestPolicyProperties(t *testing.T) {
	t.Parallel()
	queues := []ticket.QueueID{"", "a", "b", "c"}
	permission := rapid.Custom(func(rt *rapid.T) rbac.Permission {
		p := rbac.Permission{Op: rapid.SampledFrom(rbac.AllPermissions()).Draw(rt, "op")}
		if rbac.Readable(p.Op) {
			p.Scope = rapid.SampledFrom([]rbac.Scope{rbac.Own, rbac.InQueues, rbac.Whole}).Draw(rt, "scope")
		}
		return p
	})
	permissions := rapid.SliceOfNDistinct(permission, 1, 12, func(p rbac.Permission) ticket.Op { return p.Op })
	rapid.Check(t, func(rt *rapid.T) {
		b := setup(t)
		names := []string{rbac.RoleSupport, rbac.RoleViewer}
		for i := range rapid.IntRange(1, 4).Draw(rt, "roles") {
			name := fmt.Sprint("r", i)
			list := permissions.Draw(rt, name)
			if i == 0 { // somebody who manages something
				for _, op := range []ticket.Op{ticket.OpUserCreate, ticket.OpUserUpdate, ticket.OpRoleManage} {
					if !slices.ContainsFunc(list, func(p rbac.Permission) bool { return p.Op == op }) {
						list = append(list, rbac.Permission{Op: op})
					}
				}
			}
			b.role(t, name, list...)
			names = append(names, name)
		}
		grant := rapid.Custom(func(rt *rapid.T) rbac.Grant {
			return rbac.Grant{Role: rapid.SampledFrom(names).Draw(rt, "role"), Queue: rapid.SampledFrom(queues).Draw(rt, "queue")}
		})
		grants := rapid.SliceOfN(grant, 1, 4)
		alone := map[rbac.Grant]ticket.Actor{}
		for _, n := range names {
			for _, q := range queues {
				g := rbac.Grant{Role: n, Queue: q}
				alone[g] = b.account(t, g)
			}
		}
		given := append(grants.Draw(rt, "manager"), rbac.Grant{Role: "r0"})
		manager := b.account(t, given...)
		for _, op := range rbac.AllPermissions() { // additivity
			var sum ticket.Grant
			for _, g := range given {
				sum = plus(sum, b.grant(t, alone[g], op))
			}
			require.Equal(rt, describe(sum), describe(b.grant(t, manager, op)), op)
		}
		other := b.account(t, grants.Draw(rt, "other")...)
		for range 6 { // no escalation, by whatever succeeds
			switch rapid.IntRange(0, 3).Draw(rt, "action") {
			case 0:
				u, err := b.CreateUser(t.Context(), manager, rbac.NewUser{Username: "n" + ticket.NewID(b.clock.Now()), Password: goodPassword, Grants: grants.Draw(rt, "new")})
				if err == nil {
					b.within(rt, t, ticket.AccountActor(u.ID, ""), manager)
				}
			case 1:
				list := grants.Draw(rt, "for other")
				if _, err := b.UpdateUser(t.Context(), manager, other.Account, rbac.UserChange{Grants: &list}); err == nil {
					b.within(rt, t, other, manager)
				}
			case 2:
				before := b.snapshot(t, manager)
				list := grants.Draw(rt, "for self")
				if _, err := b.UpdateUser(t.Context(), manager, manager.Account, rbac.UserChange{Grants: &list}); err == nil {
					exceeds(rt, b.snapshot(t, manager), before)
				}
			case 3:
				list, name := permissions.Draw(rt, "edited"), rapid.SampledFrom(names).Draw(rt, "name")
				before := b.snapshot(t, manager)
				was := b.snapshot(t, other)
				if _, err := b.UpdateRole(t.Context(), manager, name, 0, rbac.RoleChange{Permissions: &list}); err == nil {
					exceeds(rt, b.snapshot(t, manager), before)
					for op, g := range b.snapshot(t, other) { // others get no more than they had or the manager has
						require.True(rt, fits(g, plus(was[op], before[op])), op)
					}
				}
			}
		}
	})
}

func (b bundle) account(t *testing.T, grants ...rbac.Grant) ticket.Actor {
	t.Helper()
	u, err := b.CreateUser(t.Context(), system, rbac.NewUser{Username: "u" + ticket.NewID(b.clock.Now()), Password: goodPassword, Grants: grants})
	require.NoError(t, err)
	return ticket.AccountActor(u.ID, "")
}

func (b bundle) grant(t *testing.T, a ticket.Actor, op ticket.Op) ticket.Grant {
	t.Helper()
	g, err := b.Policy().Grant(t.Context(), nil, a, op)
	require.NoError(t, err)
	return g
}

func (b bundle) snapshot(t *testing.T, a ticket.Actor) map[ticket.Op]ticket.Grant {
	t.Helper()
	out := map[ticket.Op]ticket.Grant{}
	for _, op := range rbac.AllPermissions() {
		out[op] = b.grant(t, a, op)
	}
	return out
}

func (b bundle) within(rt *rapid.T, t *testing.T, a, limit ticket.Actor) {
	t.Helper()
	exceeds(rt, b.snapshot(t, a), b.snapshot(t, limit))
}

// exceeds fails when anything reaches further than its limit.
func exceeds(rt *rapid.T, got, limit map[ticket.Op]ticket.Grant) {
	for op, g := range got {
		require.True(rt, fits(g, limit[op]), "%s: %s exceeds %s", op, describe(g), describe(limit[op]))
	}
}

// fits is written apart from the package's own comparison.
func fits(g, limit ticket.Grant) bool {
	return fmt.Sprint(describe(plus(g, limit))) == describe(limit)
}

func plus(a, b ticket.Grant) ticket.Grant {
	if a.All || b.All {
		return ticket.Grant{All: true}
	}
	queues := slices.Concat(a.Queues, b.Queues)
	slices.Sort(queues)
	return ticket.Grant{Queues: slices.Compact(queues), Own: a.Own || b.Own}
}
