package mime

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
)

// TestDates: what mail programs write, with the zones of RFC 5322 section 4.3 and in other orders and languages.
func TestDates(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Mon, 23 Nov 2026 10:15:12 +0100": "2026-11-23T09:15:12Z", "23 Nov 2026 10:15:12 GMT": "2026-11-23T10:15:12Z", "Mon, 23 Nov 26 10:15:12 EST": "2026-11-23T15:15:12Z",
		"Mon, 23 Nov 2026 10:15:12 MET": "2026-11-23T09:15:12Z", "Mon, 23 Nov 2026 10:15:12 CEST": "2026-11-23T08:15:12Z", "Mon, 23 Nov 2026 10:15:12 Z": "2026-11-23T10:15:12Z",
		"Mon Nov 23 10:15:12 CET 2026": "2026-11-23T09:15:12Z", "Mon Nov 23 10:15:12 2026": "2026-11-23T10:15:12Z", "Mon, 23 Nov 2026 10:15:12 +01:00": "2026-11-23T09:15:12Z",
		"Mon, 23 Nov 2026 10:15:12 GMT+1": "2026-11-23T09:15:12Z", "Mon, 23 Nov 2026 10:15:12 UTC-0330": "2026-11-23T13:45:12Z", "Monday, 23-Nov-26 10:15:12 UTC": "2026-11-23T10:15:12Z",
		"Mon, 23 November 2026 10.15.12 +0100": "2026-11-23T09:15:12Z", "Nov 23, 2026 10:15:12 PM": "2026-11-23T22:15:12Z", "Nov 23, 2026 12:15:12 AM": "2026-11-23T00:15:12Z",
		"Mi, 23 Dez 2026 10:15:12 +0100": "2026-12-23T09:15:12Z", "mar., 3 nov. 2026 10:15:12 +0100": "2026-11-03T09:15:12Z", "jeu., 2 juil. 2026 10:15:12 +0200": "2026-07-02T08:15:12Z",
		"Mon, 23 Nov 126 10:15:12 +0100": "2026-11-23T09:15:12Z", "Mon, 23 Nov 2026 10:15:12 +0000GMT": "2026-11-23T10:15:12Z", `Mon, 23 Nov 2026 10:15:12 "GMT"`: "2026-11-23T10:15:12Z",
		"23.11.2026 10:15:12": "2026-11-23T10:15:12Z", "2026-11-23T10:15:12+01:00": "2026-11-23T09:15:12Z", "Thu, 01 Jan 1970 00:00:00 +0000": "1970-01-01T00:00:00Z",
	} {
		require.Equal(t, want, parseDate(in).Format(time.RFC3339), in)
	}
	for _, in := range []string{"", "garbage", "Mon, 31 Feb 2026 10:15:12 +0100", "Mon, 23 Nov 2026 24:15:12 +0100", "23 Nov 2026", "10:15:12", "Nov 10:15:12 2026", "- - -", "+ 1 Nov 2026", "-Nov-", "1-Nov-", "-Nov-26"} {
		require.True(t, parseDate(in).IsZero(), in)
	}
}

// FuzzParseDate: no date makes it panic, and what it gives is a time of the years that it takes.
func FuzzParseDate(f *testing.F) {
	f.Add("Mon, 23-Nov-26 10.15.12 PM GMT+1 (x)")
	f.Fuzz(func(t *testing.T, s string) {
		if at := parseDate(s); !at.IsZero() && (at.Year() < -1 || at.Year() > 10000) {
			t.Fatal(at)
		}
	})
}

// TestCharsetsByOtherNames: names that programs invented, and declarations that cannot be true.
func TestCharsetsByOtherNames(t *testing.T) {
	t.Parallel()
	const text = "Größe des Geräts"
	mac, err := charmap.Macintosh.NewEncoder().String(text)
	require.NoError(t, err)
	dos, err := charmap.CodePage858.NewEncoder().String(text)
	require.NoError(t, err)
	cyrillic, err := charmap.Windows1251.NewEncoder().String("<meta http-equiv=Content-Type content='text/html; charset=windows-1251'>не работает")
	require.NoError(t, err)
	for _, c := range []struct{ charset, body, want string }{
		{"x-macroman", mac, text},
		{"ibm858", dos, text},
		{"x-user-defined", text, text},
		{"unicode", text, text},
		{"utf-16", "G\x00r\x00\xf6\x00\xdf\x00e\x00", "Größe"},
		{"utf-16", "\x00G\x00r\x00\xf6\x00\xdf\x00e", "Größe"},
		{"unicode-1-1-utf-7", "Gr+APYA3w-e", "Größe"},
	} {
		require.Equal(t, c.want, toUTF8([]byte(c.body), c.charset), c.charset)
	}
	require.Contains(t, htmlToUTF8([]byte(cyrillic), "us-ascii"), "не работает")
	require.Contains(t, htmlToUTF8([]byte(cyrillic), ""), "не работает")

	wide := "\xff\xfe"
	for _, c := range []byte("From: a@x.example\nSubject: x\n\nhi") {
		wide += string([]byte{c, 0})
	}
	m, err := Parse([]byte(wide), Limits{})
	require.NoError(t, err)
	require.Equal(t, "a@x.example", m.From[0].Email)
	require.Equal(t, "hi", m.Text)
}

