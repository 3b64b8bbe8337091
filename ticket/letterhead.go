package ticket

import (
	"context"
	"regexp"
)

// Letterhead is what messages that leave the desk show of it: what its admins have set. Empty fields are left to the channel.
type Letterhead struct {
	Name    string
	Primary string // #rrggbb
	Logo    *Image // one that was uploaded, and that mail programs show: PNG, JPEG or GIF. Do not change it
}

// imageAddress is how the branding names an image that was uploaded.
var imageAddress = regexp.MustCompile(`/branding/images/([0-9a-f]{64})$`)

// Letterhead gives what messages show that are not Outgoing. Only system actors may ask.
func (s *Service) Letterhead(ctx context.Context, a Actor) (Letterhead, error) {
	if a.Kind != ActorSystem {
		return Letterhead{}, Errorf(Denied, "only the worker may ask")
	}
	return s.letterhead(ctx, s.cfg.Store)
}

func (s *Service) letterhead(ctx context.Context, r Reader) (out Letterhead, err error) {
	b, err := ReadBranding(ctx, r)
	if err != nil {
		return out, err
	}
	out.Name, out.Primary = b.Name, b.Primary
	at := imageAddress.FindStringSubmatch(b.LogoLight)
	if at == nil {
		return out, nil
	}
	img, err := imageOf(ctx, r, at[1])
	if KindOf(err) == NotFound { // an address that only looks like ours
		return out, nil
	}
	if err != nil {
		return out, err
	}
	switch img.ContentType {
	case "image/png", "image/jpeg", "image/gif":
		out.Logo = img
	}
	return out, nil
}
