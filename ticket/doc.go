// Package ticket is the domain of a ticket desk: tickets, messages, contacts, their history, and the Service through which every
// change goes.
//
// The package imports only the standard library. What it needs from outside stands in small interfaces: Store keeps the rows, Blobs
// keeps bytes, Policy says who may do what, Directory knows the agents. A host that wants its own rules adds a Hook; it never
// writes rows itself.
//
// # One way in
//
// Every exported method of Service that changes something authorizes the Actor, decides, writes and records events in one
// transaction. Reading methods turn the policy's Grant into a Scope, and stores make that scope a WHERE clause, so that what an
// actor may not see is absent rather than filtered afterwards.
//
// # History
//
// Each change appends at least one Event. Events of a ticket form a chain of HMACs (see Chain), so that a changed, removed or
// reordered event is found. Personal data lies beside the event under a salted hash and can be erased without breaking the chain.
package ticket
