//go:build no_panel

package panel

import "net/http"

// Panel is nothing: the program was built without it.
type Panel struct{}

// New gives nil: the program was built with the tag no_panel.
func New() (*Panel, error) { return nil, nil }

// Index is empty.
func (*Panel) Index(string, string, map[string]string) []byte { return nil }

// ServeHTTP answers that there is nothing.
func (*Panel) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }
