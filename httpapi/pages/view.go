package pages

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// The cookies beside httpapi.SessionCookie. They hold nothing secret.
const (
	langCookie  = "ticketkit_lang"
	themeCookie = "ticketkit_theme"
)

// view is one request on its way to its page. Each page's data embeds it, so that templates reach its methods.
type view struct {
	site *site
	w    http.ResponseWriter
	r    *http.Request
	who  rbac.Principal // the zero Principal while nobody is signed in
	now  time.Time
	look look

	Lang  string // "de" or "en"
	Theme string // "auto", "light" or "dark"
	Title string // of the page, in its language
	Nav   string // entry of the navigation that the page belongs to
}

func (s *site) view(w http.ResponseWriter, r *http.Request) *view {
	v := &view{site: s, w: w, r: r, now: s.now(), look: s.look(r.Context()), Theme: "auto"}
	if c, err := r.Cookie(langCookie); err == nil && isLang(c.Value) {
		v.Lang = c.Value
	} else {
		v.Lang = v.look.locale
		if accept := r.Header.Get("Accept-Language"); accept != "" {
			v.Lang = i18n.Match(accept, v.look.locale)
		}
	}
	if c, err := r.Cookie(themeCookie); err == nil && isTheme(c.Value) {
		v.Theme = c.Value
	}
	return v
}

func isLang(s string) bool  { return s == i18n.German || s == i18n.English }
func isTheme(s string) bool { return s == "auto" || s == "light" || s == "dark" }

// actor is who asks, as the services want it.
func (v *view) actor() ticket.Actor { return v.who.Actor }

// T is a text of the desk. A key that does not exist is a fault of the program: it is logged and shown.
func (v *view) T(key string, args ...any) string {
	if !v.site.texts.Has(key) {
		v.site.log.ErrorContext(v.r.Context(), "a text is missing", "key", key)
	}
	return v.site.texts.T(v.Lang, key, args...)
}

// Count is T for a text that depends on a number.
func (v *view) Count(key string, n int) string { return v.T(key, i18n.Args{"count": n}) }

// term is the word for a value if there is one, else the value itself, such as the name of a state that the desk made.
func (v *view) term(prefix, value string) string {
	if key := prefix + value; v.site.texts.Has(key) {
		return v.site.texts.T(v.Lang, key)
	}
	return value
}

// StatusName, PriorityName, ChannelName and RoleName are what people call them.
func (v *view) StatusName(s ticket.Status) string     { return v.term("status.", string(s)) }
func (v *view) PriorityName(p ticket.Priority) string { return v.term("priority.", string(p)) }
func (v *view) ChannelName(c string) string           { return v.term("channel.", c) }
func (v *view) RoleName(r string) string              { return v.term("role.", r) }

// URL is a path of the site as a browser asks for it. Arguments are filled in as by fmt.Sprintf and must need no escape.
func (v *view) URL(path string, args ...any) string {
	if len(args) > 0 {
		path = fmt.Sprintf(path, args...)
	}
	return v.site.path(path)
}

// Asset is the URL of a file of the pages themselves.
func (v *view) Asset(name string) string {
	return v.site.path("/assets/" + v.look.assets.digest + "/" + name)
}

// DeskName to MyRole describe the frame around each page.
func (v *view) DeskName() string { return v.look.name }
func (v *view) Logo() string     { return v.look.logo }
func (v *view) LogoDark() string { return v.look.logoDark }
func (v *view) Favicon() string  { return cmp.Or(v.look.favicon, v.Asset("icon.svg")) }
func (v *view) Welcome() string  { return v.look.loginText }
func (v *view) Support() string  { return v.look.support }
func (v *view) Imprint() string  { return v.look.imprint }
func (v *view) Privacy() string  { return v.look.privacy }
func (v *view) SignedIn() bool   { return v.who.Account.ID != "" }
func (v *view) MustChange() bool { return v.who.Account.MustChange }
func (v *view) Username() string { return v.who.Account.DisplayName() }
func (v *view) MyRole() string   { return v.RoleName(v.who.Account.Role) }

