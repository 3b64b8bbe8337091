package imap_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/imap"
	"github.com/ticketkit/ticketkit/ticket"
)

const (
	address  = "support@desk.example"
	password = "correct horse"
	patience = 2 * time.Minute
)

// memoryState is what a database keeps.
type memoryState struct {
	adapters.State // parked items are the recorder's business
	mu             sync.Mutex
	values         map[string]string
	leases         map[string]held
	down           error
}

type held struct {
	holder string
	until  time.Time
}

func newState() *memoryState {
	return &memoryState{values: map[string]string{}, leases: map[string]held{}}
}

func (s *memoryState) Get(_ context.Context, name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[name], s.down
}

func (s *memoryState) Set(_ context.Context, name, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down == nil {
		s.values[name] = value
	}
	return s.down
}

func (s *memoryState) SwapState(_ context.Context, name, old, value string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil || s.values[name] != old {
		return false, s.down
	}
	s.values[name] = value
	return true, nil
}

func (s *memoryState) TakeLease(_ context.Context, name, holder string, d time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.leases[name]; s.down != nil || h.holder != holder && time.Now().Before(h.until) {
		return false, s.down
	}
	s.leases[name] = held{holder, time.Now().Add(d)}
	return true, nil
}

func (s *memoryState) DropLease(_ context.Context, name, holder string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leases[name].holder == holder {
		delete(s.leases, name)
	}
	return s.down
}

func (s *memoryState) holders() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.leases {
		if time.Now().Before(h.until) {
			out = append(out, h.holder)
		}
	}
	return out
}

func (s *memoryState) breakDown(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

// server is an IMAP server in memory behind a proxy that sees what clients say and can be told to misbehave.
type server struct {
	t    testing.TB
	user *imapmemserver.User
	addr string // of the proxy

	mu       sync.Mutex
	commands []string // of all clients, without tags
	conns    map[net.Conn]bool
	// cutAfter, if positive, is how many more bytes from the server get through on each new connection.
	cutAfter func() int
	stall    bool                     // nothing from the server gets through
	rewrite  func(line string) string // of the server
	dials    int
}

// newServer starts one, whose sessions may be wrapped.
func newServer(t testing.TB, wrap ...func(imapserver.Session) imapserver.Session) *server {
	t.Helper()
	s := &server{t: t, conns: map[net.Conn]bool{}, user: imapmemserver.NewUser(address, password)}
	require.NoError(t, s.user.Create("INBOX", nil))
	mem := imapmemserver.New()
	mem.AddUser(s.user)
	srv := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			session := mem.NewSession()
			for _, w := range wrap {
				session = w(session)
			}
			return session, nil, nil
		},
		Caps:         goimap.CapSet{goimap.CapIMAP4rev1: {}, goimap.CapIMAP4rev2: {}, goimap.CapIdle: {}, goimap.CapMove: {}, goimap.CapUIDPlus: {}, goimap.CapNamespace: {}, goimap.CapSpecialUse: {}, goimap.CapListExtended: {}},
		InsecureAuth: true, Logger: log.New(io.Discard, "", 0),
	})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	outer, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.addr = outer.Addr().String()
	go func() { _ = srv.Serve(inner) }()
	go s.proxy(outer, inner.Addr().String())
	t.Cleanup(func() {
		_ = outer.Close()
		s.cut()
		_ = srv.Close()
	})
	return s
}

func (s *server) proxy(l net.Listener, to string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		up, err := net.Dial("tcp", to)
		if err != nil {
			_ = c.Close()
			continue
		}
		s.mu.Lock()
		s.dials++
		s.conns[c], s.conns[up] = true, true
		left := -1
		if s.cutAfter != nil {
			left = s.cutAfter()
		}
		s.mu.Unlock()
		end := func() {
			_ = c.Close()
			_ = up.Close()
		}
		go func() {
			defer end()
			s.down(c, up, left)
		}()
		go func() {
			defer end()
			r := bufio.NewReader(c)
			for {
				line, err := r.ReadString('\n')
				if _, command, ok := strings.Cut(strings.TrimSpace(line), " "); ok || line != "" {
					s.mu.Lock()
					s.commands = append(s.commands, strings.TrimSpace(command))
					s.mu.Unlock()
				}
				if _, werr := io.WriteString(up, line); err != nil || werr != nil {
					return
				}
			}
		}()
	}
}

// down copies from the server to the client.
func (s *server) down(c io.Writer, up io.Reader, left int) {
	r := bufio.NewReader(up)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		s.mu.Lock()
		stall, rewrite := s.stall, s.rewrite
		s.mu.Unlock()
		for stall {
			time.Sleep(5 * time.Millisecond)
			s.mu.Lock()
			stall = s.stall
			s.mu.Unlock()
		}
		if rewrite != nil {
			line = rewrite(line)
		}
		if left >= 0 {
			if left < len(line) {
				_, _ = io.WriteString(c, line[:left])
				return
			}
			left -= len(line)
		}
		if _, err := io.WriteString(c, line); err != nil {
			return
		}
	}
}

