package mailout

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/mailauth"
)

// holdEvery is how often a message is tried that waits for somebody to mend the sign-in.
const holdEvery = 5 * time.Minute

var (
	errClear = errors.New("the server offers no encryption, and neither password nor token is sent in the clear")
	errMech  = errors.New("the server offers neither AUTH PLAIN nor AUTH LOGIN")
	errOAuth = errors.New("the server offers neither AUTH XOAUTH2 nor AUTH OAUTHBEARER")
	errStale = errors.New("the server refused the access token")
)

// signInError says that the server does not let the desk in.
type signInError struct {
	user string
	err  error
}

func (e *signInError) Error() string { return fmt.Sprintf("sign in as %s: %v", e.user, e.err) }
func (e *signInError) Unwrap() error { return e.err }

func (s *Sender) signIn(ctx context.Context, c *conn, secure bool) error {
	switch {
	case s.cfg.Username == "":
		return nil
	case !secure:
		return errClear
	}
	mech, token, err := s.mechanism(ctx, c)
	if err != nil {
		return &signInError{s.cfg.Username, err}
	}
	if err := mailauth.Explain(mech, c.Auth(mech)); err != nil {
		if token != "" && refusedToken(err) {
			s.cfg.Tokens.Reject(mailauth.SMTP, token)
			return fmt.Errorf("%w: %w", errStale, &signInError{s.cfg.Username, err})
		}
		return &signInError{s.cfg.Username, err}
	}
	return nil
}

// mechanism chooses how to sign in; token is "" with a password.
func (s *Sender) mechanism(ctx context.Context, c *conn) (mech sasl.Client, token string, err error) {
	if s.cfg.Tokens == nil {
		switch {
		case c.SupportsAuth(sasl.Plain):
			return sasl.NewPlainClient("", s.cfg.Username, s.cfg.Password), "", nil
		case c.SupportsAuth(sasl.Login):
			return sasl.NewLoginClient(s.cfg.Username, s.cfg.Password), "", nil
		}
		return nil, "", errMech
	}
	if token, err = s.cfg.Tokens.Token(ctx, mailauth.SMTP); err != nil {
		return nil, "", err
	}
	switch {
	case c.SupportsAuth("XOAUTH2"):
		mech, err = mailauth.XOAUTH2(s.cfg.Username, token)
	case c.SupportsAuth("OAUTHBEARER"):
		mech, err = mailauth.OAUTHBEARER(s.cfg.Username, token, s.cfg.SMTPAddr)
	default:
		err = errOAuth
	}
	return mech, token, err
}

// refusedToken reports that the server looked at the token and did not like it.
func refusedToken(err error) bool {
	if _, ok := errors.AsType[*mailauth.ChallengeError](err); ok {
		return true
	}
	reply, ok := errors.AsType[*smtp.SMTPError](err)
	return ok && reply.Code/100 == 5
}

// fault sorts what keeps the desk from a server: each needs another hand.
type fault string

const (
	faultScope    fault = "scope"    // the sign-in covers no sending
	faultGrant    fault = "grant"    // the sign-in was revoked, or the issuer does not know the program
	faultPassword fault = "password" // user name, password or token are refused
	faultCert     fault = "certificate"
	faultClear    fault = "encryption"
)

func faultOf(err error) fault {
	if _, ok := errors.AsType[*mailauth.ScopeError](err); ok {
		return faultScope
	}
	if mailauth.Lasting(err) {
		return faultGrant
	}
	if e, ok := errors.AsType[*signInError](err); ok {
		if reply, ok := errors.AsType[*smtp.SMTPError](err); ok && reply.Code/100 == 5 || errors.Is(err, errStale) || errors.Is(e.err, errMech) || errors.Is(e.err, errOAuth) {
			return faultPassword
		}
		return ""
	}
	if errors.Is(err, errClear) {
		return faultClear
	}
	_, verify := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, name := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	if verify || authority || name || invalid {
		return faultCert
	}
	return ""
}

// mend marks what has nothing to do with the message and waits for a person, or for the issuer of tokens.
func mend(err error) error {
	if faultOf(err) != "" {
		return adapters.Hold(err, holdEvery)
	}
	if wait, ok := mailauth.RetryAfter(err); ok {
		return adapters.RetryAfter(err, wait)
	}
	return err
}
