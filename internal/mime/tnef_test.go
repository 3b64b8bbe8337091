package mime

import (
	"encoding/base64"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// container writes a TNEF container.
func container(attributes ...[]byte) []byte {
	out := binary.LittleEndian.AppendUint32(nil, tnefSignature)
	out = append(out, 0, 0)
	for _, a := range attributes {
		out = append(out, a...)
	}
	return out
}

func attribute(level byte, id uint16, data []byte) []byte {
	out := binary.LittleEndian.AppendUint16([]byte{level}, id)
	out = append(out, 0, 0)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(data))) //nolint:gosec // small
	return append(append(out, data...), 0, 0)
}

// prop writes a property with one value.
func prop(id, kind uint16, v []byte) []byte {
	out := binary.LittleEndian.AppendUint16(nil, kind)
	out = binary.LittleEndian.AppendUint16(out, id)
	if id >= 0x8000 {
		out = append(out, make([]byte, 16)...)
		out = binary.LittleEndian.AppendUint32(out, 1)
		out = append(binary.LittleEndian.AppendUint32(out, 6), "n\x00a\x00\x00\x00\x00\x00"...)
	}
	switch kind {
	case mapiString, mapiUnicode, mapiBinary, mapiObject:
		out = binary.LittleEndian.AppendUint32(out, 1)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(v))) //nolint:gosec // small
	}
	for out = append(out, v...); len(out)%4 != 0; {
		out = append(out, 0)
	}
	return out
}

func props(list ...[]byte) []byte {
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(list))) //nolint:gosec // small
	for _, p := range list {
		out = append(out, p...)
	}
	return out
}

func wide(s string) []byte {
	var out []byte
	for _, c := range utf16.Encode([]rune(s + "\x00")) {
		out = binary.LittleEndian.AppendUint16(out, c)
	}
	return out
}

// winmail is a mail with a container as its second part.
func winmail(text string, c []byte) []byte {
	return []byte("From: a@x.example\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n" + text +
		"\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString(c) + "\n--b--\n")
}

func TestContainers(t *testing.T) {
	t.Parallel()
	file := func(name, data string) []byte {
		return append(append(attribute(2, tnefAttachRender, make([]byte, 14)), attribute(2, tnefAttachTitle, []byte(name+"\x00"))...), attribute(2, tnefAttachData, []byte(data))...)
	}
	inner := container(attribute(1, tnefMessageProps, props(prop(mapiSubject, mapiUnicode, wide("Inner")), prop(mapiBody, mapiUnicode, wide("Words")))), file("deep.txt", "deep"))
	object := func(c []byte) []byte {
		return append(attribute(2, tnefAttachRender, make([]byte, 14)),
			attribute(2, tnefAttachProps, props(prop(mapiDisplayName, mapiString, []byte("Nested\x00")), prop(mapiAttachData, mapiObject, append(make([]byte, 16), c...))))...)
	}
	for name, tc := range map[string]struct {
		text  string
		c     []byte
		shown string
		files map[string]string
	}{
		"files": {"Hi", container(attribute(1, 0x8004, []byte("Subject\x00")), file("a.txt", "A"), file("b.pdf", "%PDF-1")), "Hi", map[string]string{"a.txt": "A", "b.pdf": "%PDF-1"}},
		"long names and types": {"Hi", container(file("LONGNA~1.TXT", "A"), attribute(2, tnefAttachProps, props(prop(0x3703, mapiUnicode, wide(".txt")), prop(0x8001, 0x03, make([]byte, 4)),
			prop(0x0E20, 0x1003, append(binary.LittleEndian.AppendUint32(nil, 2), make([]byte, 8)...)), prop(mapiAttachLong, mapiUnicode, wide("Größe der Akte.txt"))))), "Hi", map[string]string{"Größe der Akte.txt": "A"}},
		"text where the mail has none": {"", container(attribute(1, tnefMessageProps, props(prop(mapiBody, mapiUnicode, wide("Guten Tag"))))), "Guten Tag", map[string]string{}},
		"HTML where the mail has none": {"", container(attribute(1, tnefMessageProps, props(prop(mapiHTML, mapiBinary, []byte("<p>Guten <b>Tag</b></p>"))))), "Guten Tag", map[string]string{}},
		"the mail's own text wins":     {"Hi", container(attribute(1, tnefBody, []byte("Guten Tag\x00"))), "Hi", map[string]string{}},
		"a mail inside":                {"Hi", container(object(inner)), "Hi", map[string]string{"deep.txt": "deep", "Inner.txt": "Words"}},
		"a document inside":            {"Hi", container(object([]byte("\xD0\xCF\x11\xE0 document"))), "Hi", map[string]string{"Nested": "\xD0\xCF\x11\xE0 document"}},
		"garbage behind":               {"Hi", append(container(file("a.txt", "A")), strings.Repeat("\x00", 40)...), "Hi", map[string]string{"a.txt": "A"}},
		"data without a beginning":     {"Hi", container(attribute(2, tnefAttachData, []byte("A")), attribute(2, tnefAttachTitle, []byte("a.txt\x00"))), "Hi", map[string]string{"a.txt": "A"}},
		"unpacked once":                {"Hi", container(file("winmail.dat", string(container(file("a.txt", "A"))))), "Hi", map[string]string{"winmail.dat.tnef": string(container(file("a.txt", "A")))}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := Parse(winmail(tc.text, tc.c), Limits{})
			require.NoError(t, err)
			require.Equal(t, tc.shown, m.Text)
			got := map[string]string{}
			for _, a := range m.Attachments {
				got[a.Name] = string(a.Data)
			}
			require.Equal(t, tc.files, got)
		})
	}
}

