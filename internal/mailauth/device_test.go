package mailauth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/mailauth"
	"github.com/ticketkit/ticketkit/internal/testdovecot"
)

func TestSigningInStepByStep(t *testing.T) {
	t.Parallel()
	w := setup(t)
	src := w.source(t, "")
	_, state, err := src.AskSignIn(t.Context())
	require.NoError(t, err)
	require.Equal(t, mailauth.SignInNone, state)
	in, err := src.BeginSignIn(t.Context())
	require.NoError(t, err)
	require.Equal(t, "ABCD-EFGH", in.Code)
	asked := len(w.issuer.Log())
	for range 3 { // not more often than the issuer wants
		_, state, err = src.AskSignIn(t.Context())
		require.NoError(t, err)
		require.Equal(t, mailauth.SignInWaiting, state)
	}
	require.Len(t, w.issuer.Log(), asked)
	w.pass(2 * time.Second)
	_, state, err = src.AskSignIn(t.Context())
	require.NoError(t, err)
	require.Equal(t, mailauth.SignInWaiting, state)
	require.Len(t, w.issuer.Log(), asked+1)
	w.issuer.Approve("device-1", testdovecot.Person{Name: "svc", Mailbox: "support@desk.example"})
	w.pass(2 * time.Second)
	_, state, err = src.AskSignIn(t.Context())
	require.NoError(t, err)
	require.Equal(t, mailauth.SignInDone, state)
	_, err = src.Token(t.Context(), mailauth.IMAP)
	require.NoError(t, err, "the token that came is the one that counts")
	_, state, err = src.AskSignIn(t.Context())
	require.NoError(t, err)
	require.Equal(t, mailauth.SignInNone, state, "it is told once")

	_, err = src.BeginSignIn(t.Context())
	require.NoError(t, err)
	w.pass(time.Hour)
	_, state, err = src.AskSignIn(t.Context())
	require.NoError(t, err)
	require.Equal(t, mailauth.SignInExpired, state)
}
