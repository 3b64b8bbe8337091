// Package mailauth signs in to mail servers with OAuth 2: access tokens for IMAP and SMTP from one refresh token, kept encrypted and
// rotated safely, and the SASL mechanisms that carry them.
package mailauth

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Use is what an access token is for. Each is asked for with scopes of its own, since a consent may cover one and not the other.
type Use string

// The uses.
const (
	IMAP Use = "imap" // reading a mailbox
	SMTP Use = "smtp" // sending
)

// Tokens gives access tokens of one credential. *Source is one. All methods may be called concurrently.
type Tokens interface {
	// Token gives a token that was good a moment ago and lives for at least a minute, asking the issuer when there is none. The
	// error is, by errors.As: *RevokedError, nothing helps but a new sign-in; *ScopeError, this use was never granted, others may
	// work; *ClientError, the issuer does not accept this program; anything else goes away by itself, and RetryAfter tells when to ask.
	Token(ctx context.Context, use Use) (string, error)
	// Reject says that a server refused the token, so that the next call of Token asks for another one. A token that is not the current one
	// changes nothing.
	Reject(use Use, token string)
}

// RevokedError says that the refresh token is no longer good (invalid_grant, RFC 6749 section 5.2): expired, revoked, or the password was
// changed. Only signing in anew helps.
type RevokedError struct {
	Description string // the issuer's, one line, without secrets
}

func (e *RevokedError) Error() string {
	return "the sign-in for mail was revoked or has expired (invalid_grant); sign in anew with `oauth login`: " + e.Description
}

// ScopeError says that the sign-in does not cover a use.
type ScopeError struct {
	Use         Use
	Missing     string // scopes
	Description string
}

func (e *ScopeError) Error() string {
	return fmt.Sprintf("the sign-in does not cover %s: grant %s: %s", e.Use, e.Missing, e.Description)
}

// ClientError says that the issuer does not accept the program itself: a wrong client id, or a wrong or expired client secret.
type ClientError struct {
	Code        string // of RFC 6749 section 5.2
	Description string
}

func (e *ClientError) Error() string {
	return "the issuer of mail tokens does not accept OAUTH_CLIENT_ID or OAUTH_CLIENT_SECRET (" + e.Code + "): " + e.Description
}

// waitError is a temporary error and how long to wait.
type waitError struct {
	err   error
	after time.Duration
}

func (e *waitError) Error() string { return e.err.Error() }
func (e *waitError) Unwrap() error { return e.err }

// RetryAfter gives how long the issuer asked, or the back-off wants, to be left alone; false when err says nothing about it.
func RetryAfter(err error) (time.Duration, bool) {
	if w, ok := errors.AsType[*waitError](err); ok {
		return w.after, true
	}
	return 0, false
}

// Lasting reports whether err is one that asking again does not mend: somebody has to do something first.
func Lasting(err error) bool {
	_, revoked := errors.AsType[*RevokedError](err)
	_, scope := errors.AsType[*ScopeError](err)
	_, client := errors.AsType[*ClientError](err)
	return revoked || scope || client
}
