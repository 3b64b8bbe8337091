package discordtest

import "strconv"

func overwrites(v any) ([]Overwrite, *apiError) {
	var out []Overwrite
	in, _ := v.([]any)
	for _, e := range in {
		o, _ := e.(obj)
		w, err := overwrite(str(o["id"]), o)
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

func overwrite(id string, o obj) (Overwrite, *apiError) {
	allow, err := permissions(o["allow"])
	if err != nil {
		return Overwrite{}, err
	}
	deny, err := permissions(o["deny"])
	return Overwrite{ID: id, Member: num(o["type"]) == 1, Allow: allow, Deny: deny}, err
}

// permissions reads a bit field, which is a string or a number.
func permissions(v any) (Permissions, *apiError) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case float64:
		return Permissions(v), nil
	case string:
		if n, err := strconv.ParseUint(v, 10, 64); err == nil {
			return Permissions(n), nil
		}
	}
	return 0, invalid("permissions", "NUMBER_TYPE_COERCE", "Value is not a bit field.")
}

// mayOverwrite refuses what the bot does not have itself, and ManageRoles to everybody but administrators.
func mayOverwrite(g *guild, me *member, ows []Overwrite) *apiError {
	have := g.base(me)
	if have == all {
		return nil
	}
	for _, o := range ows {
		if bad := (o.Allow | o.Deny) &^ have; bad != 0 || (o.Allow|o.Deny)&ManageRoles != 0 {
			return errPermissions
		}
	}
	return nil
}

func putOverwrite(c *call) (int, any, *apiError) {
	ch, p, err := c.channel()
	if err != nil {
		return 0, nil, err
	}
	if p&ManageRoles == 0 || ch.isThread() {
		return 0, nil, errPermissions
	}
	w, err := overwrite(c.r.PathValue("overwrite_id"), c.body)
	if err != nil {
		return 0, nil, err
	}
	if w.Member && c.s.users[w.ID] == nil {
		return 0, nil, errUnknownUser
	}
	if !w.Member && ch.guild.roles[w.ID] == nil {
		return 0, nil, errUnknownRole
	}
	if err := mayOverwrite(ch.guild, ch.botMember(c.s), []Overwrite{w}); err != nil {
		return 0, nil, err
	}
	ch.overwrites = append(without(ch.overwrites, w.ID), w)
	c.s.dispatch(ch.guild, IntentGuilds, "CHANNEL_UPDATE", ch.wire())
	return 204, nil, nil
}

func deleteOverwrite(c *call) (int, any, *apiError) {
	ch, p, err := c.channel()
	if err != nil {
		return 0, nil, err
	}
	if p&ManageRoles == 0 {
		return 0, nil, errPermissions
	}
	rest := without(ch.overwrites, c.r.PathValue("overwrite_id"))
	if len(rest) == len(ch.overwrites) {
		return 0, nil, errUnknownOverwrite
	}
	ch.overwrites = rest
	c.s.dispatch(ch.guild, IntentGuilds, "CHANNEL_UPDATE", ch.wire())
	return 204, nil, nil
}

func without(ows []Overwrite, id string) []Overwrite {
	var out []Overwrite
	for _, o := range ows {
		if o.ID != id {
			out = append(out, o)
		}
	}
	return out
}
