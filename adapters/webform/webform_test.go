package webform_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/webform"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

func newForm(t testing.TB, cfg webform.Config) (*adaptertest.Recorder, http.Handler) {
	t.Helper()
	f, err := webform.New(cfg)
	require.NoError(t, err)
	rec := &adaptertest.Recorder{}
	return rec, f.Routes(rec)
}

func jsonBody(t testing.TB, it adaptertest.Item) string {
	t.Helper()
	type file struct {
		Name        string `json:"name"`
		ContentType string `json:"content_type"`
		Data        []byte `json:"data"`
	}
	var files []file
	for _, f := range it.Files {
		files = append(files, file(f))
	}
	b, err := json.Marshal(map[string]any{"key": it.ID, "name": it.Name, "email": it.Address, "subject": it.Subject, "message": it.Text, "files": files})
	require.NoError(t, err)
	return string(b)
}

func fields(changes ...string) url.Values {
	v := url.Values{"key": {"page-1"}, "name": {"Erika Beispiel"}, "email": {"Erika@Kunde.example"}, "subject": {"Drucker"}, "message": {"Er brennt."}}
	for n := 0; n+1 < len(changes); n += 2 {
		v.Set(changes[n], changes[n+1])
	}
	return v
}

func do(h http.Handler, method, target, typ, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if typ != "" {
		r.Header.Set("Content-Type", typ)
	}
	for n := 0; n+1 < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const formType = "application/x-www-form-urlencoded"

func submit(h http.Handler, v url.Values, headers ...string) *httptest.ResponseRecorder {
	return do(h, http.MethodPost, "/api/intake/webform", formType, v.Encode(), headers...)
}

func TestPage(t *testing.T) {
	t.Parallel()
	_, h := newForm(t, webform.Config{Title: "Muster & Co", Logo: "/logo.svg", Colour: "#ffe08a"})
	german := do(h, http.MethodGet, "/contact", "", "", "Accept-Language", "de-AT,en;q=0.5")
	english := do(h, http.MethodGet, "/contact", "", "", "Accept-Language", "en-GB")
	chosen := do(h, http.MethodGet, "/contact?lang=en", "", "", "Accept-Language", "de")
	other := do(h, http.MethodGet, "/contact", "", "", "Accept-Language", "fr")
	for _, w := range []*httptest.ResponseRecorder{german, english, chosen, other} {
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		csp := w.Header().Get("Content-Security-Policy")
		require.Contains(t, csp, "default-src 'none'")
		require.NotContains(t, csp, "unsafe")
		require.NotContains(t, csp, "script-src")
		body := w.Body.String()
		require.NotContains(t, body, "<script")
		require.NotContains(t, body, "style=")
		require.NotContains(t, body, "ZgotmplZ")
		require.Contains(t, body, "Muster &amp; Co")
		for _, m := range regexp.MustCompile(`<(?:input|textarea) id="([a-z]+)"`).FindAllStringSubmatch(body, -1) {
			require.Contains(t, body, `<label for="`+m[1]+`">`)
		}
	}
	require.Contains(t, german.Body.String(), `<html lang="de">`)
	require.Contains(t, german.Body.String(), "Absenden")
	require.Contains(t, english.Body.String(), `<html lang="en">`)
	require.Contains(t, english.Body.String(), ">Send<")
	require.Contains(t, chosen.Body.String(), `<html lang="en">`)
	require.Contains(t, other.Body.String(), `<html lang="de">`)
	key := regexp.MustCompile(`name="key" value="([^"]+)"`)
	require.NotEqual(t, key.FindStringSubmatch(german.Body.String())[1], key.FindStringSubmatch(english.Body.String())[1])

	require.Equal(t, http.StatusMethodNotAllowed, do(h, http.MethodDelete, "/contact", "", "").Code)

	style := regexp.MustCompile(`href="([^"]+style.css[^"]*)"`).FindStringSubmatch(german.Body.String())[1]
	at, err := url.Parse("/contact")
	require.NoError(t, err)
	ref, err := at.Parse(style)
	require.NoError(t, err)
	require.Equal(t, "/api/intake/webform/style.css", ref.Path)
	css := do(h, http.MethodGet, "/style.css", "", "")
	require.Equal(t, "text/css; charset=utf-8", css.Header().Get("Content-Type"))
	require.Contains(t, css.Body.String(), "--main: #ffe08a;")
	require.Contains(t, css.Body.String(), "--on-main: #000000;")
	require.Equal(t, http.StatusNotModified, do(h, http.MethodGet, "/style.css", "", "", "If-None-Match", css.Header().Get("ETag")).Code)
}

// TestLook: what the desk's admins have set comes before the configuration, if it can be shown.
func TestLook(t *testing.T) {
	t.Parallel()
	var look webform.Look
	var fault error
	_, h := newForm(t, webform.Config{Title: "Muster", Logo: "/logo.svg", Colour: "#ffe08a", Look: func(context.Context) (webform.Look, error) { return look, fault }})
	page := func() (body, css string) {
		body = do(h, http.MethodGet, "/contact", "", "", "Accept-Language", "fr").Body.String()
		at := regexp.MustCompile(`style.css\?v=([0-9a-f]+)`).FindStringSubmatch(body)
		sheet := do(h, http.MethodGet, "/style.css?v="+at[1], "", "")
		require.Equal(t, `"`+at[1]+`"`, sheet.Header().Get("ETag"))
		return body, sheet.Body.String()
	}
	same := func(why string) {
		body, css := page()
		require.Contains(t, body, `<html lang="de">`, why)
		require.Contains(t, body, `<img src="/logo.svg" alt="" height="40">Muster</p>`, why)
		require.Contains(t, body, `<link rel="icon" href="/logo.svg">`, why)
		require.NotContains(t, body, "<footer>", why)
		require.Contains(t, css, "--main: #ffe08a;", why)
	}
	same("nothing is set")
	look = webform.Look{Title: "Zweirad Süd", Logo: "/api/branding/images/1", Icon: "/api/branding/images/2", Colour: "#7A1F5C", Locale: "en", Imprint: "https://zweirad.example/impressum", Privacy: "http://zweirad.example/privacy?a&b"}
	body, css := page()
	require.Contains(t, body, `<html lang="en">`)
	require.Contains(t, body, `<img src="/api/branding/images/1" alt="" height="40">Zweirad Süd</p>`)
	require.Contains(t, body, `<link rel="icon" href="/api/branding/images/2">`)
	require.Contains(t, body, `<footer><a href="https://zweirad.example/impressum">Imprint</a><a href="http://zweirad.example/privacy?a&amp;b">Privacy</a></footer>`)
	require.Contains(t, css, "--main: #7A1F5C;")
	require.Contains(t, css, "--on-main: #ffffff;")
	fault = errors.New("the database is away")
	same("it cannot be read")
	look, fault = webform.Look{Logo: "//elsewhere.example/x.svg", Icon: "https://elsewhere.example/x.ico", Colour: "red;}", Locale: "fr", Imprint: "javascript:alert(1)", Privacy: "/privacy"}, nil
	same("it cannot be shown")
}

// TestPlaces looks where a page at some place posts to, as a browser works it out.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]string{
		"/contact":                      "/api/intake/webform",
		"/contact/":                     "/api/intake/webform",
		"/contact?lang=en":              "/api/intake/webform",
		"/desk/contact":                 "/desk/api/intake/webform",
		"/api/intake/webform":           "/api/intake/webform",
		"/api/intake/webform/":          "/api/intake/webform",
		"/desk/api/intake/webform":      "/desk/api/intake/webform",
		"/desk/api/intake/webform?x=/y": "/desk/api/intake/webform",
	} {
		_, h := newForm(t, webform.Config{})
		w := do(h, http.MethodGet, page, "", "")
		action := regexp.MustCompile(`action="([^"]*)"`).FindStringSubmatch(w.Body.String())[1]
		at, err := url.Parse(page)
		require.NoError(t, err)
		to, err := at.Parse(action)
		require.NoError(t, err)
		require.Equal(t, want, to.Path, page)
	}
	_, h := newForm(t, webform.Config{Action: "/elsewhere/form"})
	require.Contains(t, do(h, http.MethodGet, "/support", "", "").Body.String(), `action="/elsewhere/form"`)
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	rec, h := newForm(t, webform.Config{Queue: "queue-1"})
	w := submit(h, fields("lang", "en"))
	require.Equal(t, http.StatusSeeOther, w.Code)
	require.Equal(t, "?sent=1&lang=en", w.Header().Get("Location"))
	require.Len(t, rec.Taken(), 1)
	got := rec.Taken()[0].Item
	require.Equal(t, ticket.Person{Name: "Erika Beispiel", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "erika@kunde.example"}}, got.From)
	require.Equal(t, "Drucker", got.Subject)
	require.Equal(t, "Er brennt.", got.Text)
	require.Equal(t, "web", got.Source)
	require.Equal(t, "en", got.Locale)
	require.Equal(t, ticket.QueueID("queue-1"), got.Queue)
	require.Nil(t, got.Verified)

	thanks := do(h, http.MethodGet, "/api/intake/webform?sent=1&lang=en", "", "")
	require.Contains(t, thanks.Body.String(), "Thank you")
	require.NotContains(t, thanks.Body.String(), "<form")
}

