package rbac_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mia := b.as(t, rbac.RoleSupport)
	tok, secret, err := b.CreateToken(t.Context(), mia.Actor, rbac.NewToken{Name: " nightly ", ExpiresAt: b.clock.Now().Add(time.Hour),
		Scopes: []ticket.Op{ticket.OpTicketRead, ticket.OpMessageRead, ticket.OpTicketRead}})
	require.NoError(t, err)
	require.Equal(t, "nightly", tok.Name)
	require.Equal(t, []ticket.Op{ticket.OpMessageRead, ticket.OpTicketRead}, tok.Scopes)
	require.Regexp(t, `^tk_[a-z2-7]{48}$`, secret)
	require.Equal(t, secret[:11], tok.Prefix)
	require.Empty(t, tok.Hash)

	kept, err := b.store.ListTokens(t.Context(), mia.Account.ID)
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(secret))
	require.Equal(t, hex.EncodeToString(sum[:]), kept[0].Hash)
	require.NotContains(t, fmt.Sprint(kept), secret)

	p, err := b.Authenticate(t.Context(), secret)
	require.NoError(t, err)
	require.Equal(t, tok.ID, p.Token)
	require.Empty(t, p.Session)
	require.Equal(t, tok.Scopes, p.Permissions)
	require.Equal(t, tok.ExpiresAt, p.ExpiresAt)
	list, err := b.Tokens(t.Context(), mia.Actor, mia.Account.ID)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, b.clock.Now(), list[0].LastUsed)
	require.Empty(t, list[0].Hash)

	for _, wrong := range []string{secret[:len(secret)-1], secret + "a", strings.ToUpper(secret), "tk_", "tk_" + strings.Repeat("a", 48),
		strings.Replace(secret, "tk_", "tk-", 1), secret + "\x00", kept[0].Hash, "tk_' OR hash LIKE '%"} {
		_, err := b.Authenticate(t.Context(), wrong)
		requireKind(t, ticket.Unauthenticated, err)
	}
	_, err = b.Refresh(t.Context(), p)
	require.NoError(t, err)
	b.clock.Add(time.Hour)
	_, err = b.Authenticate(t.Context(), secret)
	requireKind(t, ticket.Unauthenticated, err)
	_, err = b.Refresh(t.Context(), p)
	requireKind(t, ticket.Unauthenticated, err)
}

func TestRevokedToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mia := b.as(t, rbac.RoleSupport)
	b.user(t, "zoe", rbac.RoleSupport)
	zoe, _ := b.login(t, "zoe")
	p, secret := b.withToken(t, mia, ticket.OpTicketRead)
	requireKind(t, ticket.Denied, b.RevokeToken(t.Context(), zoe.Actor, mia.Account.ID, p.Token))
	requireKind(t, ticket.NotFound, b.RevokeToken(t.Context(), zoe.Actor, zoe.Account.ID, p.Token))
	requireKind(t, ticket.Denied, b.RevokeToken(t.Context(), p.Actor, mia.Account.ID, p.Token))
	_, err := b.Authenticate(t.Context(), secret)
	require.NoError(t, err)
	require.NoError(t, b.RevokeToken(t.Context(), mia.Actor, mia.Account.ID, p.Token))
	_, err = b.Authenticate(t.Context(), secret)
	requireKind(t, ticket.Unauthenticated, err)
	requireKind(t, ticket.NotFound, b.RevokeToken(t.Context(), mia.Actor, mia.Account.ID, p.Token))
}

func TestInputOfTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mia := b.as(t, rbac.RoleSupport)
	read := []ticket.Op{ticket.OpTicketRead}
	for field, n := range map[string]rbac.NewToken{
		"name":       {Scopes: read},
		"name ":      {Name: "a\nb", Scopes: read},
		"scopes":     {Name: "t"},
		"scopes ":    {Name: "t", Scopes: []ticket.Op{"*"}},
		"scopes  ":   {Name: "t", Scopes: []ticket.Op{"user:*"}},
		"expires_at": {Name: "t", Scopes: read, ExpiresAt: b.clock.Now()},
	} {
		_, _, err := b.CreateToken(t.Context(), mia.Actor, n)
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: strings.TrimSpace(field)})
	}
	_, _, err := b.CreateToken(t.Context(), system, rbac.NewToken{Name: "t", Scopes: read})
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "account"})
	_, _, err = b.CreateToken(t.Context(), mia.Actor, rbac.NewToken{Name: "t", Scopes: []ticket.Op{ticket.OpTicketRead, ticket.OpUserRead}})
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Denied, Field: "scopes"})
	for range 50 {
		_, _, err := b.CreateToken(t.Context(), mia.Actor, rbac.NewToken{Name: "t", Scopes: read})
		require.NoError(t, err)
	}
	_, _, err = b.CreateToken(t.Context(), mia.Actor, rbac.NewToken{Name: "t", Scopes: read})
	requireKind(t, ticket.Conflict, err)
	viewer := b.as(t, rbac.RoleViewer)
	_, _, err = b.CreateToken(t.Context(), viewer.Actor, rbac.NewToken{Name: "t", Scopes: read})
	requireKind(t, ticket.Denied, err)
}

// TestTokenOfLimitedAccount: the limits of the owner hold for its tokens, also those set later.
func TestTokenOfLimitedAccount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleSupport)
	mia, _ := b.login(t, "mia")
	_, secret := b.withToken(t, mia, ticket.OpTicketRead, ticket.OpParkedRetry)
	_, err := b.UpdateUser(t.Context(), system, mia.Account.ID, rbac.UserChange{Queues: &[]ticket.QueueID{"q1"}})
	require.NoError(t, err)
	p, err := b.Authenticate(t.Context(), secret)
	require.NoError(t, err)
	require.Equal(t, []ticket.Op{ticket.OpTicketRead}, p.Permissions)
	require.Equal(t, []ticket.QueueID{"q1"}, p.Queues)
	g, err := b.Policy().Grant(t.Context(), nil, p.Actor, ticket.OpTicketRead)
	require.NoError(t, err)
	require.Equal(t, ticket.Grant{Queues: []ticket.QueueID{"q1"}, Own: true}, g)
	mia, _ = b.login(t, "mia")
	_, _, err = b.CreateToken(t.Context(), mia.Actor, rbac.NewToken{Name: "t", Scopes: []ticket.Op{ticket.OpParkedRetry}})
	requireKind(t, ticket.Denied, err)
}
