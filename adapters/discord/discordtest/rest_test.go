package discordtest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
)

func row(components ...any) []any { return []any{obj{"type": 1, "components": components}} }

func button(id, label string) obj {
	return obj{"type": 2, "style": 1, "custom_id": id, "label": label}
}

func choice(id string, values ...string) obj {
	options := []any{}
	for _, v := range values {
		options = append(options, obj{"label": v, "value": v})
	}
	return obj{"type": 3, "custom_id": id, "options": options}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	w := setup(t)
	at := "/channels/" + w.help.ID + "/messages"
	a := w.do("POST", at, obj{"content": "Hello", "embeds": []any{obj{"title": "T", "fields": []any{obj{"name": "a", "value": "b"}}, "footer": obj{"text": "f"}}}, "components": row(button("x", "X"))})
	require.Equal(t, 200, a.status)
	id := a.str("id")
	require.Equal(t, 200, w.do("POST", at, obj{"content": "Choose", "components": row(choice("c", "one", "two"))}).status)
	require.Equal(t, 200, w.do("PATCH", at+"/"+id, obj{"content": "Hello again"}).status)
	mine, err := w.erika.Reply(w.help.ID, id, "Good morning")
	require.NoError(t, err)
	require.Equal(t, "Good morning", w.do("GET", at+"/"+mine.ID, nil).str("content"))
	require.Equal(t, 403, w.do("PATCH", at+"/"+mine.ID, obj{"content": "forged"}).status)

	got := w.erika.Messages(w.help.ID)
	require.Len(t, got, 3)
	require.Equal(t, "Hello again", got[0].Content)
	require.True(t, got[0].Edited)
	require.Equal(t, [][2]string{{"a", "b"}}, got[0].Embeds[0].Fields)
	require.Equal(t, "x", got[0].Components[0].CustomID)
	require.Equal(t, []string{"one", "two"}, got[1].Components[0].Options)
	require.Equal(t, id, got[2].Reference)

	page := w.do("GET", at+"?limit=2&after="+id, nil).body.([]any)
	require.Len(t, page, 2)
	require.Equal(t, mine.ID, page[0].(obj)["id"], "the newest comes first")
	require.Equal(t, 204, w.do("PUT", "/channels/"+w.help.ID+"/messages/pins/"+id, nil).status)
	require.Equal(t, 204, w.do("DELETE", at+"/"+id, nil).status)
	require.Equal(t, 10008, w.do("GET", at+"/"+id, nil).code())
	require.Equal(t, 10003, w.do("GET", "/channels/1/messages", nil).code())
}

func TestNonces(t *testing.T) {
	t.Parallel()
	w := setup(t)
	at := "/channels/" + w.help.ID + "/messages"
	m := obj{"content": "once", "nonce": "n1", "enforce_nonce": true}
	first := w.do("POST", at, m).str("id")
	require.Equal(t, first, w.do("POST", at, m).str("id"))
	require.Len(t, w.g.Messages(w.help.ID), 1)
	w.clock.add(10 * time.Minute)
	require.NotEqual(t, first, w.do("POST", at, m).str("id"), "Discord forgets a nonce")
	require.Equal(t, 400, w.do("POST", at, obj{"content": "x", "nonce": strings.Repeat("n", 26)}).status)
}

func TestMessageLimits(t *testing.T) {
	t.Parallel()
	w := setup(t)
	long := func(n int) string { return strings.Repeat("ü", n) }
	for name, m := range map[string]obj{
		"empty":                {},
		"content":              {"content": long(2001)},
		"embed title":          {"embeds": []any{obj{"title": long(257)}}},
		"embeds together":      {"embeds": []any{obj{"description": long(4000)}, obj{"description": long(2001)}}},
		"empty field":          {"embeds": []any{obj{"fields": []any{obj{"name": "a", "value": ""}}}}},
		"six rows":             {"components": append(append(append(row(button("a", "a")), row(button("b", "b"))...), row(button("c", "c"))...), append(append(row(button("d", "d")), row(button("e", "e"))...), row(button("f", "f"))...)...)},
		"six buttons":          {"components": row(button("a", "a"), button("b", "b"), button("c", "c"), button("d", "d"), button("e", "e"), button("f", "f"))},
		"custom id":            {"components": row(button(long(101), "a"))},
		"no custom id":         {"components": row(button("", "a"))},
		"the same id twice":    {"components": row(button("a", "a"), button("a", "b"))},
		"label":                {"components": row(button("a", long(81)))},
		"no label":             {"components": row(button("a", ""))},
		"no options":           {"components": row(choice("a"))},
		"two selects in a row": {"components": row(choice("a", "1"), choice("b", "1"))},
		"a text input":         {"components": row(obj{"type": 4, "custom_id": "a", "label": "a", "style": 1})},
	} {
		a := w.do("POST", "/channels/"+w.help.ID+"/messages", m)
		require.Equal(t, 400, a.status, name)
	}
	require.Empty(t, w.g.Messages(w.help.ID))
	require.Equal(t, 200, w.do("POST", "/channels/"+w.help.ID+"/messages", obj{"content": long(2000)}).status, "characters count, not bytes")
}

