package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/live"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func withHeartbeat(every time.Duration) setting {
	return withAPI(func(c *Config) { c.Heartbeat = every })
}

func TestStreamTellsWhatHappens(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.runLive()
	sam, vera := d.listen(d.bearer("sam"), ""), d.listen(d.bearer("vera"), "")
	for _, l := range []*listener{sam, vera} {
		first := l.connected()
		ms, err := strconv.Atoi(first.retry)
		require.NoError(t, err)
		require.GreaterOrEqual(t, ms, 1000)
		p, ok := live.ParsePosition(first.id)
		require.True(t, ok)
		require.Positive(t, p.Seq)
	}
	h := sam.Header()
	require.Equal(t, "text/event-stream", h.Get("Content-Type"))
	require.Equal(t, "no", h.Get("X-Accel-Buffering"))
	require.Equal(t, "no-store", h.Get("Cache-Control"))
	tk := d.open("Drucker")
	at := d.newest()
	for _, l := range []*listener{sam, vera} {
		b := l.nextOf("ticket", "")
		require.Equal(t, at.String(), b.id)
		require.Equal(t, map[string]any{"seq": float64(at.Seq), "type": "ticket.created", "ticket_id": string(tk.ID), "number": float64(tk.Number),
			"version": float64(tk.Version), "actor": map[string]any{"type": "system", "id": "", "name": "test"}, "at": b.data["at"]}, b.data)
	}
	_, err := d.service.CreateQueue(t.Context(), system, "Neue")
	require.NoError(t, err)
	require.NoError(t, d.service.Delete(t.Context(), system, tk.ID, 0))
	b := sam.nextOf("desk", "queue.created")
	require.Nil(t, b.data["ticket_id"])
	for _, l := range []*listener{sam, vera} {
		b = l.nextOf("left", "")
		require.Equal(t, map[string]any{"seq": float64(d.newest().Seq), "ticket_id": string(tk.ID)}, b.data)
	}
	other := d.open("Presse")
	for _, l := range []*listener{sam, vera} {
		l.nextOf("ticket", "ticket.created")
	}
	d.as("sam", 204, post, ticketPath(other, "/presence"), map[string]any{"state": "replying"})
	for _, l := range []*listener{sam, vera} {
		b = l.nextOf("presence", "")
		require.Empty(t, b.id)
		people := d.as("vera", 200, get, ticketPath(other, "/presence"), nil).items()
		require.Len(t, people, 1)
		require.Equal(t, "sam", people[0]["name"])
		require.Equal(t, map[string]any{"ticket_id": string(other.ID), "people": []any{people[0]}}, b.data)
	}
	sam.leave()
	vera.leave()
	require.NotContains(t, vera.Body.String(), "event: desk", "she may not read the audit")
	require.Eventually(t, func() bool { return d.live.Stats().Clients == 0 }, 2*time.Minute, time.Millisecond)
}

func TestStreamOfOneTicket(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.runLive()
	here, there := d.open("hier"), d.open("dort")
	dort, err := d.service.CreateQueue(t.Context(), system, "Dort")
	require.NoError(t, err)
	d.user("dora", rbac.RoleSupport, dort.ID)
	for _, query := range []string{"?ticket=" + string(there.ID), "?ticket=" + strconv.FormatInt(there.Number, 10)} {
		l := d.listen(d.bearer("sam"), query)
		l.connected()
		for _, tk := range []*ticket.Ticket{here, there} {
			_, err := d.service.Tag(t.Context(), system, tk.ID, 0, []string{query}, nil)
			require.NoError(t, err)
		}
		require.Equal(t, string(there.ID), l.nextOf("ticket", "").data["ticket_id"])
		d.as("dora", 404, get, "/events"+query, nil)
		l.leave()
	}
	for _, bad := range []string{"x", "0", "-1", "1.5"} {
		require.Equal(t, []string{"ticket"}, d.as("sam", 400, get, "/events?ticket="+bad, nil).fields())
	}
	d.as("sam", 404, get, "/events?ticket=4711", nil)
	d.as("sam", 404, get, "/events?ticket="+ticket.NewID(time.Now()), nil)
	d.as("", 401, get, "/events", nil)
}

