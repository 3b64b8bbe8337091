package pages

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/ticket"
)

// access says who may open a route.
type access int

const (
	signedIn access = iota // whoever has signed in and needs no new password
	early                  // whoever has signed in
	open                   // everybody
)

// maxForm bounds a form without files.
const maxForm = 64 << 10

// route is one row of the table.
type route struct {
	method, path string
	access       access
	limit        int64 // bytes of a POST; 0 is maxForm
	run          func(*view) error
}

func (s *site) table() []route {
	text := int64(s.service.Limits().Text)*3 + maxForm // a form may need three bytes for one of a text
	files := s.service.Limits().Attachment*2 + text
	entry := []route{
		{"GET", "/login", open, 0, (*view).loginPage},
		{"POST", "/login", open, 0, (*view).login},
		{"POST", "/logout", early, 0, (*view).logout},
		{"GET", "/password", early, 0, (*view).passwordPage},
		{"POST", "/password", early, 0, (*view).password},
		{"POST", "/theme", open, 0, (*view).theme},
		{"GET", "/transcripts/{number}", signedIn, 0, (*view).transcript},
	}
	if s.cfg.Panel != nil {
		return append(entry, panelRoutes()...)
	}
	return append(entry, []route{
		{"GET", "/", signedIn, 0, (*view).inbox},
		{"GET", "/tickets", signedIn, 0, func(v *view) error { return v.seeOther("/?" + v.r.URL.RawQuery) }},
		{"GET", "/tickets/new", signedIn, 0, (*view).newTicketPage},
		{"POST", "/tickets/new", signedIn, files, (*view).newTicket},
		{"GET", "/tickets/{number}", signedIn, 0, (*view).ticketPage},
		{"GET", "/tickets/{number}/delete", signedIn, 0, (*view).deleteTicketPage},
		{"POST", "/tickets/{number}/reply", signedIn, files, (*view).reply},
		{"POST", "/tickets/{number}/note", signedIn, files, (*view).note},
		{"POST", "/tickets/{number}/{action}", signedIn, text, (*view).act},
		{"GET", "/tickets/{number}/attachments/{id}", signedIn, 0, (*view).attachment},
		{"GET", "/tickets/{number}/thumbnails/{id}", signedIn, 0, (*view).thumbnail},
		{"GET", "/messages/{id}/html", signedIn, 0, (*view).messageHTML},
		{"GET", "/messages/{id}/raw", signedIn, 0, (*view).messageRaw},

		{"GET", "/audit", signedIn, 0, (*view).audit},
		{"GET", "/parked", signedIn, 0, (*view).parkedPage},
		{"GET", "/parked/{id}/raw", signedIn, 0, (*view).parkedRaw},
		{"GET", "/parked/{id}/delete", signedIn, 0, (*view).parkedDeletePage},
		{"POST", "/parked/{id}/retry", signedIn, 0, (*view).parkedRetry},
		{"POST", "/parked/{id}/delete", signedIn, 0, (*view).parkedDelete},

		{"GET", "/users", signedIn, 0, (*view).usersPage},
		{"POST", "/users", signedIn, 0, (*view).createUser},
		{"GET", "/users/{id}", signedIn, 0, (*view).userPage},
		{"POST", "/users/{id}", signedIn, 0, (*view).updateUser},
		{"POST", "/users/{id}/password", signedIn, 0, (*view).resetPassword},
		{"GET", "/users/{id}/delete", signedIn, 0, (*view).deleteUserPage},
		{"POST", "/users/{id}/delete", signedIn, 0, (*view).deleteUser},

		{"GET", "/profile", signedIn, 0, (*view).profile},
		{"POST", "/profile/sessions/{id}/revoke", signedIn, 0, (*view).revokeSession},
		{"POST", "/profile/tokens", signedIn, 0, (*view).createToken},
		{"POST", "/profile/tokens/{id}/revoke", signedIn, 0, (*view).revokeToken},
	}...)
}

func (s *site) router() http.Handler {
	m := chi.NewRouter()
	for _, row := range s.table() {
		h := s.handler(row)
		m.Method(row.method, row.path, h)
		if row.method == http.MethodGet {
			m.Method(http.MethodHead, row.path, h)
		}
	}
	m.Get("/assets/{digest}/{name}", s.asset)
	m.Head("/assets/{digest}/{name}", s.asset)
	if s.cfg.Panel != nil {
		m.Get("/panel/*", s.panelFile)
		m.Head("/panel/*", s.panelFile)
	}
	m.NotFound(func(w http.ResponseWriter, r *http.Request) {
		s.missing(w, r, ticket.Errorf(ticket.NotFound, "there is no such page"))
	})
	m.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) { s.missing(w, r, errNoMethod) })
	return m
}

