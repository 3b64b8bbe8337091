package mime

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/cention-sany/utf7"
	htmlcharset "golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"
)

// toUTF8 decodes text in the charset that the mail declares, which is often missing and sometimes wrong. What cannot
// be decoded becomes U+FFFD; NUL is dropped.
func toUTF8(b []byte, declared string) string {
	declared = strings.ToLower(strings.Trim(declared, " \t\"'"))
	declared = strings.TrimPrefix(declared, "charset=")
	switch {
	case bytes.HasPrefix(b, []byte{0xEF, 0xBB, 0xBF}):
		return clean(string(b[3:]))
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		return decode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), b)
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		return decode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), b)
	}
	switch declared {
	case "", "us-ascii", "ascii", "utf-8", "utf8", "unknown-8bit", "8bit", "x-unknown", "unknown", "default", "binary":
		return guess(b)
	}
	if declared == "iso-2022-kr" || declared == "csiso2022kr" {
		return decode(korean.EUCKR, shiftedOut(b))
	}
	enc := lookup(declared)
	if enc == nil {
		return guess(b)
	}
	switch declared {
	case "utf-16", "utf-16le", "utf-16be", "unicode", "unicodefffe", "unicodefeff", "ucs-2", "iso-10646-ucs-2":
		return decodeWide(b, enc)
	}
	if _, single := enc.(*charmap.Charmap); single {
		// Text in one of the old 8-bit charsets is hardly ever valid UTF-8 by accident.
		if multi, bad := countUTF8(b); bad == 0 && multi >= 2 {
			return clean(string(b))
		}
	}
	return decode(enc, b)
}

// decodeWide decodes UTF-16 without a mark of its order, which its many zero bytes show. Text without any is in another charset.
func decodeWide(b []byte, declared encoding.Encoding) string {
	var zeros [2]int
	for i, c := range b[:min(len(b), 4096)] {
		if c == 0 {
			zeros[i&1]++
		}
	}
	switch {
	case zeros[0] > 2*zeros[1]:
		return decode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), b)
	case zeros[1] > 2*zeros[0]:
		return decode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), b)
	case zeros[0] == 0 && zeros[1] == 0 && utf8.Valid(b):
		return clean(string(b))
	}
	return decode(declared, b)
}

// shiftedOut turns ISO-2022-KR (RFC 1557) into EUC-KR: what stands between SO and SI has the eighth bit, and the designator goes.
func shiftedOut(b []byte) []byte {
	out := make([]byte, 0, len(b))
	high := byte(0)
	for _, c := range bytes.ReplaceAll(b, []byte("\x1b$)C"), nil) {
		switch {
		case c == 0x0e:
			high = 0x80
		case c == 0x0f:
			high = 0
		case c == '\n': // a line begins in ASCII
			high = 0
			out = append(out, c)
		case c > ' ':
			out = append(out, c|high)
		default:
			out = append(out, c)
		}
	}
	return out
}

// countUTF8 counts the characters of more than one byte and the bytes that are no UTF-8.
func countUTF8(b []byte) (multi, bad int) {
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			multi++
		}
		b = b[n:]
	}
	return multi, bad
}

func decode(enc encoding.Encoding, b []byte) string {
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil && len(out) == 0 {
		out = b
	}
	return clean(string(out))
}

// clean makes s valid UTF-8 without NUL.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return s
}

// lookup returns the encoding of a charset's name, or nil.
func lookup(name string) encoding.Encoding {
	switch name {
	case "utf-7", "unicode-1-1-utf-7", "x-unicode-2-0-utf-7", "csutf7":
		return utf7.UTF7
	case "cp1252", "ansi", "windows1252", "iso8859-1", "iso-8859-1-windows-3.1-latin-1":
		return charmap.Windows1252
	case "cp437", "437":
		return charmap.CodePage437
	case "cp850", "850", "cp-850":
		return charmap.CodePage850
	case "cp858", "ibm858", "858", "cp-858":
		return charmap.CodePage858
	case "macroman", "mac-roman", "x-macroman":
		return charmap.Macintosh
	case "x-user-defined":
		return nil
	case "cp932", "x-ms-cp932":
		return japanese.ShiftJIS
	case "cp949", "ms949", "949", "x-windows-949", "uhc":
		return korean.EUCKR
	case "utf-16":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	if enc, err := htmlindex.Get(name); err == nil && enc != encoding.Replacement {
		return enc
	}
	if enc, err := ianaindex.MIME.Encoding(name); err == nil && enc != nil {
		return enc
	}
	if enc, err := ianaindex.IANA.Encoding(name); err == nil && enc != nil {
		return enc
	}
	return nil
}

// htmlToUTF8 is toUTF8 for an HTML part, which may name its charset in a meta element.
func htmlToUTF8(b []byte, declared string) string {
	switch strings.ToLower(declared) {
	case "", "us-ascii", "ascii", "utf-8", "utf8": // what the document itself says is better than what cannot be true
	default:
		return toUTF8(b, declared)
	}
	if multi, bad := countUTF8(b[:min(len(b), 64<<10)]); bad > multi {
		// It says windows-1252 also when the document says nothing.
		if enc, name, _ := htmlcharset.DetermineEncoding(b, ""); name != "windows-1252" && name != "utf-8" && enc != encoding.Replacement {
			return decode(enc, b)
		}
	}
	return toUTF8(b, declared)
}
