package rbac

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/ticketkit/ticketkit/ticket"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		password string
		ok       bool
	}{
		"words":                      {"vier Ziegen am Hang", true},
		"random":                     {"f7Kq-29xw-Lm", true},
		"no composition rules":       {"ziegenamhang", true},
		"8 characters":               {"öäüßxkwv", true},
		"7 characters, more bytes":   {"öäüßxkw", false},
		"128 characters":             {strings.Repeat("zaunkönig ist klein", 6) + "12345678901234", true},
		"129 characters":             {strings.Repeat("zaunkönig ist klein", 6) + "123456789012345", false},
		"128 characters, decomposed": {strings.Repeat("zaunko\u0308nig ist klein", 6) + "12345678901234", true},
		"empty":                      {"", false},
		"invalid UTF-8":              {"vier Ziegen\xff\xfe", false},
		"NUL":                        {"vier\x00Ziegen", false},
		"common":                     {"password", false},
		"common, German":             {"passwort", false},
		"common, any case":           {"PassWort", false},
		"common, with a number":      {"Passwort2024", false},
		"common, with signs around":  {"!!Sommer2026!!", false},
		"common, letters replaced":   {"P@ssw0rd", false},
		"common, both":               {"P@$$w0rt123!", false},
		"common, leading sign":       {"$ommer2026", false},
		"common, twice":              {"hallohallo", false},
		"documented default":         {"admin123", false},
		"placeholder":                {"changeme", false},
		"product":                    {"TicketKit2026", false},
		"own name":                   {"j.weber1", false},
		"own name twice":             {"j.weberj.weber", false},
		"own name, upper case":       {"J.WEBER!!", false},
		"one character":              {"aaaaaaaaaaaa", false},
		"two characters":             {"abababababab", false},
		"digits upwards":             {"1234567890", false},
		"digits downwards":           {"987654321", false},
		"alphabet":                   {"abcdefghij", false},
		"keyboard":                   {"qwertzuiop", false},
		"date":                       {"24.12.1999", false},
		"umlaut in a common word":    {"Schätzchen99", false},
		"decomposed common word":     {"Scha\u0308tzchen99", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := checkPassword("j.weber", c.password)
			if c.ok {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "password"})
			require.NotContains(t, err.Error(), "%!")
		})
	}
}

func TestCommonWordsAreFolded(t *testing.T) {
	t.Parallel()
	require.Greater(t, len(common), 200)
	for w := range common {
		require.Equal(t, FoldUsername(w), w)
	}
}

func TestGeneratedPasswordsAreGood(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		p := GeneratePassword()
		require.NoError(t, checkPassword("admin", p))
		require.False(t, seen[p])
		seen[p] = true
	}
}

func TestHashAndVerify(t *testing.T) {
	t.Parallel()
	h := newHasher(2)
	encoded, err := h.hash(t.Context(), "Zwölf Enten")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1$"), encoded)

	check := func(encoded, password string) (ok, stale bool) {
		t.Helper()
		before := h.runs.Load()
		ok, stale, err := h.verify(t.Context(), encoded, password)
		require.NoError(t, err)
		require.Equal(t, before+1, h.runs.Load(), "every check costs one run")
		return ok, stale
	}
	ok, stale := check(encoded, "Zwölf Enten")
	require.True(t, ok)
	require.False(t, stale)
	ok, _ = check(encoded, "Zwo\u0308lf Enten") // from another keyboard
	require.True(t, ok)
	for _, wrong := range []string{"", "zwölf enten", "Zwölf Enten ", "Zwölf Enten\x00"} {
		ok, _ = check(encoded, wrong)
		require.False(t, ok, wrong)
	}
	again, err := h.hash(t.Context(), "Zwölf Enten")
	require.NoError(t, err)
	require.NotEqual(t, encoded, again, "salted")

	h.params.passes = 1
	ok, stale = check(encoded, "Zwölf Enten")
	require.True(t, ok)
	require.True(t, stale, "another cost asks for a new hash")

	for _, bad := range []string{"", "x", "$argon2id$", "$2a$10$short", "plain:Zwölf Enten", "Zwölf Enten"} {
		ok, stale = check(bad, "Zwölf Enten")
		require.False(t, ok || stale, bad)
	}
}

