package mime_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/mime"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden reads each testdata/*.eml and compares the Mail with the .json beside it.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.eml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			m, err := mime.Parse(raw, mime.Limits{})
			require.NoError(t, err)
			var got strings.Builder
			enc := json.NewEncoder(&got)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			require.NoError(t, enc.Encode(m))
			golden := strings.TrimSuffix(file, ".eml") + ".json"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got.String()), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got.String())

			// The line ends of the transport change nothing but the bytes of parts that are not encoded.
			crlf, err := mime.Parse([]byte(strings.ReplaceAll(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n", "\r\n")), mime.Limits{})
			require.NoError(t, err)
			require.Equal(t, m.Subject, crlf.Subject)
			require.Equal(t, m.From, crlf.From)
			require.Equal(t, m.Text, crlf.Text)
			require.Equal(t, m.Quoted, crlf.Quoted)
			require.Len(t, crlf.Attachments, len(m.Attachments))
		})
	}
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"", "\r\n\r\n", " \n\t\x00"} {
		m, err := mime.Parse([]byte(raw), mime.Limits{})
		require.ErrorIs(t, err, mime.ErrEmpty)
		require.Nil(t, m)
	}
}

// nest returns a mail with multiparts depth deep.
func nest(depth int) string {
	var b strings.Builder
	b.WriteString("From: a@desk.example\nSubject: deep\nContent-Type: multipart/mixed; boundary=b0\n\n")
	for i := range depth {
		fmt.Fprintf(&b, "--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i+1)
	}
	fmt.Fprintf(&b, "--b%d\n\ninnermost\n", depth)
	return b.String()
}

func many(head, unit string, n int) string { return head + strings.Repeat(unit, n) }

func TestLimits(t *testing.T) {
	t.Parallel()
	const mixed = "From: a@desk.example\nContent-Type: multipart/mixed; boundary=b\n\n"
	const file = "--b\nContent-Type: application/pdf; name=a.pdf\n\nx\n"
	for _, c := range []struct {
		name string
		raw  string
		lim  mime.Limits
		want mime.Limit
	}{
		{"size", many("Subject: x\n\n", "a", 25<<20), mime.Limits{}, mime.LimitSize},
		{"own size", "Subject: x\n\nabc", mime.Limits{Size: 5}, mime.LimitSize},
		{"header fields", many("", "To: a@desk.example\n", 500_000), mime.Limits{}, mime.LimitHeaderBytes},
		{"one header", many("To: ", "a@desk.example, ", 500_000), mime.Limits{}, mime.LimitHeaderBytes},
		{"continuation lines", many("To:", " a@desk.example,\n", 500_000), mime.Limits{}, mime.LimitHeaderBytes},
		{"header of a part", mixed + "--b\n" + many("", "X-A: b\n", 100_000) + "\n", mime.Limits{}, mime.LimitHeaderBytes},
		{"addresses", many("To: ", "a@b.example,", 1001) + "\n\nx", mime.Limits{}, mime.LimitAddresses},
		{"address fields", many("", "Cc: a@b.example\n", 1001) + "\nx", mime.Limits{}, mime.LimitAddresses},
		{"many address fields", many("", "Cc: a@b.example\n", 500_000) + "\nx", mime.Limits{HeaderBytes: 25 << 20}, mime.LimitAddresses},
		{"depth", nest(100), mime.Limits{}, mime.LimitDepth},
		{"great depth", nest(100_000), mime.Limits{}, mime.LimitDepth},
		{"own depth", nest(3), mime.Limits{Depth: 3}, mime.LimitDepth},
		{"parts", many(mixed, "--b\n\nx\n", 201), mime.Limits{}, mime.LimitParts},
		{"parts without blank lines", many(mixed, "--b\n", 100_000), mime.Limits{}, mime.LimitParts},
		{"parts without text", many(mixed, "--b\n\n", 1_000_000), mime.Limits{}, mime.LimitParts},
		{"attachments", many(mixed, file, 51) + "--b--\n", mime.Limits{}, mime.LimitAttachments},
		{"attachments below an alternative", mixed + "--b\nContent-Type: multipart/alternative; boundary=c\n\n" +
			strings.Repeat(strings.ReplaceAll(file, "--b", "--c"), 51), mime.Limits{}, mime.LimitAttachments},
		{"attachment", mixed + strings.Replace(file, "x\n", strings.Repeat("x", 1<<20)+"\n", 1) + "--b--\n", mime.Limits{AttachmentBytes: 1<<20 - 1}, mime.LimitAttachmentBytes},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, err := mime.Parse([]byte(c.raw), c.lim)
			var limit *mime.LimitError
			require.ErrorAs(t, err, &limit)
			require.Equal(t, c.want, limit.Limit)
			require.Positive(t, limit.Max)
			require.Contains(t, err.Error(), string(c.want))
			require.Nil(t, m)
		})
	}
}

// TestLimitsAllow holds that what is just within the limits is read.
func TestLimitsAllow(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"addresses": many("To: ", "a@b.example,", 1000) + "\n\nx",
		"depth":     nest(19),
		"parts":     many("Subject: a\nContent-Type: multipart/mixed; boundary=b\n\n", "--b\n\nx\n", 200) + "--b--\n",
		"long text": many("Subject: a\n\n", "some words\n", 200_000),
		"no header": many("", "Note: this is no header\n", 50_000),
		"one line":  many("", "words ", 1_000_000),
		"dots":      many("Subject: a\n\n", "On 1.1.2026 10:00 a@b.example wrote:\n", 50_000),
		"quotes":    many("Subject: a\n\n", "> a\n", 200_000),
		"CR":        many("", "\r", 100_000) + "Subject: a\r\r" + many("", "a\r", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := mime.Parse([]byte(raw), mime.Limits{})
			require.NoError(t, err)
			require.NotEmpty(t, m.Text)
		})
	}
}

