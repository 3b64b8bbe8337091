package transcript_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

// attacks are texts that would be something else than text in one of the formats, or in a terminal.
var attacks = map[string]string{
	"script":           `<script>alert(1)</script>`,
	"attribute":        `" onmouseover="alert(1)" x='`,
	"apostrophe":       `' onmouseover='alert(1)`,
	"image":            `<img src=x onerror=alert(1)>`,
	"end tags":         `</title></style></div></details></article></main></body></html><script>alert(1)</script>`,
	"comment":          `<!--`,
	"template":         `{{.Secret}}{count}{actor}`,
	"entity":           `&lt;script&gt;&#60;b&#62;`,
	"url":              `javascript:alert(1)`,
	"heading":          `# Überschrift`,
	"emphasis":         `**fett** _kursiv_ ~~weg~~ ==hell== ++neu++`,
	"link":             `[hier](https://boese.example) ![bild](https://boese.example/x.png)`,
	"reference":        `[a]: https://boese.example "b"`,
	"autolink":         `<https://boese.example> https://boese.example www.boese.example a@boese.example mailto:a@boese.example`,
	"code":             "`x` ```y``` ~~~z~~~",
	"table":            `a | b | c`,
	"rule":             `---`,
	"stars":            `***`,
	"setext":           `===`,
	"list":             `- [x] Punkt`,
	"plus list":        `+ Punkt`,
	"numbered":         `1. Punkt`,
	"numbered bracket": `1) Punkt`,
	"quote":            `> zitiert`,
	"indented":         `        eingerückt`,
	"backslash":        `\`,
	"footnote":         `[^1] [^1]: Fußnote`,
	"definition":       `: Erklärung`,
	"attributes":       `{#id .class onclick=x}`,
	"mathematics":      `$$x$$ $y$`,
	"emoji":            `:smile: :100:`,
	"mention":          `@everyone #1042`,
	"colours":          "\x1b[31mrot\x1b[0m \u009b2J \x1b]0;Titel\x07 \x1bc",
	"controls":         "a\x00b\x07c\x08d\x7fe\u0085f",
	"lines":            "a\rb\r\nc\nd\u2028e\u2029f\vg\fh",
	"bidi":             "a\u202eb\u202dc\u2066d\u2067e\u2068f\u2069g\u200eh\u200fi\u061cj",
	"invisible":        "a\u200bb\ufeffc\u2060d\U000e0041e",
	"broken":           "a\xffb\xc3",
	"empty":            "",
}

// everywhere is a source whose every text is s, and whose every other field is filled too.
func everywhere(s string) transcript.Source {
	author := ticket.Author{Type: ticket.ActorContact, ID: s, Name: s, Email: s}
	var events []ticket.Event
	for _, typ := range []ticket.EventType{ticket.EventCreated, ticket.EventAssigned, ticket.EventEscalated, ticket.EventPriorityChanged,
		ticket.EventStatusChanged, ticket.EventClosed, ticket.EventSnoozed, ticket.EventTagged, ticket.EventSubjectChanged, ticket.EventQueueChanged,
		ticket.EventFieldsChanged, ticket.EventAttached, ticket.EventTimer, ticket.EventType("x" + s)} {
		e := ticket.Event{ID: ticket.EventID(s), TicketID: ticket.ID(s), N: 1, Type: typ, At: at(8, 0),
			Actor: ticket.EventActor{Type: ticket.ActorContact, ID: s, Name: s}}
		e.Data = object("from", s, "to", s, "name", s, "until", s, "level", s, "assignee_id", "x"+s, "from_category", s, "to_category", s)
		e.Private = object("reason", "x"+s, "from", "x"+s, "to", "x"+s, "name", "x"+s, "assignee", s, "added", []string{"x" + s}, "removed", []string{"x" + s})
		events = append(events, e)
	}
	unproven := false
	file := ticket.Attachment{ID: ticket.AttachmentID(s), Name: s, ContentType: "x" + s, Size: 1, SHA256: "x" + s, ContentID: s}
	m := ticket.Message{ID: ticket.MessageID(s), TicketID: ticket.ID(s), N: 1, Kind: ticket.Public, Author: author, Channel: s, Text: "x" + s, Quoted: "x" + s,
		Machine: true, Verified: &unproven, ExternalID: s, RawSHA256: s, To: []ticket.Identity{{Kind: s, Value: "x" + s}},
		Delivery: &ticket.Delivery{State: ticket.DeliveryState(s), Reason: "x" + s, At: at(8, 0)}, Attachments: []ticket.Attachment{file}, CreatedAt: at(8, 0)}
	note := m
	note.N, note.Kind = 2, ticket.Note
	return transcript.Source{
		Ticket: ticket.Ticket{ID: ticket.ID(s), Number: 1, Subject: s, Status: ticket.Status("x" + s), Category: ticket.Category("x" + s),
			Priority: ticket.Priority("x" + s), Queue: ticket.QueueRef{ID: ticket.QueueID(s), Name: "x" + s}, Channel: "x" + s, Source: "x" + s,
			Requester: ticket.ContactRef{ID: ticket.ContactID(s), Name: "x" + s, Email: "y" + s}, Assignee: &ticket.AccountRef{ID: ticket.AccountID(s), Name: "x" + s},
			Tags: []string{"x" + s}, Fields: map[string]any{"x" + s: "x" + s}, Preview: s, CreatedAt: at(8, 0)},
		Participants: []ticket.Participant{{Contact: ticket.ContactRef{ID: ticket.ContactID(s), Name: "x" + s, Email: "y" + s}, Role: s}},
		Messages:     each(m, note), Events: each(events...),
	}
}

func hostileOptions(s string) transcript.Options {
	return transcript.Options{Lang: "de", IncludeNotes: true, Zone: time.UTC, Brand: transcript.Brand{Name: "x" + s, URL: s, ImprintURL: s, PrivacyURL: s}}
}

// forEachAttack puts each attack and, beside it, a harmless text into every field.
func forEachAttack(t *testing.T, f transcript.Format, check func(t *testing.T, attack, harmless, doc string)) {
	t.Helper()
	harmless := render(t, f, everywhere("harmlos"), hostileOptions("harmlos"))
	for name, s := range attacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, s, harmless, render(t, f, everywhere(s), hostileOptions(s)))
		})
	}
}

