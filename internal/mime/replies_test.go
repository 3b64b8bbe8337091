package mime

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	newWord = regexp.MustCompile(`\bNEW\d*\b`)
	oldWord = regexp.MustCompile(`\bOLD\b`)
)

// requireParted: every word NEW stays in the text, and no word OLD does.
func requireParted(t *testing.T, name, body string, m *Mail) {
	t.Helper()
	for _, word := range newWord.FindAllString(body, -1) {
		require.Contains(t, m.Text, word, name)
	}
	require.NotRegexp(t, oldWord, m.Text, name)
	if strings.Contains(body, "OLD") {
		last := m.Text[strings.LastIndexByte(m.Text, '\n')+1:]
		require.Contains(t, last, "NEW", "%s: something of the history is left: %s", name, m.Text)
	} else {
		require.Empty(t, m.Quoted, name)
	}
}

func plainMail(t *testing.T, body string) *Mail {
	t.Helper()
	m, err := Parse([]byte("From: a@x.example\nSubject: Re: x\nContent-Type: text/plain; charset=utf-8\n\n"+body), Limits{})
	require.NoError(t, err)
	return m
}

// TestHistories: what programs write above the mail that is answered, and lines that only look so.
func TestHistories(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no line between answer and attribution": "NEW\nOn Mon, Nov 23, 2026 at 10:15 AM Ann <a@x.example> wrote:\n\n> OLD",
		"the same with a number in the answer":   "Version 4, NEW\nAm 23.11.26 um 10:15 schrieb Ann <a@x.example>:\n> OLD",
		"the same with a preposition":            "Am besten NEW\nAm 23.11.26 um 10:15 schrieb Ann <a@x.example>:\n> OLD",
		"the same and a disclaimer": "NEW\nOn Mon, Nov 23, 2026 at 10:15 AM Ann <a@x.example> wrote:\n\n> OLD\n\n" +
			"This email and any attachments are confidential and intended solely for the addressee.",
		"mutt, with stars":             "NEW\n\n* Support <s@desk.example> [2026-11-23 10:15:12 +0100]:\n\n> OLD",
		"tuta":                         "NEW\n\n23 Nov 2026, 10:15 by s@desk.example:\n\n> OLD",
		"yahoo on a telephone":         "NEW\n\nSent from Yahoo Mail on Android \n \n  On Mon, Nov 23, 2026 at 10:15, Support<s@desk.example> wrote:   OLD text goes on here",
		"yahoo in German":              "NEW\n\nVon Yahoo Mail auf Android gesendet\n \n  Am Mo., Nov. 23, 2026 at 10:15 schrieb Support<s@desk.example>:   OLD\nOLD",
		"subject first":                "NEW\n\nBetreff: Re: x\nDatum: 2026-11-23T10:15:12+0100\nVon: \"Support\" <s@desk.example>\nAn: \"e@x.example\" <e@x.example>\n\nOLD",
		"recipient first":              "NEW\n\nTo: e@x.example\nSubject: Re: x\nDate: Mon, 23 Nov 2026 10:15:12 +0100\nFrom: s@desk.example\n\nOLD",
		"title between strokes":        "NEW\n\n----- Ursprüngliche Mail -----\nVon: \"Support\" <s@desk.example>\nAn: e@x.example\nGesendet: Montag\nBetreff: x\n\nOLD",
		"title of any words":           "NEW\n\n-----\"Support\" <s@desk.example> schrieb: -----\nAn: e\nVon: Support <s@desk.example>\nDatum: 23.11.2026 10:15\nBetreff: x\n\nOLD",
		"notes":                        "NEW\n\nSupport ---23.11.2026 10:15:12---OLD words\n\nVon:    Support\nAn:     E/DE/Firma@Firma\nDatum:  23.11.2026 10:15\nBetreff:        x\n\nOLD",
		"rule above quoted lines":      "NEW\n\n________________________________\n> Date: Mon, 23 Nov 2026\n> From: s@desk.example\n> OLD",
		"groupwise":                    "NEW\n\n>>> Support <s@desk.example> 23.11.2026 10:15 >>>\nOLD",
		"groupwise with verb":          "NEW\n\n>>> Support <s@desk.example> schrieb am Montag, 23. November 2026 um 10:15 in\nNachricht <5FBB0A1B@gw.x.example>:\nOLD",
		"groupwise English":            "NEW\n\n>>> On 11/23/2026 at 10:15 AM, in message\n<5FBB0A1B@gw.x.example>, Support <s@desk.example> wrote:\nOLD",
		"above, below a rule":          "NEW\n\n—-—-—-—\nReply above this line.\n\nOLD",
		"above, above a rule":          "NEW\n\nBitte antworten Sie oberhalb dieser Zeile\n--------------------\nOLD",
		"places are no header":         "NEW1 Bitte buchen:\n\nVon: Berlin\nNach: Hamburg\nDatum: 3.4.2026\nBetreff: Dienstreise\nNEW2 Danke",
		"options between strokes":      "NEW1\n--\nNEW2 option\n--\nNEW3 option\nand more NEW4.",
		"third level, answered":        "NEW0\n>> first\n>>> Am 1.1.2026 10:00 schrieb Ann <a@x.example>:\nNEW",
		"forward, Notes":               "NEW\n\n----- Weitergeleitet von E/DE/Firma am 23.11.2026 10:15 -----\n\nVon: K <k@x.example>\nAn: e@x.example\nDatum: 23.11.2026\nBetreff: x\n\nNEW2",
		"forward, Zimbra":              "NEW\n\n----- Weitergeleitete Mail -----\nVon: K <k@x.example>\nAn: e@x.example\nGesendet: Montag\nBetreff: x\n\nNEW2",
		"forward, Polish":              "NEW\n\n---------- Wiadomość przekazana dalej ---------\nOd: K <k@x.example>\nData: pon.\nTemat: x\nDo: <e@x.example>\n\nNEW2",
		"forward, Russian":             "NEW\n\n-------- Пересылаемое сообщение --------\nОт: K <k@x.example>\nДата: 23.11.2026\nКому: e@x.example\nТема: x\n\nNEW2",
		"forward, Apple in Spanish":    "NEW\n\nInicio del mensaje reenviado:\n\nDe: K <k@x.example>\nAsunto: x\nFecha: hoy\nPara: e@x.example\n\nNEW2",
		"forward, Apple in Dutch":      "NEW\n\nBegin doorgestuurd bericht:\n\n> Van: K <k@x.example>\n> Onderwerp: x\n> Datum: nu\n> Aan: e@x.example\n> \n> NEW2",
		"forward whose text is quoted": "NEW\n\n------- Forwarded Message -------\nFrom: K <k@x.example>\nDate: Monday\nSubject: x\nTo: e@x.example\n\n> NEW2",
		"a forward before":             "NEW, ich habe es weitergeleitet.\n\nVon: Support\nGesendet: Montag, 23. November 2026 10:15\nAn: E\nBetreff: x\n\nOLD",
	} {
		requireParted(t, name, body, plainMail(t, body))
	}
}

