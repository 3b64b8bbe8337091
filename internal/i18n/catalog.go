// Package i18n holds the texts that people read, in German and English, and formats times and sizes for them.
//
// Each package that shows texts embeds a de.json and an en.json: flat objects of dotted keys and texts. Placeholders
// are {0}, {1} … for arguments by position and {name} for arguments by name (see Args). A text that depends on a number is
// written as two keys, ending in ".one" and ".other", and is asked for without the ending. A test calls Parity.
package i18n

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"strings"
)

// The languages.
const (
	German  = "de"
	English = "en"
)

// languages is in the order in which Parity reports.
var languages = [...]string{German, English}

// base holds the terms of a ticket desk that several packages share.
//
//go:embed de.json en.json
var base embed.FS

var keyPattern = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)*$`)

// Catalog is a set of texts in both languages. It is immutable and safe for concurrent use. A nil or zero Catalog has no
// texts: every key is missing.
type Catalog struct {
	texts map[string]map[string]string // by language, then key
}

// Load returns the base texts and those of each fsys, in this order, as Merge adds them. Without fsys it returns the base texts alone.
func Load(fsys ...fs.FS) (*Catalog, error) {
	c, err := new(Catalog).Merge(base)
	if err != nil {
		return nil, err
	}
	for _, f := range fsys {
		if c, err = c.Merge(f); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Merge returns a Catalog that also has the texts in fsys: the files de.json and en.json at its root (use fs.Sub for
// a subfolder). A key that exists already is replaced, so that a host can reword things. One of the
// files may be absent, not both. Errors name the file: it is not a flat JSON object of texts, a key is malformed or
// stands in it twice.
func (c *Catalog) Merge(fsys fs.FS) (*Catalog, error) {
	out := &Catalog{texts: map[string]map[string]string{}}
	found := false
	for _, lang := range languages {
		out.texts[lang] = map[string]string{}
		if c != nil {
			maps.Copy(out.texts[lang], c.texts[lang])
		}
		name := lang + ".json"
		f, err := fsys.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("i18n: %w", err)
		}
		texts, err := parse(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("i18n: %s: %w", name, err)
		}
		maps.Copy(out.texts[lang], texts)
		found = true
	}
	if !found {
		return nil, errors.New("i18n: neither de.json nor en.json exists")
	}
	return out, nil
}

// parse reads a flat object token by token, because json.Unmarshal would silently let the last of two equal keys win.
func parse(r io.Reader) (map[string]string, error) {
	d := json.NewDecoder(r)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.Join(errors.New("not a JSON object"), err)
	}
	texts := map[string]string{}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, _ := k.(string)
		v, err := d.Token()
		if err != nil {
			return nil, err
		}
		text, ok := v.(string)
		switch {
		case !ok:
			return nil, fmt.Errorf("%q is not a text", key)
		case !keyPattern.MatchString(key):
			return nil, fmt.Errorf("key %q is malformed", key)
		}
		if _, twice := texts[key]; twice {
			return nil, fmt.Errorf("%q stands there twice", key)
		}
		texts[key] = text
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	return texts, nil
}

// Has tells whether a text can be found under key in every language, either directly or in its plural forms.
func (c *Catalog) Has(key string) bool {
	for _, lang := range languages {
		if _, ok := c.find(lang, key, nil); !ok {
			return false
		}
	}
	return true
}

// T returns the text for key in a language (any language tag; what is not German is English) with its placeholders
// filled in. A missing key returns the key, a placeholder without an argument stays as it is, and what arguments
// contain is never taken for a placeholder. T does not escape: for HTML, escape the result.
//
// Arguments of type Args give values by name, all others by position. Values are printed as fmt.Sprint does. The number that decides
// between .one and .other is the argument named count, else the first integer by position; without any it is .other.
func (c *Catalog) T(lang, key string, args ...any) string {
	text, ok := c.find(normal(lang), key, args)
	if !ok {
		return key
	}
	return expand(text, args)
}

// Args are arguments of T by name.
type Args map[string]any

func (c *Catalog) find(lang, key string, args []any) (string, bool) {
	if c == nil {
		return "", false
	}
	if text, ok := c.texts[lang][key]; ok {
		return text, true
	}
	if isOne(args) {
		if text, ok := c.texts[lang][key+".one"]; ok {
			return text, true
		}
	}
	text, ok := c.texts[lang][key+".other"]
	return text, ok
}

// isOne tells whether the number that decides about the plural is 1: in both languages all others, 0 and −1 too, are plural.
func isOne(args []any) bool {
	for _, a := range args {
		if named, ok := a.(Args); ok {
			if n, ok := named["count"]; ok {
				return isInteger(n) && fmt.Sprint(n) == "1"
			}
		}
	}
	for _, a := range args {
		if isInteger(a) {
			return fmt.Sprint(a) == "1"
		}
	}
	return false
}

func isInteger(v any) bool {
	switch v.(type) {
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return true
	}
	return false
}

var placeholder = regexp.MustCompile(`\{([0-9]|[1-9][0-9]|[a-z_][a-z0-9_]*)\}`)

// expand fills in the placeholders in one pass, so that values are not expanded again.
func expand(text string, args []any) string {
	if !strings.Contains(text, "{") {
		return text
	}
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		if v, ok := value(p[1:len(p)-1], args); ok {
			return fmt.Sprint(v)
		}
		return p
	})
}

func value(name string, args []any) (any, bool) {
	index, byPosition := 0, name[0] >= '0' && name[0] <= '9'
	for i := 0; byPosition && i < len(name); i++ {
		index = index*10 + int(name[i]-'0')
	}
	for _, a := range args {
		named, isNamed := a.(Args)
		switch {
		case isNamed && !byPosition:
			if v, ok := named[name]; ok {
				return v, true
			}
		case !isNamed && byPosition:
			if index == 0 {
				return a, true
			}
			index--
		}
	}
	return nil, false
}