func TestKeys(t *testing.T) {
	t.Parallel()
	rec, h := newForm(t, webform.Config{PerHour: -1})
	for _, v := range []url.Values{fields(), fields(), fields("message", "Er brennt immer noch."), fields("key", "page-2"), fields("key", "")} {
		require.Equal(t, http.StatusSeeOther, submit(h, v).Code)
	}
	var keys []string
	for _, c := range rec.Calls() {
		keys = append(keys, c.Item.Key)
	}
	require.Equal(t, keys[0], keys[1], "a double click is one message")
	require.NotEqual(t, keys[0], keys[2], "going back and changing the message makes another")
	require.NotEqual(t, keys[0], keys[3])
	require.Len(t, rec.Taken(), 4)

	require.Equal(t, http.StatusSeeOther, submit(h, fields("key", strings.Repeat("k", 5000), "message", "x")).Code)
	require.LessOrEqual(t, len(rec.Calls()[5].Item.Key), 500)
}

func TestErrorsKeepWhatWasWritten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		field, value, want string
	}{
		"no address":       {"email", "", "E-Mail-Adresse: Bitte füllen"},
		"broken address":   {"email", "erika(at)kunde", "keine gültige Adresse"},
		"address and name": {"email", "E <e@x.example>", "keine gültige Adresse"},
		"two addresses":    {"email", "a@x.example, b@x.example", "keine gültige Adresse"},
		"address literal":  {"email", "a@[127.0.0.1]", "keine gültige Adresse"},
		"IPv6 literal":     {"email", "a@[IPv6:::1]", "keine gültige Adresse"},
		"turned address":   {"email", "a\u202e@x.example", "E-Mail-Adresse: Zeichen, die die Schreibrichtung"},
		"turned subject":   {"subject", "Rechnung \u2066fdp.exe\u2069", "Betreff: Zeichen, die die Schreibrichtung"},
		"turned name":      {"name", "Erika\u202a", "Name: Zeichen, die die Schreibrichtung"},
		"no subject":       {"subject", "  ", "Betreff: Bitte füllen"},
		"long subject":     {"subject", strings.Repeat("ü", 201), "Höchstens 200 Zeichen"},
		"no message":       {"message", "\r\n", "Nachricht: Bitte füllen"},
		"long message":     {"message", strings.Repeat("ü", 20_001), "Höchstens 20000 Zeichen"},
		"long name":        {"name", strings.Repeat("x", 101), "Höchstens 100 Zeichen"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec, h := newForm(t, webform.Config{})
			v := fields("name", `<b>"Ärger"</b>`, "message", "</textarea><script>alert(1)</script>")
			v.Set(c.field, c.value)
			w := submit(h, v)
			require.Equal(t, http.StatusBadRequest, w.Code)
			body := w.Body.String()
			require.Contains(t, body, c.want)
			require.Contains(t, body, `role="alert"`)
			require.Contains(t, body, `href="#`+c.field+`"`)
			require.Contains(t, body, `aria-describedby="`+c.field+`-error"`)
			require.Contains(t, body, `value="page-1"`, "the key stays")
			require.NotContains(t, body, "<script>")
			if c.field != "name" {
				require.Contains(t, body, "&lt;b&gt;&#34;Ärger&#34;&lt;/b&gt;")
			}
			if c.field != "message" {
				require.Contains(t, body, "&lt;/textarea&gt;&lt;script&gt;alert(1)")
			}
			require.Empty(t, rec.Calls())
		})
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	rec, h := newForm(t, webform.Config{MaxFiles: 2, MaxBytes: 1000})
	send := func(files ...adaptertest.File) *httptest.ResponseRecorder {
		it := adaptertest.Item{ID: "page-1", Name: "Erika", Address: "erika@kunde.example", Subject: "Drucker", Text: "Er brennt.", Files: files}
		body, typ, err := multipartBody(it)
		require.NoError(t, err)
		r := httptest.NewRequest(http.MethodPost, "/", body)
		r.Header.Set("Content-Type", typ)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	file := func(n int) adaptertest.File {
		return adaptertest.File{Name: "a.bin", ContentType: "application/octet-stream", Data: make([]byte, n)}
	}
	for name, c := range map[string]struct {
		files  []adaptertest.File
		status int
		want   string
	}{
		"too large":           {[]adaptertest.File{file(1001)}, http.StatusBadRequest, "höchstens 1 kB"},
		"too large together":  {[]adaptertest.File{file(600), file(600)}, http.StatusBadRequest, "höchstens 1 kB"},
		"too many":            {[]adaptertest.File{file(1), file(1), file(1)}, http.StatusBadRequest, "Höchstens 2 Dateien"},
		"more than is read":   {[]adaptertest.File{file(2 << 20)}, http.StatusRequestEntityTooLarge, "zu groß"},
		"a little too large":  {[]adaptertest.File{file(1 << 19)}, http.StatusBadRequest, "höchstens 1 kB"},
		"a hundred and three": {make([]adaptertest.File, 103), http.StatusBadRequest, "nicht gelesen"},
	} {
		w := send(c.files...)
		require.Equal(t, c.status, w.Code, name)
		require.Contains(t, w.Body.String(), c.want, name)
		if c.status == http.StatusBadRequest && len(c.files) < 10 {
			require.Contains(t, w.Body.String(), "Er brennt.", name)
		}
	}
	require.Empty(t, rec.Calls())
	require.Equal(t, http.StatusSeeOther, send(file(500), file(500)).Code)
	require.Len(t, rec.Taken()[0].Files, 2)

	_, none := newForm(t, webform.Config{MaxFiles: -1})
	require.NotContains(t, do(none, http.MethodGet, "/", "", "").Body.String(), `type="file"`)
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]webform.Config{
		"name":     {Name: "Web Form"},
		"locale":   {Locale: "fr"},
		"colour":   {Colour: "red;}"},
		"logo":     {Logo: "//evil.example/x.png"},
		"bytes":    {MaxBytes: -1},
		"burst":    {Burst: -1},
		"origins":  {Origins: []string{"kunde.example"}},
		"captcha":  {CaptchaOrigins: []string{"https://x.example; script-src *"}},
		"captcha2": {CaptchaOrigins: []string{"*"}},
	} {
		_, err := webform.New(c)
		require.Error(t, err, name)
	}
}

