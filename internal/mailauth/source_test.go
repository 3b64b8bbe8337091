package mailauth_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/internal/mailauth"
	"github.com/ticketkit/ticketkit/internal/testdovecot"
)

// memory is a Store. before, if not nil, is called before a value is swapped.
type memory struct {
	mu     sync.Mutex
	values map[string]string
	holder string
	until  time.Time
	before func()
	swaps  int
}

func newMemory() *memory { return &memory{values: map[string]string{}} }

func (m *memory) Get(_ context.Context, name string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.values[name], nil
}

func (m *memory) SwapState(ctx context.Context, name, old, value string) (bool, error) {
	m.mu.Lock()
	before := m.before
	m.before = nil
	m.mu.Unlock()
	if before != nil {
		before()
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if m.values[name] != old {
		return false, nil
	}
	m.values[name] = value
	m.swaps++
	return true, nil
}

func (m *memory) TakeLease(_ context.Context, _, holder string, d time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holder != "" && m.holder != holder && time.Now().Before(m.until) {
		return false, nil
	}
	m.holder, m.until = holder, time.Now().Add(d)
	return true, nil
}

func (m *memory) DropLease(_ context.Context, _, holder string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holder == holder {
		m.holder = ""
	}
	return nil
}

type bench struct {
	issuer *testdovecot.Issuer
	store  *memory
	box    *keys.Box
	now    time.Time
	mu     sync.Mutex
}

func setup(t *testing.T) *bench {
	t.Helper()
	ring, err := keys.New([]byte(keys.Generate()))
	require.NoError(t, err)
	b := &bench{issuer: testdovecot.NewIssuer(t), store: newMemory(), box: ring.Box(keys.LabelStateSecrets), now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	b.issuer.Grant("seed", testdovecot.Person{Name: "svc", Mailbox: "support@desk.example"})
	return b
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bench) source(t *testing.T, refresh string) *mailauth.Source {
	t.Helper()
	p, err := mailauth.ProviderOf("", b.issuer.URL+"/token", "")
	require.NoError(t, err)
	p.DeviceURL = b.issuer.URL + "/device"
	s, err := mailauth.New(mailauth.Config{Name: "env", Provider: p, ClientID: "app", Refresh: refresh, Store: b.store, Box: b.box, Now: func() time.Time {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.now
	}})
	require.NoError(t, err)
	return s
}

func token(t *testing.T, s *mailauth.Source, use mailauth.Use) string {
	t.Helper()
	got, err := s.Token(t.Context(), use)
	require.NoError(t, err)
	require.NotEmpty(t, got)
	return got
}

func TestTokensAreKeptAndRotated(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.source(t, "seed")
	first := token(t, s, mailauth.IMAP)
	require.Equal(t, first, token(t, s, mailauth.IMAP), "as long as it is good")
	require.NotEqual(t, first, token(t, s, mailauth.SMTP), "one for each use")
	b.pass(59 * time.Minute)
	third := token(t, s, mailauth.IMAP)
	require.NotEqual(t, first, third, "not in its last minutes")
	s.Reject(mailauth.IMAP, first)
	require.Equal(t, third, token(t, s, mailauth.IMAP), "not the current one")
	s.Reject(mailauth.IMAP, third)
	require.NotEqual(t, third, token(t, s, mailauth.IMAP))
	log := b.issuer.Log()
	require.Len(t, log, 4)
	require.Equal(t, "https://outlook.office.com/IMAP.AccessAsUser.All offline_access", log[0].Scope)
	require.Equal(t, "https://outlook.office.com/SMTP.Send offline_access", log[1].Scope)
	require.Equal(t, "seed", log[0].Refresh)
	for _, v := range b.store.values {
		require.NotContains(t, v, "rt-", "encrypted")
	}
	// Another process, and this one after a restart, go on with the rotated one; the seed is used up.
	token(t, b.source(t, "seed"), mailauth.IMAP)
}

func TestAnotherVariableWins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token(t, b.source(t, "seed"), mailauth.IMAP)
	b.issuer.Grant("new-seed", testdovecot.Person{Name: "other"})
	token(t, b.source(t, "new-seed"), mailauth.IMAP)
	log := b.issuer.Log()
	require.Equal(t, "new-seed", log[len(log)-1].Refresh)
	token(t, b.source(t, ""), mailauth.IMAP) // without a variable the stored one goes on
	b.issuer.Grant("by-login", testdovecot.Person{Name: "third"})
	require.NoError(t, b.source(t, "new-seed").Keep(t.Context(), "by-login"))
	token(t, b.source(t, "new-seed"), mailauth.IMAP)
	log = b.issuer.Log()
	require.Equal(t, "by-login", log[len(log)-1].Refresh)
}

// TestARotatedTokenOutlivesWhoAskedForIt: the issuer has ended the old one already.
func TestARotatedTokenOutlivesWhoAskedForIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	b.store.before = cancel // between the answer and the database
	_, err := b.source(t, "seed").Token(ctx, mailauth.IMAP)
	require.NoError(t, err)
	require.ErrorIs(t, ctx.Err(), context.Canceled)
	token(t, b.source(t, "seed"), mailauth.IMAP)
}

