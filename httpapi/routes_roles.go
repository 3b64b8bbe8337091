package httpapi

import (
	"net/http"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func roleRoutes() []route {
	return []route{
		{method: get, path: "/admin/permissions", id: "listPermissions", summary: "What roles and API tokens may hold", status: 200, answer: page[permissionDTO]{}, run: (*call).listPermissions},
		{method: get, path: "/admin/roles", id: "listRoles", summary: "All roles, the built-in ones first", op: ticket.OpUserRead, status: 200, answer: page[roleDTO]{}, run: (*call).listRoles},
		{method: post, path: "/admin/roles", id: "createRole", summary: "Make a role; nobody grants what they lack", op: ticket.OpRoleManage, body: newRoleDTO{}, status: 201, answer: roleDTO{}, etag: true, run: (*call).createRole},
		{method: edit, path: "/admin/roles/{id}", id: "editRole", summary: "Change a role; it counts from the next request of everybody who has it", op: ticket.OpRoleManage, body: editRoleDTO{}, status: 200, answer: roleDTO{}, etag: true, match: true, run: (*call).editRole},
		{method: del, path: "/admin/roles/{id}", id: "deleteRole", summary: "Delete a role; 409 while somebody has it", op: ticket.OpRoleManage, status: 204, match: true, run: (*call).deleteRole},

		{method: get, path: "/admin/users/{id}/tokens", id: "listUserTokens", summary: "The API tokens of an account", op: ticket.OpTokenManage, status: 200, answer: page[tokenDTO]{}, run: (*call).listUserTokens},
		{method: del, path: "/admin/users/{id}/tokens/{tid}", id: "revokeUserToken", summary: "End an API token of an account", op: ticket.OpTokenManage, status: 204, run: (*call).revokeUserToken},
	}
}

// grantDTO gives a role to an account.
type grantDTO struct {
	Role  string         `json:"role" required:"true" doc:"name of a role"`
	Queue ticket.QueueID `json:"queue" doc:"id of the queue that it is for; empty or left out: the whole desk"`
}

func grantDTOs(list []rbac.Grant) []grantDTO {
	out := make([]grantDTO, 0, len(list))
	for _, g := range list {
		out = append(out, grantDTO(g))
	}
	return out
}

// grantsIn is nil when there are none, and so unlike an empty list.
func grantsIn(list []grantDTO) []rbac.Grant {
	if list == nil {
		return nil
	}
	out := make([]rbac.Grant, 0, len(list))
	for _, g := range list {
		out = append(out, rbac.Grant(g))
	}
	return out
}

// permissionDTO is a permission that exists.
type permissionDTO struct {
	Permission ticket.Op    `json:"permission"`
	Scopes     []rbac.Scope `json:"scopes" doc:"that a role may give it with; empty: it has none"`
}

func (c *call) listPermissions() error {
	out := page[permissionDTO]{Items: []permissionDTO{}}
	for _, op := range rbac.AllPermissions() {
		p := permissionDTO{op, []rbac.Scope{}}
		if rbac.Readable(op) {
			p.Scopes = []rbac.Scope{rbac.Own, rbac.InQueues, rbac.Whole}
		}
		out.Items = append(out.Items, p)
	}
	return c.json(http.StatusOK, out)
}

// rolePermissionDTO is a permission as a role gives it.
type rolePermissionDTO struct {
	Permission ticket.Op  `json:"permission" required:"true"`
	Scope      rbac.Scope `json:"scope" enum:"own,queue,all" doc:"of a permission to read: own tickets, those of the queues that the role is granted for, or all whatever the grant; left out: queue"`
}

// roleDTO is a role.
type roleDTO struct {
	Name        string              `json:"name"`
	Description string              `json:"description"`
	Permissions []rolePermissionDTO `json:"permissions"`
	Builtin     bool                `json:"builtin" doc:"cannot be changed"`
	Version     int64               `json:"version" doc:"0 for built-in roles"`
	CreatedAt   *stamp              `json:"created_at"`
	UpdatedAt   *stamp              `json:"updated_at"`
}

func roleOf(r rbac.Role) roleDTO {
	out := roleDTO{Name: r.Name, Description: r.Description, Permissions: []rolePermissionDTO{}, Builtin: r.Builtin, Version: r.Version,
		CreatedAt: stampOf(r.CreatedAt), UpdatedAt: stampOf(r.UpdatedAt)}
	for _, p := range r.Permissions {
		out.Permissions = append(out.Permissions, rolePermissionDTO{p.Op, p.Scope})
	}
	return out
}

func permissionsIn(list []rolePermissionDTO) []rbac.Permission {
	out := make([]rbac.Permission, 0, len(list))
	for _, p := range list {
		out = append(out, rbac.Permission{Op: p.Permission, Scope: p.Scope})
	}
	return out
}

// role answers with one role and its entity tag.
func (c *call) role(status int, r rbac.Role) error {
	c.w.Header().Set("ETag", entityTag(ticket.Version(r.Version)))
	return c.json(status, roleOf(r))
}

func (c *call) listRoles() error {
	list, err := c.api.accounts.Roles(c.ctx(), c.actor())
	if err != nil {
		return err
	}
	out := page[roleDTO]{Items: make([]roleDTO, 0, len(list))}
	for _, r := range list {
		out.Items = append(out.Items, roleOf(r))
	}
	return c.json(http.StatusOK, out)
}

// newRoleDTO is what POST admin/roles takes.
type newRoleDTO struct {
	Name        string              `json:"name" required:"true" doc:"a lower-case letter, then letters, digits, - and _; at most 40"`
	Description string              `json:"description"`
	Permissions []rolePermissionDTO `json:"permissions" required:"true" doc:"at least one"`
}

func (c *call) createRole() error {
	var in newRoleDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	r, err := c.api.accounts.CreateRole(c.ctx(), c.actor(), rbac.NewRole{Name: in.Name, Description: in.Description, Permissions: permissionsIn(in.Permissions)})
	if err != nil {
		return err
	}
	return c.role(http.StatusCreated, r)
}

// editRoleDTO is what PATCH admin/roles/{id} takes.
type editRoleDTO struct {
	Description *string              `json:"description"`
	Permissions *[]rolePermissionDTO `json:"permissions" doc:"replaces all"`
}

func (c *call) editRole() error {
	name, err := c.pathID("id")
	if err != nil {
		return err
	}
	var in editRoleDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	v, err := c.ifMatch()
	if err != nil {
		return err
	}
	change := rbac.RoleChange{Description: in.Description}
	if in.Permissions != nil {
		list := permissionsIn(*in.Permissions)
		change.Permissions = &list
	}
	r, err := c.api.accounts.UpdateRole(c.ctx(), c.actor(), name, int64(v), change)
	if err != nil {
		return err
	}
	return c.role(http.StatusOK, r)
}

func (c *call) deleteRole() error {
	name, err := c.pathID("id")
	if err != nil {
		return err
	}
	v, err := c.ifMatch()
	if err != nil {
		return err
	}
	if err := c.api.accounts.DeleteRole(c.ctx(), c.actor(), name, int64(v)); err != nil {
		return err
	}
	return c.empty()
}

func (c *call) listUserTokens() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	return c.tokensOf(ticket.AccountID(id))
}

func (c *call) revokeUserToken() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	tid, err := c.pathID("tid")
	if err != nil {
		return err
	}
	if err := c.api.accounts.RevokeToken(c.ctx(), c.actor(), ticket.AccountID(id), tid); err != nil {
		return err
	}
	return c.empty()
}
