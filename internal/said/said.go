// Package said puts what the services say about a wrong input into the language of its reader. Services speak English, in few sentences that are
// known here by their form; each has a key that stays the same when the words change.
package said

import (
	"embed"
	"io/fs"
	"regexp"
)

//go:embed de.json en.json
var files embed.FS

// Files has the texts for a catalogue of package i18n: said.{key} of a sentence, with what it names as {0} and {1}, and input.{name} of an input.
func Files() fs.FS { return files }

// Find gives the key of a sentence of a service, and what it names; "" when it is not known.
func Find(msg string) (key string, names []string) {
	for _, s := range sentences {
		if found := s.form.FindStringSubmatch(msg); found != nil {
			return s.key, found[1:]
		}
	}
	return "", nil
}

// Keys lists the keys of all sentences.
func Keys() []string {
	out := make([]string, 0, len(sentences))
	for _, s := range sentences {
		out = append(out, s.key)
	}
	return out
}

// sentence is one form of words. The first that fits counts.
type sentence struct {
	form *regexp.Regexp
	key  string
}

var sentences = []sentence{
	{regexp.MustCompile(`^must not be empty$`), "empty"},
	{regexp.MustCompile(`^is too long$`), "too_long"},
	{regexp.MustCompile(`^is not valid UTF-8$`), "not_text"},
	{regexp.MustCompile(`^must not contain (?:the character NUL|control characters|invisible characters)$`), "invisible"},
	{regexp.MustCompile(`^has (\d+) characters, at most (\d+) are allowed$`), "too_many_characters"},
	{regexp.MustCompile(`^must have at most (\d+) characters$`), "at_most"},
	{regexp.MustCompile(`^must have at least (\d+) characters$`), "at_least"},
	{regexp.MustCompile(`^is not a mail address$`), "not_mail"},
	{regexp.MustCompile(`^at most (\d+) tags are allowed$`), "too_many_tags"},
	{regexp.MustCompile(`^tag .* must not contain blanks, commas or quotes$`), "bad_tag"},
	{regexp.MustCompile(`^at most (\d+) attachments are allowed$`), "too_many_files"},
	{regexp.MustCompile(`^too many attachments$`), "many_files"},
	{regexp.MustCompile(`^the attachment is too large$`), "large_file"},
	{regexp.MustCompile(`^the form is too large$`), "large_form"},
	{regexp.MustCompile(`^this desk keeps no attachments$`), "no_files"},
	{regexp.MustCompile(`^the attachment does not exist$`), "no_such_file"},
	{regexp.MustCompile(`^(?s:(.+)) was faster and has the ticket$`), "faster"},
	{regexp.MustCompile(`^is not a person who works here$`), "no_such_agent"},
	{regexp.MustCompile(`^the message is on its way$`), "on_its_way"},
	{regexp.MustCompile(`^the message has left by a channel that takes nothing back$`), "left_for_good"},
	{regexp.MustCompile(`^only answers of the desk can be changed$`), "not_ours"},
	{regexp.MustCompile(`^may not work on tickets of this queue$`), "agent_of_other_queue"},
	{regexp.MustCompile(`^does not exist or is not yours$`), "no_such_queue"},
	{regexp.MustCompile(`^a ticket that is (\w+) cannot become (\w+)$`), "cannot_become"},
	{regexp.MustCompile(`^a ticket that is (\w+) cannot be snoozed$`), "cannot_snooze"},
	{regexp.MustCompile(`^the ticket is (\w+); reopen it first$`), "reopen_first"},
	{regexp.MustCompile(`^the ticket was merged; `), "merged"},
	{regexp.MustCompile(`^the ticket has changed since`), "stale"},
	{regexp.MustCompile(`^must lie in the future, at most a year ahead$`), "until"},
	{regexp.MustCompile(`^must be in the future$`), "future"},
	{regexp.MustCompile(`^refused by a rule of this desk$`), "rule"},
	{regexp.MustCompile(`^the permission (\S+) is missing`), "permission"},
	{regexp.MustCompile(`^is too easy to guess$`), "easy"},
	{regexp.MustCompile(`^must not be the old one$`), "same"},
	{regexp.MustCompile(`^is wrong$`), "wrong"},
	{regexp.MustCompile(`^the last active admin must stay`), "last_admin"},
	{regexp.MustCompile(`^this needs permissions that you do not have yourself$`), "exceeds"},
	{regexp.MustCompile(`^this account signs in elsewhere$`), "external"},
	{regexp.MustCompile(`^there is no queue "(.*)"$`), "no_queue"},
	{regexp.MustCompile(`^nobody here is called "(.*)"$`), "nobody"},
	{regexp.MustCompile(`^operator is: does not know "(.*)"$`), "no_is"},
	{regexp.MustCompile(`^operator (\w+): needs a value$`), "needs_value"},
	{regexp.MustCompile(`^has more than \d+ (?:bytes|terms)$`), "long_search"},
	{regexp.MustCompile(`^names two ticket numbers$`), "two_numbers"},
	{regexp.MustCompile(`^must be breached, due, none, or a time`), "sla_value"},
	{regexp.MustCompile(`^there is no role "(.*)"$`), "no_role"},
	{regexp.MustCompile(`^an admin cannot be limited to queues$`), "admin_limit"},
	{regexp.MustCompile(`^must name at least one permission$`), "no_scope"},
	{regexp.MustCompile(`^a token cannot do what its owner`), "token_exceeds"},
	{regexp.MustCompile(`^there are (\d+) tokens already`), "too_many_tokens"},
	{regexp.MustCompile(`(?:is taken|already exists|already taken|exists already)`), "taken"},
	{regexp.MustCompile(`^refused again: (?s:(.+))$`), "refused_again"},
	{regexp.MustCompile(`^the channel (\S+) (?:is not set up|found nothing)`), "channel_cannot"},
	{regexp.MustCompile(`^the bytes of this item were not kept$`), "no_bytes"},
	{regexp.MustCompile(`^does not match$`), "repeat"},
	{regexp.MustCompile(`^is not a time$`), "not_a_time"},
	{regexp.MustCompile(`^unknown placeholder \"(.*)\": there are (.*)$`), "placeholder"},
	{regexp.MustCompile(`^unknown (?:operator|filter) "?([^\s":]+)`), "operator"},
	{regexp.MustCompile(`^(?:is not known$|is not a cursor|belongs to a list sorted by|unknown )`), "unknown"},
	{regexp.MustCompile(`^the form cannot be read$`), "unreadable"},
	{regexp.MustCompile(`^must have 1 to (\d+) (?:characters|bytes)$`), "one_to_many"},
	{regexp.MustCompile(`^(?:is required|must be given)$`), "required"},
	{regexp.MustCompile(`^must not be negative$`), "not_negative"},
	{regexp.MustCompile(`^must be (?:a number )?between (\d+) and (\d+)$`), "between"},
	{regexp.MustCompile(`^must be at most (\d+)$`), "most"},
	{regexp.MustCompile(`^must be a (?:whole )?number$`), "number"},
	{regexp.MustCompile(`^has more than (\d+) values$`), "many_values"},
	{regexp.MustCompile(`^must be the name of a time zone`), "zone"},
	{regexp.MustCompile(`^must be a colour such as`), "colour"},
	{regexp.MustCompile(`^must be an address that begins with`), "address"},
	{regexp.MustCompile(`^must be a time of day like`), "day_time"},
	{regexp.MustCompile(`^must be a date (?:such as|like)`), "date"},
	{regexp.MustCompile(`^must lie after from, by at most (\d+) days$`), "interval"},
	{regexp.MustCompile(`^windows overlap at (\S+)$`), "overlap"},
	{regexp.MustCompile(`^must promise at least one time$`), "promise"},
	{regexp.MustCompile(`^this desk has no channel for (\w+)$`), "no_channel"},
	{regexp.MustCompile(`^must not be null; leave it out instead$`), "null"},
	{regexp.MustCompile(`^must be shorter than what it warns of$`), "shorter"},
	{regexp.MustCompile(`^must be another contact$`), "other_contact"},
	{regexp.MustCompile(`^must be another queue$`), "other_queue"},
	{regexp.MustCompile(`^must be another ticket$`), "other_ticket"},
	{regexp.MustCompile(`^names a queue that does not exist$`), "queue_gone"},
	{regexp.MustCompile(`^does not exist$`), "not_there"},
	{regexp.MustCompile(`^must be like discord:\d+$`), "subject"},
	{regexp.MustCompile(`^the macro would do nothing$`), "empty_macro"},
	{regexp.MustCompile(`^there is no permission \"(.*)\"$`), "no_permission"},
	{regexp.MustCompile(`^is not one of the options$`), "no_option"},
	{regexp.MustCompile(`^must be a lower-case letter, then letters, digits, - and _, at most (\d+) in all$`), "name_form"},
	{regexp.MustCompile(`^(?:the setting has changed since|.* has changed since)`), "setting_stale"},
	{regexp.MustCompile(`a policy goes by it|while a policy`), "policy_needs"},
	{regexp.MustCompile(`(?:somebody|still) ha(?:s|ve) (?:it|this role)`), "role_in_use"},
}
