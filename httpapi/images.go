package httpapi

import (
	"io"
	"net/http"
	"strconv"

	"github.com/ticketkit/ticketkit/ticket"
)

// imageCSP lets a picture look as it was drawn and keeps it harmless should a browser show it as a page: no script runs, nothing is loaded.
const imageCSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"

// imageDTO is a picture of the branding.
type imageDTO struct {
	ID          string `json:"id" doc:"it is shown at branding/images/{id}, and kept as long as the branding names that address"`
	ContentType string `json:"content_type"`
	Size        int64  `json:"size"`
}

// addImage is POST branding/images: one part named file.
func (c *call) addImage() error {
	f, err := c.openUpload()
	if err != nil {
		return err
	}
	content, err := io.ReadAll(io.LimitReader(f.body, ticket.MaxImage+1)) // what is more is not read to its end
	if err != nil {
		return err
	}
	img, err := c.api.service.AddImage(c.ctx(), c.actor(), content)
	if err != nil {
		return err
	}
	c.print = f.print(c)
	return c.json(http.StatusCreated, imageDTO{img.ID, img.ContentType, int64(len(img.Data))})
}

// image is GET branding/images/{id}, for everybody: the page to sign in shows it. It never changes.
func (c *call) image() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	img, err := c.api.service.Image(c.ctx(), ticket.SystemActor("api"), id)
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", img.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(img.Data)))
	h.Set("Content-Security-Policy", imageCSP)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(img.Data) // a failure to write is the client's
	return nil
}
