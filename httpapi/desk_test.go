package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestKPI(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.open("Drucker")
	mine := d.open("Meins")
	d.as("sam", 200, post, ticketPath(mine, "/claim"), nil)
	k := d.as("sam", 200, get, "/kpi", nil)
	require.Equal(t, []string{"agents_online", "breached", "created_today", "due_within_hour", "first_response_p50_seconds", "mine", "open", "pending",
		"previous", "resolved_today", "sla_attainment_7d", "unassigned"}, k.keys())
	require.Subset(t, k.json(), map[string]any{"open": 2.0, "unassigned": 1.0, "mine": 1.0, "breached": 0.0})
	require.EqualValues(t, 0, d.as("vera", 200, get, "/kpi", nil).json()["mine"])
	none := setup(t, withAPI(func(c *Config) { c.Reports, c.Parked = nil, nil }))
	none.as("anna", 404, get, "/kpi", nil)
	none.as("anna", 404, get, "/parked", nil)
}

func TestQueuesAndAgents(t *testing.T) {
	t.Parallel()
	d := setup(t)
	q := d.as("anna", 201, post, "/queues", map[string]any{"name": "Technik"}).json()
	require.Equal(t, false, q["default"])
	require.Equal(t, []string{"name"}, d.as("anna", 409, post, "/queues", map[string]any{"name": "Technik"}).fields())
	require.Equal(t, []string{"name"}, d.as("anna", 400, post, "/queues", map[string]any{"name": ""}).fields())
	d.as("sam", 403, post, "/queues", map[string]any{"name": "Eigene"})
	require.Equal(t, []any{"Support", "Technik"}, d.as("vera", 200, get, "/queues", nil).pluck("name"))
	d.user("tom", rbac.RoleSupport, ticket.QueueID(q["id"].(string)))
	require.Equal(t, []any{"anna", "sam", "tom", "vera"}, d.as("vera", 200, get, "/agents", nil).pluck("username"))
	tk := d.open("Drucker")
	require.Empty(t, d.as("vera", 200, get, ticketPath(tk, "/participants"), nil).items())
}

// refusing vetoes every ticket while it is set.
type refusing struct{ on bool }

func (r *refusing) hook() setting {
	return setting{service: func(c *ticket.Config) {
		c.Hooks = append(c.Hooks, func(_ context.Context, _ ticket.Tx, _ *ticket.Event) error {
			if r.on {
				return errors.New("not today")
			}
			return nil
		})
	}}
}

func TestParked(t *testing.T) {
	t.Parallel()
	veto := &refusing{}
	d := setup(t, veto.hook())
	in := d.hub.Intake("imap")
	veto.on = true
	for _, key := range []string{"1", "2", "3"} {
		require.NoError(t, in.Receive(t.Context(), ticket.Incoming{Key: key, Subject: "Nr. " + key, Text: "x",
			From: ticket.Person{Identity: ticket.Identity{Kind: "email", Value: "a@b.example"}}}))
	}
	require.NoError(t, in.Park(t.Context(), adapters.Parked{Key: "4", Reason: "unlesbar", Raw: []byte("<script>")}))
	all := d.as("sam", 200, get, "/parked", nil)
	require.Len(t, all.items(), 4)
	page := d.as("sam", 200, get, "/parked?limit=3", nil)
	rest := d.as("sam", 200, get, "/parked?limit=3&cursor="+page.json()["next_cursor"].(string), nil)
	require.Len(t, rest.items(), 1)
	ids := map[any]string{}
	for _, i := range all.items() {
		require.Equal(t, "imap", i["channel"])
		ids[i["subject"]] = i["id"].(string)
	}
	raw := d.as("sam", 200, get, "/parked/"+ids[""]+"/raw", nil)
	require.Equal(t, "<script>", string(raw.body))
	require.Equal(t, "application/octet-stream", raw.header.Get("Content-Type"))
	require.Contains(t, raw.header.Get("Content-Disposition"), "attachment")

	require.Contains(t, d.as("sam", 409, post, "/parked/"+ids["Nr. 1"]+"/retry", nil).json()["detail"], "not today")
	veto.on = false
	d.as("sam", 204, post, "/parked/"+ids["Nr. 1"]+"/retry", nil)
	d.as("sam", 404, post, "/parked/"+ids["Nr. 1"]+"/retry", nil)
	d.as("sam", 204, del, "/parked/"+ids["Nr. 2"], nil)
	d.as("sam", 404, del, "/parked/"+ids["Nr. 2"], nil)
	require.Len(t, d.as("sam", 200, get, "/parked", nil).items(), 2)
	require.Equal(t, []any{"Nr. 1"}, d.as("sam", 200, get, "/tickets", nil).pluck("subject"))
	d.as("vera", 403, get, "/parked", nil)
	queue, err := d.service.CreateQueue(t.Context(), system, "Technik")
	require.NoError(t, err)
	d.user("tom", rbac.RoleSupport, queue.ID)
	d.as("tom", 403, get, "/parked", nil) // parked items have no queue yet
}

func TestIntake(t *testing.T) {
	t.Parallel()
	sub := chi.NewRouter()
	sub.Post("/hook/{x}", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "chi "+chi.URLParam(r, "x")) })
	d := setup(t, withAPI(func(c *Config) {
		c.Limits = Limits{Body: 100, Upload: 1000}
		c.Intakes = map[string]http.Handler{
			"echo": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b, err := io.ReadAll(r.Body)
				if err != nil {
					w.WriteHeader(http.StatusRequestEntityTooLarge)
					return
				}
				_, _ = io.WriteString(w, r.Method+" "+r.URL.Path+" "+r.URL.RawQuery+" "+string(b))
			}),
			"chi": sub,
		}
	}))
	require.Equal(t, "POST /  x", string(d.call("", post, "/intake/echo", "x").is(200).body))
	require.Equal(t, "PUT /a/b q=1 x", string(d.call("", "PUT", "/intake/echo/a/b?q=1", "x").is(200).body))
	require.Equal(t, "chi 7", string(d.call("", post, "/intake/chi/hook/7", "x").is(200).body))
	d.call("", post, "/intake/nope", "x").is(404)
	d.call("", post, "/intake/echo", string(make([]byte, 101))).is(413)
	d.call("", post, "/intake/echo", string(make([]byte, 101)), header{"Content-Type", "multipart/form-data; boundary=x"}).is(200)
	d.call("", post, "/intake/echo", string(make([]byte, 1001)), header{"Content-Type", "multipart/form-data; boundary=x"}).is(413)
}
