// Package httpapi serves the desk over HTTP: JSON in snake_case, problem+json for errors (RFC 9457), keyset pages, entity tags.
//
// New gives one http.Handler that may be mounted below any prefix of any mux. It decides nothing: each handler turns a request into
// one call of ticket.Service or rbac.Accounts, which know who may do what, and turns the answer into JSON.
//
// # How a request runs
//
// entry.go gives it an id, the security headers, its real client address and the checks of Host and Origin. routes.go is the table of
// all calls; auth.go finds out who asks and holds the rate limit. Then the call's own handler runs, and problem.go turns whatever error
// it returned into an answer. openapi.go describes the same table as an OpenAPI 3.1 document.
package httpapi
