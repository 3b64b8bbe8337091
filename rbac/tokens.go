package rbac

import (
	"context"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// maxTokens of one account.
const maxTokens = 50

// NewToken is what CreateToken needs.
type NewToken struct {
	Account   ticket.AccountID // whose token it is; "" is the actor's own
	Name      string           // to tell tokens apart; 1 to 100 code points
	Scopes    []ticket.Op      // what it may do at most; at least one
	ExpiresAt time.Time        // zero = never
}

// CreateToken makes an API token and gives its secret, which is not kept and cannot be shown again. It needs token:own, or
// token:manage for somebody else's, and a sign-in: an API token cannot make another. No token gets a scope that its owner, or the actor, lacks at this moment (Denied); what the owner
// loses later the token loses too.
func (a *Accounts) CreateToken(ctx context.Context, by ticket.Actor, n NewToken) (Token, string, error) {
	if byToken(by) {
		return Token{}, "", errByToken()
	}
	now := a.now()
	name, err := cleanLine("name", n.Name, maxName)
	if err != nil {
		return Token{}, "", err
	}
	if name == "" {
		return Token{}, "", ticket.InvalidField("name", "must not be empty")
	}
	if len(n.Scopes) == 0 {
		return Token{}, "", ticket.InvalidField("scopes", "must name at least one permission")
	}
	for _, op := range n.Scopes {
		if !holds(rolePermissions[RoleAdmin], op) {
			return Token{}, "", ticket.InvalidField("scopes", "there is no permission %q", cutLine(string(op), 60))
		}
	}
	if !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now) {
		return Token{}, "", ticket.InvalidField("expires_at", "must be in the future")
	}
	owner := n.Account
	if owner == "" {
		owner = by.Account
	}
	if owner == "" {
		return Token{}, "", ticket.InvalidField("account", "must be given")
	}
	secret := tokenPrefix + randomText(tokenBytes)
	t := Token{ID: ticket.NewID(now), AccountID: owner, Name: name, Prefix: secret[:shownLen], Hash: hashToken(secret),
		Scopes: sortedOps(n.Scopes), CreatedAt: now}
	if !n.ExpiresAt.IsZero() {
		t.ExpiresAt = n.ExpiresAt.UTC().Truncate(time.Microsecond)
	}
	err = a.update(ctx, func(tx Tx) error { return a.insertToken(ctx, tx, by, now, &t) })
	if err != nil {
		return Token{}, "", err
	}
	return withoutSecret(t), secret, nil
}

func (a *Accounts) insertToken(ctx context.Context, tx Tx, by ticket.Actor, now time.Time, t *Token) error {
	have, err := mayManageTokens(ctx, tx, by, t.AccountID)
	if err != nil {
		return err
	}
	acc, err := tx.AccountByID(ctx, t.AccountID)
	if err != nil {
		return err
	}
	p, err := powerOf(ctx, tx, acc.ID)
	if err != nil {
		return err
	}
	owned := p.now(acc, t.Scopes, true)
	if len(owned.reach) < len(t.Scopes) || !have.covers(owned) {
		return &ticket.Error{Kind: ticket.Denied, Field: "scopes", Msg: "a token cannot do what its owner, or you, may not"}
	}
	list, err := tx.ListTokens(ctx, acc.ID)
	if err != nil {
		return err
	}
	if len(list) >= maxTokens {
		return ticket.Errorf(ticket.Conflict, "there are %d tokens already; revoke one first", len(list))
	}
	if err := tx.InsertToken(ctx, t); err != nil {
		return err
	}
	public := data{"account_id": t.AccountID, "token_id": t.ID, "scopes": t.Scopes}
	if !t.ExpiresAt.IsZero() {
		public["expires_at"] = t.ExpiresAt
	}
	return a.record(ctx, tx, by, now, EventTokenCreated, public, data{"name": t.Name, "prefix": t.Prefix})
}

// byToken reports whether the actor is there by an API token. Such an actor makes and revokes no tokens: one that ends tomorrow could
// otherwise make one that never ends.
func byToken(by ticket.Actor) bool {
	c, ok := by.Claims.(*Claims)
	return ok && c != nil && c.scoped
}

func errByToken() error {
	return &ticket.Error{Kind: ticket.Denied, Op: string(ticket.OpTokenOwn), Msg: "an API token cannot make or revoke tokens; sign in for that"}
}

// mayManageTokens gives the rights of an actor that may handle the tokens of an account.
func mayManageTokens(ctx context.Context, r Reader, by ticket.Actor, owner ticket.AccountID) (rights, error) {
	if by.Kind == ticket.ActorSystem || by.Account != owner {
		return demand(ctx, r, by, ticket.OpTokenManage)
	}
	have, err := currentRights(ctx, r, by)
	if err != nil {
		return rights{}, err
	}
	if have.grant(ticket.OpTokenOwn).Empty() {
		return rights{}, errMissing(ticket.OpTokenOwn)
	}
	return have, nil
}

// Tokens lists the API tokens of an account, without their hashes. It needs token:own, or token:manage for somebody else's.
func (a *Accounts) Tokens(ctx context.Context, by ticket.Actor, account ticket.AccountID) ([]Token, error) {
	if _, err := mayManageTokens(ctx, a.cfg.Store, by, account); err != nil {
		return nil, err
	}
	list, err := a.cfg.Store.ListTokens(ctx, account)
	if err != nil {
		return nil, err
	}
	out := make([]Token, 0, len(list))
	for _, t := range list {
		out = append(out, withoutSecret(t))
	}
	return out, nil
}

// RevokeToken ends an API token at once. It needs token:own, or token:manage for somebody else's. One that is gone or of another
// account is NotFound.
func (a *Accounts) RevokeToken(ctx context.Context, by ticket.Actor, account ticket.AccountID, id string) error {
	if byToken(by) {
		return errByToken()
	}
	now := a.now()
	return a.update(ctx, func(tx Tx) error {
		if _, err := mayManageTokens(ctx, tx, by, account); err != nil {
			return err
		}
		list, err := tx.ListTokens(ctx, account)
		if err != nil {
			return err
		}
		for _, t := range list {
			if t.ID != id {
				continue
			}
			if err := tx.DeleteToken(ctx, account, id); err != nil {
				return err
			}
			return a.record(ctx, tx, by, now, EventTokenRevoked, data{"account_id": account, "token_id": id},
				data{"name": t.Name, "prefix": t.Prefix})
		}
		return ticket.Errorf(ticket.NotFound, "there is no such token")
	})
}

// withoutSecret copies a token without its hash and with a name of its own for its strings.
func withoutSecret(t Token) Token {
	t.Hash = ""
	t.Prefix = strings.Clone(t.Prefix) // not a slice of the secret's memory
	return t
}
