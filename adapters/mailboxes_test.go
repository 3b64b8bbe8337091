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
