package discordtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
)

// panel posts a message with a button.
func (w *world) panel() string {
	w.t.Helper()
	a := w.do("POST", "/channels/"+w.help.ID+"/messages", obj{"content": "Open a ticket", "components": row(button("open", "Open"))})
	require.Equal(w.t, 200, a.status)
	return a.str("id")
}

func (w *world) click() *discordtest.Interaction {
	w.t.Helper()
	in, err := w.erika.Click(w.help.ID, w.panel(), "open")
	require.NoError(w.t, err)
	return in
}

func (w *world) answer(in *discordtest.Interaction, typ int, data any) answer {
	w.t.Helper()
	body := obj{"type": typ}
	if data != nil {
		body["data"] = data
	}
	return w.do("POST", "/interactions/"+in.ID+"/"+in.Token+"/callback", body)
}

func (w *world) hook(in *discordtest.Interaction) string {
	return "/webhooks/" + w.d.ApplicationID() + "/" + in.Token
}

func question(id, label string) obj {
	return obj{"type": 18, "label": label, "component": obj{"type": 4, "custom_id": id, "style": 2, "max_length": 10}}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.click()
	require.Equal(t, 204, w.answer(in, 4, obj{"content": "Only for you", "flags": 64}).status)
	got, err := in.Answer(t.Context())
	require.NoError(t, err)
	require.True(t, got.Message.Ephemeral)
	require.Len(t, w.g.Messages(w.help.ID), 1, "nobody else sees it")
	require.Equal(t, 40060, w.answer(in, 4, obj{"content": "again"}).code())
	require.Equal(t, 200, w.do("POST", w.hook(in), obj{"content": "And one more thing"}).status)
	got, err = in.Final(t.Context())
	require.NoError(t, err)
	require.Equal(t, "And one more thing", got.FollowUps[0].Content)
	require.Equal(t, "Only for you", w.do("GET", w.hook(in)+"/messages/@original", nil).str("content"))
}

func TestAnswersLater(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.click()
	require.Equal(t, 10015, w.do("PATCH", w.hook(in)+"/messages/@original", obj{"content": "early"}).code())
	require.Equal(t, 204, w.answer(in, 5, obj{"flags": 64}).status)
	first, err := in.Answer(t.Context())
	require.NoError(t, err)
	require.Nil(t, first.Message, "the bot thinks")
	w.clock.add(14 * time.Minute)
	require.Equal(t, 200, w.do("PATCH", w.hook(in)+"/messages/@original", obj{"content": "done"}).status)
	final, err := in.Final(t.Context())
	require.NoError(t, err)
	require.Equal(t, "done", final.Message.Content)
	w.clock.add(2 * time.Minute)
	require.Equal(t, 50027, w.do("PATCH", w.hook(in)+"/messages/@original", obj{"content": "too late"}).code())
}

func TestAnswersInTime(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.click()
	w.clock.add(3*time.Second + time.Millisecond)
	require.Equal(t, 10062, w.answer(in, 5, nil).code())
	require.Equal(t, 10062, w.do("POST", "/interactions/1/"+in.Token+"/callback", obj{"type": 5}).code())
}

func TestUpdates(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.click()
	require.Equal(t, 204, w.answer(in, 7, obj{"content": "Closed", "components": []any{}}).status)
	require.Equal(t, "Closed", w.g.Messages(w.help.ID)[0].Content)
	in = w.click()
	require.Equal(t, 204, w.answer(in, 6, nil).status)
	require.Equal(t, 200, w.do("PATCH", w.hook(in)+"/messages/@original", obj{"content": "Later"}).status)
	require.Equal(t, "Later", w.g.Messages(w.help.ID)[1].Content)
	require.Equal(t, 204, w.do("DELETE", w.hook(in)+"/messages/@original", nil).status)
	require.Len(t, w.g.Messages(w.help.ID), 1)
}