// TestMarkedHistories: answers between the parts of a quotation, and forwarded mails, in HTML that marks what it quotes.
func TestMarkedHistories(t *testing.T) {
	t.Parallel()
	const attribution = `<div class="gmail_attr">On Mon, Nov 23, 2026 at 10:15 AM Ann &lt;a@x.example&gt; wrote:<br></div>`
	for name, body := range map[string]string{
		"gmail, answers between": `<div>NEW1<div class="gmail_quote">` + attribution + `<blockquote class="gmail_quote">a</blockquote><div>NEW2</div><blockquote class="gmail_quote">b</blockquote><div>NEW3</div></div></div>`,
		"gmail, answer below":    `<div class="gmail_quote">` + attribution + `<blockquote class="gmail_quote">OLD <blockquote>OLD</blockquote> OLD</blockquote></div><div>NEW1</div>`,
		"gmail, nested":          `<div>NEW1</div><div class="gmail_quote">` + attribution + `<blockquote class="gmail_quote">OLD <blockquote>OLD</blockquote> OLD</blockquote></div>`,
		"yahoo, nested":          `<div>NEW1</div><div class="yahoo_quoted"><div>Ann wrote:</div><div>OLD <blockquote>OLD</blockquote> OLD</div></div>`,
		"signature below":        `<div>NEW1</div><div class="gmail_quote">` + attribution + `<blockquote class="gmail_quote">OLD</blockquote></div><div>-- <br></div><div>Ann</div>`,
		"gmail, forward":         `<div>NEW</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>Von: K<br>Date: Mo.<br>Subject: x<br>To: e<br></div><br>NEW2</div>`,
		"apple, forward":         `NEW<div><blockquote type="cite"><div>Anfang der weitergeleiteten Nachricht:</div><br><div><b>Von: </b>K</div><div><b>Betreff: </b>x</div><div><b>Datum: </b>y</div><div>NEW2</div></blockquote></div>`,
		"groupwise":              `<div>NEW</div><br>&gt;&gt;&gt; Support &lt;s@desk.example&gt; 23.11.2026 10:15 &gt;&gt;&gt;<br>OLD`,
		"notes":                  `<div>NEW</div><font size=2>-----"Support" &lt;s@desk.example&gt; schrieb: -----</font><div>An: e<br>Von: Support &lt;s@desk.example&gt;<br>Datum: 23.11.2026 10:15<br>Betreff: x<br><br>OLD</div>`,
	} {
		requireParted(t, name, body, htmlMail(t, body))
	}
}

// TestLastLines: what telephones, programs and companies put below a mail, and the last words of people.
func TestLastLines(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"Von Samsung-Tablet gesendet.", "Von GMX Mail gesendet", "Outlook für Android<https://aka.ms/x> beziehen", "Laden Sie Outlook für iOS herunter<https://aka.ms/x>",
		"Gesendet mit BlackBerry Work\n(www.blackberry.example)", "Virenfrei. www.avast.example", "Virus-free.www.avast.example<https://www.avast.example/x>", "sent from my phone",
		"CONFIDENTIALITY NOTICE: This e-mail is for the addressee alone. Anybody else deletes it.", "________________\nDiese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen.",
		"This message and its attachments may contain\nconfidential information. If you are not the addressee, delete it.\n\nPlease consider the environment before you print this e-mail, and the printer too.",
		"Ce message et ses pièces jointes sont confidentiels et destinés à la personne nommée ci-dessus.",
	} {
		m := plainMail(t, "NEW\n\n"+s)
		require.Equal(t, "NEW", m.Text, s)
		require.Contains(t, m.Quoted, s)
	}
	for _, s := range []string{
		"The parcel was\nsent from our warehouse in Berlin", "Gesendet mit DHL am Montag", "Diese Nachricht ist vertraulich.", "What does it mean that this e-mail is confidential?\nIt says so in the long line below each of your mails.",
		"-Ann Lee", "Virenfrei ist der Rechner seit gestern.",
	} {
		m := plainMail(t, "NEW\n\n"+s)
		require.Equal(t, "NEW\n\n"+s, m.Text)
	}
}
