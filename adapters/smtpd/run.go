package smtpd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/ticketkit/ticketkit/adapters"
)

// Run listens and serves until ctx ends. Then it takes no new connections, ends those that wait for a command, lets mail
// under way finish for Config.DrainTimeout, and returns nil. A mail that took longer was not acknowledged, so that its
// sender offers it again.
//
// An address that is taken gives an error that wraps syscall.EADDRINUSE.
func (r *receiver) Run(ctx context.Context, in adapters.Intake) error {
	l, err := r.listen(ctx)
	if ctx.Err() != nil {
		if l != nil {
			_ = l.Close()
		}
		return nil
	}
	if err != nil {
		return err
	}
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	g := newGate(l, r.gateLimits())
	srv := r.server(work, in)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(g) }()
	r.log.InfoContext(ctx, "smtpd: listening", "addr", l.Addr().String())
	select {
	case err = <-served:
		err = fmt.Errorf("smtpd: accept on %s: %w", l.Addr(), err)
		g.shut()
	case <-ctx.Done():
		g.shut()
		<-served //nolint:errcheck // before that a connection could still appear
	}
	if !g.wait(r.cfg.DrainTimeout) {
		cancel()
		g.kill()
		if !g.wait(r.cfg.DrainTimeout) {
			r.log.ErrorContext(ctx, "smtpd: a mail is still being taken in although its context has ended")
		}
	}
	_ = srv.Close()
	return err
}

// maxIdle is how long a client may take for a command, or to read its answer. RFC 5321 section 4.5.3.2.7 asks for five
// minutes; with the few connections of this server, who idles that long keeps others out.
const maxIdle = time.Minute

func (r *receiver) gateLimits() gateLimits {
	return gateLimits{
		conns: r.cfg.MaxConns, peerConns: r.cfg.MaxPeerConns, tls: r.cfg.TLSConfig != nil,
		command: min(r.cfg.ReadTimeout, maxIdle), transfer: r.cfg.ReadTimeout,
	}
}

func (r *receiver) listen(ctx context.Context) (net.Listener, error) {
	if r.cfg.Listener != nil {
		return r.cfg.Listener, nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", r.cfg.Addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("smtpd: another program listens on %s already: end it, or choose another address for incoming mail: %w", r.cfg.Addr, err)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("smtpd: %s may not be listened on: ports below 1024 need a privilege, so choose a higher one: %w", r.cfg.Addr, err)
	case err != nil:
		return nil, fmt.Errorf("smtpd: listen on %s: %w", r.cfg.Addr, err)
	}
	return l, nil
}

// server is made anew for each Run: a server that was closed cannot serve again.
func (r *receiver) server(work context.Context, in adapters.Intake) *smtp.Server {
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{r: r, work: work, in: in, conn: gated(c.Conn()), client: r.client(c)}, nil
	}))
	srv.Domain, srv.LMTP, srv.TLSConfig = r.cfg.Domain, r.cfg.LMTP, r.cfg.TLSConfig
	srv.MaxRecipients = r.cfg.MaxRecipients
	srv.MaxMessageBytes = int64(r.cfg.MaxBytes) + 1 // go-smtp refuses what reaches the limit; session refuses what exceeds ours
	srv.MaxLineLength = r.cfg.MaxBytes + 1          // a mail is not refused for its lines; the gate limits commands
	srv.ReadTimeout, srv.WriteTimeout = r.cfg.ReadTimeout, min(r.cfg.ReadTimeout, maxIdle)
	srv.EnableSMTPUTF8 = true
	srv.ErrorLog = errorLog{r.log}
	return srv
}

func (r *receiver) client(c *smtp.Conn) client {
	out := client{helo: c.Hostname(), by: r.cfg.Domain, with: "ESMTP"}
	if r.cfg.LMTP {
		out.with = "LMTP"
	}
	if _, encrypted := c.TLSConnectionState(); encrypted {
		out.with += "S" // RFC 3848
	}
	out.ip, _, _ = net.SplitHostPort(c.Conn().RemoteAddr().String())
	return out
}

// errorLog takes go-smtp's complaints: panics are ours, the rest is the network's everyday life.
type errorLog struct{ log *slog.Logger }

func (l errorLog) Printf(format string, v ...any) {
	level := slog.LevelDebug
	if strings.HasPrefix(format, "panic") {
		level = slog.LevelError
	}
	l.log.Log(context.Background(), level, "smtpd: "+fmt.Sprintf(format, v...))
}

func (l errorLog) Println(v ...any) { l.log.Debug("smtpd: " + strings.TrimSpace(fmt.Sprintln(v...))) }
