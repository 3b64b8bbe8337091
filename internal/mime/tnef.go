package mime

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
)

// TNEF is the container "winmail.dat" that Outlook and Exchange put files and text into (MS-OXTNEF). It is a list of
// attributes; those that describe files carry lists of MAPI properties.

const (
	tnefSignature = 0x223E9F78

	tnefAttachRender = 0x9002 // begins a file
	tnefMessageProps = 0x9003
	tnefAttachProps  = 0x9005
	tnefAttachData   = 0x800F
	tnefAttachTitle  = 0x8010
	tnefBody         = 0x800C

	mapiSubject     = 0x0037
	mapiBody        = 0x1000
	mapiHTML        = 0x1013
	mapiAttachData  = 0x3701
	mapiAttachName  = 0x3704
	mapiAttachLong  = 0x3707
	mapiAttachType  = 0x370E
	mapiAttachID    = 0x3712
	mapiDisplayName = 0x3001

	mapiString  = 0x1E
	mapiUnicode = 0x1F
	mapiBinary  = 0x102
	mapiObject  = 0x0D
	mapiMulti   = 0x1000
)

// maxTNEF bounds what one container, with those inside of it, may give; a container inside of three is not opened.
const (
	maxTNEFFiles = 100
	maxTNEFProps = 10_000
	maxTNEFDepth = 3
)

var errTNEF = errors.New("mime: not a readable TNEF container")

// tnefFile is one file of a container.
type tnefFile struct {
	name, ctype, id string
	data            []byte
}

// tnef is what a container holds. Slices point into its bytes.
type tnef struct {
	subject, body, html string
	files               []tnefFile
}

// readTNEF takes a container apart. It is complete or fails: then the container is kept as a file. Its time is linear in the
// size of b, and it holds no copies of files.
func readTNEF(b []byte, depth int) (*tnef, error) {
	if len(b) < 6 || binary.LittleEndian.Uint32(b) != tnefSignature {
		return nil, errTNEF
	}
	out := &tnef{}
	var file *tnefFile
	begin := func() {
		out.files = append(out.files, tnefFile{})
		file = &out.files[len(out.files)-1]
	}
	for b = b[6:]; len(b) >= 11; {
		level, id, size := b[0], binary.LittleEndian.Uint16(b[1:]), int64(binary.LittleEndian.Uint32(b[5:]))
		if level != 1 && level != 2 { // garbage behind the end, which some gateways leave
			break
		}
		if size > int64(len(b)-11) {
			return nil, errTNEF
		}
		data := b[9 : 9+size]
		b = b[11+size:] // with the checksum, which many programs get wrong
		if level == 2 && (id == tnefAttachRender || file == nil) {
			if len(out.files) >= maxTNEFFiles {
				return nil, errTNEF
			}
			begin()
		}
		switch {
		case level == 2 && id == tnefAttachTitle && file.name == "":
			file.name = tnefText(data)
		case level == 2 && id == tnefAttachData:
			file.data = data
		case level == 2 && id == tnefAttachProps:
			if err := out.attachProps(file, data, depth); err != nil {
				return nil, err
			}
			file = &out.files[len(out.files)-1] // files of a nested container may stand before it
		case level == 1 && id == tnefBody:
			out.body = tnefText(data)
		case level == 1 && id == tnefMessageProps:
			if err := eachProp(data, out.messageProp); err != nil {
				return nil, err
			}
		}
	}
	kept := out.files[:0]
	for _, f := range out.files {
		if len(f.data) > 0 {
			kept = append(kept, f)
		}
	}
	out.files = kept
	return out, nil
}

func (t *tnef) messageProp(id, kind uint16, v []byte) {
	switch id {
	case mapiSubject:
		t.subject = oneLine(mapiText(kind, v))
	case mapiBody:
		t.body = mapiText(kind, v)
	case mapiHTML:
		if kind == mapiBinary {
			t.html = htmlToUTF8(v, "")
		} else {
			t.html = mapiText(kind, v)
		}
	}
}

