package mailout

import (
	"cmp"
	"errors"
	"html/template"
	"io"
	"net/http"
	"net/textproto"
	"net/url"

	gomail "github.com/wneessen/go-mail"

	"github.com/ticketkit/ticketkit/adapters"
)

// logoID is the Content-ID of a logo that each mail carries.
const logoID = "logo@ticketkit"

// maxLogo bounds a logo that is sent with each mail.
const maxLogo = 200 << 10

// checkLogo finds out what the logo is.
func (s *Sender) checkLogo(c *Config) error {
	if c.LogoURL != "" {
		if len(c.Logo) > 0 {
			return errors.New("Logo and LogoURL are both set; keep one")
		}
		u, err := url.Parse(c.LogoURL)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			return errors.New("LogoURL must begin with https://, for mail programs load it from elsewhere")
		}
		return nil
	}
	if len(c.Logo) == 0 {
		return nil
	}
	if len(c.Logo) > maxLogo {
		return errors.New("Logo has more than 200 KiB: every mail carries it")
	}
	switch s.logoType = http.DetectContentType(c.Logo); s.logoType {
	case "image/png", "image/jpeg", "image/gif":
		return nil
	}
	return errors.New("Logo is neither PNG nor JPEG nor GIF, which is what mail programs show")
}

// head is what one mail shows of the desk: what its admins have set, else what Config says.
type head struct {
	Desk
	logo     []byte // that the mail carries; nil when none is, or it lies elsewhere
	logoType string
}

func (s *Sender) head(m *adapters.Outbound) head {
	h := head{Desk: Desk{Name: cmp.Or(oneLine(m.Letterhead.Name), s.cfg.Name), Logo: template.URL(s.cfg.LogoURL), Color: template.CSS(s.cfg.Accent)},
		logo: s.cfg.Logo, logoType: s.logoType}
	if accentPattern.MatchString(m.Letterhead.Primary) {
		h.Color = template.CSS(m.Letterhead.Primary) //nolint:gosec // a colour and nothing else
	}
	if own := m.Letterhead.Logo; own != nil {
		h.logo, h.logoType = own.Data, own.ContentType
	}
	if len(h.logo) > 0 {
		h.Logo = "cid:" + logoID
	}
	return h
}

// file is the part of a mail that carries the logo; nil when none does.
func (h head) file() *gomail.File {
	if len(h.logo) == 0 {
		return nil
	}
	body, kind := h.logo, h.logoType
	fields := textproto.MIMEHeader{}
	fields.Set("Content-ID", "<"+logoID+">")
	fields.Set("Content-Type", kind)
	fields.Set("Content-Disposition", "inline")
	return &gomail.File{Name: "logo", Header: fields, Enc: gomail.EncodingB64, Writer: func(w io.Writer) (int64, error) {
		n, err := w.Write(body)
		return int64(n), err
	}}
}
