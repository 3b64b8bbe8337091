package mailout

import (
	"fmt"
	"html/template"
	"regexp"
	"strings"
	"sync"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
)

func language(m *adapters.Outbound) string {
	if m.Locale == i18n.German {
		return i18n.German
	}
	return i18n.English
}

// page is what the HTML part shows.
type page struct {
	Lang, Name, Subject, Footer string
	Accent                      template.CSS
	Text, Signature             [][]span // lines of spans
	Images                      []image
}

// span is a piece of a line: a link when URL is not empty.
type span struct{ Text, URL string }

type image struct {
	Source template.URL
	Name   string
}

// body renders the agent's text, the signature and a footer with the ticket's number, as plain text and as HTML. There is
// no greeting: the agent writes it.
func (s *Sender) body(m *adapters.Outbound) (text, html string, err error) {
	lang := language(m)
	words, signature := lines(m.Message.Text), lines(s.cfg.Signature)
	footer := ""
	if m.Ticket.Number > 0 {
		footer = s.texts.T(lang, "mailout.footer", i18n.Args{"number": m.Ticket.Number})
	}
	var b strings.Builder
	b.WriteString(strings.Join(words, "\n"))
	b.WriteString("\n")
	if len(signature) > 0 || footer != "" {
		b.WriteString("\n-- \n") // by this line mail programs know a signature (RFC 3676 section 4.3)
	}
	for _, line := range signature {
		b.WriteString(line + "\n")
	}
	if footer != "" {
		b.WriteString(footer + "\n")
	}
	p := page{Lang: lang, Name: s.cfg.Name, Subject: subject(m), Footer: footer, Accent: template.CSS(s.cfg.Accent),
		Text: spans(words), Signature: spans(signature)}
	for i := range m.Attachments {
		if a := &m.Attachments[i]; inline(a) {
			p.Images = append(p.Images, image{Source: template.URL("cid:" + a.ContentID), Name: fileName(a.Name)})
		}
	}
	var h strings.Builder
	if err := letterPage().Execute(&h, p); err != nil {
		return "", "", fmt.Errorf("write the HTML part: %w", err)
	}
	return b.String(), h.String(), nil
}

// lines splits a text without its blank ends. Control characters have no place in a mail.
func lines(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7F {
			return -1
		}
		return r
	}, text)
	text = strings.TrimRight(strings.TrimLeft(text, "\n"), " \t\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

var linkPattern = regexp.MustCompile(`https?://[^\s<>"]+`)

// indent keeps the spaces of lists, tables and code, which HTML would draw together.
var indent = strings.NewReplacer("\t", "\u00A0\u00A0\u00A0 ", "  ", "\u00A0 ")

// spans makes the web addresses of a text links.
func spans(text []string) [][]span {
	out := make([][]span, 0, len(text))
	for _, line := range text {
		var row []span
		line = indent.Replace(line)
		for at := 0; at < len(line); {
			found := linkPattern.FindStringIndex(line[at:])
			if found == nil {
				row = append(row, span{Text: line[at:]})
				break
			}
			url := strings.TrimRight(line[at+found[0]:at+found[1]], ".,;:!?')]}*_") // the sentence's, not the address's
			if found[0] > 0 {
				row = append(row, span{Text: line[at : at+found[0]]})
			}
			row = append(row, span{Text: url, URL: url})
			at += found[0] + len(url)
		}
		out = append(out, row)
	}
	return out
}

// letterPage is parsed at its first use and never changed. Everything variable passes through the escaping of html/template;
// the styles stand in the elements because several mail programs drop style sheets.
var letterPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("letter").Parse(`<!DOCTYPE html>
<html lang="{{.Lang}}">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Subject}}</title>
</head>
<body style="margin:0;padding:16px;font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:1.5;color:#1a1a1a">
{{- with .Name}}
<p style="margin:0 0 16px;font-size:17px;font-weight:bold;color:{{$.Accent}}">{{.}}</p>
{{- end}}
<div>
{{- range .Text}}{{template "line" .}}{{end}}
</div>
{{- range .Images}}
<p style="margin:16px 0"><img src="{{.Source}}" alt="{{.Name}}" style="max-width:100%"></p>
{{- end}}
{{- if or .Signature .Footer}}
<div style="margin-top:24px;padding-top:8px;border-top:1px solid #cccccc;font-size:13px;color:#595959">
{{- range .Signature}}{{template "line" .}}{{end}}
{{- with .Footer}}
{{.}}
{{- end}}
</div>
{{- end}}
</body>
</html>
{{define "line"}}
{{range .}}{{if .URL}}<a href="{{.URL}}">{{.Text}}</a>{{else}}{{.Text}}{{end}}{{end}}<br>{{end}}`))
})
