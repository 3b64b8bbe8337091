package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// SessionCookie is the name of the cookie that carries a browser's session. Pages set it HttpOnly, SameSite=Lax and, over TLS, Secure;
// its value is the token of an rbac.LoginResult made with LoginMeta.Panel. The API only reads it.
const SessionCookie = "ticketkit_session"

// tokens is the Authenticator of package rbac: a bearer token or API token in the header Authorization, or the cookie.
type tokens struct{ accounts *rbac.Accounts }

// Authenticate implements Authenticator. A header that is there is what counts, even if it is wrong.
func (t tokens) Authenticate(r *http.Request) (rbac.Principal, error) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") || token == "" {
			return rbac.Principal{}, ticket.Errorf(ticket.Unauthenticated, "the header Authorization must be: Bearer and a token")
		}
		return t.accounts.Authenticate(r.Context(), strings.TrimSpace(token))
	}
	if c, err := r.Cookie(SessionCookie); err == nil && c.Value != "" {
		return t.accounts.Authenticate(r.Context(), c.Value)
	}
	return rbac.Principal{}, ticket.Errorf(ticket.Unauthenticated, "sign in first")
}

// call is one request on its way through its handler.
type call struct {
	api *api
	w   http.ResponseWriter
	r   *http.Request
	who rbac.Principal // the zero Principal where no sign-in is needed

	callID string // of a call that came with an Idempotency-Key, the same for its repeats; "" without one
	print  []byte // its fingerprint; nil while it is not known
}

func (c *call) ctx() context.Context { return c.r.Context() }

// actor is who asks, as the services want it.
func (c *call) actor() ticket.Actor { return c.who.Actor }

// handler turns a row of the table into a handler: rate limit, sign-in, parameters, then the row's own function.
func (a *api) handler(row route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := web.ExchangeOf(r.Context())
		x.Route = row.path
		c := &call{api: a, w: w, r: r}
		err := a.admit(c, row, x)
		if err == nil {
			err = row.checkParams(r)
		}
		if err == nil {
			err = c.runOnce(row)
		}
		if err == nil {
			return
		}
		if rec, ok := w.(*web.Recorder); ok && rec.Status != 0 { // half an answer is out: cut it so that nobody takes it for whole
			x.Err = err
			panic(http.ErrAbortHandler)
		}
		a.problem(w, r, err)
	})
}

// admit finds out who asks and takes the call from their rate. Whoever cannot prove who they are, or need not, is counted by address;
// what strangers do never counts against somebody who shares their address and can.
func (a *api) admit(c *call, row route, x *web.Exchange) error {
	if row.free {
		return nil
	}
	now, address := a.now(), web.AddressKey(x.Client)
	if row.open {
		return a.take(address, now)
	}
	who, err := a.auth.Authenticate(c.r)
	if ticket.KindOf(err) == ticket.Unauthenticated {
		if limited := a.take(address, now); limited != nil {
			return limited
		}
	}
	if err != nil {
		return err
	}
	x.Account = who.Account.ID
	if err := a.take(web.AccountKey(string(who.Account.ID)), now); err != nil {
		return err
	}
	if c.r.Header.Get("Authorization") == "" && a.guard.Check(c.r) != nil {
		return errForeign
	}
	if who.Account.MustChange && !row.early {
		return errMustChange
	}
	c.who = who
	if x.Client.IsValid() {
		c.who.Actor.Source = x.Client.String()
	}
	return nil
}

// pathID reads an id from the path. What no id ever looks like is absent, and reaches no database.
func (c *call) pathID(name string) (string, error) {
	id := c.r.PathValue(name)
	if c.r.URL.RawPath != "" { // the router takes what a client need not have escaped, such as a colon, as it came
		var err error
		if id, err = url.PathUnescape(id); err != nil {
			id = ""
		}
	}
	if len(id) == 0 || len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", ticket.Errorf(ticket.NotFound, "there is nothing of that id")
	}
	return id, nil
}