// TestHostileContainers: what cannot be read as a whole stays a file, and costs nothing.
func TestHostileContainers(t *testing.T) {
	t.Parallel()
	deep := container(attribute(1, tnefBody, []byte("x")))
	for range 20 {
		deep = container(attribute(2, tnefAttachProps, props(prop(mapiAttachData, mapiObject, append(make([]byte, 16), deep...)))))
	}
	huge := attribute(1, tnefBody, nil)
	binary.LittleEndian.PutUint32(huge[5:], 0xFFFFFFFF)
	many := make([][]byte, 0, maxTNEFFiles+1)
	for range maxTNEFFiles + 1 {
		many = append(many, attribute(2, tnefAttachRender, nil))
	}
	count := func(n uint32, rest ...byte) []byte {
		return container(attribute(1, tnefMessageProps, append(binary.LittleEndian.AppendUint32(nil, n), rest...)))
	}
	for name, c := range map[string][]byte{
		"empty": {}, "cut": container()[:5], "length": container(huge), "many files": container(many...),
		"many properties": count(0xFFFFFFFF), "a property without its value": count(1, 0x1F, 0, 0, 0x10),
		"a value without its end": count(1, 0x1F, 0, 0, 0x10, 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F), "many values": count(1, 0x1F, 0x10, 0, 0x10, 0xFF, 0xFF, 0xFF, 0xFF),
		"an unknown kind": count(1, 0xEE, 0, 0, 0x10, 1, 0, 0, 0), "a name without its end": count(1, 3, 0, 1, 0x80, 1, 2, 3),
	} {
		m, err := Parse(winmail("Hi", c), Limits{})
		require.NoError(t, err, name)
		if name == "empty" {
			require.Equal(t, "Hi", m.Text)
			continue
		}
		require.Len(t, m.Attachments, 1, name)
		require.Equal(t, "winmail.dat", m.Attachments[0].Name)
		require.Equal(t, string(c), string(m.Attachments[0].Data), name)
	}
	m, err := Parse(winmail("Hi", deep), Limits{})
	require.NoError(t, err)
	require.Len(t, m.Attachments, 1)

	_, err = Parse(winmail("Hi", container(attribute(2, tnefAttachData, make([]byte, 2000)))), Limits{AttachmentBytes: 1000})
	var limit *LimitError
	require.ErrorAs(t, err, &limit, "files in a container have the limits of all files")
	require.Equal(t, LimitAttachmentBytes, limit.Limit)
}

// TestPublicContainers unpacks containers collected by another project, which are not in the repository.
func TestPublicContainers(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("TICKETKIT_MAIL_CASES")
	if dir == "" {
		t.Skip("TICKETKIT_MAIL_CASES does not name a folder of test mails: no container of other programs is read")
	}
	list, err := filepath.Glob(filepath.Join(dir, "*", "testdata", "*.tnef"))
	require.NoError(t, err)
	require.NotEmpty(t, list)
	for _, file := range list {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		c, err := readTNEF(b, 0)
		if err != nil {
			t.Logf("%s: %v", filepath.Base(file), err)
			continue
		}
		names := []string{}
		for _, f := range c.files {
			names = append(names, f.name)
		}
		t.Logf("%s: %d bytes of text, %d of HTML, files %q", filepath.Base(file), len(c.body), len(c.html), names)
	}
}

func FuzzContainer(f *testing.F) {
	f.Add(container(attribute(2, tnefAttachRender, nil), attribute(2, tnefAttachTitle, []byte("a\x00")), attribute(2, tnefAttachData, []byte("x"))))
	f.Add(container(attribute(1, tnefMessageProps, props(prop(mapiBody, mapiUnicode, wide("Words")), prop(0x8001, mapiString, []byte("x"))))))
	f.Add(container(attribute(2, tnefAttachProps, props(prop(mapiAttachData, mapiObject, append(make([]byte, 16), container()...)), prop(mapiAttachLong, mapiString, []byte("x"))))))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := readTNEF(b, 0)
		if err != nil {
			require.Nil(t, c)
			return
		}
		require.LessOrEqual(t, len(c.files), maxTNEFFiles)
		for _, file := range c.files {
			require.LessOrEqual(t, len(file.data), 3*len(b)+16)
		}
	})
}

func FuzzCalendar(f *testing.F) {
	f.Add([]byte("BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nDTSTART;TZID=\"a:b\":20261123T100000\nDURATION:P1DT2H\nRRULE:FREQ=DAILY\nATTENDEE;PARTSTAT=X:mailto:a@b.example\nEND:VEVENT\nEND:VCALENDAR"), "utf-8")
	f.Add([]byte("BEGIN:VEVENT\nBEGIN:X\nEND:X\nSUMMARY:a\\,\\n b\nEND:VEVENT"), "iso-2022-jp")
	f.Fuzz(func(t *testing.T, b []byte, charset string) {
		list := readCalendar(b, charset, "request")
		require.LessOrEqual(t, len(list), maxEvents)
		for _, e := range list {
			for _, s := range []string{e.Method, e.Summary, e.Location, e.Organizer, e.Attendee, e.Answer, e.Repeat, e.Start.Zone, e.End.Zone} {
				require.NotContains(t, s, "\n")
				require.LessOrEqual(t, len(s), 1500)
			}
		}
	})
}
