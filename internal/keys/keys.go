// Package keys derives every key of a desk from its one secret, so that replicas that know the secret share all
// keys without sharing files.
//
// Derivation is HKDF with SHA-256 (RFC 5869), without salt and with the label of the use as info. Keys of
// different labels are independent: who learns one learns nothing about another or about the secret.
package keys

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

// Labels of the keys in use. Changing a label is like changing the secret for that use: tokens become invalid,
// signatures get a new id, stored secrets become unreadable.
const (
	LabelJWT          = "ticketkit/jwt/v1"           // signs bearer tokens
	LabelReplyToken   = "ticketkit/reply-token/v1"   // signs the tokens in Reply-To addresses
	LabelEventChain   = "ticketkit/event-chain/v1"   // links the events of a chain
	LabelTranscript   = "ticketkit/transcript/v1"    // seeds the signature key of transcripts
	LabelRepeats      = "ticketkit/repeats/v1"       // hides requests that may come again
	LabelStateSecrets = "ticketkit/state-secrets/v1" // encrypts secrets that adapters store
)

// Size is the length of a derived key in bytes.
const Size = 32

// Ring holds one secret, and possibly the one before it, and derives keys from them. It is immutable and safe for
// concurrent use. It prints as "keys.Ring", whatever the verb, so that a log line cannot leak the secret. There is no useful
// zero value: use New.
type Ring struct {
	current  []byte // pseudorandom key: the output of HKDF-Extract, so that the secret itself is not kept
	previous []byte // the same for the previous secret; nil without one
}

// New returns a Ring for secret. The secret is either text, as in an environment variable or a file, or random
// bytes. White space around a text is not part of it, so that a file with a final newline means the same as
// the variable without.
//
// An error wraps ErrSecret and says what is wrong (too short, a placeholder from documentation, too regular)
// without quoting the secret. secret is not kept.
func New(secret []byte) (*Ring, error) {
	prk, err := extract(secret)
	if err != nil {
		return nil, err
	}
	return &Ring{current: prk}, nil
}

// WithPrevious returns a Ring that also derives keys from the secret that was in use before, for verifying and
// decrypting while a rotation is under way. The rules of New hold for it as well: what anybody can read in
// documentation must not verify a token. An empty secret, or the current one again, means that there is none.
func (r *Ring) WithPrevious(secret []byte) (*Ring, error) {
	next := &Ring{current: r.current}
	if len(trim(secret)) == 0 {
		return next, nil
	}
	prk, err := extract(secret)
	if err != nil {
		return nil, fmt.Errorf("previous secret: %w", err)
	}
	if !bytes.Equal(prk, r.current) {
		next.previous = prk
	}
	return next, nil
}

// Key returns the 32-byte key for a label; the same secret and label always give the same key. The caller owns
// the slice.
func (r *Ring) Key(label string) []byte { return expand(r.current, label) }

// KeyID returns the ID of the current key for a label.
func (r *Ring) KeyID(label string) string { return ID(r.Key(label)) }

// Previous returns the key that the previous secret gives for a label; ok is false without a previous secret.
// It is for verifying and decrypting only: new signatures use Key.
func (r *Ring) Previous(label string) (key []byte, ok bool) {
	if r.previous == nil {
		return nil, false
	}
	return expand(r.previous, label), true
}

// Format implements fmt.Formatter and keeps the secret out of every verb.
func (r *Ring) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte("keys.Ring")) }

// ID returns a short name for a key that may be shown, stored and sent, for example as the kid of a token: the first
// eight hexadecimal digits of its SHA-256. It tells the few keys of one desk apart and is no proof of anything.
func ID(key []byte) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:4])
}

// Generate returns a fresh secret of 256 random bits that New accepts: 43 characters of unpadded base64url, which need
// no quotes in a shell or a dotenv file.
func Generate() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

func extract(secret []byte) ([]byte, error) {
	secret = trim(secret)
	if err := check(secret); err != nil {
		return nil, err
	}
	prk, err := hkdf.Extract(sha256.New, secret, nil)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return prk, nil
}

func expand(prk []byte, label string) []byte {
	key, err := hkdf.Expand(sha256.New, prk, label, Size)
	if err != nil {
		// Expand refuses only lengths above 8160 bytes and, in FIPS mode, short keys or other hashes. Neither can
		// depend on input, and going on without a key must never happen.
		panic("keys: HKDF refused constant parameters: " + err.Error())
	}
	return key
}
