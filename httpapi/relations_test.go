package httpapi

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func (d *desk) path(t *ticket.Ticket, rest string) string { return "/tickets/" + string(t.ID) + rest }

func TestMergeAndSplitOverHTTP(t *testing.T) {
	t.Parallel()
	d := setup(t)
	from, into := d.open("Licht"), d.open("Strom")
	a := d.as("sam", 200, post, d.path(from, "/merge"), map[string]any{"into": fmt.Sprint(into.Number), "into_version": 1}, header{"If-Match", `"1"`})
	require.Equal(t, string(into.ID), a.json()["id"])
	require.Equal(t, `"2"`, a.header.Get("ETag"))
	require.Equal(t, string(into.ID), d.as("sam", 200, get, d.path(from, ""), nil).json()["merged_into"])
	texts := d.as("sam", 200, get, d.path(into, "/messages"), nil)
	require.Equal(t, []any{"public", "system", "public"}, texts.pluck("kind"))
	require.Equal(t, "conflict", d.as("sam", 409, post, d.path(from, "/claim"), nil).problem())
	require.Equal(t, []string{"into"}, d.as("sam", 400, post, d.path(into, "/merge"), map[string]any{"into": into.ID}).fields())
	require.Equal(t, []string{"into"}, d.as("sam", 404, post, d.path(into, "/merge"), map[string]any{"into": "4711"}).fields())
	require.Equal(t, []string{"into_version"}, d.as("sam", 400, post, d.path(into, "/merge"), map[string]any{"into": from.ID, "into_version": -1}).fields())
	d.as("sam", 412, post, d.path(into, "/merge"), map[string]any{"into": d.open("x").ID}, header{"If-Match", `"1"`})

	moved := texts.items()[2]["id"]
	a = d.as("sam", 201, post, d.path(into, "/split"), map[string]any{"message_ids": []any{moved}, "subject": "Licht im Keller"})
	id := a.json()["id"].(string)
	require.Equal(t, "../"+id, a.header.Get("Location"))
	require.Equal(t, "Licht im Keller", a.json()["subject"])
	require.Equal(t, []any{moved}, d.as("sam", 200, get, "/tickets/"+id+"/messages", nil).pluck("id"))
	require.Equal(t, []string{"message_ids"}, d.as("sam", 404, post, d.path(into, "/split"), map[string]any{"message_ids": []any{moved}}).fields())
	links := d.as("sam", 200, get, d.path(into, "/links"), nil).items()
	require.Len(t, links, 1)
	require.Subset(t, links[0]["ticket"], map[string]any{"id": id, "subject": "Licht im Keller", "queue": "Support"})
}

func TestLinksOverHTTP(t *testing.T) {
	t.Parallel()
	d := setup(t)
	one, two := d.open("Licht"), d.open("Strom")
	a := d.as("sam", 201, post, d.path(one, "/links"), map[string]any{"ticket": fmt.Sprint(two.Number), "relation": "parent"})
	require.Equal(t, []any{"parent"}, a.pluck("relation"))
	require.Equal(t, []any{"child"}, d.as("vera", 200, get, d.path(two, "/links"), nil).pluck("relation"))
	d.as("sam", 201, post, d.path(one, "/links"), map[string]any{"ticket": two.ID})
	require.Equal(t, "conflict", d.as("sam", 409, post, d.path(two, "/links"), map[string]any{"ticket": one.ID}).problem())
	require.Equal(t, []string{"relation"}, d.as("sam", 400, post, d.path(one, "/links"), map[string]any{"ticket": two.ID, "relation": "cousin"}).fields())
	require.Equal(t, []string{"ticket"}, d.as("sam", 404, post, d.path(one, "/links"), map[string]any{"ticket": "4711"}).fields())
	require.Equal(t, []string{"ticket"}, d.as("sam", 400, post, d.path(one, "/links"), map[string]any{"ticket": one.ID}).fields())
	d.as("sam", 204, del, d.path(two, "/links/"+string(one.ID)+"?relation=child"), nil)
	d.as("sam", 404, del, d.path(two, "/links/"+string(one.ID)+"?relation=child"), nil)
	d.as("sam", 204, del, d.path(two, fmt.Sprintf("/links/%d", one.Number)), nil)
	require.Empty(t, d.as("sam", 200, get, d.path(one, "/links"), nil).items())
}