// TestMemory refuses hostile mail without building anything of its size.
func TestMemory(t *testing.T) {
	for name, raw := range map[string]string{
		"headers": many("", "To: a@desk.example\n", 500_000),
		"depth":   nest(100),
		"parts":   many("Content-Type: multipart/mixed; boundary=b\n\n", "--b\n\n", 1_000_000),
	} {
		data := []byte(raw)
		result := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := mime.Parse(data, mime.Limits{})
				if err == nil {
					b.Fatal("not refused")
				}
			}
		})
		require.Less(t, result.AllocedBytesPerOp(), int64(4<<20), name)
	}
}

// FuzzParse: no input makes Parse panic, hang or return text that is no UTF-8.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	require.NoError(f, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(raw)
	}
	for _, s := range nasty {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := mime.Parse(raw, mime.Limits{Size: 1 << 20})
		if err != nil {
			var limit *mime.LimitError
			require.True(t, errors.As(err, &limit) || errors.Is(err, mime.ErrEmpty), "%v", err)
			require.Nil(t, m)
			return
		}
		require.NotContains(t, m.Subject, "\n")
		for _, s := range []string{m.Subject, m.Text, m.Quoted, m.HTML, m.MessageID, m.String()} {
			require.True(t, utf8.ValidString(s))
			require.NotContains(t, s, "\x00")
		}
		require.Equal(t, m.Machine, m.MachineReason != "")
		for _, a := range m.Attachments {
			require.NotEmpty(t, a.Name)
			require.NotContains(t, a.Name, "/")
			require.LessOrEqual(t, len(a.Name), 150)
			require.Len(t, a.SHA256, 64)
			require.NotEmpty(t, a.ContentType)
		}
		for _, list := range [][]mime.Address{m.From, m.To, m.Cc, m.Recipients} {
			for _, a := range list {
				require.True(t, utf8.ValidString(a.Name+a.Email))
				require.NotContains(t, a.Email+a.Name, "\n")
			}
		}
		again, err := mime.Parse(raw, mime.Limits{Size: 1 << 20})
		require.NoError(t, err)
		require.Equal(t, m, again)
	})
}

// nasty are inputs that broke mail parsers.
var nasty = []string{
	"a", ":", ": x\n\n", "From: \n\n", "From: \"\n\n", "From: <\n\n", "From: >,<,,;:(\n\nx", "Subject: =?\n\nx", "Subject: =?utf-8?\n\nx",
	"Subject: =?utf-8?b?\n\nx", "Subject: =?utf-8?q?=?=\n\nx", "Subject: =?x?q?a?= =?x?b?!?=\n\nx", "Subject: =?utf-7?q?+?=\n\nx",
	"Content-Type: multipart/mixed\n\n--\n--\n", "Content-Type: multipart/mixed; boundary=\"\"\n\n--\nContent-Type: a\n\n----\n",
	"Content-Type: multipart/mixed; boundary=a\n\nx --a \nContent-Type: multipart/mixed; boundary=b\n\ny --b \n\nz",
	"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a--\n--a--\n",
	"Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: message/rfc822; boundary=b\n\n--b\n\nx\n--a--",
	"Content-Type: text/plain; charset=utf-16\n\n\xff", "Content-Type: text/plain; charset=utf-7\n\n+", "Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B",
	"Content-Type: text/html; charset=\n\n<meta charset=x-user-defined>\xff", "Content-Transfer-Encoding: base64\nSubject: x\n\n=\n==\nA=B\n!",
	"Content-Transfer-Encoding: x-uuencode\nSubject: x\n\nbegin 644 a\n\xff\xff\xff\n~\nend", "Content-Transfer-Encoding: quoted-printable\nSubject: x\n\n=\r=A=\n=ZZ=\n",
	"Content-Type: application/x; name*0*=a'b'%; name*99999999999999999999=x; name*=y; name*-1=z\nSubject: x\n\nx",
	"Content-Disposition: attachment; filename=\"../../\u202e\x00\"\nContent-Type: image/png\n\nx", "Subject: \u202e\ufeff\x00\n\nx",
	"Date: Mon, 99 Foo 99999 99:99:99 +99999\n\nx", "References: <<<>>> <\n\nx", "Message-ID: <>\n\nx", "\xef\xbb\xbf\n\nFrom x\nFrom: a\n\nx",
	"Subject: a\n x\n\t\n y\n \nBody", "Subject: Re: x\n\nOn 1.1.2026 10:00 a@b.example wrote:\n> x\n", "Subject: x\n\n--\n--\n-- \n>\n--", "Subject: x\n\n>\n>>\n a\n>",
	"Return-Path: <>\nFrom: MAILER-DAEMON\n\nx", "Subject: [#99999999999999999999] [#0] [#1]\n\nx",
}

func ExampleParse() {
	m, err := mime.Parse([]byte("From: Ann <ann@customer.example>\nTo: desk@desk.example\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nHello\n\nOn 3 May 2026 at 10:00 Desk <desk@desk.example> wrote:\n> How are you?\n"), mime.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.From[0].Email, m.Subject)
	fmt.Println(m.Text)
	// Output:
	// ann@customer.example Grüße
	// Hello
}
