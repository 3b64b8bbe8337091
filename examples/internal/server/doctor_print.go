package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/ticketkit/ticketkit/internal/i18n"
)

// findings are what a doctor says about one desk or all.
type findings struct {
	p        *program
	texts    *i18n.Catalog
	examined []*examination // one at least
}

// foundJSON is the form of --json.
type foundJSON struct {
	OK       bool          `json:"ok"` // no errors
	Errors   int           `json:"errors"`
	Warnings int           `json:"warnings"`
	Findings []findingJSON `json:"findings"`
}

type findingJSON struct {
	Desk  string `json:"desk,omitempty"` // of several
	Level string `json:"level"`
	Check string `json:"check"`
	Text  string `json:"text"`
	Fix   string `json:"fix"`
}

// print writes the findings in the language of the desk, the errors last, for they are what is read first. An error is returned when there is one.
func (x *findings) print(asJSON bool) error {
	lang := x.examined[0].language()
	out := foundJSON{Findings: []findingJSON{}}
	for _, e := range x.examined {
		for _, f := range e.found {
			f = f.In(lang)
			out.Findings = append(out.Findings, findingJSON{e.deskName(), f.Level, f.Check, f.Text, f.Fix})
			switch f.Level {
			case wrong:
				out.Errors++
			case warning:
				out.Warnings++
			}
		}
	}
	out.OK = out.Errors == 0
	order := map[string]int{fine: 0, warning: 1, wrong: 2}
	slices.SortStableFunc(out.Findings, func(a, b findingJSON) int { return order[a.Level] - order[b.Level] })
	if err := x.write(out, asJSON, lang); err != nil {
		return err
	}
	if !out.OK {
		return errors.New(x.texts.T(lang, "doctor.end.wrong", out.Errors))
	}
	return nil
}

func (x *findings) write(out foundJSON, asJSON bool, lang string) error {
	if asJSON {
		e := json.NewEncoder(x.p.out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(out)
	}
	for _, f := range out.Findings {
		check := f.Check
		if f.Desk != "" {
			check = f.Desk + " " + check
		}
		if _, err := fmt.Fprintf(x.p.out, "%-8s %s: %s\n", x.texts.T(lang, "doctor.level."+f.Level), check, f.Text); err != nil {
			return err
		}
		if f.Fix != "" {
			if _, err := fmt.Fprintf(x.p.out, "%-8s → %s\n", "", f.Fix); err != nil {
				return err
			}
		}
	}
	if !out.OK {
		return nil // the error says it
	}
	_, err := fmt.Fprintln(x.p.out, x.texts.T(lang, "doctor.end.good", i18n.Args{"count": out.Warnings}))
	return err
}

// deskName is that of the desk that was looked at, where there are several.
func (x *examination) deskName() string {
	if x.p.env == nil {
		return ""
	}
	return x.p.env.desk
}

// language is that of the configuration, also when the rest of it is no good.
func (x *examination) language() string {
	if x.c != nil {
		return x.c.Locale
	}
	if x.p.env != nil && x.p.env.get("LOCALE", i18n.German) == i18n.English || os.Getenv("LOCALE") == i18n.English {
		return i18n.English
	}
	return i18n.German
}
