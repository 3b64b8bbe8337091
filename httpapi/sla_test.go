package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// promise makes a policy: minutes until the first answer.
func (d *desk) promise(minutes int) string {
	d.t.Helper()
	a := d.as("anna", 201, post, "/sla/policies", map[string]any{"name": "Zusage", "targets": map[string]any{"first_response": map[string]any{"all": minutes * 60}},
		"steps": []any{map[string]any{"clock": "first_response", "kind": "warn", "lead": 60, "actions": []any{map[string]any{"type": "raise_priority"}}}}})
	return a.json()["id"].(string)
}

func TestTicketsShowTheirClocks(t *testing.T) {
	t.Parallel()
	d := setup(t)
	bare := d.open("Ohne")
	require.Equal(t, map[string]any{"state": "none", "clock": "", "due_at": nil, "soon_at": nil, "remaining_seconds": nil, "breached": false},
		d.as("sam", 200, get, ticketPath(bare, ""), nil).json()["sla"])
	id := d.promise(30)
	soon := d.open("Bald")
	shown := d.as("sam", 200, get, ticketPath(soon, ""), nil).json()["sla"].(map[string]any)
	require.Equal(t, "running", shown["state"])
	require.Equal(t, "first_response", shown["clock"])
	require.Equal(t, stampText(soon.CreatedAt.Add(30*time.Minute)), shown["due_at"])
	require.Equal(t, stampText(soon.CreatedAt.Add(15*time.Minute)), shown["soon_at"], "15 minutes are more than a quarter of 30")
	require.Equal(t, shown["soon_at"], d.as("sam", 200, get, ticketPath(soon, "/sla"), nil).json()["clocks"].([]any)[0].(map[string]any)["soon_at"])
	list := d.as("vera", 200, get, "/tickets?sort=number", nil).items()
	require.Equal(t, "none", list[0]["sla"].(map[string]any)["state"])
	require.Equal(t, "running", list[1]["sla"].(map[string]any)["state"])
	token := d.apiToken("anna", ticket.OpTicketRead)
	require.Equal(t, "none", d.call(token, get, ticketPath(soon, ""), nil).is(200).json()["sla"].(map[string]any)["state"], "a token without sla:read sees none")

	subjects := func(query string) []any {
		return d.as("sam", 200, get, "/tickets?sort=number&"+query, nil).pluck("subject")
	}
	require.Equal(t, []any{"Ohne"}, subjects("sla=none"))
	require.Equal(t, []any{"Bald"}, subjects("sla=due"))
	require.Equal(t, []any{"Bald"}, subjects("sla=%3C1h"))
	require.Empty(t, subjects("q=sla:%3C10m"))
	require.Empty(t, subjects("sla=breached"))
	d.clock.t = d.clock.t.Add(31 * time.Minute)
	require.Equal(t, []any{"Bald"}, subjects("q=sla:breached"))
	require.Empty(t, subjects("sla=due"))
	require.EqualValues(t, 1, d.as("sam", 200, get, "/kpi", nil).json()["breached"])
	late := d.as("sam", 200, get, ticketPath(soon, ""), nil).json()["sla"].(map[string]any)
	require.Equal(t, "overdue", late["state"])
	require.Nil(t, late["soon_at"], "it is late")
	d.as("sam", 201, post, ticketPath(soon, "/messages"), map[string]any{"kind": "reply", "body": "Hallo"})
	require.Empty(t, subjects("sla=breached"))
	clocks := d.as("sam", 200, get, ticketPath(soon, "/sla"), nil).json()
	require.Equal(t, id, clocks["policy"].(map[string]any)["id"])
	require.Equal(t, "missed", clocks["clocks"].([]any)[0].(map[string]any)["state"])
	require.EqualValues(t, 0, d.as("sam", 200, get, "/kpi", nil).json()["sla_attainment_7d"])
	for _, bad := range []string{"sla=soon", "sla=%3C1", "sla=%3C0h", "sla=%3C9999d", "sla=due,none", "q=sla:%3Ch"} {
		require.Equal(t, []string{"sla"}, d.as("sam", 400, get, "/tickets?"+bad, nil).fields(), bad)
	}
}

// TestPressingInTheDesksHours: a quarter of a promise is one of working time.
func TestPressingInTheDesksHours(t *testing.T) {
	t.Parallel()
	d := setup(t)
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	day := []any{map[string]any{"open": "08:00", "close": "18:00"}}
	cal := d.as("anna", 201, post, "/sla/calendars", map[string]any{"name": "Büro", "zone": "Europe/Berlin", "week": map[string]any{"mon": day, "fri": day}}).json()
	d.as("anna", 201, post, "/sla/policies", map[string]any{"name": "Zusage", "calendar_id": cal["id"], "targets": map[string]any{"first_response": map[string]any{"all": 4 * 3600}}})
	d.clock.t = time.Date(2027, 3, 5, 17, 0, 0, 0, berlin) // a Friday
	friday := d.clock.t
	tk := d.open("Vor dem Wochenende")
	weekend := time.Date(2027, 3, 8, 8, 0, 0, 0, berlin).Sub(time.Date(2027, 3, 5, 18, 0, 0, 0, berlin))
	for _, at := range []time.Time{friday, friday.Add(50 * time.Minute)} {
		d.clock.t = at
		shown := d.as("sam", 200, get, "/tickets", nil).items()[0]["sla"].(map[string]any)
		require.Equal(t, stampText(tk.CreatedAt.Add(4*time.Hour+weekend)), shown["due_at"])
		require.Equal(t, stampText(tk.CreatedAt.Add(3*time.Hour+weekend)), shown["soon_at"])
	}
	d.as("sam", 201, post, ticketPath(tk, "/messages"), map[string]any{"kind": "reply", "body": "Hallo"})
	clocks := d.as("sam", 200, get, ticketPath(tk, "/sla"), nil).json()["clocks"].([]any)
	require.Nil(t, clocks[0].(map[string]any)["soon_at"], "it was met")
}

