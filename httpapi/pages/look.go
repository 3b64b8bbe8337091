package pages

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

// look is how the desk presents itself: what its admins have set, else what the configuration of the program says.
type look struct {
	name, locale     string
	short            string // the name where there is little room; never empty
	logo, logoDark   string // on this host; "" shows the name alone
	favicon          string // on this host; "" is a picture in the main colour
	loginText        string
	support          string // addresses; "" is none
	colour           string
	zone             *time.Location
	assets           assets
	brand            transcript.Brand
	palette          palette
	imprint, privacy string
}

// look reads the branding. What cannot be read leaves the configuration in force: a page that says that the database is away still looks like the
// desk's.
func (s *site) look(ctx context.Context) look {
	l := look{name: s.cfg.Name, locale: s.cfg.Locale, logo: s.cfg.Logo, colour: s.cfg.Colour, zone: s.cfg.Zone, assets: s.assets, brand: s.cfg.Brand}
	b, err := s.service.Branding(ctx, ticket.SystemActor("pages"))
	if err != nil {
		s.log.WarnContext(ctx, "the branding could not be read", "error", err)
		b = &ticket.Branding{}
	}
	l.name = cmp.Or(b.Name, l.name)
	l.short = cmp.Or(b.ShortName, l.name)
	l.locale = cmp.Or(b.DefaultLocale, l.locale)
	if b.LogoLight != "" {
		l.logo = local(b.LogoLight)
	}
	l.logoDark, l.favicon = local(b.LogoDark), local(b.Favicon)
	l.loginText, l.support, l.brand = b.LoginText, b.SupportURL, l.brand.With(b)
	l.imprint, l.privacy = l.brand.ImprintURL, l.brand.PrivacyURL
	if b.Primary != "" && colourForm.MatchString(b.Primary) && b.Primary != l.colour {
		l.colour = b.Primary
		l.assets = newAssets(l.colour)
	}
	l.palette = paletteOf(l.colour)
	if b.TimeZone != "" {
		if z, err := time.LoadLocation(b.TimeZone); err == nil {
			l.zone = z
		}
	}
	return l
}

// local is an address that the policy of the pages lets in: one on the same host.
func local(address string) string {
	if strings.HasPrefix(address, "/") {
		return address
	}
	return ""
}