func TestARotatedTokenIsStoredBeforeItIsUsed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.source(t, "seed")
	b.store.before = func() { // somebody signs in anew just now
		b.issuer.Grant("by-login", testdovecot.Person{Name: "svc"})
		require.NoError(t, b.source(t, "seed").Keep(context.WithoutCancel(t.Context()), "by-login"))
	}
	token(t, s, mailauth.IMAP)
	log := b.issuer.Log()
	require.Equal(t, "by-login", log[len(log)-1].Refresh, "theirs counts")
	require.NotZero(t, b.store.swaps)
}

func TestManyAskOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	sources := []*mailauth.Source{b.source(t, "seed"), b.source(t, "seed"), b.source(t, "seed")} // three replicas
	var wg sync.WaitGroup
	for n := range 30 {
		wg.Go(func() {
			if _, err := sources[n%3].Token(t.Context(), mailauth.IMAP); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, a := range b.issuer.Log() {
		require.True(t, a.OK, "a used token was used again")
	}
	require.Len(t, b.issuer.Log(), 3)
}

func TestARevokedTokenIsNotAskedAboutAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.source(t, "seed")
	token(t, s, mailauth.IMAP)
	b.issuer.Revoke("svc")
	b.pass(2 * time.Hour)
	for range 5 {
		_, err := s.Token(t.Context(), mailauth.IMAP)
		_, ok := errors.AsType[*mailauth.RevokedError](err)
		require.True(t, ok, err)
		require.True(t, mailauth.Lasting(err))
		_, err = s.Token(t.Context(), mailauth.SMTP)
		require.True(t, mailauth.Lasting(err))
	}
	require.Len(t, b.issuer.Log(), 2)
	b.issuer.Grant("again", testdovecot.Person{Name: "svc"})
	require.NoError(t, b.source(t, "seed").Keep(t.Context(), "again"))
	token(t, s, mailauth.IMAP) // noticed without a restart
}

func TestFailuresOfTheIssuerPass(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.source(t, "seed")
	b.issuer.Fail(1)
	_, err := s.Token(t.Context(), mailauth.IMAP)
	require.Error(t, err)
	require.False(t, mailauth.Lasting(err))
	_, err = s.Token(t.Context(), mailauth.IMAP)
	require.Error(t, err, "not at once")
	wait, ok := mailauth.RetryAfter(err)
	require.True(t, ok)
	require.Positive(t, wait)
	require.Len(t, b.issuer.Log(), 1)
	b.pass(wait + time.Second)
	token(t, s, mailauth.IMAP)
}

func TestAMissingScopeConcernsOneUse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.issuer.Grant("imap-only", testdovecot.Person{Name: "svc", Scopes: []string{"https://outlook.office.com/IMAP.AccessAsUser.All"}})
	s := b.source(t, "imap-only")
	_, err := s.Token(t.Context(), mailauth.SMTP)
	e, ok := errors.AsType[*mailauth.ScopeError](err)
	require.True(t, ok, err)
	require.Equal(t, "https://outlook.office.com/SMTP.Send", e.Missing)
	token(t, s, mailauth.IMAP)
}

