package httpapi

import (
	"encoding/csv"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

// formatParam is for what can be had as a table.
var formatParam = param{"format", "string", "json; csv: a table for programs (RFC 4180); excel: one that a spreadsheet opens by a double click, with a byte order mark, " +
	"and for whoever prefers German in Accept-Language with semicolons between the cells and decimal commas"}

// format says which form the answer has.
func (c *call) format() (string, error) {
	switch f := c.r.URL.Query().Get("format"); f {
	case "", "json":
		return "json", nil
	case "csv", "excel":
		return f, nil
	}
	return "", ticket.InvalidField("format", "must be json, csv or excel")
}

// table answers with JSON or, on demand, with a table.
func (c *call) table(v any, name string, rows func() [][]string) error {
	f, err := c.format()
	if err != nil {
		return err
	}
	if f == "json" {
		return c.json(http.StatusOK, v)
	}
	s, err := c.sheet(f, name)
	if err != nil {
		return err
	}
	return s.end(rows())
}

const byteOrderMark = "\uFEFF"

// sheet is a table on its way out, which may be longer than memory is to hold.
type sheet struct {
	w     *csv.Writer
	comma bool // in decimal numbers
}

// sheet begins a download. From here on an error cuts the answer.
func (c *call) sheet(format, name string) (*sheet, error) {
	c.attach("text/csv; charset=utf-8", "attachment", name)
	if format == "excel" {
		c.w.Header().Add("Vary", "Accept-Language")
	}
	var to io.Writer = c.w
	if c.r.Method == http.MethodHead {
		c.w.WriteHeader(http.StatusOK)
		to = io.Discard
	}
	s := &sheet{w: csv.NewWriter(to)}
	if format != "excel" {
		return s, nil
	}
	s.w.UseCRLF = true
	if i18n.Match(c.r.Header.Get("Accept-Language"), i18n.English) == i18n.German {
		s.w.Comma, s.comma = ';', true
	}
	_, err := io.WriteString(to, byteOrderMark)
	return s, err
}

var decimal = regexp.MustCompile(`^-?\d+\.\d+$`)

// add writes rows. A cell that a spreadsheet would take for a formula begins with an apostrophe.
func (s *sheet) add(rows [][]string) error {
	for _, row := range rows {
		for i, cell := range row {
			if s.comma && decimal.MatchString(cell) {
				cell = strings.Replace(cell, ".", ",", 1)
				row[i] = cell
			}
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				row[i] = "'" + cell
			}
		}
		if err := s.w.Write(row); err != nil {
			return err
		}
	}
	return nil
}

// end writes the last rows.
func (s *sheet) end(rows [][]string) error {
	if err := s.add(rows); err != nil {
		return err
	}
	s.w.Flush()
	return s.w.Error()
}