func TestFiles(t *testing.T) {
	t.Parallel()
	w := setup(t)
	data := []byte("\x00\xff binary\r\n")
	a := w.upload(w.help.ID, obj{"content": "see", "attachments": []any{obj{"id": "0", "filename": "a.bin"}}}, discordtest.File{Name: "../a.bin", Data: data})
	require.Equal(t, 200, a.status)
	at := a.body.(obj)["attachments"].([]any)[0].(obj)
	require.Equal(t, "a.bin", at["filename"])
	require.Equal(t, data, w.g.Messages(w.help.ID)[0].Files[0].Data)
	get := func() (int, []byte) {
		req, err := http.NewRequestWithContext(t.Context(), "GET", at["url"].(string), nil)
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		b, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, b
	}
	status, got := get()
	require.Equal(t, 200, status)
	require.Equal(t, data, got)
	w.clock.add(25 * time.Hour)
	status, _ = get()
	require.Equal(t, 404, status, "links expire")
}

func TestMentions(t *testing.T) {
	t.Parallel()
	w := setup(t)
	role := w.g.AddRole("support", 0)
	text := "<@" + w.erika.ID + "> <@&" + role + "> @everyone"
	post := func(allowed any) discordtest.Message {
		m := obj{"content": text}
		if allowed != nil {
			m["allowed_mentions"] = allowed
		}
		require.Equal(t, 200, w.do("POST", "/channels/"+w.help.ID+"/messages", m).status)
		all := w.g.Messages(w.help.ID)
		return all[len(all)-1]
	}
	require.Equal(t, []string{w.erika.ID, role}, post(nil).Pinged)
	require.False(t, post(nil).PingedEveryone, "the bot may not")
	require.Empty(t, post(obj{"parse": []any{}}).Pinged)
	require.Equal(t, []string{role}, post(obj{"parse": []any{}, "roles": []any{role}}).Pinged)
	require.Equal(t, []string{w.erika.ID}, post(obj{"parse": []any{"users"}}).Pinged)
	w.g.SetBotPermissions(discordtest.Everyday | discordtest.MentionEveryone)
	require.True(t, post(nil).PingedEveryone)
	require.False(t, post(obj{"parse": []any{}}).PingedEveryone)
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	w := setup(t)
	support := w.g.AddRole("support", 0)
	anna := w.g.AddUser("anna", support)
	deny := discordtest.Overwrite{ID: w.g.ID, Deny: discordtest.ViewChannel}
	view := discordtest.ViewChannel | discordtest.SendMessages | discordtest.ReadMessageHistory
	a := w.do("POST", "/guilds/"+w.g.ID+"/channels", obj{"name": "My Ticket", "type": 0, "permission_overwrites": []any{
		obj{"id": w.g.ID, "type": 0, "deny": "1024"},
		obj{"id": support, "type": 0, "allow": "68608"},
		obj{"id": w.d.ApplicationID(), "type": 1, "allow": "68608"},
	}})
	require.Equal(t, 201, a.status)
	require.Equal(t, "my-ticket", a.str("name"))
	id := a.str("id")
	sees := func(u *discordtest.User) bool {
		for _, ch := range u.Channels() {
			if ch.ID == id {
				return true
			}
		}
		return false
	}
	require.True(t, sees(anna))
	require.False(t, sees(w.erika))
	_, err := w.erika.Write(id, "let me in")
	require.ErrorIs(t, err, discordtest.ErrForbidden)
	require.Nil(t, w.erika.Messages(id))
	require.Equal(t, 204, w.do("PUT", "/channels/"+id+"/permissions/"+w.erika.ID, obj{"type": 1, "allow": "68608"}).status)
	require.True(t, sees(w.erika))
	_, err = w.erika.Write(id, "thanks")
	require.NoError(t, err)
	require.Equal(t, 204, w.do("DELETE", "/channels/"+id+"/permissions/"+w.erika.ID, nil).status)
	require.False(t, sees(w.erika))
	require.Equal(t, 10009, w.do("DELETE", "/channels/"+id+"/permissions/"+w.erika.ID, nil).code())

	require.Equal(t, 50013, w.do("POST", "/guilds/"+w.g.ID+"/channels", obj{"name": "x", "permission_overwrites": []any{obj{"id": support, "type": 0, "allow": "8"}}}).code(),
		"nobody hands out what they do not have")
	hidden := w.g.AddChannel(discordtest.NewChannel{Name: "hidden", Overwrites: []discordtest.Overwrite{deny}})
	require.Equal(t, 50001, w.do("GET", "/channels/"+hidden.ID, nil).code())
	open := w.g.AddChannel(discordtest.NewChannel{Name: "quiet", Overwrites: []discordtest.Overwrite{{ID: w.d.ApplicationID(), Member: true, Allow: view, Deny: discordtest.SendMessages}}})
	require.Equal(t, 200, w.do("GET", "/channels/"+open.ID, nil).status)
	w.g.SetBotPermissions(discordtest.Everyday)
	require.Equal(t, 50013, w.do("POST", "/guilds/"+w.g.ID+"/channels", obj{"name": "x"}).code())
	require.Equal(t, 50013, w.do("DELETE", "/channels/"+w.help.ID, nil).code())
	require.Equal(t, 50013, w.do("PUT", "/channels/"+id+"/permissions/"+w.erika.ID, obj{"type": 1, "allow": "1024"}).code())
}

