// Package panel is the web panel: a program that runs in the browser of whoever works at the desk and speaks with the API of package
// httpapi alone. It holds no rights of its own: the API decides, and the panel hides what would be refused.
//
// Its source lies in ui (TypeScript), what is built of it in dist, which is committed: neither go get nor go run needs Node. A test
// fails when dist is older than its source; npm run build makes it anew.
//
// A program that does not import the package does not carry it; the build tag no_panel leaves it out of one that does, and Files is nil
// then: package pages goes on to render everything on the server.
package panel
