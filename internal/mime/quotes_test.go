package mime

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func htmlMail(t *testing.T, body string) *Mail {
	t.Helper()
	m, err := Parse([]byte("From: a@x.example\nSubject: Re: x\nContent-Type: text/html; charset=utf-8\n\n"+body), Limits{})
	require.NoError(t, err)
	return m
}

// TestQuotesOfMailPrograms: each marks in its HTML what it quotes, in a way of its own.
func TestQuotesOfMailPrograms(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"gmail":                        `<div dir="ltr">NEW</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Nov 23, 2026 at 10:15 AM Ann &lt;<a href="mailto:ann@x.example">ann@x.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin">OLD</blockquote></div>`,
		"outlook classic":              `<p class=MsoNormal>NEW</p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal><b>Von:</b> Ann &lt;ann@x.example&gt; <br><b>Gesendet:</b> Montag, 23. November 2026 10:15<br><b>An:</b> Bo<br><b>Betreff:</b> x</p></div></div><p>OLD</p>`,
		"outlook english":              `<div class="WordSection1"><p class=MsoNormal>NEW<o:p></o:p></p><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal"><b>From:</b> Ann<br><b>Sent:</b> x<br><b>To:</b> y<br><b>Subject:</b> z</p></div><p>OLD</p></div>`,
		"outlook new":                  `<div class="elementToProof">NEW</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font><b>Von:</b> Ann<br><b>Gesendet:</b> x<br></font></div><div>OLD</div>`,
		"outlook mobile":               `<div>NEW</div><div id="ms-outlook-mobile-signature">Outlook für iOS</div><hr><div id="divRplyFwdMsg" dir="ltr"><b>Von:</b> Ann</div>OLD`,
		"outlook border without words": `<p>NEW</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p><b>Xyz:</b> Ann<br><b>Abc:</b> x</p></div><p>OLD</p>`,
		"apple":                        `<html><body>NEW<div><br><blockquote type="cite"><div>Am 23.11.2026 um 10:15 schrieb Ann &lt;ann@x.example&gt;:</div><br class="Apple-interchange-newline"><div>OLD</div></blockquote></div></body></html>`,
		"apple2":                       `<html><body>NEW<br><div dir="ltr"></div><div dir="ltr"><br><blockquote type="cite">On Nov 23, 2026, at 10:15, Ann wrote:<br><br></blockquote></div><blockquote type="cite"><div>OLD</div></blockquote></body></html>`,
		"thunderbird":                  `<p>NEW</p><div class="moz-cite-prefix">Am 23.11.26 um 10:15 schrieb Ann:<br></div><blockquote type="cite" cite="mid:x"><p>OLD</p></blockquote>`,
		"thunderbird signature": `<p>NEW</p><div class="moz-cite-prefix">Am 23.11.26 um 10:15 schrieb Ann:<br></div><blockquote type="cite" cite="mid:x"><p>OLD</p></blockquote><pre class="moz-signature" cols="72">-- 
Erika</pre>`,
		"yahoo":             `<div class="ydp1yahoo-style-wrap">NEW</div><div id="ydp2yahoo_quoted_123" class="ydp2yahoo_quoted"><div>On Monday, Ann wrote:</div><div>OLD</div></div>`,
		"yahoo2":            `<div>NEW</div><div id="yahoo_quoted_1234567" class="yahoo_quoted"><div>OLD</div></div>`,
		"proton":            `<div>NEW</div><div class="protonmail_signature_block"></div><div class="protonmail_quote">Am Montag schrieb Ann:<br><blockquote class="protonmail_quote" type="cite">OLD</blockquote></div>`,
		"gmx":               `<div>NEW<div><div name="quote" style="margin:10px 5px 5px 10px;"><div><b>Gesendet:</b> Montag<br/><b>Von:</b> Ann<br/><b>An:</b> Bo<br/><b>Betreff:</b> x</div><div name="quoted-content">OLD</div></div></div></div>`,
		"zimbra":            `<div>NEW</div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>From: </b>Ann<br></div><div data-marker="__QUOTED_TEXT__"><blockquote>OLD</blockquote></div>`,
		"icloud/aol":        `<div>NEW</div><div class="aol_quoted">OLD</div>`,
		"spark":             `<div name="messageBodySection">NEW</div><div name="messageReplySection">Am 23.11.2026 schrieb Ann:<br><blockquote type="cite" class="spark_quote">OLD</blockquote></div>`,
		"mailru":            `<div>NEW</div><blockquote id="mail-app-auto-quote" class="mail_ru_quote">OLD</blockquote>`,
		"freshdesk":         `<div>NEW</div><div class="freshdesk_quote"><blockquote class="freshdesk_quote">OLD</blockquote></div>`,
		"zendesk delimiter": `<div>NEW</div><blockquote><div style="color:#b5b5b5">##- Bitte geben Sie Ihre Antwort über dieser Zeile ein. -##</div>OLD</blockquote>`,
		"inline answer":     `<div>NEW</div><blockquote type="cite">OLD</blockquote><div>BELOW</div>`,
	} {
		m := htmlMail(t, body)
		switch name {
		case "inline answer":
			require.Contains(t, m.Text, "BELOW", name)
			require.Contains(t, m.Text, "OLD", name)
			continue
		case "outlook mobile":
			require.Equal(t, "NEW\nOutlook für iOS", m.Text, name)
		default:
			require.Equal(t, "NEW", m.Text, name)
		}
		if name != "apple2" {
			require.Contains(t, m.Quoted, "OLD", name)
		}
	}
	for _, not := range []string{
		`<div style="border:none;border-left:solid #ccc">NEW</div><p>MORE</p>`, `<p name="quote">NEW</p><p>MORE</p>`, `<div class="quote">NEW</div><p>MORE</p>`,
		`<p>NEW</p><hr><p>MORE</p>`, `<p>NEW</p><blockquote>somebody said</blockquote><p>MORE</p>`,
	} {
		m := htmlMail(t, not)
		require.Contains(t, m.Text, "MORE", not)
		require.Contains(t, m.Text, "NEW", not)
	}
}

// TestAnswersAboveALine: ticket desks ask for answers above a line.
func TestAnswersAboveALine(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"##- Please type your reply above this line -##", "## Reply above this line ##", "-- Please reply above this line --", "=-=-= Write your answer above this line =-=-=",
		"##- Bitte geben Sie Ihre Antwort über dieser Zeile ein. -##", "##- Veuillez répondre au-dessus de cette ligne -##", "##- Escriba su respuesta por encima de esta línea -##",
		"##- Typ uw antwoord boven deze regel -##", "##- Inserisci la risposta sopra questa riga -##", "##- Skriv svaret over denne linje -##", "##- Напишите ответ над этой строкой -##",
	} {
		fresh, quoted := fold("Danke.\n\n"+line+"\n\nIhr Ticket wurde bearbeitet.", "")
		require.Equal(t, "Danke.", fresh, line)
		require.Contains(t, quoted, "Ihr Ticket", line)
	}
	for _, line := range []string{"Please reply above this line", "- write the answer below this line", "-- \nErika"} {
		fresh, _ := fold("Danke.\n\n"+line+"\n\n"+"Mehr steht hier, und es ist neu. Es geht noch lange weiter.", "")
		require.Contains(t, fresh, "Danke.", line)
	}
}
