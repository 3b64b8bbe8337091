package pages

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	c, err := loadTexts(textFiles)
	require.NoError(t, err)
	require.Empty(t, i18n.Parity(c))
	for kind := range statuses {
		require.True(t, c.Has("fault."+string(kind)) && c.Has("fault."+string(kind)+".detail"), "fault.%s", kind)
	}
	for _, e := range []*pageError{errHost, errForeign, errNoMethod, errMustChange} {
		require.True(t, c.Has("fault."+e.word) && c.Has("fault."+e.word+".detail"), "fault.%s", e.word)
	}
	for _, typ := range auditTypes {
		require.True(t, c.Has("kind."+string(typ)), "kind.%s", typ)
		require.True(t, c.Has("event."+string(typ)), "event.%s", typ)
	}
	for _, v := range inboxViews {
		require.True(t, c.Has("view."+v.Name))
	}
}

// TestEveryEventHasASentence renders each type of event that the source defines, with nothing known but the type: no sentence may be
// missing in a language, and none may show a placeholder that nobody filled in.
func TestEveryEventHasASentence(t *testing.T) {
	t.Parallel()
	c, err := loadTexts(textFiles)
	require.NoError(t, err)
	defined := regexp.MustCompile(`(?m)^(?:const)?\s*Event\w+\s+(?:ticket\.)?EventType\s*=\s*"([^"]+)"`)
	for dir, one := range map[string]ticket.EventType{"ticket": ticket.EventCreated, "rbac": "user.created", "sla": "sla.breached"} {
		names, err := filepath.Glob("../../" + dir + "/*.go")
		require.NoError(t, err)
		var types []ticket.EventType
		for _, n := range names {
			if strings.HasSuffix(n, "_test.go") {
				continue
			}
			b, err := os.ReadFile(n)
			require.NoError(t, err)
			for _, m := range defined.FindAllStringSubmatch(string(b), -1) {
				types = append(types, ticket.EventType(m[1]))
			}
		}
		require.Contains(t, types, one)
		for _, lang := range []string{"de", "en"} {
			v := &view{site: &site{texts: c}, Lang: lang}
			for _, typ := range types {
				require.True(t, c.Has("event."+string(typ)), "event.%s", typ)
				require.NotRegexp(t, `[{}]`, v.sentence(&ticket.Event{Type: typ}), "%s in %s", typ, lang)
			}
			late := v.sentence(&ticket.Event{Type: "sla.breached", Data: json.RawMessage(`{"clock":"resolution"}`)})
			require.Equal(t, map[string]string{"de": "Überfällig: Lösung", "en": "Overdue: Resolution"}[lang], late)
		}
	}
}

// TestNoUnusedTexts finds what nobody shows any more.
func TestNoUnusedTexts(t *testing.T) {
	t.Parallel()
	var own map[string]string
	b, err := textFiles.ReadFile("de.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &own))
	var src strings.Builder
	for _, pattern := range []string{"*.go", "templates/*.html"} {
		names, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, n := range names {
			if strings.HasSuffix(n, "_test.go") {
				continue
			}
			b, err := os.ReadFile(n)
			require.NoError(t, err)
			src.Write(b)
		}
	}
	made := regexp.MustCompile(`^(?:view|theme|sort|channel|day|fault|said|event|kind|input|detail|done|mail)\.`) // put together at run time
	for key := range own {
		stem := strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".other")
		if !made.MatchString(key) {
			require.Contains(t, src.String(), `"`+stem+`"`, "%s is shown nowhere", key)
		}
	}
	for key := range own {
		word, ok := strings.CutPrefix(key, "done.")
		if ok {
			require.Contains(t, src.String(), `"`+word+`"`, "%s is shown nowhere", key)
		}
	}
	for _, kind := range ticket.NoticeKinds() {
		require.NotEmpty(t, own["mail."+string(kind)], kind)
		delete(own, "mail."+string(kind))
	}
	for key := range own {
		require.False(t, strings.HasPrefix(key, "mail."), "%s is no kind of mail", key)
	}
}

// TestServiceErrorsSpeakGerman takes sentences as the services write them.
func TestServiceErrorsSpeakGerman(t *testing.T) {
	t.Parallel()
	c, err := loadTexts(textFiles)
	require.NoError(t, err)
	s := &site{texts: c, states: map[ticket.Status]ticket.Category{"closed": ticket.Closed, "new": ticket.New}}
	de, en := &view{site: s, Lang: "de"}, &view{site: s, Lang: "en"}
	for want, err := range map[string]error{
		"Betreff: darf nicht leer sein":                                                               ticket.InvalidField("subject", "must not be empty"),
		"Betreff: hat 300 Zeichen, erlaubt sind 255":                                                  ticket.InvalidField("subject", "has 300 characters, at most 255 are allowed"),
		"Anna war schneller und hat das Ticket.":                                                      ticket.Errorf(ticket.Conflict, "Anna was faster and has the ticket"),
		"Ein Ticket im Zustand „Geschlossen“ kann nicht „Neu“ werden.":                                ticket.Errorf(ticket.Conflict, "a ticket that is closed cannot become new"),
		"Passwort: muss mindestens 8 Zeichen haben":                                                   ticket.InvalidField("password", "must have at least 8 characters"),
		"Es fehlt die Berechtigung ticket:close.":                                                     &ticket.Error{Kind: ticket.Denied, Msg: "the permission ticket:close is missing for this ticket"},
		"Das geht im jetzigen Zustand nicht.":                                                         ticket.Errorf(ticket.Conflict, "a sentence that nobody has translated"),
		"Es ist ein Fehler aufgetreten.":                                                              fmt.Errorf("disk: %w", os.ErrClosed),
		"E-Mail-Adresse der anfragenden Person: ist keine E-Mail-Adresse":                             ticket.InvalidField("requester.email", "is not a mail address"),
		"Die letzte aktive Administration muss bleiben. Geben Sie zuerst jemand anderem diese Rolle.": ticket.Errorf(ticket.Conflict, "the last active admin must stay: make somebody else an admin first"),
	} {
		require.Equal(t, want, de.explain(err))
		require.NotEmpty(t, en.explain(err))
		require.NotEqual(t, want, en.explain(err))
	}
	require.Equal(t, "a sentence that nobody has translated", en.explain(ticket.Errorf(ticket.Conflict, "a sentence that nobody has translated")))
}

