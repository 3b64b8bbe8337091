package rbac

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/ticketkit/ticketkit/ticket"
)

// Limits of what people may enter, in code points.
const (
	maxUsername  = 64
	maxName      = 100
	maxUserAgent = 200
	maxQueues    = maxGrants
)

// DisplayName is the name to show: the username when none was given.
func (a *Account) DisplayName() string {
	if a.Name == "" {
		return a.Username
	}
	return a.Name
}

// FoldUsername gives the form in which two usernames are compared: composed (NFC) and in lower case.
func FoldUsername(username string) string {
	return strings.ToLower(norm.NFC.String(username))
}

// cleanUsername composes a username and refuses what cannot be typed or seen: it is shown in the audit.
func cleanUsername(s string) (string, error) {
	s, err := cleanLine("username", s, maxUsername)
	if err == nil && s == "" {
		err = ticket.InvalidField("username", "must not be empty")
	}
	return s, err
}

// cleanLine composes one line of text. Control characters, and the invisible ones that reorder or hide text, are refused.
func cleanLine(field, s string, limit int) (string, error) {
	if !utf8.ValidString(s) {
		return "", ticket.InvalidField(field, "is not valid UTF-8")
	}
	s = norm.NFC.String(strings.TrimSpace(s))
	if utf8.RuneCountInString(s) > limit {
		return "", ticket.InvalidField(field, "must have at most %d characters", limit)
	}
	for _, r := range s {
		if !visible(r) {
			return "", ticket.InvalidField(field, "must not contain invisible characters")
		}
	}
	return s, nil
}

func visible(r rune) bool { return unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r) }

// lookupName reports whether a username from outside can exist at all; only then is a database asked for it.
func lookupName(s string) (string, bool) {
	s, err := cleanUsername(s)
	return s, err == nil
}

// cutLine makes one line of at most limit visible characters from anything.
func cutLine(s string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if r == utf8.RuneError || !visible(r) {
			continue
		}
		if n++; n > limit {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}

// cleanQueues sorts and removes repeats.
func cleanQueues(queues []ticket.QueueID) ([]ticket.QueueID, error) {
	if len(queues) > maxQueues {
		return nil, ticket.InvalidField("queues", "must be at most %d", maxQueues)
	}
	list := slices.Clone(queues)
	slices.Sort(list)
	list = slices.Compact(list)
	for _, q := range list {
		if q == "" || len(q) > 64 {
			return nil, ticket.InvalidField("queues", "must be ids of queues")
		}
	}
	return list, nil
}
