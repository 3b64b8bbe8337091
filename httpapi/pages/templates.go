package pages

import (
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
)

// templates are the pages by name, each with the frame and the parts that all share.
type templates map[string]*template.Template

// shared are the files that are no page.
var shared = []string{"templates/layout.html", "templates/parts.html"}

func parseTemplates(files fs.FS) (templates, error) {
	base, err := template.New("").Funcs(template.FuncMap{"icon": icon, "dict": dict}).ParseFS(files, shared...)
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	out := templates{}
	for _, name := range names {
		if name == shared[0] || name == shared[1] {
			continue
		}
		page, err := base.Clone()
		if err == nil {
			page, err = page.ParseFS(files, name)
		}
		if err != nil {
			return nil, fmt.Errorf("pages: %w", err)
		}
		out[strings.TrimSuffix(path.Base(name), ".html")] = page
	}
	return out, nil
}

// dict gives a part several values: names and values in turn.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: %d arguments", len(pairs))
	}
	out := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: argument %d is no name", i)
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}

// strokes are the icons, drawn with one line on a grid of 16.
var strokes = map[string]string{
	"inbox":   `<path d="M2.5 9.5 4.3 3.6a1 1 0 0 1 1-.7h5.4a1 1 0 0 1 1 .7l1.8 5.9v3a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1zM2.5 9.5h3l1 1.6h3l1-1.6h3"/>`,
	"user":    `<circle cx="8" cy="5.4" r="2.6"/><path d="M2.9 13.6a5.1 5.1 0 0 1 10.2 0"/>`,
	"users":   `<circle cx="6" cy="5.5" r="2.4"/><path d="M1.6 13.3a4.4 4.4 0 0 1 8.8 0M10.6 3.3a2.4 2.4 0 0 1 0 4.4M11.9 9.5a4.4 4.4 0 0 1 2.5 3.8"/>`,
	"hand":    `<path d="M5.2 8V3.8a1 1 0 0 1 2 0V7m0-.2V2.8a1 1 0 0 1 2 0v4m0 .2V3.9a1 1 0 0 1 2 0v5.6c0 2.4-1.7 4.2-4 4.2-1.7 0-2.7-.7-3.6-2.2L2.4 9.2c-.5-.9.7-1.7 1.4-.9L5.2 10"/>`,
	"clock":   `<circle cx="8" cy="8" r="5.6"/><path d="M8 4.8V8l2.2 1.6"/>`,
	"pause":   `<circle cx="8" cy="8" r="5.6"/><path d="M6.6 5.9v4.2M9.4 5.9v4.2"/>`,
	"check":   `<circle cx="8" cy="8" r="5.6"/><path d="m5.5 8.2 1.8 1.8 3.3-3.8"/>`,
	"spam":    `<circle cx="8" cy="8" r="5.6"/><path d="m4.1 4.1 7.8 7.8"/>`,
	"list":    `<path d="M5.6 4h8M5.6 8h8M5.6 12h8M2.4 4h.1M2.4 8h.1M2.4 12h.1"/>`,
	"flag":    `<path d="M3.6 14V2.6M3.6 3.2h7.9l-1.7 2.9 1.7 2.9H3.6"/>`,
	"search":  `<circle cx="7" cy="7" r="4.3"/><path d="m10.3 10.3 3.3 3.3"/>`,
	"plus":    `<path d="M8 3v10M3 8h10"/>`,
	"menu":    `<path d="M2.5 4.2h11M2.5 8h11M2.5 11.8h11"/>`,
	"more":    `<path d="M3.4 8h.1M8 8h.1M12.6 8h.1" stroke-width="2.2"/>`,
	"reply":   `<path d="M6.4 3.6 2.4 7.5l4 3.9M2.8 7.5h6.4a4.3 4.3 0 0 1 4.3 4.3v.8"/>`,
	"note":    `<path d="M3 2.6h10v7.2l-3.4 3.6H3zM9.6 13.2V9.8H13M5.4 5.6h5.2M5.4 8h2.6"/>`,
	"file":    `<path d="M3.8 1.9h5.4l3 3v9.2H3.8zM9 2v3.2h3.2"/>`,
	"clip":    `<path d="m12.9 7.6-5.2 5.2a3.2 3.2 0 0 1-4.5-4.5l5.6-5.6a2.1 2.1 0 0 1 3 3l-5.4 5.4a1 1 0 0 1-1.5-1.5l4.7-4.7"/>`,
	"down":    `<path d="M8 2.8v7.4M4.8 7.4 8 10.6l3.2-3.2M3 13.4h10"/>`,
	"mail":    `<rect x="1.9" y="3.4" width="12.2" height="9.2" rx="1.2"/><path d="m2.3 4.5 5.7 4.4 5.7-4.4"/>`,
	"chat":    `<path d="M2.4 3.2h11.2v7.6H7.2L4.2 13.4v-2.6H2.4z"/>`,
	"globe":   `<circle cx="8" cy="8" r="5.8"/><path d="M2.3 8h11.4M8 2.2c3.2 3.3 3.2 8.3 0 11.6M8 2.2c-3.2 3.3-3.2 8.3 0 11.6"/>`,
	"code":    `<path d="m5.3 4.6-3.1 3.4 3.1 3.4M10.7 4.6l3.1 3.4-3.1 3.4"/>`,
	"phone":   `<path d="M3.4 2.3h2.3l1.1 3-1.5 1.2a8.5 8.5 0 0 0 4.2 4.2l1.2-1.5 3 1.1v2.3a1.1 1.1 0 0 1-1.2 1.1A11.2 11.2 0 0 1 2.3 3.5a1.1 1.1 0 0 1 1.1-1.2z"/>`,
	"history": `<path d="M2.6 8a5.4 5.4 0 1 0 1.7-3.9L2.6 5.7M2.6 2.6v3.1h3.1M8 5v3.2l2.1 1.3"/>`,
	"tray":    `<path d="M2.2 9.2v4h11.6v-4M8 2.4v6.4M5.2 6.2 8 9l2.8-2.8"/>`,
	"tag":     `<path d="M2.4 2.6h5.2l6 6-5.1 5.1-6-6zM5.2 5.4h.1"/>`,
	"warn":    `<path d="M8 2.3 14.3 13H1.7zM8 6.2v3.2M8 11.3v.1"/>`,
	"bot":     `<rect x="2.7" y="5.2" width="10.6" height="7.6" rx="1.6"/><path d="M8 5.2V2.6M5.7 8.4v1M10.3 8.4v1"/>`,
	"up":      `<path d="M8 13V3.4M4 7.2l4-4 4 4"/>`,
	"undo":    `<path d="M5.4 2.8 2.3 5.9 5.4 9M2.7 5.9h6.1a4.2 4.2 0 0 1 0 8.4H5.6"/>`,
	"lock":    `<rect x="3.2" y="7.2" width="9.6" height="6.4" rx="1.2"/><path d="M5.2 7.2V5a2.8 2.8 0 0 1 5.6 0v2.2"/>`,
	"trash":   `<path d="M2.8 4.4h10.4M6 4.4V2.6h4v1.8M4.2 4.4l.6 9h6.4l.6-9M6.7 6.9v4M9.3 6.9v4"/>`,
	"left":    `<path d="M10 3.2 5.2 8l4.8 4.8"/>`,
	"right":   `<path d="M6 3.2 10.8 8 6 12.8"/>`,
	"pencil":  `<path d="m10.6 2.7 2.7 2.7-7.6 7.6-3.3.6.6-3.3z"/>`,
	"print":   `<path d="M4.6 5.8V2.4h6.8v3.4M4.4 11.2H2.6V5.9h10.8v5.3h-1.8M4.6 9.4h6.8v4.2H4.6z"/>`,
	"filter":  `<path d="M2.4 3.2h11.2L9.4 8.2v4.6l-2.8-1.4V8.2z"/>`,
	"desk":    `<path d="M2 5.4h12v2a1 1 0 0 0 0 2v2H2v-2a1 1 0 0 0 0-2zM9.8 5.6v1M9.8 8v.9M9.8 10.3v1"/>`,
	"exit":    `<path d="M6.4 2.6H3v10.8h3.4M9.8 4.8 13 8l-3.2 3.2M12.8 8H6.2"/>`,
}