func TestAnswering(t *testing.T) {
	t.Parallel()
	f, err := webform.New(webform.Config{})
	require.NoError(t, err)
	var a adapters.Adapter = f.Answering(senderFunc(func(context.Context, adapters.Outbound) (string, error) { return "id-1", nil }))
	require.Equal(t, "webform", a.Name())
	id, err := a.(adapters.Sender).Send(t.Context(), adapters.Outbound{})
	require.NoError(t, err)
	require.Equal(t, "id-1", id)
	_, sends := adapters.Adapter(f).(adapters.Sender)
	require.False(t, sends, "without a sender of its own the desk's mail answers")
}

type senderFunc func(context.Context, adapters.Outbound) (string, error)

func (f senderFunc) Send(ctx context.Context, m adapters.Outbound) (string, error) { return f(ctx, m) }

func TestTexts(t *testing.T) {
	t.Parallel()
	c, err := i18n.Load(os.DirFS("."))
	require.NoError(t, err)
	require.Empty(t, i18n.Parity(c))
	page, err := os.ReadFile("page.html")
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`\.T "([a-z.]+)"`).FindAllStringSubmatch(string(page), -1) {
		require.True(t, c.Has("webform."+m[1]), m[1])
	}
	for _, key := range []string{"invalid", "rate_limited", "captcha", "unavailable", "foreign", "unreadable", "media_type", "body_too_large", "method"} {
		require.True(t, c.Has("webform.problem."+key), key)
	}
}

