package ticket

import (
	"context"
	"slices"
	"strings"
	"unicode"
)

// EventMentioned stands in the history of a ticket behind the note that mentions somebody.
const EventMentioned EventType = "agent.mentioned" // [message_id account_id]

// maxMentions bounds how many people one note mentions.
const maxMentions = 20

// mentionsIn lists the usernames that a text mentions: what stands behind an @ that follows no letter or digit, in lower case, each once.
func mentionsIn(text string) []string {
	var out []string
	part := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r) }
	before := ' '
	for i, r := range text {
		if r == '@' && !part(before) {
			rest := text[i+1:]
			end := strings.IndexFunc(rest, func(r rune) bool { return !part(r) })
			if end < 0 {
				end = len(rest)
			}
			name := strings.ToLower(strings.TrimRight(rest[:end], ".-"))
			if name != "" && !slices.Contains(out, name) && len(out) < maxMentions {
				out = append(out, name)
			}
		}
		before = r
	}
	return out
}

// mention notes whom a note mentions. A name that nobody has, or only somebody who may not read notes of the ticket, is just text.
func (c *change) mention(ctx context.Context, m *Message) error {
	names := mentionsIn(m.Text)
	if len(names) == 0 || c.s.cfg.Directory == nil {
		return nil
	}
	all, err := c.s.cfg.Directory.Accounts(ctx, c.tx)
	if err != nil {
		return err
	}
	for _, acc := range all {
		if !acc.Active || !slices.Contains(names, strings.ToLower(acc.Username)) {
			continue
		}
		g, err := c.s.cfg.Policy.Grant(ctx, c.tx, AccountActor(acc.ID, acc.Name), OpNoteRead)
		if err != nil {
			return err
		}
		if !newScope(AccountActor(acc.ID, acc.Name), g).Sees(c.t) {
			continue
		}
		if err := c.tx.AddMention(ctx, acc.ID, c.t.Number, c.now); err != nil {
			return err
		}
		c.event(EventMentioned, data{"message_id": m.ID, "account_id": acc.ID}, nil)
	}
	return nil
}
