package mime

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxName = 150

// cleanName makes a file name of what a mail says. The result is empty when nothing is left.
func cleanName(name string) string {
	if len(name) > 2 && name[0] == '\'' && name[len(name)-1] == '\'' {
		name = name[1 : len(name)-1]
	}
	name = strings.ReplaceAll(name, `\`, "/")
	if strings.Contains(name, "/") {
		base := path.Base(name)
		if base == "." || base == ".." || base == "/" {
			base = ""
		}
		name = base
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError || invisible(r) || unicode.IsControl(r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
	if reserved(name) {
		name = "_" + name
	}
	if len(name) <= maxName {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > 20 {
		ext = ""
	}
	stem := name[:maxName-len(ext)]
	for !utf8.ValidString(stem) {
		stem = stem[:len(stem)-1]
	}
	return strings.TrimRight(stem, ". ") + ext
}

// reserved reports the names of devices, under which Windows stores no file, whatever their ending.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch stem = strings.TrimSpace(stem); stem {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(stem) == 4 && (stem[:3] == "com" || stem[:3] == "lpt") && stem[3] >= '1' && stem[3] <= '9'
}

// invisible reports characters that hide in a name or turn it around: format characters, with the bidirectional ones
// among them, and blanks that take no room.
func invisible(r rune) bool {
	switch r {
	case '\u00AD', '\u034F', '\u115F', '\u1160', '\u17B4', '\u17B5', '\u3164', '\uFFA0':
		return true
	}
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) || unicode.Is(unicode.Co, r)
}

// extension is the usual ending of a content type, for parts without a name.
func extension(contentType string) string {
	switch contentType {
	case "text/plain", "text/rfc822-headers":
		return ".txt"
	case "text/html":
		return ".html"
	case "text/csv":
		return ".csv"
	case "text/calendar":
		return ".ics"
	case "text/vcard", "text/x-vcard":
		return ".vcf"
	case "image/jpeg", "image/jpg":
		return ".jpg"
	case "image/png", "image/gif", "image/webp", "image/bmp", "image/tiff", "application/pdf", "application/zip",
		"application/json", "application/rtf", "audio/mpeg", "video/mp4":
		return "." + contentType[strings.IndexByte(contentType, '/')+1:]
	case "image/svg+xml":
		return ".svg"
	case "message/rfc822", "message/global":
		return ".eml"
	case "message/delivery-status", "message/disposition-notification", "message/feedback-report":
		return ".txt"
	case "application/pgp-signature":
		return ".asc"
	case "application/pkcs7-signature", "application/x-pkcs7-signature":
		return ".p7s"
	case "application/pkcs7-mime", "application/x-pkcs7-mime":
		return ".p7m"
	}
	return ".bin"
}