// TestDatabase takes a form through a real desk to a ticket, and a program's form from the parked items to one.
func TestDatabase(t *testing.T) {
	t.Parallel()
	f, err := webform.New(webform.Config{})
	require.NoError(t, err)
	hub, st := newHub(t, f)
	h := hub.Routes()["webform"]
	for range 2 {
		require.Equal(t, http.StatusSeeOther, submit(h, fields()).Code)
	}
	require.Equal(t, http.StatusSeeOther, submit(h, fields("website", "x", "subject", "Verdächtig")).Code)
	require.Equal(t, int64(1), hub.Status()[0].Received)

	system := ticket.SystemActor("test")
	parked, err := hub.ListParked(t.Context(), system, "", 0)
	require.NoError(t, err)
	require.Len(t, parked, 1)
	require.Equal(t, "Verdächtig", parked[0].Subject)
	require.NoError(t, hub.RetryParked(t.Context(), system, parked[0].ID))
	parked, err = hub.ListParked(t.Context(), system, "", 0)
	require.NoError(t, err)
	require.Empty(t, parked)

	svc, err := ticket.NewService(ticket.Config{Store: st, Policy: nobody{}, ChainKey: make([]byte, 32)})
	require.NoError(t, err)
	scope, err := svc.Scope(t.Context(), system, ticket.OpTicketRead)
	require.NoError(t, err)
	ts, err := st.Tickets(t.Context(), scope, ticket.Query{Limit: 10})
	require.NoError(t, err)
	require.Len(t, ts, 2)
	for _, tk := range ts {
		require.Equal(t, "webform", tk.Channel)
		require.Equal(t, "web", tk.Source)
		require.Equal(t, "erika@kunde.example", tk.Requester.Email)
	}
}
