package mailauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// SignIn is a sign-in by device code (RFC 8628) that somebody has begun. It is kept sealed in the Store, so that any process of the desk can
// ask how it stands.
type SignIn struct {
	URL     string    `json:"url"`  // to be opened on any machine
	Code    string    `json:"code"` // to be typed in there
	Expires time.Time `json:"expires"`

	Device   string    `json:"device"`   // secret
	Interval int64     `json:"interval"` // seconds between two questions
	Next     time.Time `json:"next"`     // of the next question
}

// SignInState says how a sign-in stands.
type SignInState string

// The states. SignInNone is also what follows SignInDone and the others once they were told.
const (
	SignInNone    SignInState = "none"
	SignInWaiting SignInState = "waiting"
	SignInDone    SignInState = "done"
	SignInRefused SignInState = "refused"
	SignInExpired SignInState = "expired"
)

func signInName(name string) string { return "mailauth/" + name + "/signin" }

// ErrNoDevice says that the issuer is not known to sign in by device code.
var ErrNoDevice = errors.New("this issuer is not known to sign in by device code; sign in with `oauth login --browser`, or give a refresh token")

// BeginSignIn begins to sign in by device code. What was begun before counts no longer.
func (s *Source) BeginSignIn(ctx context.Context) (SignIn, error) {
	if s.cfg.Provider.DeviceURL == "" {
		return SignIn{}, ErrNoDevice
	}
	c := s.cfg.Provider.oauth(s.cfg.ClientID, s.cfg.ClientSecret)
	d, err := c.DeviceAuth(context.WithValue(ctx, oauth2.HTTPClient, s.cfg.HTTP))
	if err != nil {
		return SignIn{}, fmt.Errorf("begin to sign in: %w", err)
	}
	now := s.cfg.Now().UTC()
	in := SignIn{URL: d.VerificationURI, Code: d.UserCode, Expires: now.Add(time.Until(d.Expiry)), Device: d.DeviceCode, Interval: max(d.Interval, 1)}
	if d.Expiry.IsZero() {
		in.Expires = now.Add(15 * time.Minute)
	}
	in.Next = now.Add(time.Duration(in.Interval) * time.Second)
	return in, s.setSignIn(ctx, &in)
}

// setSignIn keeps a sign-in; nil forgets it.
func (s *Source) setSignIn(ctx context.Context, in *SignIn) error {
	name, sealed := signInName(s.cfg.Name), ""
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		sealed = s.cfg.Box.Seal(name, string(b))
	}
	for range 5 {
		old, err := s.cfg.Store.Get(ctx, name)
		if err != nil {
			return err
		}
		ok, err := s.cfg.Store.SwapState(ctx, name, old, sealed)
		if err != nil || ok {
			return err
		}
	}
	return errors.New("mailauth: the sign-in changes all the time")
}

// AskSignIn asks the issuer how the sign-in stands, though not more often than it wants to be asked, and keeps the token when it is done.
func (s *Source) AskSignIn(ctx context.Context) (SignIn, SignInState, error) {
	sealed, err := s.cfg.Store.Get(ctx, signInName(s.cfg.Name))
	if err != nil || sealed == "" {
		return SignIn{}, SignInNone, err
	}
	var in SignIn
	plain, _, err := s.cfg.Box.Open(signInName(s.cfg.Name), sealed)
	if err == nil {
		err = json.Unmarshal([]byte(plain), &in)
	}
	if err != nil {
		return SignIn{}, SignInNone, s.setSignIn(ctx, nil)
	}
	now := s.cfg.Now()
	if now.After(in.Expires) {
		return in, SignInExpired, s.setSignIn(ctx, nil)
	}
	if now.Before(in.Next) {
		return in, SignInWaiting, nil
	}
	state, refresh, err := s.askDevice(ctx, &in)
	if err != nil {
		return in, SignInWaiting, err
	}
	if state == SignInWaiting {
		in.Next = now.Add(time.Duration(in.Interval) * time.Second).UTC()
		return in, state, s.setSignIn(ctx, &in)
	}
	if state == SignInDone {
		if err := s.Keep(ctx, refresh); err != nil {
			return in, SignInWaiting, err
		}
	}
	return in, state, s.setSignIn(ctx, nil)
}

// askDevice is one question of RFC 8628 section 3.4.
func (s *Source) askDevice(ctx context.Context, in *SignIn) (SignInState, string, error) {
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {in.Device}, "client_id": {s.cfg.ClientID}}
	if s.cfg.ClientSecret != "" {
		form.Set("client_secret", s.cfg.ClientSecret)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.Provider.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return "", "", fmt.Errorf("mailauth: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := s.cfg.HTTP.Do(req)
	if err != nil {
		return "", "", fmt.Errorf("ask the issuer of mail tokens: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenBytes))
	if err != nil {
		return "", "", fmt.Errorf("ask the issuer of mail tokens: %w", err)
	}
	var a answer
	_ = json.Unmarshal(body, &a) // an answer that is none is refused below
	switch {
	case resp.StatusCode == http.StatusOK && a.RefreshToken != "":
		return SignInDone, a.RefreshToken, nil
	case resp.StatusCode == http.StatusOK && a.AccessToken != "":
		return "", "", errors.New("the issuer gave no refresh token: allow offline_access for the registered app")
	case a.Error == "authorization_pending":
		return SignInWaiting, "", nil
	case a.Error == "slow_down":
		in.Interval += 5
		return SignInWaiting, "", nil
	case a.Error == "expired_token":
		return SignInExpired, "", nil
	case a.Error == "access_denied", a.Error == "authorization_declined":
		return SignInRefused, "", nil
	}
	return "", "", s.classify(resp, a, IMAP)
}
