package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/ticketkit/ticketkit/internal/web"
)

// assets are the files of the pages themselves. Their digest stands in their path, so a browser may keep them for ever.
type assets struct {
	digest string
	files  map[string]assetFile
}

type assetFile struct {
	media string
	data  []byte
}

func newAssets(colour string) assets {
	p := paletteOf(colour)
	a := assets{files: map[string]assetFile{
		"style.css": {"text/css; charset=utf-8", styleSheet},
		"brand.css": {"text/css; charset=utf-8", []byte(p.css())},
		"icon.svg":  {"image/svg+xml", []byte(p.icon())},
	}}
	h := sha256.New()
	for _, name := range []string{"style.css", "brand.css", "icon.svg"} {
		h.Write(a.files[name].data)
	}
	a.digest = hex.EncodeToString(h.Sum(nil))[:16]
	return a
}

// asset serves a file. One of another digest is gone: its bytes may differ, and a wrong file kept for ever is worse than none.
func (s *site) asset(w http.ResponseWriter, r *http.Request) {
	web.ExchangeOf(r.Context()).Route = "/assets"
	now := s.assets
	if chi.URLParam(r, "digest") != now.digest {
		now = s.look(r.Context()).assets
	}
	f, ok := now.files[chi.URLParam(r, "name")]
	if !ok || chi.URLParam(r, "digest") != now.digest {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.media)
	h.Set("Content-Length", strconv.Itoa(len(f.data)))
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if r.Method != http.MethodHead {
		_, _ = w.Write(f.data)
	}
}

// The grounds that text in the main colour stands on, as in the style sheet, and the contrast that it needs there (WCAG 2.2, 1.4.3).
var (
	lightGround = colour{0xff, 0xff, 0xff} // --raised
	darkGround  = colour{0x22, 0x26, 0x2e}
	lightDull   = colour{0xf3, 0xf5, 0xf8} // --hover
	darkDull    = colour{0x25, 0x2a, 0x33}
	white       = colour{0xff, 0xff, 0xff}
	black       = colour{0x0b, 0x0d, 0x12}
)

const enough = 4.6 // a little above 4.5, for what rounding takes

// colour is one of the web: red, green, blue.
type colour [3]uint8

func (c colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// parseColour reads #rrggbb, which New has checked.
func parseColour(s string) colour {
	n, _ := strconv.ParseUint(s[1:], 16, 32)
	return colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}
}

// luminance is relative luminance as WCAG 2.2 defines it.
func (c colour) luminance() float64 {
	lin := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(c[0]) + 0.7152*lin(c[1]) + 0.0722*lin(c[2])
}

// contrast is the contrast ratio of two colours, 1 to 21.
func contrast(a, b colour) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// mix goes from a to b by a share of 0 to 1.
func mix(a, b colour, share float64) colour {
	var out colour
	for i := range out {
		out[i] = uint8(math.Round(float64(a[i]) + (float64(b[i])-float64(a[i]))*share))
	}
	return out
}

// towards moves c to end until it stands out from every ground.
func towards(c, end colour, grounds ...colour) colour {
	for i := 0; i <= 50; i++ {
		m := mix(c, end, float64(i)/50)
		if !slices.ContainsFunc(grounds, func(g colour) bool { return contrast(m, g) < enough }) {
			return m
		}
	}
	return end
}

// on is what can be read on c: white if it can, else nearly black.
func on(c colour) colour {
	if contrast(white, c) >= enough || contrast(white, c) >= contrast(black, c) {
		return white
	}
	return black
}

// palette is what follows from one main colour.
type palette struct {
	fill, onFill        colour // buttons
	lightText, darkText colour // links and marks, in the two themes
	lightTint, darkTint colour // ground of what is chosen
}

func paletteOf(hex string) palette {
	c := parseColour(hex)
	p := palette{fill: c, onFill: on(c)}
	if contrast(p.onFill, p.fill) < enough { // a colour in the middle: neither is readable, so it gets darker
		p.fill = towards(c, black, white)
		p.onFill = white
	}
	p.lightTint, p.darkTint = mix(lightGround, p.fill, 0.09), mix(darkGround, p.fill, 0.22)
	p.lightText = towards(c, black, lightGround, lightDull, p.lightTint)
	p.darkText = towards(c, white, darkGround, darkDull, p.darkTint)
	return p
}

func (p palette) css() string {
	return fmt.Sprintf("@layer base{:root{--fill:%s;--on-fill:%s;--fill-hover:%s;--accent:light-dark(%s,%s);--tint:light-dark(%s,%s)}}\n",
		p.fill, p.onFill, mix(p.fill, black, 0.14), p.lightText, p.darkText, p.lightTint, p.darkTint)
}

func (p palette) icon() string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="%s"/>`+
		`<path d="M7 11.5h18v3a2 2 0 0 0 0 4v3H7v-3a2 2 0 0 0 0-4z" fill="none" stroke="%s" stroke-width="2.2" stroke-linejoin="round"/>`+
		`<path d="M18.5 12v9" stroke="%s" stroke-width="2.2" stroke-dasharray="1.6 2.2"/></svg>`, p.fill, p.onFill, p.onFill)
}
