package rbac_test

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestWhatIsRemembered: a second request with the same token, after whatever has happened meanwhile behind the back of this process, is
// answered as the first of a process that knows nothing yet.
func TestWhatIsRemembered(t *testing.T) {
	t.Parallel()
	no := false
	for name, c := range map[string]struct {
		happens func(t *testing.T, other *rbac.Accounts, p rbac.Principal, k rbac.Principal)
		session bool // goes on
		token   bool
	}{
		"nothing": {func(*testing.T, *rbac.Accounts, rbac.Principal, rbac.Principal) {}, true, true},
		"another name": {func(t *testing.T, other *rbac.Accounts, p, _ rbac.Principal) {
			_, err := other.UpdateUser(t.Context(), ticket.SystemActor("test"), p.Account.ID, rbac.UserChange{Name: ptr("Maria")})
			require.NoError(t, err)
		}, true, true},
		"signed out": {func(t *testing.T, other *rbac.Accounts, p, _ rbac.Principal) {
			require.NoError(t, other.Logout(t.Context(), p))
		}, false, true},
		"token revoked": {func(t *testing.T, other *rbac.Accounts, p, k rbac.Principal) {
			require.NoError(t, other.RevokeToken(t.Context(), p.Actor, p.Account.ID, k.Token))
		}, true, false},
		"inactive": {func(t *testing.T, other *rbac.Accounts, p, _ rbac.Principal) {
			_, err := other.UpdateUser(t.Context(), ticket.SystemActor("test"), p.Account.ID, rbac.UserChange{Active: &no})
			require.NoError(t, err)
		}, false, false},
		"deleted": {func(t *testing.T, other *rbac.Accounts, p, _ rbac.Principal) {
			require.NoError(t, other.DeleteUser(t.Context(), ticket.SystemActor("test"), p.Account.ID))
		}, false, false},
		"another role": {func(t *testing.T, other *rbac.Accounts, p, _ rbac.Principal) {
			_, err := other.UpdateUser(t.Context(), ticket.SystemActor("test"), p.Account.ID, rbac.UserChange{Role: ptr(rbac.RoleViewer)})
			require.NoError(t, err)
		}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.user(t, "root", rbac.RoleAdmin)
			b.user(t, "mia", rbac.RoleSupport)
			p, bearer := b.login(t, "mia")
			k, secret := b.withToken(t, p, ticket.OpTicketRead, ticket.OpTicketClose)
			_, err := b.Authenticate(t.Context(), bearer) // both are remembered from here on
			require.NoError(t, err)
			c.happens(t, b.open(t), p, k)
			fresh := b.open(t)
			for token, goesOn := range map[string]bool{bearer: c.session, secret: c.token} {
				want, werr := fresh.Authenticate(t.Context(), token)
				got, err := b.Authenticate(t.Context(), token)
				require.Equal(t, ticket.KindOf(werr), ticket.KindOf(err))
				require.Equal(t, goesOn, err == nil, "%v", err)
				require.Equal(t, want, got)
			}
		})
	}
}

// TestVerifiedTokenEnds: that a token was good once does not make it good for ever.
func TestVerifiedTokenEnds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleAdmin)
	p, token := b.login(t, "mia")
	end := p.ExpiresAt
	now := b.clock.Now()
	short := forge(t, jwt.SigningMethodHS256, jwtKey.Secret, "k1", jwt.MapClaims{"iss": "ticketkit", "aud": "ticketkit", "sub": string(p.Account.ID),
		"sid": p.Session, "ver": p.Account.Version, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}) // the session itself goes on
	for _, s := range []string{token, short, short} {
		_, err := b.Authenticate(t.Context(), s)
		require.NoError(t, err)
	}
	b.clock.Add(time.Minute)
	_, err := b.Authenticate(t.Context(), short)
	requireKind(t, ticket.Unauthenticated, err)
	_, err = b.Authenticate(t.Context(), token)
	require.NoError(t, err)
	b.clock.Add(end.Sub(b.clock.Now()))
	_, err = b.Authenticate(t.Context(), token)
	requireKind(t, ticket.Unauthenticated, err)
}