func TestBulkOverHTTP(t *testing.T) {
	t.Parallel()
	d := setup(t)
	one, two := d.open("Licht"), d.open("Strom")
	a := d.as("sam", 200, post, "/tickets/bulk", map[string]any{"action": "assign", "assignee": "me",
		"ids": []any{one.ID, fmt.Sprint(two.Number), "4711"}, "versions": map[string]any{string(one.ID): 7}})
	require.Equal(t, []any{string(one.ID), fmt.Sprint(two.Number), "4711"}, a.pluck("id"))
	require.Equal(t, []any{412.0, 200.0, 404.0}, a.pluck("status"))
	items := a.items()
	require.Nil(t, items[0]["ticket"])
	require.Subset(t, items[0]["problem"], map[string]any{"type": problemPrefix + "stale", "status": 412.0, "instance": d.prefix + "/tickets/bulk"})
	require.Nil(t, items[1]["problem"])
	require.Equal(t, string(d.users["sam"].ID), items[1]["ticket"].(map[string]any)["assignee"].(map[string]any)["id"])
	require.Equal(t, []any{204.0}, d.as("anna", 200, post, "/tickets/bulk", map[string]any{"action": "delete", "ids": []any{one.ID}}).pluck("status"))
	require.Equal(t, []any{403.0}, d.as("sam", 200, post, "/tickets/bulk", map[string]any{"action": "delete", "ids": []any{two.ID}}).pluck("status"))
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for field, body := range map[string]map[string]any{
		"action":   {"action": "explode", "ids": []any{two.ID}},
		"ids":      {"action": "claim", "ids": many},
		"assignee": {"action": "assign", "ids": []any{two.ID}},
		"until":    {"action": "snooze", "ids": []any{two.ID}},
		"versions": {"action": "claim", "ids": []any{two.ID}, "versions": map[string]any{"1": 1}},
	} {
		require.Equal(t, []string{field}, d.as("sam", 400, post, "/tickets/bulk", body).fields(), field)
	}
	require.Equal(t, []string{"ids"}, d.as("sam", 400, post, "/tickets/bulk", map[string]any{"action": "claim", "ids": []any{two.ID, fmt.Sprint(two.Number)}}).fields(), "one ticket by two names")
}

