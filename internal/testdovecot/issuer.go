package testdovecot

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Issuer issues tokens for tests as Entra ID and Google do: refresh tokens that may be used once, access tokens for a set of scopes. Dovecot
// asks it whether a token is good (RFC 7662). All methods may be called concurrently.
type Issuer struct {
	URL string // of the server, without a path

	mu      sync.Mutex
	refresh map[string]Person
	access  map[string]issued
	log     []Asked
	life    time.Duration
	fail    int // answers that are still to be 503
	refuse  map[string]string
	codes   map[string]Person // device codes
	guest   *Person           // who sits before the browser
	logins  map[string]login  // by code
}

// login is a sign-in with a browser that waits for its code to be exchanged.
type login struct {
	Person
	challenge string // RFC 7636
}

// Person is whom a refresh token belongs to.
type Person struct {
	Name    string
	Mailbox string   // that an access token opens
	Scopes  []string // that were consented to; nil: all
}

type issued struct {
	Person
	until time.Time
}

// Asked is a request for a token.
type Asked struct {
	Grant, Refresh, Scope string
	OK                    bool
}

// NewIssuer starts an Issuer that ends with the test.
func NewIssuer(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{refresh: map[string]Person{}, access: map[string]issued{}, codes: map[string]Person{}, logins: map[string]login{}, refuse: map[string]string{}, life: time.Hour}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", i.token)
	mux.HandleFunc("POST /device", i.device)
	mux.HandleFunc("POST /introspect", i.introspect)
	const entra = "/common/oauth2/v2.0/" // the same where Entra ID has it
	mux.HandleFunc("POST "+entra+"token", i.token)
	mux.HandleFunc("POST "+entra+"devicecode", i.device)
	mux.HandleFunc("GET "+entra+"authorize", i.authorize)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	i.URL = "http://" + l.Addr().String()
	return i
}

// Grant makes a refresh token good.
func (i *Issuer) Grant(refresh string, p Person) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.refresh[refresh] = p
}

// Revoke makes every refresh and access token of a person bad.
func (i *Issuer) Revoke(name string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for k, p := range i.refresh {
		if p.Name == name {
			delete(i.refresh, k)
		}
	}
	for k, a := range i.access {
		if a.Name == name {
			delete(i.access, k)
		}
	}
}

// Expire ends every access token.
func (i *Issuer) Expire() {
	i.mu.Lock()
	defer i.mu.Unlock()
	clear(i.access)
}

// Life sets how long new access tokens live.
func (i *Issuer) Life(d time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.life = d
}

// Fail makes the next n answers 503.
func (i *Issuer) Fail(n int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fail = n
}

// Refuse makes every answer an error with a description; "" ends that.
func (i *Issuer) Refuse(code, description string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	clear(i.refuse)
	if code != "" {
		i.refuse[code] = description
	}
}

// Log is what was asked so far.
func (i *Issuer) Log() []Asked {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.log)
}

// Approve lets a person sign in by a device code.
func (i *Issuer) Approve(code string, p Person) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.codes[code] = p
}

// Welcome lets a person sign in with a browser.
func (i *Issuer) Welcome(p Person) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.guest = &p
}

// authorize sends the browser back with a code, bound to the challenge of RFC 7636.
func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || i.guest == nil || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		http.Error(w, "invalid_request", http.StatusBadRequest)
		return
	}
	code := "code-" + rand.Text()
	i.logins[code] = login{*i.guest, q.Get("code_challenge")}
	back.Path = "/"
	back.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	a := Asked{Grant: r.FormValue("grant_type"), Refresh: r.FormValue("refresh_token"), Scope: r.FormValue("scope")}
	defer func() { i.log = append(i.log, a) }()
	bad := func(code, text string) {
		reply(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": text})
	}
	if i.fail > 0 {
		i.fail--
		reply(w, http.StatusServiceUnavailable, map[string]string{"error": "temporarily_unavailable"})
		return
	}
	for code, text := range i.refuse {
		bad(code, text)
		return
	}
	var p Person
	switch a.Grant {
	case "refresh_token":
		var ok bool
		if p, ok = i.refresh[a.Refresh]; !ok {
			bad("invalid_grant", "AADSTS70008: The refresh token has expired or was used before.")
			return
		}
	case "urn:ietf:params:oauth:grant-type:device_code":
		var ok bool
		if p, ok = i.codes[r.FormValue("device_code")]; !ok {
			bad("authorization_pending", "nobody has signed in yet")
			return
		}
	case "authorization_code":
		l, ok := i.logins[r.FormValue("code")]
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if !ok || base64.RawURLEncoding.EncodeToString(sum[:]) != l.challenge {
			bad("invalid_grant", "the code or its verifier is wrong")
			return
		}
		delete(i.logins, r.FormValue("code"))
		p = l.Person
	default:
		bad("unsupported_grant_type", "")
		return
	}
	for s := range strings.FieldsSeq(a.Scope) {
		if p.Scopes != nil && s != "offline_access" && !slices.Contains(p.Scopes, s) {
			bad("invalid_grant", "AADSTS65001: The user or administrator has not consented to use the application.")
			return
		}
	}
	a.OK = true
	delete(i.refresh, a.Refresh) // used once, like the strictest of them
	at, rt := "at-"+rand.Text(), "rt-"+rand.Text()
	i.refresh[rt], i.access[at] = p, issued{p, time.Now().Add(i.life)}
	reply(w, http.StatusOK, map[string]any{"token_type": "Bearer", "access_token": at, "refresh_token": rt, "expires_in": int(i.life.Seconds()), "scope": a.Scope})
}

func (i *Issuer) device(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{"device_code": "device-1", "user_code": "ABCD-EFGH", "verification_uri": i.URL + "/open", "expires_in": 60, "interval": 1})
}

func (i *Issuer) introspect(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	a, ok := i.access[r.FormValue("token")]
	if !ok || time.Now().After(a.until) {
		reply(w, http.StatusOK, map[string]any{"active": false})
		return
	}
	reply(w, http.StatusOK, map[string]any{"active": true, "email": a.Mailbox, "sub": a.Name, "exp": a.until.Unix()})
}
