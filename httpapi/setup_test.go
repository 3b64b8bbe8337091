package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/htmltext"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
	"github.com/ticketkit/ticketkit/transcript"
)

var update = flag.Bool("update", false, "write the golden files anew")

// desk is a whole desk behind its API, on a database of its own.
type desk struct {
	t        *testing.T
	clock    *clock
	store    *store.Store
	blobs    *memory
	service  *ticket.Service
	accounts *rbac.Accounts
	sla      *sla.Service
	hub      *adapters.Hub
	book     *adapters.Mailboxes

	panelBook     *adapters.Panels
	panelsChanged atomic.Int64
	live          *Live
	stopLive      func()
	handler       http.Handler
	prefix        string // of every path
	users         map[string]rbac.User
	bearers       map[string]string // by username
}

// setting changes what a desk is made of before it is made.
type setting struct {
	open    func(t *testing.T) *store.Store // nil: a database of its own in memory, made ready
	again   bool                            // the database has its first rows already
	service func(*ticket.Config)
	hub     func(*adapters.Config)
	api     func(*Config)
}

func withAPI(fn func(*Config)) setting { return setting{api: fn} }

// wrapStore lets a test stand between the service and the database.
func wrapStore(wrap func(ticket.Store) ticket.Store) setting {
	return setting{service: func(c *ticket.Config) { c.Store = wrap(c.Store) }}
}

const password = "eisblauer Gletscher 7"

// passwordHash is the cheapest that verifies: sign-in replaces it.
var passwordHash = sync.OnceValue(func() string {
	h, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		panic(err)
	}
	return string(h)
})

var system = ticket.SystemActor("test")

// setup makes a desk with the accounts anna (admin), sam (support) and vera (viewer), none of them limited.
func setup(t *testing.T, settings ...setting) *desk {
	t.Helper()
	d := &desk{t: t, clock: &clock{t: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}, users: map[string]rbac.User{}, bearers: map[string]string{}, prefix: "/api"}
	d.blobs = &memory{files: map[string][]byte{}}
	var err error
	for _, s := range settings {
		if s.open != nil {
			d.store = s.open(t)
		}
	}
	if d.store == nil {
		d.store, err = sqlite.Open(t.Context(), ":memory:", sqlite.Options{Blobs: d.blobs, Now: d.clock.now})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, d.store.Close()) })
		require.NoError(t, d.store.Migrate(t.Context()))
	}

	key := bytes.Repeat([]byte{7}, 32)
	d.accounts, err = rbac.New(rbac.Config{Store: d.store, ChainKey: key, JWTKeys: []rbac.Key{{ID: "1", Secret: bytes.Repeat([]byte{8}, 32)}},
		FailureFloor: -1, Now: d.clock.now})
	require.NoError(t, err)
	sc := ticket.Config{Store: d.store, Policy: d.accounts.Policy(), Directory: d.accounts.Policy(), Blobs: d.blobs, Sanitizer: htmltext.Sanitize,
		ChainKey: key, Now: d.clock.now, Changed: func() { d.live.Wake() }, States: []ticket.State{{Status: "waiting_supplier", Category: ticket.Pending}}}
	hook := sla.NewHook(nil)
	sc.ChangeHooks = []ticket.ChangeHook{hook.Change, report.NewHook(nil).Change}
	for _, s := range settings {
		if s.service != nil {
			s.service(&sc)
		}
	}
	d.service, err = ticket.NewService(sc)
	require.NoError(t, err)
	d.live, err = NewLive(LiveConfig{Source: d.service}) // it runs where a test says so
	require.NoError(t, err)
	again := slices.ContainsFunc(settings, func(s setting) bool { return s.again })
	if !again {
		_, err = d.service.CreateQueue(t.Context(), system, "Support")
		require.NoError(t, err)
	}
	hc := adapters.Config{Service: d.service, State: d.store, Blobs: d.blobs, Now: d.clock.now}
	for _, s := range settings {
		if s.hub != nil {
			s.hub(&hc)
		}
	}
	d.hub, err = adapters.New(hc)
	require.NoError(t, err)
	d.sla, err = sla.New(sla.Config{Tickets: d.service, Store: d.store, Hook: hook, Now: d.clock.now})
	require.NoError(t, err)
	seal, err := transcript.NewSeal(key, d.store, d.clock.now)
	require.NoError(t, err)
	ring, err := keys.New([]byte(keys.Generate()))
	require.NoError(t, err, "a secret for the test")
	d.book, err = adapters.NewMailboxes(adapters.MailboxesConfig{Store: d.store, Box: ring.Box(keys.LabelStateSecrets), Now: d.clock.now,
		Fixed: []adapters.Mailbox{{ID: "env", Address: "support@desk.example", Server: "imap.desk.example:993", SignIn: adapters.SignInPassword}},
		Verify: func(m adapters.OpenMailbox) error {
			if m.Server == "" || m.Secret.Password == "" {
				return errors.New("there is no password")
			}
			return nil
		},
		Check: func(context.Context, adapters.OpenMailbox) []adapters.Finding {
			return []adapters.Finding{{Level: "ok", Check: "imap", Text: "signed in"}}
		},
		Login: func(_ context.Context, m adapters.OpenMailbox, begin bool) (adapters.MailboxLogin, error) {
			if !begin {
				return adapters.MailboxLogin{State: "done"}, nil
			}
			return adapters.MailboxLogin{State: "waiting", URL: "https://login.example/device", Code: "ABCD-" + m.ClientID, ExpiresAt: d.clock.now().Add(time.Hour)}, nil
		}})
	require.NoError(t, err)
	d.panelBook, err = adapters.NewPanels(adapters.PanelsConfig{Store: d.store, Now: d.clock.now, Changed: func() { d.panelsChanged.Add(1) },
		Fixed: []adapters.Panel{{ID: "main", Channel: "1", Style: adapters.PanelButtons, Kinds: []adapters.PanelKind{{ID: "ticket", Label: adapters.PanelText{DE: "Ticket"}}}}},
		Verify: func(p adapters.Panel) error {
			if strings.Trim(p.Channel, "0123456789") != "" {
				return errors.New("the channel is no id")
			}
			return nil
		}})
	require.NoError(t, err)
	cfg := Config{Channels: d.hub, Panels: adapters.NewPanelDesk(d.service, d.panelBook), Mailboxes: adapters.NewMailboxDesk(d.service, d.book), SLA: d.sla, Seal: seal, Service: d.service, Accounts: d.accounts, Reports: d.store, Parked: d.hub, Live: d.live, Intakes: d.hub.Routes(), Repeats: d.store, RepeatsKey: key,
		RateLimit: RateLimit{PerSecond: -1}, Heartbeat: 5 * time.Millisecond, Now: d.clock.now}
	for _, s := range settings {
		if s.api != nil {
			s.api(&cfg)
		}
	}
	inner, err := New(cfg)
	require.NoError(t, err)
	d.handler = http.StripPrefix("/api", inner)
	if again {
		return d
	}
	d.user("anna", rbac.RoleAdmin)
	d.user("sam", rbac.RoleSupport)
	d.user("vera", rbac.RoleViewer)
	return d
}