func TestCategoriesAreFull(t *testing.T) {
	t.Parallel()
	w := setup(t)
	box := w.g.AddChannel(discordtest.NewChannel{Name: "tickets", Category: true})
	at := "/guilds/" + w.g.ID + "/channels"
	for range 50 {
		require.Equal(t, 201, w.do("POST", at, obj{"name": "t", "parent_id": box.ID}).status)
		w.clock.add(time.Second)
	}
	a := w.do("POST", at, obj{"name": "t", "parent_id": box.ID})
	require.Equal(t, 50035, a.code())
	require.Contains(t, a.body.(obj)["errors"], "parent_id")
	require.Equal(t, 201, w.do("POST", at, obj{"name": "t"}).status)
	require.Len(t, w.do("GET", at, nil).body, 53)
	box2 := w.g.AddChannel(discordtest.NewChannel{Name: "more", Category: true})
	last := w.g.Channels()[52].ID
	require.Equal(t, 200, w.do("PATCH", "/channels/"+last, obj{"parent_id": box2.ID, "topic": "moved"}).status)
	require.Equal(t, 200, w.do("DELETE", "/channels/"+last, nil).status)
	require.Equal(t, 10003, w.do("GET", "/channels/"+last, nil).code())
}

func TestThreads(t *testing.T) {
	t.Parallel()
	w := setup(t)
	a := w.do("POST", "/channels/"+w.help.ID+"/threads", obj{"name": "ticket", "type": 12, "invitable": false})
	require.Equal(t, 201, a.status)
	id := a.str("id")
	_, err := w.erika.Write(id, "hello")
	require.ErrorIs(t, err, discordtest.ErrForbidden)
	require.Equal(t, 204, w.do("PUT", "/channels/"+id+"/thread-members/"+w.erika.ID, nil).status)
	_, err = w.erika.Write(id, "hello")
	require.NoError(t, err)
	require.Len(t, w.do("GET", "/guilds/"+w.g.ID+"/threads/active", nil).body.(obj)["threads"], 1)
	require.Equal(t, 200, w.do("PATCH", "/channels/"+id, obj{"archived": true, "locked": true}).status)
	_, err = w.erika.Write(id, "still there?")
	require.ErrorIs(t, err, discordtest.ErrForbidden)
	require.Equal(t, 50083, w.do("PUT", "/channels/"+id+"/thread-members/"+w.erika.ID, nil).code())
	require.Equal(t, 200, w.do("PATCH", "/channels/"+id, obj{"archived": false, "locked": false}).status)
	require.Equal(t, 204, w.do("DELETE", "/channels/"+id+"/thread-members/"+w.erika.ID, nil).status)
	require.Nil(t, w.erika.Messages(id))
}

func TestDirectMessages(t *testing.T) {
	t.Parallel()
	w := setup(t)
	dm := w.do("POST", "/users/@me/channels", obj{"recipient_id": w.erika.ID}).str("id")
	require.Equal(t, 200, w.do("POST", "/channels/"+dm+"/messages", obj{"content": "hi"}).status)
	require.Equal(t, "hi", w.erika.DMs()[0].Content)
	w.erika.RefuseDMs()
	require.Equal(t, 50007, w.do("POST", "/channels/"+dm+"/messages", obj{"content": "hi"}).code())
	require.Equal(t, 10013, w.do("POST", "/users/@me/channels", obj{"recipient_id": "1"}).code())
}

func TestWhoTheBotIs(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *discordtest.Config) { c.Denied = discordtest.IntentPresences })
	require.Equal(t, w.d.ApplicationID(), w.do("GET", "/users/@me", nil).str("id"))
	flags := int(w.do("GET", "/applications/@me", nil).body.(obj)["flags"].(float64))
	require.NotZero(t, flags&(1<<19))
	require.Zero(t, flags&(1<<13))
	require.Equal(t, "Example", w.do("GET", "/guilds/"+w.g.ID, nil).str("name"))
	require.Equal(t, 200, w.do("GET", "/gateway/bot", nil).status)
	require.Len(t, w.do("GET", "/guilds/"+w.g.ID+"/roles", nil).body, 2)
	require.Equal(t, 200, w.do("GET", "/guilds/"+w.g.ID+"/members/"+w.erika.ID, nil).status)
	w.erika.Leave()
	require.Equal(t, 10007, w.do("GET", "/guilds/"+w.g.ID+"/members/"+w.erika.ID, nil).code())
	req, err := http.NewRequestWithContext(t.Context(), "GET", w.d.URL()+"/api/v9/users/@me", nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, 401, res.StatusCode)
}
