package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/once"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func withKey(key string) header { return header{repeatHeader, key} }

// TestEveryChangeOnce: a repeat of any change in the table changes nothing more and gets the same answer.
func TestEveryChangeOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	admin := 0
	for i, p := range personas {
		if p.name == "admin" {
			admin = i
		}
	}
	for n, row := range table() {
		if !row.repeatable() || underRace && n%4 != 0 {
			continue
		}
		name := row.method + " " + row.path
		s.renew()
		s.prepare(row.id)
		token, account := s.token(admin, strings.HasPrefix(row.path, "/auth/"))
		path, body, headers := s.request(row, account)
		headers = append(headers, withKey(fmt.Sprint("key-", n)))
		first := s.call(token, row.method, path, body, headers...)
		if row.id != "retryParked" { // no channel of the scene can read its items again
			require.Less(t, first.status, 400, "%s: %s", name, first.body)
		}
		require.Empty(t, first.header.Get(replayedHeader))
		s.last, s.touched = nil, true
		before := s.state(account)
		again := s.call(token, row.method, path, body, headers...)
		require.Equal(t, before, s.state(account), name)
		switch {
		case row.id == "logout" || row.id == "changePassword":
			again.is(401) // the sign-in is over
		case row.secret:
			require.Equal(t, "answer_lost", again.is(409).problem())
		default:
			require.Equal(t, first.status, again.status, name)
			require.Equal(t, string(first.body), string(again.body), name)
			require.Equal(t, "true", again.header.Get(replayedHeader))
			for _, h := range keptHeaders {
				require.Equal(t, first.header.Get(h), again.header.Get(h), name)
			}
		}
	}
}

