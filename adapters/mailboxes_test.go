package adapters_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestSecretsStayWithTheirServer: what is kept goes to no place that its owner has not brought it to.
func TestSecretsStayWithTheirServer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ring, err := keys.New([]byte(keys.Generate()))
	require.NoError(t, err)
	book, err := adapters.NewMailboxes(adapters.MailboxesConfig{Store: d.store, Box: ring.Box(keys.LabelStateSecrets),
		Verify: func(adapters.OpenMailbox) error { return nil }})
	require.NoError(t, err)
	desk := adapters.NewMailboxDesk(d.svc, book)
	type box = adapters.OpenMailbox
	oauth, err := desk.Create(t.Context(), agent, box{Mailbox: adapters.Mailbox{Address: "a@desk.example", Server: "imap.desk.example:993", SignIn: adapters.SignInOAuth,
		ClientID: "desk", TokenURL: "https://login.desk.example/token"}, Secret: adapters.MailboxSecret{ClientSecret: "client", RefreshToken: "refresh"}})
	require.NoError(t, err)
	plain, err := desk.Create(t.Context(), agent, box{Mailbox: adapters.Mailbox{Address: "b@desk.example", Server: "imap.desk.example:993", SignIn: adapters.SignInPassword},
		Secret: adapters.MailboxSecret{Password: "word"}})
	require.NoError(t, err)

	elsewhere := func(m *box) { m.Server, m.TokenURL = "imap.evil.example:993", "https://login.evil.example/token" }
	for name, c := range map[string]struct {
		id     string
		change func(*box)
	}{
		"nothing":                {oauth.ID, func(*box) {}},
		"an unused password":     {oauth.ID, func(m *box) { m.Secret.Password = "x" }},
		"no refresh token":       {oauth.ID, func(m *box) { m.Secret.RefreshToken = "" }}, // the stored one would go there
		"the same refresh token": {oauth.ID, func(m *box) { m.Secret.RefreshToken = "refresh" }},
		"the client's is kept":   {oauth.ID, func(m *box) { m.Secret.RefreshToken = "other" }},
		"unused tokens":          {plain.ID, func(m *box) { m.Secret.RefreshToken, m.Secret.ClientSecret = "x", "y" }},
		"no password":            {plain.ID, func(m *box) { m.Secret.Password = "" }},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := desk.Update(t.Context(), agent, c.id, func(m *box) { elsewhere(m); c.change(m) })
			require.Equal(t, ticket.Invalid, ticket.KindOf(err))
		})
	}
	_, err = desk.Update(t.Context(), agent, plain.ID, func(m *box) { elsewhere(m); m.Secret.Password = "word" })
	require.NoError(t, err, "typed again")
	_, err = desk.Update(t.Context(), agent, oauth.ID, func(m *box) { elsewhere(m); m.Secret.RefreshToken, m.Secret.ClientSecret = "other", "client" })
	require.NoError(t, err)
}

// TestSecretsFollowANewKey: once they are renewed the key before is needed no longer.
func TestSecretsFollowANewKey(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first, second := []byte(keys.Generate()), []byte(keys.Generate())
	book := func(secret, previous []byte) *adapters.Mailboxes {
		ring, err := keys.New(secret)
		require.NoError(t, err)
		ring, err = ring.WithPrevious(previous)
		require.NoError(t, err)
		out, err := adapters.NewMailboxes(adapters.MailboxesConfig{Store: d.store, Box: ring.Box(keys.LabelStateSecrets), Verify: func(adapters.OpenMailbox) error { return nil }})
		require.NoError(t, err)
		return out
	}
	made, err := adapters.NewMailboxDesk(d.svc, book(first, nil)).Create(t.Context(), agent, adapters.OpenMailbox{Secret: adapters.MailboxSecret{Password: "word"},
		Mailbox: adapters.Mailbox{Address: "a@desk.example", Server: "imap.desk.example:993", SignIn: adapters.SignInPassword}})
	require.NoError(t, err)
	opened := func(secret, previous []byte) adapters.OpenMailbox {
		list, err := book(secret, previous).Open(t.Context())
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.True(t, list[0].HasSecret)
		require.Equal(t, made.Version, list[0].Version, "nobody has changed it")
		return list[0]
	}
	require.False(t, opened(first, nil).Sealed())
	require.True(t, opened(second, nil).Sealed())
	require.NoError(t, book(second, nil).Renew(t.Context()), "what cannot be read stays")
	require.Equal(t, "word", opened(second, first).Secret.Password)
	require.True(t, opened(second, nil).Sealed(), "reading changes nothing")
	require.NoError(t, book(second, first).Renew(t.Context()))
	require.Equal(t, "word", opened(second, nil).Secret.Password)
	require.True(t, opened(first, nil).Sealed())
}
