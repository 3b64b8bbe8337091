package ticket

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// noticeRef is the reference under which a mail that the desk sends by itself leads to its ticket from the moment in which it is asked for; "" when an external id
// is of no such mail. The external ids of these mails are made of kind and event, whatever stands behind the @; see
// NoticeMail.Key. The space keeps others from writing it: no id of a mail has one.
func noticeRef(externalID string) string {
	key := string(named(externalID))
	kind, id, ok := strings.Cut(key, ".")
	if !ok || !slices.Contains(NoticeKinds(), NoticeKind(kind)) || !idForm(id) {
		return ""
	}
	return "notice " + key
}

// idForm reports whether s looks like what NewID makes.
func idForm(s string) bool {
	return len(s) == 36 && !strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') && r != '-' })
}

// noticed finds the ticket about which the desk has sent a mail by itself, by the id of that mail; "" when it is of none. Like sentAs it needs
// no note that the mail has left, and nobody guesses such an id.
func noticed(ctx context.Context, r Reader, externalID string) (ID, error) {
	ref := noticeRef(externalID)
	if ref == "" {
		return "", nil
	}
	id, err := r.TicketByRefs(ctx, []string{ref})
	if errors.Is(err, errNotFound) {
		return "", nil
	}
	return id, err
}

// noticeCameBack notes that a mail which the desk has sent by itself did not reach the requester: the address is marked, so that no other such
// mail goes there. What a colleague did not get is only seen in the history.
func (c *change) noticeCameBack(ctx context.Context, b Bounce) error {
	kind, _, _ := strings.Cut(string(named(b.ExternalID)), ".")
	id, err := noticed(ctx, c.tx, b.ExternalID)
	if err != nil || id == "" || b.Delayed {
		return err
	}
	ct, err := c.tx.Contact(ctx, c.t.Requester.ID)
	if err != nil {
		return err
	}
	mail, ok := ct.Identity(KindEmail) // the one that such mails go to
	for i := range ct.Identities {
		is := &ct.Identities[i]
		if ok && is.Kind == mail.Kind && is.Value == mail.Value && is.BouncedAt.IsZero() && (b.Recipient == "" || b.Recipient == is.Value) {
			is.BouncedAt = c.now
			if err := c.tx.UpdateContact(ctx, ct); err != nil {
				return err
			}
			break
		}
	}
	c.event(EventMailFailed, data{"mail": kind}, data{"recipient": b.Recipient, "reason": b.Reason})
	return nil
}