// Framed reports whether the page has the navigation around it. Beside a panel, which has its own, none has.
func (v *view) Framed() bool { return v.SignedIn() && !v.MustChange() && v.site.cfg.Panel == nil }

// Themes are the looks to choose from.
func (v *view) Themes() []string { return []string{"auto", "light", "dark"} }

// DeliveryName says how far a message has come.
func (v *view) DeliveryName(s ticket.DeliveryState) string { return v.term("delivery.", string(s)) }

// SortName says how a list is sorted.
func (v *view) SortName(s ticket.Sort) string {
	if down, ok := strings.CutPrefix(string(s), "-"); ok {
		return v.T("sort." + down + ".down")
	}
	return v.T("sort." + string(s) + ".up")
}

// OwnLogin reports whether the person signed in with a password of the desk, and so can sign out and change it here.
func (v *view) OwnLogin() bool { return v.who.Session != "" }

// HasParked reports whether there is a page of what was parked.
func (v *view) HasParked() bool { return v.site.cfg.Parked != nil }

// Can reports whether the person has a permission for at least something; the services decide for each thing.
func (v *view) Can(op string) bool { return slices.Contains(v.who.Permissions, ticket.Op(op)) }

// Flash is what the change that led here has done.
func (v *view) Flash() string {
	done := v.r.URL.Query().Get("done")
	if done == "" || len(done) > 40 || !v.site.texts.Has("done."+done) {
		return ""
	}
	return v.T("done." + done)
}

// Here is the address of this page with another language.
func (v *view) Here(lang string) string {
	path := "/"
	q := url.Values{}
	if v.r.Method == http.MethodGet {
		path, q = v.r.URL.EscapedPath(), v.r.URL.Query()
		q.Del("done")
	}
	q.Set("lang", lang)
	return v.site.path(path) + "?" + q.Encode()
}

// Back is where a form that changes only looks returns to.
func (v *view) Back() string {
	if v.r.Method != http.MethodGet {
		return "/"
	}
	return v.r.URL.RequestURI()
}

// Full writes a time for people and for machines.
func (v *view) Full(t time.Time) template.HTML {
	return v.stamp(t, i18n.FormatDateTime(v.Lang, t, v.look.zone))
}

// Clock shows the hour alone.
func (v *view) Clock(t time.Time) template.HTML {
	return v.stamp(t, i18n.FormatTime(v.Lang, t, v.look.zone))
}

// Ago shows how long ago it was.
func (v *view) Ago(t time.Time) template.HTML {
	return v.stamp(t, v.site.texts.Age(v.Lang, t, v.now))
}

// Age is Ago for lists: a number and a unit.
func (v *view) Age(t time.Time) template.HTML {
	d := v.now.Sub(t)
	if d < time.Minute {
		return v.stamp(t, v.T("short.now"))
	}
	return v.stamp(t, v.short(d))
}

func (v *view) stamp(t time.Time, text string) template.HTML {
	if t.IsZero() {
		return "–"
	}
	full := i18n.FormatDateTime(v.Lang, t, v.look.zone)
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `" title="` + template.HTMLEscapeString(full) + `">` + //nolint:gosec // escaped
		template.HTMLEscapeString(text) + `</time>`)
}

// Bytes is a size for people.
func (v *view) Bytes(n int64) string { return i18n.Bytes(v.Lang, n) }

// render answers with a page. The whole page is made before a byte of it is sent.
func (v *view) render(status int, name string, data any) error {
	t, ok := v.site.templates[name]
	if !ok {
		return fmt.Errorf("pages: there is no template %s", name)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", data); err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Language", v.Lang)
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		_, _ = v.w.Write(b.Bytes()) // a failure to write is the client's
	}
	return nil
}

// redirect sends the browser to a path of the site, with what was done.
func (v *view) redirect(path, done string) error {
	if done != "" {
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		path, anchor, _ := strings.Cut(path, "#")
		path += sep + "done=" + url.QueryEscape(done)
		if anchor != "" {
			path += "#" + anchor
		}
		return v.seeOther(path)
	}
	return v.seeOther(path)
}

