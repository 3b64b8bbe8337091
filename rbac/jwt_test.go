package rbac_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/rbac/rbactest"
	"github.com/ticketkit/ticketkit/ticket"
)

// forge makes a token of any sort.
func forge(t *testing.T, method jwt.SigningMethod, key any, kid any, claims jwt.MapClaims) string {
	t.Helper()
	tok := jwt.NewWithClaims(method, claims)
	if kid != nil {
		tok.Header["kid"] = kid
	}
	s, err := tok.SignedString(key)
	require.NoError(t, err)
	return s
}

func TestForgedTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleAdmin)
	p, real := b.login(t, "mia")
	now := b.clock.Now()
	claims := func(change ...any) jwt.MapClaims {
		c := jwt.MapClaims{"iss": "ticketkit", "aud": "ticketkit", "sub": string(p.Account.ID), "sid": p.Session, "ver": p.Account.Version,
			"iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
		for i := 0; i < len(change); i += 2 {
			if c[change[i].(string)] = change[i+1]; change[i+1] == nil {
				delete(c, change[i].(string))
			}
		}
		return c
	}
	hs := func(change ...any) string {
		return forge(t, jwt.SigningMethodHS256, jwtKey.Secret, "k1", claims(change...))
	}
	_, err := b.Authenticate(t.Context(), hs())
	require.NoError(t, err, "what the others are variations of")

	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&ec.PublicKey)
	require.NoError(t, err)
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	other := b.user(t, "zoe", rbac.RoleViewer)
	parts := strings.Split(real, ".")

	for name, token := range map[string]string{
		"alg none":                     forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "k1", claims()),
		"alg none without signature":   header(`{"alg":"none","kid":"k1"}`) + "." + parts[1] + ".",
		"alg None":                     header(`{"alg":"None","kid":"k1"}`) + "." + parts[1] + ".",
		"no alg":                       header(`{"kid":"k1"}`) + "." + parts[1] + "." + parts[2],
		"alg is a number":              header(`{"alg":256,"kid":"k1"}`) + "." + parts[1] + "." + parts[2],
		"HS384 with our key":           forge(t, jwt.SigningMethodHS384, jwtKey.Secret, "k1", claims()),
		"HS512 with our key":           forge(t, jwt.SigningMethodHS512, jwtKey.Secret, "k1", claims()),
		"ES256 with a key of its own":  forge(t, jwt.SigningMethodES256, ec, "k1", claims()),
		"HS256 with a public key":      forge(t, jwt.SigningMethodHS256, public, "k1", claims()),
		"empty key":                    forge(t, jwt.SigningMethodHS256, []byte{}, "k1", claims()),
		"empty key, empty kid":         forge(t, jwt.SigningMethodHS256, []byte{}, "", claims()),
		"empty key, no kid":            forge(t, jwt.SigningMethodHS256, []byte{}, nil, claims()),
		"unknown kid":                  forge(t, jwt.SigningMethodHS256, jwtKey.Secret, "k2", claims()),
		"no kid":                       forge(t, jwt.SigningMethodHS256, jwtKey.Secret, nil, claims()),
		"kid is a number":              forge(t, jwt.SigningMethodHS256, jwtKey.Secret, 1, claims()),
		"kid is a path":                forge(t, jwt.SigningMethodHS256, []byte(""), "../../dev/null", claims()),
		"kid is SQL":                   forge(t, jwt.SigningMethodHS256, []byte("x"), "' UNION SELECT 'x' --", claims()),
		"key in its header":            header(`{"alg":"HS256","jwk":{"kty":"oct","k":"eA"}}`) + "." + parts[1] + "." + parts[2],
		"no exp":                       hs("exp", nil),
		"exp is null":                  hs("exp", nil, "nbf", now.Unix()),
		"expired":                      hs("exp", now.Unix()),
		"exp is text":                  hs("exp", "never"),
		"not yet valid":                hs("nbf", now.Add(time.Minute).Unix()),
		"wrong issuer":                 hs("iss", "someone.example"),
		"no issuer":                    hs("iss", nil),
		"wrong audience":               hs("aud", "shop.example"),
		"no audience":                  hs("aud", nil),
		"empty audience":               hs("aud", []string{}),
		"no subject":                   hs("sub", nil),
		"other subject":                hs("sub", string(other.ID)),
		"no session":                   hs("sid", nil),
		"unknown session":              hs("sid", ticket.NewID(now)),
		"session is SQL":               hs("sid", "' OR 1=1 --"),
		"session is an object":         hs("sid", map[string]any{"$ne": ""}),
		"older version":                hs("ver", p.Account.Version-1),
		"later version":                hs("ver", p.Account.Version+1),
		"no version":                   hs("ver", nil),
		"signature cut off":            parts[0] + "." + parts[1] + ".",
		"signature too long":           real + "A",
		"signature's last bits":        sloppy(real),
		"four parts":                   real + "." + parts[2],
		"two parts":                    parts[0] + "." + parts[1],
		"padding":                      real + "=",
		"space":                        " " + real,
		"new line":                     real + "\n",
		"empty":                        "",
		"dots":                         "..",
		"very long":                    parts[0] + "." + parts[1] + "." + strings.Repeat("A", 1<<20),
		"claims are null":              signed(t, `{"alg":"HS256","kid":"k1"}`, `null`),
		"claims are a list":            signed(t, `{"alg":"HS256","kid":"k1"}`, `[]`),
		"header is null":               signed(t, `null`, `{}`),
		"not JSON":                     signed(t, `{"alg":"HS256","kid":"k1"}`, `{"sub":`),
		"token prefix without a token": "tk_",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := b.Authenticate(t.Context(), token)
			requireKind(t, ticket.Unauthenticated, err)
			require.Zero(t, got)
			var e *ticket.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, "the sign-in has ended or is not valid; sign in again", e.Msg, "why is nobody's business")
		})
	}
}

