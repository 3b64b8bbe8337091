package mailout

import "html/template"

// Mail is what a template shows. Everything in it is plain text unless its type says otherwise; html/template escapes it.
type Mail struct {
	Kind    string // name of the template: reply, automatic, receipt, closed, assigned, bounced or sla
	Lang    string // "de" or "en"
	Subject string // of the whole mail; empty in the template "subject", which makes it
	Desk    Desk

	Number        int64 // of the ticket; 0 when the mail is about none
	TicketSubject string
	Lead          string // first sentence of a mail to a colleague
	Facts         []Fact // about the ticket, for colleagues
	Link          string // to the ticket's page, for colleagues; "" when nobody knows where the pages are

	Text      []Line // of the message
	Images    []Image
	Quoted    []Line // of the message before, when Config.Quote is set
	QuotedBy  string // "On … somebody wrote:"
	Signature []Line
	Footer    string
}

// Desk is who writes.
type Desk struct {
	Name  string
	Logo  template.URL // https:, or cid: of an inline image; "" when there is none
	Color template.CSS // "#rrggbb"
}

// Fact is a row about a ticket.
type Fact struct{ Name, Value string }

// Line is one line of a text.
type Line struct {
	Plain string
	Spans []Span // the same in pieces, with spaces that HTML keeps
}

// Span is a piece of a line: a link when URL is not empty.
type Span struct{ Text, URL string }

// Image is a picture of the message that is shown below its text.
type Image struct {
	Source template.URL
	Name   string
}
