package rbac_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestLessons has one test for each lesson from other systems' advisories that concerns accounts.
func TestLessons(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T, bundle){
		"missing key fails closed":                                  lessonMissingKey,
		"token fields are no SQL":                                   lessonTokenFields,
		"delete reaches only its own type":                          lessonOwnType,
		"export is authorized like read":                            lessonExport,
		"guessing is throttled per account despite other addresses": lessonThrottle,
		"known and unknown users cost the same":                     lessonSameWork,
		"a sign-in elsewhere inherits no account by its name":       lessonNoInheritance,
		"bcrypt accepts no suffix":                                  lessonBcryptSuffix,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, setup(t))
		})
	}
}

func lessonMissingKey(t *testing.T, b bundle) {
	for _, keys := range [][]rbac.Key{nil, {}, {{}}, {{ID: "k1"}}, {{ID: "k1", Secret: []byte{}}}, {jwtKey, {ID: "k0"}}} {
		_, err := rbac.New(rbac.Config{Store: b.store, ChainKey: chainKey, JWTKeys: keys})
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "jwt_keys"})
	}
	for _, key := range [][]byte{nil, {}, chainKey[:31]} {
		_, err := rbac.New(rbac.Config{Store: b.store, ChainKey: key, JWTKeys: []rbac.Key{jwtKey}})
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "chain_key"})
	}
}

func lessonTokenFields(t *testing.T, b bundle) {
	b.as(t, rbac.RoleAdmin)
	for _, text := range []string{"' OR '1'='1", "%", "_", "\x00", "tk_%", "1; DROP TABLE accounts", `{"$ne":""}`, "' UNION SELECT 1 --"} {
		for _, token := range []string{text, "tk_" + text,
			signed(t, `{"alg":"HS256","kid":"k1"}`, fmt.Sprintf(`{"iss":"ticketkit","aud":"ticketkit","sub":%q,"sid":%q,"exp":99999999999}`, text, text)),
			header(fmt.Sprintf(`{"alg":"HS256","kid":%q}`, text)) + "." + header(`{}`) + "."} {
			_, err := b.Authenticate(t.Context(), token)
			requireKind(t, ticket.Unauthenticated, err)
		}
		_, err := b.Login(t.Context(), text, text, rbac.LoginMeta{Address: text, UserAgent: text})
		require.Contains(t, []ticket.Kind{ticket.Unauthenticated, ticket.RateLimited}, ticket.KindOf(err))
	}
}

func lessonOwnType(t *testing.T, b bundle) {
	admin := b.as(t, rbac.RoleAdmin)
	b.user(t, "mia", rbac.RoleSupport)
	mia, session := b.login(t, "mia")
	tp, token := b.withToken(t, mia, ticket.OpTicketRead)
	id, by := mia.Account.ID, admin.Actor
	events := len(b.types())
	for _, err := range []error{
		b.DeleteUser(t.Context(), by, ticket.AccountID(mia.Session)),
		b.DeleteUser(t.Context(), by, ticket.AccountID(tp.Token)),
		b.RevokeSession(t.Context(), by, id, tp.Token),
		b.RevokeSession(t.Context(), by, id, string(id)),
		b.RevokeSession(t.Context(), by, id, admin.Session),
		b.RevokeToken(t.Context(), by, id, mia.Session),
		b.RevokeToken(t.Context(), by, id, string(id)),
		b.RevokeToken(t.Context(), by, admin.Account.ID, tp.Token),
	} {
		requireKind(t, ticket.NotFound, err)
	}
	require.Len(t, b.types(), events)
	for _, still := range []string{session, token} {
		_, err := b.Authenticate(t.Context(), still)
		require.NoError(t, err)
	}
}

func lessonExport(t *testing.T, b bundle) {
	for _, role := range rbac.Roles() {
		for _, queues := range [][]ticket.QueueID{nil, {"q1"}} {
			if role == rbac.RoleAdmin && queues != nil {
				continue // cannot be
			}
			u := b.user(t, fmt.Sprint(role, len(queues)), role, queues...)
			for export, read := range map[ticket.Op]ticket.Op{ticket.OpAuditExport: ticket.OpAuditRead, ticket.OpContactExport: ticket.OpContactRead} {
				e, err := b.Policy().Grant(t.Context(), nil, ticket.AccountActor(u.ID, ""), export)
				require.NoError(t, err)
				r, err := b.Policy().Grant(t.Context(), nil, ticket.AccountActor(u.ID, ""), read)
				require.NoError(t, err)
				require.False(t, e.All && !r.All || !e.Empty() && r.Empty(), "%s reaches further than %s", export, read)
				require.Subset(t, r.Queues, e.Queues)
			}
		}
	}
}

func lessonThrottle(t *testing.T, b bundle) {
	b.user(t, "mia", rbac.RoleSupport)
	limited := 0
	for i := range 100 {
		_, err := b.Login(t.Context(), "mia", "wrong again", rbac.LoginMeta{Address: fmt.Sprintf("2001:db8:%x::1", i)})
		if ticket.KindOf(err) == ticket.RateLimited {
			limited++
		}
	}
	require.GreaterOrEqual(t, limited, 85)
}

func lessonSameWork(t *testing.T, b bundle) {
	b.user(t, "mia", rbac.RoleSupport)
	work := func(name string) (runs int64, reads int) {
		before := b.HashRuns()
		b.store.SetFault(func() error { reads++; return nil })
		defer b.store.SetFault(nil)
		_, err := b.Login(t.Context(), name, "wrong again", rbac.LoginMeta{})
		requireKind(t, ticket.Unauthenticated, err)
		return b.HashRuns() - before, reads
	}
	for range 3 { // the first failure of each is also written down
		runs, reads := work("mia")
		dummy, none := work("nobody")
		require.EqualValues(t, 1, runs)
		require.Equal(t, runs, dummy)
		require.Equal(t, reads, none)
	}
}

func lessonNoInheritance(t *testing.T, b bundle) {
	u := b.user(t, "chefin", rbac.RoleAdmin)
	p, err := b.EnsureExternal(t.Context(), string(u.ID), "Chefin", "", rbac.RoleViewer)
	require.NoError(t, err)
	require.NotEqual(t, u.ID, p.Account.ID)
	require.Equal(t, rbac.PermissionsOf(rbac.RoleViewer), p.Permissions)
	got, err := b.User(t.Context(), system, u.ID)
	require.NoError(t, err)
	require.Equal(t, u, got)
}

func lessonBcryptSuffix(t *testing.T, b bundle) {
	long := strings.Repeat("a", 72)
	hash, err := bcrypt.GenerateFromPassword([]byte(long), bcrypt.MinCost)
	require.NoError(t, err)
	_, err = b.CreateUser(t.Context(), system, rbac.NewUser{Username: "imported", Role: rbac.RoleViewer, PasswordHash: string(hash)})
	require.NoError(t, err)
	_, err = b.Login(t.Context(), "imported", long+"b", rbac.LoginMeta{})
	requireKind(t, ticket.Unauthenticated, err)
	_, err = b.Login(t.Context(), "imported", long, rbac.LoginMeta{})
	require.NoError(t, err)
}
