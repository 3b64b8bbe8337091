package httpapi

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/ticket"
)

// fileCSP keeps a file harmless should a browser show it as a page after all.
const fileCSP = "default-src 'none'; frame-ancestors 'none'; sandbox"

// sniffed is how many bytes decide what a file is (http.DetectContentType).
const sniffed = 512

// uploaded is the file of an upload while it is read.
type uploaded struct {
	name, claimed string // claimed is the type that its sender names
	body          *bufio.Reader
	sum           hash.Hash // of what was read of body
}

// openUpload finds the one part named file.
func (c *call) openUpload() (*uploaded, error) {
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, c.api.limits.Upload+sniffed*8) // room for the multipart frame
	parts, err := c.r.MultipartReader()
	if err != nil {
		return nil, errMultipart
	}
	part, err := parts.NextPart()
	if errors.Is(err, io.EOF) {
		return nil, ticket.InvalidField("file", "is required")
	}
	if err != nil {
		return nil, bodyError(err)
	}
	if part.FormName() != "file" || part.FileName() == "" {
		return nil, ticket.InvalidField("file", "must be the first part and have a file name")
	}
	f := &uploaded{name: part.FileName(), claimed: part.Header.Get("Content-Type"), sum: sha256.New()}
	f.body = bufio.NewReaderSize(io.TeeReader(readErrors{part}, f.sum), sniffed)
	return f, nil
}

// print tells uploads apart by what they bring, once body was read to its end: the frame around it is another each time.
func (f *uploaded) print(c *call) []byte {
	h := c.newPrint()
	fields(h, f.name, f.claimed, string(f.sum.Sum(nil)))
	return h.Sum(nil)
}

// upload is POST tickets/{id}/attachments: one part named file, streamed into the desk's blobs.
func (c *call) upload() error {
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	f, err := c.openUpload()
	if err != nil {
		return err
	}
	head, err := f.body.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	at, err := c.api.service.Attach(c.ctx(), c.actor(), id, ticket.Upload{Name: f.name, ContentType: web.Sniff(head, f.claimed), Body: f.body})
	if err != nil {
		return err
	}
	c.print = f.print(c)
	return c.json(http.StatusCreated, attachmentOf(at))
}

// readErrors makes what goes wrong while reading an upload the client's fault, which it is.
type readErrors struct{ r io.Reader }

func (r readErrors) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = bodyError(err)
	}
	return n, err
}

// attachment is GET tickets/{id}/attachments/{aid}: always a download, save for pictures that are asked for with inline=true.
func (c *call) attachment() error {
	aid, err := c.pathID("aid")
	if err != nil {
		return err
	}
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	at, file, err := c.api.service.OpenAttachment(c.ctx(), c.actor(), id, ticket.AttachmentID(aid))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	body := bufio.NewReaderSize(file, sniffed)
	head, err := body.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	media, how := at.ContentType, "attachment"
	if web.Active(media) {
		media = "application/octet-stream"
	}
	if p := web.Picture(head); p != "" && c.r.URL.Query().Get("inline") == "true" {
		media, how = p, "inline"
	}
	c.w.Header().Set("Content-Length", strconv.FormatInt(at.Size, 10))
	return c.file(body, media, how, at.Name)
}

// raw is GET messages/{id}/raw: the original as it came, always a download.
func (c *call) raw() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	m, file, err := c.api.service.OpenRaw(c.ctx(), c.actor(), ticket.MessageID(id))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return c.file(file, "message/rfc822", "attachment", "message-"+string(m.ID)+".eml")
}

// file streams bytes that came from outside.
func (c *call) file(r io.Reader, media, how, name string) error {
	c.attach(media, how, name)
	if c.r.Method == http.MethodHead {
		c.w.WriteHeader(http.StatusOK)
		return nil
	}
	_, err := io.Copy(c.w, r)
	return err
}

// attach says what the body of the answer is and what it is called.
func (c *call) attach(media, how, name string) {
	disposition := mime.FormatMediaType(how, map[string]string{"filename": name})
	if disposition == "" {
		disposition = how
	}
	h := c.w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", disposition)
	h.Set("Content-Security-Policy", fileCSP)
}
