package mime

import "strings"

func isTNEF(ctype, name string) bool {
	return ctype == "application/ms-tnef" || ctype == "application/vnd.ms-tnef" || strings.EqualFold(name, "winmail.dat")
}

// unpack takes a TNEF container apart: its files become attachments like any other, and its text becomes the mail's if the mail
// has none. It reports false when the container cannot be read as a whole: then it is kept as it is.
func (b *builder) unpack(l leaf) bool {
	t, err := readTNEF(l.data, 0)
	if err != nil || len(t.files) == 0 && strings.TrimSpace(t.html+t.body) == "" {
		return false
	}
	for _, f := range t.files {
		name := cleanName(f.name)
		if isTNEF(f.ctype, name) {
			f.ctype, name = "application/octet-stream", name+".tnef" // not again
		}
		b.attach(leaf{ct: media{value: f.ctype}, disposition: media{}, id: f.id, data: f.data}, name)
		if b.err != nil {
			return true
		}
	}
	switch {
	case strings.TrimSpace(t.html) != "":
		b.rich = append(b.rich, unit{html: cut(t.html, b.lim.HTML), hasHTML: true, over: len(t.html) > b.lim.HTML})
	case strings.TrimSpace(t.body) != "":
		b.rich = append(b.rich, unit{plain: b.cutText(normalize(t.body)), hasPlain: true})
	}
	return true
}
