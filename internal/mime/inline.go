package mime

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
)

// imageSource finds the source of each picture in HTML.
var imageSource = regexp.MustCompile(`(?i)(<(?:img|image)\b[^>]*?[\s"'/]src\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)`)

// bindImages makes every picture in the HTML that names a part of the mail do so in one way, by "cid:" and the very id of the
// attachment. Mail programs write the id in other cases or escapes, without "cid:", or the part's name or Content-Location instead.
// An attachment that has no id gets one. What is named becomes inline.
func (m *Mail) bindImages(doc string) string {
	if doc == "" || len(m.Attachments) == 0 {
		return doc
	}
	byID, byName := map[string]int{}, map[string]int{}
	for i := len(m.Attachments) - 1; i >= 0; i-- { // the first of several wins
		a := &m.Attachments[i]
		if a.ContentID != "" {
			byID[strings.ToLower(a.ContentID)] = i
		}
		if strings.HasPrefix(a.ContentType, "image/") {
			byName[strings.ToLower(a.Name)] = i
			if a.location != "" {
				byName[strings.ToLower(a.location)] = i
			}
		}
	}
	return imageSource.ReplaceAllStringFunc(doc, func(tag string) string {
		parts := imageSource.FindStringSubmatch(tag)
		src := strings.TrimSpace(html.UnescapeString(strings.Trim(parts[2], `"'`)))
		if len(src) > 1000 {
			return tag
		}
		i, ok := m.named(src, byID, byName)
		if !ok {
			return tag
		}
		a := &m.Attachments[i]
		if a.ContentID == "" {
			a.ContentID = fmt.Sprintf("part%d.%s@inline.invalid", i+1, a.SHA256[:16])
		}
		a.Inline = true
		return parts[1] + `"cid:` + html.EscapeString(a.ContentID) + `"`
	})
}

// named finds the attachment that the source of a picture stands for.
func (m *Mail) named(src string, byID, byName map[string]int) (int, bool) {
	key := strings.ToLower(src)
	rest, cid := strings.CutPrefix(key, "cid:")
	for _, k := range []string{rest, unescaped(rest)} {
		if i, ok := byID[strings.Trim(k, "<> ")]; ok {
			return i, true
		}
	}
	if i, ok := byName[key]; ok { // a Content-Location may be a whole address
		return i, true
	}
	if !cid && strings.ContainsAny(key, ":?#") || strings.HasPrefix(key, "//") {
		return 0, false // from the web
	}
	base := unescaped(rest[strings.LastIndexByte(rest, '/')+1:])
	for _, k := range []string{base, cutID(base)} {
		if i, ok := byName[k]; ok && k != "" {
			return i, true
		}
	}
	return 0, false
}

func unescaped(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// cutID gives the name in an id such as image001.png@01D9A2B3.C4D5E6F7, when the part has lost the id itself.
func cutID(s string) string {
	name, _, _ := strings.Cut(s, "@")
	return name
}
