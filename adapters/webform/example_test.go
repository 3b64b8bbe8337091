package webform_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/webform"
)

// A desk mounts what Routes gives; here a recorder stands in for the desk.
func Example() {
	form, err := webform.New(webform.Config{Title: "Muster GmbH", Locale: "en"})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/contact", http.StripPrefix("/contact", form.Routes(&adaptertest.Recorder{})))
	page := httptest.NewRecorder()
	mux.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/contact", nil))
	fmt.Println(page.Code, page.Header().Get("Content-Type"), page.Header().Get("Content-Language"))
	// Output: 200 text/html; charset=utf-8 en
}