func TestBcrypt(t *testing.T) {
	t.Parallel()
	h := newHasher(2)
	long := strings.Repeat("0123456789ab", 6) // 72 bytes
	encoded, err := bcrypt.GenerateFromPassword([]byte(long), bcrypt.MinCost)
	require.NoError(t, err)
	verify := func(encoded, password string) (ok, stale bool) {
		t.Helper()
		ok, stale, err := h.verify(t.Context(), encoded, password)
		require.NoError(t, err)
		return ok, stale
	}
	ok, stale := verify(string(encoded), long)
	require.True(t, ok)
	require.True(t, stale, "an import is hashed anew")
	ok, _ = verify(string(encoded), long[:71])
	require.False(t, ok)
	require.NoError(t, bcrypt.CompareHashAndPassword(encoded, []byte(long+"any suffix")), "the library looks at 72 bytes only")
	ok, _ = verify(string(encoded), long+"any suffix")
	require.False(t, ok)

	y := "$2y$" + string(encoded[4:])
	ok, _ = verify(y, long)
	require.True(t, ok, "as PHP writes it")
	ok, _ = verify("$2x$"+string(encoded[4:]), long)
	require.False(t, ok, "the variant with the sign bug")
	require.False(t, isBcrypt("$2a$31$"+string(encoded[7:])), "a cost that would occupy a processor for days")

	require.NoError(t, checkHash(y))
	for _, bad := range []string{"", "abc", "$2a$31$" + string(encoded[7:]), "$1$abcdefgh$0123456789012345678901", "{SSHA}x"} {
		require.ErrorIs(t, checkHash(bad), &ticket.Error{Kind: ticket.Invalid, Field: "password_hash"})
	}
}

func TestHashingIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(2)
		require.NoError(t, h.acquire(t.Context()))
		require.NoError(t, h.acquire(t.Context()))
		ctx, cancel := context.WithCancel(t.Context())
		var failed atomic.Int64
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, _, err := h.verify(ctx, "", "x"); ticket.KindOf(err) == ticket.Unavailable {
					failed.Add(1)
				}
			})
		}
		synctest.Wait()
		require.Zero(t, h.runs.Load(), "both places are taken")
		cancel()
		wg.Wait()
		require.EqualValues(t, 10, failed.Load())
		h.release()
		_, _, err := h.verify(t.Context(), "", "x")
		require.NoError(t, err)
		require.EqualValues(t, 1, h.runs.Load())
		h.release()
	})
}

func TestParseArgonRefuses(t *testing.T) {
	t.Parallel()
	const salt, key = "c29tZXNhbHRzb21lc2FsdA", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"
	good := "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key
	h, err := parseArgon(good)
	require.NoError(t, err)
	require.Equal(t, good, h.String())
	for _, bad := range []string{
		"$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + key,
		"$argon2id$m=19456,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=4194304,t=2,p=1$" + salt + "$" + key, // 4 GiB
		"$argon2id$v=19$m=19456,t=1000000,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=2,p=255$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=2,p=0$" + salt + "$" + key,
		"$argon2id$v=19$m=0,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=4,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=+19456,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=019456,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=99999999999999999999,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$t=2,m=19456,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=2,p=1,data=x$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=2,p=1$$" + key,
		"$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$",
		"$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$AAAA",
		"$argon2id$v=19$m=19456,t=2,p=1$" + salt + "==$" + key,
		good + "$", good + strings.Repeat("A", 1000),
	} {
		_, err := parseArgon(bad)
		require.Error(t, err, bad)
	}
}

func FuzzParseArgon(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE")
	f.Add("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NTY")
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Add("$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy")
	f.Fuzz(func(t *testing.T, s string) {
		if isBcrypt(s) && len(s) != 60 {
			t.Errorf("bcrypt of %d bytes", len(s))
		}
		h, err := parseArgon(s)
		if err != nil {
			return
		}
		if h.String() != s {
			t.Errorf("%q reads as %q", s, h.String())
		}
		if h.params.memory > maxMemory || h.params.passes > maxPasses || h.params.threads > maxThreads || h.params.passes == 0 || h.params.threads == 0 {
			t.Errorf("cost out of bounds: %+v", h.params)
		}
	})
}

func FuzzCheckPassword(f *testing.F) {
	f.Add("admin", "admin123")
	f.Add("j.weber", "vier Ziegen am Hang")
	f.Add("", "\xff\xff\xff\xff\xff\xff\xff\xff")
	f.Fuzz(func(t *testing.T, username, password string) {
		if checkPassword(username, password) == nil && (!utf8.ValidString(password) || len(password) < minPassword) {
			t.Errorf("accepted %q", password)
		}
		if name, err := cleanUsername(username); err == nil {
			again, err := cleanUsername(name)
			if err != nil || again != name {
				t.Errorf("%q is clean, and then %q, %v", name, again, err)
			}
		}
	})
}
