package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"github.com/ticketkit/ticketkit/internal/mailauth"
)

// patientConn bounds how long a server may be silent while something is expected of it. The client library has deadlines of its own, but none
// for a command that is never answered, and a generous one for bodies; they are ignored.
type patientConn struct {
	net.Conn
	patience atomic.Int64 // time.Duration; 0 is for ever
}

func (c *patientConn) Read(p []byte) (int, error) {
	c.arm()
	return c.Conn.Read(p)
}

func (c *patientConn) arm() {
	var at time.Time
	if d := time.Duration(c.patience.Load()); d > 0 {
		at = time.Now().Add(d)
	}
	_ = c.Conn.SetReadDeadline(at) // a connection that takes no deadline is closed, and says so when it is read
}

// SetReadDeadline is for the library, whose deadlines do not count.
func (c *patientConn) SetReadDeadline(time.Time) error { return nil }

// SetDeadline likewise; TLS uses it never, and the library for writing only SetWriteDeadline.
func (c *patientConn) SetDeadline(time.Time) error { return nil }

// expect sets the patience for what comes next, also for a Read that waits already.
func (c *patientConn) expect(d time.Duration) {
	c.patience.Store(int64(d))
	c.arm()
}

// client is a connection that is signed in.
type client struct {
	*imapclient.Client
	conn    *patientConn
	timeout time.Duration
	news    chan struct{} // the server has told of a new mail
	caps    imap.CapSet
	unhook  func() bool
	answers *answering // nil behind STARTTLS, where the library encrypts
}

// authError is a refused sign-in.
type authError struct {
	user string
	err  error
}

func (e *authError) Error() string { return fmt.Sprintf("signing in as %s failed: %v", e.user, e.err) }
func (e *authError) Unwrap() error { return e.err }

// dial connects and encrypts, but does not sign in. The connection is cut when ctx ends.
func (a *Adapter) dial(ctx context.Context, m *Mailbox) (*client, error) {
	dctx, cancel := context.WithTimeout(ctx, a.cfg.Timeout)
	defer cancel()
	raw, err := a.cfg.Dial(dctx, "tcp", m.Server)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", m.Server, err)
	}
	c := &client{conn: &patientConn{Conn: raw}, timeout: a.cfg.Timeout, news: make(chan struct{}, 1)}
	c.unhook = context.AfterFunc(ctx, func() { _ = raw.Close() })
	c.conn.expect(a.cfg.Timeout)
	cfg := m.TLS.Clone()
	if cfg == nil {
		cfg = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if host, _, _ := net.SplitHostPort(m.Server); cfg.ServerName == "" {
		cfg.ServerName = host
	}
	opts := &imapclient.Options{TLSConfig: cfg, UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				c.tell()
			}
		},
	}}
	switch m.security() {
	case TLS:
		t := tls.Client(c.conn, cfg)
		if err := t.HandshakeContext(dctx); err != nil {
			c.unhook()
			_ = raw.Close()
			return nil, fmt.Errorf("TLS with %s: %w", m.Server, err)
		}
		c.answers = &answering{Conn: t}
		c.Client = imapclient.New(c.answers, opts)
	case StartTLS:
		if c.Client, err = imapclient.NewStartTLS(c.conn, opts); err != nil {
			c.unhook()
			_ = raw.Close()
			return nil, fmt.Errorf("STARTTLS with %s: %w", m.Server, err)
		}
	default:
		c.answers = &answering{Conn: c.conn}
		c.Client = imapclient.New(c.answers, opts)
	}
	if err := c.WaitGreeting(); err != nil {
		c.close()
		return nil, fmt.Errorf("greeting of %s: %w", m.Server, err)
	}
	c.conn.expect(0)
	return c, nil
}

func (c *client) tell() {
	select {
	case c.news <- struct{}{}:
	default:
	}
}

// close cuts the connection.
func (c *client) close() {
	c.unhook()
	_ = c.Close() // an error of a connection that is thrown away
}

// do runs a command: the server must say something again and again until it is done.
func (c *client) do(fn func() error) error {
	c.conn.expect(c.timeout)
	defer c.conn.expect(0)
	return fn()
}

// login signs in. An *authError means that the server has refused.
func (c *client) login(ctx context.Context, m *Mailbox) error {
	return c.do(func() error {
		caps := c.Caps()
		if m.Tokens == nil {
			if caps.Has(imap.CapLoginDisabled) {
				return &authError{m.user(), errors.New("the server takes no password on this connection (LOGINDISABLED)")}
			}
			return c.signedIn(refused(m.user(), c.Login(m.user(), m.Password).Wait()))
		}
		token, err := m.Tokens.Token(ctx, mailauth.IMAP)
		if err != nil {
			return fmt.Errorf("access token: %w", err)
		}
		mech, err := mechanism(caps, m, token)
		if err != nil {
			return err
		}
		if c.answers != nil {
			c.answers.on.Store(true)
			defer c.answers.on.Store(false)
		}
		err = mailauth.Explain(mech, c.Authenticate(mech))
		if challenge := (*mailauth.ChallengeError)(nil); errors.As(err, &challenge) {
			m.Tokens.Reject(mailauth.IMAP, token)
			return &authError{m.user(), err}
		}
		if err = refused(m.user(), err); err != nil {
			m.Tokens.Reject(mailauth.IMAP, token)
		}
		return c.signedIn(err)
	})
}

func (c *client) signedIn(err error) error {
	if err == nil {
		c.caps = c.Caps()
		if c.caps == nil {
			err = errors.New("the server does not say what it can do")
		}
	}
	return err
}

// mechanism prefers XOAUTH2, which both big providers have had for longer; RFC 7628 is for others.
func mechanism(caps imap.CapSet, m *Mailbox, token string) (sasl.Client, error) {
	switch {
	case caps.Has(imap.AuthCap("XOAUTH2")):
		return mailauth.XOAUTH2(m.user(), token)
	case caps.Has(imap.AuthCap(sasl.OAuthBearer)):
		return mailauth.OAUTHBEARER(m.user(), token, m.Server)
	}
	return nil, &authError{m.user(), errors.New("the server offers neither XOAUTH2 nor OAUTHBEARER")}
}

// refused tells a NO to a sign-in from everything else that can happen meanwhile.
func refused(user string, err error) error {
	e := (*imap.Error)(nil)
	if !errors.As(err, &e) || e.Type != imap.StatusResponseTypeNo {
		return err
	}
	switch e.Code { // RFC 5530: not the fault of who signs in
	case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit, imap.ResponseCodeServerBug:
		return err
	}
	return &authError{user, err}
}