func (d *desk) user(name, role string, queues ...ticket.QueueID) rbac.User {
	d.t.Helper()
	return d.userWith(name, grantsFor(role, queues)...)
}

func grantsFor(role string, queues []ticket.QueueID) []rbac.Grant {
	if len(queues) == 0 {
		return []rbac.Grant{{Role: role}}
	}
	var out []rbac.Grant
	for _, q := range queues {
		out = append(out, rbac.Grant{Role: role, Queue: q})
	}
	return out
}

func (d *desk) userWith(name string, grants ...rbac.Grant) rbac.User {
	d.t.Helper()
	u, err := d.accounts.CreateUser(d.t.Context(), system, rbac.NewUser{Username: name, Grants: grants, PasswordHash: passwordHash()})
	require.NoError(d.t, err)
	d.users[name] = u
	return u
}

// bearer signs somebody in, once.
func (d *desk) bearer(name string) string {
	d.t.Helper()
	if token, ok := d.bearers[name]; ok {
		return token
	}
	out, err := d.accounts.Login(d.t.Context(), name, password, rbac.LoginMeta{Address: "192.0.2.1"})
	require.NoError(d.t, err)
	d.bearers[name] = out.Token
	return out.Token
}

// apiToken makes an API token of somebody with some scopes.
func (d *desk) apiToken(name string, scopes ...ticket.Op) string {
	d.t.Helper()
	_, secret, err := d.accounts.CreateToken(d.t.Context(), system, rbac.NewToken{Account: d.users[name].ID, Name: "test", Scopes: scopes})
	require.NoError(d.t, err)
	return secret
}

// actor is somebody as a request would make them.
func (d *desk) actor(token string) ticket.Actor {
	d.t.Helper()
	p, err := d.accounts.Authenticate(d.t.Context(), token)
	require.NoError(d.t, err)
	return p.Actor
}

