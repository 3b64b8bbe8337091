package keys_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/keys"
)

const (
	secretA = "q7Zt0vNfK2xYbW9rLmE4sUdHcJ6pAoGi-T1" // 35 bytes
	secretB = "mR5wXe8DkQ0_uBjVzS3yPnLh7CfTgIa9oE2"
)

var labels = []string{keys.LabelJWT, keys.LabelReplyToken, keys.LabelEventChain, keys.LabelTranscript, keys.LabelRepeats, keys.LabelStateSecrets}

func ring(t *testing.T, secret string) *keys.Ring {
	t.Helper()
	r, err := keys.New([]byte(secret))
	require.NoError(t, err)
	return r
}

func ExampleRing() {
	r, err := keys.New([]byte("q7Zt0vNfK2xYbW9rLmE4sUdHcJ6pAoGi-T1"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(r.Key(keys.LabelJWT)), r.KeyID(keys.LabelJWT) == keys.ID(r.Key(keys.LabelJWT)), r)
	// Output: 32 true keys.Ring
}

// RFC 5869, section 2, written out with HMAC: this pins the derivation, because a change would invalidate every
// token and every stored secret.
func TestKeyIsHKDF(t *testing.T) {
	t.Parallel()
	mac := func(key, msg []byte) []byte {
		h := hmac.New(sha256.New, key)
		h.Write(msg)
		return h.Sum(nil)
	}
	prk := mac(make([]byte, sha256.Size), []byte(secretA))
	for _, label := range append(labels, "", "another use") {
		require.Equal(t, mac(prk, append([]byte(label), 1)), ring(t, secretA).Key(label), label)
	}
}

func TestKeysAreIndependentAndStable(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, secret := range []string{secretA, secretB} {
		for _, label := range labels {
			key := ring(t, secret).Key(label)
			require.Len(t, key, keys.Size)
			require.Equal(t, key, ring(t, secret).Key(label))
			require.NotContains(t, seen, string(key))
			seen[string(key)] = label
		}
	}
	require.Len(t, seen, 2*len(labels))
}

func TestKeyBelongsToTheCaller(t *testing.T) {
	t.Parallel()
	secret := []byte(secretA)
	r, err := keys.New(secret)
	require.NoError(t, err)
	want := bytes.Clone(r.Key(keys.LabelJWT))
	clear(r.Key(keys.LabelJWT))
	clear(secret)
	require.Equal(t, want, r.Key(keys.LabelJWT))
}

func TestKeyID(t *testing.T) {
	t.Parallel()
	r := ring(t, secretA)
	id := r.KeyID(keys.LabelTranscript)
	require.Regexp(t, `^[0-9a-f]{8}$`, id)
	sum := sha256.Sum256(r.Key(keys.LabelTranscript))
	require.Equal(t, hex.EncodeToString(sum[:4]), id)
	require.NotEqual(t, id, r.KeyID(keys.LabelJWT))
	require.NotEqual(t, id, ring(t, secretB).KeyID(keys.LabelTranscript))
}

func TestPrevious(t *testing.T) {
	t.Parallel()
	r := ring(t, secretB)
	_, ok := r.Previous(keys.LabelJWT)
	require.False(t, ok)

	rotated, err := r.WithPrevious([]byte(secretA))
	require.NoError(t, err)
	key, ok := rotated.Previous(keys.LabelJWT)
	require.True(t, ok)
	require.Equal(t, ring(t, secretA).Key(keys.LabelJWT), key)
	require.Equal(t, r.Key(keys.LabelJWT), rotated.Key(keys.LabelJWT), "the current key stays")
	_, ok = r.Previous(keys.LabelJWT)
	require.False(t, ok, "the receiver is unchanged")

	for name, secret := range map[string]string{"empty": "", "blank": " \n", "the current one": secretB, "the current one with a newline": secretB + "\n"} {
		same, err := rotated.WithPrevious([]byte(secret))
		require.NoError(t, err, name)
		_, ok = same.Previous(keys.LabelJWT)
		require.False(t, ok, name)
	}

	_, err = r.WithPrevious([]byte("short"))
	require.ErrorIs(t, err, keys.ErrSecret)
	require.ErrorContains(t, err, "previous secret")
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, secret, problem string }{
		{"empty", "", "empty"},
		{"blank", " \t\n", "empty"},
		{"short", secretA[:31], "31 bytes and needs at least 32"},
		{"short but for white space", secretA[:31] + "    ", "31 bytes"},
		{"documented, German", "GENERIERE_EINEN_SICHEREN_KEY", "placeholder"},
		{"documented, made longer", "GENERIERE_EINEN_SICHEREN_KEY_1234567890", "placeholder"},
		{"documented token", "DEIN_BOT_TOKEN_HIER", "placeholder"},
		{"change-me", "change-me-to-something-long-and-random", "placeholder"},
		{"CHANGE_ME", "CHANGE_ME_CHANGE_ME_CHANGE_ME_CHANGE_ME", "placeholder"},
		{"Change me", "Please change me! I am not a good secret.", "placeholder"},
		{"bitte ändern", "Bitte-Ändern-bevor-es-in-Betrieb-geht!", "placeholder"},
		{"your secret", "your-secret-key-at-least-32-characters", "placeholder"},
		{"django", "django-insecure-8f!k2z7#q0w$e5r^t6y&u1i9o", "placeholder"},
		{"a command that was not run", "$(openssl rand -base64 48)_in_the_env_file", "placeholder"},
		{"angle brackets", "<a random secret of 48 characters, please>", "placeholder"},
		{"variable", "${JWT_SECRET_FROM_THE_SECRET_STORE_1}", "placeholder"},
		{"dots", strings.Repeat(".", 40), "placeholder"},
		{"bullets", strings.Repeat("…", 12), "placeholder"},
		{"one character", strings.Repeat("a", 64), "repeats a few characters"},
		{"zero bytes", strings.Repeat("\x00", 32), "repeats a few characters"},
		{"few characters", strings.Repeat("abcabbac", 5), "repeats a few characters"},
		{"pattern", strings.Repeat("k3yB0ard", 4), "repeats a short pattern"},
		{"pattern, cut", strings.Repeat("correct horse ", 3), "repeats a short pattern"},
		{"counting up", "abcdefghijklmnopqrstuvwxyz0123456789", "count up or down"},
		{"counting down", "zyxwvutsrqponmlkjihgfedcba9876543210", "count up or down"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := keys.New([]byte(c.secret))
			require.ErrorIs(t, err, keys.ErrSecret)
			require.ErrorContains(t, err, c.problem)
			require.Nil(t, r)
			if s := strings.TrimSpace(c.secret); s != "" && s != "." {
				require.NotContains(t, err.Error(), s)
			}
		})
	}
}

