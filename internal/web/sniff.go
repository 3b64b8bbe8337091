package web

import (
	"bytes"
	"mime"
	"net/http"
	"strings"
)

// Sniff finds out what a file is. What its sender claims counts only where the bytes say nothing better, and never for what a browser
// could run.
func Sniff(head []byte, claimed string) string {
	found, _, _ := strings.Cut(http.DetectContentType(head), ";")
	if bytes.Contains(bytes.ToLower(head), []byte("<svg")) {
		return "image/svg+xml"
	}
	switch found {
	case "application/octet-stream", "text/plain", "application/zip":
		t, _, err := mime.ParseMediaType(claimed)
		if err == nil && strings.Count(t, "/") == 1 && !Active(t) && !strings.HasPrefix(t, "image/") && !strings.HasPrefix(t, "multipart/") {
			return t
		}
	}
	return found
}

// Active reports whether a browser might run something in a file of this type.
func Active(media string) bool {
	for _, word := range []string{"html", "xml", "svg", "script", "json", "wasm", "css", "pdf"} {
		if strings.Contains(media, word) {
			return true
		}
	}
	return false
}

// Picture gives the type of an image that a browser may show beside everything else; "" for anything else. Only the bytes count.
func Picture(head []byte) string {
	switch t := http.DetectContentType(head); t {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return t
	}
	return ""
}
