package pages

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// loginForm is the page for signing in.
type loginForm struct {
	*view
	Name    string // as typed
	Next    string
	Problem string
	Host    bool // the host's own login is in charge
}

// loginURL is the page for signing in, with where to go on.
func (v *view) loginURL(next string) string {
	if next = localPath(next); next == "/" {
		return v.site.path("/login")
	}
	return v.site.path("/login?next=" + url.QueryEscape(next))
}

func (v *view) loginPage() error {
	next := localPath(v.r.URL.Query().Get("next"))
	if v.SignedIn() {
		return v.seeOther(next)
	}
	v.Title = v.T("login.title")
	return v.render(http.StatusOK, "login", loginForm{view: v, Next: next, Host: v.site.cfg.Authenticator != nil})
}

// login always makes a new session; one that the browser has already ends.
func (v *view) login() error {
	v.Title = v.T("login.title")
	f := loginForm{view: v, Name: v.r.PostFormValue("username"), Next: localPath(v.r.PostFormValue("next"))}
	if v.site.cfg.Authenticator != nil {
		return ticket.Errorf(ticket.NotFound, "there is no such page")
	}
	meta := rbac.LoginMeta{UserAgent: v.r.UserAgent(), Panel: true}
	if client := web.ExchangeOf(v.r.Context()).Client; client.IsValid() {
		meta.Address = client.String()
	}
	old := v.who
	v.who = rbac.Principal{}
	out, err := v.site.accounts.Login(v.r.Context(), f.Name, v.r.PostFormValue("password"), meta)
	switch ticket.KindOf(err) {
	case "":
	case ticket.Unauthenticated:
		f.Problem = v.T("login.wrong")
		return v.render(http.StatusUnauthorized, "login", f)
	case ticket.RateLimited:
		v.w.Header().Set("Retry-After", strconv.FormatInt(waitOf(err), 10))
		f.Problem = v.T("fault.wait", waitOf(err))
		return v.render(http.StatusTooManyRequests, "login", f)
	default:
		return err
	}
	if old.Session != "" {
		if err := v.site.accounts.Logout(v.r.Context(), old); err != nil {
			v.site.log.WarnContext(v.r.Context(), "the session before was not ended", "error", err)
		}
	}
	v.cookie(httpapi.SessionCookie, out.Token, out.ExpiresAt)
	if out.Account.MustChange {
		return v.seeOther("/password?next=" + url.QueryEscape(f.Next))
	}
	return v.seeOther(f.Next)
}

func (v *view) logout() error {
	err := v.site.accounts.Logout(v.r.Context(), v.who)
	if err != nil && ticket.KindOf(err) != ticket.Unauthenticated {
		return err
	}
	v.cookie(httpapi.SessionCookie, "", time.Time{})
	return v.redirect("/login", "signed_out")
}

// passwordForm is the page for a new password.
type passwordForm struct {
	*view
	Forced   bool
	Next     string
	Problems map[string]string // by field
	Problem  string
}

func (v *view) passwordPage() error {
	v.Title = v.T("password.title")
	return v.render(http.StatusOK, "password", passwordForm{view: v, Forced: v.MustChange(), Next: localPath(v.r.URL.Query().Get("next"))})
}

func (v *view) password() error {
	v.Title = v.T("password.title")
	f := passwordForm{view: v, Forced: v.MustChange(), Next: localPath(v.r.PostFormValue("next"))}
	var out rbac.LoginResult
	var err error
	if v.r.PostFormValue("password") != v.r.PostFormValue("repeat") {
		err = ticket.InvalidField("repeat", "does not match")
	} else {
		out, err = v.site.accounts.ChangePassword(v.r.Context(), v.who, v.r.PostFormValue("old_password"), v.r.PostFormValue("password"))
	}
	switch ticket.KindOf(err) {
	case "":
		v.cookie(httpapi.SessionCookie, out.Token, out.ExpiresAt)
		return v.redirect(f.Next, "password")
	case ticket.Invalid:
		p := v.problem(err)
		f.Problems = map[string]string{p.Field: p.Text}
		f.Problem = v.explain(err)
	case ticket.RateLimited:
		v.w.Header().Set("Retry-After", strconv.FormatInt(waitOf(err), 10))
		f.Problem = v.explain(err)
	default:
		return err
	}
	return v.render(statusOf(err), "password", f)
}

// theme remembers how the pages look, for the person if somebody is signed in.
func (v *view) theme() error {
	if t := v.r.PostFormValue("theme"); isTheme(t) {
		v.keep(ticket.PreferencesEdit{Theme: &t})
		v.cookie(themeCookie, t, v.now.AddDate(1, 0, 0))
	}
	return v.seeOther(localPath(v.r.PostFormValue("back")))
}
