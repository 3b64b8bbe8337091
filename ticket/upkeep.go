package ticket

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Upkeep is what a desk does by itself with tickets that lie still. The zero value of each field switches its part off. Each part is one
// timer of the ticket, kept in the transaction of the change that moves it, so it survives restarts and costs nothing until it is
// due. A setting that is changed counts for a timer when it is next set, or when Service.KeepUp sets all of them; one that is switched
// off, at once. Tickets made for show are left alone.
type Upkeep struct {
	// CloseInactive closes a ticket after so long without a message of either side; what programs wrote does not count. It begins anew
	// with each message, with each change of category, and in another queue.
	CloseInactive time.Duration
	// CloseIn are the categories in which tickets are closed so: new, open, pending and resolved are possible. Nil is open, pending and
	// resolved, so that nothing is closed that nobody has looked at.
	CloseIn []Category
	// CloseByChannel and CloseByQueue replace CloseInactive for some tickets, the queue before the channel; negative is never.
	CloseByChannel map[string]time.Duration
	CloseByQueue   map[QueueID]time.Duration
	// WarnBefore is how long before that the side that has to act is warned: by an event, and the requester by a message too.
	WarnBefore time.Duration

	// CloseResolved closes a resolved ticket after so long without a message.
	CloseResolved time.Duration

	// RemindAfter writes to the requester of a ticket that has been pending for so long without a message, at most Reminders times (0 is
	// once) until somebody writes again. It is never sent to programs and to addresses that cannot be reached.
	RemindAfter time.Duration
	Reminders   int

	// AgentInactive records EventInactive when the assignee of a new or open ticket, and every other agent, has done nothing with it
	// for so long: once, until an agent does something.
	AgentInactive time.Duration

	// WarnText and ReminderText replace the built-in texts by language, "de" and "en". {number} is the ticket's number and {in} how
	// long is left. They hold nothing that a stranger wrote: whoever opens tickets under a forged address must not make the desk
	// send his words.
	WarnText, ReminderText map[string]string
}

// The timers of Upkeep.
const (
	timerWarn     = "close_warning"
	timerClose    = "close_inactive"
	timerResolved = "close_resolved"
	timerRemind   = "reminder"
	timerInactive = "agent_inactive"
)

const maxReminders = 10

// check refuses what cannot be meant and fills in defaults.
func (u *Upkeep) check() error {
	for _, f := range []struct {
		name  string
		value time.Duration
	}{{"close_inactive", u.CloseInactive}, {"warn_before", u.WarnBefore}, {"close_resolved", u.CloseResolved}, {"remind_after", u.RemindAfter},
		{"agent_inactive", u.AgentInactive}} {
		if f.value < 0 {
			return InvalidField("upkeep."+f.name, "must not be negative")
		}
	}
	if u.Reminders < 0 || u.Reminders > maxReminders {
		return InvalidField("upkeep.reminders", "must be between 0 and %d", maxReminders)
	}
	if u.Reminders == 0 {
		u.Reminders = 1
	}
	if u.CloseIn == nil {
		u.CloseIn = []Category{Open, Pending, Resolved}
	}
	u.CloseIn, u.CloseByChannel, u.CloseByQueue = slices.Clone(u.CloseIn), maps.Clone(u.CloseByChannel), maps.Clone(u.CloseByQueue)
	u.WarnText, u.ReminderText = maps.Clone(u.WarnText), maps.Clone(u.ReminderText)
	for _, c := range u.CloseIn {
		if c != New && c != Open && c != Pending && c != Resolved {
			return InvalidField("upkeep.close_in", "a ticket that is %s is not closed by time", c)
		}
	}
	short := func(d time.Duration) bool { return d > 0 && d <= u.WarnBefore }
	tooShort := short(u.CloseInactive)
	for _, d := range u.CloseByChannel {
		tooShort = tooShort || short(d)
	}
	for _, d := range u.CloseByQueue {
		tooShort = tooShort || short(d)
	}
	if tooShort {
		return InvalidField("upkeep.warn_before", "must be shorter than what it warns of")
	}
	for _, texts := range []map[string]string{u.WarnText, u.ReminderText} {
		for lang, text := range texts {
			if lang != "de" && lang != "en" || !utf8.ValidString(text) || strings.TrimSpace(text) == "" || strings.ContainsRune(text, 0) {
				return InvalidField("upkeep.texts", "texts are for de and en, and not empty")
			}
		}
	}
	return nil
}

// closes is after how long without a message the ticket is closed; 0 is never.
func (u *Upkeep) closes(t *Ticket) time.Duration {
	after := u.CloseInactive
	if d, ok := u.CloseByChannel[t.Channel]; ok {
		after = d
	}
	if d, ok := u.CloseByQueue[t.Queue.ID]; ok {
		after = d
	}
	if after <= 0 || t.Demo || !slices.Contains(u.CloseIn, t.Category) {
		return 0
	}
	return after
}

// closing reports whether any ticket may be closed for inactivity.
func (u *Upkeep) closing() bool {
	return u.CloseInactive > 0 || len(u.CloseByChannel) > 0 || len(u.CloseByQueue) > 0
}

// inHand reports whether an agent has the ticket and has to act.
func inHand(t *Ticket) bool {
	return t.Assignee != nil && (t.Category == New || t.Category == Open)
}

// The built-in texts of what the desk writes by itself.
var (
	warnTexts = map[string]string{
		"de": "Guten Tag,\n\nin diesem Vorgang (#{number}) haben wir länger nichts von Ihnen gehört. Wenn Sie nicht antworten, wird er in {in} automatisch " +
			"geschlossen.\n\nDies ist eine automatische Nachricht.",
		"en": "Hello,\n\nwe have not heard from you about this ticket (#{number}) for a while. Unless you answer, it will be closed automatically in {in}." +
			"\n\nThis is an automatic message.",
	}
	reminderTexts = map[string]string{
		"de": "Guten Tag,\n\nin diesem Vorgang (#{number}) warten wir noch auf Ihre Antwort. Bitte antworten Sie auf diese Nachricht, wenn Sie weiter Hilfe " +
			"brauchen.\n\nDies ist eine automatische Erinnerung.",
		"en": "Hello,\n\nwe are still waiting for your answer about this ticket (#{number}). Please reply to this message if you still need help." +
			"\n\nThis is an automatic reminder.",
	}
)
