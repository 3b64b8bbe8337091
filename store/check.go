package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// setting is one property that a connection must have.
type setting struct {
	query string   // gives one value
	want  []string // any of these, in lower case
	fix   string   // what to do about it
}

// CheckHost looks whether a handle that the host has opened keeps the promises of the desk, and names the first setting that does
// not. A host calls it once at its start, after New; store/sqlite sets and checks its own pools.
func (s *Store) CheckHost(ctx context.Context) error {
	for _, c := range s.flavor.settings {
		var got string
		found, err := oneUnprepared(ctx, s.h, c.query, nil, &got)
		if err != nil {
			return fmt.Errorf("store: %s: %w", c.query, err)
		}
		if !found || !contains(c.want, got) {
			return unfit("%s gives %q, not %s: %s", c.query, got, strings.Join(c.want, " or "), c.fix)
		}
	}
	if s.flavor.check == nil {
		return nil
	}
	return s.flavor.check(ctx, s)
}

func unfit(format string, args ...any) error {
	return &ticket.Error{Kind: ticket.Unavailable, Op: "store", Msg: "the database is not set up as the desk needs it", Err: fmt.Errorf(format, args...)}
}

func contains(want []string, got string) bool {
	for _, w := range want {
		if strings.EqualFold(w, got) {
			return true
		}
	}
	return false
}
