package pages_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/ticketkit/ticketkit/httpapi/pages"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/rbac/rbactest"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/tickettest"
)

// The pages of a desk below a prefix of a host's own mux.
func ExampleNew() {
	key := bytes.Repeat([]byte("k"), 32)
	accounts, err := rbac.New(rbac.Config{Store: rbactest.NewStore(), ChainKey: key, JWTKeys: []rbac.Key{{ID: "1", Secret: key}}})
	if err != nil {
		panic(err)
	}
	service, err := ticket.NewService(ticket.Config{Store: tickettest.New(), Policy: accounts.Policy(), Directory: accounts.Policy(), ChainKey: key})
	if err != nil {
		panic(err)
	}
	site, err := pages.New(pages.Config{Service: service, Accounts: accounts, Name: "Workbench", BasePath: "/desk"})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/desk/", http.StripPrefix("/desk", site))

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/desk/", nil))
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output: 303 /desk/login
}
