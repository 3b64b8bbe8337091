package transcript_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

// reader is CommonMark with everything that may be switched on.
func reader() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList),
		goldmark.WithParserOptions(parser.WithAttribute()))
}

// kinds lists the nodes of a document, texts left out.
func kinds(t *testing.T, doc string) []string {
	t.Helper()
	var out []string
	require.NoError(t, ast.Walk(reader().Parser().Parse(text.NewReader([]byte(doc))), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Kind() != ast.KindText && n.Kind() != ast.KindString {
			out = append(out, n.Kind().String())
		}
		return ast.WalkContinue, nil
	}))
	return out
}

func TestHostileTextInMarkdown(t *testing.T) {
	t.Parallel()
	forEachAttack(t, transcript.Markdown, func(t *testing.T, s, harmless, doc string) {
		requirePlain(t, doc)
		if transcript.Clean(s) != "" { // an address is left out where there is none
			require.Equal(t, kinds(t, harmless), kinds(t, doc), doc)
		}
	})
}

// requireOnlyText checks that a body is paragraphs of text, and the same text.
func requireOnlyText(t *testing.T, body string) {
	t.Helper()
	doc := render(t, transcript.Markdown, onlyMessage(ticket.Message{N: 1, Kind: ticket.Public, Author: mira, Text: body}), transcript.Options{Lang: "de"})
	source := []byte(doc)
	var shown strings.Builder
	inBody := false
	root := reader().Parser().Parse(text.NewReader(source))
	breaks := 0
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Kind() == ast.KindThematicBreak {
			breaks++
			inBody = false
			continue
		}
		if breaks == 1 && n.Kind() == ast.KindParagraph && !inBody {
			inBody = true // badge and time
			continue
		}
		if !inBody {
			continue
		}
		require.Equal(t, ast.KindParagraph, n.Kind(), doc)
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			require.Equal(t, ast.KindText, c.Kind(), doc)
		}
	}
	require.Equal(t, 2, breaks, doc)

	var html strings.Builder
	require.NoError(t, reader().Convert(source, &html))
	for _, n := range elements(t, html.String()) {
		require.Contains(t, []string{"html", "head", "body", "h1", "h2", "h3", "p", "ul", "li", "strong", "hr", "br"}, n.Data, doc)
		if n.Data == "p" || n.Data == "br" {
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				shown.WriteString(c.Data)
			}
		}
	}
	squeeze := func(s string) string {
		return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\n\u00a0", r) }), "")
	}
	require.Contains(t, strings.ReplaceAll(squeeze(shown.String()), "br", ""), strings.ReplaceAll(squeeze(transcript.Clean(body)), "br", ""))
}

func TestMarkdownBodies(t *testing.T) {
	t.Parallel()
	for _, s := range attacks {
		requireOnlyText(t, s)
		requireOnlyText(t, "a\n"+s)
		requireOnlyText(t, s+"\n"+s+"\n\n"+s+"\na")
	}
	requireOnlyText(t, "| a | b |\n|---|---|\n| 1 | 2 |")
	requireOnlyText(t, "Titel\n=====\n\nTitel\n-----")
	requireOnlyText(t, "Wort\n: Erklärung\n\n    code\n\tcode")
	requireOnlyText(t, "```\ncode\n```")
	requireOnlyText(t, "a\\\n\\\nb\\")
	requireOnlyText(t, "1. eins\n2. zwei\n10) zehn")
}

func TestMarkdownStaysReadable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Guten Tag, um 14:05 Uhr – E-Mail (bitte!), 3 + 4 = 7; 50 %.": "Guten Tag, um 14:05 Uhr – E-Mail (bitte!), 3 + 4 = 7; 50 %.",
		"  eingerückt":      "&nbsp;&nbsp;eingerückt",
		"\tTab":             "&nbsp;&nbsp;&nbsp;&nbsp;Tab",
		"- Punkt":           `\- Punkt`,
		"20.11.2026":        `20\.11.2026`,
		"https://a.example": `https\://a.example`,
		"www.a.example":     `www\.a.example`,
		" \t":               "",
	} {
		require.Equal(t, want, transcript.MarkdownLine(in))
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range attacks {
		f.Add(s)
	}
	f.Add("a\n- b\n  1. c\n\n\td")
	f.Fuzz(func(t *testing.T, s string) {
		if utf8.ValidString(s) {
			requireOnlyText(t, s)
		}
	})
}
