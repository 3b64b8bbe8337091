package discord

import (
	"maps"
	"slices"

	"github.com/ticketkit/ticketkit/rbac"
)

// deskRole is the role of the desk that a member has by their roles in Discord; "" when none of those decides.
func (d *Discord) deskRole(m *dMember) string {
	if m == nil {
		return ""
	}
	var has []string
	for _, id := range m.Roles {
		if r := d.cfg.DeskRoles[id]; r != "" {
			has = append(has, r)
		}
	}
	for _, strong := range rbac.Roles() {
		if slices.Contains(has, strong) {
			return strong
		}
	}
	slices.Sort(has)
	if len(has) > 0 {
		return has[0]
	}
	return ""
}

// deskRoleIDs are the roles of Discord that stand for one of the desk, but for those that only read.
func (d *Discord) deskRoleIDs() (out []string) {
	for _, id := range slices.Sorted(maps.Keys(d.cfg.DeskRoles)) {
		if d.cfg.DeskRoles[id] != rbac.RoleViewer {
			out = append(out, id)
		}
	}
	return out
}

func goodRoles(roles map[string]string) bool {
	for id, role := range roles {
		if !snowflake.MatchString(id) || role == "" {
			return false
		}
	}
	return true
}