// TestTransferEncodingsByOtherNames also has what is labelled as an encoding that it is not in.
func TestTransferEncodingsByOtherNames(t *testing.T) {
	t.Parallel()
	size := base64.StdEncoding.EncodeToString([]byte("Größe"))
	for _, c := range []struct{ encoding, body, want string }{
		{"quoted-printable (sic)", "Gr=C3=B6=C3=9Fe", "Größe"},
		{"base-64", size, "Größe"},
		{"base64", "R3LD tsOf\n ZQ==\n\n-- \na list, with its footer\n", "Größe"},
		{"base64", "8J-Yig==", "😊"},
		{"base64", "Hallo, das ist kein Base64, sondern Text.", "Hallo, das ist kein Base64, sondern Text."},
	} {
		out, _ := decodeTransfer([]byte(c.body), c.encoding)
		require.Equal(t, c.want, string(out), c.encoding)
	}
}

// TestFlowed is RFC 3676.
func TestFlowed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, want string
		del      bool
	}{
		{"one \ntwo\n\nthree", "one two\n\nthree", false},
		{"one  \nhalf-w \nord", "one half-word", true},
		{"> a \n> b\n>> c \n> d", "> a b\n>> c \n> d", false},
		{"new \n> old", "new \n> old", false},
		{" >stuffed\n From here", ">stuffed\nFrom here", false},
		{"text \n-- \nAnn \nLee", "text \n-- \nAnn Lee", false},
		{"", "", false},
	} {
		require.Equal(t, c.want, unflow(c.in, c.del), c.in)
	}
	m := parsed(t, "text/plain; format=flowed; delsp=yes", "A long line  \nthat goes on.\n-- \nAnn\n", Limits{})
	require.Equal(t, "A long line that goes on.", m.Text)
	require.Equal(t, "-- \nAnn", m.Quoted)
}

// TestFilesInTheText: uuencoded files within a text, and lines that only begin like one.
func TestFilesInTheText(t *testing.T) {
	t.Parallel()
	const file = "begin 644 ../a.txt\n#86)C\n`\nend\n"
	m := parsed(t, "text/plain", "See the file:\n\n"+file+"\nAnn\n", Limits{})
	require.Equal(t, "See the file:\n\n\nAnn", m.Text)
	require.Len(t, m.Attachments, 1)
	require.Equal(t, "a.txt", m.Attachments[0].Name)
	require.Equal(t, "abc", string(m.Attachments[0].Data))
	for _, text := range []string{"begin 644 a.txt\n#86)C\n`\n", "begin 644 a.txt\n#86)Ctoolong\nend", "begin 644 a.txt\nend", "begin at 8 o'clock\n#86)C\nend", "begin 999 a\n#86)C\nend"} {
		m = parsed(t, "text/plain", text, Limits{})
		require.Empty(t, m.Attachments, text)
		require.Contains(t, m.Text, "begin", text)
	}
}

// TestBrokenStructure: declarations of parts that are not quite right.
func TestBrokenStructure(t *testing.T) {
	t.Parallel()
	const parts = "--b\nContent-Type: text/plain\n\nHallo\n--b\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQK\n--b--\n"
	for _, head := range []string{
		"Content-Type: multipart/mixed", "Content-Type: multipart/mixed; boundary=other", "Content-Type: multipart/mixed; boundary='b'", "Content-Type: multipart/mixed; boundary=\"b \"", "Content-Type: multipart/mixed; boundary=b (sic)",
		"Content-Type: multipart/mixed boundary=b", "Content-Type: multipart/mixed;\nboundary=b", "Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b",
	} {
		m, err := Parse([]byte("From: a@x.example\n"+head+"\n\n"+parts), Limits{})
		require.NoError(t, err)
		require.Equal(t, "Hallo", m.Text, head)
		require.Len(t, m.Attachments, 1, head)
		require.Equal(t, "a.pdf", m.Attachments[0].Name, head)
	}
	for head, want := range map[string]string{
		"From : a@x.example\nSubject : x":                            "Hallo",
		"no field at all\nFrom: a@x.example\nSubject: x":             "Hallo",
		"From: a@x.example\nSubject: x\nContent-Type: text/markdown": "Hallo",
	} {
		m, err := Parse([]byte(head+"\n\nHallo"), Limits{})
		require.NoError(t, err)
		require.Equal(t, "x", m.Subject, head)
		require.Equal(t, want, m.Text, head)
		require.Equal(t, []Address{{"", "a@x.example"}}, m.From, head)
	}
	require.Equal(t, "Größe.pdf", parseMedia(`attachment; filename="utf-8''Gr%C3%B6%C3%9Fe.pdf"`, "").params["filename"])
	require.Equal(t, "it''s 5%.pdf", parseMedia(`attachment; filename="it''s 5%.pdf"`, "").params["filename"])
	require.Equal(t, []string{"a@x.example"}, parseIDs("=?utf-8?q?=3Ca=40x=2Eexample=3E?="))
}

// TestReportsOfSpamFilters: systems that send no fields for machines.
func TestReportsOfSpamFilters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body    string
		delayed bool
	}{
		{"Your message to: k@y.example\nwas blocked by our Spam Firewall.\n", false},
		{"k@y.example - no such user here\n", false},
		{"User k (k@y.example) not listed in the directory\n", false},
		{"A message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours.\n\n  k@y.example\n\nDelivery attempts will continue.\n", true},
	} {
		m, err := Parse([]byte("From: MAILER-DAEMON@x.example\nSubject: Your message\n\n"+c.body), Limits{})
		require.NoError(t, err)
		require.Len(t, m.Failures, 1, c.body)
		require.Equal(t, "k@y.example", m.Failures[0].Recipient)
		require.Equal(t, c.delayed, m.Failures[0].Delayed, c.body)
	}
}
