package mailout

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/emersion/go-smtp"

	"github.com/ticketkit/ticketkit/adapters"
)

// transmit sends l to the next hop.
func (s *Sender) transmit(ctx context.Context, l *letter) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	c, err := s.connect(ctx)
	if err != nil {
		return mend(fmt.Errorf("connect to %s: %w", s.cfg.SMTPAddr, reason(ctx, err)))
	}
	defer c.stop()
	if l.utf8 {
		if ok, _ := c.Extension("SMTPUTF8"); !ok {
			return adapters.Permanent(fmt.Errorf("%s cannot carry addresses beyond ASCII", s.cfg.SMTPAddr))
		}
	}
	if most, ok := c.MaxMessageSize(); ok && most > 0 && l.size > int64(most) { // RFC 1870: no need to try
		return adapters.Permanent(fmt.Errorf("the mail has %.1f MB, and %s takes at most %.1f MB", float64(l.size)/1e6, s.cfg.SMTPAddr, float64(most)/1e6))
	}
	refused, err := c.deliver(ctx, s, l)
	if err != nil {
		return err
	}
	_ = c.Quit() // the message is with the next hop already
	if len(refused) > 0 {
		partly := &adapters.PartlyError{ExternalID: l.id, Refused: refused}
		s.log.WarnContext(ctx, "mail sent, but not to everybody", "message_id", l.id, "ticket", l.number, "refused", len(refused), "error", partly)
		return partly
	}
	return nil
}

// deliver runs one mail transaction (RFC 5321 section 3.3).
func (c *conn) deliver(ctx context.Context, s *Sender, l *letter) ([]adapters.Refused, error) {
	if err := c.sender(s, l); err != nil {
		return nil, judge(fmt.Errorf("%s refused the sender: %w", s.cfg.SMTPAddr, reason(ctx, err)))
	}
	to, refused := c.recipients(ctx, l, l.to)
	if to == 0 && (l.only == nil || len(refused) > 0) {
		return nil, refusal(s.cfg.SMTPAddr, refused)
	}
	cc, more := c.recipients(ctx, l, l.cc)
	if refused = append(refused, more...); to+cc == 0 {
		return nil, refusal(s.cfg.SMTPAddr, refused)
	}
	w, dataErr := c.Data()
	if dataErr != nil {
		return nil, judge(fmt.Errorf("%s refused the message: %w", s.cfg.SMTPAddr, reason(ctx, dataErr)))
	}
	if err := l.write(ctx, w); err != nil {
		// Without its end the message counts for nothing: the connection is dropped.
		if err = fmt.Errorf("write the message: %w", reason(ctx, err)); missing(err) {
			return nil, adapters.Permanent(err)
		}
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, judge(fmt.Errorf("%s refused the message: %w", s.cfg.SMTPAddr, reason(ctx, err)))
	}
	return refused, nil
}

// refusal is the error of a message that nobody gets: permanent when no recipient will ever be taken.
func refusal(hop string, refused []adapters.Refused) error {
	permanent := len(refused) > 0
	errs := make([]error, 0, len(refused))
	for _, r := range refused {
		permanent = permanent && adapters.IsPermanent(r.Err)
		errs = append(errs, fmt.Errorf("%s: %w", r.Identity.Value, unmarked(r.Err)))
	}
	if len(errs) == 0 {
		return adapters.Permanent(errors.New("nobody is left to send the message to"))
	}
	err := fmt.Errorf("%s refused the recipient: %w", hop, errors.Join(errs...))
	if permanent {
		return adapters.Permanent(err)
	}
	return err
}

// unmarked takes the mark of Permanent off: several errors in one are permanent only together.
func unmarked(err error) error {
	if adapters.IsPermanent(err) {
		return errors.Unwrap(err)
	}
	return err
}

// sender names the envelope sender. Automatic mail has none, so that no report about it ever comes back (RFC 3834
// section 3.3); a server that wants one gets it.
func (c *conn) sender(s *Sender, l *letter) error {
	opts := &smtp.MailOptions{UTF8: l.utf8}
	if l.automatic {
		err := c.Mail("", opts)
		if reply, ok := errors.AsType[*smtp.SMTPError](err); !ok || reply.Code/100 != 5 {
			return err
		}
	}
	return c.Mail(s.from.Address, opts)
}