// json answers with v.
func (c *call) json(status int, v any) error {
	b, ok, err := leanly(v)
	if err != nil {
		return &ticket.Error{Kind: ticket.Internal, Op: "answer", Msg: "the answer cannot be written", Err: err}
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(status)
	if ok {
		_, _ = c.w.Write(b)
		return nil
	}
	_ = json.NewEncoder(c.w).Encode(v) // a failure to write is the client's
	return nil
}

// empty answers without a body.
func (c *call) empty() error {
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// loginDTO is what POST auth/login takes.
type loginDTO struct {
	Username string `json:"username" required:"true"`
	Password string `json:"password" required:"true"`
}

// sessionTokenDTO is a bearer token and whose it is.
type sessionTokenDTO struct {
	Token     string         `json:"token"`
	ExpiresAt stamp          `json:"expires_at"`
	User      sessionUserDTO `json:"user"`
}

// sessionUserDTO is who signed in.
type sessionUserDTO struct {
	ID         ticket.AccountID `json:"id"`
	Username   string           `json:"username"`
	Role       string           `json:"role"`
	MustChange bool             `json:"must_change_password"`
}

func sessionTokenOf(l rbac.LoginResult) sessionTokenDTO {
	return sessionTokenDTO{l.Token, stamp(l.ExpiresAt), sessionUserDTO{l.Account.ID, l.Account.Username, l.Account.Role, l.Account.MustChange}}
}

func (c *call) login() error {
	var in loginDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	meta := rbac.LoginMeta{UserAgent: c.r.UserAgent()}
	if client := web.ExchangeOf(c.ctx()).Client; client.IsValid() {
		meta.Address = client.String()
	}
	out, err := c.api.accounts.Login(c.ctx(), in.Username, in.Password, meta)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, sessionTokenOf(out))
}

// meDTO is who asks and what they may do now.
type meDTO struct {
	ID          ticket.AccountID `json:"id"`
	Username    string           `json:"username"`
	Role        string           `json:"role"`
	Permissions []ticket.Op      `json:"permissions"`
	Name        string           `json:"name" doc:"display name"`
	MustChange  bool             `json:"must_change_password"`
	Queues      []ticket.QueueID `json:"queues" doc:"the queues that the account is limited to; empty is no limit"`
	Grants      []grantDTO       `json:"grants"`
}

func (c *call) me() error {
	a := &c.who.Account
	return c.json(http.StatusOK, meDTO{a.ID, a.Username, a.Role, filled(c.who.Permissions), a.DisplayName(), a.MustChange, filled(c.who.Queues), grantDTOs(c.who.Grants)})
}

func (c *call) logout() error {
	if err := c.api.accounts.Logout(c.ctx(), c.who); err != nil {
		return err
	}
	return c.empty()
}

// passwordDTO is what POST auth/password takes.
type passwordDTO struct {
	Old string `json:"old_password" required:"true"`
	New string `json:"password" required:"true" doc:"8 to 128 characters"`
}

func (c *call) password() error {
	var in passwordDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	out, err := c.api.accounts.ChangePassword(c.ctx(), c.who, in.Old, in.New)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, sessionTokenOf(out))
}

// sessionDTO is one sign-in.
type sessionDTO struct {
	ID        string `json:"id"`
	CreatedAt stamp  `json:"created_at"`
	ExpiresAt stamp  `json:"expires_at"`
	LastSeen  stamp  `json:"last_seen_at"`
	Address   string `json:"address"`
	UserAgent string `json:"user_agent"`
	Panel     bool   `json:"panel" doc:"made for a browser"`
	Current   bool   `json:"current" doc:"the one that asks"`
}

func (c *call) listSessions() error {
	all, err := c.api.accounts.Sessions(c.ctx(), c.actor(), c.who.Account.ID)
	if err != nil {
		return err
	}
	out := page[sessionDTO]{Items: make([]sessionDTO, 0, len(all))}
	for _, s := range all {
		out.Items = append(out.Items, sessionDTO{s.ID, stamp(s.CreatedAt), stamp(s.ExpiresAt), stamp(s.LastSeen), s.Address, s.UserAgent, s.Panel, s.ID == c.who.Session})
	}
	return c.json(http.StatusOK, out)
}

func (c *call) endSession() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	if err := c.api.accounts.RevokeSession(c.ctx(), c.actor(), c.who.Account.ID, id); err != nil {
		return err
	}
	return c.empty()
}
