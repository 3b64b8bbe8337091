package rbac

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"

	"github.com/ticketkit/ticketkit/ticket"
)

// Limits of passwords, in code points; there are no rules of composition (NIST SP 800-63B section 3.1.1.2).
const (
	minPassword = 8
	maxPassword = 128

	// maxPasswordBytes bounds what is looked at before anything is counted: 128 code points of four bytes, typed decomposed.
	maxPasswordBytes = 2048
)

// maxBcryptCost keeps an imported hash from occupying a processor for minutes.
const maxBcryptCost = 14

// hasher makes and checks password hashes, at most a few at a time: each takes 19 MiB and a processor.
type hasher struct {
	slots  chan struct{}
	params argonParams
	runs   atomic.Int64 // passwords checked against a hash, a dummy included
}

func newHasher(concurrency int) *hasher {
	return &hasher{slots: make(chan struct{}, concurrency), params: newHashes}
}

func (h *hasher) acquire(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &ticket.Error{Kind: ticket.Unavailable, Op: "rbac.hash", Msg: "the sign-in was given up while it waited", Err: ctx.Err()}
	}
}

func (h *hasher) release() { <-h.slots }

// hash makes the hash of a new password. It waits for a free place until ctx ends.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.acquire(ctx); err != nil {
		return "", err
	}
	defer h.release()
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // never fails
	out := argonHash{params: h.params, salt: salt}
	out.key = derive(password, out, keyLen)
	return out.String(), nil
}

// verify checks a password against a stored hash. stale asks for a new hash of the same password: the stored one is an import or has
// another cost than new ones. An empty or unreadable hash never matches, and costs what a real one costs.
func (h *hasher) verify(ctx context.Context, encoded, password string) (ok, stale bool, err error) {
	if err := h.acquire(ctx); err != nil {
		return false, false, err
	}
	defer h.release()
	h.runs.Add(1)
	if isBcrypt(encoded) && len(password) <= 72 {
		return bcrypt.CompareHashAndPassword([]byte(encoded), []byte(password)) == nil, true, nil
	}
	stored, unreadable := parseArgon(encoded)
	if unreadable != nil {
		// Also the way of a password of more than 72 bytes for a bcrypt hash: bcrypt would look at the first 72 only.
		derive(password, argonHash{params: h.params, salt: make([]byte, saltLen)}, keyLen)
		return false, false, nil
	}
	ok = subtle.ConstantTimeCompare(derive(password, stored, len(stored.key)), stored.key) == 1
	return ok, stored.params != h.params || len(stored.key) != keyLen, nil
}

// derive composes the password first (as OpaqueString of RFC 8265 does), for keyboards differ in how they send an umlaut.
func derive(password string, h argonHash, size int) []byte {
	p := h.params
	return argon2.IDKey([]byte(norm.NFC.String(password)), h.salt, p.passes, p.memory, p.threads, uint32(size))
}

// isBcrypt reports whether a hash is bcrypt of a sound version and a bearable cost.
func isBcrypt(encoded string) bool {
	if len(encoded) != 60 {
		return false
	}
	switch encoded[:4] {
	case "$2a$", "$2b$", "$2y$":
	default:
		return false
	}
	cost, err := bcrypt.Cost([]byte(encoded))
	return err == nil && cost <= maxBcryptCost
}

// checkHash refuses an imported hash that could never match.
func checkHash(encoded string) error {
	if isBcrypt(encoded) {
		return nil
	}
	if _, err := parseArgon(encoded); err != nil {
		return ticket.InvalidField("password_hash", "must be argon2id in PHC form or bcrypt with a cost of at most %d", maxBcryptCost)
	}
	return nil
}

// checkPassword refuses what is too short, too long or easily guessed.
func checkPassword(username, password string) error {
	if len(password) > maxPasswordBytes || !utf8.ValidString(password) {
		return ticket.InvalidField("password", "must have at most %d characters", maxPassword)
	}
	password = norm.NFC.String(password)
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return ticket.InvalidField("password", "must have at least %d characters", minPassword)
	case n > maxPassword:
		return ticket.InvalidField("password", "must have at most %d characters", maxPassword)
	case strings.ContainsFunc(password, unicode.IsControl):
		return ticket.InvalidField("password", "must not contain control characters")
	case guessable(username, password):
		return ticket.InvalidField("password", "is too easy to guess")
	}
	return nil
}

// GeneratePassword makes a password of 120 random bits that can be read aloud: lower-case letters and digits in groups.
func GeneratePassword() string {
	s := randomText(15)
	return s[:6] + "-" + s[6:12] + "-" + s[12:18] + "-" + s[18:]
}

// randomText gives n random bytes, a multiple of five, in lower-case base32 (a to z, 2 to 7).
func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}
