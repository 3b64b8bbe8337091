package rbac

import (
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ticketkit/ticketkit/ticket"
)

// Key signs or verifies bearer tokens with HMAC-SHA-256.
type Key struct {
	ID     string // the kid of the tokens that it signs; unique among the keys in use
	Secret []byte // at least 32 bytes
}

const (
	minSecret = 32
	// maxBearer is the longest token looked at; ours have some 350 bytes.
	maxBearer = 2048
)

// signer makes and reads bearer tokens. Its keys never change.
type signer struct {
	current  Key
	secrets  map[string][]byte // by kid
	issuer   string
	audience string
	parser   *jwt.Parser
	now      func() time.Time

	mu   sync.Mutex
	good *lru[[sha256.Size]byte, *bearer] // tokens that were verified, by their hash
}

// maxGood bounds the verified tokens that are remembered, some 400 bytes each.
const maxGood = 4096

// bearer is what a token says. It holds no role: what its owner may do is looked up each time.
type bearer struct {
	jwt.RegisteredClaims
	Session string `json:"sid"`
	Version int64  `json:"ver"`
}

// Validate is called by the library behind its own checks.
func (b bearer) Validate() error {
	if b.Subject == "" || b.Session == "" {
		return errors.New("subject or session is missing")
	}
	return nil
}

// newSigner signs with the first key and verifies with all. The library signs and verifies with an empty key without complaint, so
// keys are checked here.
func newSigner(keys []Key, issuer, audience string, now func() time.Time) (*signer, error) {
	if len(keys) == 0 {
		return nil, ticket.InvalidField("jwt_keys", "at least one key is required")
	}
	s := &signer{secrets: make(map[string][]byte, len(keys)), issuer: issuer, audience: audience, now: now,
		good: newLRU[[sha256.Size]byte, *bearer](maxGood)}
	for _, k := range keys {
		if k.ID == "" {
			return nil, ticket.InvalidField("jwt_keys", "each key needs an id")
		}
		if len(k.Secret) < minSecret {
			return nil, ticket.InvalidField("jwt_keys", "a key must have at least %d bytes, %q has %d", minSecret, k.ID, len(k.Secret))
		}
		if _, twice := s.secrets[k.ID]; twice {
			return nil, ticket.InvalidField("jwt_keys", "two keys have the id %q", k.ID)
		}
		s.secrets[k.ID] = append([]byte(nil), k.Secret...)
	}
	s.current = Key{ID: keys[0].ID, Secret: s.secrets[keys[0].ID]}
	s.parser = jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithExpirationRequired(),
		jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithStrictDecoding(), jwt.WithTimeFunc(now))
	return s, nil
}

// sign makes the token of a session for the version that its account has now.
func (s *signer) sign(session *Session, version int64, now time.Time) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, bearer{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    s.issuer,
			Audience:  jwt.ClaimStrings{s.audience},
			Subject:   string(session.AccountID),
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(session.ExpiresAt),
		},
		Session: session.ID,
		Version: version,
	})
	t.Header["kid"] = s.current.ID
	return t.SignedString(s.current.Secret)
}

// parse verifies a token and gives what it says. The error is for logs and tests; the person who asked learns nothing from it. Of a token that
// was verified before only its end is looked at again: everything else about it is for ever.
func (s *signer) parse(token string) (*bearer, error) {
	if len(token) > maxBearer {
		return nil, errors.New("token is too long")
	}
	sum := sha256.Sum256([]byte(token))
	s.mu.Lock()
	b, ok := s.good.get(sum)
	s.mu.Unlock()
	if ok {
		if !s.now().Before(b.ExpiresAt.Time) {
			return nil, jwt.ErrTokenExpired
		}
		return b, nil
	}
	b, err := s.verify(token)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.good.put(sum, b)
	s.mu.Unlock()
	return b, nil
}

func (s *signer) verify(token string) (*bearer, error) {
	for _, c := range []byte(token) { // encoding/base64 skips line ends even when strict
		if c == '\r' || c == '\n' {
			return nil, errors.New("token has line ends")
		}
	}
	var b bearer
	_, err := s.parser.ParseWithClaims(token, &b, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		secret, ok := s.secrets[kid]
		if !ok {
			return nil, errors.New("unknown kid")
		}
		return secret, nil
	})
	if err != nil {
		return nil, err
	}
	return &b, nil
}
