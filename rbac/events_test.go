package rbac_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestFailedLoginsDoNotFillTheDisk(t *testing.T) {
	t.Parallel()
	b := setup(t)
	u := b.user(t, "mia", rbac.RoleSupport)
	for range 300 {
		_, err := b.Login(t.Context(), "mia", "wrong again", rbac.LoginMeta{Address: "192.0.2.7"})
		require.Error(t, err)
		_, err = b.Login(t.Context(), "my secret typed too early", "x", rbac.LoginMeta{Address: "198.51.100.7"})
		require.Error(t, err)
		b.clock.Add(11 * time.Second)
	}
	events, _ := b.store.Events()
	n := 0
	for _, e := range events {
		if e.Type != rbac.EventLoginFailed {
			continue
		}
		n++
		require.NotContains(t, string(e.Data)+string(e.Private), "secret typed")
		require.NotContains(t, string(e.Data), "192.0.2", "addresses are private")
		require.Contains(t, string(e.Private), `"address"`)
	}
	require.Contains(t, string(events[1].Data), string(u.ID))
	require.Greater(t, n, 2)
	require.Less(t, n, 10)
}

func TestEventsHoldNoSecretsAndPutPeopleAside(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := b.as(t, rbac.RoleAdmin)
	admin.Actor.Source = "192.0.2.99"
	u, err := b.CreateUser(t.Context(), admin.Actor, rbac.NewUser{Username: "mia", Name: "Mia Muster", Role: rbac.RoleViewer, Password: goodPassword})
	require.NoError(t, err)
	_, err = b.UpdateUser(t.Context(), admin.Actor, u.ID, rbac.UserChange{Role: ptr(rbac.RoleSupport), Password: ptr(otherPassword), Name: ptr("Mia M.")})
	require.NoError(t, err)
	tok, secret, err := b.CreateToken(t.Context(), admin.Actor, rbac.NewToken{Account: u.ID, Name: "nightly script", Scopes: []ticket.Op{ticket.OpTicketRead}})
	require.NoError(t, err)
	require.NoError(t, b.RevokeToken(t.Context(), admin.Actor, u.ID, tok.ID))
	require.NoError(t, b.DeleteUser(t.Context(), admin.Actor, u.ID))

	events, _ := b.store.Events()
	require.Equal(t, []ticket.EventType{rbac.EventUserCreated, rbac.EventLogin, rbac.EventUserCreated, rbac.EventUserUpdated,
		rbac.EventTokenCreated, rbac.EventTokenRevoked, rbac.EventUserDeleted}, b.types())
	for _, e := range events[2:] {
		require.Equal(t, string(admin.Account.ID), e.Actor.ID)
		require.Contains(t, string(e.Data), string(u.ID))
		require.Contains(t, string(e.Private), "192.0.2.99")
		for _, word := range []string{"ia M", "mia", "nightly", "192.0"} {
			require.NotContains(t, string(e.Data), word)
		}
		for _, word := range []string{goodPassword, otherPassword, secret, "argon2"} {
			require.NotContains(t, string(e.Data)+string(e.Private), word)
		}
		require.True(t, json.Valid(e.Data) && json.Valid(e.Private))
	}
	require.JSONEq(t, `{"account_id":"`+string(u.ID)+`","active":true,"changed":["name","role","password"],"role_from":"viewer","role_to":"support"}`,
		string(events[3].Data))
}
