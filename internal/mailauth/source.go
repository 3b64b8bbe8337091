package mailauth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/internal/backoff"
	"github.com/ticketkit/ticketkit/internal/keys"
)

// Store keeps rotated tokens for all processes of a desk. adapters.Shared is one.
type Store interface {
	Get(ctx context.Context, name string) (string, error)
	SwapState(ctx context.Context, name, old, value string) (swapped bool, err error)
	TakeLease(ctx context.Context, name, holder string, d time.Duration) (taken bool, err error)
	DropLease(ctx context.Context, name, holder string) error
}

// Config is what a Source is made of. Name, Provider.TokenURL, ClientID, Store and Box are required.
type Config struct {
	Name         string // constant name of the credential: in the Store it has at most 150 bytes
	Provider     Provider
	ClientID     string
	ClientSecret string // "" for a public client
	// Refresh is the refresh token of the configuration. A rotated one that is stored wins until this one changes. "" waits for
	// `oauth login`.
	Refresh string

	Store Store
	Box   *keys.Box
	HTTP  *http.Client     // nil: one with a timeout of 30 seconds
	Now   func() time.Time // nil is time.Now
	Log   *slog.Logger     // nil discards
}

// Source is Tokens for one refresh token. One caller at a time asks the issuer, in this process and, by a lease, in all processes of the desk; a
// rotated refresh token is stored before the access token that came with it is given out.
type Source struct {
	cfg    Config
	holder string
	turn   chan struct{} // holds one token: whoever has it may refresh

	mu     sync.Mutex
	access map[Use]accessToken
	// dead is what the issuer said for good about a stored value and a use; the same value is not asked about again.
	dead     map[Use]verdict
	failures int
	retryAt  time.Time
	lastErr  error
}

type accessToken struct {
	token  string
	expiry time.Time
}

type verdict struct {
	stored string // refresh token that it is about
	err    error
	until  time.Time // zero is for ever
}

// record is the stored form, sealed.
type record struct {
	Refresh string    `json:"refresh"`
	Seed    string    `json:"seed"` // hash of Config.Refresh when this one was stored
	At      time.Time `json:"at"`
}

const (
	margin        = 2 * time.Minute // before its end a token is not given out any more
	refreshLease  = time.Minute     // longer than a call to the issuer may take
	keepTimeout   = 10 * time.Second
	clientPause   = 15 * time.Minute
	maxTokenBytes = 64 << 10
)

// New checks c and does no I/O.
func New(c Config) (*Source, error) {
	if c.Name == "" || len(c.Name) > 150 || c.ClientID == "" || c.Store == nil || c.Box == nil {
		return nil, errors.New("mailauth: Name, ClientID, Store and Box are required")
	}
	if err := c.Provider.check(); err != nil {
		return nil, err
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{Timeout: 30 * time.Second}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Source{cfg: c, holder: rand.Text(), turn: make(chan struct{}, 1), access: map[Use]accessToken{}, dead: map[Use]verdict{}}
	s.turn <- struct{}{}
	return s, nil
}

func stateName(name string) string { return "mailauth/" + name }

func seedOf(refresh string) string {
	if refresh == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(refresh))
	return hex.EncodeToString(sum[:])
}

// Token implements Tokens.
func (s *Source) Token(ctx context.Context, use Use) (string, error) {
	if t, ok := s.cached(use); ok {
		return t, nil
	}
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if t, ok := s.cached(use); ok { // somebody else has just asked
		return t, nil
	}
	s.mu.Lock()
	wait, last := s.retryAt.Sub(s.cfg.Now()), s.lastErr
	s.mu.Unlock()
	if wait > 0 {
		return "", &waitError{last, wait}
	}
	t, err := s.refresh(ctx, use)
	s.note(ctx, err)
	return t, err
}

func (s *Source) cached(use Use) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.access[use]
	return t.token, t.token != "" && s.cfg.Now().Before(t.expiry)
}

// Reject implements Tokens.
func (s *Source) Reject(use Use, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.access[use].token == token {
		delete(s.access, use)
	}
}

// note keeps the back-off of errors that go away.
func (s *Source) note(ctx context.Context, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil || Lasting(err) {
		s.failures, s.retryAt, s.lastErr = 0, time.Time{}, nil
		return
	}
	if ctx.Err() != nil {
		return
	}
	s.failures++
	pause := time.Second + backoff.Delay(s.failures, 2*time.Second, 5*time.Minute, nil)
	if asked, ok := RetryAfter(err); ok {
		pause = max(pause, min(asked, time.Hour))
	}
	s.retryAt, s.lastErr = s.cfg.Now().Add(pause), err
}

