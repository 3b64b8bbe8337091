package httpapi

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// TestAuditAsATable: the whole selection, however many pages that takes, or the page that was asked for.
func TestAuditAsATable(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Eins")
	const changes = 2*auditRead + 7
	for i := range changes {
		_, err := d.service.SetPriority(t.Context(), ticket.SystemActor("test"), tk.ID, 0, []ticket.Priority{ticket.High, ticket.Low}[i%2])
		require.NoError(t, err)
	}
	rows := func(query string) [][]string {
		a := d.as("anna", 200, get, "/audit?"+query, nil)
		require.Equal(t, "text/csv; charset=utf-8", a.header.Get("Content-Type"))
		require.Contains(t, a.header.Get("Content-Disposition"), "audit.csv")
		out, err := csv.NewReader(bytes.NewReader(a.body)).ReadAll()
		require.NoError(t, err)
		require.Equal(t, auditHead, out[0])
		return out[1:]
	}
	for _, query := range []string{"type=ticket.priority_changed", "type=ticket.priority_changed&ticket=" + string(tk.ID)} {
		all := rows("format=csv&" + query)
		require.Len(t, all, changes, query)
		seen := map[string]bool{}
		for _, r := range all {
			seen[r[0]] = true
		}
		require.Len(t, seen, changes, "each once")
		require.Equal(t, all[:3], rows("format=csv&limit=3&"+query))
	}
	require.Empty(t, rows("format=csv&until=2020-01-01T00:00:00Z"))
	d.as("anna", 400, get, "/audit?format=xls", nil)
	d.as("anna", 400, get, "/audit?format=csv&limit=0", nil)
}

// TestTablesForSpreadsheets: what a double click opens, with the separators of the reader's language.
func TestTablesForSpreadsheets(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.promise(30)
	for i := range 3 {
		tk := d.open(fmt.Sprint("Größe ", i))
		d.as("sam", 201, post, ticketPath(tk, "/messages"), map[string]any{"kind": "reply", "body": "Hallo"})
	}
	german, english := header{"Accept-Language", "de-DE,de;q=0.9,en;q=0.8"}, header{"Accept-Language", "en-US"}
	for path, want := range map[string]string{"/sla/report?": "1.0000", "/analytics?": "", "/ranking?": "", "/audit?": "sla.policy_saved"} {
		plain := string(d.as("anna", 200, get, path+"format=csv", nil, german).body)
		require.False(t, strings.HasPrefix(plain, byteOrderMark), path)
		en := d.as("anna", 200, get, path+"format=excel", nil, english)
		require.Equal(t, byteOrderMark+strings.ReplaceAll(plain, "\n", "\r\n"), string(en.body), path)
		require.Contains(t, en.header.Values("Vary"), "Accept-Language")
		require.Contains(t, plain, want)
		de := string(d.as("anna", 200, get, path+"format=excel", nil, german).body)
		require.True(t, strings.HasPrefix(de, byteOrderMark), path)
		read := csv.NewReader(strings.NewReader(strings.TrimPrefix(de, byteOrderMark)))
		read.Comma = ';'
		rows, err := read.ReadAll()
		require.NoError(t, err)
		same, err := csv.NewReader(strings.NewReader(plain)).ReadAll()
		require.NoError(t, err)
		for i, row := range same {
			for j, cell := range row {
				if decimal.MatchString(cell) {
					same[i][j] = strings.Replace(cell, ".", ",", 1)
				}
			}
		}
		require.Equal(t, same, rows, path)
	}
	report := string(d.as("anna", 200, get, "/sla/report?format=excel", nil, german).body)
	require.Contains(t, report, ";1,0000\r\n")
}
