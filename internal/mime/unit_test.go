package mime

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

func TestParseAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want []Address
	}{
		{"", nil},
		{"a@B.Example", []Address{{"", "a@b.example"}}},
		{"Ann <a@b.example>, Bob <c@d.example>", []Address{{"Ann", "a@b.example"}, {"Bob", "c@d.example"}}},
		{`"Doe, John" <j@b.example>; "A \"B\" C" <c@d.example>`, []Address{{"Doe, John", "j@b.example"}, {`A "B" C`, "c@d.example"}}},
		{"a@b.example (Ann)", []Address{{"Ann", "a@b.example"}}},
		{"Team: a@b.example, Bob <c@d.example>;, e@f.example", []Address{{"", "a@b.example"}, {"Bob", "c@d.example"}, {"", "e@f.example"}}},
		{"undisclosed-recipients:;", nil},
		{"=?utf-8?q?M=C3=BCller,_Ann?= <a@b.example>", []Address{{"Müller, Ann", "a@b.example"}}},
		{"=?utf-8?q?Ann_<a@b.example>?=", []Address{{"Ann", "a@b.example"}}},
		{"M\xfcller <a@b.example>", []Address{{"Müller", "a@b.example"}}},
		{"<@relay.example:a@b.example>", []Address{{"", "a@b.example"}}},
		{"mailto:a@b.example", []Address{{"", "a@b.example"}}},
		{"'a@b.example' <a@b.example>", []Address{{"a@b.example", "a@b.example"}}},
		{"Ann <a@b.example", []Address{{"Ann", "a@b.example"}}},
		{"Ann <a@b.example> Bob <c@d.example>", []Address{{"Ann", "a@b.example"}, {"Bob", "c@d.example"}}},
		{"a@b.example c@d.example", []Address{{"", "a@b.example"}, {"", "c@d.example"}}},
		{"Ann", []Address{{"Ann", ""}}},
		{"Ann <not an address>", []Address{{"Ann", ""}}},
		{`"Ann <a@b.example>`, []Address{{"Ann", "a@b.example"}}},
		{"ann@müller.example", []Address{{"", "ann@müller.example"}}},
		{"a\u200b@b.example", []Address{{"", "a@b.example"}}},
		{"a..b@c.example", []Address{{"", "a..b@c.example"}}},
	} {
		require.Equal(t, c.want, parseAddresses(c.in, "", 100), "%q", c.in)
	}
	require.Len(t, parseAddresses(strings.Repeat("a@b.example,", 50), "", 10), 11)
	require.Equal(t, "a@b.example", Address{Email: "A@b.example"}.Key())
}

func TestCleanName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a.pdf": "a.pdf", "": "", "..": "", "/": "", "../../etc/passwd": "passwd", `C:\Users\a\b.txt`: "b.txt", "a\u202efdp.exe": "afdp.exe",
		"a\x00\nb.txt": "ab.txt", " a  b .txt. ": "a b .txt", "a:b?.txt": "a_b_.txt", "\u200b": "", "größe.txt": "größe.txt", "a/": "a",
	} {
		require.Equal(t, want, cleanName(in), "%q", in)
	}
	long := cleanName(strings.Repeat("ä", 200) + ".pdf")
	require.LessOrEqual(t, len(long), maxName)
	require.True(t, strings.HasSuffix(long, "ä.pdf"))
}

func TestForwardSubject(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"FW: x": true, "Fwd: x": true, "WG: x": true, "TR : x": true, "[Fwd: x]": true, "[desk] WG: x": true, "fwd:Re: x": true,
		"Re: FW: x": false, "AW: WG: x": false, "x": false, "forward: x": false, "Fwd x": false, "": false, "Trick: x": false,
	} {
		require.Equal(t, want, forwardSubject(s), s)
	}
}

func TestSubjectNumber(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int64{
		"Re: [#1042] x": 1042, "[#1] [#2]": 1, "#1042": 0, "[#]": 0, "[#12a]": 0, "[#9999999999999999999]": 0, "": 0,
	} {
		require.Equal(t, want, subjectNumber(s), s)
	}
}