func TestStreamResumes(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.runLive()
	d.bearer("vera")
	before := d.newest()
	d.open("eins")
	between := d.newest()
	d.open("zwei")
	seqs := func(query string, headers ...header) (out []any) {
		t.Helper()
		a := d.as("vera", 200, get, "/events"+query, nil, headers...)
		for text := range slices.Values(splitBlocks(string(a.body))) {
			if b := parseBlock(text); b.event == "reset" {
				out = append(out, "reset", b.data["seq"], b.id)
			} else if b.event == "ticket" {
				out = append(out, b.data["seq"])
			}
		}
		return out
	}
	two, end := float64(between.Seq+1), d.newest()
	require.Empty(t, seqs(""))
	require.Equal(t, []any{float64(between.Seq), two}, seqs("?last_event_id="+before.String()))
	require.Equal(t, []any{two}, seqs("", header{"Last-Event-ID", between.String()}))
	require.Equal(t, []any{two}, seqs("?last_event_id="+before.String(), header{"Last-Event-ID", between.String()}), "the browser's own counts more")
	for _, id := range []string{"nonsense", "99999-00000000", fmt.Sprint(between.Seq, "-00000000")} {
		require.Equal(t, []any{"reset", float64(end.Seq), end.String()}, seqs("", header{"Last-Event-ID", id}), id)
	}
}

// TestStreamEndsWithTheRights: whatever ends or changes a sign-in ends its stream, before anything that happened afterwards is told.
func TestStreamEndsWithTheRights(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token bool
		do    func(d *desk, id ticket.AccountID, p rbac.Principal) error
	}{
		"sign-out": {do: func(d *desk, _ ticket.AccountID, p rbac.Principal) error { return d.accounts.Logout(d.t.Context(), p) }},
		"password": {do: func(d *desk, id ticket.AccountID, _ rbac.Principal) error {
			return d.change(id, rbac.UserChange{Password: new("neunzehn rote Hunde")})
		}},
		"role": {do: func(d *desk, id ticket.AccountID, _ rbac.Principal) error {
			return d.change(id, rbac.UserChange{Role: new(rbac.RoleViewer)})
		}},
		"role, of an API token": {true, func(d *desk, id ticket.AccountID, _ rbac.Principal) error {
			return d.change(id, rbac.UserChange{Role: new(rbac.RoleViewer)})
		}},
		"deactivation": {do: func(d *desk, id ticket.AccountID, _ rbac.Principal) error {
			return d.change(id, rbac.UserChange{Active: new(false)})
		}},
		"queues": {do: func(d *desk, id ticket.AccountID, _ rbac.Principal) error {
			q, err := d.service.CreateQueue(d.t.Context(), system, "Dort")
			if err != nil {
				return err
			}
			return d.change(id, rbac.UserChange{Queues: &[]ticket.QueueID{q.ID}})
		}},
		"deletion": {do: func(d *desk, id ticket.AccountID, _ rbac.Principal) error {
			return d.accounts.DeleteUser(d.t.Context(), system, id)
		}},
		"API token": {true, func(d *desk, id ticket.AccountID, p rbac.Principal) error {
			return d.accounts.RevokeToken(d.t.Context(), system, id, p.Token)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := setup(t)
			d.runLive()
			u := d.user("mia", rbac.RoleSupport)
			secret := d.bearer("mia")
			if c.token {
				secret = d.apiToken("mia", ticket.OpTicketRead, ticket.OpAuditRead)
			}
			who, err := d.accounts.Authenticate(t.Context(), secret)
			require.NoError(t, err)
			mia, sam := d.listen(secret, ""), d.listen(d.bearer("sam"), "")
			mia.connected()
			sam.connected()
			d.open("vorher")
			mia.nextOf("ticket", "")
			require.NoError(t, c.do(d, u.ID, who))
			end := d.newest()
			d.open("nachher")
			for _, b := range mia.ends() {
				require.NotEqual(t, "ticket", b.event)
				require.Less(t, b.data["seq"], float64(end.Seq), "not even that the rights have changed")
			}
			for sam.nextOf("ticket", "").data["seq"] != float64(end.Seq+1) { // another goes on
				continue
			}
		})
	}
}

func (d *desk) change(id ticket.AccountID, c rbac.UserChange) error {
	_, err := d.accounts.UpdateUser(d.t.Context(), system, id, c)
	return err
}

// TestStreamEndsWithTheSession: a session that runs out tells nobody; the stream finds it by itself.
func TestStreamEndsWithTheSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := setup(t, withHeartbeat(0))
		d.runLive()
		l := d.listen(d.bearer("sam"), "")
		l.connected()
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, 1, d.live.Stats().Clients)
		d.clock.mu.Lock()
		d.clock.t = d.clock.t.Add(25 * time.Hour)
		d.clock.mu.Unlock()
		time.Sleep(6 * time.Second)
		synctest.Wait()
		require.Zero(t, d.live.Stats().Clients)
		for _, b := range l.ends() {
			require.Equal(t, "session.login", b.data["type"])
		}
		l.leave()
		d.stopLive()
	})
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := setup(t, withHeartbeat(0))
		d.runLive()
		l := d.listen(d.bearer("vera"), "")
		l.connected()
		time.Sleep(46 * time.Second)
		synctest.Wait()
		require.Len(t, l.blocks, 3)
		_, err := d.service.CreateQueue(t.Context(), system, "für vera nichts")
		require.NoError(t, err)
		time.Sleep(15 * time.Second)
		synctest.Wait()
		for i := range 4 {
			b := <-l.blocks
			require.True(t, b.comment)
			require.Empty(t, b.event)
			require.Equal(t, i == 3, b.id == d.newest().String(), "it carries the place on, past what is not for this client")
		}
		l.leave()
		d.stopLive()
	})
}

