package discord

import (
	"log/slog"

	"github.com/ticketkit/ticketkit/ticket"
)

// The commands by which somebody says who they are at the desk.
const (
	cmdLink   = "link"
	cmdUnlink = "unlink"

	maxCode = 200
)

// askCode is the form for a code from the settings of an account at the desk.
func (w *worker) askCode(i *dInteraction, lang string) {
	if w.accounts == nil {
		w.say(i, lang, "discord.unknown")
		return
	}
	_ = w.respond(i, respondModal, obj{"custom_id": customID(actLinking, ""), "title": w.texts.T(lang, "discord.link_title"), "components": []obj{
		{"type": 18, "label": w.texts.T(lang, "discord.link_label"), "description": w.texts.T(lang, "discord.link_about"),
			"component": obj{"type": 4, "custom_id": fieldCode, "style": 1, "required": true, "max_length": maxCode}}}})
}

// link links who asks for it to the account whose code they have.
func (w *worker) link(i *dInteraction, code, lang string) string {
	if w.accounts == nil {
		return w.texts.T(lang, "discord.unknown")
	}
	u, err := w.accounts.Redeem(w.work, w.actor(), w.subjectOf(i), code)
	switch {
	case err == nil:
		return w.texts.T(lang, "discord.linked", plain(u.DisplayName()))
	case ticket.KindOf(err) == ticket.Invalid:
		return w.texts.T(lang, "discord.link_code")
	}
	w.cfg.Log.Error("discord: somebody cannot be linked", slog.Any("error", err))
	return w.texts.T(lang, "discord.failed")
}

// unlink ends that.
func (w *worker) unlink(i *dInteraction, lang string) string {
	if w.accounts == nil {
		return w.texts.T(lang, "discord.unknown")
	}
	p, err := w.accounts.Linked(w.work, w.subjectOf(i))
	if err == nil {
		err = w.accounts.UnlinkAccount(w.work, p.Actor, p.Account.ID, w.subjectOf(i))
	}
	switch k := ticket.KindOf(err); {
	case err == nil:
		return w.texts.T(lang, "discord.unlinked")
	case k == ticket.NotFound || k == ticket.Unauthenticated:
		return w.texts.T(lang, "discord.not_linked")
	}
	w.cfg.Log.Error("discord: somebody cannot be unlinked", slog.Any("error", err))
	return w.texts.T(lang, "discord.failed")
}

// subjectOf is who asks, as accounts know them.
func (w *worker) subjectOf(i *dInteraction) string { return w.cfg.Name + ":" + i.who().ID }
