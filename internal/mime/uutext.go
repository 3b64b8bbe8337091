package mime

import (
	"strings"
)

// takeUU takes the files out of a text that a program has written into it as uuencode, each from "begin 644 name" to "end". What only
// looks so stays in the text: each line must have the length that it says.
func takeUU(text string) (rest string, files []uuFile) {
	if !strings.Contains(text, "begin ") || !strings.Contains(text, "\nend") {
		return text, nil
	}
	lines := strings.Split(text, "\n")
	kept := lines[:0:0]
	for i := 0; i < len(lines); i++ {
		name, ok := uuBegin(lines[i])
		end := i + 1
		for ok && end < len(lines) && uuLine(lines[end]) {
			end++
		}
		if !ok || end <= i+1 || end >= len(lines) || strings.TrimSpace(lines[end]) != "end" {
			kept = append(kept, lines[i])
			continue
		}
		files = append(files, uuFile{name: name, data: decodeUU([]byte(strings.Join(lines[i:end+1], "\n")))})
		i = end
	}
	if len(files) == 0 {
		return text, nil
	}
	return strings.Join(kept, "\n"), files
}

type uuFile struct {
	name string
	data []byte
}

func uuBegin(line string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(line, "begin ")
	if !ok || len(rest) > 200 {
		return "", false
	}
	mode, name, ok := strings.Cut(rest, " ")
	return strings.TrimSpace(name), ok && (len(mode) == 3 || len(mode) == 4) && strings.Trim(mode, "01234567") == "" && strings.TrimSpace(name) != ""
}

// uuLine reports a line of data: its first character gives the number of bytes, four characters stand for three of them. Spaces at its end
// may be lost on the way, and a character for a checksum may follow.
func uuLine(line string) bool {
	if line == "" || line[0] < ' ' || line[0] > '`' {
		return false
	}
	for i := range len(line) {
		if line[i] < ' ' || line[i] > '`' {
			return false
		}
	}
	need := (int(line[0]-' ')&63 + 2) / 3 * 4
	return len(line)-1 <= need+2 && (len(line)-1 >= need-3 || need == 0 || strings.HasSuffix(line, " "))
}
