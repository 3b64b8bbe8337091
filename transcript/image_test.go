package transcript_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image/color"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

func TestImagesAreSniffedAndBounded(t *testing.T) {
	t.Parallel()
	photo := pixels(4, 4, color.White)
	webp := []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0e\x00\x00\x00/\x00\x00\x00\x00")
	for name, c := range map[string]struct {
		data    []byte
		claim   string
		options transcript.Options
		typ     string // "" when it must not be put in
	}{
		"png":                  {photo, "image/png", transcript.Options{}, "png"},
		"jpeg":                 {[]byte("\xff\xd8\xff\xe0 jfif"), "image/jpeg", transcript.Options{}, "jpeg"},
		"gif":                  {[]byte("GIF89a\x01\x00\x01\x00"), "image/gif", transcript.Options{}, "gif"},
		"webp":                 {webp, "image/webp", transcript.Options{}, "webp"},
		"png that says gif":    {photo, "image/gif", transcript.Options{}, "png"},
		"svg":                  {[]byte("<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>"), "image/svg+xml", transcript.Options{}, ""},
		"svg that says png":    {[]byte("<?xml version='1.0'?><svg onload='x'/>"), "image/png", transcript.Options{}, ""},
		"html that says png":   {[]byte("<!doctype html><script>x</script>"), "image/png", transcript.Options{}, ""},
		"icon":                 {[]byte("\x00\x00\x01\x00"), "image/x-icon", transcript.Options{}, ""},
		"png that says pdf":    {photo, "application/pdf", transcript.Options{}, ""},
		"at the limit":         {photo, "image/png", transcript.Options{InlineLimit: len(photo)}, "png"},
		"over the limit":       {photo, "image/png", transcript.Options{InlineLimit: len(photo) - 1}, ""},
		"over the total":       {photo, "image/png", transcript.Options{InlineTotal: len(photo) - 1}, ""},
		"no images":            {photo, "image/png", transcript.Options{InlineLimit: -1}, ""},
		"no images altogether": {photo, "image/png", transcript.Options{InlineTotal: -1}, ""},
		"empty":                {nil, "image/png", transcript.Options{}, ""},
		"over the default":     {append(photo, make([]byte, 200<<10)...), "image/png", transcript.Options{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := blobs{}
			a := files.file("bild", c.claim, c.data)
			s := onlyMessage(ticket.Message{N: 1, Kind: ticket.Public, Text: "Text", Attachments: []ticket.Attachment{a}})
			s.Open = files.open
			doc := render(t, transcript.HTML, s, c.options)
			requireValid(t, doc)
			require.Contains(t, doc, "SHA-256 "+a.SHA256)
			if c.typ == "" {
				require.NotContains(t, doc, "<img")
				return
			}
			require.Contains(t, strings.ReplaceAll(doc, "&#43;", "+"), `src="data:image/`+c.typ+`;base64,`+base64.StdEncoding.EncodeToString(c.data)+`"`)
		})
	}
}

// The total counts all images of the document, those inside HTML included.
func TestImagesShareOneBudget(t *testing.T) {
	t.Parallel()
	files := blobs{}
	photo := pixels(4, 4, color.Black)
	a := files.file("bild.png", "image/png", photo)
	s := onlyMessage(ticket.Message{N: 1, Kind: ticket.Public, Text: "Text", HasHTML: true, Attachments: []ticket.Attachment{a, a, a}})
	s.Open = files.open
	s.HTML = func(context, ticket.MessageID) (string, error) {
		return `<img src="data:image/png;base64,` + base64.StdEncoding.EncodeToString(photo) + `">`, nil
	}
	for total, want := range map[int]int{0: 4, 4*len(photo) + 2: 4, 3 * len(photo): 3, 2*len(photo) + 1: 2, 1: 0} {
		o := transcript.Options{InlineTotal: total}
		require.Equal(t, want, strings.Count(render(t, transcript.HTML, s, o), "<img"), "total %d", total)
	}
}

type faultyFile struct {
	io.Reader
	closeErr error
	closed   *bool
}

func (f faultyFile) Close() error {
	*f.closed = true
	return f.closeErr
}

func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	photo := pixels(4, 4, color.Black)
	disk := errors.New("disk is gone")
	for name, c := range map[string]struct {
		open func(closed *bool) (io.ReadCloser, error)
		want error
		says string
	}{
		"gone":   {func(*bool) (io.ReadCloser, error) { return nil, ticket.Errorf(ticket.NotFound, "the file is gone") }, nil, ""},
		"denied": {func(*bool) (io.ReadCloser, error) { return nil, ticket.Errorf(ticket.Denied, "no") }, nil, ""},
		"broken": {func(*bool) (io.ReadCloser, error) { return nil, disk }, disk, ""},
		"breaks off": {func(c *bool) (io.ReadCloser, error) {
			return faultyFile{io.MultiReader(bytes.NewReader(photo[:9]), failingReader{disk}), nil, c}, nil
		}, disk, ""},
		"fails to close": {func(c *bool) (io.ReadCloser, error) { return faultyFile{bytes.NewReader(photo), disk, c}, nil }, disk, ""},
		"other bytes": {func(c *bool) (io.ReadCloser, error) {
			return faultyFile{bytes.NewReader(pixels(4, 4, color.White)), nil, c}, nil
		}, nil, "Content does not match its checksum"},
		"longer than it said": {func(c *bool) (io.ReadCloser, error) {
			return faultyFile{io.MultiReader(bytes.NewReader(photo), endless{}), nil, c}, nil
		}, nil, "Content does not match its checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, closed := blobs{}, false
			a := files.file("bild.png", "image/png", photo)
			s := onlyMessage(ticket.Message{N: 1, Kind: ticket.Public, Text: "Text", Attachments: []ticket.Attachment{a}})
			opened := false
			s.Open = func(context, ticket.Attachment) (io.ReadCloser, error) {
				r, err := c.open(&closed)
				opened = r != nil
				return r, err
			}
			var out strings.Builder
			err := transcript.Render(t.Context(), &out, transcript.HTML, s, transcript.Options{Lang: "en"})
			require.ErrorIs(t, err, c.want)
			require.Equal(t, opened, closed)
			require.NotContains(t, out.String(), "<img")
			if c.want != nil {
				require.Contains(t, out.String(), `class="incomplete"`)
				return
			}
			require.Contains(t, out.String(), "bild.png")
			require.Contains(t, out.String(), c.says)
		})
	}
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// Formats without pictures open no files.
func TestOnlyHTMLOpensFiles(t *testing.T) {
	t.Parallel()
	for _, f := range []transcript.Format{transcript.Markdown, transcript.Text, transcript.JSON} {
		s := desk()
		s.Open = func(context, ticket.Attachment) (io.ReadCloser, error) { return nil, errors.New("opened") }
		require.Contains(t, render(t, f, s, options("de", true)), "Lieferung.png")
	}
}