func TestHostileTextInHTML(t *testing.T) {
	t.Parallel()
	forEachAttack(t, transcript.HTML, func(t *testing.T, s, harmless, doc string) {
		requireValid(t, doc)
		requirePlain(t, doc)
		if s != "" && transcript.Clean(s) != "" { // an address is left out where there is none
			require.Equal(t, tags(t, harmless), tags(t, doc))
		}
	})
}

func TestHostileTextInPlainText(t *testing.T) {
	t.Parallel()
	forEachAttack(t, transcript.Text, func(t *testing.T, s, harmless, doc string) {
		requirePlain(t, doc)
		require.NotContains(t, doc, "[31m")
		// Whatever somebody wrote is indented: the lines at the margin are as many as without an attack.
		require.Equal(t, strings.Count(margin(harmless), "\n"), strings.Count(margin(doc), "\n"), doc)
	})
}

// margin gives the lines that begin at the margin.
func margin(doc string) string {
	var out strings.Builder
	for l := range strings.SplitSeq(doc, "\n") {
		if l != "" && l[0] != ' ' {
			out.WriteString(l + "\n")
		}
	}
	return out.String()
}

// requirePlain looks for what steers a terminal or hides.
func requirePlain(t *testing.T, doc string) {
	t.Helper()
	require.True(t, utf8.ValidString(doc))
	for _, r := range doc {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) ||
			strings.ContainsRune("\u200b\ufeff\u2060\U000e0041", r) {
			t.Fatalf("%U in the document", r)
		}
	}
}

// In JSON a text is what was stored, to the letter, and still nothing in the bytes steers a terminal.
func TestHostileTextInJSON(t *testing.T) {
	t.Parallel()
	forEachAttack(t, transcript.JSON, func(t *testing.T, s, _, doc string) {
		requirePlain(t, doc)
		require.NotContains(t, doc, "<")
		var got struct {
			Ticket   map[string]any
			Items    []map[string]any
			Complete bool
		}
		require.NoError(t, json.Unmarshal([]byte(doc), &got))
		require.True(t, got.Complete)
		want := strings.ToValidUTF8(s, "\ufffd")
		require.Equal(t, want, got.Ticket["subject"])
		seen := 0
		for _, i := range got.Items {
			if i["type"] == "message" {
				require.Equal(t, "x"+want, i["text"])
				require.Equal(t, "x"+want, i["quoted"])
				require.Equal(t, want, i["author"].(map[string]any)["name"])
				seen++
			}
		}
		require.Equal(t, 2, seen)
	})
}

var keyCase = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)

func TestJSONKeysAreSnakeCase(t *testing.T) {
	t.Parallel()
	var doc any
	require.NoError(t, json.Unmarshal([]byte(render(t, transcript.JSON, desk(), options("de", true))), &doc))
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case []any:
			for i, e := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), e)
			}
		case map[string]any:
			for k, e := range v {
				if path != ".ticket.fields" { // those keys are the desk's own
					require.Regexp(t, keyCase, k, path)
				}
				walk(path+"."+k, e)
			}
		default:
			require.NotEqual(t, reflect.Struct, reflect.ValueOf(v).Kind())
		}
	}
	walk("", doc)
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Grüße 👩\u200d💻 \u0627\u0644":                   "Grüße 👩\u200d💻 \u0627\u0644", // joined emoji and Arabic are text
		"a\tb\n\nc\n\n ":                                "a\tb\n\nc",
		"\x1b[1;31mrot\x1b[0m":                          "rot",
		"\x1b]8;;https://a.example\x07hier\x1b]8;;\x07": "]8;;https://a.examplehier]8;;",
		"a\r\nb\rc": "a\nb\nc",
		"\xff":      "\ufffd",
		"a\u202eb":  "ab",
	} {
		require.Equal(t, want, transcript.Clean(in), "%q", in)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range attacks {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := transcript.Clean(s)
		requireClean(t, got)
		require.Equal(t, got, transcript.Clean(got))
	})
}

func requireClean(t *testing.T, s string) {
	t.Helper()
	require.True(t, utf8.ValidString(s))
	for _, r := range s {
		require.False(t, unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r), "%U", r)
	}
}
