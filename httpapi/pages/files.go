package pages

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html"
	"image"
	_ "image/gif" // known to image.DecodeConfig, which reads no pixel
	_ "image/jpeg"
	_ "image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/ticketkit/ticketkit/internal/htmltext"
	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/ticket"
)

// fileCSP keeps a file harmless should a browser show it as a page after all.
const fileCSP = "default-src 'none'; frame-ancestors 'none'; sandbox"

// mailStyle makes the HTML of a mail that says nothing about its looks readable. It is the only style sheet that its policy allows.
const mailStyle = "html{color-scheme:light}body{margin:12px;background:#fff;color:#16181d;font:15px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;" +
	"overflow-wrap:break-word}img{max-width:100%;height:auto}blockquote{margin:.5em 0;padding-left:1em;border-left:2px solid #d5d9e0;color:#545c6a}a{color:#1f5fd6}"

// mailPolicy is for the HTML of a stranger: no script, no style of its own, no form, nothing fetched save for images that were asked
// for, and links open elsewhere. With it even a browser that opens the address by itself keeps the document in a sandbox.
func mailPolicy(images bool) string {
	sum := sha256.Sum256([]byte(mailStyle))
	from := "data:"
	if images {
		from = "data: https: http:"
	}
	return "default-src 'none'; img-src " + from + "; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
}

// Bounds of pictures.
const (
	sniffed     = 512 // bytes that decide what a file is (http.DetectContentType)
	maxPicture  = 1 << 20
	maxPictures = 5 << 20
	maxPixels   = 40 << 20 // a small file can claim a picture that fills the memory of a browser
)

// writer is ticket.Service.Reply or Note.
type writer func(context.Context, ticket.Actor, ticket.ID, ticket.Version, ticket.NewMessage) (*ticket.Message, error)

// uploads opens the files of the posted form. closeAll is never nil.
func (v *view) uploads() (out []ticket.Upload, closeAll func(), err error) {
	var open []multipart.File
	closeAll = func() {
		for _, f := range open {
			closeRead(f)
		}
	}
	if v.r.MultipartForm == nil {
		return nil, closeAll, nil
	}
	for _, h := range v.r.MultipartForm.File["files"] {
		if h.Filename == "" && h.Size == 0 { // the field was left empty
			continue
		}
		f, err := h.Open()
		if err != nil {
			return nil, closeAll, &ticket.Error{Kind: ticket.Invalid, Field: "attachments", Msg: "the form cannot be read", Err: err}
		}
		open = append(open, f)
		head := make([]byte, sniffed)
		n, err := io.ReadFull(f, head)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return nil, closeAll, &ticket.Error{Kind: ticket.Invalid, Field: "attachments", Msg: "the form cannot be read", Err: err}
		}
		up := ticket.Upload{Name: h.Filename, ContentType: web.Sniff(head[:n], h.Header.Get("Content-Type")), Body: f}
		if !rewind(up) {
			return nil, closeAll, ticket.InvalidField("attachments", "the form cannot be read")
		}
		out = append(out, up)
	}
	return out, closeAll, nil
}

// closeRead closes what was only read from; nothing can be lost.
func closeRead(c io.Closer) { _ = c.Close() }

// rewind goes back to the beginning of a file.
func rewind(up ticket.Upload) bool {
	s, ok := up.Body.(io.Seeker)
	if !ok {
		return false
	}
	_, err := s.Seek(0, io.SeekStart)
	return err == nil
}