func TestRepeatKeys(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker")
	tag := func(name string) map[string]any { return map[string]any{"add": []string{name}} }
	at := ticketPath(tk, "/tags")
	d.as("sam", 200, post, at, tag("a"), withKey("k"))
	for name, a := range map[string]*answer{
		"body":   d.as("sam", 422, post, at, tag("b"), withKey("k")),
		"path":   d.as("sam", 422, post, ticketPath(tk, "/claim"), nil, withKey("k")),
		"method": d.as("sam", 422, edit, ticketPath(tk, ""), tag("a"), withKey("k")),
		"match":  d.as("sam", 422, post, at, tag("a"), withKey("k"), header{"If-Match", `"1"`}),
	} {
		require.Equal(t, "idempotency_key_reused", a.problem(), name)
	}
	require.Equal(t, "true", d.as("sam", 200, post, at, tag("a"), withKey(`"k"`)).header.Get(replayedHeader), "quotes of a structured field")
	d.as("anna", 200, post, at, tag("b"), withKey("k")) // everybody has keys of their own
	tokens := []string{d.apiToken("sam", ticket.OpTicketTag, ticket.OpTicketRead), d.apiToken("sam", ticket.OpTicketTag)}
	for _, token := range tokens { // and so has every token
		require.Empty(t, d.call(token, post, at, tag("c"), withKey("k")).is(200).header.Get(replayedHeader))
	}
	for _, bad := range []string{"", `""`, "ä", "a\tb", strings.Repeat("x", 256)} {
		require.Equal(t, []string{repeatHeader}, d.as("sam", 400, post, at, tag("a"), withKey(bad)).fields(), bad)
	}

	missing := "/tickets/" + ticket.NewID(d.clock.now()) + "/claim"
	first := d.as("sam", 404, post, missing, nil, withKey("gone"))
	require.Equal(t, string(first.body), string(d.as("sam", 404, post, missing, nil, withKey("gone")).body), "what failed for good is told again")

	d.clock.add(repeatLife)
	d.bearers = map[string]string{}
	require.Empty(t, d.as("sam", 200, post, at, tag("z"), withKey("k")).header.Get(replayedHeader), "forgotten after a day")
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// TestRepeatsFollowRights: who may do something else now does not get the answer from before.
func TestRepeatsFollowRights(t *testing.T) {
	t.Parallel()
	d := setup(t)
	_, err := d.accounts.CreateRole(t.Context(), system, rbac.NewRole{Name: "tagger", Permissions: []rbac.Permission{{Op: ticket.OpTicketTag}, {Op: ticket.OpTicketRead}}})
	require.NoError(t, err)
	d.userWith("mia", rbac.Grant{Role: "tagger"})
	at, body := ticketPath(d.open("Drucker"), "/tags"), map[string]any{"add": []string{"a"}}
	d.as("mia", 200, post, at, body, withKey("k"))
	_, err = d.accounts.UpdateRole(t.Context(), system, "tagger", 0, rbac.RoleChange{Permissions: &[]rbac.Permission{{Op: ticket.OpTicketRead}}})
	require.NoError(t, err)
	require.Equal(t, "answer_lost", d.as("mia", 409, post, at, body, withKey("k")).problem())
}

// TestRepeatWhileRunning: the second of two equal requests is told to come back, and then gets the answer of the first.
func TestRepeatWhileRunning(t *testing.T) {
	t.Parallel()
	inside, release := make(chan struct{}), make(chan struct{})
	var hold sync.Once
	d := setup(t, withAPI(func(c *Config) {
		c.Repeats = slowRepeats{c.Repeats, func() { hold.Do(func() { close(inside); <-release }) }}
	}))
	body := map[string]any{"subject": "einmal", "requester": map[string]any{"email": "a@b.example"}}
	d.bearer("sam")
	var first *answer
	var wg sync.WaitGroup
	wg.Go(func() { first = d.as("sam", 201, post, "/tickets", body, withKey("k")) })
	<-inside
	early := d.as("sam", 409, post, "/tickets", body, withKey("k"))
	require.Equal(t, "1", early.header.Get("Retry-After"))
	require.Equal(t, []string{repeatHeader}, early.fields())
	close(release)
	wg.Wait()
	require.Equal(t, string(first.body), string(d.as("sam", 201, post, "/tickets", body, withKey("k")).body))
	require.Len(t, d.as("sam", 200, get, "/tickets", nil).items(), 1)
}

// slowRepeats calls hold between the change and the keeping of its answer.
type slowRepeats struct {
	once.Store
	hold func()
}

func (s slowRepeats) EndCall(ctx context.Context, c once.Claim, print []byte, a *once.Answer) error {
	s.hold()
	return s.Store.EndCall(ctx, c, print, a)
}

// deadRepeats keeps no answer, as a program that dies before it can.
type deadRepeats struct{ once.Store }

func (deadRepeats) EndCall(context.Context, once.Claim, []byte, *once.Answer) error {
	return ticket.Errorf(ticket.Unavailable, "gone")
}

// TestCrashBehindTheCommit: between the change and the answer the program dies. A repeat changes nothing: it gets the same ticket, or hears
// that the change was made.
func TestCrashBehindTheCommit(t *testing.T) {
	t.Parallel()
	dead := true
	d := setup(t, withAPI(func(c *Config) {
		alive := c.Repeats
		c.Repeats = switched{func() once.Store {
			if dead {
				return deadRepeats{alive}
			}
			return alive
		}}
	}))
	body := map[string]any{"subject": "einmal", "requester": map[string]any{"email": "a@b.example"}}
	made := d.as("sam", 201, post, "/tickets", body, withKey("k")).json()["id"].(string)
	at, tag := "/tickets/"+made+"/messages", map[string]any{"kind": "note", "body": "einmal"}
	d.as("sam", 201, post, at, tag, withKey("n"))
	dead = false
	d.as("sam", 409, post, "/tickets", body, withKey("k")) // it may be alive yet
	d.clock.add(repeatLease)
	require.Equal(t, made, d.as("sam", 201, post, "/tickets", body, withKey("k")).json()["id"])
	require.Equal(t, "true", d.as("sam", 201, post, "/tickets", body, withKey("k")).header.Get(replayedHeader))
	require.Equal(t, "answer_lost", d.as("sam", 409, post, at, tag, withKey("n")).problem())
	require.Len(t, d.as("sam", 200, get, "/tickets", nil).items(), 1)
	require.Len(t, d.as("sam", 200, get, at, nil).items(), 1)
}

// switched asks each time which store there is.
type switched struct{ now func() once.Store }

func (s switched) BeginCall(ctx context.Context, c once.Call, now time.Time, lease, life time.Duration) (once.Found, error) {
	return s.now().BeginCall(ctx, c, now, lease, life)
}

func (s switched) EndCall(ctx context.Context, c once.Claim, print []byte, a *once.Answer) error {
	return s.now().EndCall(ctx, c, print, a)
}

func (s switched) DropCall(ctx context.Context, c once.Claim) error { return s.now().DropCall(ctx, c) }

func (s switched) PruneCalls(ctx context.Context, now time.Time, limit int) (int, error) {
	return s.now().PruneCalls(ctx, now, limit)
}

// TestFailuresAreNotKept: what the desk could not do at the moment is tried anew, and so is what a panic broke off.
func TestFailuresAreNotKept(t *testing.T) {
	t.Parallel()
	var fault func() error
	d := setup(t, setting{service: func(c *ticket.Config) {
		c.Hooks = append(c.Hooks, func(context.Context, ticket.Tx, *ticket.Event) error {
			if fault != nil {
				return fault()
			}
			return nil
		})
	}})
	at, body := ticketPath(d.open("Drucker"), "/tags"), map[string]any{"add": []string{"a"}}
	fault = func() error { return ticket.Errorf(ticket.Unavailable, "away") }
	d.as("sam", 503, post, at, body, withKey("k"))
	fault = func() error { panic("broken") }
	d.as("sam", 500, post, at, body, withKey("k"))
	fault = nil
	require.Empty(t, d.as("sam", 200, post, at, body, withKey("k")).header.Get(replayedHeader))
	require.Equal(t, "true", d.as("sam", 200, post, at, body, withKey("k")).header.Get(replayedHeader))
}

// TestRepeatedUpload: another frame around the same file is a repeat, and another file is not.
func TestRepeatedUpload(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker")
	send := func(status int, key, name, media, content string) *answer {
		raw, h := form(t, "file", name, media, []byte(content))
		return d.as("sam", status, post, ticketPath(tk, "/attachments"), raw, h, withKey(key))
	}
	long := strings.Repeat("lang ", 50_000)
	first := send(201, "k", "a.txt", "text/plain", long)
	again := send(201, "k", "a.txt", "text/plain", long)
	require.Equal(t, first.json()["id"], again.json()["id"])
	require.Equal(t, "true", again.header.Get(replayedHeader))
	for _, other := range [][3]string{{"b.txt", "text/plain", long}, {"a.txt", "text/csv", long}, {"a.txt", "text/plain", long + "x"}, {"a.txt", "text/plain", ""}} {
		require.Equal(t, "idempotency_key_reused", send(422, "k", other[0], other[1], other[2]).problem())
	}
	send(400, "bad", "", "text/plain", "x")
	send(201, "bad", "a.txt", "text/plain", "x") // nothing was known of the one that failed
}

func TestRepeatsNeedAKey(t *testing.T) {
	t.Parallel()
	d := setup(t)
	_, err := New(Config{Service: d.service, Accounts: d.accounts, Repeats: d.store, RepeatsKey: []byte("short")})
	requireField(t, "repeats_key", err)
	h, err := New(Config{Service: d.service, Accounts: d.accounts})
	require.NoError(t, err)
	d.handler = http.StripPrefix("/api", h)
	at, body := ticketPath(d.open("Drucker"), "/tags"), map[string]any{"add": []string{"a"}}
	for range 2 {
		require.Empty(t, d.as("sam", 200, post, at, body, withKey("k")).header.Get(replayedHeader))
	}
}

func requireField(t *testing.T, field string, err error) {
	t.Helper()
	var e *ticket.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, field, e.Field)
}
