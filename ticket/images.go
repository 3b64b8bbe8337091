package ticket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// Image is a picture that the desk shows of itself: a logo, or the icon of its pages. It is nobody's secret.
type Image struct {
	ID          string // the SHA-256 of Data in hexadecimal digits: under an id there is always the same picture
	ContentType string // image/png, image/jpeg, image/gif, image/webp, image/x-icon or image/svg+xml
	Data        []byte
}

// Bounds of images.
const (
	MaxImage  = 200 << 10 // bytes; mails carry a logo, every one
	maxImages = 50
	// imageRest is how long an image is kept that the branding does not name: until somebody who has uploaded it saves the branding.
	imageRest = 24 * time.Hour
)

// AddImage keeps a picture for the branding, which names it by an address that ends with its id; one that is there already is kept once. Those
// that the branding does not name go a day later, when another comes. Field "file": no picture that browsers show, or more than MaxImage. It
// needs settings:write for the whole desk.
func (s *Service) AddImage(ctx context.Context, a Actor, content []byte) (*Image, error) {
	switch {
	case len(content) == 0:
		return nil, InvalidField("file", "is empty")
	case len(content) > MaxImage:
		return nil, InvalidField("file", "has more than 200 KiB")
	}
	kind := imageType(content)
	if kind == "" {
		return nil, InvalidField("file", "must be a PNG, JPEG, GIF, WebP, ICO or SVG picture")
	}
	sum := sha256.Sum256(content)
	img := &Image{ID: hex.EncodeToString(sum[:]), ContentType: kind, Data: content}
	body, err := json.Marshal(content) // text in base64
	if err != nil {
		return nil, &Error{Kind: Internal, Op: "image", Msg: "the picture cannot be kept", Err: err}
	}
	err = s.cfg.Store.Update(ctx, func(tx Tx) error {
		if _, err := s.whole(ctx, tx, a, OpSettingsWrite); err != nil {
			return err
		}
		if err := tx.Guard(ctx, string(SavedImage)); err != nil {
			return err
		}
		left, err := s.tidyImages(ctx, tx)
		if err != nil {
			return err
		}
		now := s.now()
		next := Saved{Kind: SavedImage, ID: img.ID, Name: kind, Body: body, Version: 1, CreatedAt: now, UpdatedAt: now}
		old, err := tx.SavedItem(ctx, SavedImage, img.ID)
		switch {
		case KindOf(err) == NotFound && left >= maxImages:
			return Errorf(Conflict, "there are %d pictures already", maxImages)
		case KindOf(err) == NotFound:
			return tx.PutSaved(ctx, &next, 0)
		case err != nil:
			return err
		}
		next.Version, next.CreatedAt = old.Version+1, old.CreatedAt // it is wanted again
		return tx.PutSaved(ctx, &next, old.Version)
	})
	if err != nil {
		return nil, err
	}
	return img, nil
}

// tidyImages drops the images that nothing names any more, and counts the others.
func (s *Service) tidyImages(ctx context.Context, tx Tx) (left int, err error) {
	all, err := tx.SavedItems(ctx, SavedImage, "")
	if err != nil || len(all) == 0 {
		return 0, err
	}
	named := ""
	if it, err := tx.SavedItem(ctx, SavedSetting, SettingBranding); err == nil {
		named = string(it.Body)
	} else if KindOf(err) != NotFound {
		return 0, err
	}
	for i := range all {
		if strings.Contains(named, all[i].ID) || s.now().Sub(all[i].UpdatedAt) < imageRest {
			left++
		} else if err := tx.DropSaved(ctx, SavedImage, all[i].ID); err != nil {
			return 0, err
		}
	}
	return left, nil
}

// Image gives a picture of the branding to whoever asks, for the page to sign in shows it: only an Actor of no kind is refused.
func (s *Service) Image(ctx context.Context, a Actor, id string) (*Image, error) {
	if a.Kind == "" {
		return nil, Errorf(Unauthenticated, "sign in first")
	}
	return imageOf(ctx, s.cfg.Store, id)
}

func imageOf(ctx context.Context, r Reader, id string) (*Image, error) {
	it, err := r.SavedItem(ctx, SavedImage, id)
	if KindOf(err) == NotFound {
		return nil, Errorf(NotFound, "there is no such picture")
	}
	if err != nil {
		return nil, err
	}
	out := &Image{ID: it.ID, ContentType: it.Name}
	if err := json.Unmarshal(it.Body, &out.Data); err != nil {
		return nil, &Error{Kind: Internal, Op: "image", Msg: "the picture cannot be read", Err: err}
	}
	return out, nil
}

// imageType is the media type of a picture that browsers show; "" for anything else. What begins as one does so by its first bytes (WHATWG MIME
// Sniffing, section 6.1), SVG by its root element.
func imageType(content []byte) string {
	switch kind := http.DetectContentType(content); kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/x-icon":
		return kind
	}
	d := xml.NewDecoder(bytes.NewReader(content))
	for depth, roots := 0, 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && roots == 1 {
			return "image/svg+xml"
		}
		if err != nil {
			return ""
		}
		switch e := token.(type) {
		case xml.StartElement:
			if depth == 0 {
				roots++
				if roots > 1 || e.Name != (xml.Name{Space: "http://www.w3.org/2000/svg", Local: "svg"}) {
					return ""
				}
			}
			depth++
		case xml.EndElement:
			depth--
		}
	}
}
