// Package store keeps a desk in a SQL database. It implements the ports of the other packages on one type: ticket.Store,
// rbac.Store, jobs.Store, adapters.State and report.Store; NewFileBlobs implements ticket.Blobs.
//
// The package imports no driver. store/sqlite opens a database of its own; a host that has a handle already gives it to New, and a
// host that is in the middle of a transaction uses InTx. What differs between databases stands in dialect.go and in the folders
// below migrations, nowhere else.
//
// # How rows look
//
// Every table carries the prefix. Keys are made in Go. A time is a BIGINT of microseconds since 1970 UTC, and 0 is the zero time.
// JSON is opaque text, a hash or MAC is bytes, an absent text is ”. No column is filled by the database except the sequence of
// events.
//
// # How statements run
//
// Statements of the hot paths are text with placeholders, prepared once per connection and kept in a bounded cache (see stmtCache).
// Rare ones are built by bun, which writes the arguments into the text.
package store
