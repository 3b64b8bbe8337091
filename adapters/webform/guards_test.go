package webform_test

import (
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/webform"
)

func TestHiddenField(t *testing.T) {
	t.Parallel()
	f, err := webform.New(webform.Config{})
	require.NoError(t, err)
	rec := &adaptertest.Recorder{}
	h := f.Routes(rec)
	for range 2 {
		require.Equal(t, http.StatusSeeOther, submit(h, fields("website", "https://spam.example")).Code, "a program must not learn from the answer")
	}
	require.Empty(t, rec.Calls())
	require.Len(t, rec.Parked(), 2)
	p := rec.Parked()[0]
	require.Equal(t, p.Key, rec.Parked()[1].Key)
	require.Equal(t, "Erika@Kunde.example", p.Sender)
	require.NotEmpty(t, p.Reason)

	p.Channel = f.Name()
	require.NoError(t, f.Retry(t.Context(), rec, p))
	require.Len(t, rec.Taken(), 1)
	require.Equal(t, p.Key, rec.Taken()[0].Item.Key)
	require.Equal(t, "Er brennt.", rec.Taken()[0].Item.Text)
}

func TestFailingIntake(t *testing.T) {
	t.Parallel()
	rec, h := newForm(t, webform.Config{})
	rec.FailWith(errors.New("no database"))
	w := submit(h, fields())
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.NotEmpty(t, w.Header().Get("Retry-After"))
	require.Contains(t, w.Body.String(), "Er brennt.")
	require.Contains(t, w.Body.String(), `value="page-1"`)
	require.NotContains(t, w.Body.String(), "no database")
}

func TestCaptcha(t *testing.T) {
	t.Parallel()
	rec, h := newForm(t, webform.Config{
		Captcha: func(_ context.Context, r *http.Request) error {
			if r.PostFormValue("captcha") != "right" {
				return errors.New("wrong")
			}
			return nil
		},
		CaptchaHTML:    template.HTML(`<div id="widget"></div>`),
		CaptchaOrigins: []string{"https://captcha.example"},
	})
	page := do(h, http.MethodGet, "/", "", "")
	require.Contains(t, page.Body.String(), `<div id="widget"></div>`)
	require.Contains(t, page.Header().Get("Content-Security-Policy"), "script-src https://captcha.example;")
	w := submit(h, fields("captcha", "wrong"))
	require.Equal(t, http.StatusForbidden, w.Code)
	require.Contains(t, w.Body.String(), "Mensch")
	require.Contains(t, w.Body.String(), "Er brennt.")
	require.Equal(t, http.StatusSeeOther, submit(h, fields("captcha", "right")).Code)
	body := `{"email":"a@kunde.example","subject":"s","message":"m","captcha":"right"}`
	require.Equal(t, http.StatusAccepted, do(h, http.MethodPost, "/", "application/json", body).Code)
	require.Equal(t, http.StatusForbidden, do(h, http.MethodPost, "/", "application/json", strings.Replace(body, "right", "no", 1)).Code)
	require.Len(t, rec.Taken(), 2)
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	addr := netip.MustParseAddr("192.0.2.7")
	rec, h := newForm(t, webform.Config{PerHour: 6, Burst: 2, Now: func() time.Time { return now }, ClientAddr: func(*http.Request) netip.Addr { return addr }})
	require.Equal(t, http.StatusBadRequest, submit(h, fields("email", "")).Code, "a mistake costs nothing")
	require.Equal(t, http.StatusSeeOther, submit(h, fields()).Code)
	require.Equal(t, http.StatusSeeOther, submit(h, fields()).Code)
	w := submit(h, fields())
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.Equal(t, "600", w.Header().Get("Retry-After"))
	require.Contains(t, w.Body.String(), "in 10 min")
	require.Contains(t, w.Body.String(), "Er brennt.")
	addr = netip.MustParseAddr("192.0.2.8")
	require.Equal(t, http.StatusSeeOther, submit(h, fields()).Code, "somebody else is free")
	addr = netip.MustParseAddr("192.0.2.7")
	now = now.Add(10 * time.Minute)
	require.Equal(t, http.StatusSeeOther, submit(h, fields()).Code)

	for n, a := range []string{"2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"} { // one household
		addr = netip.MustParseAddr(a)
		want := http.StatusSeeOther
		if n == 2 {
			want = http.StatusTooManyRequests
		}
		require.Equal(t, want, submit(h, fields()).Code)
	}
	require.Len(t, rec.Calls(), 6)

	addr = netip.Addr{} // not known: one bucket for all of them, and no panic
	require.Equal(t, http.StatusSeeOther, submit(h, fields()).Code)
}

