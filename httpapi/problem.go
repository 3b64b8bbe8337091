package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/said"
	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// problemPrefix begins the type of every problem. What follows is a word that clients may rely on.
const problemPrefix = "urn:ticketkit:problem:"

// problemDTO is an error as clients see it (RFC 9457), with the fields at fault and the id of the request.
type problemDTO struct {
	Type       string          `json:"type" doc:"urn:ticketkit:problem: and a constant word"`
	Title      string          `json:"title"`
	Status     int             `json:"status"`
	Detail     string          `json:"detail,omitempty" doc:"a sentence for the person who asked"`
	Instance   string          `json:"instance" doc:"path of the request"`
	Errors     []fieldErrorDTO `json:"errors,omitempty" doc:"the inputs at fault"`
	Permission string          `json:"permission,omitempty" doc:"the permission that is missing"`
	RequestID  string          `json:"request_id"`
}

// fieldErrorDTO names one input at fault.
type fieldErrorDTO struct {
	Field   string `json:"field" doc:"path of the input, such as requester.email"`
	Message string `json:"message" doc:"in the language of Accept-Language, de or en, as far as it has a code"`
	Code    string `json:"code,omitempty" doc:"a constant word for the message, where it has one"`
}

// kinds is the one table from the kinds of failure to HTTP.
var kinds = map[ticket.Kind]struct {
	status int
	title  string
}{
	ticket.Invalid:         {http.StatusBadRequest, "The request is not valid"},
	ticket.Unauthenticated: {http.StatusUnauthorized, "Not signed in"},
	ticket.Denied:          {http.StatusForbidden, "Permission missing"},
	ticket.NotFound:        {http.StatusNotFound, "Not found"},
	ticket.Conflict:        {http.StatusConflict, "Not possible in this state"},
	ticket.Stale:           {http.StatusPreconditionFailed, "Changed in the meantime"},
	ticket.TooLarge:        {http.StatusRequestEntityTooLarge, "Too large"},
	ticket.RateLimited:     {http.StatusTooManyRequests, "Too many requests"},
	ticket.Unavailable:     {http.StatusServiceUnavailable, "Not available at the moment"},
	ticket.Internal:        {http.StatusInternalServerError, "Internal error"},
}

// httpError is a failure that only HTTP knows: a method, a media type, a host. It is made in this package alone.
type httpError struct {
	status int
	word   string // end of the problem's type
	title  string
	detail string
}

func (e *httpError) Error() string { return e.title + ": " + e.detail }

var (
	errMediaType  = &httpError{415, "media_type", "Unsupported media type", "the body must be application/json in UTF-8"}
	errMultipart  = &httpError{415, "media_type", "Unsupported media type", "the body must be multipart/form-data with one part named file"}
	errNoMethod   = &httpError{405, "method", "Method not allowed", "see the header Allow"}
	errHost       = &httpError{421, "host", "Misdirected request", "this desk does not answer for that host"}
	errForeign    = &httpError{403, "cross_origin", "Cross-origin request refused", "a cookie counts only for requests from this site itself; use a bearer token"}
	errMustChange = &httpError{403, "password_change_required", "Password change required", "choose a new password first: POST auth/password"}
)

// problemOf translates any error. What is not meant for people stays out of it.
func problemOf(err error) problemDTO {
	if h, ok := errors.AsType[*httpError](err); ok {
		return problemDTO{Type: problemPrefix + h.word, Title: h.title, Status: h.status, Detail: h.detail}
	}
	kind := ticket.KindOf(err)
	k, ok := kinds[kind]
	if !ok {
		kind, k = ticket.Internal, kinds[ticket.Internal]
	}
	p := problemDTO{Type: problemPrefix + string(kind), Title: k.title, Status: k.status}
	e, ok := errors.AsType[*ticket.Error](err)
	if !ok || kind == ticket.Internal {
		return p
	}
	p.Detail = e.Msg
	if e.Field != "" {
		msg := e.Msg
		if msg == "" {
			msg = k.title
		}
		code, _ := said.Find(msg)
		p.Errors = []fieldErrorDTO{{e.Field, msg, code}}
		p.Detail = e.Field + ": " + msg
	}
	if kind == ticket.Denied {
		p.Permission = e.Op
	}
	return p
}

// translate says a problem in German: its title, and what is known of its sentences. Type and codes stay.
func (a *api) translate(p *problemDTO, err error) {
	word := strings.TrimPrefix(p.Type, problemPrefix)
	if !a.texts.Has("problem." + word) {
		return
	}
	p.Title = a.texts.T(i18n.German, "problem."+word)
	e, ok := errors.AsType[*ticket.Error](err)
	if !ok || e.Kind == ticket.Internal || e.Msg == "" {
		return
	}
	msg := e.Msg
	if key, names := said.Find(msg); key != "" {
		args := make([]any, len(names))
		for i, name := range names {
			if args[i] = name; a.texts.Has("status." + name) {
				args[i] = a.texts.T(i18n.German, "status."+name)
			}
		}
		msg = a.texts.T(i18n.German, "said."+key, args...)
	}
	p.Detail = msg
	if e.Field == "" {
		return
	}
	for i := range p.Errors {
		p.Errors[i].Message = msg
	}
	name, _, _ := strings.Cut(e.Field, "[")
	if a.texts.Has("input." + name) {
		name = a.texts.T(i18n.German, "input."+name)
	}
	p.Detail = name + ": " + msg
}

// problem answers with err. It is the only place where an error becomes an answer.
func (a *api) problem(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	h := w.Header()
	h.Add("Vary", "Accept-Language")
	if i18n.Match(r.Header.Get("Accept-Language"), i18n.English) == i18n.German {
		a.translate(&p, err)
		h.Set("Content-Language", i18n.German)
	}
	x := web.ExchangeOf(r.Context())
	x.Err = err
	p.Instance, p.RequestID = x.Path, x.ID
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="ticketkit"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusConflict:
		after := time.Second
		if _, ok := errors.AsType[*rbac.Throttled](err); !ok && p.Status == http.StatusConflict {
			break // waiting will not help
		}
		if t, ok := errors.AsType[*rbac.Throttled](err); ok {
			after = t.After
		}
		h.Set("Retry-After", strconv.FormatInt((&rbac.Throttled{After: after}).Seconds(), 10))
	}
	for _, name := range []string{"Content-Length", "Content-Disposition", "ETag", "Location", "Last-Modified"} {
		h.Del(name)
	}
	h.Set("Content-Security-Policy", apiCSP)
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a failure to write is the client's
}
