package mailauth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

// LoginDevice signs in by device code (RFC 8628): show is told the address to open, on any machine, and the code to type there. It waits
// until that is done, and keeps the token.
func (s *Source) LoginDevice(ctx context.Context, show func(url, code string)) error {
	if s.cfg.Provider.DeviceURL == "" {
		return errors.New("this issuer is not known to sign in by device code; sign in with a browser on this machine")
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, s.cfg.HTTP)
	c := s.cfg.Provider.oauth(s.cfg.ClientID, s.cfg.ClientSecret)
	d, err := c.DeviceAuth(ctx)
	if err != nil {
		return fmt.Errorf("begin to sign in: %w", err)
	}
	show(d.VerificationURI, d.UserCode)
	t, err := c.DeviceAccessToken(ctx, d)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return s.keep(ctx, t)
}

// LoginBrowser signs in with a browser on this machine (RFC 8252, with PKCE of RFC 7636): open is told the address to open.
func (s *Source) LoginBrowser(ctx context.Context, open func(url string)) error {
	if s.cfg.Provider.AuthURL == "" {
		return errors.New("this issuer has no known address to sign in at; put its refresh token into OAUTH_REFRESH_TOKEN")
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("wait for the browser: %w", err)
	}
	c := s.cfg.Provider.oauth(s.cfg.ClientID, s.cfg.ClientSecret)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	c.RedirectURL = "http://localhost:" + port // Entra ignores the port of a registered http://localhost
	state, verifier := rand.Text(), oauth2.GenerateVerifier()
	type result struct {
		code string
		err  error
	}
	results := make(chan result, 1)
	srv := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.URL.Path != "/" || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(state)) != 1 {
			http.NotFound(w, r) // a stray request, or somebody else's
			return
		}
		res := result{code: q.Get("code")}
		text := "Anmeldung erledigt, dieses Fenster kann geschlossen werden. / Signed in, this window can be closed."
		if res.code == "" {
			res.err = fmt.Errorf("the issuer refused: %s %s", oneLine(q.Get("error")), oneLine(q.Get("error_description")))
			text = "Die Anmeldung wurde abgelehnt. / The sign-in was refused."
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(text + "\n"))
		select {
		case results <- res:
		default:
		}
	})}
	go func() { _ = srv.Serve(l) }()
	defer func() { _ = srv.Close() }()
	open(c.AuthCodeURL(state, oauth2.AccessTypeOffline, oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("prompt", "consent")))
	select {
	case <-ctx.Done():
		return ctx.Err()
	case res := <-results:
		if res.err != nil {
			return res.err
		}
		ctx := context.WithValue(ctx, oauth2.HTTPClient, s.cfg.HTTP)
		t, err := c.Exchange(ctx, res.code, oauth2.VerifierOption(verifier))
		if err != nil {
			return fmt.Errorf("sign in: %w", err)
		}
		bye, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		_ = srv.Shutdown(bye) // so that the browser gets its page
		return s.keep(ctx, t)
	}
}

func (s *Source) keep(ctx context.Context, t *oauth2.Token) error {
	if t.RefreshToken == "" {
		return errors.New("the issuer gave no refresh token: allow offline_access for the registered app")
	}
	return s.Keep(ctx, t.RefreshToken)
}