func stampText(t time.Time) string {
	b, _ := stamp(t).MarshalJSON()
	return string(b[1 : len(b)-1])
}

func TestPoliciesAndCalendars(t *testing.T) {
	t.Parallel()
	d := setup(t)
	week := map[string]any{"mon": []any{map[string]any{"open": "08:00", "close": "18:00"}}}
	cal := d.as("anna", 201, post, "/sla/calendars", map[string]any{"name": "Büro", "zone": "Europe/Berlin", "week": week,
		"holidays": []any{map[string]any{"date": "2026-12-25", "name": "Weihnachten"}}, "overrides": map[string]any{"2026-12-24": []any{}}}).json()
	require.EqualValues(t, 1, cal["version"])
	require.Equal(t, "hand", cal["origin"])
	path := "/sla/calendars/" + cal["id"].(string)
	id := d.promise(30)
	p := d.as("anna", 200, put, "/sla/policies/"+id, map[string]any{"name": "Zusage", "version": 1, "calendar_id": cal["id"],
		"targets": map[string]any{"resolution": map[string]any{"by_priority": map[string]any{"urgent": 3600}}}}).json()
	require.EqualValues(t, 2, p["version"])
	d.as("anna", 412, put, "/sla/policies/"+id, map[string]any{"name": "Alt", "version": 1, "targets": map[string]any{"update": map[string]any{"all": 60}}})
	require.Equal(t, []any{2.0, 1.0}, d.as("vera", 200, get, "/sla/policies/"+id, nil).pluck("version"))
	d.as("anna", 409, del, path, nil)
	d.as("anna", 204, del, "/sla/policies/"+id, nil)
	d.as("anna", 404, put, "/sla/policies/"+id, map[string]any{"name": "Weg", "targets": map[string]any{"update": map[string]any{"all": 60}}})
	require.Empty(t, d.as("vera", 200, get, "/sla/policies", nil).items())
	d.as("anna", 204, del, path, nil)
	require.Len(t, d.as("vera", 200, get, path, nil).items(), 2, "its versions stay")
	types := d.as("anna", 200, get, "/audit?desk=true&type=sla.policy_saved,sla.policy_retired,sla.calendar_saved,sla.calendar_retired", nil).pluck("type")
	require.Equal(t, []any{"sla.calendar_retired", "sla.policy_retired", "sla.policy_saved", "sla.policy_saved", "sla.calendar_saved"}, types)

	for field, body := range map[string]map[string]any{
		"name":            {"name": " ", "targets": map[string]any{"update": map[string]any{"all": 60}}},
		"targets":         {"name": "x", "targets": map[string]any{}},
		"targets.lunch":   {"name": "x", "targets": map[string]any{"lunch": map[string]any{"all": 60}}},
		"calendar_id":     {"name": "x", "targets": map[string]any{"update": map[string]any{"all": 60}}, "calendar_id": "nope"},
		"match.queues[0]": {"name": "x", "targets": map[string]any{"update": map[string]any{"all": 60}}, "match": map[string]any{"queues": []string{"nope"}}},
		"steps[0].actions[0].type": {"name": "x", "targets": map[string]any{"update": map[string]any{"all": 60}}, "steps": []any{map[string]any{"clock": "update", "kind": "warn", "lead": 1,
			"actions": []any{map[string]any{"type": "notify_discord", "to": "1"}}}}},
	} {
		require.Equal(t, []string{field}, d.as("anna", 400, post, "/sla/policies", body).fields())
	}
	d.as("anna", 400, post, "/sla/calendars", map[string]any{"name": "x", "zone": "Europe/Berlin", "week": map[string]any{"mon": []any{map[string]any{"open": "8 Uhr", "close": "18:00"}}}})
	d.as("anna", 400, post, "/sla/calendars", map[string]any{"name": "x", "zone": "Nowhere", "week": week})
}

func TestReportAndSimulation(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.promise(30)
	tk := d.open("Eins")
	d.as("sam", 201, post, ticketPath(tk, "/messages"), map[string]any{"kind": "reply", "body": "Hallo"})
	r := d.as("vera", 200, get, "/sla/report", nil).json()["lines"].([]any)
	require.Len(t, r, 1)
	require.EqualValues(t, 1, r[0].(map[string]any)["met"])
	csv := d.as("vera", 200, get, "/sla/report?format=csv", nil)
	require.Equal(t, "text/csv; charset=utf-8", csv.header.Get("Content-Type"))
	require.Contains(t, string(csv.body), "first_response,")
	d.as("vera", 400, get, "/sla/report?format=xml", nil)
	d.as("vera", 400, get, "/sla/report?from=2020-01-01T00:00:00Z", nil)
	sim := d.as("vera", 200, post, "/sla/simulate", map[string]any{"from": tk.CreatedAt.Add(-time.Hour), "to": d.clock.now(),
		"policy": map[string]any{"name": "x", "targets": map[string]any{"first_response": map[string]any{"all": 1}}}}).json()
	require.EqualValues(t, 1, sim["tickets"])
	d.as("anna", 202, post, "/sla/recompute", nil)
	none := setup(t, withAPI(func(c *Config) { c.SLA = nil }))
	none.as("anna", 404, get, "/sla/policies", nil)
	require.Equal(t, "none", none.as("anna", 200, get, ticketPath(none.open("x"), ""), nil).json()["sla"].(map[string]any)["state"])
}
