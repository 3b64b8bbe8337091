package discordtest

// Permissions are Discord's bits.
type Permissions uint64

// The permissions that the Server looks at.
const (
	Administrator         Permissions = 1 << 3
	ManageChannels        Permissions = 1 << 4
	ViewChannel           Permissions = 1 << 10
	SendMessages          Permissions = 1 << 11
	ManageMessages        Permissions = 1 << 13
	EmbedLinks            Permissions = 1 << 14
	AttachFiles           Permissions = 1 << 15
	ReadMessageHistory    Permissions = 1 << 16
	MentionEveryone       Permissions = 1 << 17
	ManageRoles           Permissions = 1 << 28
	ManageWebhooks        Permissions = 1 << 29
	UseCommands           Permissions = 1 << 31
	ManageThreads         Permissions = 1 << 34
	CreatePublicThreads   Permissions = 1 << 35
	CreatePrivateThreads  Permissions = 1 << 36
	SendMessagesInThreads Permissions = 1 << 38

	all Permissions = 1<<53 - 1
	// Everyday is what @everyone has in a new guild.
	Everyday = ViewChannel | SendMessages | EmbedLinks | AttachFiles | ReadMessageHistory | UseCommands | CreatePublicThreads | SendMessagesInThreads
)

// Overwrite changes permissions in one channel for a role (Member false) or a member.
type Overwrite struct {
	ID          string
	Member      bool
	Allow, Deny Permissions
}

// base are the permissions of a member in the whole guild.
func (g *guild) base(m *member) Permissions {
	if m.user.id == g.owner {
		return all
	}
	p := g.roles[g.id].perms
	for _, id := range m.roles {
		if r := g.roles[id]; r != nil {
			p |= r.perms
		}
	}
	if p&Administrator != 0 {
		return all
	}
	return p
}

// permissions are those of a member in a channel; a thread has its parent's, and a private one is for its members and ManageThreads.
func (c *channel) permissions(m *member) Permissions {
	if c.guild == nil {
		return all
	}
	if m == nil {
		return 0
	}
	if c.isThread() {
		p := c.parent.permissions(m)
		if c.typ == privateThread && !c.members[m.user.id] && p&ManageThreads == 0 {
			return 0
		}
		return p
	}
	p := c.guild.base(m)
	if p == all {
		return p
	}
	var allow, deny Permissions
	for _, o := range c.overwrites {
		if o.ID == c.guild.id {
			p = p&^o.Deny | o.Allow
		}
	}
	for _, o := range c.overwrites {
		if !o.Member && o.ID != c.guild.id && m.has(o.ID) {
			allow, deny = allow|o.Allow, deny|o.Deny
		}
	}
	p = p&^deny | allow
	for _, o := range c.overwrites {
		if o.Member && o.ID == m.user.id {
			p = p&^o.Deny | o.Allow
		}
	}
	if p&ViewChannel == 0 {
		return 0
	}
	return p
}
