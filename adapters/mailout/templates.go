package mailout

import (
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	texttemplate "text/template"

	"github.com/ticketkit/ticketkit/internal/i18n"
)

//go:embed templates/*.html templates/*.txt
var builtIn embed.FS

// kinds are the kinds of mail, each with a template of its own.
var kinds = []string{kindReply, kindAutomatic, "receipt", "closed", "assigned", "bounced", "sla"}

const (
	kindReply     = "reply"     // of a person
	kindAutomatic = "automatic" // a message of the desk in the conversation, such as a reminder
	layout        = "layout"    // the frame around each
	parts         = "parts"     // the templates line, facts and button, which layouts and contents use
)

// form is a kind of mail in one language.
type form struct {
	html *htmltemplate.Template
	text *texttemplate.Template
}

type formKey struct{ kind, lang string }

// parseForms reads the templates, each from host if it is there. The first error names file and line.
func parseForms(host fs.FS, texts *i18n.Catalog) (map[formKey]*form, error) {
	if err := checkNames(host); err != nil {
		return nil, err
	}
	out := map[formKey]*form{}
	for _, lang := range []string{i18n.German, i18n.English} {
		funcs := map[string]any{"t": func(key string, args ...any) (string, error) { return say(texts, lang, key, args) }}
		for _, kind := range kinds {
			f := &form{html: htmltemplate.New(layout + ".html").Funcs(funcs), text: texttemplate.New(layout + ".txt").Funcs(funcs)}
			if err := f.parse(host, kind, lang); err != nil {
				return nil, err
			}
			out[formKey{kind, lang}] = f
		}
	}
	for key, f := range out { // a field that does not exist shows only when it is used
		for _, m := range []*Mail{sample(key, texts), {Kind: key.kind, Lang: key.lang}} {
			if _, _, _, err := f.render(m); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// parse reads layout and content. The content keeps the name of its file, so that errors tell it.
func (f *form) parse(host fs.FS, kind, lang string) error {
	for _, part := range []string{parts, layout, kind} {
		name, source, err := load(host, part, lang, ".html")
		if err != nil {
			return err
		}
		h, err := f.html.New(name).Parse(source)
		if err == nil && part == kind {
			_, err = f.html.AddParseTree("content", h.Tree)
		}
		if err != nil {
			return err
		}
		name, source, err = load(host, part, lang, ".txt")
		if err != nil {
			return err
		}
		t, err := f.text.New(name).Parse(source)
		if err == nil && part == kind {
			_, err = f.text.AddParseTree("content", t.Tree)
		}
		if err != nil {
			return err
		}
		if part == layout {
			f.html, f.text = h, t
		}
	}
	return nil
}

// load finds the most special file: of the host for the language, of the host for all, then our own.
func load(host fs.FS, part, lang, ext string) (name, source string, err error) {
	if host != nil {
		for _, name := range []string{part + "." + lang + ext, part + ext} {
			b, err := fs.ReadFile(host, name)
			if err == nil {
				return name, string(b), nil
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return name, "", err
			}
		}
	}
	b, err := builtIn.ReadFile("templates/" + part + ext)
	return part + ext, string(b), err
}

// checkNames refuses a template that nothing would ever use, such as one with a misspelt name.
func checkNames(host fs.FS) error {
	if host == nil {
		return nil
	}
	files, err := fs.ReadDir(host, ".")
	if err != nil {
		return fmt.Errorf("templates: %w", err)
	}
	for _, f := range files {
		name, ext := strings.TrimSuffix(f.Name(), path.Ext(f.Name())), path.Ext(f.Name())
		if f.IsDir() || ext != ".html" && ext != ".txt" {
			continue
		}
		base, lang, special := strings.Cut(name, ".")
		if base != layout && base != parts && !slices.Contains(kinds, base) || special && lang != i18n.German && lang != i18n.English {
			return fmt.Errorf("template %s: there is no such mail; names are %s, %s and %s, with .html or .txt, and .de or .en before that", f.Name(), layout, parts, strings.Join(kinds, ", "))
		}
	}
	return nil
}

// say is the function t of templates: a text by its key, with names and values in pairs.
func say(texts *i18n.Catalog, lang, key string, args []any) (string, error) {
	if !texts.Has(key) {
		return "", fmt.Errorf("there is no text %q", key)
	}
	if len(args)%2 != 0 {
		return "", fmt.Errorf("text %q: names and values come in pairs", key)
	}
	named := i18n.Args{}
	for i := 0; i < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok {
			return "", fmt.Errorf("text %q: %v is not a name", key, args[i])
		}
		named[name] = args[i+1]
	}
	return texts.T(lang, key, named), nil
}

// render writes m. subject is "" when the template leaves it to the mail.
func (f *form) render(m *Mail) (subject, text, html string, err error) {
	var s, t, h strings.Builder
	if f.text.Lookup("subject") != nil {
		if err := f.text.ExecuteTemplate(&s, "subject", m); err != nil {
			return "", "", "", err
		}
		subject = oneLine(s.String())
		c := *m
		c.Subject, m = subject, &c
	}
	if err := f.text.Execute(&t, m); err != nil {
		return "", "", "", err
	}
	if err := f.html.Execute(&h, m); err != nil {
		return "", "", "", err
	}
	return subject, strings.TrimRight(t.String(), "\n ") + "\n", strings.TrimRight(h.String(), "\n") + "\n", nil
}

// sample has something in every field.
func sample(key formKey, texts *i18n.Catalog) *Mail {
	text := linesOf([]string{"x", "", "https://desk.example/"})
	return &Mail{Kind: key.kind, Lang: key.lang, Subject: "x", Desk: Desk{Name: "x", Logo: "https://desk.example/logo.png", Color: "#000000"}, Number: 1,
		TicketSubject: "x", Lead: "x", Facts: []Fact{{texts.T(key.lang, "mailout.fact.ticket"), "x"}}, Link: "https://desk.example/", Text: text,
		Images: []Image{{"cid:x", "x"}}, Quoted: text, QuotedBy: "x", Signature: text, Footer: "x"}
}
