package ticket

import (
	"context"
	"errors"
	"slices"
)

// Aliases are further names of an item within its channel, for a source whose own ids are not for ever: a mail has a place in a mailbox and
// bytes, and each of both may change while the other stays. The zero value has none. Each has at most 500 bytes.
type Aliases struct {
	Same []string // known already, as Key of another item or as its alias: the item is that one and changes nothing
	Mark []string // only remembered, so that a later item can name it in Same
}

func (a *Aliases) fit() bool {
	bad := func(k string) bool { return k == "" || len(k) > 500 }
	return !slices.ContainsFunc(a.Same, bad) && !slices.ContainsFunc(a.Mark, bad)
}

// received finds what the item became under any of its names; NotFound when it is new.
func (in *Incoming) received(ctx context.Context, r Reader) (*Receipt, error) {
	got, err := r.Received(ctx, in.Channel, in.Key)
	for _, k := range in.Same {
		if !errors.Is(err, errNotFound) {
			break
		}
		got, err = r.Received(ctx, in.Channel, k)
	}
	return got, err
}

// markReceived remembers the item under all its names. One of Mark may be another item's, which keeps it.
func (in *Incoming) markReceived(ctx context.Context, tx Tx, r Receipt) error {
	if err := tx.MarkReceived(ctx, r); err != nil {
		return err
	}
	seen := []string{in.Key}
	for n, k := range append(slices.Clone(in.Same), in.Mark...) {
		if slices.Contains(seen, k) {
			continue
		}
		seen = append(seen, k)
		if n >= len(in.Same) {
			if _, err := tx.Received(ctx, in.Channel, k); err == nil {
				continue
			} else if !errors.Is(err, errNotFound) {
				return err
			}
		}
		r.Key = k
		if err := tx.MarkReceived(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
