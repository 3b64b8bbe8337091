package mailout

import (
	"cmp"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

func (s *Sender) language(m *adapters.Outbound) string {
	switch m.Locale {
	case i18n.German, i18n.English:
		return m.Locale
	}
	return s.cfg.Locale
}

// kindOf is the name of the template of a mail.
func kindOf(m *adapters.Outbound) string {
	switch {
	case slices.Contains(kinds, string(m.Notice)):
		return string(m.Notice)
	case automatic(m):
		return kindAutomatic
	}
	return kindReply
}

// automatic reports that a program wrote the mail.
func automatic(m *adapters.Outbound) bool {
	return m.Notice != "" || m.Message.Machine || m.Message.Author.Type == ticket.ActorSystem
}

// internal reports that a mail goes to a colleague, who answers in the ticket and not by mail.
func internal(m *adapters.Outbound) bool {
	return m.Notice == ticket.NoticeAssigned || m.Notice == ticket.NoticeBounced || m.Notice == ticket.NoticeSLA
}

// body renders the mail as plain text and as HTML, with its subject. A reply has no greeting: the agent writes it.
func (s *Sender) body(m *adapters.Outbound) (subject, text, html string, err error) {
	lang, kind := s.language(m), kindOf(m)
	t := func(key string, args ...any) string { return s.texts.T(lang, key, args...) }
	p := &Mail{Kind: kind, Lang: lang, Subject: conversationSubject(m), Number: m.Ticket.Number, TicketSubject: bareSubject(m),
		Desk: s.head(m).Desk, Text: linesOf(lines(m.Message.Text))}
	signature := s.cfg.Signature
	if m.Signature != nil {
		signature = *m.Signature
	}
	number := i18n.Args{"number": m.Ticket.Number}
	switch {
	case internal(m):
		s.brief(p, m, lang)
		p.Footer, signature = t("mailout.footer.internal"), ""
	case m.Ticket.Number > 0 && kind != kindReply:
		p.Footer = t("mailout.footer.automatic", number)
	case m.Ticket.Number > 0:
		p.Footer = t("mailout.footer", number)
	}
	p.Signature = linesOf(lines(signature))
	if before := m.Previous; before != nil && s.cfg.Quote && kind == kindReply {
		p.Quoted = linesOf(lines(before.Text))
		p.QuotedBy = t("mailout.quoted", i18n.Args{"at": i18n.FormatDateTime(lang, before.CreatedAt, s.cfg.Zone),
			"name": cmp.Or(oneLine(before.Author.Name), oneLine(before.Author.Email), t("mailout.somebody"))})
	}
	for i := range m.Attachments {
		if a := &m.Attachments[i]; inline(a) {
			p.Images = append(p.Images, Image{Source: template.URL("cid:" + a.ContentID), Name: fileName(a.Name)})
		}
	}
	subject, text, html, err = s.forms[formKey{kind, lang}].render(p)
	if err != nil {
		return "", "", "", fmt.Errorf("write the mail: %w", err)
	}
	return cmp.Or(subject, p.Subject), text, html, nil
}

// brief fills in what a colleague has to know.
func (s *Sender) brief(p *Mail, m *adapters.Outbound, lang string) {
	t := func(key string, args ...any) string { return s.texts.T(lang, key, args...) }
	if s.cfg.Link != nil && m.Ticket.ID != "" {
		p.Link = s.cfg.Link(&m.Ticket)
	}
	by := oneLine(m.By)
	switch m.Notice {
	case ticket.NoticeAssigned:
		if p.Lead = t("mailout.assigned.lead.alone"); by != "" {
			p.Lead = t("mailout.assigned.lead", i18n.Args{"by": by})
		}
	case ticket.NoticeBounced:
		p.Lead = t("mailout.bounced.lead")
	default:
		return
	}
	add := func(key, value string) {
		if value = oneLine(value); value != "" {
			p.Facts = append(p.Facts, Fact{t("mailout.fact." + key), value})
		}
	}
	tk := &m.Ticket
	add("ticket", fmt.Sprintf("#%d", tk.Number))
	add("subject", p.TicketSubject)
	add("requester", cmp.Or(tk.Requester.Name, tk.Requester.Email))
	add("queue", tk.Queue.Name)
	if tk.Priority.Valid() {
		add("priority", t("priority."+string(tk.Priority)))
	}
	add("reason", m.Reason)
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

// linesOf makes the web addresses of a text links.
func linesOf(text []string) []Line {
	out := make([]Line, 0, len(text))
	for _, plain := range text {
		row := Line{Plain: plain}
		line := indent.Replace(plain)
		for at := 0; at < len(line); {
			found := linkPattern.FindStringIndex(line[at:])
			if found == nil {
				row.Spans = append(row.Spans, Span{Text: line[at:]})
				break
			}
			url := strings.TrimRight(line[at+found[0]:at+found[1]], ".,;:!?')]}*_") // the sentence's, not the address's
			if found[0] > 0 {
				row.Spans = append(row.Spans, Span{Text: line[at : at+found[0]]})
			}
			row.Spans = append(row.Spans, Span{Text: url, URL: url})
			at += found[0] + len(url)
		}
		out = append(out, row)
	}
	return out
}
