package httpapi

import (
	"encoding/base64"
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/ticketkit/ticketkit/internal/htmltext"
	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/ticket"
)

// mailCSP is for the HTML of a stranger inside a sandboxed frame of the panel: no script, no style sheet, no form, nothing fetched,
// and links open elsewhere.
const mailCSP = "default-src 'none'; img-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; " +
	"sandbox allow-popups allow-popups-to-escape-sandbox"

// mailCSPImages also lets images from the web in, for a reader who asked for them.
const mailCSPImages = "default-src 'none'; img-src data: https: http:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; " +
	"sandbox allow-popups allow-popups-to-escape-sandbox"

// Bounds of the pictures that become part of the page. A frame without an origin of its own has no cookie to fetch them with.
const (
	maxPicture  = 1 << 20
	maxPictures = 5 << 20
)

// cidImage is how a sanitized document names a picture of its own mail.
var cidImage = regexp.MustCompile(`src="cid:([^"]*)"`)

// messageHTML is GET messages/{id}/html: a page of its own for a sandboxed frame. It was sanitized when it came in and is again now, so
// that a better sanitizer also helps old mail.
func (c *call) messageHTML() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	m, err := c.api.service.Message(c.ctx(), c.actor(), ticket.MessageID(id))
	if err != nil {
		return err
	}
	if m.HTML == "" {
		return ticket.Errorf(ticket.NotFound, "the message has no HTML")
	}
	body, policy := htmltext.Sanitize(m.HTML), mailCSP
	if c.r.URL.Query().Get("images") == "true" {
		body, policy = strings.ReplaceAll(body, ` data-src="`, ` src="`), mailCSPImages
	}
	if body, err = c.withPictures(body, m); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	c.w.WriteHeader(http.StatusOK)
	_, err = io.WriteString(c.w, `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title></title>`+body)
	return err
}

// withPictures puts the pictures of a mail into its page. What is no picture, too large or gone is left as it is and shows nothing.
func (c *call) withPictures(body string, m *ticket.Message) (string, error) {
	var failed error
	left := maxPictures
	body = cidImage.ReplaceAllStringFunc(body, func(src string) string {
		cid := html.UnescapeString(cidImage.FindStringSubmatch(src)[1])
		for i := range m.Attachments {
			at := &m.Attachments[i]
			if at.ContentID != cid || at.Size > maxPicture || int(at.Size) > left || failed != nil {
				continue
			}
			data, err := c.picture(m, at.ID)
			if err != nil {
				failed = err
			}
			if data == "" {
				return src
			}
			left -= int(at.Size)
			return `src="` + data + `"`
		}
		return src
	})
	return body, failed
}

// picture gives an attachment as a data URI, or "" when it is no picture or may not be seen.
func (c *call) picture(m *ticket.Message, id ticket.AttachmentID) (string, error) {
	_, file, err := c.api.service.OpenAttachment(c.ctx(), c.actor(), m.TicketID, id)
	if k := ticket.KindOf(err); k == ticket.NotFound || k == ticket.Denied {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	b, err := io.ReadAll(io.LimitReader(file, maxPicture))
	if err != nil {
		return "", err
	}
	media := web.Picture(b[:min(len(b), sniffed)])
	if media == "" {
		return "", nil
	}
	return "data:" + media + ";base64," + base64.StdEncoding.EncodeToString(b), nil
}
