package httpapi

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPanels(t *testing.T) {
	t.Parallel()
	d := setup(t)
	fixed := d.as("anna", 200, get, "/admin/panels", nil).items()
	require.Len(t, fixed, 1)
	require.Equal(t, true, fixed[0]["read_only"])
	kind := func(id string, more ...any) map[string]any {
		k := map[string]any{"id": id, "label": map[string]any{"de": "Drucker"}}
		for n := 0; n < len(more); n += 2 {
			k[more[n].(string)] = more[n+1]
		}
		return k
	}
	made := d.as("anna", 201, post, "/admin/panels", map[string]any{"channel_id": "42", "kinds": []any{kind("printer", "questions", []any{map[string]any{"id": "what", "label": map[string]any{"de": "Was?"}}})}}).json()
	id := made["id"].(string)
	require.Equal(t, "buttons", made["style"])
	d.as("anna", 409, post, "/admin/panels", map[string]any{"channel_id": "42", "kinds": []any{kind("printer")}})
	d.as("anna", 409, post, "/admin/panels", map[string]any{"channel_id": "42", "kinds": []any{kind("ticket")}})
	d.as("anna", 400, post, "/admin/panels", map[string]any{"channel_id": "here", "kinds": []any{kind("other")}})
	d.as("anna", 400, post, "/admin/panels", map[string]any{"channel_id": "42", "kinds": []any{kind("other", "queue", "nowhere")}})
	d.as("anna", 400, post, "/admin/panels", map[string]any{"channel_id": "42", "kinds": []any{kind("other", "cooldown_minutes", -1)}})
	d.as("anna", 409, edit, "/admin/panels/main", map[string]any{"active": false})
	before := d.panelsChanged.Load()
	changed := d.as("anna", 200, edit, "/admin/panels/"+id, map[string]any{"style": "select", "active": false}).json()
	require.Equal(t, "select", changed["style"])
	require.EqualValues(t, 2, changed["version"])
	require.Equal(t, before+1, d.panelsChanged.Load(), "the chat follows at once")
	require.Len(t, changed["kinds"].([]any)[0].(map[string]any)["questions"], 1, "what is left out stays")
	require.Empty(t, changed["mode"])
	d.as("anna", 400, edit, "/admin/panels/"+id, map[string]any{"mode": "forum"})
	require.Equal(t, "thread", d.as("anna", 200, edit, "/admin/panels/"+id, map[string]any{"mode": "thread"}).json()["mode"])
	require.Equal(t, "thread", d.as("anna", 200, get, "/admin/panels", nil).items()[1]["mode"])
	d.as("anna", 204, del, "/admin/panels/"+id, nil)
	d.as("anna", 404, del, "/admin/panels/"+id, nil)
	require.Len(t, d.as("anna", 200, get, "/admin/panels", nil).items(), 1)
}
