package httpapi

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	d := setup(t)
	a := d.as("", 200, post, "/auth/login", map[string]string{"username": "anna", "password": password})
	require.Equal(t, []string{"expires_at", "token", "user"}, a.keys())
	require.Equal(t, map[string]any{"id": string(d.users["anna"].ID), "username": "anna", "role": "admin", "must_change_password": false}, a.json()["user"])
	require.Empty(t, a.header.Get("Set-Cookie"))
	_, err := time.Parse("2006-01-02T15:04:05Z", a.json()["expires_at"].(string))
	require.NoError(t, err)
	token := a.json()["token"].(string)

	me := d.call(token, get, "/auth/me", nil).is(200).json()
	require.Equal(t, "anna", me["username"])
	require.Len(t, me["permissions"], len(rbac.AllPermissions()))
	require.Subset(t, d.call(token, get, "/auth/me", nil).keys(), []string{"id", "username", "role", "permissions"})

	for _, body := range []map[string]string{{"username": "anna", "password": "wrong password"}, {"username": "nobody", "password": password}} {
		bad := d.as("", 401, post, "/auth/login", body)
		require.Equal(t, "unauthenticated", bad.problem())
		require.Contains(t, bad.header.Get("WWW-Authenticate"), "Bearer")
	}
	d.call(token, post, "/auth/logout", nil).is(204)
	d.call(token, get, "/auth/me", nil).is(401)
}

func TestLoginIsThrottled(t *testing.T) {
	t.Parallel()
	d := setup(t)
	last := 0
	for range 30 {
		a := d.call("", post, "/auth/login", map[string]string{"username": "anna", "password": "wrong password"})
		if last = a.status; last == 429 {
			require.NotEmpty(t, a.header.Get("Retry-After"))
			require.Equal(t, "rate_limited", a.problem())
			break
		}
		a.is(401)
	}
	require.Equal(t, 429, last)
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	d := setup(t)
	token := d.bearer("anna")
	for _, h := range []string{"Basic YTpi", "Bearer", "Bearer ", "Bearer x.y.z", "Bearer " + token + "x", token} {
		a := d.call("", get, "/auth/me", nil, header{"Authorization", h})
		require.Equal(t, 401, a.status, h)
	}
	d.call("", get, "/auth/me", nil, header{"Authorization", "bearer " + token}).is(200)
	cookie := header{"Cookie", SessionCookie + "=" + token}
	d.call("", get, "/auth/me", nil, cookie).is(200)
	d.call("", get, "/auth/me", nil, header{"Cookie", SessionCookie + "=x"}).is(401)
	// A header counts even beside a good cookie.
	d.call("", get, "/auth/me", nil, cookie, header{"Authorization", "Bearer x"}).is(401)
	// The header of somebody else's proxy is nobody's sign-in.
	d.call("", get, "/auth/me", nil, header{"X-Remote-User", "anna"}, header{"X-Forwarded-User", "anna"}).is(401)
}

// TestCookieIsForThisSiteOnly: with a cookie, a page of another site changes nothing; a bearer token is no cookie.
func TestCookieIsForThisSiteOnly(t *testing.T) {
	t.Parallel()
	d := setup(t)
	cookie := header{"Cookie", SessionCookie + "=" + d.bearer("anna")}
	tk := d.open("Drucker")
	claim := ticketPath(tk, "/claim")
	for _, h := range []header{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
		require.Equal(t, "cross_origin", d.call("", post, claim, nil, cookie, h).is(403).problem())
		d.call("", get, ticketPath(tk, ""), nil, cookie, h).is(200)
	}
	d.call("", post, claim, nil, cookie, header{"Sec-Fetch-Site", "same-origin"}).is(200)
	d.call("", post, claim, nil, cookie, header{"Origin", "http://desk.example"}).is(200)
	d.call(d.bearer("anna"), post, claim, nil, header{"Sec-Fetch-Site", "cross-site"}).is(200)
}

// hostLogin is the login of a program that ticketkit is part of.
type hostLogin struct{ accounts *rbac.Accounts }

func (h hostLogin) Authenticate(r *http.Request) (rbac.Principal, error) {
	name := r.Header.Get("X-Test-User")
	if name == "" {
		return rbac.Principal{}, ticket.Errorf(ticket.Unauthenticated, "go to the intranet first")
	}
	return h.accounts.EnsureExternal(r.Context(), "id-"+name, name, "", rbac.RoleSupport)
}

