package webform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
)

// Routes implements adapters.Routes: the page (GET), its style sheet, and what the page posts.
func (f *Form) Routes(in adapters.Intake) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Content-Security-Policy", f.csp)
		h.Set("Cache-Control", "no-store")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost:
			h.Set("Allow", "GET, HEAD, POST")
			f.refuse(w, r, failure{status: http.StatusMethodNotAllowed, key: "method"})
		case r.Method == http.MethodPost:
			f.post(w, r, in)
		case strings.HasSuffix(r.URL.Path, "/style.css"):
			h.Set("Content-Type", "text/css; charset=utf-8")
			h.Set("Cache-Control", "public, max-age=86400")
			css, version := f.sheet(f.look(r.Context()).Colour)
			h.Set("ETag", `"`+version+`"`)
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(css))
		default:
			v := f.view(r, &submission{Key: newKey()})
			v.Sent = r.URL.Query().Get("sent") == "1"
			f.show(w, http.StatusOK, v)
		}
	})
}

// failure is why a message was not taken in.
type failure struct {
	status int
	key    string // of the text
	fields []fieldError
	wait   time.Duration
}

func (f *Form) post(w http.ResponseWriter, r *http.Request, in adapters.Intake) {
	if err := f.guard.Check(r); err != nil {
		f.refuse(w, r, failure{status: http.StatusForbidden, key: "foreign"})
		return
	}
	// Before anything is read: what cannot be accepted is work, too.
	if wait := f.attempts.take(f.network(r), f.cfg.Now()); wait > 0 {
		f.refuse(w, r, failure{status: http.StatusTooManyRequests, key: "rate_limited", wait: wait})
		return
	}
	s, err := f.read(w, r)
	if err != nil {
		_, tooLarge := errors.AsType[*http.MaxBytesError](err)
		field, isField := errors.AsType[fieldError](err)
		switch {
		case isField:
			f.refuse(w, r, failure{status: http.StatusBadRequest, key: "invalid", fields: []fieldError{field}})
		case tooLarge:
			f.refuse(w, r, failure{status: http.StatusRequestEntityTooLarge, key: "body_too_large"})
		case errors.Is(err, errMediaType):
			f.refuse(w, r, failure{status: http.StatusUnsupportedMediaType, key: "media_type"})
		default:
			f.refuse(w, r, failure{status: http.StatusBadRequest, key: "unreadable"})
		}
		return
	}
	s.mend()
	s.Lang = f.lang(r, s.Lang, f.look(r.Context()).Locale)
	if bad := s.check(); len(bad) > 0 {
		f.again(w, r, s, failure{status: http.StatusBadRequest, key: "invalid", fields: bad})
		return
	}
	if wait := f.limiter.take(f.network(r), f.cfg.Now()); wait > 0 {
		f.again(w, r, s, failure{status: http.StatusTooManyRequests, key: "rate_limited", wait: wait})
		return
	}
	if f.cfg.Captcha != nil {
		if err := f.cfg.Captcha(r.Context(), r); err != nil {
			f.cfg.Log.LogAttrs(r.Context(), slog.LevelInfo, "webform: captcha refused a message", slog.Any("error", err))
			f.again(w, r, s, failure{status: http.StatusForbidden, key: "captcha"})
			return
		}
	}
	if err := f.take(r, in, s); err != nil {
		f.cfg.Log.LogAttrs(r.Context(), slog.LevelError, "webform: message not taken in, the visitor was asked to try again", slog.Any("error", err))
		f.again(w, r, s, failure{status: http.StatusServiceUnavailable, key: "unavailable", wait: 10 * time.Second})
		return
	}
	if isJSON(r) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(`{"status":"received"}` + "\n"))
		return
	}
	// A relative reference, for only the browser knows below which prefixes we are mounted. Reloading what it leads to sends nothing.
	w.Header().Set("Location", "?sent=1&lang="+s.Lang)
	w.WriteHeader(http.StatusSeeOther)
}

// take hands a message on. What a program has filled in is kept aside, where a person can look at it: the hidden field is no proof.
func (f *Form) take(r *http.Request, in adapters.Intake, s *submission) error {
	if s.Website == "" {
		return in.Receive(r.Context(), f.incoming(s))
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode form: %w", err)
	}
	return in.Park(r.Context(), adapters.Parked{Key: s.itemKey(), Sender: s.Email, Subject: s.Subject, Raw: raw,
		Reason: "a field that people do not see was filled in, so a program seems to have sent this form"})
}

// lang is the language to answer in: the visitor's choice, else the browser's.
func (f *Form) lang(r *http.Request, choice, otherwise string) string {
	if choice == "" {
		choice = r.URL.Query().Get("lang")
	}
	if choice == i18n.German || choice == i18n.English {
		return choice
	}
	return i18n.Match(r.Header.Get("Accept-Language"), otherwise)
}

