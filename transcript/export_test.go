package transcript

// For tests in the outer package.
var (
	TextFiles    = textFiles
	Clean        = clean
	MarkdownLine = markdownLine
)
