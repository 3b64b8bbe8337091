package pages_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/httpapi/pages"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

const password = "Rhabarber im Regen"

var cheapHash = sync.OnceValue(func() string {
	h, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		panic(err)
	}
	return string(h)
})

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// desk is a fresh desk with two queues and four people: admin, anna (support), bert (support of Billing only) and vera (viewer).
type desk struct {
	*testing.T
	svc     *ticket.Service
	acc     *rbac.Accounts
	store   *store.Store
	sla     *sla.Service
	hub     *adapters.Hub
	clock   *clock
	h       http.Handler
	users   map[string]rbac.User
	support ticket.QueueID
	billing ticket.QueueID
	log     *bytes.Buffer
}

var system = ticket.SystemActor("test")

func setup(t *testing.T, change ...func(*pages.Config)) *desk {
	t.Helper()
	d := &desk{T: t, clock: &clock{now: time.Date(2026, 3, 27, 9, 30, 0, 0, time.UTC)}, users: map[string]rbac.User{}, log: &bytes.Buffer{}}
	log := slog.New(slog.NewTextHandler(&locked{w: d.log}, &slog.HandlerOptions{Level: slog.LevelError}))
	blobs := store.NewFileBlobs(t.TempDir())
	var err error
	d.store, err = sqlite.Open(t.Context(), ":memory:", sqlite.Options{Blobs: blobs, Now: d.clock.Now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.store.Close()) })
	require.NoError(t, d.store.Migrate(t.Context()))
	key := bytes.Repeat([]byte("k"), 32)
	d.acc, err = rbac.New(rbac.Config{Store: d.store, ChainKey: key, JWTKeys: []rbac.Key{{ID: "a", Secret: key}}, Now: d.clock.Now, FailureFloor: -1})
	require.NoError(t, err)
	hook := sla.NewHook(nil)
	d.svc, err = ticket.NewService(ticket.Config{Store: d.store, ChangeHooks: []ticket.ChangeHook{hook.Change}, Policy: d.acc.Policy(), Directory: d.acc.Policy(), Blobs: blobs, ChainKey: key,
		TokenKey: key, Now: d.clock.Now, Sanitizer: func(s string) string { return s }, // the pages must not rely on what came in being clean
		Limits: ticket.Limits{Attachment: 1 << 20, Text: 64 << 10}, States: []ticket.State{{Status: "waiting_supplier", Category: ticket.Pending}}})
	require.NoError(t, err)
	d.sla, err = sla.New(sla.Config{Tickets: d.svc, Store: d.store, Hook: hook, Now: d.clock.Now})
	require.NoError(t, err)
	d.hub, err = adapters.New(adapters.Config{Service: d.svc, State: d.store, Blobs: blobs, Now: d.clock.Now})
	require.NoError(t, err)
	for _, name := range []string{"Support", "Billing"} {
		q, err := d.svc.CreateQueue(t.Context(), system, name)
		require.NoError(t, err)
		if name == "Support" {
			d.support = q.ID
		} else {
			d.billing = q.ID
		}
	}
	d.user("admin", "", rbac.RoleAdmin)
	d.user("anna", "Anna Berger", rbac.RoleSupport)
	d.user("bert", "Bert Öztürk", rbac.RoleSupport, d.billing)
	d.user("vera", "Vera Lind", rbac.RoleViewer)
	cfg := pages.Config{Service: d.svc, Accounts: d.acc, SLA: d.sla, Reports: d.store, Parked: d.hub, Name: "Werkbank", BasePath: "/desk", Now: d.clock.Now, Log: log,
		Zone: time.FixedZone("test", 3600), RateLimit: httpapi.RateLimit{PerSecond: -1}}
	for _, f := range change {
		f(&cfg)
	}
	h, err := pages.New(cfg)
	require.NoError(t, err)
	d.h = http.StripPrefix(cfg.BasePath, h)
	t.Cleanup(func() { require.Empty(t, d.log.String(), "nothing may be logged as an error") })
	return d
}

type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func (d *desk) user(username, name, role string, queues ...ticket.QueueID) {
	d.Helper()
	u, err := d.acc.CreateUser(d.Context(), system, rbac.NewUser{Username: username, Name: name, Role: role, PasswordHash: cheapHash(), Queues: queues})
	require.NoError(d, err)
	d.users[username] = u
}

func (d *desk) actor(username string) ticket.Actor {
	u := d.users[username]
	return ticket.AccountActor(u.ID, u.DisplayName())
}

// open makes a ticket of a customer in the default queue.
func (d *desk) open(change ...func(*ticket.NewTicket)) *ticket.Ticket {
	d.Helper()
	n := ticket.NewTicket{Subject: "Printer on fire", Body: "It burns.", Requester: ticket.Person{Name: "Kim Sommer", Identity: ticket.Identity{Value: "kim@customer.example"}}}
	for _, f := range change {
		f(&n)
	}
	t, err := d.svc.Open(d.Context(), system, n)
	require.NoError(d, err)
	return t
}

// mail is something that a customer sends.
func (d *desk) mail(in ticket.Incoming) *ticket.Received {
	d.Helper()
	if in.From.Identity.Value == "" {
		in.From = ticket.Person{Name: "Kim Sommer", Identity: ticket.Identity{Kind: "email", Value: "kim@customer.example"}}
	}
	in.Channel, in.Key, in.Source = "imap", ticket.NewID(d.clock.Now()), "email"
	r, err := d.svc.Receive(d.Context(), system, in)
	require.NoError(d, err)
	return r
}

func (d *desk) get(id ticket.ID) *ticket.Ticket {
	d.Helper()
	t, err := d.svc.Get(d.Context(), system, id)
	require.NoError(d, err)
	return t
}

func (d *desk) messages(id ticket.ID) []ticket.Message {
	d.Helper()
	ms, err := d.svc.Messages(d.Context(), system, ticket.MessageQuery{Ticket: id})
	require.NoError(d, err)
	return ms
}
