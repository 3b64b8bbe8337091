package smtpd_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/smtpd"
	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestBusyPort(t *testing.T) {
	t.Parallel()
	l := listen(t)
	a, err := smtpd.New(smtpd.Config{Addr: l.Addr().String()})
	require.NoError(t, err)
	err = a.Run(t.Context(), &adaptertest.Recorder{})
	require.ErrorIs(t, err, syscall.EADDRINUSE)
	require.ErrorContains(t, err, l.Addr().String())
	require.ErrorContains(t, err, "choose another address")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, a.Run(ctx, &adaptertest.Recorder{}), "it was not to run at all")
}

// TestRunAgain frees its port, and takes it again.
func TestRunAgain(t *testing.T) {
	t.Parallel()
	addr := testservers.FreeAddr(t)
	a, err := smtpd.New(smtpd.Config{Addr: addr, Inbox: inbox})
	require.NoError(t, err)
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		rec := &adaptertest.Recorder{}
		done := make(chan error, 1)
		go func() { done <- a.Run(ctx, rec) }()
		require.Eventually(t, func() bool { return a.(adapters.Checker).Check(ctx)[0].Level == "ok" }, patience, 5*time.Millisecond)
		require.NoError(t, send(t, addr, "erika@kunde.example", []string{inbox}, simple))
		cancel()
		require.NoError(t, <-done)
		require.Len(t, rec.Taken(), 1)
		require.Equal(t, "error", a.(adapters.Checker).Check(t.Context())[0].Level)
	}
}

// brokenListener fails at the second Accept.
type brokenListener struct {
	net.Listener
	first sync.Once
}

func (l *brokenListener) Accept() (c net.Conn, err error) {
	err = errors.New("the network is gone")
	l.first.Do(func() { c, err = l.Listener.Accept() })
	return c, err
}

func TestAcceptFails(t *testing.T) {
	t.Parallel()
	l := &brokenListener{Listener: listen(t)}
	a, err := smtpd.New(smtpd.Config{Listener: l, Inbox: inbox})
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- a.Run(t.Context(), &adaptertest.Recorder{}) }()
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	require.ErrorContains(t, <-done, "the network is gone")
}

// TestIdleConnectionsEnd: who waits for a command is told, not waited for.
func TestIdleConnectionsEnd(t *testing.T) {
	t.Parallel()
	addr, stop := run(t, smtpd.Config{DrainTimeout: time.Hour, ReadTimeout: time.Hour}, &adaptertest.Recorder{})
	greeted := dial(t, addr)
	require.NoError(t, greeted.Mail("erika@kunde.example", nil))
	silent, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer silent.Close()
	lines := bufio.NewReader(silent)
	_, err = lines.ReadString('\n')
	require.NoError(t, err)
	stop()
	last, err := lines.ReadString('\n')
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(last, "421 "), last)
	require.Error(t, greeted.Rcpt(inbox, nil))
	_, err = net.Dial("tcp", addr)
	require.Error(t, err)
}

// TestTransferIsFinished: a mail that is on its way in when Run is to end is taken and acknowledged.
func TestTransferIsFinished(t *testing.T) {
	t.Parallel()
	rec := &adaptertest.Recorder{}
	release := rec.Hold()
	addr, stop := run(t, smtpd.Config{DrainTimeout: time.Hour}, rec)
	c := dial(t, addr)
	sent := make(chan error, 1)
	go func() { sent <- c.SendMail("erika@kunde.example", []string{inbox}, strings.NewReader(simple)) }()
	require.NoError(t, rec.Wait(t.Context(), func(r *adaptertest.Recorder) bool { return len(r.Calls()) == 1 }))
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	require.Eventually(t, func() bool { // stop has begun
		probe, err := net.Dial("tcp", addr)
		if err == nil {
			_ = probe.Close()
		}
		return err != nil
	}, patience, 5*time.Millisecond)
	select {
	case <-stopped:
		t.Fatal("Run did not wait")
	default:
	}
	release()
	require.NoError(t, <-sent)
	<-stopped
	require.Len(t, rec.Taken(), 1)
}

