package pages

import (
	"net/http"
	"slices"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// usersPage is a page of all accounts.
type usersPage struct {
	*view
	Users   []rbac.User
	Roles   []string
	Queues  []ticket.Queue
	After   string
	Older   string // where the list goes on
	Problem string
	Field   string
	Kept    keptForm
}

const usersPerPage = 50

func (v *view) usersPage() error { return v.renderUsers(http.StatusOK, usersPage{}) }

func (v *view) renderUsers(status int, p usersPage) error {
	v.Title, v.Nav, p.view = v.T("users.title"), "users", v
	p.After = v.r.URL.Query().Get("after")
	var err error
	if p.Roles, err = v.roleNames(); err != nil {
		return err
	}
	if p.Users, err = v.site.accounts.ListUsers(v.r.Context(), v.actor(), p.After, usersPerPage); err != nil {
		return err
	}
	if len(p.Users) == usersPerPage {
		p.Older = p.Users[usersPerPage-1].Username
	}
	if p.Queues, err = v.site.service.Queues(v.r.Context(), v.actor()); err != nil {
		return err
	}
	return v.render(status, "users", p)
}

// roleNames are the roles to choose from.
func (v *view) roleNames() ([]string, error) {
	list, err := v.site.accounts.Roles(v.r.Context(), v.actor())
	names := make([]string, 0, len(list))
	for _, r := range list {
		names = append(names, r.Name)
	}
	return names, err
}

func (v *view) createUser() error {
	_, err := v.site.accounts.CreateUser(v.r.Context(), v.actor(), rbac.NewUser{Username: v.field("username"), Name: v.field("name"), Email: v.field("email"),
		Role: v.field("role"), Password: v.r.PostFormValue("password"), Queues: queueIDs(v.r.PostForm["queue"])})
	switch ticket.KindOf(err) {
	case "":
		return v.redirect("/users", "user_created")
	case ticket.Invalid, ticket.Conflict:
		p := v.problem(err)
		kept := keptForm(v.r.PostForm)
		delete(kept, "password")
		return v.renderUsers(statusOf(err), usersPage{Problem: v.explain(err), Field: p.Field, Kept: kept})
	}
	return err
}

func queueIDs(in []string) []ticket.QueueID {
	out := make([]ticket.QueueID, 0, len(in))
	for _, s := range in {
		if s != "" {
			out = append(out, ticket.QueueID(s))
		}
	}
	return out
}

// userPage is one account with what can be changed.
type userPage struct {
	*view
	User    rbac.User
	Display string // name that others see
	Roles   []string
	Queues  []ticket.Queue
	Problem string
	Kept    keptForm
}

// Several lists the grants of an account that role and queues alone cannot say: "role: queue". The page shows them and leaves them as they
// are.
func (p userPage) Several() []string {
	plain := true
	for _, g := range p.User.Grants {
		plain = plain && g.Role == p.User.Role
	}
	if plain {
		return nil
	}
	var out []string
	for _, g := range p.User.Grants {
		queue := p.T("users.grants.all")
		for _, q := range p.Queues {
			if q.ID == g.Queue {
				queue = q.Name
			}
		}
		if g.Queue != "" && queue == p.T("users.grants.all") {
			queue = p.T("users.grants.hidden")
		}
		out = append(out, p.RoleName(g.Role)+": "+queue)
	}
	return out
}

// Unseen lists the limits to queues that the person who looks does not see: they stay.
func (p userPage) Unseen() []ticket.QueueID {
	return slices.DeleteFunc(slices.Clone(p.User.Queues), func(id ticket.QueueID) bool {
		return slices.ContainsFunc(p.Queues, func(q ticket.Queue) bool { return q.ID == id })
	})
}

// Limited reports whether the account is limited to a queue.
func (p userPage) Limited(id ticket.QueueID) bool {
	return p.Kept.Has("queue", string(id), slices.Contains(p.User.Queues, id))
}

func (v *view) userID() ticket.AccountID { return ticket.AccountID(v.r.PathValue("id")) }

func (v *view) userPage() error { return v.renderUser(http.StatusOK, nil, nil) }

func (v *view) renderUser(status int, failed error, kept keptForm) error {
	u, err := v.site.accounts.User(v.r.Context(), v.actor(), v.userID())
	if err != nil {
		return err
	}
	p := userPage{view: v, User: u, Display: u.DisplayName(), Kept: kept}
	if p.Roles, err = v.roleNames(); err != nil {
		return err
	}
	if p.Queues, err = v.site.service.Queues(v.r.Context(), v.actor()); err != nil {
		return err
	}
	if failed != nil {
		p.Problem = v.explain(failed)
	}
	v.Title, v.Nav = u.DisplayName(), "users"
	return v.render(status, "user", p)
}

// changeUser applies c and shows the page again when it is refused for a reason that the person can mend.
func (v *view) changeUser(c rbac.UserChange, done string) error {
	_, err := v.site.accounts.UpdateUser(v.r.Context(), v.actor(), v.userID(), c)
	switch ticket.KindOf(err) {
	case "":
		return v.redirect("/users/"+string(v.userID()), done)
	case ticket.Invalid, ticket.Conflict, ticket.Stale:
		kept := keptForm(v.r.PostForm)
		delete(kept, "password")
		return v.renderUser(statusOf(err), err, kept)
	}
	return err
}

func (v *view) updateUser() error {
	name, active := v.field("name"), v.field("active") == "yes"
	c := rbac.UserChange{Name: &name, Active: &active}
	if v.r.PostForm.Has("email") {
		email := v.field("email")
		c.Email = &email
	}
	if v.r.PostForm.Has("role") { // absent from the form of who has several
		role, queues := v.field("role"), queueIDs(v.r.PostForm["queue"])
		c.Role, c.Queues = &role, &queues
	}
	return v.changeUser(c, "user_saved")
}

// resetPassword shows nothing of its form again: the other one on the page keeps what is stored.
func (v *view) resetPassword() error {
	password := v.r.PostFormValue("password")
	_, err := v.site.accounts.UpdateUser(v.r.Context(), v.actor(), v.userID(), rbac.UserChange{Password: &password})
	switch ticket.KindOf(err) {
	case "":
		return v.redirect("/users/"+string(v.userID()), "password_reset")
	case ticket.Invalid, ticket.Conflict, ticket.Stale:
		return v.renderUser(statusOf(err), err, nil)
	}
	return err
}

func (v *view) deleteUserPage() error { return v.confirmDeleteUser(http.StatusOK, nil) }

func (v *view) confirmDeleteUser(status int, failed error) error {
	u, err := v.site.accounts.User(v.r.Context(), v.actor(), v.userID())
	if err != nil {
		return err
	}
	v.Title, v.Nav = v.T("user.delete.title", u.DisplayName()), "users"
	c := confirmPage{view: v, Text: v.T("user.delete.text"), Action: v.URL("/users/%s/delete", u.ID), Button: v.T("user.delete.button"),
		Cancel: v.URL("/users/%s", u.ID)}
	if failed != nil {
		c.Problem = v.explain(failed)
	}
	return v.render(status, "confirm", c)
}

func (v *view) deleteUser() error {
	err := v.site.accounts.DeleteUser(v.r.Context(), v.actor(), v.userID())
	switch ticket.KindOf(err) {
	case "":
		return v.redirect("/users", "user_deleted")
	case ticket.Conflict:
		return v.confirmDeleteUser(statusOf(err), err)
	}
	return err
}

// confirmPage asks once more before something is gone for good.
type confirmPage struct {
	*view
	Text    string
	Action  string
	Button  string
	Cancel  string
	Version ticket.Version // of a ticket; 0 otherwise
	Problem string
}
