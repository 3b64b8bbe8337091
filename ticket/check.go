package ticket

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text checks a text field that a person filled in: valid UTF-8, no NUL, not blank, not longer than max bytes.
func (s *Service) text(field, v string, required bool) (string, error) {
	switch {
	case !utf8.ValidString(v):
		return "", InvalidField(field, "is not valid UTF-8")
	case strings.ContainsRune(v, 0):
		return "", InvalidField(field, "must not contain the character NUL")
	case len(v) > s.cfg.Limits.Text:
		return "", &Error{Kind: TooLarge, Field: field, Msg: "is too long"}
	case required && strings.TrimSpace(v) == "":
		return "", InvalidField(field, "must not be empty")
	}
	return strings.TrimRight(strings.ReplaceAll(v, "\r\n", "\n"), " \t\r\n"), nil
}

// line checks a one-line field: as text, without control characters, at most limit code points.
func line(field, v string, limit int, required bool) (string, error) {
	if !utf8.ValidString(v) {
		return "", InvalidField(field, "is not valid UTF-8")
	}
	v = strings.TrimSpace(v)
	if required && v == "" {
		return "", InvalidField(field, "must not be empty")
	}
	if n := utf8.RuneCountInString(v); n > limit {
		return "", InvalidField(field, "has %d characters, at most %d are allowed", n, limit)
	}
	for _, r := range v {
		if unicode.IsControl(r) || isBidi(r) {
			return "", InvalidField(field, "must not contain control characters")
		}
	}
	return v, nil
}

// isBidi reports the characters that turn the direction of what follows (Unicode Standard Annex 9), which can make a line read as
// something else than it is.
func isBidi(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }

// mend makes any text from outside storable: broken UTF-8 becomes U+FFFD, NUL goes, and what is longer than limit bytes is cut at a
// character.
func mend(v string, limit int) string {
	v = strings.ToValidUTF8(strings.ReplaceAll(v, "\x00", ""), "\uFFFD")
	if len(v) > limit {
		v = strings.ToValidUTF8(v[:limit], "") // drops the character that was cut in two
	}
	return v
}

// mendLine is mend for one line of at most limit code points.
func mendLine(v string, limit int) string {
	v = mend(v, (limit+1)*utf8.UTFMax) // one more, to be seen as too long below
	v = strings.Join(strings.FieldsFunc(v, func(r rune) bool { return unicode.IsControl(r) || isBidi(r) || r == ' ' }), " ")
	if utf8.RuneCountInString(v) > limit {
		r := []rune(v)
		v = string(r[:limit-1]) + "…"
	}
	return v
}

// previewOf is one line of about a hundred characters.
func previewOf(text string) string {
	if len(text) > 2000 {
		text = mend(text[:2000], 2000)
	}
	return mendLine(strings.Join(strings.Fields(text), " "), 100)
}

// email checks the shape of an address: exactly one @ with something on both sides, no blanks, no control characters, at most 254
// bytes (RFC 5321 section 4.5.3.1.3). Case is folded, for addresses compare so in practice.
func email(field, v string) (string, error) {
	if !utf8.ValidString(v) { // lower case would mend it
		return "", InvalidField(field, "is not valid UTF-8")
	}
	v = strings.ToLower(strings.TrimSpace(v))
	at := strings.LastIndexByte(v, '@')
	if at < 1 || at == len(v)-1 || len(v) > 254 {
		return "", InvalidField(field, "is not a mail address")
	}
	for _, r := range v {
		if unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune(`<>(),;:\"[]`, r) {
			return "", InvalidField(field, "is not a mail address")
		}
	}
	if strings.Count(v, "@") != 1 || strings.HasPrefix(v[at+1:], ".") || strings.HasSuffix(v, ".") || strings.Contains(v, "..") {
		return "", InvalidField(field, "is not a mail address")
	}
	return v, nil
}

// tags checks and orders a list of tags: lower case, without blanks around, each once.
func (s *Service) tags(in []string) ([]string, error) {
	out := make([]string, 0, len(in))
	for _, t := range in {
		if !utf8.ValidString(t) { // lower case would mend it
			return nil, InvalidField("tags", "is not valid UTF-8")
		}
		t, err := line("tags", strings.ToLower(t), 50, true)
		if err != nil {
			return nil, err
		}
		if strings.ContainsAny(t, ", \"") {
			return nil, InvalidField("tags", "tag %q must not contain blanks, commas or quotes", t)
		}
		out = append(out, t)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	if len(out) > s.cfg.Limits.Tags {
		return nil, InvalidField("tags", "at most %d tags are allowed", s.cfg.Limits.Tags)
	}
	return out, nil
}

// fieldList checks a list of texts, as the field of several choices has it.
func (s *Service) fieldList(at string, v any) (any, error) {
	list, _ := v.([]any)
	if texts, ok := v.([]string); ok {
		for _, t := range texts {
			list = append(list, t)
		}
	}
	if len(list) > maxOptions {
		return nil, InvalidField(at, "has more than %d entries", maxOptions)
	}
	out := make([]any, 0, len(list))
	for _, e := range list {
		t, ok := e.(string)
		if !ok {
			return nil, InvalidField(at, "must be a list of texts")
		}
		t, err := line(at, t, 255, true)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// fields checks custom fields: short names, values that are text, numbers, booleans, null or lists of texts.
func (s *Service) fields(in map[string]any) (map[string]any, error) {
	if len(in) > s.cfg.Limits.Fields {
		return nil, InvalidField("fields", "at most %d fields are allowed", s.cfg.Limits.Fields)
	}
	out := make(map[string]any, len(in))
	for k, v := range in {
		name, err := line("fields", k, 64, true)
		if err != nil {
			return nil, err
		}
		switch x := v.(type) {
		case string:
			if len(x) > maxFieldText {
				return nil, InvalidField("fields."+name, "is longer than %d bytes", maxFieldText)
			}
			if v, err = s.text("fields."+name, x, false); err != nil {
				return nil, err
			}
		case int: // what comes back from JSON is a float64, and the two must compare equal
			v = float64(x)
		case int64:
			v = float64(x)
		case bool, float64, nil:
		case []any, []string:
			if v, err = s.fieldList("fields."+name, x); err != nil {
				return nil, err
			}
		default:
			return nil, InvalidField("fields."+name, "must be text, a number, true, false, null or a list of texts")
		}
		out[name] = v
	}
	return out, nil
}