func TestMachine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		head string
		want MachineReason
	}{
		{"From: ann@customer.example\nSubject: hello", ""},
		{"From: ann@customer.example\nAuto-Submitted: no", ""},
		{"From: ann@customer.example\nSubject: Re: Out of office: when?", ""},
		{"From: ann@customer.example\nSubject: My mail was returned", ""},
		{"From: ann@customer.example\nReturn-Path: <ann@customer.example>", ""},
		{"From: ann@customer.example\nPrecedence: first-class", ""},
		{"From: ann@customer.example\nX-Auto-Response-Suppress: None", ""},
		{"From: noreply@shop.example\nReply-To: ann@customer.example", ""},
		{"From: bounceback-fan@customer.example", ""},
		{"From: noreply@shop.example", ReasonNoReply},
		{"From: Ann <no-reply@shop.example>\nReply-To: no-reply@shop.example", ReasonNoReply},
		{"From: a@b.example\nX-Ticketkit-Desk: 1", ""},
		{"From: a@b.example\nContent-Type: multipart/report; boundary=x", ReasonReport},
		{"From: a@b.example\nX-Failed-Recipients: c@d.example", ReasonFailedRecipients},
		{"From: a@b.example\nReturn-Path: <>", ReasonNullReturnPath},
		{"From: Mail Delivery Subsystem <MAILER-DAEMON@b.example>", ReasonDaemon},
		{"From: postmaster@b.example", ReasonDaemon},
		{"From: a@b.example\nReturn-Path: <MAILER-DAEMON@b.example>", ReasonDaemon},
		{"From: a@b.example\nAuto-Submitted: auto-generated (rejected)", ReasonAutoSubmitted},
		{"From: a@b.example\nX-Autoreply: yes", ReasonAutoSubmitted},
		{"From: a@b.example\nSubject: Automatische Antwort: Anfrage", ReasonAutoSubject},
		{"From: a@b.example\nSubject: Undelivered Mail Returned to Sender", ReasonAutoSubject},
		{"From: a@b.example\nList-Id: <users.b.example>", ReasonList},
		{"From: a@b.example\nPrecedence: Auto_Reply", ReasonPrecedence},
		{"From: a@b.example\nX-Auto-Response-Suppress: OOF, AutoReply", ReasonSuppress},
	} {
		m, err := Parse([]byte(c.head+"\n\ntext\n"), Limits{})
		require.NoError(t, err)
		require.Equal(t, c.want, m.MachineReason, c.head)
		require.Equal(t, c.want != "", m.Machine, c.head)
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, fresh, quoted string }{
		{"nothing", "", "", ""},
		{"no quotation", "Hello\n\nWhy?", "Hello\n\nWhy?", ""},
		{"only a quotation", "> a\n> b", "> a\n> b", ""},
		{"only an attribution", "On 1.1.2026 10:00 Ann <a@b.example> wrote:\n> a", "On 1.1.2026 10:00 Ann <a@b.example> wrote:\n> a", ""},
		{"quotation without attribution", "new\n\n> old", "new", "> old"},
		{"attribution", "new\nOn 3 May 2026, at 2:47, Ann wrote:\n\n> old", "new", "On 3 May 2026, at 2:47, Ann wrote:\n\n> old"},
		{"German", "neu\n\nAm 1.1.2026 um 10:00 schrieb Ann:\n> alt", "neu", "Am 1.1.2026 um 10:00 schrieb Ann:\n> alt"},
		{"not marked, with address", "new\n\nAm 1.1.2026 um 10:00 schrieb Ann <a@b.example>:\n\nold", "new", "Am 1.1.2026 um 10:00 schrieb Ann <a@b.example>:\n\nold"},
		{"a sentence that looks like one", "On 3 May 2026 my boss wrote:\nstop it.", "On 3 May 2026 my boss wrote:\nstop it.", ""},
		{"Outlook", "neu\n\n________________________________\nVon: A\nGesendet: Montag\nAn: B\nBetreff: C\n\nalt", "neu", "________________________________\nVon: A\nGesendet: Montag\nAn: B\nBetreff: C\n\nalt"},
		{"not enough of a block", "From: my desk\nTo: the window\nI walk.", "From: my desk\nTo: the window\nI walk.", ""},
		{"original", "neu\n-----Ursprüngliche Nachricht-----\nalt", "neu", "-----Ursprüngliche Nachricht-----\nalt"},
		{"forwarded", "look\n\n---------- Forwarded message ---------\nFrom: A\nDate: B\nSubject: C\nTo: D\n\nthing", "look\n\n---------- Forwarded message ---------\nFrom: A\nDate: B\nSubject: C\nTo: D\n\nthing", ""},
		{"signature", "new\n-- \nAnn", "new", "-- \nAnn"},
		{"a long text below a dash", "new\n--\n" + strings.Repeat("line\n", 40), strings.TrimSpace("new\n--\n" + strings.Repeat("line\n", 40)), ""},
		{"telephone", "new\n\nGesendet mit der Post App", "new", "Gesendet mit der Post App"},
		{"a sentence about sending", "new\n\nSent from my desk, which is nice.", "new\n\nSent from my desk, which is nice.", ""},
		{"between", "> a\nyes\n> b\nno", "> a\nyes\n> b\nno", ""},
		{"between, with an end", "one\n> a\nyes\n\n> end", "one\n> a\nyes", "> end"},
		{"below", "On 1.1.2026 10:00 Ann wrote:\n> old\n\nnew", "new", "On 1.1.2026 10:00 Ann wrote:\n> old"},
		{"indented", "    code\n> old", "    code", "> old"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fresh, quoted := fold(c.in, "")
			require.Equal(t, c.fresh, fresh)
			require.Equal(t, c.quoted, quoted)
		})
	}
	fresh, quoted := fold("new\n\nAnn said this on Monday\nold", "Ann said this on Monday\n> old")
	require.Equal(t, "new", fresh)
	require.Equal(t, "Ann said this on Monday\nold", quoted)

	const inside = "new\n\nAnn said this on Monday\n> old\nanswer\n> older"
	fresh, quoted = fold(inside, "Ann said this on Monday\n> old")
	require.Equal(t, "new\n\nAnn said this on Monday\n> old\nanswer", fresh)
	require.Equal(t, "> older", quoted)
}

// FuzzFold: folding loses no character.
func FuzzFold(f *testing.F) {
	f.Add("new\n\nOn 1.1.2026 10:00 Ann <a@b.example> wrote:\n> old\n\n-- \nx", "")
	f.Add("> a\n\nb\n> c\n--\n", "")
	f.Add("Von: A\nGesendet: B\nAn: C", "Von: A")
	f.Fuzz(func(t *testing.T, text, mark string) {
		fresh, quoted := fold(text, mark)
		require.Equal(t, letters(normalize(text)), letters(fresh+quoted))
		require.Equal(t, len(letters(normalize(text))) > 0, strings.TrimSpace(fresh) != "")
	})
}

// letters counts each visible character; an answer below its quotation changes the order.
func letters(s string) map[rune]int {
	count := map[rune]int{}
	for _, r := range s {
		if !unicode.IsSpace(r) {
			count[r]++
		}
	}
	return count
}
