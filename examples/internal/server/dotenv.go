package server

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"
)

// maxEnvFile bounds an environment file; a larger one is something else.
const maxEnvFile = 1 << 20

// readDotenv reads an environment file.
func readDotenv(name string) (map[string]string, error) {
	if fi, err := os.Stat(name); err != nil {
		return nil, err
	} else if fi.Size() > maxEnvFile {
		return nil, errors.New("is too large")
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return parseDotenv(string(b))
}

// parseDotenv reads lines KEY=VALUE, with "export " before them or not. What a value may be:
//
//	plain      up to the end of the line or to a # at its start or behind a space; spaces around it do not count
//	'single'   as it stands, but \' is a quote; may have several lines
//	"double"   \n, \r and \t are control characters, a backslash before anything but a letter or digit goes; may have several lines
//
// Nothing is put in for $NAME: passwords hold dollars. ${NAME}, which other programs replace, is an error unless quoted 'so' or as \${NAME},
// and so is a key that stands in the text twice with different values. Errors name lines and keys, never values.
func parseDotenv(text string) (map[string]string, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("is not text in UTF-8")
	}
	d := &dotenv{text: strings.ReplaceAll(strings.TrimPrefix(text, "\uFEFF"), "\r\n", "\n"), line: 1}
	out, lines := map[string]string{}, map[string]int{}
	for d.next() {
		at := d.line
		key, err := d.key()
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", at, err)
		}
		value, err := d.value()
		if err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", at, key, err)
		}
		if old, twice := out[key]; twice && old != value {
			return nil, fmt.Errorf("lines %d and %d contradict each other about %s", lines[key], at, key)
		}
		out[key], lines[key] = value, at
	}
	return out, nil
}

// dotenv is a text being read.
type dotenv struct {
	text string
	line int
}

// next goes to the next line that says something, and reports whether there is one.
func (d *dotenv) next() bool {
	for {
		d.text = strings.TrimLeft(d.text, " \t\r\v\f")
		switch {
		case d.text == "":
			return false
		case d.text[0] == '\n':
			d.text = d.text[1:]
			d.line++
		case d.text[0] == '#':
			d.text = d.text[len(d.toEnd()):]
		default:
			return true
		}
	}
}

// toEnd gives the rest of the line.
func (d *dotenv) toEnd() string {
	line, _, _ := strings.Cut(d.text, "\n")
	return line
}

func (d *dotenv) key() (string, error) {
	line := d.toEnd()
	rest := line
	if r, ok := strings.CutPrefix(line, "export"); ok && r != "" && (r[0] == ' ' || r[0] == '\t') {
		rest = strings.TrimLeft(r, " \t")
	}
	key, value, ok := strings.Cut(rest, "=")
	key = strings.TrimRight(key, " \t")
	if !ok || !isKey(key) {
		return "", errors.New("is not like KEY=VALUE")
	}
	d.text = strings.TrimLeft(d.text[len(line)-len(value):], " \t")
	return key, nil
}

func isKey(s string) bool {
	for i, c := range []byte(s) {
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// value reads a value and what stands behind it in its line.
func (d *dotenv) value() (string, error) {
	if d.text == "" || d.text[0] != '\'' && d.text[0] != '"' {
		line := d.toEnd()
		d.text = d.text[len(line):]
		for i := range len(line) {
			if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
				line = line[:i]
				break
			}
		}
		line = strings.TrimSpace(line)
		return line, unreplaced(line)
	}
	quote := d.text[0]
	d.text = d.text[1:]
	value, err := d.quoted(quote)
	if err != nil {
		return "", err
	}
	if rest := strings.TrimSpace(d.toEnd()); rest != "" && rest[0] != '#' {
		return "", errors.New("there is something behind the closing quote")
	}
	d.text = d.text[len(d.toEnd()):]
	return value, nil
}

// quoted reads up to the closing quote.
func (d *dotenv) quoted(quote byte) (string, error) {
	var b strings.Builder
	for i := 0; i < len(d.text); i++ {
		c := d.text[i]
		switch {
		case c == quote:
			d.text = d.text[i+1:]
			return b.String(), nil
		case c == '\\' && i+1 < len(d.text) && (quote == '"' || d.text[i+1] == quote):
			i++
			b.WriteString(unescape(d.text[i]))
		case c == '$' && quote == '"' && unreplaced(d.text[i:]) != nil && strings.HasPrefix(d.text[i:], "${"):
			return "", errReplaced
		default:
			b.WriteByte(c)
		}
		if d.text[i] == '\n' {
			d.line++
		}
	}
	return "", errors.New("the closing quote is missing")
}

// unescape gives what a character behind a backslash stands for.
func unescape(c byte) string {
	switch {
	case c == 'n':
		return "\n"
	case c == 'r':
		return "\r"
	case c == 't':
		return "\t"
	case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c >= utf8.RuneSelf:
		return `\` + string([]byte{c})
	}
	return string([]byte{c})
}

var errReplaced = errors.New("has ${…}, for which nothing is put in here; write the value itself, or quote it 'so' when it is meant")

// unreplaced refuses a value that wants another variable put in.
func unreplaced(v string) error {
	for {
		_, rest, ok := strings.Cut(v, "${")
		if !ok {
			return nil
		}
		if name, _, ok := strings.Cut(rest, "}"); ok {
			name, _, _ = strings.Cut(name, ":") // ${NAME:-other}
			if isKey(strings.TrimRight(name, "-?+")) {
				return errReplaced
			}
		}
		v = rest
	}
}