// TestDrainIsBounded: an intake that does not come to an end is told to, and the client is not told OK.
func TestDrainIsBounded(t *testing.T) {
	t.Parallel()
	rec := &adaptertest.Recorder{}
	defer rec.Hold()()
	addr, stop := run(t, smtpd.Config{DrainTimeout: 50 * time.Millisecond}, rec)
	c := dial(t, addr)
	sent := make(chan error, 1)
	go func() { sent <- c.SendMail("erika@kunde.example", []string{inbox}, strings.NewReader(simple)) }()
	require.NoError(t, rec.Wait(t.Context(), func(r *adaptertest.Recorder) bool { return len(r.Calls()) == 1 }))
	stop()
	require.Error(t, <-sent)
	require.NoError(t, rec.Wait(t.Context(), func(r *adaptertest.Recorder) bool { return r.Calls()[0].Done })) // Run need not have waited for it
	require.Empty(t, rec.Taken())
	require.ErrorIs(t, rec.Calls()[0].Err, context.Canceled)
}

type deafIntake struct{ release chan struct{} }

func (d deafIntake) Receive(context.Context, ticket.Incoming) error { <-d.release; return nil }
func (d deafIntake) Park(context.Context, adapters.Parked) error    { return nil }

// TestDeafIntake: not even an intake that ignores its context keeps Run from returning.
func TestDeafIntake(t *testing.T) {
	t.Parallel()
	d := deafIntake{make(chan struct{})}
	defer close(d.release)
	addr, stop := run(t, smtpd.Config{DrainTimeout: 20 * time.Millisecond}, d)
	c := dial(t, addr)
	require.NoError(t, c.Mail("erika@kunde.example", nil))
	require.NoError(t, c.Rcpt(inbox, nil))
	w, err := c.Data()
	require.NoError(t, err)
	_, err = w.Write([]byte(simple))
	require.NoError(t, err)
	sent := make(chan error, 1)
	go func() { sent <- w.Close() }()
	stop()
	require.Error(t, <-sent)
}

func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	l := listen(t)
	a, err := smtpd.New(smtpd.Config{Listener: l, MaxConns: 2})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, &adaptertest.Recorder{}) }()
	defer func() { cancel(); require.NoError(t, <-done) }()
	addr := l.Addr().String()
	first := dial(t, addr)
	dial(t, addr)
	c, err := gosmtp.Dial(addr)
	require.NoError(t, err)
	defer c.Close()
	require.Equal(t, 421, code(c.Hello("kunde.example")))
	require.Equal(t, "warning", a.(adapters.Checker).Check(ctx)[0].Level)
	require.NoError(t, first.Quit())
	require.Eventually(t, func() bool {
		c, err := gosmtp.Dial(addr)
		if err != nil {
			return false
		}
		defer c.Close()
		return c.Hello("kunde.example") == nil
	}, patience, 5*time.Millisecond)
}

func TestCheckSeesAnotherProgram(t *testing.T) {
	t.Parallel()
	l := listen(t)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("220 other.example ready\r\n"))
			_ = c.Close()
		}
	}()
	a, err := smtpd.New(smtpd.Config{Addr: l.Addr().String()})
	require.NoError(t, err)
	f := a.(adapters.Checker).Check(t.Context())
	require.Len(t, f, 1)
	require.Equal(t, "error", f[0].Level)
	require.Contains(t, f[0].Text, "another program")
}

func TestNew(t *testing.T) {
	t.Parallel()
	one := map[string]ticket.QueueID{inbox: ""}
	for name, c := range map[string]smtpd.Config{
		"no port":                    {Addr: "127.0.0.1"},
		"bad Inbox":                  {Inbox: "support"},
		"Inbox with CR LF":           {Inbox: "support@desk.example\r\n"},
		"bad recipient":              {Recipients: map[string]ticket.QueueID{"Sales <sales@desk.example>": ""}},
		"bad Domain":                 {Domain: "a b"},
		"everybody may connect":      {Addr: ":2525"},
		"everybody may connect, any": {Addr: "0.0.0.0:2525", Recipients: one, AcceptAny: true},
		"a name":                     {Addr: "mail.example:2525"},
	} {
		_, err := smtpd.New(c)
		require.ErrorContains(t, err, "smtpd: ", name)
	}
	for _, c := range []smtpd.Config{{}, {AcceptAny: true}, {Addr: "[::1]:0", AcceptAny: true}, {Addr: "localhost:0"}, {Addr: "0.0.0.0:0", Recipients: one}} {
		a, err := smtpd.New(c)
		require.NoError(t, err)
		require.Equal(t, "smtpd", a.Name())
		require.Implements(t, (*adapters.Checker)(nil), a)
		require.Implements(t, (*adapters.Retrier)(nil), a)
		_, sends := a.(adapters.Sender)
		require.False(t, sends)
	}
}
