package discord

import (
	"log/slog"

	"github.com/ticketkit/ticketkit/ticket"
)

// The commands by which somebody says who they are at the desk.
const (
	cmdLink   = "link"
	cmdUnlink = "unlink"
)

// linkCommand links who gives it to the account whose code they have, or ends that.
func (w *worker) linkCommand(i *dInteraction, command, lang string) string {
	if w.accounts == nil {
		return w.texts.T(lang, "discord.unknown")
	}
	subject := w.cfg.Name + ":" + i.who().ID
	by := w.actor()
	if command == cmdUnlink {
		p, err := w.accounts.Linked(w.work, subject)
		if err == nil {
			err = w.accounts.UnlinkAccount(w.work, p.Actor, p.Account.ID, subject)
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
	u, err := w.accounts.Redeem(w.work, by, subject, i.text("code"))
	switch {
	case err == nil:
		return w.texts.T(lang, "discord.linked", plain(u.DisplayName()))
	case ticket.KindOf(err) == ticket.Invalid:
		return w.texts.T(lang, "discord.link_code")
	}
	w.cfg.Log.Error("discord: somebody cannot be linked", slog.Any("error", err))
	return w.texts.T(lang, "discord.failed")
}