func TestFieldsOverHTTP(t *testing.T) {
	t.Parallel()
	d := setup(t)
	a := d.as("anna", 201, post, "/admin/fields", map[string]any{"key": "raum", "type": "select", "label": map[string]any{"de": "Raum", "en": "Room"},
		"options": []any{map[string]any{"value": "2.14", "label": map[string]any{"de": "Büro"}}, map[string]any{"value": "keller"}}, "required": "resolve"})
	require.Subset(t, a.json(), map[string]any{"key": "raum", "type": "select", "required": "resolve", "queues": []any{}, "archived": false})
	id := a.json()["id"].(string)
	require.Equal(t, []string{"key"}, d.as("anna", 400, post, "/admin/fields", map[string]any{"key": "Der Raum", "type": "text"}).fields())
	require.Equal(t, []string{"key"}, d.as("anna", 409, post, "/admin/fields", map[string]any{"key": "raum", "type": "text"}).fields())
	require.Equal(t, []string{"type"}, d.as("anna", 400, post, "/admin/fields", map[string]any{"key": "x", "type": "colour"}).fields())
	who := map[string]any{"email": "a@b.example"}
	require.Equal(t, []string{"fields.raum"}, d.as("sam", 400, post, "/tickets", map[string]any{"subject": "x", "requester": who, "fields": map[string]any{"raum": "dach"}}).fields())
	require.Equal(t, []string{"fields.etage"}, d.as("sam", 400, post, "/tickets", map[string]any{"subject": "x", "requester": who, "fields": map[string]any{"etage": "2"}}).fields())
	tk := d.as("sam", 201, post, "/tickets", map[string]any{"subject": "x", "requester": who}).json()["id"].(string)
	require.Equal(t, []string{"fields.raum"}, d.as("sam", 400, post, "/tickets/"+tk+"/close", nil).fields())
	d.as("sam", 200, edit, "/tickets/"+tk, map[string]any{"status": "resolved", "fields": map[string]any{"raum": "keller"}})
	d.open("anderes")

	require.Equal(t, []any{tk}, d.as("vera", 200, get, "/tickets?field.raum=Keller", nil).pluck("id"))
	require.Empty(t, d.as("vera", 200, get, "/tickets?field.raum=keller&field.raum=2.14", nil).items())
	for _, q := range []string{"field.=x", "field=x", "fields.raum=x", "field." + strings.Repeat("x", 65) + "=x", "field.raum=%00"} {
		d.as("vera", 400, get, "/tickets?"+q, nil)
	}
	a = d.as("anna", 200, edit, "/admin/fields/"+id, map[string]any{"archived": true, "required": "never", "queues": []any{"support"}})
	require.Subset(t, a.json(), map[string]any{"archived": true, "required": "never", "label": map[string]any{"de": "Raum", "en": "Room"}})
	require.Len(t, a.json()["queues"], 1)
	require.Equal(t, []any{"raum"}, d.as("vera", 200, get, "/admin/fields", nil).pluck("key"))
	d.as("anna", 404, edit, "/admin/fields/x", map[string]any{"archived": true})
}

func TestTagsAndQueuesOverHTTP(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.open("eins", func(n *ticket.NewTicket) { n.Tags = []string{"größe/xl", "vip"} })
	d.open("zwei", func(n *ticket.NewTicket) { n.Tags = []string{"vip"} })
	a := d.as("vera", 200, get, "/tags", nil)
	require.Equal(t, []any{"größe/xl", "vip"}, a.pluck("tag"))
	require.Equal(t, []any{1.0, 2.0}, a.pluck("tickets"))
	require.Equal(t, 1.0, d.as("anna", 200, edit, "/tags/"+url.PathEscape("größe/xl"), map[string]any{"name": "XL"}).json()["tickets"])
	require.Equal(t, []string{"name"}, d.as("anna", 400, edit, "/tags/vip", map[string]any{"name": "a b"}).fields())
	require.Equal(t, 2.0, d.as("anna", 200, del, "/tags/vip", nil).json()["tickets"])
	d.as("anna", 404, del, "/tags/vip", nil)
	require.Equal(t, []any{"xl"}, d.as("vera", 200, get, "/tags", nil).pluck("tag"))

	q := d.as("anna", 201, post, "/queues", map[string]any{"name": "Neu"}).json()["id"].(string)
	require.Subset(t, d.as("anna", 200, edit, "/queues/"+q, map[string]any{"name": "Neuer", "default": true}).json(), map[string]any{"name": "Neuer", "default": true})
	require.Equal(t, []string{"default"}, d.as("anna", 409, edit, "/queues/"+q, map[string]any{"default": false}).fields())
	old := d.as("anna", 200, get, "/queues", nil)
	var support string
	for _, i := range old.items() {
		if i["name"] == "Support" {
			support = i["id"].(string)
		}
	}
	d.as("anna", 409, del, "/queues/"+support, nil)
	require.Equal(t, []string{"move_to"}, d.as("anna", 400, del, "/queues/"+support+"?move_to=Nirgends", nil).fields())
	d.as("anna", 204, del, "/queues/"+support+"?move_to=neuer", nil)
	require.Equal(t, []any{"Neuer", "Neuer"}, d.as("vera", 200, get, "/tickets", nil).pluck("queue"))
}