func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	rec, h := newForm(t, webform.Config{Origins: []string{"https://www.kunde.example"}})
	require.Equal(t, http.StatusForbidden, submit(h, fields(), "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example").Code)
	require.Equal(t, http.StatusForbidden, submit(h, fields(), "Origin", "https://evil.example").Code)
	require.Empty(t, rec.Calls())
	require.Equal(t, http.StatusSeeOther, submit(h, fields(), "Sec-Fetch-Site", "cross-site", "Origin", "https://www.kunde.example").Code)
	require.Equal(t, http.StatusSeeOther, submit(h, fields(), "Sec-Fetch-Site", "same-origin").Code)
}

func TestJSON(t *testing.T) {
	t.Parallel()
	rec, h := newForm(t, webform.Config{MaxBytes: 1000})
	w := do(h, http.MethodPost, "/", "application/json", `{"email":"nobody","message":"x"}`, "Accept-Language", "en")
	require.Equal(t, http.StatusBadRequest, w.Code)
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	var p struct {
		Type   string
		Status int
		Errors []struct{ Field, Message string }
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
	require.Equal(t, "urn:ticketkit:problem:invalid", p.Type)
	require.Equal(t, http.StatusBadRequest, p.Status)
	require.Len(t, p.Errors, 2)
	require.Equal(t, "email", p.Errors[0].Field)
	require.Contains(t, p.Errors[0].Message, "not a valid address")
	require.Equal(t, "subject", p.Errors[1].Field)

	for _, body := range []string{``, `{`, `[]`, `{} {}`, `{"email":5}`, `{"files":[{"data":"%"}]}`} {
		require.Equal(t, http.StatusBadRequest, do(h, http.MethodPost, "/", "application/json", body).Code, body)
	}
	large := adaptertest.Item{Address: "a@kunde.example", Subject: "s", Text: "m", Files: []adaptertest.File{{Data: make([]byte, 1001)}}}
	require.Contains(t, do(h, http.MethodPost, "/", "application/json", jsonBody(t, large)).Body.String(), `"field":"files"`)
	huge := jsonBody(t, adaptertest.Item{Text: strings.Repeat("x", 1<<20)})
	require.Equal(t, http.StatusRequestEntityTooLarge, do(h, http.MethodPost, "/", "application/json", huge).Code)
	require.Empty(t, rec.Calls())

	w = do(h, http.MethodPost, "/", "application/json", jsonBody(t, adaptertest.Item{Address: "a@kunde.example", Subject: "s", Text: "m"}))
	require.Equal(t, http.StatusAccepted, w.Code)
	require.JSONEq(t, `{"status":"received"}`, w.Body.String())
	require.Len(t, rec.Taken(), 1)
}

func FuzzPost(f *testing.F) {
	f.Add("application/json", `{"email":"a@b.example","subject":"s","message":"m"}`)
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na@b.example\r\n--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"..\\\\x\"\r\n\r\nhi\r\n--x--\r\n")
	f.Add(formType, fields().Encode())
	f.Add("text/plain", "x")
	form, err := webform.New(webform.Config{PerHour: -1})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, typ, body string) {
		rec := &adaptertest.Recorder{}
		w := do(form.Routes(rec), http.MethodPost, "/", typ, body)
		if w.Code >= 500 {
			t.Fatalf("status %d", w.Code)
		}
		if ok := w.Code < 400; ok != (len(rec.Taken())+len(rec.Parked()) == 1) {
			t.Fatalf("status %d with %d items", w.Code, len(rec.Calls()))
		}
	})
}
