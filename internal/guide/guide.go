// Package guide reads what guides and READMEs in Markdown show, so that tests can hold them to it.
package guide

import (
	"regexp"
	"strings"
)

// Block is a fenced block of code.
type Block struct {
	Lang string // "sh", "go", …; "" without one
	Mark string // what stands behind it: "run", or the name of a file
	Text string
}

// Lines are those of the block that are not empty.
func (b Block) Lines() []string {
	var out []string
	for l := range strings.Lines(b.Text) {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

var fence = regexp.MustCompile("(?ms)^```([a-z]*)([^\n]*)\n(.*?)^```[ \t]*$")

// Blocks are the blocks of a text, in order.
func Blocks(text string) []Block {
	var out []Block
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		out = append(out, Block{m[1], strings.TrimSpace(m[2]), m[3]})
	}
	return out
}

var heading = regexp.MustCompile(`(?m)^(#{1,6}) \S`)

// Headings are the depths of the headings outside of blocks, in order.
func Headings(text string) []int {
	var out []int
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		out = append(out, len(m[1]))
	}
	return out
}

// Variables are the names of environment variables that a text has in backquotes or sets: at least two words in capitals, or what stands before = at the
// beginning of a line.
func Variables(text string) []string {
	var out []string
	for _, re := range []*regexp.Regexp{regexp.MustCompile("`([A-Z][A-Z0-9]*_[A-Z0-9_]+)"), regexp.MustCompile(`(?m)^[ ]*(?:Environment=|- )?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)[=:]`)} {
		for _, m := range re.FindAllStringSubmatch(text, -1) {
			out = append(out, m[1])
		}
	}
	return out
}

// Args splits a line of a shell at spaces, with single and double quotes.
func Args(line string) []string {
	var out []string
	var word strings.Builder
	begun := false
	var quote rune
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, begun = r, true
		case quote == 0 && r == ' ':
			if begun {
				out, begun = append(out, word.String()), false
				word.Reset()
			}
		default:
			begun = true
			word.WriteRune(r)
		}
	}
	if begun {
		out = append(out, word.String())
	}
	return out
}
