package server_test

import (
	"context"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/internal/testdovecot"
)

// TestSigningInFromTheCommandLine signs in once, by a code that is typed in elsewhere or with a browser here, and then the desk reads the mailbox with
// what was kept.
func TestSigningInFromTheCommandLine(t *testing.T) {
	t.Parallel()
	const who = "support@desk.example"
	person := testdovecot.Person{Name: "svc@desk.example", Mailbox: who}
	address := regexp.MustCompile(`http://\S+/authorize\?\S+`)
	for name, c := range map[string]struct {
		args []string
		ask  *regexp.Regexp
		do   func(t *testing.T, dove *testdovecot.Server, said string) // what the person does
	}{
		"device": {[]string{"oauth", "login"}, regexp.MustCompile(`type ABCD-EFGH and sign in as support@desk\.example`), func(_ *testing.T, dove *testdovecot.Server, _ string) {
			dove.Issuer.Approve("device-1", person)
		}},
		"browser": {[]string{"oauth", "login", "--browser"}, address, func(t *testing.T, dove *testdovecot.Server, said string) {
			dove.Issuer.Welcome(person)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, said, nil)
			require.NoError(t, err)
			answer, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			require.Equal(t, http.StatusOK, answer.StatusCode)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dove, dir := testdovecot.Start(t), t.TempDir()
			require.NoError(t, dove.Put(who, note(who, 1)))
			env := []string{"MAIL_USER=" + who, "IMAP_ADDR=" + dove.IMAP, "OAUTH_CLIENT_ID=app", "OAUTH_TOKEN_URL=" + dove.Issuer.URL + "/common/oauth2/v2.0/token"}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var out, errs safeBuffer
			code := make(chan int, 1)
			go func() {
				code <- server.Run(ctx, server.Preset{Name: "quickstart", KeepSecret: true}, c.args, append([]string{"DATA_DIR=" + dir}, env...), &out, &errs,
					func(server.Addresses) { t.Error("it started") })
			}()
			require.Eventually(t, func() bool { return c.ask.MatchString(out.String()) }, time.Minute, 10*time.Millisecond)
			c.do(t, dove, c.ask.FindString(out.String()))
			require.Equal(t, 0, <-code, errs.String())
			require.Contains(t, out.String(), "Signed in.")
			require.NotContains(t, out.String()+errs.String(), "rt-", "no token is shown")

			start(t, dir, env...)
			require.Eventually(t, func() bool { return dove.Count(who, "Processed") == 1 }, time.Minute, 20*time.Millisecond)
		})
	}
}
