package httpapi

import (
	"net/http"
	"time"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// userDTO is an account as user management sees it.
type userDTO struct {
	ID         ticket.AccountID `json:"id"`
	Username   string           `json:"username"`
	Role       string           `json:"role"`
	CreatedAt  stamp            `json:"created_at"`
	Name       string           `json:"name" doc:"display name; empty shows the username"`
	Active     bool             `json:"active"`
	MustChange bool             `json:"must_change_password"`
	External   bool             `json:"external" doc:"signs in with the host's own login"`
	Queues     []ticket.QueueID `json:"queues" doc:"the queues that the account is limited to; empty is no limit"`
	LastLogin  *stamp           `json:"last_login_at"`
	Grants     []grantDTO       `json:"grants" doc:"what the account was granted; role and queues are the short form"`
	Email      string           `json:"email" doc:"where they are told about tickets; empty is nowhere"`
}

func userOf(u rbac.User) userDTO {
	return userDTO{u.ID, u.Username, u.Role, stamp(u.CreatedAt), u.Name, u.Active, u.MustChange, u.External != "", filled(u.Queues), stampOf(u.LastLoginAt), grantDTOs(u.Grants), u.Email}
}

func (c *call) listUsers() error {
	limit, err := c.limit(ticket.MaxLimit)
	if err != nil {
		return err
	}
	users, err := c.api.accounts.ListUsers(c.ctx(), c.actor(), c.r.URL.Query().Get("cursor"), limit)
	if err != nil {
		return err
	}
	out := page[userDTO]{Items: make([]userDTO, 0, len(users))}
	for _, u := range users {
		out.Items = append(out.Items, userOf(u))
	}
	if len(users) == limit { // perhaps the last page, and then one more is empty: a count is not worth it
		out.Next = &users[limit-1].Username
	}
	return c.json(http.StatusOK, out)
}

// newUserDTO is what POST admin/users takes.
type newUserDTO struct {
	Username string           `json:"username" required:"true"`
	Password string           `json:"password" required:"true" doc:"8 to 128 characters"`
	Role     string           `json:"role" doc:"name of a role; left out where there are grants"`
	Name     string           `json:"name"`
	Queues   []ticket.QueueID `json:"queues" doc:"limits the role to these queues"`
	Email    string           `json:"email" doc:"where they are told about tickets; left out: the username if that is an address"`
	Grants   []grantDTO       `json:"grants" doc:"instead of role and queues, for who needs several"`
}

func (c *call) createUser() error {
	var in newUserDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	u, err := c.api.accounts.CreateUser(c.ctx(), c.actor(), rbac.NewUser{Username: in.Username, Name: in.Name, Email: in.Email, Role: in.Role, Password: in.Password, Queues: in.Queues, Grants: grantsIn(in.Grants)})
	if err != nil {
		return err
	}
	return c.json(http.StatusCreated, userOf(u))
}

// editUserDTO is what PATCH admin/users/{id} takes.
type editUserDTO struct {
	Role     *string           `json:"role" doc:"name of a role; becomes that of every grant"`
	Active   *bool             `json:"active"`
	Password *string           `json:"password"`
	Name     *string           `json:"name"`
	Queues   *[]ticket.QueueID `json:"queues" doc:"limits the role to these queues"`
	Email    *string           `json:"email" doc:"empty is nowhere"`
	Grants   *[]grantDTO       `json:"grants" doc:"replaces all; not together with role or queues"`
}

func (c *call) editUser() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	var in editUserDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	change := rbac.UserChange{Name: in.Name, Email: in.Email, Role: in.Role, Active: in.Active, Password: in.Password, Queues: in.Queues}
	if in.Grants != nil {
		list := grantsIn(*in.Grants)
		change.Grants = &list
	}
	u, err := c.api.accounts.UpdateUser(c.ctx(), c.actor(), ticket.AccountID(id), change)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, userOf(u))
}

func (c *call) deleteUser() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	if err := c.api.accounts.DeleteUser(c.ctx(), c.actor(), ticket.AccountID(id)); err != nil {
		return err
	}
	return c.empty()
}

// tokenDTO is an API token without its secret.
type tokenDTO struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Prefix    string      `json:"prefix" doc:"first characters of the secret, to recognise it by"`
	Scopes    []ticket.Op `json:"scopes" doc:"what it may do at most"`
	CreatedAt stamp       `json:"created_at"`
	ExpiresAt *stamp      `json:"expires_at"`
	LastUsed  *stamp      `json:"last_used_at"`
}

// createdTokenDTO is the one answer that has the secret.
type createdTokenDTO struct {
	Token  tokenDTO `json:"token"`
	Secret string   `json:"secret" doc:"shown this once"`
}

func tokenOf(t rbac.Token) tokenDTO {
	return tokenDTO{t.ID, t.Name, t.Prefix, filled(t.Scopes), stamp(t.CreatedAt), stampOf(t.ExpiresAt), stampOf(t.LastUsed)}
}

func (c *call) listTokens() error { return c.tokensOf(c.who.Account.ID) }

func (c *call) tokensOf(account ticket.AccountID) error {
	all, err := c.api.accounts.Tokens(c.ctx(), c.actor(), account)
	if err != nil {
		return err
	}
	out := page[tokenDTO]{Items: make([]tokenDTO, 0, len(all))}
	for _, t := range all {
		out.Items = append(out.Items, tokenOf(t))
	}
	return c.json(http.StatusOK, out)
}

// newTokenDTO is what POST tokens takes.
type newTokenDTO struct {
	Name      string      `json:"name" required:"true"`
	Scopes    []ticket.Op `json:"scopes" required:"true" doc:"permissions, at least one"`
	ExpiresAt *time.Time  `json:"expires_at" doc:"left out: never"`
}

func (c *call) createToken() error {
	var in newTokenDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	n := rbac.NewToken{Account: c.who.Account.ID, Name: in.Name, Scopes: in.Scopes}
	if in.ExpiresAt != nil {
		n.ExpiresAt = *in.ExpiresAt
	}
	t, secret, err := c.api.accounts.CreateToken(c.ctx(), c.actor(), n)
	if err != nil {
		return err
	}
	return c.json(http.StatusCreated, createdTokenDTO{tokenOf(t), secret})
}

func (c *call) revokeToken() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	if err := c.api.accounts.RevokeToken(c.ctx(), c.actor(), c.who.Account.ID, id); err != nil {
		return err
	}
	return c.empty()
}
