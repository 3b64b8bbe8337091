package mime

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// TestCutAddressesIsLinear takes seconds; if each colon looked at all before it, it would take hours.
func TestCutAddressesIsLinear(t *testing.T) {
	t.Parallel()
	const size = 8 << 20
	for unit, want := range map[string]int{"mailto:": 1, "@:": 1, "MailTo:x@y:": 1, "a:": 0, "a:b@c:;": 1000, `"@":`: 1} {
		list, _ := cutAddresses(strings.Repeat(unit, size/len(unit)), 1000, true)
		require.Len(t, list, want, unit)
	}
}

func TestGroupsAndMailto(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"mailto:a@b.example":               {"mailto:a@b.example"},
		"MAILTO:a@b.example, x@y.example":  {"MAILTO:a@b.example", "x@y.example"},
		"ilto:a@b.example":                 {"a@b.example"},
		"x@y.example;mailto:a@b.example":   {"x@y.example", "mailto:a@b.example"},
		"ma,ilto:a@b.example":              {"ma", "a@b.example"},
		"A: a@b.example; B: c@d.example;":  {"a@b.example", "c@d.example"},
		"@relay.example:a@b.example, c: d": {"@relay.example:a@b.example", "d"},
	} {
		list, _ := cutAddresses(in, 10, true)
		require.Equal(t, want, list, in)
	}
}

// TestFoldWork bounds the comparisons with patterns, and finds nothing where it gave up.
func TestFoldWork(t *testing.T) {
	t.Parallel()
	for unit, most := range map[string]int{
		"a:\n":                        0,
		"n:\n":                        0,
		"- entry\n":                   0,
		"On Mon a@b wrote\n":          0,
		"1:\n":                        maxAttempts,
		"beginning of things:\nto:\n": maxAttempts,
		"--\n":                        maxAttempts,
		"2026 x wrote\n":              maxAttempts,
		"On 1.1.2026 a@b.example wrote:\n> x\ny\n": maxAttempts,
	} {
		text := strings.TrimSpace(strings.Repeat(unit, (1<<20)/len(unit)))
		f := &folder{lines: strings.Split(text, "\n")}
		require.Equal(t, len(f.lines), f.start(), unit)
		require.LessOrEqual(t, f.attempts, most, unit)
		if most > 0 {
			require.Equal(t, most, f.attempts, "%q does not reach the limit that it is to test", unit)
		}
		fresh, quoted := fold(text, "")
		require.Equal(t, letters(text), letters(fresh+quoted), unit)
	}
}

// TestBelowIsBounded repeats what makes below read the whole rest of the text.
func TestBelowIsBounded(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("On 1.1.2026 Ann wrote:\n> x\ny\n", 1000) + strings.Repeat(" \n", 100_000) + "-- \nAnn"
	f := &folder{lines: strings.Split(text, "\n")}
	require.Equal(t, len(f.lines), f.start())
	require.Equal(t, 1000, f.looks)
	require.Equal(t, nothing, f.below(0), "not looked at any more")
}

func parsed(t *testing.T, contentType, body string, lim Limits) *Mail {
	t.Helper()
	m, err := Parse([]byte("Subject: x\nContent-Type: "+contentType+"\n\n"+body), lim)
	require.NoError(t, err)
	require.True(t, utf8.ValidString(m.Text))
	return m
}