// cut ends all connections.
func (s *server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
	clear(s.conns)
}

func (s *server) set(fn func(*server)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn(s)
}

func (s *server) said() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// deliver puts a mail into the mailbox.
func (s *server) deliver(raw []byte) goimap.UID {
	s.t.Helper()
	data, err := s.user.Append("INBOX", literal{bytes.NewReader(raw)}, &goimap.AppendOptions{Time: time.Now()})
	require.NoError(s.t, err)
	return data.UID
}

type literal struct{ *bytes.Reader }

// count tells how many mails a folder has; -1 when there is no such folder.
func (s *server) count(folder string) int {
	st, err := s.user.Status(folder, &goimap.StatusOptions{NumMessages: true})
	if err != nil {
		return -1
	}
	return int(*st.NumMessages)
}

func (s *server) mailbox(change ...func(*imap.Mailbox)) imap.Mailbox {
	m := imap.Mailbox{ID: "main", Address: address, Password: password, Server: s.addr, Security: imap.Plain}
	for _, f := range change {
		f(&m)
	}
	return m
}

// world is a running adapter.
type world struct {
	*imap.Adapter
	rec   *adaptertest.Recorder
	state *memoryState
	stop  func()
}

func start(t testing.TB, state *memoryState, rec *adaptertest.Recorder, boxes imap.Source, change ...func(*imap.Config)) *world {
	t.Helper()
	cfg := imap.Config{Source: boxes, State: state, Poll: 300 * time.Millisecond, Refresh: 50 * time.Millisecond, Timeout: 5 * time.Second, Lease: 4 * time.Second}
	for _, f := range change {
		f(&cfg)
	}
	a, _, err := imap.New(cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, rec) }()
	stop := sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
	t.Cleanup(stop)
	return &world{Adapter: a, rec: rec, state: state, stop: stop}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, patience, 5*time.Millisecond, what)
}

func (w *world) source(id string) adapters.SourceStatus {
	for _, s := range w.Sources() {
		if s.ID == id {
			return s
		}
	}
	return adapters.SourceStatus{}
}

// letter is a plain mail.
func letter(n int, headers ...string) []byte {
	h := append([]string{fmt.Sprintf("From: Kim %d <kim%d@customer.example>", n, n), "To: " + address, fmt.Sprintf("Subject: Letter %d", n),
		fmt.Sprintf("Message-ID: <%d@customer.example>", n), "Date: Sun, 22 Nov 2026 10:00:00 +0100"}, headers...)
	return []byte(strings.Join(h, "\r\n") + fmt.Sprintf("\r\n\r\nThis is letter %d.\r\n", n))
}

// compose writes an item of the suite as a mail.
func compose(it adaptertest.Item) []byte {
	raw, _ := adaptertest.Mail(it, address)
	return raw
}

// as opens the mailbox behind everybody's back.
func (s *server) as(fn func(*imapmemserver.UserSession)) {
	us := imapmemserver.NewUserSession(s.user)
	_, err := us.Select("INBOX", &goimap.SelectOptions{})
	require.NoError(s.t, err)
	fn(us)
	_ = us.Unselect()
}

// holds reports whether the inbox has a mail.
func (s *server) holds(uid goimap.UID) (found bool) {
	s.as(func(us *imapmemserver.UserSession) {
		d, err := us.Search(imapserver.NumKindUID, &goimap.SearchCriteria{UID: []goimap.UIDSet{goimap.UIDSetNum(uid)}}, &goimap.SearchOptions{})
		require.NoError(s.t, err)
		found = len(d.AllUIDs()) > 0
	})
	return found
}

// remove deletes a mail from the inbox.
func (s *server) remove(uid goimap.UID) {
	s.as(func(us *imapmemserver.UserSession) {
		w := &imapserver.FetchWriter{}
		_ = us.Store(w, goimap.UIDSetNum(uid), &goimap.StoreFlags{Op: goimap.StoreFlagsAdd, Silent: true, Flags: []goimap.Flag{goimap.FlagDeleted}}, nil)
		set := goimap.UIDSetNum(uid)
		require.NoError(s.t, us.Expunge(nil, &set))
	})
}

// failing is an intake that fails on one subject.
type failing struct {
	subject string
	err     error
	mu      sync.Mutex
	n       int
	mended  bool
}

func (f *failing) Receive(_ context.Context, it ticket.Incoming) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if it.Subject != f.subject || f.mended {
		return nil
	}
	f.n++
	return f.err
}

func (f *failing) Park(context.Context, adapters.Parked) error { return nil }

func (f *failing) times() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n
}

func (f *failing) mend() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mended = true
}

// changing is a Source for tests.
type changing struct {
	mu   sync.Mutex
	list []imap.Mailbox
}

func (c *changing) set(list ...imap.Mailbox) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = list
}

func (c *changing) Mailboxes(context.Context) ([]imap.Mailbox, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list), nil
}