// fileHeaders announces bytes that came from outside.
func (v *view) fileHeaders(media, how, name string) {
	disposition := mime.FormatMediaType(how, map[string]string{"filename": name})
	if disposition == "" {
		disposition = how
	}
	h := v.w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", disposition)
	h.Set("Content-Security-Policy", fileCSP)
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// openFile finds {id} among the attachments of {number}; a file of another ticket is as good as absent.
func (v *view) openFile() (*ticket.Attachment, io.ReadCloser, error) {
	t, err := v.ticket()
	if err != nil {
		return nil, nil, err
	}
	id := v.r.PathValue("id")
	if !ticket.ValidID(id) {
		return nil, nil, ticket.Errorf(ticket.NotFound, "the attachment does not exist")
	}
	return v.site.service.OpenAttachment(v.r.Context(), v.actor(), t.ID, ticket.AttachmentID(id))
}

// attachment is always a download.
func (v *view) attachment() error {
	at, file, err := v.openFile()
	if err != nil {
		return err
	}
	defer closeRead(file)
	media := at.ContentType
	if media == "" || web.Active(media) {
		media = "application/octet-stream"
	}
	v.fileHeaders(media, "attachment", at.Name)
	v.w.Header().Set("Content-Length", strconv.FormatInt(at.Size, 10))
	if v.r.Method == http.MethodHead {
		return nil
	}
	_, err = io.Copy(v.w, file)
	return err
}

// thumbnail is a small picture of an attachment for the timeline: the picture itself, if its bytes are one and not too large.
func (v *view) thumbnail() error {
	at, file, err := v.openFile()
	if err != nil {
		return err
	}
	defer closeRead(file)
	none := ticket.Errorf(ticket.NotFound, "there is no picture of this attachment")
	if at.Size <= 0 || at.Size > thumbnailLimit {
		return none
	}
	b, err := io.ReadAll(io.LimitReader(bufio.NewReader(file), thumbnailLimit))
	if err != nil {
		return err
	}
	media := web.Picture(b[:min(len(b), sniffed)])
	if media == "" {
		return none
	}
	if c, _, err := image.DecodeConfig(bytes.NewReader(b)); err == nil && c.Width*c.Height > maxPixels {
		return none
	}
	v.fileHeaders(media, "inline", at.Name)
	v.w.Header().Set("Cache-Control", "private, max-age=3600, immutable") // the bytes of an attachment never change
	v.w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	if v.r.Method != http.MethodHead {
		_, _ = v.w.Write(b)
	}
	return nil
}

func (v *view) message() (*ticket.Message, error) {
	id := v.r.PathValue("id")
	if !ticket.ValidID(id) {
		return nil, ticket.Errorf(ticket.NotFound, "the message does not exist")
	}
	return v.site.service.Message(v.r.Context(), v.actor(), ticket.MessageID(id))
}

// messageHTML is the HTML of a mail as a page for a sandboxed frame. It was sanitized when it came in and is again now, so that a
// better sanitizer also helps old mail.
func (v *view) messageHTML() error {
	m, err := v.message()
	if err != nil {
		return err
	}
	if m.HTML == "" {
		return ticket.Errorf(ticket.NotFound, "the message has no HTML")
	}
	body, images := htmltext.Sanitize(m.HTML), v.r.URL.Query().Get("images") == "1"
	if images {
		body = strings.ReplaceAll(body, ` data-src="`, ` src="`)
	}
	body = v.withPictures(body, m)
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", mailPolicy(images))
	h.Set("Referrer-Policy", "no-referrer")
	if v.r.Method == http.MethodHead {
		return nil
	}
	//nolint:gosec // sanitized above, and inert under its policy
	_, _ = io.WriteString(v.w, `<!doctype html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light"><title></title><style>`+
		mailStyle+`</style></head><body>`+body+`</body></html>`)
	return nil
}

// cidImage is how a sanitized document names a picture of its own mail.
var cidImage = regexp.MustCompile(`src="cid:([^"]*)"`)

// withPictures puts the pictures of a mail into its page, for a frame without an origin of its own has no cookie to fetch them with.
// What is no picture, too large or gone is left as it is and shows nothing.
func (v *view) withPictures(body string, m *ticket.Message) string {
	left := maxPictures
	return cidImage.ReplaceAllStringFunc(body, func(src string) string {
		cid := html.UnescapeString(cidImage.FindStringSubmatch(src)[1])
		for i := range m.Attachments {
			at := &m.Attachments[i]
			if at.ContentID != cid || at.Size > maxPicture || int(at.Size) > left {
				continue
			}
			if data := v.picture(m.TicketID, at.ID); data != "" {
				left -= int(at.Size)
				return `src="` + data + `"`
			}
		}
		return src
	})
}

// picture gives an attachment as a data URI, or "" when it is no picture or cannot be had: the mail is still readable without it.
func (v *view) picture(t ticket.ID, id ticket.AttachmentID) string {
	_, file, err := v.site.service.OpenAttachment(v.r.Context(), v.actor(), t, id)
	if err != nil {
		return ""
	}
	defer closeRead(file)
	b, err := io.ReadAll(io.LimitReader(file, maxPicture))
	if err != nil {
		return ""
	}
	media := web.Picture(b[:min(len(b), sniffed)])
	if media == "" {
		return ""
	}
	return "data:" + media + ";base64," + base64.StdEncoding.EncodeToString(b)
}

// messageRaw is the original as it came, always a download.
func (v *view) messageRaw() error {
	if _, err := v.message(); err != nil {
		return err
	}
	m, file, err := v.site.service.OpenRaw(v.r.Context(), v.actor(), ticket.MessageID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	defer closeRead(file)
	v.fileHeaders("message/rfc822", "attachment", "message-"+string(m.ID)+".eml")
	if v.r.Method == http.MethodHead {
		return nil
	}
	_, err = io.Copy(v.w, file)
	return err
}
