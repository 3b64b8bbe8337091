package pages

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// profilePage is what belongs to the person: sessions, API tokens, looks.
type profilePage struct {
	*view
	Sessions []sessionRow
	Tokens   []rbac.Token
	Groups   []scopeGroup
	Problem  string
	Kept     keptForm
	Secret   string // of a token just made; shown this once
	Made     string // its name
}

type sessionRow struct {
	rbac.Session
	Current bool
	Agent   string
}

// scopeGroup is a resource with what may be done to it.
type scopeGroup struct {
	Name   string
	Scopes []scope
}

type scope struct {
	Op      string
	Checked bool
}

func (v *view) profile() error { return v.renderProfile(http.StatusOK, profilePage{}) }

func (v *view) renderProfile(status int, p profilePage) error {
	v.Title, v.Nav, p.view = v.T("profile.title"), "profile", v
	if v.OwnLogin() {
		sessions, err := v.site.accounts.Sessions(v.r.Context(), v.actor(), v.who.Account.ID)
		if err != nil {
			return err
		}
		for _, s := range sessions {
			p.Sessions = append(p.Sessions, sessionRow{s, s.ID == v.who.Session, agentName(s.UserAgent)})
		}
		slices.SortFunc(p.Sessions, func(a, b sessionRow) int { return b.LastSeen.Compare(a.LastSeen) })
	}
	if v.Can("token:own") {
		var err error
		if p.Tokens, err = v.site.accounts.Tokens(v.r.Context(), v.actor(), v.who.Account.ID); err != nil {
			return err
		}
	}
	for _, op := range v.who.Permissions {
		resource, _, _ := strings.Cut(string(op), ":")
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Name != resource {
			p.Groups = append(p.Groups, scopeGroup{Name: resource})
		}
		g := &p.Groups[len(p.Groups)-1]
		g.Scopes = append(g.Scopes, scope{string(op), slices.Contains(p.Kept["scope"], string(op))})
	}
	return v.render(status, "profile", p)
}

func (v *view) revokeSession() error {
	id := v.r.PathValue("id")
	if err := v.site.accounts.RevokeSession(v.r.Context(), v.actor(), v.who.Account.ID, id); err != nil {
		return err
	}
	if id == v.who.Session {
		return v.redirect("/login", "signed_out")
	}
	return v.redirect("/profile", "session_revoked")
}

// createToken answers with the page itself: the secret is shown once, so it must not be kept anywhere for a page behind a redirect.
func (v *view) createToken() error {
	n := rbac.NewToken{Account: v.who.Account.ID, Name: v.field("name")}
	for _, s := range v.r.PostForm["scope"] {
		n.Scopes = append(n.Scopes, ticket.Op(s))
	}
	err := error(nil)
	if day := v.field("expires"); day != "" {
		if n.ExpiresAt, err = time.ParseInLocation(time.DateOnly, day, v.look.zone); err != nil {
			err = ticket.InvalidField("expires_at", "is not a time")
		}
	}
	var t rbac.Token
	var secret string
	if err == nil {
		t, secret, err = v.site.accounts.CreateToken(v.r.Context(), v.actor(), n)
	}
	switch ticket.KindOf(err) {
	case "":
		return v.renderProfile(http.StatusCreated, profilePage{Secret: secret, Made: t.Name})
	case ticket.Invalid, ticket.Conflict, ticket.Denied:
		return v.renderProfile(statusOf(err), profilePage{Problem: v.explain(err), Kept: keptForm(v.r.PostForm)})
	}
	return err
}

func (v *view) revokeToken() error {
	if err := v.site.accounts.RevokeToken(v.r.Context(), v.actor(), v.who.Account.ID, v.r.PathValue("id")); err != nil {
		return err
	}
	return v.redirect("/profile", "token_revoked")
}

// agentName makes "Firefox · Linux" of what a browser says about itself; anything else stays as it is.
func agentName(ua string) string {
	first := func(pairs [][2]string) string {
		for _, p := range pairs {
			if strings.Contains(ua, p[0]) {
				return p[1]
			}
		}
		return ""
	}
	browser := first([][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}})
	system := first([][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"}})
	switch {
	case browser == "":
		return ua
	case system == "":
		return browser
	}
	return browser + " · " + system
}

// keptForm is what was typed into a form that comes again.
type keptForm map[string][]string

// Get is the first value of a field, or the fallback when the form was not sent.
func (k keptForm) Get(name, fallback string) string {
	if k == nil {
		return fallback
	}
	if list := k[name]; len(list) > 0 {
		return list[0]
	}
	return ""
}

// Has reports whether a box was ticked, or the fallback when the form was not sent.
func (k keptForm) Has(name, value string, fallback bool) bool {
	if k == nil {
		return fallback
	}
	return slices.Contains(k[name], value)
}
