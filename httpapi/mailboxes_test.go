package httpapi

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMailboxes(t *testing.T) {
	t.Parallel()
	d := setup(t)
	fixed := d.as("anna", 200, get, "/admin/mailboxes", nil).items()
	require.Len(t, fixed, 1)
	made := d.as("anna", 201, post, "/admin/mailboxes", map[string]any{"address": "sales@desk.example", "server": "imap.desk.example:993", "password": "ganz geheim"})
	require.NotContains(t, string(made.body), "geheim")
	id := made.json()["id"].(string)
	d.as("anna", 409, post, "/admin/mailboxes", map[string]any{"address": "Sales@desk.example", "server": "x.example:993", "password": "y"})
	d.as("anna", 409, post, "/admin/mailboxes", map[string]any{"address": "support@desk.example", "server": "x.example:993", "password": "y"})
	d.as("anna", 400, post, "/admin/mailboxes", map[string]any{"address": "other@desk.example", "server": "x.example:993"})
	d.as("anna", 409, edit, "/admin/mailboxes/env", map[string]any{"folder": "x"})
	d.as("anna", 400, edit, "/admin/mailboxes/"+id, map[string]any{"server": "evil.example:993"})
	changed := d.as("anna", 200, edit, "/admin/mailboxes/"+id, map[string]any{"folder": "Support", "active": false}).json()
	require.Equal(t, "Support", changed["folder"])
	require.Equal(t, false, changed["active"])
	require.EqualValues(t, 2, changed["version"])
	rows, err := d.store.Mailboxes(t.Context())
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprint(rows), "geheim")
	open, err := d.book.Open(t.Context())
	require.NoError(t, err)
	require.Empty(t, open, "it is off")
	d.as("anna", 200, edit, "/admin/mailboxes/"+id, map[string]any{"active": true})
	open, err = d.book.Open(t.Context())
	require.NoError(t, err)
	require.Equal(t, "ganz geheim", open[0].Secret.Password)
	require.Len(t, d.as("anna", 200, post, "/admin/mailboxes/"+id+"/check", nil).items(), 1)
	d.as("anna", 409, post, "/admin/mailboxes/"+id+"/login", nil)
	d.as("anna", 409, post, "/admin/mailboxes/env/login", nil)
	d.as("anna", 204, del, "/admin/mailboxes/"+id, nil)
	d.as("anna", 404, del, "/admin/mailboxes/"+id, nil)
	require.Empty(t, d.as("anna", 200, get, "/admin/channels", nil).items())
}

func TestSigningInToAMailbox(t *testing.T) {
	t.Parallel()
	d := setup(t)
	made := d.as("anna", 201, post, "/admin/mailboxes", map[string]any{"address": "sales@desk.example", "server": "imap.desk.example:993", "sign_in": "oauth", "client_id": "EFGH",
		"password": "for the test"}).json()
	login := "/admin/mailboxes/" + made["id"].(string) + "/login"
	began := d.as("anna", 200, post, login, nil).json()
	require.Equal(t, "waiting", began["state"])
	require.Equal(t, "ABCD-EFGH", began["code"])
	require.Equal(t, "https://login.example/device", began["url"])
	require.NotNil(t, began["expires_at"])
	done := d.as("anna", 200, get, login, nil).json()
	require.Equal(t, map[string]any{"state": "done", "url": "", "code": "", "expires_at": nil}, done)
	d.as("anna", 404, post, "/admin/mailboxes/01a20306-8705-7ccb-95f3-b842fa5bea41/login", nil)
}
