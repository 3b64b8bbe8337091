package i18n

import (
	"strings"

	"golang.org/x/text/language"
)

// matcher knows which languages are close enough, such as Swiss German to German. The order is that of languages.
var matcher = language.NewMatcher([]language.Tag{language.German, language.English})

// maxAccept bounds the work that a hostile header can cause; browsers send less than 100 bytes.
const maxAccept = 1000

// Match returns the language, German or English, that suits an Accept-Language header (RFC 9110, section 12.5.4) best.
// A single language tag works as well, such as a Discord locale or a Content-Language. When none of its languages is close to either, or it
// is empty, malformed or absurdly long, the fallback decides: German if that is a German tag, else English.
func Match(acceptLanguage, fallback string) string {
	if len(acceptLanguage) > maxAccept {
		return normal(fallback)
	}
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
		return normal(fallback)
	}
	_, i, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return normal(fallback)
	}
	return languages[i]
}

// normal maps any language tag to one of the two: de, DE, de-AT and de_CH are German, all else is English.
func normal(tag string) string {
	first, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	if strings.EqualFold(strings.TrimSpace(first), German) {
		return German
	}
	return English
}
