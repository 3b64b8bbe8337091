package mailout

import (
	"errors"
	"html/template"
	"io"
	"net/http"
	"net/textproto"
	"net/url"

	gomail "github.com/wneessen/go-mail"
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

func (s *Sender) logoSource() template.URL {
	switch {
	case s.cfg.LogoURL != "":
		return template.URL(s.cfg.LogoURL)
	case len(s.cfg.Logo) > 0:
		return "cid:" + logoID
	}
	return ""
}

// logoFile is the part of a mail that carries the logo; nil when none does.
func (s *Sender) logoFile() *gomail.File {
	if len(s.cfg.Logo) == 0 {
		return nil
	}
	h := textproto.MIMEHeader{}
	h.Set("Content-ID", "<"+logoID+">")
	h.Set("Content-Type", s.logoType)
	h.Set("Content-Disposition", "inline")
	return &gomail.File{Name: "logo", Header: h, Enc: gomail.EncodingB64, Writer: func(w io.Writer) (int64, error) {
		n, err := w.Write(s.cfg.Logo)
		return int64(n), err
	}}
}
