package mailin

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	c, err := texts()
	require.NoError(t, err)
	require.Empty(t, i18n.Parity(c))
}

// invitation is a mail with a calendar file beside its text, as most programs send it.
func invitation(text string, lines ...string) string {
	return strings.ReplaceAll("From: Erika Muster <erika@kunde.example>\nTo: support@desk.example\nSubject: Termin\nContent-Type: multipart/alternative; boundary=b\n\n"+
		"--b\nContent-Type: text/plain; charset=utf-8\n\n"+text+"\n--b\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\n\n"+
		"BEGIN:VCALENDAR\nVERSION:2.0\n"+strings.Join(lines, "\n")+"\nEND:VCALENDAR\n--b--\n", "\n", "\r\n")
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text  string
		lines []string
		want  string
	}{
		"German, with a zone": {
			text: "Guten Tag, bitte vormerken. Vielen Dank und Gruß",
			lines: []string{"METHOD:REQUEST", "BEGIN:VTIMEZONE", "TZID:Europe/Berlin", "BEGIN:STANDARD", "DTSTART:19701025T030000", "END:STANDARD", "END:VTIMEZONE", "BEGIN:VEVENT", "UID:1",
				`SUMMARY:Besprechung\, Projekt X`, `DTSTART;TZID=Europe/Berlin:20261123T100000`, `DTEND;TZID="Europe/Berlin":20261123T113000`, `LOCATION:Raum 1\; Haus B`,
				`ORGANIZER;CN="Muster, Erika":mailto:erika@kunde.example`, "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:support@desk.example", "RRULE:FREQ=WEEKLY;COUNT=3",
				"BEGIN:VALARM", "TRIGGER:-PT15M", "DESCRIPTION:Reminder", "SUMMARY:Alarm", "END:VALARM", "END:VEVENT"},
			want: "Guten Tag, bitte vormerken. Vielen Dank und Gruß\n\nEinladung: Besprechung, Projekt X\nWann: 23.11.2026, 10:00 – 11:30 (Europe/Berlin)\n" +
				"Wiederholt sich: wöchentlich\nWo: Raum 1; Haus B\nOrganisiert von: Muster, Erika <erika@kunde.example>",
		},
		"in UTC over midnight": {
			lines: []string{"BEGIN:VEVENT", "SUMMARY:Deploy", "DTSTART:20261123T230000Z", "DURATION:PT2H", "END:VEVENT"},
			want:  "Invitation: Deploy\nWhen: 23 Nov 2026, 23:00 – 24 Nov 2026, 01:00 (UTC)",
		},
		"floating, folded lines": {
			lines: []string{"method:cancel", "begin:vevent", "SUMM", " ARY:Long", "  words", "DTSTART:20261123T100000", "END:VEVENT"},
			want:  "Event cancelled: Long words\nWhen: 23 Nov 2026, 10:00",
		},
		"all day": {
			lines: []string{"BEGIN:VEVENT", "DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261225", "END:VEVENT"},
			want:  "Invitation\nWhen: 24 Dec 2026, all day",
		},
		"some days": {
			lines: []string{"BEGIN:VEVENT", "DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227", "END:VEVENT"},
			want:  "Invitation\nWhen: 24 Dec 2026 to 26 Dec 2026, all day",
		},
		"two zones": {
			lines: []string{"BEGIN:VEVENT", "DTSTART;TZID=Europe/London:20261224T100000", "DTEND;TZID=Europe/Paris:20261224T130000", "END:VEVENT"},
			want:  "Invitation\nWhen: 24 Dec 2026, 10:00 (Europe/London) – 13:00 (Europe/Paris)",
		},
		"answer": {
			lines: []string{"METHOD:REPLY", "BEGIN:VEVENT", "SUMMARY:Call", "ATTENDEE;CN=Bob;PARTSTAT=DECLINED:MAILTO:bob@x.example", "DTSTART:20261123T100000Z", "END:VEVENT"},
			want:  "Answer to an invitation: Call\nBob <bob@x.example> declined\nWhen: 23 Nov 2026, 10:00 (UTC)",
		},
		"an exception is the same event": {
			lines: []string{"BEGIN:VEVENT", "UID:1", "SUMMARY:A", "END:VEVENT", "BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20261123T100000Z", "SUMMARY:B", "END:VEVENT", "BEGIN:VEVENT", "UID:2", "SUMMARY:C", "END:VEVENT"},
			want:  "Invitation: A\n\nInvitation: C",
		},
		"nonsense": {
			lines: []string{"METHOD:<script>", "BEGIN:VEVENT", "DTSTART:tomorrow", "DTEND:20261123T100000", "DURATION:P99999999999W", "ORGANIZER:nobody", "RRULE:FREQ=FORTNIGHTLY", "END:VEVENT"},
			want:  "Event",
		},
		"no event": {lines: []string{"BEGIN:VTODO", "SUMMARY:x", "END:VTODO"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			it, err := Convert([]byte(invitation(tc.text, tc.lines...)), Source{Channel: "m", Key: "k", Own: testDesk(t)})
			require.NoError(t, err)
			require.Equal(t, tc.want, it.Text)
			require.Len(t, it.Uploads, 1)
			require.Equal(t, "text/calendar", it.Uploads[0].ContentType)
			require.True(t, strings.HasSuffix(it.Uploads[0].Name, ".ics"))
		})
	}
}

func TestEncryptedMailSaysSo(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		raw, want string
		files     int
		mark      ticket.Protection
	}{
		"PGP/MIME": {"Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n" +
			"--b\nContent-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\n--b--\n", "[This mail is encrypted. Its content is attached.]", 2, ticket.Encrypted},
		"S/MIME":                 {"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nMIAG\n", "[This mail is encrypted. Its content is attached.]", 1, ticket.Encrypted},
		"S/MIME without a type":  {"Content-Type: application/octet-stream; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nMIAG\n", "[This mail is encrypted. Its content is attached.]", 1, ticket.Encrypted},
		"PGP in the text":        {"Content-Type: text/plain\n\n-----BEGIN PGP MESSAGE-----\nabc\n", "-----BEGIN PGP MESSAGE-----\nabc", 0, ticket.Encrypted},
		"signed, readable":       {"Content-Type: multipart/signed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHi\n--b\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\nMIAG\n--b--\n", "Hi", 1, ticket.Signed},
		"a file in another mail": {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHi\n--b\nContent-Type: application/pkcs7-mime; name=a.p7m\n\nMIAG\n--b--\n", "Hi", 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			it, err := Convert([]byte("From: a@x.example\nSubject: geheim\n"+tc.raw), Source{Channel: "m", Key: "k", Own: testDesk(t)})
			require.NoError(t, err)
			require.Equal(t, tc.want, it.Text)
			require.Len(t, it.Uploads, tc.files)
			require.Equal(t, tc.mark, it.Protection)
		})
	}
}

func TestTimesOfEventsAreThoseOfTheDesk(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	raw := strings.ReplaceAll("From: a@b.example\nSubject: Meeting\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:Call\n"+
		"DTSTART;TZID=Eastern Standard Time:20261124T093000\nDTEND;TZID=America/New_York:20261124T100000\nEND:VEVENT\nEND:VCALENDAR\n", "\n", "\r\n")
	for zone, want := range map[*time.Location]string{berlin: "15:30 – 16:00 (Europe/Berlin)", nil: "(Eastern Standard Time)", time.UTC: "14:30 – 15:00 (UTC)"} {
		it, err := Convert([]byte(raw), Source{Channel: "imap", Key: "k", Locale: "de", Zone: zone})
		require.NoError(t, err)
		require.Contains(t, it.Text, want)
	}
}