// recipients names those of list whom l is for, and returns how many the server took and whom it refused.
func (c *conn) recipients(ctx context.Context, l *letter, list []addressee) (taken int, refused []adapters.Refused) {
	gone := error(nil)
	for _, a := range list {
		if l.only != nil && !l.only[a.identity] {
			continue
		}
		err := gone
		if err == nil {
			err = c.Rcpt(a.Address.Address, nil)
		}
		if err == nil {
			taken++
			continue
		}
		if _, replied := errors.AsType[*smtp.SMTPError](err); !replied { // the connection is gone, for all that follow too
			gone = err
		}
		refused = append(refused, adapters.Refused{Identity: a.identity, Err: judge(reason(ctx, err))})
	}
	return taken, refused
}

// judge marks what no repetition mends as permanent.
func judge(err error) error {
	if final(err) {
		return adapters.Permanent(err)
	}
	return err
}

// final reports a 5xx reply, save those that ask for a (different) sign-in (RFC 4954 section 6).
func final(err error) bool {
	reply, ok := errors.AsType[*smtp.SMTPError](err)
	if !ok || reply.Code/100 != 5 {
		return false
	}
	switch reply.Code {
	case 530, 534, 535, 538:
		return false
	}
	return true
}

// reason prefers the end of ctx to what it did to the connection.
func reason(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// conn is a connection that is closed when its context ends.
type conn struct {
	*smtp.Client
	release func() bool
}

func (c *conn) stop() {
	c.release()
	_ = c.Close()
}

// connect makes a connection that is greeted, encrypted as configured and signed in.
func (s *Sender) connect(ctx context.Context) (*conn, error) {
	c, secure, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	err = s.signIn(ctx, c, secure)
	if err == nil {
		return c, nil
	}
	c.stop()
	if !errors.Is(err, errStale) {
		return nil, err
	}
	if c, secure, err = s.dial(ctx); err != nil { // once more, with a token that is new
		return nil, err
	}
	if err := s.signIn(ctx, c, secure); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// dial connects and says hello. secure is false on a connection that others can read.
func (s *Sender) dial(ctx context.Context) (c *conn, secure bool, err error) {
	local := loopback(s.host)
	switch {
	case s.cfg.TLS == TLSImplicit:
		c, err = s.open(ctx, func(raw net.Conn) (*smtp.Client, error) {
			t := tls.Client(raw, s.tlsConfig())
			if err := t.HandshakeContext(ctx); err != nil {
				return nil, err
			}
			return smtp.NewClient(t), nil
		})
		return c, true, err
	case s.cfg.TLS == TLSAuto && local:
		c, err = s.open(ctx, plain)
		return c, true, err
	case s.cfg.AllowPlain:
		if c, err = s.open(ctx, plain); err != nil {
			return nil, false, err
		}
		if offered, _ := c.Extension("STARTTLS"); !offered {
			return c, local, nil
		}
		_ = c.Quit() // a connection that has said hello cannot be upgraded any more
		c.stop()
	}
	c, err = s.open(ctx, func(raw net.Conn) (*smtp.Client, error) { return smtp.NewClientStartTLS(raw, s.tlsConfig()) })
	return c, true, err
}

func plain(raw net.Conn) (*smtp.Client, error) { return smtp.NewClient(raw), nil }

func (s *Sender) open(ctx context.Context, upgrade func(net.Conn) (*smtp.Client, error)) (*conn, error) {
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.cfg.SMTPAddr)
	if err != nil {
		return nil, err
	}
	// go-smtp knows no contexts and lifts deadlines again, so that only closing ends a wait for certain.
	release := context.AfterFunc(ctx, func() { _ = raw.Close() })
	client, err := upgrade(raw)
	if err == nil {
		err = client.Hello(s.cfg.Helo)
	}
	if err != nil {
		release()
		_ = raw.Close()
		return nil, err
	}
	return &conn{Client: client, release: release}, nil
}

func (s *Sender) tlsConfig() *tls.Config {
	c := s.cfg.TLSConfig.Clone()
	if c == nil {
		c = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	c.ServerName = cmp.Or(c.ServerName, s.host)
	return c
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
