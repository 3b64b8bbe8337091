package httpapi

import (
	"io"
	"math"
	"net/http"
	"strconv"

	"github.com/ticketkit/ticketkit/ticket"
)

// newBrandingDTO is what PUT branding takes. What is left out is what the configuration of the program says.
type newBrandingDTO struct {
	Name          string `json:"name" doc:"at most 80 characters"`
	ShortName     string `json:"short_name" doc:"at most 20 characters"`
	LogoLight     string `json:"logo_light" doc:"path on the same host, or https://"`
	LogoDark      string `json:"logo_dark"`
	Favicon       string `json:"favicon"`
	Primary       string `json:"primary" doc:"#rrggbb"`
	LoginText     string `json:"login_text"`
	SupportURL    string `json:"support_url"`
	ImprintURL    string `json:"imprint_url"`
	PrivacyURL    string `json:"privacy_url"`
	DefaultLocale string `json:"default_locale" enum:"de,en,"`
	TimeZone      string `json:"time_zone" doc:"IANA name"`
	Version       int64  `json:"version" doc:"the one that was seen; a newer one refuses the change. Left out or 0: any"`
}

// brandingDTO is how the desk presents itself.
type brandingDTO struct {
	Name          string   `json:"name"`
	ShortName     string   `json:"short_name"`
	LogoLight     string   `json:"logo_light"`
	LogoDark      string   `json:"logo_dark"`
	Favicon       string   `json:"favicon"`
	Primary       string   `json:"primary"`
	OnPrimary     string   `json:"on_primary" doc:"the colour of text on primary; empty without one"`
	Contrast      *float64 `json:"contrast" doc:"of the two, at least 4.5; null without primary"`
	LoginText     string   `json:"login_text"`
	SupportURL    string   `json:"support_url"`
	ImprintURL    string   `json:"imprint_url"`
	PrivacyURL    string   `json:"privacy_url"`
	DefaultLocale string   `json:"default_locale"`
	TimeZone      string   `json:"time_zone"`
	Version       int64    `json:"version"`
}

func (c *call) branding() (*brandingDTO, error) {
	b, err := c.api.service.Branding(c.ctx(), c.actor())
	if err != nil {
		return nil, err
	}
	return brandingOf(b, c.api.cfg.ServiceName), nil
}

func brandingOf(b *ticket.Branding, name string) *brandingDTO {
	out := &brandingDTO{b.Name, b.ShortName, b.LogoLight, b.LogoDark, b.Favicon, b.Primary, "", nil, b.LoginText, b.SupportURL, b.ImprintURL, b.PrivacyURL,
		b.DefaultLocale, b.TimeZone, b.Version}
	if out.Name == "" {
		out.Name = name
	}
	if text, ratio, ok := ticket.Contrast(b.Primary); ok {
		ratio = math.Floor(ratio*100) / 100
		out.OnPrimary, out.Contrast = text, &ratio
	}
	return out
}

func (c *call) getBranding() error {
	b, err := c.branding()
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, b)
}

func (c *call) setBranding() error {
	var in newBrandingDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	b, err := c.api.service.SetBranding(c.ctx(), c.actor(), ticket.Branding(in))
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, brandingOf(b, c.api.cfg.ServiceName))
}

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
