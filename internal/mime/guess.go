package mime

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// guess decodes text without a useful declaration.
func guess(b []byte) string {
	if bytes.Contains(b, []byte("\x1b$")) {
		return decode(japanese.ISO2022JP, b)
	}
	if utf8.Valid(b) {
		return clean(string(b))
	}
	multi, bad := countUTF8(b)
	if bad == 0 || multi > bad {
		return clean(string(b))
	}
	return decode(guessEncoding(b[:min(len(b), 64<<10)]), b)
}

// signs are counts of bytes and pairs of bytes by which old charsets can be told apart.
type signs struct {
	high, ascii     int // bytes above 0x7F, ASCII letters
	odd             int // runs of an odd number of high bytes
	pairs           int // of high bytes, within runs
	gb1, hangul     int // pairs of frequent Chinese characters (GB 2312, level 1), of Hangul
	beyond          int // pairs of gb1 that are no Hangul
	kanaEUC         int
	big5, big5Low   int // Big5 characters, those with a second byte below 0x80
	sjis, kanaSJIS  int
	badSJIS         int
	lower1251, koi8 int // high bytes that are small Cyrillic letters
	cyrillic        int
}

// guessEncoding tells the charsets of East Asia and of Cyrillic, in which most bytes are high and stand together, from windows-1252,
// in which they stand alone between ASCII letters. When in doubt it is windows-1252, in which every text has some form.
func guessEncoding(b []byte) encoding.Encoding {
	s := count(b)
	switch {
	case s.high < 4:
	case s.badSJIS == 0 && s.kanaSJIS > 1 && 4*s.kanaSJIS >= s.sjis:
		return japanese.ShiftJIS
	case s.odd == 0 && 3*s.kanaEUC >= s.pairs:
		return japanese.EUCJP
	case s.odd == 0 && s.hangul == s.pairs && s.beyond == 0 && s.pairs >= 3:
		return korean.EUCKR
	case s.odd == 0 && 10*s.gb1 >= 8*s.pairs:
		return simplifiedchinese.GB18030
	case s.big5 >= 3 && s.high > s.ascii && 10*s.big5 >= 9*(s.high-s.big5+s.big5Low) && 5*s.big5Low >= s.big5:
		return traditionalchinese.Big5
	case s.cyrillic >= 10 && 10*s.cyrillic >= 9*s.high && s.high > s.ascii:
		if s.koi8 > s.lower1251 {
			return charmap.KOI8R
		}
		return charmap.Windows1251
	}
	return charmap.Windows1252
}

func count(b []byte) (s signs) {
	for i := 0; i < len(b); {
		if c := b[i]; c < 0x80 {
			if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
				s.ascii++
			}
			i++
			continue
		}
		end := i
		for end < len(b) && b[end] >= 0x80 {
			end++
		}
		s.run(b[i:end])
		i = end
	}
	s.doubles(b)
	return s
}

// run counts within a run of high bytes.
func (s *signs) run(r []byte) {
	s.high += len(r)
	s.odd += len(r) & 1
	for _, c := range r {
		switch {
		case c >= 0xE0:
			s.lower1251++
			s.cyrillic++
		case c >= 0xC0:
			s.koi8++
			s.cyrillic++
		}
	}
	for ; len(r) >= 2; r = r[2:] {
		lead, trail := r[0], r[1]
		s.pairs++
		switch {
		case trail < 0xA1:
		case lead == 0xA4 || lead == 0xA5:
			s.kanaEUC++
		case lead >= 0xB0 && lead <= 0xC8:
			s.gb1++
			s.hangul++
		case lead > 0xC8 && lead <= 0xD7:
			s.gb1++
			s.beyond++
		case lead == 0xA1 || lead == 0xA3: // punctuation of both
			s.gb1++
			s.hangul++
		}
	}
}

// doubles counts characters of the charsets whose second byte may be ASCII.
func (s *signs) doubles(b []byte) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c >= 0xA1 && c <= 0xC6 && i+1 < len(b) && (b[i+1] >= 0x40 && b[i+1] < 0x7F || b[i+1] >= 0xA1) {
			s.big5++
			if i++; b[i] < 0x7F {
				s.big5Low++
			}
		}
	}
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c < 0x80, c >= 0xA1 && c <= 0xDF: // ASCII, narrow kana
		case c == 0x80 || c == 0xA0 || c > 0xFC || i+1 == len(b) || b[i+1] < 0x40 || b[i+1] == 0x7F || b[i+1] > 0xFC:
			s.badSJIS++
		default:
			s.sjis++
			if i++; c == 0x82 && b[i] >= 0x9F && b[i] <= 0xF1 || c == 0x83 && b[i] <= 0x96 {
				s.kanaSJIS++
			}
		}
	}
}