func TestRefusalsSayWhoHasToAct(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ code, text, want string }{
		"secret":  {"invalid_client", "AADSTS7000222: The provided client secret keys are expired.", "OAUTH_CLIENT_SECRET"},
		"app":     {"unauthorized_client", "AADSTS700016: not found", "OAUTH_CLIENT_ID"},
		"scope":   {"invalid_scope", "AADSTS70011", "IMAP.AccessAsUser.All"},
		"revoked": {"invalid_grant", "AADSTS50173: the password was changed", "oauth login"},
	} {
		b := setup(t)
		b.issuer.Refuse(c.code, c.text)
		_, err := b.source(t, "seed").Token(t.Context(), mailauth.IMAP)
		require.ErrorContains(t, err, c.want, name)
		require.True(t, mailauth.Lasting(err), name)
		require.NotContains(t, err.Error(), "seed")
	}
	_, err := setup(t).source(t, "").Token(t.Context(), mailauth.IMAP)
	require.ErrorContains(t, err, "nobody has signed in yet")
}

func TestSigningInByDeviceCode(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.source(t, "")
	var shown []string
	err := s.LoginDevice(t.Context(), func(url, code string) {
		shown = []string{url, code}
		b.issuer.Approve("device-1", testdovecot.Person{Name: "svc", Mailbox: "support@desk.example"})
	})
	require.NoError(t, err)
	require.Equal(t, []string{b.issuer.URL + "/open", "ABCD-EFGH"}, shown)
	token(t, s, mailauth.IMAP)
}

func TestMechanisms(t *testing.T) {
	t.Parallel()
	c, err := mailauth.XOAUTH2("support@desk.example", "tok")
	require.NoError(t, err)
	mech, first, err := c.Start()
	require.NoError(t, err)
	require.Equal(t, "XOAUTH2", mech)
	require.Equal(t, "user=support@desk.example\x01auth=Bearer tok\x01\x01", string(first))
	refusal := errors.New("535 no")
	require.Equal(t, refusal, mailauth.Explain(c, refusal), "nothing was said")
	answer, err := c.Next([]byte(`{"status":"401","schemes":"bearer","scope":"https://outlook.office.com/IMAP.AccessAsUser.All"}`))
	require.NoError(t, err)
	require.NotNil(t, answer, "nil would end the exchange")
	require.Empty(t, answer)
	require.NoError(t, mailauth.Explain(c, nil))
	err = mailauth.Explain(c, refusal)
	require.ErrorIs(t, err, refusal)
	e, ok := errors.AsType[*mailauth.ChallengeError](err)
	require.True(t, ok)
	require.Equal(t, "401", e.Status)
	require.Contains(t, e.Error(), "IMAP.AccessAsUser.All")
	_, err = c.Next(nil)
	require.Error(t, err)

	c, err = mailauth.OAUTHBEARER("a=b,c@desk.example", "tok", "imap.desk.example:993")
	require.NoError(t, err)
	_, first, err = c.Start()
	require.NoError(t, err)
	require.Equal(t, "n,a=a=3Db=2Cc@desk.example,\x01host=imap.desk.example\x01port=993\x01auth=Bearer tok\x01\x01", string(first))
	answer, err = c.Next([]byte("no json " + strings.Repeat("x", 5000)))
	require.NoError(t, err)
	require.Equal(t, []byte{1}, answer)
	e, ok = errors.AsType[*mailauth.ChallengeError](mailauth.Explain(c, refusal))
	require.True(t, ok)
	require.Len(t, e.Raw, 1000)
	for _, bad := range [][2]string{{"", "t"}, {"u", ""}, {"u\x01", "t"}, {"u", "t\r\n"}} {
		_, err := mailauth.XOAUTH2(bad[0], bad[1])
		require.Error(t, err)
	}
}

// A desk that is stopped while a token is exchanged keeps the new one: the old one is good for nothing any more.
func TestTheEndOfACallLosesNoToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	b.store.mu.Lock()
	b.store.before = cancel // the issuer has answered
	b.store.mu.Unlock()
	_, _ = b.source(t, "seed").Token(ctx, mailauth.IMAP)
	require.Error(t, ctx.Err())
	require.NotEmpty(t, token(t, b.source(t, "seed"), mailauth.IMAP), "a later process goes on with it")
}