// missing answers for what no route has, with the frame of the person who asks.
func (s *site) missing(w http.ResponseWriter, r *http.Request, err error) {
	v := s.view(w, r)
	if v.authenticate() == nil && v.MustChange() {
		v.who.Permissions = nil
	}
	if limited := v.count(); limited != nil {
		err = limited
	}
	v.fail(err)
}

// handler turns a row into a handler: language, sign-in, form, then the row's own function.
func (s *site) handler(row route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.ExchangeOf(r.Context()).Route = row.path
		v := s.view(w, r)
		if lang := r.URL.Query().Get("lang"); isLang(lang) && row.method == http.MethodGet && !strings.HasPrefix(row.path, "/transcripts") {
			v.switchLang(lang)
			return
		}
		err := v.admit(row)
		if err == nil && r.Method == http.MethodPost {
			limit := row.limit
			if limit == 0 {
				limit = maxForm
			}
			err = v.form(limit)
			defer func() {
				if r.MultipartForm != nil {
					_ = r.MultipartForm.RemoveAll()
				}
			}()
		}
		if err == nil {
			err = row.run(v)
		}
		if err == nil || err == errAnswered { //nolint:errorlint // a mark of this package, never wrapped
			return
		}
		if rec, ok := w.(*web.Recorder); ok && rec.Status != 0 { // half an answer is out: cut it so that nobody takes it for whole
			web.ExchangeOf(r.Context()).Err = err
			panic(http.ErrAbortHandler)
		}
		v.fail(err)
	})
}

// switchLang remembers a language, for the person if somebody is signed in, and shows the same page again.
func (v *view) switchLang(lang string) {
	if v.count() == nil { // who changes it all the time changes the browser's
		v.keep(ticket.PreferencesEdit{Locale: &lang})
	}
	v.cookie(langCookie, lang, v.now.AddDate(1, 0, 0))
	q := v.r.URL.Query()
	q.Del("lang")
	path := v.r.URL.EscapedPath()
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	_ = v.seeOther(localPath(path))
}

// admit lets in who may open the route. Everybody else is sent to where they can get further.
func (v *view) admit(row route) error {
	err := v.authenticate()
	if !v.SignedIn() || !row.part() {
		if limited := v.count(); limited != nil {
			return limited
		}
	}
	switch {
	case row.access == open:
		if err != nil && ticket.KindOf(err) != ticket.Unauthenticated {
			return err
		}
		return nil
	case ticket.KindOf(err) == ticket.Unauthenticated:
		return v.challenge(err)
	case err != nil:
		return err
	case v.MustChange() && row.access != early:
		if v.r.Method != http.MethodGet && v.r.Method != http.MethodHead {
			return errMustChange
		}
		_ = v.seeOther("/password")
		return errAnswered
	}
	return nil
}

// part reports whether the pages themselves load the route, many times for one page.
func (r route) part() bool {
	return r.path == "/tickets/{number}/thumbnails/{id}" || r.path == "/messages/{id}/html"
}

// count takes the request from the rate of who has signed in, or of the address it came from.
func (v *view) count() error {
	key := web.AddressKey(web.ExchangeOf(v.r.Context()).Client)
	if v.SignedIn() {
		key = web.AccountKey(string(v.who.Account.ID))
	}
	if wait := v.site.limiter.Take(key, v.now); wait > 0 {
		return httpapi.TooMany(wait)
	}
	return nil
}

// challenge sends who is not signed in to the page for it. A post cannot be repeated behind it, so its text is shown.
func (v *view) challenge(err error) error {
	if v.site.cfg.Authenticator != nil {
		return err
	}
	if v.r.Method != http.MethodGet && v.r.Method != http.MethodHead {
		if v.form(2<<20) == nil {
			return &expired{err, v.field("body"), strings.TrimSuffix(strings.TrimSuffix(v.r.URL.EscapedPath(), "/reply"), "/note")}
		}
		return &expired{err, "", "/"}
	}
	next := v.r.URL.RequestURI()
	if next == "/" {
		return v.answered("/login")
	}
	return v.answered("/login?next=" + url.QueryEscape(next))
}

func (v *view) answered(path string) error {
	_ = v.seeOther(path)
	return errAnswered
}