func TestNewAccepts(t *testing.T) {
	t.Parallel()
	binary := make([]byte, 32)
	for i := range binary {
		binary[i] = byte(i*i*7 + 0x80)
	}
	binary[31] = '\n' // part of a binary secret, unlike the final newline of a text
	for name, secret := range map[string]string{
		"text":       secretA,
		"hex":        "9f86d081884c7d659a2feaa0c55ad015",
		"binary":     string(binary),
		"words":      "vier-nasse-Pinguine-tanzen-auf-dem-Dach",
		"non-ASCII":  "Öl, Käse & 17 Würste kosten überall Geld",
		"very long":  strings.Repeat("x", 500) + secretA,
		"exactly 32": secretA[:32],
	} {
		_, err := keys.New([]byte(secret))
		require.NoError(t, err, name)
	}
	require.Equal(t, ring(t, secretA).Key("x"), ring(t, "  "+secretA+"\r\n").Key("x"))
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 2000 {
		s := keys.Generate()
		require.Regexp(t, `^[A-Za-z0-9_-]{43}$`, s)
		require.False(t, seen[s])
		seen[s] = true
		_, err := keys.New([]byte(s))
		require.NoError(t, err)
	}
}

// What openssl rand prints, and raw bytes, must practically never be refused by mistake.
func TestRandomSecretsAreAccepted(t *testing.T) {
	t.Parallel()
	b := make([]byte, 32)
	for range 5000 {
		_, err := rand.Read(b)
		require.NoError(t, err)
		_, err = keys.New(b)
		require.NoError(t, err, "%x", b)
		b[0], b[31] = '<', '>' // as in one key of 65,536; such a key is random bytes, not "<your secret>"
		_, err = keys.New(b)
		require.NoError(t, err, "%x", b)
		_, err = keys.New([]byte(hex.EncodeToString(b[:16])))
		require.NoError(t, err, "%x", b[:16])
	}
}

func TestRingNeverPrintsItsSecret(t *testing.T) {
	t.Parallel()
	r, err := ring(t, secretA).WithPrevious([]byte(secretB))
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		require.Equal(t, "keys.Ring", fmt.Sprintf(verb, r), verb)
	}
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("start", "keys", r)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("start", "keys", r)
	require.Contains(t, out.String(), "keys=keys.Ring")
	require.Contains(t, out.String(), `"keys":{}`)
	b, err := json.Marshal(r)
	require.NoError(t, err)
	require.JSONEq(t, `{}`, string(b))
}

func FuzzNew(f *testing.F) {
	for _, s := range []string{"", secretA, "GENERIERE_EINEN_SICHEREN_KEY", "<pw>", "...", strings.Repeat("ab", 20), "\xff\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, secret []byte) {
		r, err := keys.New(secret)
		if err != nil {
			require.ErrorIs(t, err, keys.ErrSecret)
			if len(secret) >= keys.MinSecret {
				require.NotContains(t, err.Error(), string(secret))
			}
			return
		}
		require.GreaterOrEqual(t, len(secret), keys.MinSecret)
		require.Len(t, r.Key("fuzz"), keys.Size)
	})
}
