package webform

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"github.com/ticketkit/ticketkit/internal/i18n"
)

// prepare reads what is embedded.
func (f *Form) prepare() (err error) {
	if f.texts, err = i18n.Load(assets); err != nil {
		return fmt.Errorf("webform: %w", err)
	}
	if f.page, err = template.ParseFS(assets, "page.html"); err != nil {
		return fmt.Errorf("webform: %w", err)
	}
	css, err := assets.ReadFile("style.css")
	if err != nil {
		return fmt.Errorf("webform: %w", err)
	}
	css = bytes.ReplaceAll(css, []byte("#abcdef"), []byte(f.cfg.Colour))
	f.style = bytes.ReplaceAll(css, []byte("#fedcba"), []byte(readable(f.cfg.Colour)))
	sum := sha256.Sum256(f.style)
	f.version = hex.EncodeToString(sum[:6])
	csp := "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	if sites := strings.Join(f.cfg.CaptchaOrigins, " "); sites != "" {
		csp += "; script-src " + sites + "; frame-src " + sites + "; connect-src " + sites
	}
	f.csp = csp
	return nil
}

// readable is black or white, whichever has the higher contrast on a colour (WCAG 2.2, relative luminance).
func readable(colour string) string {
	l := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8) // New has checked the form
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		l += weight * c
	}
	if 1.05/(l+0.05) >= (l+0.05)/0.05 {
		return "#ffffff"
	}
	return "#000000"
}