func TestHostAuthenticator(t *testing.T) {
	t.Parallel()
	d := setup(t, withAPI(func(c *Config) { c.Authenticator = hostLogin{c.Accounts} }))
	who := header{"X-Test-User", "hanna"}
	require.Equal(t, "hanna", d.call("", get, "/auth/me", nil, who).is(200).json()["username"])
	d.call("", get, "/auth/me", nil).is(401)
	d.call(d.bearer("anna"), get, "/auth/me", nil).is(401) // the host's login alone counts
	tk := d.open("Drucker")
	d.call("", post, ticketPath(tk, "/claim"), nil, who, header{"Sec-Fetch-Site", "cross-site"}).is(403)
	d.call("", post, ticketPath(tk, "/claim"), nil, who).is(200)
	d.call("", post, "/auth/logout", nil, who).is(403)
}

func TestMustChangePassword(t *testing.T) {
	t.Parallel()
	d := setup(t)
	_, err := d.accounts.CreateUser(t.Context(), system, rbac.NewUser{Username: "boot", Role: "viewer", PasswordHash: passwordHash()})
	require.NoError(t, err)
	require.NoError(t, d.store.UpdateAccounts(t.Context(), func(tx rbac.Tx) error {
		acc, err := tx.AccountByName(t.Context(), "boot")
		if err != nil {
			return err
		}
		acc.MustChange = true
		return tx.UpdateAccount(t.Context(), acc, acc.Version)
	}))
	login := d.as("", 200, post, "/auth/login", map[string]string{"username": "boot", "password": password}).json()
	require.Equal(t, true, login["user"].(map[string]any)["must_change_password"])
	token := login["token"].(string)
	early := 0
	for _, row := range table() {
		if row.early {
			early++
		}
		if row.early || row.open {
			continue
		}
		a := d.call(token, row.method, segment.ReplaceAllString(row.path, "x"), "{}")
		require.Equal(t, 403, a.status, row.path)
		require.Equal(t, "password_change_required", a.problem())
	}
	require.Equal(t, 3, early)
	require.Empty(t, d.call(token, get, "/auth/me", nil).is(200).json()["permissions"])
	require.Equal(t, []string{"old_password"}, d.call(token, post, "/auth/password", map[string]string{"old_password": "no", "password": "drei gelbe Boote"}).is(400).fields())
	require.Equal(t, []string{"password"}, d.call(token, post, "/auth/password", map[string]string{"old_password": password, "password": "password1"}).is(400).fields())
	next := d.call(token, post, "/auth/password", map[string]string{"old_password": password, "password": "drei gelbe Boote"}).is(200).json()["token"].(string)
	d.call(token, get, "/tickets", nil).is(401) // the token was for the version before
	d.call(next, get, "/tickets", nil).is(200)
}

func TestSessions(t *testing.T) {
	t.Parallel()
	d := setup(t)
	first := d.bearer("vera")
	delete(d.bearers, "vera")
	second := d.bearer("vera")
	list := d.call(second, get, "/auth/sessions", nil).is(200)
	require.Len(t, list.items(), 2)
	other := ""
	for _, s := range list.items() {
		if s["current"] == false {
			other = s["id"].(string)
		}
	}
	d.as("anna", 404, del, "/auth/sessions/"+other, nil) // somebody else's
	d.call(second, del, "/auth/sessions/"+other, nil).is(204)
	d.call(second, del, "/auth/sessions/"+other, nil).is(404)
	d.call(second, del, "/auth/sessions/%00", nil).is(404)
	d.call(first, get, "/auth/me", nil).is(401)
	d.call(second, get, "/auth/me", nil).is(200)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	d := setup(t)
	made := d.as("sam", 201, post, "/tokens", map[string]any{"name": "Skript", "scopes": []string{"ticket:read"}}).json()
	secret := made["secret"].(string)
	meta := made["token"].(map[string]any)
	require.Nil(t, meta["expires_at"])
	d.call(secret, get, "/tickets", nil).is(200)
	denied := d.call(secret, post, "/tickets", map[string]any{"subject": "x", "requester": map[string]string{"email": "a@b.example"}}).is(403)
	require.Equal(t, "ticket:create", denied.json()["permission"])
	require.Equal(t, []any{meta["id"]}, d.as("sam", 200, get, "/tokens", nil).pluck("id"))
	require.NotContains(t, string(d.as("sam", 200, get, "/tokens", nil).body), secret)
	d.as("anna", 404, del, "/tokens/"+meta["id"].(string), nil)
	d.as("sam", 403, post, "/tokens", map[string]any{"name": "zu viel", "scopes": []string{"user:read"}})
	d.as("sam", 400, post, "/tokens", map[string]any{"name": "nichts", "scopes": []string{}})
	d.as("sam", 400, post, "/tokens", map[string]any{"name": "alt", "scopes": []string{"ticket:read"}, "expires_at": "2020-01-01T00:00:00Z"})
	d.as("vera", 403, get, "/tokens", nil)
	d.as("sam", 204, del, "/tokens/"+meta["id"].(string), nil)
	d.call(secret, get, "/tickets", nil).is(401)
}

