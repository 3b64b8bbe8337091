package rbac

import (
	"context"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Account is a person (or a program with a token) who works at the desk.
type Account struct {
	ID           ticket.AccountID
	Username     string // unique without regard to case; 1 to 64 code points
	Name         string // display name; "" shows Username
	Role         string // name of the role that stands for all its grants; what counts is the grants
	PasswordHash string // encoded argon2id, or bcrypt when imported; "" = cannot sign in with a password
	MustChange   bool   // a new password is required at the next sign-in
	Active       bool
	External     string // subject of the host's own login, unique; "" for accounts made here
	Version      int64  // rises with every change of grants, password or state; what was issued for an older one ends
	Email        string // where they are told about tickets; "" is nowhere
	Rights       int64  // rises when a role that the account holds changes; sessions and tokens go on, with what the role gives now
	CreatedAt    time.Time
	LastLoginAt  time.Time // zero before the first sign-in
}

// Session is one sign-in. A bearer token or a cookie carries its ID and ends with it.
type Session struct {
	ID        string
	AccountID ticket.AccountID
	CreatedAt time.Time
	ExpiresAt time.Time
	LastSeen  time.Time // written lazily, at most once a minute
	Address   string    // remote address at sign-in
	UserAgent string    // cut to 200 code points
	Panel     bool      // made for a browser, carried by a cookie
}

// Token is an API token. Only the SHA-256 of the secret is kept.
type Token struct {
	ID        string
	AccountID ticket.AccountID
	Name      string
	Prefix    string // first characters of the secret, to recognise it by
	Hash      string // SHA-256 of the whole secret, lower-case hexadecimal
	Scopes    []ticket.Op
	CreatedAt time.Time
	ExpiresAt time.Time // zero = never
	LastUsed  time.Time // written lazily
}

// Reader is what signing in and authorizing read. The Reader of a ticket transaction implements it too, so that a policy asked
// inside a transaction stays in it. Absence is a *ticket.Error of kind NotFound.
type Reader interface {
	PulseReader
	AccountLinkReader

	AccountByID(ctx context.Context, id ticket.AccountID) (*Account, error)
	// AccountByName compares without regard to case.
	AccountByName(ctx context.Context, username string) (*Account, error)
	AccountByExternal(ctx context.Context, subject string) (*Account, error)
	// ListAccounts lists in order of username; at most limit, behind the username after.
	ListAccounts(ctx context.Context, after string, limit int) ([]Account, error)
	// SessionAccount reads a session and its account by one query.
	SessionAccount(ctx context.Context, session string) (*Session, *Account, error)
	// TokenAccount reads a token and its account by one query, by the hash of the secret.
	TokenAccount(ctx context.Context, hash string) (*Token, *Account, error)
	ListSessions(ctx context.Context, id ticket.AccountID) ([]Session, error)
	ListTokens(ctx context.Context, id ticket.AccountID) ([]Token, error)
	// AccountGrants lists what the account was granted, sorted by role and queue.
	AccountGrants(ctx context.Context, id ticket.AccountID) ([]Grant, error)
	// CountActive counts active accounts that have a role for the whole desk, for the rule that one admin remains.
	CountActive(ctx context.Context, role string) (int, error)
	// Role and Roles know roles that are not built in; Roles lists them in order of their names.
	Role(ctx context.Context, name string) (*Role, error)
	Roles(ctx context.Context) ([]Role, error)
	// CountGrants counts the accounts that have a role, active or not, for whatever queue.
	CountGrants(ctx context.Context, role string) (int, error)
}

// Tx is a transaction over accounts. It writes the desk's own chain in the same commit. DeskHead locks the head until the end, or lets
// a second transaction that appends behind the same head fail and run again: rules over several accounts rest on that, and every
// change asks for the head before it reads anything else.
type Tx interface {
	Reader
	AccountLinkTx
	ticket.DeskTx
	// InsertAccount answers Conflict with the field "username" when the name is taken.
	InsertAccount(ctx context.Context, a *Account) error
	// UpdateAccount writes every field, comparing the stored version with was: Stale when it differs.
	UpdateAccount(ctx context.Context, a *Account, was int64) error
	// DeleteAccount removes the account with its sessions, tokens and grants, and what it kept for itself: views, macros, drafts, marks.
	// Tickets and history keep its id and name.
	DeleteAccount(ctx context.Context, id ticket.AccountID) error
	// SetAccountGrants replaces what the account was granted.
	SetAccountGrants(ctx context.Context, id ticket.AccountID, grants []Grant) error
	// InsertRole answers Conflict with the field "name" when the name is taken.
	InsertRole(ctx context.Context, r *Role) error
	// UpdateRole writes description, permissions and version, comparing the stored version with was: Stale when it differs. It raises
	// Rights of every account that has the role.
	UpdateRole(ctx context.Context, r *Role, was int64) error
	DeleteRole(ctx context.Context, name string) error
	InsertSession(ctx context.Context, s *Session) error
	DeleteSession(ctx context.Context, account ticket.AccountID, id string) error
	// DeleteSessions ends all sessions of an account except one; except "" ends all.
	DeleteSessions(ctx context.Context, account ticket.AccountID, except string) error
	DeleteExpiredSessions(ctx context.Context, now time.Time) error
	InsertToken(ctx context.Context, t *Token) error
	DeleteToken(ctx context.Context, account ticket.AccountID, id string) error
	// TouchSession, TouchToken and TouchLogin note a use; they change no Version.
	TouchSession(ctx context.Context, id string, at time.Time) error
	TouchToken(ctx context.Context, id string, at time.Time) error
	TouchLogin(ctx context.Context, id ticket.AccountID, at time.Time) error
}

// Store keeps accounts. Update has the rules of ticket.Store.Update: fn may run again, and uses only its Tx.
type Store interface {
	Reader
	UpdateAccounts(ctx context.Context, fn func(Tx) error) error
}