func TestTextIsCut(t *testing.T) {
	t.Parallel()
	const plain = "text/plain; charset=utf-8"
	m := parsed(t, plain, strings.Repeat("x", 1<<20), Limits{})
	require.Len(t, m.Text, 1<<20)
	require.False(t, m.Truncated)

	m = parsed(t, plain, strings.Repeat("x", 20<<20), Limits{})
	require.Len(t, m.Text, 1<<20)
	require.True(t, m.Truncated)

	m = parsed(t, plain, "abcdefgü and more", Limits{Text: 8})
	require.Equal(t, "abcdefg", m.Text, "no half of a character")
	require.True(t, m.Truncated)

	m = parsed(t, plain, "a\r\nb\r\nc\r\n", Limits{Text: 6})
	require.Equal(t, "a\nb\nc", m.Text)
	require.False(t, m.Truncated, "it is counted with LF")

	m = parsed(t, plain, "new\n\n> "+strings.Repeat("old ", 10), Limits{Text: 20})
	require.Equal(t, "new", m.Text)
	require.Equal(t, "> old old old o", m.Quoted, "cut before folding")
	require.True(t, m.Truncated)

	two := "--b\nContent-Type: text/plain\n\none\n--b\nContent-Type: text/plain\n\ntwo\n--b--\n"
	m = parsed(t, "multipart/mixed; boundary=b", two, Limits{Text: 6})
	require.Equal(t, "one\n\nt", m.Text, "all parts together")
	require.True(t, m.Truncated)
	m = parsed(t, "multipart/alternative; boundary=b", two, Limits{Text: 6})
	require.Equal(t, "one\n\nt", m.Text)
	require.True(t, m.Truncated)
	require.False(t, parsed(t, "multipart/mixed; boundary=b", two, Limits{}).Truncated)
}

func TestHTMLIsDropped(t *testing.T) {
	t.Parallel()
	const limit = 1000
	lim := Limits{HTML: limit}
	doc := func(size int) string { return "<p>first " + strings.Repeat("x", size-len("<p>first ")) }

	m := parsed(t, "text/html", doc(limit), lim)
	require.NotEmpty(t, m.HTML)
	require.False(t, m.Truncated)

	m = parsed(t, "text/html", doc(limit+1), lim)
	require.Empty(t, m.HTML)
	require.True(t, m.Truncated)
	require.Equal(t, "first "+strings.Repeat("x", limit-len("<p>first ")), m.Text)

	m = parsed(t, "text/html", strings.Repeat("<b>word</b> ", 2<<20), Limits{}) // 24 MiB
	require.Empty(t, m.HTML)
	require.True(t, m.Truncated)
	require.True(t, strings.HasPrefix(m.Text, "word word"), m.Text[:20])
	require.LessOrEqual(t, len(m.Text), 1<<20)

	form := func(kind, text string) string { return "--b\nContent-Type: text/" + kind + "\n\n" + text + "\n" }
	m = parsed(t, "multipart/alternative; boundary=b", form("plain", "the text")+form("html", doc(limit+1))+"--b--\n", lim)
	require.Equal(t, "the text", m.Text)
	require.Empty(t, m.HTML)
	require.True(t, m.Truncated)

	m = parsed(t, "multipart/mixed; boundary=b", form("html", doc(limit/2))+form("html", doc(limit/2+100))+"--b--\n", lim)
	require.Empty(t, m.HTML, "too much together")
	require.True(t, m.Truncated)
	require.Equal(t, 2, strings.Count(m.Text, "first"), "the text goes up to the limit")

	m = parsed(t, "multipart/mixed; boundary=b", form("html", "<p>a</p>")+form("plain", strings.Repeat("<", limit/2))+"--b--\n", lim)
	require.Empty(t, m.HTML, "text grows when it is escaped")
	require.Contains(t, m.Text, strings.Repeat("<", limit/2))
	require.True(t, m.Truncated)
}

// TestFileIsNotTruncated: a file that could have been the text stays whole, and says nothing of the text.
func TestFileIsNotTruncated(t *testing.T) {
	t.Parallel()
	body := "--b\nContent-Type: text/plain\n\nhi\n--b\nContent-Type: text/plain; name=a.txt\n\n" + strings.Repeat("x", 100) + "\n--b--\n"
	m := parsed(t, "multipart/mixed; boundary=b", body, Limits{Text: 10})
	require.Equal(t, "hi", m.Text)
	require.Len(t, m.Attachments, 1)
	require.Len(t, m.Attachments[0].Data, 100)
	require.False(t, m.Truncated)
}