// shapes are filled, for what must be told apart by form and not by colour alone.
var shapes = map[string]string{
	"prio-low":    `<path d="M3 6h10l-5 6.5z" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round"/>`,
	"prio-normal": `<path d="M3 6.2h10M3 9.8h10" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>`,
	"prio-high":   `<path d="M8 3.2 13.4 12H2.6z" fill="currentColor" stroke="currentColor" stroke-linejoin="round"/>`,
	"st-new":      `<circle cx="8" cy="8" r="4.6" stroke="currentColor" stroke-width="2"/>`,
	"st-open":     `<circle cx="8" cy="8" r="5.4" fill="currentColor"/>`,
	"st-pending":  `<circle cx="8" cy="8" r="5.6" stroke="currentColor" stroke-width="1.6"/><path d="M6.4 5.9v4.2M9.6 5.9v4.2" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/>`,
	"st-snoozed":  `<circle cx="8" cy="8" r="5.6" stroke="currentColor" stroke-width="1.6"/><path d="M8 5v3.2l2 1.4" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/>`,
	"st-resolved": `<circle cx="8" cy="8" r="5.6" stroke="currentColor" stroke-width="1.6"/><path d="m5.5 8.2 1.8 1.8 3.3-3.8" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/>`,
	"st-closed":   `<circle cx="8" cy="8" r="6.2" fill="currentColor"/><path d="m5.3 8.2 1.9 1.9 3.5-4" stroke="var(--surface)" stroke-width="1.7" stroke-linecap="round"/>`,
	"st-merged":   `<path d="M3.4 3v2.2c0 3 1.8 4.6 4.8 4.6h4M9.6 7l2.9 2.8-2.9 2.8" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/>`,
	"st-spam":     `<circle cx="8" cy="8" r="5.6" stroke="currentColor" stroke-width="1.6"/><path d="m4.1 4.1 7.8 7.8" stroke="currentColor" stroke-width="1.6"/>`,
	"prio-urgent": `<path d="M5.3 1.6h5.4l3.7 3.7v5.4l-3.7 3.7H5.3l-3.7-3.7V5.3z" fill="currentColor"/><path d="M8 4.6v4M8 10.9v.5" stroke="var(--surface)" stroke-width="1.9" stroke-linecap="round"/>`,
}

// icon draws a picture that says nothing by itself: what it means stands beside it as text. A name that does not exist draws nothing.
func icon(name string) template.HTML {
	const head = `<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false"`
	if s, ok := shapes[name]; ok {
		return template.HTML(head + ` fill="none">` + s + `</svg>`) //nolint:gosec // a constant
	}
	if s, ok := strokes[name]; ok {
		return template.HTML(head + ` fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round">` + s + `</svg>`) //nolint:gosec // a constant
	}
	return ""
}

// channelIcon is the picture of a channel or of a problem source.
func channelIcon(channel string) string {
	switch channel {
	case "email", "imap", "smtpd", "mail":
		return "mail"
	case "discord", "chat":
		return "chat"
	case "web", "webform", "contact":
		return "globe"
	case "phone":
		return "phone"
	}
	return "code"
}
