package rbac

import (
	"context"

	"github.com/ticketkit/ticketkit/ticket"
)

// Subjects lists how other logins know an account, such as a channel in which its person acts: what EnsureExternal and EnsureMember were called
// with. It is for system actors.
func (a *Accounts) Subjects(ctx context.Context, by ticket.Actor, id ticket.AccountID) ([]string, error) {
	if by.Kind != ticket.ActorSystem {
		return nil, ticket.Errorf(ticket.Denied, "only a channel may ask")
	}
	acc, err := a.cfg.Store.AccountByID(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []string
	if acc.External != "" {
		out = append(out, acc.External)
	}
	return out, nil
}