// open makes a ticket of a customer.
func (d *desk) open(subject string, change ...func(*ticket.NewTicket)) *ticket.Ticket {
	d.t.Helper()
	n := ticket.NewTicket{Subject: subject, Body: "Es geht nicht: " + subject, Channel: "email",
		Requester: ticket.Person{Name: "Karl Kunde", Identity: ticket.Identity{Value: "karl@kunde.example"}}}
	for _, c := range change {
		c(&n)
	}
	t, err := d.service.Open(d.t.Context(), system, n)
	require.NoError(d.t, err)
	return t
}

func inQueue(id ticket.QueueID) func(*ticket.NewTicket) {
	return func(n *ticket.NewTicket) { n.Queue = id }
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// header is one more line of a request, with the name first.
type header [2]string

// call sends a request. token "" is nobody; body nil is none, a string goes as it is, anything else as JSON. The answer is checked
// against the document.
func (d *desk) call(token, method, path string, body any, headers ...header) *answer {
	d.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	case []byte:
		r = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		require.NoError(d.t, err)
		r = bytes.NewReader(raw)
	}
	req := httptest.NewRequestWithContext(d.t.Context(), method, "http://desk.example"+d.prefix+path, r)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for _, h := range headers {
		switch h[0] {
		case "Host":
			req.Host = h[1]
		case "Remote":
			req.RemoteAddr = h[1]
		case "X-Forwarded-For":
			req.Header.Add(h[0], h[1])
		default:
			req.Header.Set(h[0], h[1])
		}
	}
	return d.send(req)
}

func (d *desk) send(req *http.Request) *answer {
	d.t.Helper()
	w := httptest.NewRecorder()
	if req.Method == get && req.URL.Path == d.prefix+"/events" {
		w = d.once(req)
	} else {
		d.handler.ServeHTTP(w, req)
	}
	a := &answer{d.t, w.Code, w.Header(), w.Body.Bytes()}
	validate(d.t, strings.TrimPrefix(req.URL.Path, d.prefix), req.Method, a)
	return a
}

// as is call for somebody by name, who must get status.
func (d *desk) as(name string, status int, method, path string, body any, headers ...header) *answer {
	d.t.Helper()
	token := ""
	if name != "" {
		token = d.bearer(name)
	}
	return d.call(token, method, path, body, headers...).is(status)
}

func (a *answer) is(status int) *answer {
	a.t.Helper()
	require.Equal(a.t, status, a.status, "%s", a.body)
	return a
}

// json gives the body as a JSON object.
func (a *answer) json() map[string]any {
	a.t.Helper()
	var v map[string]any
	require.NoError(a.t, json.Unmarshal(a.body, &v), "%s", a.body)
	return v
}

// keys are the members of the body.
func (a *answer) keys() []string {
	a.t.Helper()
	return slices.Sorted(maps.Keys(a.json()))
}

// items are the objects of a list.
func (a *answer) items() []map[string]any {
	a.t.Helper()
	var v struct{ Items []map[string]any }
	require.NoError(a.t, json.Unmarshal(a.body, &v), "%s", a.body)
	return v.Items
}

// pluck gives one member of each item.
func (a *answer) pluck(name string) []any {
	a.t.Helper()
	out := []any{}
	for _, i := range a.items() {
		out = append(out, i[name])
	}
	return out
}

// fields are the inputs that a problem names.
func (a *answer) fields() []string {
	a.t.Helper()
	require.Equal(a.t, "application/problem+json", a.header.Get("Content-Type"))
	var p problemDTO
	require.NoError(a.t, json.Unmarshal(a.body, &p))
	var out []string
	for _, e := range p.Errors {
		out = append(out, e.Field)
	}
	return out
}

// problem is the word at the end of a problem's type.
func (a *answer) problem() string {
	a.t.Helper()
	require.Equal(a.t, "application/problem+json", a.header.Get("Content-Type"), "%s", a.body)
	word, ok := strings.CutPrefix(a.json()["type"].(string), problemPrefix)
	require.True(a.t, ok)
	return word
}

// problemMember is a text in a problem, if the answer is one and has it.
func (a *answer) problemMember(name string) (string, bool) {
	a.t.Helper()
	if a.status < 400 {
		return "", false
	}
	s, ok := a.json()[name].(string)
	return s, ok
}

func ticketPath(t *ticket.Ticket, rest string) string { return "/tickets/" + string(t.ID) + rest }

// apiOf takes off the prefix that setup mounted the API below.
func apiOf(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner := r.Clone(r.Context())
		inner.URL.Path = "/api" + r.URL.Path
		inner.URL.RawPath = ""
		h.ServeHTTP(w, inner)
	})
}

func mustUnescape(t *testing.T, s string) string {
	t.Helper()
	out, err := url.PathUnescape(s)
	require.NoError(t, err)
	return out
}
