package ticket

import (
	"context"
	"encoding/json"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The names of settings.
const (
	SettingBranding = "branding"
	SettingRanking  = "ranking" // of package report
)

// Settings lists the names of settings.
func Settings() []string { return []string{SettingBranding, SettingRanking} }

// Setting gives a setting as it was kept, nil and version 0 when it never was. Settings hold no secrets: everybody who is signed in may read
// them.
func (s *Service) Setting(ctx context.Context, a Actor, name string) (json.RawMessage, int64, error) {
	if a.Kind == "" {
		return nil, 0, Errorf(Unauthenticated, "sign in first")
	}
	if !slices.Contains(Settings(), name) {
		return nil, 0, Errorf(NotFound, "there is no such setting")
	}
	it, err := s.cfg.Store.SavedItem(ctx, SavedSetting, name)
	if KindOf(err) == NotFound {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	return it.Body, it.Version, nil
}

// SetSetting replaces a setting; was is the version that was seen, 0 is any. The caller has checked what the setting says. It needs
// settings:write for the whole desk; the desk's chain keeps what it said before and says now.
func (s *Service) SetSetting(ctx context.Context, a Actor, name string, body json.RawMessage, was int64) error {
	if !slices.Contains(Settings(), name) {
		return Errorf(NotFound, "there is no such setting")
	}
	return s.cfg.Store.Update(ctx, func(tx Tx) error {
		if _, err := s.whole(ctx, tx, a, OpSettingsWrite); err != nil {
			return err
		}
		if err := tx.Guard(ctx, "setting:"+name); err != nil { // of two first ones only one is new
			return err
		}
		now := s.now()
		next := Saved{Kind: SavedSetting, ID: name, Name: name, Body: body, Version: 1, CreatedAt: now, UpdatedAt: now}
		old, err := tx.SavedItem(ctx, SavedSetting, name)
		var before json.RawMessage
		switch {
		case KindOf(err) == NotFound:
			if was != 0 {
				return Errorf(Stale, "the setting has changed since")
			}
			err = tx.PutSaved(ctx, &next, 0)
		case err == nil && was != 0 && was != old.Version:
			return Errorf(Stale, "the setting has changed since: it is at version %d", old.Version)
		case err == nil:
			before, next.Version, next.CreatedAt = old.Body, old.Version+1, old.CreatedAt
			err = tx.PutSaved(ctx, &next, old.Version)
		}
		if err != nil {
			return err
		}
		return s.deskEvent(ctx, tx, a, EventSettingSaved, data{"id": name}, data{"from": before, "to": body})
	})
}

// Branding is how a desk presents itself. Empty fields are what the configuration of the program says.
type Branding struct {
	Name          string `json:"name"`
	ShortName     string `json:"short_name"`
	LogoLight     string `json:"logo_light"` // address, or a path on the same host
	LogoDark      string `json:"logo_dark"`
	Favicon       string `json:"favicon"`
	Primary       string `json:"primary"` // #rrggbb
	LoginText     string `json:"login_text"`
	SupportURL    string `json:"support_url"`
	ImprintURL    string `json:"imprint_url"`
	PrivacyURL    string `json:"privacy_url"`
	DefaultLocale string `json:"default_locale"` // de or en
	TimeZone      string `json:"time_zone"`      // IANA name
	Version       int64  `json:"-"`              // 0 while nobody has set any of it
}

// Branding gives the branding to whoever is signed in.
func (s *Service) Branding(ctx context.Context, a Actor) (*Branding, error) {
	if a.Kind == "" {
		return nil, Errorf(Unauthenticated, "sign in first")
	}
	return ReadBranding(ctx, s.cfg.Store)
}

// ReadBranding gives the branding as it is kept; the zero value, but never nil, while nobody has set any of it. It is nobody's secret.
func ReadBranding(ctx context.Context, r SavedReader) (*Branding, error) {
	b := &Branding{}
	it, err := r.SavedItem(ctx, SavedSetting, SettingBranding)
	if KindOf(err) == NotFound {
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(it.Body, b); err != nil {
		return nil, &Error{Kind: Internal, Op: "branding", Msg: "the branding cannot be read", Err: err}
	}
	b.Version = it.Version
	return b, nil
}

// SetBranding replaces the branding; b.Version is the one that was seen, 0 is any. It needs settings:write for the whole desk.
func (s *Service) SetBranding(ctx context.Context, a Actor, b Branding) (*Branding, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	body, err := json.Marshal(b)
	if err != nil {
		return nil, &Error{Kind: Internal, Op: "branding", Msg: "the branding cannot be kept", Err: err}
	}
	if err := s.SetSetting(ctx, a, SettingBranding, body, b.Version); err != nil {
		return nil, err
	}
	return s.Branding(ctx, a)
}

var colourForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

func (b *Branding) check() (err error) {
	if b.Name, err = line("name", b.Name, 80, false); err != nil {
		return err
	}
	if b.ShortName, err = line("short_name", b.ShortName, 20, false); err != nil {
		return err
	}
	for _, f := range []struct {
		field string
		v     *string
		path  bool
	}{{"logo_light", &b.LogoLight, true}, {"logo_dark", &b.LogoDark, true}, {"favicon", &b.Favicon, true}, {"support_url", &b.SupportURL, false},
		{"imprint_url", &b.ImprintURL, false}, {"privacy_url", &b.PrivacyURL, false}} {
		if *f.v, err = line(f.field, *f.v, 500, false); err != nil {
			return err
		}
		if *f.v == "" {
			continue
		}
		u, err := url.Parse(*f.v)
		web := err == nil && (u.Scheme == "https" || u.Scheme == "http" && !f.path) && u.Host != "" && u.User == nil
		local := err == nil && f.path && u.Scheme == "" && u.Host == "" && strings.HasPrefix(u.Path, "/") && !strings.HasPrefix(*f.v, "//")
		if !web && !local {
			return InvalidField(f.field, "must be an address that begins with https://")
		}
	}
	b.Primary = strings.ToLower(strings.TrimSpace(b.Primary))
	if b.Primary != "" && !colourForm.MatchString(b.Primary) {
		return InvalidField("primary", "must be a colour such as #1d4ed8")
	}
	if len(b.LoginText) > 2000 {
		return InvalidField("login_text", "has more than 2000 bytes")
	}
	if b.LoginText != "" {
		if b.LoginText, err = line("login_text", strings.ReplaceAll(b.LoginText, "\n", " "), 2000, false); err != nil {
			return err
		}
	}
	if b.DefaultLocale != "" && b.DefaultLocale != "de" && b.DefaultLocale != "en" {
		return InvalidField("default_locale", "must be de or en")
	}
	if b.TimeZone != "" {
		if _, err := time.LoadLocation(b.TimeZone); err != nil || b.TimeZone == "Local" || len(b.TimeZone) > 64 {
			return InvalidField("time_zone", "must be the name of a time zone like Europe/Berlin")
		}
	}
	return nil
}

// Contrast tells which of black and white reads better on a colour #rrggbb, and their ratio of contrast (WCAG 2.2, section 1.4.3), which is never
// below 4.5 for the better one. ok is false for anything that is no such colour.
func Contrast(colour string) (text string, ratio float64, ok bool) {
	if !colourForm.MatchString(colour) {
		return "", 0, false
	}
	n, _ := strconv.ParseUint(colour[1:], 16, 32) // it is hexadecimal
	linear := func(c uint64) float64 {
		v := float64(c&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	l := 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
	if white, black := 1.05/(l+0.05), (l+0.05)/0.05; white >= black {
		return "#ffffff", white, true
	} else {
		return "#000000", black, true
	}
}

// Locale is the desk's language, "de" or "en".
func (s *Service) Locale() string { return s.cfg.Locale }
