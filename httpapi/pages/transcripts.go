package pages

import (
	"fmt"
	"net/http"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

// transcript is the whole conversation as one document: HTML to read and print, or a download. With notes=1 it is the version for the
// desk itself. The document states a policy of its own, which is sent along.
func (v *view) transcript() error {
	params := v.r.URL.Query()
	format := transcript.Format(params.Get("format"))
	if format == "" {
		format = transcript.HTML
	}
	if !format.Valid() {
		return ticket.InvalidField("format", "is not known")
	}
	lang := v.Lang
	if l := params.Get("lang"); isLang(l) {
		lang = l
	}
	t, err := v.ticket()
	if err != nil {
		return err
	}
	src, err := transcript.FromService(v.r.Context(), v.site.service, v.actor(), t.ID)
	if err != nil {
		return err
	}
	signer, err := v.site.cfg.Seal.Signer(v.r.Context())
	if err != nil {
		return err
	}
	h := v.w.Header()
	if format != transcript.HTML || params.Get("download") == "1" {
		v.fileHeaders(format.ContentType(), "attachment", fmt.Sprintf("ticket-%d.%s", t.Number, format))
	} else {
		h.Set("Content-Type", format.ContentType())
		h.Set("Content-Security-Policy", transcript.ContentSecurityPolicy())
	}
	if v.r.Method == http.MethodHead {
		return nil
	}
	return transcript.Render(v.r.Context(), v.w, format, src, transcript.Options{Lang: lang, Zone: v.look.zone, Brand: v.look.brand,
		IncludeNotes: params.Get("notes") == "1", Now: v.now, Signer: signer})
}
