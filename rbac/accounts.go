package rbac

import (
	"context"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Config is what Accounts needs.
type Config struct {
	Store    Store  // required
	ChainKey []byte // key of the desk's event chain, at least 32 bytes; the same that ticket.Service has
	// JWTKeys sign bearer tokens. The first one signs, all verify: to rotate, put the new key in front and take the old one away
	// once BearerLifetime and PanelLifetime are over. At least one.
	JWTKeys  []Key
	Issuer   string // iss of tokens; "" is "ticketkit"
	Audience string // aud of tokens; "" is the issuer

	BearerLifetime time.Duration // of a session of an API client; 0 is 24 hours
	PanelLifetime  time.Duration // of a session of a browser, however busy; 0 is 7 days
	PanelIdle      time.Duration // a session of a browser ends when it was not used for so long; 0 is 12 hours

	HashConcurrency int // passwords hashed at the same time, 19 MiB each; 0 is one for each processor
	// FailureFloor is the shortest time in which a refused password is answered, whatever the reason: an imported bcrypt hash takes
	// another time than argon2id, and writing the event takes some too. 0 is 250 ms; negative means none.
	FailureFloor time.Duration

	Now func() time.Time // nil is time.Now
	Log *slog.Logger     // what fails without failing the call; nil discards it
}

// Accounts is the service behind sign-in, sessions, users and API tokens. It has no goroutines and may be used concurrently. What it
// remembers between calls (throttling, who was seen when) is bounded, and lost without harm.
type Accounts struct {
	cfg      Config
	policy   *Policy
	chain    ticket.Chain
	signer   *signer
	hasher   *hasher
	throttle *throttle
	failures *failures

	mu      sync.Mutex
	powers  *lru[powerKey, power]
	proofs  *lru[string, *known]
	touched *lru[string, time.Time] // ids of sessions, tokens and accounts
	swept   time.Time               // when expired sessions were last removed
}

// powerKey holds the versions, one of which rises with every change of what the account may do.
type powerKey struct {
	account         ticket.AccountID
	version, rights int64
}

// New checks cfg. It does no I/O.
func New(cfg Config) (*Accounts, error) {
	if cfg.Store == nil {
		return nil, ticket.InvalidField("store", "is required")
	}
	for _, d := range []struct {
		name string
		v    *time.Duration
		std  time.Duration
	}{
		{"bearer_lifetime", &cfg.BearerLifetime, 24 * time.Hour},
		{"panel_lifetime", &cfg.PanelLifetime, 7 * 24 * time.Hour},
		{"panel_idle", &cfg.PanelIdle, 12 * time.Hour},
	} {
		if *d.v == 0 {
			*d.v = d.std
		}
		if *d.v < touchEvery {
			return nil, ticket.InvalidField(d.name, "must be at least %s", touchEvery)
		}
	}
	if cfg.FailureFloor == 0 {
		cfg.FailureFloor = 250 * time.Millisecond
	}
	if cfg.HashConcurrency == 0 {
		cfg.HashConcurrency = runtime.GOMAXPROCS(0)
	}
	if cfg.HashConcurrency < 0 {
		return nil, ticket.InvalidField("hash_concurrency", "must not be negative")
	}
	if cfg.Issuer == "" {
		cfg.Issuer = "ticketkit"
	}
	if cfg.Audience == "" {
		cfg.Audience = cfg.Issuer
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	chain, err := ticket.NewChain(cfg.ChainKey)
	if err != nil {
		return nil, err
	}
	signer, err := newSigner(cfg.JWTKeys, cfg.Issuer, cfg.Audience, cfg.Now)
	if err != nil {
		return nil, err
	}
	policy, err := NewPolicy(cfg.Store)
	if err != nil {
		return nil, err
	}
	return &Accounts{
		cfg: cfg, policy: policy, chain: chain, signer: signer,
		hasher: newHasher(cfg.HashConcurrency), throttle: newThrottle(), failures: newFailures(),
		powers:  newLRU[powerKey, power](4096),
		proofs:  newLRU[string, *known](4096),
		touched: newLRU[string, time.Time](16384),
	}, nil
}

// Policy is the ticket.Policy and ticket.Directory over the same store.
func (a *Accounts) Policy() *Policy { return a.policy }

// now is the time in the precision that all databases keep.
func (a *Accounts) now() time.Time { return a.cfg.Now().UTC().Truncate(time.Microsecond) }

// powerOf is what an account was granted. The versions are those that this request has read, so that the cache cannot be behind. It must
// not be asked inside a transaction: what that one may still take back would be remembered.
func (a *Accounts) powerOf(ctx context.Context, acc *Account) (power, error) {
	key := powerKey{acc.ID, acc.Version, acc.Rights}
	a.mu.Lock()
	p, ok := a.powers.get(key)
	a.mu.Unlock()
	if ok {
		return p, nil
	}
	p, err := powerOf(ctx, a.cfg.Store, acc.ID)
	if err != nil {
		return power{}, err
	}
	a.mu.Lock()
	a.powers.put(key, p)
	a.mu.Unlock()
	return p, nil
}

// touchEvery is how exactly the last use of sessions and tokens is known.
const touchEvery = time.Minute

// touch notes a use with write, at most once in every; last is what the database knows. A failure is logged: a desk that cannot write
// can still be read.
func (a *Accounts) touch(ctx context.Context, id string, last, now time.Time, every time.Duration, write func(Tx) error) {
	if now.Sub(last) < every {
		return
	}
	a.mu.Lock()
	before, ok := a.touched.get(id)
	recent := ok && now.Sub(before) < every
	if !recent {
		a.touched.put(id, now)
	}
	a.mu.Unlock()
	if recent {
		return
	}
	if err := a.cfg.Store.UpdateAccounts(ctx, write); err != nil && ctx.Err() == nil {
		a.cfg.Log.WarnContext(ctx, "the last use of a session or token was not written", "error", err)
	}
}
