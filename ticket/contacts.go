package ticket

import (
	"context"
	"errors"
	"strings"
)

// Person describes somebody outside by one identity, as a channel knows them.
type Person struct {
	Name     string
	Identity Identity
}

var errNotFound = &Error{Kind: NotFound}

// contact finds the contact who has the identity, or makes one. A verified identity upgrades a claimed one; a name is only ever
// filled in, so that a forged mail cannot rename somebody.
func (s *Service) contact(ctx context.Context, c *change, p Person, locale string) (*Contact, error) {
	p.Name = mendLine(p.Name, 200)
	if p.Identity.Kind == KindEmail {
		p.Identity.Value = strings.ToLower(p.Identity.Value)
	}
	p.Identity.Kind, p.Identity.Value = mendLine(p.Identity.Kind, 32), mendLine(p.Identity.Value, 254)
	if p.Identity.Value == "" {
		ct := &Contact{ID: ContactID(NewID(c.now)), Name: p.Name, Locale: locale, CreatedAt: c.now}
		return ct, c.tx.InsertContact(ctx, ct)
	}
	ct, err := c.tx.ContactByIdentity(ctx, p.Identity.Kind, p.Identity.Value)
	if errors.Is(err, errNotFound) {
		ct = &Contact{ID: ContactID(NewID(c.now)), Name: p.Name, Locale: locale, Identities: []Identity{p.Identity}, CreatedAt: c.now}
		return ct, c.tx.InsertContact(ctx, ct)
	}
	if err != nil {
		return nil, err
	}
	changed := false
	if ct.Name == "" && p.Name != "" {
		ct.Name, changed = p.Name, true
	}
	for i := range ct.Identities {
		id := &ct.Identities[i]
		if id.Kind == p.Identity.Kind && id.Value == p.Identity.Value && p.Identity.Verified && !id.Verified {
			id.Verified, changed = true, true
		}
	}
	if changed {
		return ct, c.tx.UpdateContact(ctx, ct)
	}
	return ct, nil
}

func contactRef(c *Contact) ContactRef {
	mail, _ := c.Identity(KindEmail)
	return ContactRef{ID: c.ID, Name: c.Name, Email: mail.Value}
}

// unreachable reports whether an address is reserved for examples (RFC 2606, RFC 6761) and must never be written to.
func unreachable(id Identity) bool {
	return id.Value == "" || id.Kind == KindEmail && strings.HasSuffix(id.Value, ".invalid")
}