func header(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// signed makes a token of any text with a good signature.
func signed(t *testing.T, head, claims string) string {
	t.Helper()
	text := header(head) + "." + header(claims)
	sig, err := jwt.SigningMethodHS256.Sign(text, jwtKey.Secret)
	require.NoError(t, err)
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// sloppy changes bits of the last character that encode nothing.
func sloppy(token string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	return token[:len(token)-1] + string(alphabet[last|1]) // 32 bytes leave the two lowest bits zero
}

func TestTokenHoldsNoRole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleAdmin)
	_, token := b.login(t, "mia")
	body, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	require.NoError(t, err)
	for _, word := range []string{"admin", "mia", "role", "scope"} {
		require.NotContains(t, string(body), word)
	}
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleAdmin)
	_, old := b.login(t, "mia")
	next := rbac.Key{ID: "k2", Secret: bytes.Repeat([]byte("n"), 32)}

	during := b.open(t, func(c *rbac.Config) { c.JWTKeys = []rbac.Key{next, jwtKey} })
	_, err := during.Authenticate(t.Context(), old)
	require.NoError(t, err)
	r, err := during.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{})
	require.NoError(t, err)

	after := b.open(t, func(c *rbac.Config) { c.JWTKeys = []rbac.Key{next} })
	_, err = after.Authenticate(t.Context(), r.Token)
	require.NoError(t, err, "signed with the new key")
	_, err = after.Authenticate(t.Context(), old)
	requireKind(t, ticket.Unauthenticated, err)

	elsewhere := b.open(t, func(c *rbac.Config) { c.Issuer = "other desk" })
	_, err = elsewhere.Authenticate(t.Context(), old)
	requireKind(t, ticket.Unauthenticated, err)
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("x"), 32)
	for field, change := range map[string]func(*rbac.Config){
		"store":            func(c *rbac.Config) { c.Store = nil },
		"chain_key":        func(c *rbac.Config) { c.ChainKey = nil },
		"jwt_keys":         func(c *rbac.Config) { c.JWTKeys = nil },
		"jwt_keys ":        func(c *rbac.Config) { c.JWTKeys = []rbac.Key{{ID: "a"}} },
		"jwt_keys  ":       func(c *rbac.Config) { c.JWTKeys = []rbac.Key{{ID: "a", Secret: long[:31]}} },
		"jwt_keys   ":      func(c *rbac.Config) { c.JWTKeys = []rbac.Key{{Secret: long}} },
		"jwt_keys    ":     func(c *rbac.Config) { c.JWTKeys = []rbac.Key{jwtKey, {ID: "a"}} },
		"jwt_keys     ":    func(c *rbac.Config) { c.JWTKeys = []rbac.Key{jwtKey, {ID: jwtKey.ID, Secret: long}} },
		"bearer_lifetime":  func(c *rbac.Config) { c.BearerLifetime = -time.Hour },
		"panel_lifetime":   func(c *rbac.Config) { c.PanelLifetime = time.Second },
		"panel_idle":       func(c *rbac.Config) { c.PanelIdle = time.Second },
		"hash_concurrency": func(c *rbac.Config) { c.HashConcurrency = -1 },
	} {
		cfg := rbac.Config{Store: rbactest.NewStore(), ChainKey: chainKey, JWTKeys: []rbac.Key{jwtKey}}
		change(&cfg)
		_, err := rbac.New(cfg)
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: strings.TrimSpace(field)})
	}
	_, err := rbac.NewPolicy(nil)
	requireKind(t, ticket.Invalid, err)
}

func FuzzAuthenticate(f *testing.F) {
	store := rbactest.NewStore()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	a, err := rbac.New(rbac.Config{Store: store, ChainKey: chainKey, JWTKeys: []rbac.Key{jwtKey}, Now: func() time.Time { return now }})
	if err != nil {
		f.Fatal(err)
	}
	a.CheapHashes()
	u, err := a.CreateUser(f.Context(), system, rbac.NewUser{Username: "mia", Role: rbac.RoleAdmin, Password: goodPassword})
	if err != nil {
		f.Fatal(err)
	}
	r, err := a.Login(f.Context(), "mia", goodPassword, rbac.LoginMeta{})
	if err != nil {
		f.Fatal(err)
	}
	_, secret, err := a.CreateToken(f.Context(), ticket.AccountActor(u.ID, "mia"), rbac.NewToken{Name: "t", Scopes: []ticket.Op{ticket.OpTicketRead}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r.Token)
	f.Add(secret)
	f.Add(secret + "x")
	f.Add("tk_' OR '1'='1")
	f.Add(header(`{"alg":"none"}`) + "." + header(`{}`) + ".")
	f.Add("...")
	f.Fuzz(func(t *testing.T, token string) {
		p, err := a.Authenticate(t.Context(), token)
		if token == r.Token || token == secret {
			if err != nil {
				t.Error(err)
			}
			return
		}
		if ticket.KindOf(err) != ticket.Unauthenticated || len(p.Permissions) > 0 {
			t.Errorf("%q: %v", token, err)
		}
	})
}
