package rbac

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// linkCodeFor is how long a code for linking works.
const linkCodeFor = 10 * time.Minute

const linkCodeMAC = 15 // bytes

func errLinkCode() error {
	return ticket.InvalidField("code", "does not work: it is used, older than ten minutes, or not complete")
}

// Linked gives the principal of the account that a subject was linked to; NotFound when it was not, and Unauthenticated when the account was
// deactivated. It is for a channel that has identified somebody, and costs one query.
func (a *Accounts) Linked(ctx context.Context, subject string) (Principal, error) {
	acc, err := a.cfg.Store.AccountByLink(ctx, subject)
	if err != nil {
		return Principal{}, err
	}
	if !acc.Active {
		return Principal{}, errToken()
	}
	return a.principal(ctx, acc, nil, false)
}

// Subjects lists how other logins and channels know an account: those that were linked to it, and its own. It is for system actors.
func (a *Accounts) Subjects(ctx context.Context, by ticket.Actor, id ticket.AccountID) ([]string, error) {
	if by.Kind != ticket.ActorSystem {
		return nil, ticket.Errorf(ticket.Denied, "only a channel may ask")
	}
	acc, err := a.cfg.Store.AccountByID(ctx, id)
	if err != nil {
		return nil, err
	}
	links, err := a.cfg.Store.AccountLinks(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, l := range links {
		out = append(out, l.Subject)
	}
	if acc.External != "" {
		out = append(out, acc.External)
	}
	return out, nil
}

// LinkCode makes a code by which the person behind p links themselves elsewhere, as with Redeem. It works once, until the time that is
// given.
func (a *Accounts) LinkCode(ctx context.Context, p Principal) (code string, until time.Time, err error) {
	if p.Account.ID == "" || len(a.cfg.JWTKeys) == 0 {
		return "", time.Time{}, errSignIn()
	}
	acc, err := a.cfg.Store.AccountByID(ctx, p.Account.ID)
	if err != nil {
		return "", time.Time{}, gone(err)
	}
	until = a.now().Add(linkCodeFor).Truncate(time.Second)
	text := fmt.Sprintf("%s.%d.%d", acc.ID, acc.Rights, until.Unix())
	return base64.RawURLEncoding.EncodeToString(append(linkMAC(a.cfg.JWTKeys[0].Secret, text), text...)), until, nil
}

func linkMAC(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	_, _ = m.Write([]byte("account link\x00" + text))
	return m.Sum(nil)[:linkCodeMAC]
}

// readLinkCode gives what a code that was made here says.
func (a *Accounts) readLinkCode(code string) (id ticket.AccountID, rights int64, err error) {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(code))
	if err != nil || len(b) <= linkCodeMAC {
		return "", 0, errLinkCode()
	}
	mac, text := b[:linkCodeMAC], string(b[linkCodeMAC:])
	good := false
	for _, k := range a.cfg.JWTKeys {
		good = good || hmac.Equal(mac, linkMAC(k.Secret, text))
	}
	parts := strings.Split(text, ".")
	if !good || len(parts) != 3 {
		return "", 0, errLinkCode()
	}
	rights, err = strconv.ParseInt(parts[1], 10, 64)
	until, uerr := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || uerr != nil || a.now().Unix() >= until {
		return "", 0, errLinkCode()
	}
	return ticket.AccountID(parts[0]), rights, nil
}

// Redeem links a subject to the account whose person has made the code, and gives the account. It is for a channel that has identified who
// enters it. A code that does not work is Invalid with the field "code".
func (a *Accounts) Redeem(ctx context.Context, by ticket.Actor, subject, code string) (User, error) {
	if by.Kind != ticket.ActorSystem {
		return User{}, ticket.Errorf(ticket.Denied, "only a channel may say who enters a code")
	}
	if err := checkSubject(subject); err != nil {
		return User{}, err
	}
	id, rights, err := a.readLinkCode(code)
	if err != nil {
		return User{}, err
	}
	now := a.now()
	var out User
	err = a.update(ctx, func(tx Tx) error {
		acc, err := tx.AccountByID(ctx, id)
		if ticket.KindOf(err) == ticket.NotFound || err == nil && (!acc.Active || acc.Rights != rights) {
			return errLinkCode()
		}
		if err != nil {
			return err
		}
		grants, err := tx.AccountGrants(ctx, id)
		if err != nil {
			return err
		}
		next := *acc
		next.Rights++ // the code is used
		if err := tx.UpdateAccount(ctx, &next, acc.Version); err != nil {
			return err
		}
		out = userOf(&next, grants)
		return a.link(ctx, tx, ticket.AccountActor(id, acc.DisplayName()), now, id, subject)
	})
	return out, err
}

