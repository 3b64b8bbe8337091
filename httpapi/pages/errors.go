package pages

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/ticketkit/ticketkit/internal/said"
	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// errAnswered ends a handler whose answer is out already.
var errAnswered = errors.New("pages: answered")

// pageError is a failure that only HTTP knows. Its word is the end of the keys of its texts.
type pageError struct {
	status int
	word   string
}

func (e *pageError) Error() string { return "pages: " + e.word }

var (
	errHost       = &pageError{http.StatusMisdirectedRequest, "host"}
	errForeign    = &pageError{http.StatusForbidden, "foreign"}
	errNoMethod   = &pageError{http.StatusMethodNotAllowed, "method"}
	errMustChange = &pageError{http.StatusForbidden, "must_change"}
)

// expired is a post of somebody whose sign-in has ended, with the text that it brought.
type expired struct {
	err   error
	typed string
	next  string // where to go on
}

func (e *expired) Error() string { return e.err.Error() }
func (e *expired) Unwrap() error { return e.err }

// statuses is the one table from the kinds of failure to HTTP.
var statuses = map[ticket.Kind]int{
	ticket.Invalid:         http.StatusUnprocessableEntity,
	ticket.Unauthenticated: http.StatusUnauthorized,
	ticket.Denied:          http.StatusForbidden,
	ticket.NotFound:        http.StatusNotFound,
	ticket.Conflict:        http.StatusConflict,
	ticket.Stale:           http.StatusPreconditionFailed,
	ticket.TooLarge:        http.StatusRequestEntityTooLarge,
	ticket.RateLimited:     http.StatusTooManyRequests,
	ticket.Unavailable:     http.StatusServiceUnavailable,
	ticket.Internal:        http.StatusInternalServerError,
}

func statusOf(err error) int {
	if p, ok := errors.AsType[*pageError](err); ok {
		return p.status
	}
	if st, ok := statuses[ticket.KindOf(err)]; ok {
		return st
	}
	return http.StatusInternalServerError
}

// errorPage tells what went wrong and what to do next.
type errorPage struct {
	*view
	Status     int
	Heading    string
	Detail     string
	Permission string
	RequestID  string
	Typed      string // what would otherwise be lost
	Login      string // where to sign in
	Retry      string // where to try again
}

// fail is the only place where an error becomes a page.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) { s.view(w, r).fail(err) }

func (v *view) fail(err error) {
	x := web.ExchangeOf(v.r.Context())
	x.Err = err
	p := errorPage{view: v, Status: statusOf(err), RequestID: x.ID}
	word := string(ticket.KindOf(err))
	if e, ok := errors.AsType[*pageError](err); ok {
		word = e.word
	} else {
		p.Detail = v.explain(err)
	}
	p.Heading = v.T("fault." + word)
	if p.Detail == "" || p.Detail == p.Heading {
		p.Detail = v.T("fault." + word + ".detail")
	}
	if e, ok := errors.AsType[*ticket.Error](err); ok && e.Kind == ticket.Denied && strings.Contains(e.Op, ":") {
		p.Permission = e.Op
	}
	if e, ok := errors.AsType[*expired](err); ok {
		p.Typed, p.Login = e.typed, v.loginURL(e.next)
	}
	if p.Status >= 500 && v.r.Method == http.MethodGet {
		p.Retry = v.site.path(v.r.URL.RequestURI())
	}
	h := v.w.Header()
	for _, name := range []string{"Content-Length", "Content-Disposition", "Last-Modified"} {
		h.Del(name)
	}
	h.Set("Content-Security-Policy", pageCSP)
	h.Set("Cache-Control", "no-store")
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", strconv.FormatInt(waitOf(err), 10))
	}
	v.Title = p.Heading
	if rerr := v.render(p.Status, "error", p); rerr != nil {
		v.site.log.ErrorContext(v.r.Context(), "the page of an error failed", "error", rerr, "request_id", x.ID)
		http.Error(v.w, p.Heading+"\n"+x.ID, p.Status)
	}
}

// waitOf is how many seconds to wait before trying again.
func waitOf(err error) int64 {
	if t, ok := errors.AsType[*rbac.Throttled](err); ok {
		return t.Seconds()
	}
	return 1
}

// problem is a wrong input, as the page with the form shows it.
type problem struct {
	Field string // in the API's spelling, or ""
	Text  string
}

// explain says in the page's language what an error means for who caused it; what is not meant for people stays out of it.
func (v *view) explain(err error) string {
	p := v.problem(err)
	if p.Field == "" {
		return p.Text
	}
	return v.term("input.", p.Field) + ": " + p.Text
}

func (v *view) problem(err error) problem {
	kind := ticket.KindOf(err)
	e, ok := errors.AsType[*ticket.Error](err)
	if !ok || kind == ticket.Internal {
		return problem{Text: v.T("error.internal")}
	}
	field, _, _ := strings.Cut(e.Field, "[")
	if kind == ticket.RateLimited {
		return problem{field, v.T("fault.wait", waitOf(err))}
	}
	if key, found := said.Find(e.Msg); key != "" {
		args := make([]any, 0, len(found))
		for _, f := range found {
			args = append(args, v.word(f))
		}
		return problem{field, v.T("said."+key, args...)}
	}
	if v.Lang == "en" && e.Msg != "" {
		return problem{field, e.Msg}
	}
	return problem{field, v.T("error." + string(kind))}
}

// word translates a status inside a sentence; numbers and names stay.
func (v *view) word(s string) string {
	if _, ok := v.site.states[ticket.Status(s)]; ok {
		return v.StatusName(ticket.Status(s))
	}
	return s
}
