package keys

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MinSecret is the least length of a secret in bytes.
const MinSecret = 32

// ErrSecret is wrapped by every error about a secret that is too weak to be used.
var ErrSecret = errors.New("secret refused")

// placeholders are pieces of text that stand in documentation where a secret belongs, in the form that fold gives
// them. Each is so long that a random secret contains it once in 10^10 at most.
var placeholders = []string{
	"generiereeinen", "sicherenkey", "sicherenschluessel", "geheimerschluessel", "deingeheim", "deinsecret", "deinjwtsecret", "tokenhier",
	"schluesselhier", "secrethier", "bitteaendern", "unbedingtaendern", "hiereintragen", "aenderemich",
	"changeme", "changethis", "replaceme", "replacethis", "yoursecret", "yourjwtsecret", "yoursupersecret", "supersecret", "mysecretkey",
	"secretgoeshere", "secrethere", "insertsecret", "insertyour", "generateasecure", "generatearandom", "placeholder", "examplesecret",
	"notsecure", "donotuse", "djangoinsecure", "opensslrand", "password123", "passwort123", "admin123",
}

// check says why a secret cannot be used. Texts never quote it: they end up in logs and terminals.
func check(secret []byte) error {
	switch {
	case len(secret) == 0:
		return fmt.Errorf("%w: it is empty", ErrSecret)
	case isPlaceholder(secret):
		return fmt.Errorf("%w: it is a placeholder from documentation; generate a random one", ErrSecret)
	case len(secret) < MinSecret:
		return fmt.Errorf("%w: it has %d bytes and needs at least %d", ErrSecret, len(secret), MinSecret)
	case distinct(secret) < 6:
		return fmt.Errorf("%w: it repeats a few characters; generate a random one", ErrSecret)
	case period(secret) <= len(secret)/2:
		return fmt.Errorf("%w: it repeats a short pattern; generate a random one", ErrSecret)
	case isSequence(secret):
		return fmt.Errorf("%w: its characters count up or down; generate a random one", ErrSecret)
	}
	return nil
}

// trim removes the white space around a text. Bytes that are not text stay as they are: the first or last byte of a
// random key may well look like a space. Thirty-two random bytes are valid UTF-8 less than once in 10^8.
func trim(secret []byte) []byte {
	if !utf8.Valid(secret) {
		return secret
	}
	return bytes.TrimSpace(secret)
}

func isPlaceholder(secret []byte) bool {
	s := string(secret)
	// Brackets count around text alone: one random key in 65,536 has them by chance.
	isText := utf8.Valid(secret) && !strings.ContainsFunc(s, unicode.IsControl)
	if isText && (strings.HasPrefix(s, "<") && strings.HasSuffix(s, ">") || strings.HasPrefix(s, "${") && strings.HasSuffix(s, "}")) {
		return true
	}
	if strings.Trim(s, ".…*") == "" {
		return true
	}
	folded := fold(s)
	for _, p := range placeholders {
		if strings.Contains(folded, p) {
			return true
		}
	}
	return false
}

// fold lower-cases a text, writes umlauts as two letters and drops what people put between words, so that one entry
// of the table stands for CHANGE-ME, change_me and "Change me!".
func fold(s string) string {
	s = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss").Replace(strings.ToLower(s))
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// distinct counts the different bytes. Sixteen random bytes in hexadecimal, the poorest alphabet in use, have fewer
// than six only once in 10^12.
func distinct(b []byte) int {
	var seen [256]bool
	n := 0
	for _, c := range b {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}

// period returns the length of the shortest pattern whose repetition, possibly cut at the end, gives b. It is
// len(b) minus the longest border, found with the prefix function of Knuth, Morris and Pratt in linear time.
func period(b []byte) int {
	border := make([]int, len(b))
	for i := 1; i < len(b); i++ {
		k := border[i-1]
		for k > 0 && b[i] != b[k] {
			k = border[k-1]
		}
		if b[i] == b[k] {
			k++
		}
		border[i] = k
	}
	return len(b) - border[len(b)-1]
}

// isSequence tells whether three quarters of all steps go to the next or to the previous code, as in
// "abcdefgh…0123456789".
func isSequence(b []byte) bool {
	up, down := 0, 0
	for i := 1; i < len(b); i++ {
		switch int(b[i]) - int(b[i-1]) {
		case 1:
			up++
		case -1:
			down++
		}
	}
	return 4*max(up, down) >= 3*(len(b)-1)
}