// again shows the form with what was filled in and what is to be mended.
func (f *Form) again(w http.ResponseWriter, r *http.Request, s *submission, why failure) {
	if why.wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(why.wait.Seconds()))))
	}
	if isJSON(r) {
		f.problem(w, r, s.Lang, why)
		return
	}
	if s.Key == "" {
		s.Key = newKey()
	}
	v := f.view(r, s)
	v.Problem = f.texts.T(v.Lang, "webform.problem."+why.key, i18n.Args{"minutes": int(math.Ceil(why.wait.Minutes()))})
	v.Lost = len(s.Files) > 0 // a page cannot fill in files
	for _, e := range why.fields {
		v.Errors = append(v.Errors, shownError{e.Field, f.fieldText(v.Lang, e)})
	}
	f.show(w, why.status, v)
}

// refuse answers what cannot even be shown again.
func (f *Form) refuse(w http.ResponseWriter, r *http.Request, why failure) {
	f.again(w, r, &submission{Lang: f.lang(r, "", f.look(r.Context()).Locale)}, why)
}

func (f *Form) fieldText(lang string, e fieldError) string {
	limit := map[string]int{"name": maxName, "subject": maxSubject, "message": maxMessage}[e.Field]
	return f.texts.T(lang, "webform.error."+e.Key, i18n.Args{
		"field": f.texts.T(lang, "webform.field."+e.Field), "limit": limit, "files": max(f.cfg.MaxFiles, 0), "size": i18n.Bytes(lang, f.cfg.MaxBytes)})
}

// problem answers in JSON (RFC 9457), in the shape of the API.
func (f *Form) problem(w http.ResponseWriter, r *http.Request, lang string, why failure) {
	type fieldProblem struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	p := struct {
		Type     string         `json:"type"`
		Title    string         `json:"title"`
		Status   int            `json:"status"`
		Detail   string         `json:"detail"`
		Instance string         `json:"instance"`
		Errors   []fieldProblem `json:"errors,omitempty"`
	}{"urn:ticketkit:problem:" + why.key, http.StatusText(why.status), why.status,
		f.texts.T(lang, "webform.problem."+why.key, i18n.Args{"minutes": int(math.Ceil(why.wait.Minutes()))}), path, nil}
	for _, e := range why.fields {
		p.Errors = append(p.Errors, fieldProblem{e.Field, f.fieldText(lang, e)})
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(why.status)
	_ = json.NewEncoder(w).Encode(p) // a failure to write is the visitor's
}

// view is what the page shows.
type view struct {
	Form  *submission
	Lang  string
	Other string // the other language
	Look
	Action  string
	Style   string
	Captcha template.HTML
	Files   bool
	Limits  string
	Sent    bool
	Lost    bool
	Problem string
	Errors  []shownError
	texts   *i18n.Catalog
}

type shownError struct{ Field, Text string }

// T gives a text of the page.
func (v view) T(key string) string { return v.texts.T(v.Lang, "webform."+key) }

// Error gives what is wrong with a field, or "".
func (v view) Error(field string) string {
	for _, e := range v.Errors {
		if e.Field == field {
			return e.Text
		}
	}
	return ""
}

func (f *Form) view(r *http.Request, s *submission) view {
	l := f.look(r.Context())
	v := view{Form: s, Lang: f.lang(r, s.Lang, l.Locale), Other: i18n.English, Look: l, Captcha: f.cfg.CaptchaHTML,
		Files: f.cfg.MaxFiles > 0, texts: f.texts}
	if v.Lang == i18n.English {
		v.Other = i18n.German
	}
	v.Limits = f.texts.T(v.Lang, "webform.files.limits", i18n.Args{"files": max(f.cfg.MaxFiles, 0), "size": i18n.Bytes(v.Lang, f.cfg.MaxBytes)})
	v.Action = f.action(r)
	_, version := f.sheet(l.Colour)
	v.Style = v.Action + "/style.css?v=" + version
	return v
}

// action is where the page posts to. Without a setting it is relative to the page: beside /contact there is api/intake/<name>, below
// whatever prefix a host or a proxy puts in front of both.
func (f *Form) action(r *http.Request) string {
	if f.cfg.Action != "" {
		return f.cfg.Action
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	up := ""
	if strings.HasSuffix(path, "/") {
		path, up = strings.TrimSuffix(path, "/"), "../"
	}
	if strings.HasSuffix(path, "/api/intake/"+f.cfg.Name) {
		return up + f.cfg.Name
	}
	return up + "api/intake/" + f.cfg.Name
}

// show writes the page. It is built first, so that a fault in it cannot leave half a page.
func (f *Form) show(w http.ResponseWriter, status int, v view) {
	var b bytes.Buffer
	if err := f.page.Execute(&b, v); err != nil {
		f.cfg.Log.Error("webform: page", slog.Any("error", err))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.Lang)
	h.Add("Vary", "Accept-Language")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
