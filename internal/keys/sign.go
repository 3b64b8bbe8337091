package keys

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"
)

// Signer signs with Ed25519 (RFC 8032). It is immutable and safe for concurrent use.
type Signer struct {
	id  string
	key ed25519.PrivateKey
}

// NewSigner makes the signer of a seed of 32 bytes, such as Ring.Key gives; the same seed gives the same signer.
func NewSigner(seed []byte) (*Signer, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("keys: a seed has %d bytes, not %d", ed25519.SeedSize, len(seed))
	}
	s := &Signer{key: ed25519.NewKeyFromSeed(seed)}
	s.id = Thumbprint(s.public())
	return s, nil
}

func (s *Signer) public() ed25519.PublicKey { return s.key.Public().(ed25519.PublicKey) } //nolint:forcetypeassert // as documented

// Public is the key that verifies.
func (s *Signer) Public() Public { return Public{ID: s.id, Key: s.public()} }

// Sign signs a message.
func (s *Signer) Sign(message []byte) []byte { return ed25519.Sign(s.key, message) }

// Format implements fmt.Formatter and keeps the key out of every verb.
func (s *Signer) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("keys.Signer " + s.id)) }

// Public is a key that verifies what a Signer signed, with its name.
type Public struct {
	ID        string // its thumbprint
	Key       ed25519.PublicKey
	CreatedAt time.Time // when it was first kept; zero is not known
}

// Thumbprint is the name of a public key (RFC 7638 with RFC 8037 section 2): nobody can give another key the same one.
func Thumbprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(key) + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
