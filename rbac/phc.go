package rbac

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// argonParams is what an argon2id hash costs.
type argonParams struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// newHashes is the cost of new hashes: the second of the settings that OWASP lists as equally strong, and the one with the
// smallest memory that needs no third pass.
var newHashes = argonParams{memory: 19 * 1024, passes: 2, threads: 1}

const (
	saltLen = 16
	keyLen  = 32
)

// Hashes from elsewhere may cost more than ours, but not so much that one sign-in could exhaust the machine.
const (
	maxMemory  = 128 * 1024 // KiB
	maxPasses  = 16
	maxThreads = 16
)

// argonHash is a decoded hash.
type argonHash struct {
	params argonParams
	salt   []byte
	key    []byte
}

var errHashFormat = errors.New("not an argon2id hash in PHC form")

// String encodes the hash in PHC form: $argon2id$v=19$m=19456,t=2,p=1$salt$key, both in unpadded base64.
func (h argonHash) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.params.memory, h.params.passes, h.params.threads,
		b64.EncodeToString(h.salt), b64.EncodeToString(h.key))
}

// parseArgon decodes the PHC form of argon2id. Costs beyond the limits above, other versions and other orders of the parameters are
// refused.
func parseArgon(encoded string) (argonHash, error) {
	rest, ok := strings.CutPrefix(encoded, "$argon2id$v="+strconv.Itoa(argon2.Version)+"$")
	if !ok || len(encoded) > 512 {
		return argonHash{}, errHashFormat
	}
	parts := strings.Split(rest, "$")
	if len(parts) != 3 {
		return argonHash{}, errHashFormat
	}
	var h argonHash
	costs := strings.Split(parts[0], ",")
	if len(costs) != 3 {
		return argonHash{}, errHashFormat
	}
	m, errM := cost(costs[0], "m=", maxMemory)
	t, errT := cost(costs[1], "t=", maxPasses)
	p, errP := cost(costs[2], "p=", maxThreads)
	if err := errors.Join(errM, errT, errP); err != nil {
		return argonHash{}, err
	}
	h.params = argonParams{memory: m, passes: t, threads: uint8(p)}
	if m < 8*p { // RFC 9106 section 3.1
		return argonHash{}, errHashFormat
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[1]); err != nil || len(h.salt) < 8 || len(h.salt) > 64 {
		return argonHash{}, errHashFormat
	}
	if h.key, err = base64.RawStdEncoding.Strict().DecodeString(parts[2]); err != nil || len(h.key) < 16 || len(h.key) > 64 {
		return argonHash{}, errHashFormat
	}
	return h, nil
}

// cost reads one parameter as PHC writes it: decimal, without sign or leading zeros.
func cost(s, name string, limit uint32) (uint32, error) {
	digits, ok := strings.CutPrefix(s, name)
	n, err := strconv.ParseUint(digits, 10, 32)
	if !ok || err != nil || n < 1 || uint32(n) > limit || strconv.FormatUint(n, 10) != digits {
		return 0, errHashFormat
	}
	return uint32(n), nil
}