func (v *view) seeOther(path string) error {
	v.w.Header().Set("Location", v.site.path(path))
	v.w.WriteHeader(http.StatusSeeOther)
	return nil
}

// localPath gives back a path that leads to this site and nowhere else, without its BasePath, or "/".
func localPath(s string) string {
	u, err := url.Parse(s)
	if err != nil || len(s) > 2000 || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || !strings.HasPrefix(s, "/") ||
		strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t\x00") || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, "\\") {
		return "/"
	}
	return s
}

// cookie sets a cookie that no script can read. A zero expiry ends with the browser; a past one removes it.
func (v *view) cookie(name, value string, expires time.Time) {
	//nolint:gosec // Secure where the browser came over TLS; a desk on plain HTTP could not be signed in to otherwise
	c := &http.Cookie{Name: name, Value: value, Path: v.site.cfg.BasePath, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: web.ExchangeOf(v.r.Context()).Secure, Expires: expires}
	if c.Path == "" {
		c.Path = "/"
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(v.w, c)
}

// authenticate finds out who asks, by the cookie or by the host's own login.
func (v *view) authenticate() error {
	var err error
	if a := v.site.cfg.Authenticator; a != nil {
		v.who, err = a.Authenticate(v.r)
	} else {
		c, cerr := v.r.Cookie(httpapi.SessionCookie)
		if cerr != nil || c.Value == "" {
			return ticket.Errorf(ticket.Unauthenticated, "sign in first")
		}
		v.who, err = v.site.accounts.Authenticate(v.r.Context(), c.Value)
	}
	if err != nil {
		v.who = rbac.Principal{}
		return err
	}
	x := web.ExchangeOf(v.r.Context())
	x.Account = v.who.Account.ID
	if x.Client.IsValid() {
		v.who.Actor.Source = x.Client.String()
	}
	return v.prefer()
}

// prefer shows pages as the person wants them, and lets this browser do so before anybody signs in, too.
func (v *view) prefer() error {
	if !v.Can(string(ticket.OpTicketRead)) {
		return nil
	}
	p, err := v.site.service.Preferences(v.r.Context(), v.actor())
	if err != nil {
		return err
	}
	if p.Locale != "" {
		v.Lang = p.Locale
		v.remember(langCookie, p.Locale)
	}
	if p.Theme != "" {
		v.Theme = p.Theme
		v.remember(themeCookie, p.Theme)
	}
	return nil
}

// keep keeps a wish for whichever browser the person comes back with. That it could not be kept is no reason to refuse it to this one.
func (v *view) keep(e ticket.PreferencesEdit) {
	if !v.SignedIn() && v.authenticate() != nil {
		return
	}
	_, err := v.site.service.KeepPreferences(v.r.Context(), v.actor(), e)
	if err != nil && ticket.KindOf(err) != ticket.Denied {
		v.site.log.WarnContext(v.r.Context(), "how somebody wants their pages could not be kept", "error", err)
	}
}

// remember sets a cookie of how pages look, if the browser does not have it so.
func (v *view) remember(name, value string) {
	if c, err := v.r.Cookie(name); err != nil || c.Value != value {
		v.cookie(name, value, v.now.AddDate(1, 0, 0))
	}
}

// form reads the fields of a POST of at most limit bytes; files beyond a megabyte lie in temporary files until the request ends.
func (v *view) form(limit int64) error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, limit)
	var err error
	if strings.HasPrefix(v.r.Header.Get("Content-Type"), "multipart/") {
		err = v.r.ParseMultipartForm(1 << 20) //nolint:gosec // bounded by MaxBytesReader above
	} else {
		err = v.r.ParseForm()
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return ticket.Errorf(ticket.TooLarge, "the form is too large")
	}
	if err != nil {
		return &ticket.Error{Kind: ticket.Invalid, Msg: "the form cannot be read", Err: err}
	}
	return nil
}

// field is a value of the posted form, with the line ends that texts have here.
func (v *view) field(name string) string {
	return strings.ReplaceAll(v.r.PostFormValue(name), "\r\n", "\n")
}