func TestLinks(t *testing.T) {
	t.Parallel()
	v := &view{}
	for in, want := range map[string]string{
		"no link":                      "no link",
		"<b>&":                         "&lt;b&gt;&amp;",
		"see https://a.example/x?y=1.": `see <a href="https://a.example/x?y=1" rel="noopener noreferrer nofollow" target="_blank">https://a.example/x?y=1</a>.`,
		"(http://a.example/(b))":       `(<a href="http://a.example/(b)" rel="noopener noreferrer nofollow" target="_blank">http://a.example/(b)</a>)`,
		"https://a.example/\"onx=1":    `<a href="https://a.example/" rel="noopener noreferrer nofollow" target="_blank">https://a.example/</a>&#34;onx=1`,
		"https://a.example/&lt;":       `<a href="https://a.example/&amp;lt" rel="noopener noreferrer nofollow" target="_blank">https://a.example/&amp;lt</a>;`,
		"javascript:alert(1)":          "javascript:alert(1)",
		"https://":                     "https://",
	} {
		require.Equal(t, want, string(v.Text(in)), in)
	}
}

// TestPalette goes through the colours that people choose: what stands on them, and they on the page, can always be read.
func TestPalette(t *testing.T) {
	t.Parallel()
	for r := 0; r < 256; r += 51 {
		for g := 0; g < 256; g += 51 {
			for b := 0; b < 256; b += 51 {
				c := colour{uint8(r), uint8(g), uint8(b)}
				p := paletteOf(c.String())
				require.GreaterOrEqual(t, contrast(p.onFill, p.fill), 4.5, c)
				for _, ground := range []colour{lightGround, lightDull, p.lightTint} {
					require.GreaterOrEqual(t, contrast(p.lightText, ground), 4.5, c)
				}
				for _, ground := range []colour{darkGround, darkDull, p.darkTint} {
					require.GreaterOrEqual(t, contrast(p.darkText, ground), 4.5, c)
				}
			}
		}
	}
}

// TestStyleContrast reads the colours of the style sheet: each text on each ground that it stands on, in both themes.
func TestStyleContrast(t *testing.T) {
	t.Parallel()
	vars := map[string][2]colour{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`).FindAllStringSubmatch(string(styleSheet), -1) {
		vars[m[1]] = [2]colour{parseColour(m[2]), parseColour(m[3])}
	}
	require.Equal(t, [2]colour{lightGround, darkGround}, vars["raised"], "the palette reckons with these grounds")
	require.Equal(t, [2]colour{lightDull, darkDull}, vars["hover"])
	for _, pair := range [][2]string{{"text", "bg"}, {"text", "surface"}, {"text", "hover"}, {"text", "note"}, {"muted", "bg"}, {"muted", "surface"}, {"muted", "hover"}, {"muted", "sunken"},
		{"muted", "raised"}, {"muted", "note"}, {"ok", "surface"}, {"ok", "ok-tint"}, {"warn", "surface"}, {"warn", "warn-tint"}, {"warn", "hover"}, {"bad", "surface"}, {"bad", "bad-tint"},
		{"bad", "raised"}, {"pause", "surface"}, {"pause", "hover"}, {"note-text", "note"}} {
		for theme := range 2 {
			require.Contains(t, vars, pair[0])
			require.Contains(t, vars, pair[1])
			require.GreaterOrEqual(t, contrast(vars[pair[0]][theme], vars[pair[1]][theme]), 4.5, "%s on %s, theme %d", pair[0], pair[1], theme)
		}
	}
	for theme := range 2 { // the border of a field (WCAG 2.2, 1.4.11)
		for _, ground := range []string{"surface", "bg"} {
			require.GreaterOrEqual(t, contrast(vars["edge"][theme], vars[ground][theme]), 3.0, "edge on %s", ground)
		}
	}
}

func TestStyleIsSmall(t *testing.T) {
	t.Parallel()
	require.Less(t, len(styleSheet), 40<<10)
	require.NotContains(t, string(styleSheet), "http", "nothing is fetched from elsewhere")
}

func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/", "//x", `/\x`, "/a?b=c#d", "https://x", "/%2f/x", "/a//b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := localPath(s)
		require.True(t, strings.HasPrefix(out, "/"))
		require.False(t, strings.HasPrefix(out, "//"))
		require.NotContains(t, out, "\\")
		require.False(t, strings.ContainsAny(out, "\r\n\t"))
	})
}