// LinkAccount links a subject to an account by the hand of an administrator: it needs user:update and every permission that the account has.
func (a *Accounts) LinkAccount(ctx context.Context, by ticket.Actor, id ticket.AccountID, subject string) error {
	if err := checkSubject(subject); err != nil {
		return err
	}
	now := a.now()
	return a.update(ctx, func(tx Tx) error {
		if _, err := a.subject(ctx, tx, by, ticket.OpUserUpdate, id); err != nil {
			return err
		}
		return a.link(ctx, tx, by, now, id, subject)
	})
}

func (a *Accounts) link(ctx context.Context, tx Tx, by ticket.Actor, now time.Time, id ticket.AccountID, subject string) error {
	if err := tx.PutAccountLink(ctx, AccountLink{Subject: subject, AccountID: id, CreatedAt: now}); err != nil {
		return err
	}
	return a.recordLink(ctx, tx, by, now, id, subject)
}

// recordLink notes that the links of an account have changed.
func (a *Accounts) recordLink(ctx context.Context, tx Tx, by ticket.Actor, now time.Time, id ticket.AccountID, subject string) error {
	acc, err := tx.AccountByID(ctx, id)
	if err != nil {
		return err
	}
	return a.record(ctx, tx, by, now, EventUserUpdated, data{"account_id": id, "changed": []string{"links"}, "active": acc.Active},
		data{"username": acc.Username, "name": acc.Name, "subject": subject})
}

// UnlinkAccount ends a link; who acts there as the account is a member of their own again. One's own needs nothing, anybody else's what
// LinkAccount needs. A link that is not there is NotFound.
func (a *Accounts) UnlinkAccount(ctx context.Context, by ticket.Actor, id ticket.AccountID, subject string) error {
	now := a.now()
	return a.update(ctx, func(tx Tx) error {
		if err := a.ownLinks(ctx, tx, by, id, ticket.OpUserUpdate); err != nil {
			return err
		}
		if err := tx.DeleteAccountLink(ctx, id, subject); err != nil {
			return err
		}
		return a.recordLink(ctx, tx, by, now, id, subject)
	})
}

// AccountLinks lists the links of an account. One's own need nothing, anybody else's user:read.
func (a *Accounts) AccountLinks(ctx context.Context, by ticket.Actor, id ticket.AccountID) ([]AccountLink, error) {
	if err := a.ownLinks(ctx, a.cfg.Store, by, id, ticket.OpUserRead); err != nil {
		return nil, err
	}
	if _, err := a.cfg.Store.AccountByID(ctx, id); err != nil {
		return nil, err
	}
	return a.cfg.Store.AccountLinks(ctx, id)
}

func (a *Accounts) ownLinks(ctx context.Context, r Reader, by ticket.Actor, id ticket.AccountID, op ticket.Op) error {
	if by.Kind == ticket.ActorAccount && by.Account == id && id != "" {
		_, err := currentRights(ctx, r, by)
		return err
	}
	if tx, ok := r.(Tx); ok {
		_, err := a.subject(ctx, tx, by, op, id)
		return err
	}
	_, err := demand(ctx, r, by, op)
	return err
}

func checkSubject(subject string) error {
	clean, err := cleanLine("subject", subject, maxSubject)
	if err != nil {
		return err
	}
	if kind, id, ok := strings.Cut(clean, ":"); !ok || kind == "" || id == "" || clean != subject || len(subject) > maxSubject {
		return ticket.InvalidField("subject", "must be like discord:1200000000000000001")
	}
	return nil
}
