package httpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// The API mounted below /desk/api of a program's own mux.
func ExampleNew() {
	db, err := sqlite.Open(context.Background(), ":memory:", sqlite.Options{})
	if err != nil {
		panic(err)
	}
	defer db.Close()
	if err := db.Migrate(context.Background()); err != nil {
		panic(err)
	}
	secret := bytes.Repeat([]byte("k"), 32) // derive keys from a secret of your own
	accounts, err := rbac.New(rbac.Config{Store: db, ChainKey: secret, JWTKeys: []rbac.Key{{ID: "1", Secret: secret}}})
	if err != nil {
		panic(err)
	}
	service, err := ticket.NewService(ticket.Config{Store: db, Policy: accounts.Policy(), Directory: accounts.Policy(), ChainKey: secret})
	if err != nil {
		panic(err)
	}
	api, err := httpapi.New(httpapi.Config{Service: service, Accounts: accounts, Reports: db, ServiceName: "helpdesk"})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/desk/api/", http.StripPrefix("/desk/api", api))

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/desk/api/health", nil))
	fmt.Print(w.Code, " ", w.Body)
	// Output: 200 {"status":"ok","service":"helpdesk"}
}
