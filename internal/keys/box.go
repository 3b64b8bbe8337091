package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"strings"
)

// ErrSealed is what Box.Open answers for bytes that neither secret opens.
var ErrSealed = errors.New("keys: the stored secret cannot be decrypted: JWT_SECRET was changed without keeping the old one in JWT_SECRET_PREVIOUS, or the bytes are damaged")

// Box encrypts what must be kept secret in a database: AES-256-GCM with a random nonce (NIST SP 800-38D), bound to a name, so that a
// sealed text copied to another place does not open there. It is immutable, safe for concurrent use, and prints as "keys.Box".
type Box struct {
	current, previous cipher.AEAD // previous is nil without a previous secret
}

const boxVersion = "b1:"

// Box returns the Box of a label. Current keys seal; both open.
func (r *Ring) Box(label string) *Box {
	b := &Box{current: gcm(r.Key(label))}
	if old, ok := r.Previous(label); ok {
		b.previous = gcm(old)
	}
	return b
}

func gcm(key []byte) cipher.AEAD {
	c, err := aes.NewCipher(key)
	if err == nil {
		var a cipher.AEAD
		if a, err = cipher.NewGCMWithRandomNonce(c); err == nil {
			return a
		}
	}
	// Only a key of a wrong length is refused, and Size is right.
	panic("keys: AES refused a derived key: " + err.Error())
}

// Seal encrypts plain for the place called name. Two calls never give the same text.
func (b *Box) Seal(name, plain string) string {
	return boxVersion + base64.RawStdEncoding.EncodeToString(b.current.Seal(nil, nil, []byte(plain), []byte(name)))
}

// Open decrypts what Seal made for the same name. old tells that the previous secret was needed, so that the caller can seal it
// again. An error wraps ErrSealed and never holds any of the bytes.
func (b *Box) Open(name, sealed string) (plain string, old bool, err error) {
	rest, ok := strings.CutPrefix(sealed, boxVersion)
	raw, err := base64.RawStdEncoding.DecodeString(rest)
	if !ok || err != nil {
		return "", false, ErrSealed
	}
	if p, err := b.current.Open(nil, nil, raw, []byte(name)); err == nil {
		return string(p), false, nil
	}
	if b.previous != nil {
		if p, err := b.previous.Open(nil, nil, raw, []byte(name)); err == nil {
			return string(p), true, nil
		}
	}
	return "", false, ErrSealed
}

// String implements fmt.Stringer and tells nothing.
func (b *Box) String() string { return "keys.Box" }

// GoString implements fmt.GoStringer and tells nothing.
func (b *Box) GoString() string { return "keys.Box" }