// attachProps reads the properties of a file. The object of an embedded message is a container of its own, behind the 16 bytes
// that name its interface; its files join the others, and its text becomes a file.
func (t *tnef) attachProps(file *tnefFile, data []byte, depth int) error {
	var object []byte
	shown := ""
	err := eachProp(data, func(id, kind uint16, v []byte) {
		switch id {
		case mapiAttachLong:
			if s := mapiText(kind, v); s != "" {
				file.name = s
			}
		case mapiAttachName:
			if file.name == "" {
				file.name = mapiText(kind, v)
			}
		case mapiDisplayName:
			shown = mapiText(kind, v)
		case mapiAttachType:
			file.ctype = strings.ToLower(strings.TrimSpace(mapiText(kind, v)))
		case mapiAttachID:
			file.id = strings.Trim(mapiText(kind, v), "<> ")
		case mapiAttachData:
			if kind == mapiObject && len(v) > 16 {
				object = v[16:]
			} else if kind == mapiBinary && len(file.data) == 0 {
				file.data = v
			}
		}
	})
	if err != nil {
		return err
	}
	if file.name == "" {
		file.name = shown
	}
	if object == nil {
		return nil
	}
	if depth+1 >= maxTNEFDepth {
		return errTNEF
	}
	inner, err := readTNEF(object, depth+1)
	if err != nil {
		file.data = object // of another kind: an OLE document
		return nil
	}
	if len(t.files)+len(inner.files) > maxTNEFFiles {
		return errTNEF
	}
	if name := firstText(inner.subject, file.name); inner.html != "" {
		file.name, file.ctype, file.data = name+".html", "text/html", []byte(inner.html)
	} else if inner.body != "" {
		file.name, file.ctype, file.data = name+".txt", "text/plain", []byte(inner.body)
	}
	last := t.files[len(t.files)-1]
	t.files = append(append(t.files[:len(t.files)-1], inner.files...), last)
	return nil
}

func firstText(list ...string) string {
	for _, s := range list {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// eachProp calls fn for every value of a list of properties; of several values of one property for the first.
func eachProp(b []byte, fn func(id, kind uint16, v []byte)) error {
	n, b, ok := mapiUint32(b)
	if !ok || n > maxTNEFProps {
		return errTNEF
	}
	for ; n > 0; n-- {
		if len(b) < 4 {
			return errTNEF
		}
		kind, id := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:])
		b = b[4:]
		if id >= 0x8000 {
			if b, ok = skipPropName(b); !ok {
				return errTNEF
			}
		}
		values := uint32(1)
		if base := kind &^ mapiMulti; kind&mapiMulti != 0 || base == mapiString || base == mapiUnicode || base == mapiBinary || base == mapiObject {
			if values, b, ok = mapiUint32(b); !ok || values > maxTNEFProps {
				return errTNEF
			}
		}
		for i := range values {
			var v []byte
			if v, b, ok = mapiValue(kind&^mapiMulti, b); !ok {
				return errTNEF
			}
			if i == 0 {
				fn(id, kind&^mapiMulti, v)
			}
		}
	}
	return nil
}

// skipPropName skips the name of a property that has one instead of a number.
func skipPropName(b []byte) ([]byte, bool) {
	if len(b) < 24 {
		return nil, false
	}
	byName := binary.LittleEndian.Uint32(b[16:]) != 0
	n, b := binary.LittleEndian.Uint32(b[20:]), b[24:]
	if !byName {
		return b, true
	}
	_, b, ok := mapiBytes(n, b)
	return b, ok
}

// mapiValue reads one value. Values are padded to four bytes.
func mapiValue(kind uint16, b []byte) (v, rest []byte, ok bool) {
	switch kind {
	case 0x00, 0x01:
		return nil, b, true
	case 0x02, 0x03, 0x04, 0x0A, 0x0B:
		return mapiBytes(4, b)
	case 0x05, 0x06, 0x07, 0x14, 0x40:
		return mapiBytes(8, b)
	case 0x48:
		return mapiBytes(16, b)
	case mapiString, mapiUnicode, mapiBinary, mapiObject:
		n, b, ok := mapiUint32(b)
		if !ok {
			return nil, nil, false
		}
		return mapiBytes(n, b)
	}
	return nil, nil, false
}

func mapiBytes(n uint32, b []byte) (v, rest []byte, ok bool) {
	if int64(n) > int64(len(b)) {
		return nil, nil, false
	}
	padded := min((int64(n)+3)&^3, int64(len(b))) // the last value may lack its padding
	return b[:n], b[padded:], true
}

func mapiUint32(b []byte) (uint32, []byte, bool) {
	if len(b) < 4 {
		return 0, nil, false
	}
	return binary.LittleEndian.Uint32(b), b[4:], true
}

func mapiText(kind uint16, v []byte) string {
	if kind != mapiUnicode {
		return tnefText(v)
	}
	u := make([]uint16, 0, len(v)/2)
	for ; len(v) >= 2; v = v[2:] {
		c := binary.LittleEndian.Uint16(v)
		if c == 0 {
			break
		}
		u = append(u, c)
	}
	return clean(string(utf16.Decode(u)))
}

// tnefText decodes text of eight bits, which ends at a NUL.
func tnefText(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	return toUTF8([]byte(s), "")
}