// refresh asks the issuer, as the only one of all processes.
func (s *Source) refresh(ctx context.Context, use Use) (string, error) {
	release, err := s.lease(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	// Once the issuer was asked, the old token may be good for nothing: what it answers is kept even when nobody waits for it any more.
	ctx, cancel := outlive(ctx, keepGrace)
	defer cancel()
	for range 3 {
		rec, sealed, err := s.load(ctx)
		if err != nil {
			return "", err
		}
		if rec.Refresh == "" {
			return "", &RevokedError{Description: "nobody has signed in yet"}
		}
		if err := s.verdict(use, rec.Refresh); err != nil {
			return "", err
		}
		got, err := s.ask(ctx, rec.Refresh, use)
		if err != nil {
			s.judge(use, rec.Refresh, err)
			return "", err
		}
		if got.RefreshToken != "" && got.RefreshToken != rec.Refresh || sealed == "" || rec.stale {
			next := rec.record
			next.At = s.cfg.Now().UTC()
			if got.RefreshToken != "" {
				next.Refresh = got.RefreshToken
			}
			// The issuer may have ended the old one, so the new one is kept even if nobody waits for it any more.
			keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTimeout)
			stored, err := s.save(keep, sealed, next)
			cancel()
			if err != nil {
				return "", fmt.Errorf("keep the rotated token for mail: %w", err)
			}
			if !stored { // somebody has signed in anew meanwhile: theirs counts
				continue
			}
		}
		life := time.Duration(got.ExpiresIn) * time.Second
		if life <= 0 {
			life = 10 * time.Minute
		}
		s.mu.Lock()
		s.access[use] = accessToken{got.AccessToken, s.cfg.Now().Add(life - min(margin, life/4))}
		clear(s.dead)
		s.mu.Unlock()
		return got.AccessToken, nil
	}
	return "", errors.New("mailauth: the stored token changes all the time")
}

// keepGrace is how long a token that was asked for is waited for and kept after the end of the context.
const keepGrace = 5 * time.Second

// outlive gives a context that ends d after ctx.
func outlive(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(d, cancel)
		context.AfterFunc(longer, func() { t.Stop() })
	})
	return longer, func() {
		stop()
		cancel()
	}
}

func (s *Source) lease(ctx context.Context) (release func(), err error) {
	name := stateName(s.cfg.Name)
	for {
		ok, err := s.cfg.Store.TakeLease(ctx, name, s.holder, refreshLease)
		if err != nil {
			return nil, fmt.Errorf("lease of the token for mail: %w", err)
		}
		if ok {
			return func() {
				bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
				defer cancel()
				if err := s.cfg.Store.DropLease(bye, name, s.holder); err != nil {
					s.cfg.Log.WarnContext(ctx, "mailauth: the lease of the token was not given back; it ends by itself", "error", err)
				}
			}, nil
		}
		t := time.NewTimer(250 * time.Millisecond)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil, ctx.Err()
		}
	}
}

// loaded is the record that counts now; stale when it was sealed with the secret before.
type loaded struct {
	record
	stale bool
}

// load gives the stored token, or that of the configuration when it has changed since, or there is none.
func (s *Source) load(ctx context.Context) (rec loaded, sealed string, err error) {
	name := stateName(s.cfg.Name)
	sealed, err = s.cfg.Store.Get(ctx, name)
	if err != nil {
		return rec, "", fmt.Errorf("stored token for mail: %w", err)
	}
	seed := seedOf(s.cfg.Refresh)
	fresh := loaded{record: record{Refresh: s.cfg.Refresh, Seed: seed}}
	if sealed == "" {
		return fresh, "", nil
	}
	plain, stale, err := s.cfg.Box.Open(name, sealed)
	if err == nil {
		err = json.Unmarshal([]byte(plain), &rec.record)
	}
	if err != nil {
		if s.cfg.Refresh == "" {
			return rec, sealed, &RevokedError{Description: "the stored sign-in cannot be read: " + err.Error()}
		}
		s.cfg.Log.WarnContext(ctx, "mailauth: the stored token cannot be read; the configured one is used", "error", err)
		return fresh, sealed, nil
	}
	rec.stale = stale
	if seed != "" && rec.Seed != seed { // the variable was changed: somebody wants that one
		return fresh, sealed, nil
	}
	return rec, sealed, nil
}

func (s *Source) save(ctx context.Context, old string, rec record) (bool, error) {
	b, err := json.Marshal(rec)
	if err != nil {
		return false, err
	}
	name := stateName(s.cfg.Name)
	return s.cfg.Store.SwapState(ctx, name, old, s.cfg.Box.Seal(name, string(b)))
}

// Keep stores a refresh token that a person has just been given by signing in: it wins until the configured one changes.
func (s *Source) Keep(ctx context.Context, refresh string) error {
	for range 5 {
		old, err := s.cfg.Store.Get(ctx, stateName(s.cfg.Name))
		if err != nil {
			return err
		}
		ok, err := s.save(ctx, old, record{Refresh: refresh, Seed: seedOf(s.cfg.Refresh), At: s.cfg.Now().UTC()})
		if err != nil || ok {
			return err
		}
	}
	return errors.New("mailauth: the stored token changes all the time")
}

// verdict gives what the issuer has said for good about this token and use.
func (s *Source) verdict(use Use, refresh string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.dead[use]
	if !ok || v.stored != refresh || !v.until.IsZero() && s.cfg.Now().After(v.until) {
		return nil
	}
	return v.err
}

func (s *Source) judge(use Use, refresh string, err error) {
	if !Lasting(err) {
		return
	}
	v := verdict{stored: refresh, err: err}
	if _, revoked := errors.AsType[*RevokedError](err); revoked {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, u := range []Use{IMAP, SMTP} {
			s.dead[u] = v
		}
		return
	}
	v.until = s.cfg.Now().Add(clientPause) // a consent or a setting at the issuer may be mended without us
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead[use] = v
}
