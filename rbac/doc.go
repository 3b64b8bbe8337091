// Package rbac says who may do what at a desk: roles and their permissions, accounts, sign-in, sessions and API tokens.
//
// Policy implements ticket.Policy and ticket.Directory over a Store. Accounts is the service behind sign-in and user management:
// like ticket.Service it authorizes, decides, writes and records in one transaction, and nothing else writes accounts. A host with
// its own login keeps it and calls Accounts.EnsureExternal.
//
// # What a token is worth
//
// A bearer token or cookie names a session and the version of its account, never a role. Each request reads session and account by
// one query, so an edited role, a changed password, a deactivation or a revoked session counts from the next request on. An API
// token reaches what its scopes and its owner's role both allow at that moment.
//
// # Races
//
// Every change first reads the head of the desk's chain inside its transaction and appends to that chain at its end. A store lets
// only one of two transactions that append behind the same head commit, so rules over several accounts, such as the one that an
// admin remains, hold under concurrency whatever the isolation level of the database.
package rbac