func TestStreamsAreLimited(t *testing.T) {
	t.Parallel()
	d := setup(t, withAPI(func(c *Config) { c.Limits.Streams, c.Limits.AddressStreams = 2, 3 }))
	d.runLive()
	one := d.listen(d.bearer("sam"), "")
	d.listen(d.bearer("sam"), "").connected()
	one.connected()
	a := d.as("sam", 429, get, "/events", nil)
	require.Equal(t, "10", a.header.Get("Retry-After"))
	d.listen(d.bearer("vera"), "").connected()
	d.as("vera", 429, get, "/events", nil)
	d.as("anna", 429, get, "/events", nil)
	d.as("anna", 200, get, "/events", nil, header{"Remote", "198.51.100.7:1"})
	one.leave()
	d.as("sam", 200, get, "/events", nil)
}

func TestStreamsEndWhenTheProgramDoes(t *testing.T) {
	t.Parallel()
	d := setup(t)
	require.Equal(t, "unavailable", d.listenRefused().problem(), "it does not run yet")
	d.runLive()
	l := d.listen(d.bearer("sam"), "")
	l.connected()
	d.stopLive()
	for _, b := range l.ends() {
		require.Equal(t, "desk", b.event)
	}
	require.Contains(t, l.Body.String()[len(l.Body.String())-20:], "retry: ")
	a := d.listenRefused()
	require.Equal(t, "unavailable", a.problem())
	require.NotEmpty(t, a.header.Get("Retry-After"))

	without := setup(t, withAPI(func(c *Config) { c.Live = nil }))
	require.Equal(t, "unavailable", without.listenRefused().problem())
}

// listenRefused is the answer to a client that gets no stream.
func (d *desk) listenRefused() *answer {
	d.t.Helper()
	l := d.listen(d.bearer("sam"), "")
	<-l.done
	a := &answer{d.t, l.Code, l.Header(), l.Body.Bytes()}
	validate(d.t, "/events", get, a)
	return a.is(http.StatusServiceUnavailable)
}

func TestStreamWithCookieAndHead(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.runLive()
	out, err := d.accounts.Login(t.Context(), "sam", password, rbac.LoginMeta{Panel: true})
	require.NoError(t, err)
	l := d.listen("", "", header{"Cookie", SessionCookie + "=" + out.Token})
	l.connected()
	d.open("Drucker")
	l.nextOf("ticket", "")
	a := d.as("sam", 200, http.MethodHead, "/events", nil)
	require.Empty(t, a.body)
	require.Equal(t, "text/event-stream", a.header.Get("Content-Type"))
}

func TestSetPresence(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker")
	at := ticketPath(tk, "/presence")
	require.Empty(t, d.as("sam", 200, get, at, nil).items())
	d.as("sam", 204, post, at, map[string]any{"state": "viewing"})
	d.as("anna", 204, post, fmt.Sprintf("/tickets/%d/presence", tk.Number), map[string]any{"state": "replying"})
	require.Equal(t, []any{"sam", "anna"}, d.as("vera", 200, get, at, nil).pluck("name"))
	require.Equal(t, []any{"viewing", "replying"}, d.as("vera", 200, get, at, nil).pluck("state"))
	d.as("sam", 204, post, at, map[string]any{"state": "left"})
	require.Equal(t, []any{"anna"}, d.as("vera", 200, get, at, nil).pluck("name"))
	require.Equal(t, []string{"state"}, d.as("sam", 400, post, at, map[string]any{"state": "asleep"}).fields())
	require.Equal(t, []string{"state"}, d.as("sam", 400, post, at, map[string]any{}).fields())
	d.as("sam", 404, post, "/tickets/4711/presence", map[string]any{"state": "viewing"})
	d.as("vera", 403, post, at, map[string]any{"state": "viewing"})
	d.clock.mu.Lock()
	d.clock.t = d.clock.t.Add(ticket.PresenceTTL)
	d.clock.mu.Unlock()
	require.Empty(t, d.as("sam", 200, get, at, nil).items())
}