func TestForms(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.click()
	form := obj{"custom_id": "form", "title": "Ticket", "components": []any{
		question("what", "What?"),
		obj{"type": 18, "label": "Which?", "component": obj{"type": 3, "custom_id": "which", "options": []any{obj{"label": "A", "value": "a"}}}},
	}}
	for name, bad := range map[string]obj{
		"title":        {"custom_id": "f", "title": strings.Repeat("t", 46), "components": form["components"]},
		"no questions": {"custom_id": "f", "title": "t", "components": []any{}},
		"label":        {"custom_id": "f", "title": "t", "components": []any{question("a", strings.Repeat("l", 46))}},
	} {
		require.Equal(t, 400, w.answer(in, 9, bad).status, name)
	}
	require.Equal(t, 204, w.answer(in, 9, form).status)
	got, err := in.Answer(t.Context())
	require.NoError(t, err)
	require.Equal(t, "What?", got.Modal.Fields[0].Label)
	for name, values := range map[string]map[string]any{
		"missing":  {"which": []string{"a"}},
		"too long": {"what": "eleven chars", "which": []string{"a"}},
		"unknown":  {"what": "x", "which": []string{"a"}, "who": "me"},
		"kind":     {"what": []string{"x"}, "which": "a"},
	} {
		_, err := in.Submit(values)
		require.ErrorIs(t, err, discordtest.ErrNoSuchField, name)
	}
	g, _ := w.identify(discordtest.IntentGuilds)
	sent, err := in.Submit(map[string]any{"what": "printer", "which": []string{"a"}})
	require.NoError(t, err)
	e := g.next()
	require.Equal(t, "INTERACTION_CREATE", e.Type)
	require.Equal(t, "form", e.str("data.custom_id"))
	require.Equal(t, 400, w.answer(sent, 9, form).status, "a form does not follow a form")
	require.Equal(t, 204, w.answer(sent, 4, obj{"content": "Thanks"}).status)
}

func TestCommands(t *testing.T) {
	t.Parallel()
	w := setup(t)
	at := "/applications/" + w.d.ApplicationID() + "/guilds/" + w.g.ID + "/commands"
	cmds := []any{
		obj{"name": "ticket", "description": "Tickets", "name_localizations": obj{"de": "ticket"}, "options": []any{obj{"type": 1, "name": "close", "description": "Close"}}},
		obj{"name": "ticket-panel", "description": "Panel", "default_member_permissions": "8"},
	}
	a := w.do("PUT", at, cmds)
	require.Equal(t, 200, a.status)
	id := a.body.([]any)[0].(obj)["id"]
	require.Equal(t, id, w.do("PUT", at, cmds).body.([]any)[0].(obj)["id"], "a command keeps its id")
	require.Len(t, w.do("GET", at, nil).body, 2)
	in, err := w.erika.Command(w.help.ID, "ticket", obj{"name": "close", "type": 1})
	require.NoError(t, err)
	require.Equal(t, 204, w.answer(in, 4, obj{"content": "ok"}).status)
	_, err = w.erika.Command(w.help.ID, "ticket-panel")
	require.ErrorIs(t, err, discordtest.ErrForbidden)
	_, err = w.erika.Command(w.help.ID, "nothing")
	require.ErrorIs(t, err, discordtest.ErrForbidden)
}

func TestWhatCannotBePressed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	off := button("off", "Off")
	off["disabled"] = true
	id := w.do("POST", "/channels/"+w.help.ID+"/messages", obj{"components": row(off, button("on", "On"))}).str("id")
	_, err := w.erika.Click(w.help.ID, id, "off")
	require.ErrorIs(t, err, discordtest.ErrForbidden)
	_, err = w.erika.Click(w.help.ID, id, "none")
	require.ErrorIs(t, err, discordtest.ErrForbidden)
	_, err = w.erika.Click(w.help.ID, id, "on")
	require.NoError(t, err)
}