func TestUsers(t *testing.T) {
	t.Parallel()
	d := setup(t)
	list := d.as("anna", 200, get, "/admin/users", nil)
	require.Equal(t, []any{"anna", "sam", "vera"}, list.pluck("username"))
	u := d.as("anna", 201, post, "/admin/users", map[string]any{"username": "Öykü", "password": "sieben blaue Esel", "role": "support"}).json()
	id := u["id"].(string)
	require.Equal(t, false, u["must_change_password"])
	dup := d.as("anna", 409, post, "/admin/users", map[string]any{"username": "öykü", "password": "sieben blaue Esel", "role": "viewer"})
	require.Equal(t, []string{"username"}, dup.fields())
	require.Equal(t, []string{"password"}, d.as("anna", 400, post, "/admin/users", map[string]any{"username": "a", "password": "admin123", "role": "viewer"}).fields())
	require.Equal(t, []string{"role"}, d.as("anna", 400, post, "/admin/users", map[string]any{"username": "a", "password": "sieben blaue Esel", "role": "root"}).fields())
	// What a client must not set is no field of the request.
	require.Equal(t, []string{"active"}, d.as("anna", 400, post, "/admin/users", map[string]any{"username": "a", "password": "sieben blaue Esel", "role": "viewer", "active": true}).fields())
	for _, who := range []string{"sam", "vera"} {
		a := d.as(who, 403, get, "/admin/users", nil)
		require.Equal(t, "user:read", a.json()["permission"])
		require.Equal(t, "denied", a.problem())
	}
	require.Equal(t, "viewer", d.as("anna", 200, edit, "/admin/users/"+id, map[string]any{"role": "viewer", "queues": []string{}}).json()["role"])
	require.Equal(t, false, d.as("anna", 200, edit, "/admin/users/"+id, map[string]any{"active": false}).json()["active"])
	d.as("anna", 204, del, "/admin/users/"+id, nil)
	d.as("anna", 404, del, "/admin/users/"+id, nil)
	d.as("anna", 404, edit, "/admin/users/"+id, map[string]any{"active": true})
	d.as("anna", 409, del, "/admin/users/"+string(d.users["anna"].ID), nil)
	d.as("anna", 409, edit, "/admin/users/"+string(d.users["anna"].ID), map[string]any{"role": "viewer"})
	d.as("anna", 409, edit, "/admin/users/"+string(d.users["anna"].ID), map[string]any{"active": false})

	first := d.as("anna", 200, get, "/admin/users?limit=2", nil)
	require.Equal(t, []any{"anna", "sam"}, first.pluck("username"))
	require.Equal(t, []any{"vera"}, d.as("anna", 200, get, "/admin/users?limit=2&cursor="+first.json()["next_cursor"].(string), nil).pluck("username"))
}

// broken is a login that does not know.
type broken struct{ err error }

func (b broken) Authenticate(*http.Request) (rbac.Principal, error) { return rbac.Principal{}, b.err }

// TestUnknownIsNotNobody: a login that fails is neither a sign-in nor its absence.
func TestUnknownIsNotNobody(t *testing.T) {
	t.Parallel()
	for err, status := range map[error]int{
		errors.New("LDAP at 10.0.0.1 says no"):                            500,
		ticket.Errorf(ticket.Unavailable, "the directory does not reply"): 503,
	} {
		d := setup(t, withAPI(func(c *Config) { c.Authenticator = broken{err} }))
		a := d.call("x", get, "/tickets", nil).is(status)
		require.NotContains(t, string(a.body), "10.0.0.1")
		require.Equal(t, status == 503, a.header.Get("Retry-After") != "")
	}
}
