package ticket

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"
)

// Config is what a Service is made of. Store, Policy and ChainKey are required; every other field has a useful zero value.
type Config struct {
	Store     Store
	Policy    Policy
	Directory Directory // nil: nobody can be assigned, and nobody has a name beyond what the actor says
	Blobs     Blobs     // nil: attachments are refused, and raw mail is not kept
	Sanitizer Sanitizer // nil: HTML is dropped and only text is kept

	ChainKey []byte // seals the history; at least 32 bytes
	// PreviousChainKey is the one before, if it was changed; see Service.RotateKeys. The history keeps those before that itself.
	PreviousChainKey []byte
	// TokenKey signs reply tokens; nil: answers are recognised by their references only. PreviousTokenKey still verifies.
	TokenKey, PreviousTokenKey []byte

	Hooks []Hook // called in this order, in the transaction
	// ChangeHooks are called before Hooks, once for each change.
	ChangeHooks []ChangeHook
	States      []State // beside the eight built-in ones
	Limits      Limits
	Locale      string // "de" or "en"; "" is "de"
	// MaxOpenPerRequester bounds the active tickets of one requester: Open refuses another one with a Conflict, and so does Receive for
	// what is Incoming.Interactive. A mail is never refused for it. 0 is no bound.
	MaxOpenPerRequester int
	// MaxOpenByChannel replaces MaxOpenPerRequester for what is opened in some channels, and counts the active tickets of that channel alone; 0 is
	// no bound.
	MaxOpenByChannel map[string]int
	// OnClosedReply says what a message to a closed ticket does; "" is ReopenOnReply.
	OnClosedReply ClosedReply
	Notices       Notices // what the desk mails by itself
	// Copies reports whether somebody wants copies of mails that left; then each leaves a job of kind JobCopy in the transaction that notes
	// it. It is called in transactions, so it does no I/O. Nil: nobody.
	Copies func() bool
	// Revises reports whether the channel that reaches an identity of this kind changes what it has carried, and takes it back; see Service.Revise. It is
	// called in transactions, so it does no I/O. Nil: none does.
	Revises func(kind string) bool
	Upkeep  Upkeep // what the desk does by itself with tickets that lie still

	Now func() time.Time // nil is time.Now
	// Wake is called after a commit that left a job, as a hint for the worker; nil is fine. It must not block.
	Wake func()
	// Changed is called after a commit that recorded an event or somebody's presence, as a hint for who follows the desk; nil is fine.
	// It must not block.
	Changed func()
	Log     *slog.Logger // nil is silent
}

// maxStatus bounds the name of a state, in bytes.
const maxStatus = 64

// ClosedReply says what becomes of a message to a closed ticket.
type ClosedReply string

// The choices.
const (
	ReopenOnReply ClosedReply = "reopen" // the ticket opens again
	NewOnReply    ClosedReply = "new"    // a new ticket begins
)

// Limits bound what comes in. A zero field is its default.
type Limits struct {
	Subject         int   // code points; 255
	Text            int   // bytes of a message; 1 MiB
	HTML            int   // bytes of the HTML of a message; 2 MiB
	Attachment      int64 // bytes of one attachment; 25 MiB
	Received        int64 // bytes of one attachment that a channel brings, which has limits of its own; 50 MiB
	Attachments     int   // attachments of one message; 50
	Tags            int   // of one ticket; 50
	Fields          int   // custom fields of one ticket; 100
	Participants    int   // of one ticket; 50
	SenderPerHour   int   // messages of one sender in an hour before more are marked as written by a machine; 60
	ReferencesKept  int   // references looked at in one message; 100
	HistoryPerQuery int   // events or messages per page; 200
}

func (l Limits) withDefaults() Limits {
	def := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	def(&l.Subject, 255)
	def(&l.Text, 1<<20)
	def(&l.HTML, 2<<20)
	def(&l.Attachments, 50)
	def(&l.Tags, 50)
	def(&l.Fields, 100)
	def(&l.Participants, 50)
	def(&l.SenderPerHour, 60)
	def(&l.ReferencesKept, 100)
	def(&l.HistoryPerQuery, 200)
	if l.Attachment <= 0 {
		l.Attachment = 25 << 20
	}
	if l.Received <= 0 {
		l.Received = max(50<<20, l.Attachment)
	}
	return l
}

// Service is the one way to change a desk. Make it with NewService; it has no state of its own beyond its configuration, starts no goroutine
// and may be used concurrently. Methods that take a Version answer Stale when the ticket has changed since, and methods
// that change nothing (claiming what is already yours) succeed without an event.
type Service struct {
	cfg      Config
	chain    Chain
	previous *Chain // nil without one, or when it is the same
	states   map[Status]Category
	hosted   bool // works in somebody else's transaction: no hints after a commit we do not see
}

// NewService checks the configuration and makes a Service. It does no I/O.
func NewService(cfg Config) (*Service, error) {
	if cfg.Store == nil {
		return nil, InvalidField("store", "is required")
	}
	if cfg.Policy == nil {
		return nil, InvalidField("policy", "is required")
	}
	chain, err := NewChain(cfg.ChainKey)
	if err != nil {
		return nil, err
	}
	var previous *Chain
	if cfg.PreviousChainKey != nil && !bytes.Equal(cfg.PreviousChainKey, cfg.ChainKey) {
		old, err := NewChain(cfg.PreviousChainKey)
		if err != nil {
			return nil, err
		}
		previous = &old
	}
	if cfg.TokenKey != nil && len(cfg.TokenKey) < 32 {
		return nil, InvalidField("token_key", "must have at least 32 bytes")
	}
	switch cfg.OnClosedReply {
	case "":
		cfg.OnClosedReply = ReopenOnReply
	case ReopenOnReply, NewOnReply:
	default:
		return nil, InvalidField("on_closed_reply", "unknown choice %q", string(cfg.OnClosedReply))
	}
	switch cfg.Locale {
	case "":
		cfg.Locale = "de"
	case "de", "en":
	default:
		return nil, InvalidField("locale", "must be de or en")
	}
	states := map[Status]Category{}
	for _, c := range Categories() {
		states[Status(c)] = c
	}
	for _, st := range cfg.States {
		if _, taken := states[st.Status]; taken || st.Status == "" {
			return nil, InvalidField("states", "state %q is empty or named twice", string(st.Status))
		}
		if len(st.Status) > maxStatus {
			return nil, InvalidField("states", "state %q has more than %d bytes", string(st.Status), maxStatus)
		}
		if st.Category != Open && st.Category != Pending && st.Category != Resolved {
			return nil, InvalidField("states", "state %q: more states may be open, pending or resolved, not %q", string(st.Status), string(st.Category))
		}
		states[st.Status] = st.Category
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := cfg.Upkeep.check(); err != nil {
		return nil, err
	}
	if err := cfg.Notices.check(); err != nil {
		return nil, err
	}
	cfg.Limits = cfg.Limits.withDefaults()
	return &Service{cfg: cfg, chain: chain, previous: previous, states: states}, nil
}

// On gives the same rules inside the host's own transaction, which st stands for (see store.Store.InTx). Nothing is retried: a
// conflict goes back to the host. What the change left to be done is seen by the worker after the host's commit, at its next look.
func (s *Service) On(st Store) *Service {
	c := *s
	c.cfg.Store = st
	c.hosted = true
	return &c
}

// States lists every state of the desk, built-in ones first, then in order of their names.
func (s *Service) States() []State {
	var out []State
	for _, c := range Categories() {
		out = append(out, State{Status(c), c})
	}
	for _, name := range slices.Sorted(maps.Keys(s.states)) {
		if !Category(name).Valid() {
			out = append(out, State{name, s.states[name]})
		}
	}
	return out
}

// Limits are the limits in force.
func (s *Service) Limits() Limits { return s.cfg.Limits }

// Chain verifies what this service sealed.
func (s *Service) Chain() Chain { return s.chain }

func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

func (s *Service) wake() {
	if s.cfg.Wake != nil && !s.hosted {
		s.cfg.Wake()
	}
}

// changed tells who follows the desk that there is something to see.
func (s *Service) changed() {
	if s.cfg.Changed != nil && !s.hosted {
		s.cfg.Changed()
	}
}

// committed gives the hints that a change has earned, once its transaction is committed.
func (s *Service) committed(c *change) {
	if c.jobs || len(c.events) > 0 && len(s.cfg.Hooks) > 0 { // a hook may have left one
		s.wake()
	}
	if len(c.events) > 0 {
		s.changed()
	}
}

// grant asks the policy. Nobody is Unauthenticated; an empty grant is Denied with the name of the permission.
func (s *Service) grant(ctx context.Context, r Reader, a Actor, op Op) (Grant, error) {
	switch a.Kind {
	case "":
		return Grant{}, Errorf(Unauthenticated, "sign in first")
	case ActorSystem:
		return Grant{All: true}, nil
	}
	if len(a.Account) > MaxAccountID || len(a.Contact) > MaxAccountID {
		return Grant{}, InvalidField("actor", "an id has at most %d bytes", MaxAccountID)
	}
	g, err := s.cfg.Policy.Grant(ctx, r, a, op)
	if err != nil {
		return Grant{}, err
	}
	if g.Empty() {
		return Grant{}, &Error{Kind: Denied, Op: string(op), Msg: "the permission " + string(op) + " is missing"}
	}
	return g, nil
}

// Scope gives the sealed right to read what op reaches for the actor: for packages with their own reads, such as reports. It is
// Denied when the permission is missing.
func (s *Service) Scope(ctx context.Context, a Actor, op Op) (Scope, error) {
	return s.scope(ctx, s.cfg.Store, a, op)
}

func (s *Service) scope(ctx context.Context, r Reader, a Actor, op Op) (Scope, error) {
	g, err := s.grant(ctx, r, a, op)
	if err != nil {
		return Scope{}, err
	}
	return newScope(a, g), nil
}

// Require succeeds if the actor has the permission for at least something; for what belongs to no ticket.
func (s *Service) Require(ctx context.Context, a Actor, op Op) error {
	_, err := s.grant(ctx, s.cfg.Store, a, op)
	return err
}

// change is one running change of one ticket.
type change struct {
	s      *Service
	tx     Tx
	actor  Actor
	now    time.Time
	t      *Ticket
	was    Version  // version in the database; 0 when the ticket is new
	from   Category // before the change; "" when the ticket is new
	spoke  bool     // somebody wrote who is no program
	anew   bool     // all timers of Upkeep begin anew
	events []*Event
	sealed int // how many of events have their place in the chain
	jobs   bool
	quiet  bool // nothing that a reader of the ticket has to look at again: version and time of change stay
	vetoed bool
}

// data is the skeleton of an event, or its private part.
type data map[string]any

// event notes what happened; it is sealed and written when the change is complete.
func (c *change) event(typ EventType, facts, private data) {
	e := &Event{ID: EventID(NewID(c.now)), TicketID: c.t.ID, Type: typ, At: c.now, Actor: eventActor(c.actor)}
	e.Data = encode(facts)
	if e.Data == nil {
		e.Data = json.RawMessage("{}")
	}
	e.Private = encode(private)
	c.events = append(c.events, e)
}

func eventActor(a Actor) EventActor {
	out := EventActor{Type: a.Kind, Name: a.Name}
	switch a.Kind {
	case ActorAccount:
		out.ID = string(a.Account)
	case ActorContact:
		out.ID = string(a.Contact)
	}
	return out
}

// encode gives JSON with sorted keys, or nil for an empty map. The values are this package's own, so marshalling cannot fail.
func encode(d data) json.RawMessage {
	if len(d) == 0 {
		return nil
	}
	b, err := json.Marshal(d)
	if err != nil {
		return json.RawMessage(`{"error":"unencodable"}`)
	}
	return b
}

// finish seals the events, writes the ticket and calls the hooks.
func (c *change) finish(ctx context.Context) error {
	if err := c.save(ctx); err != nil {
		return err
	}
	return c.tell(ctx)
}

// save seals the events and writes the ticket; a change without events leaves an existing ticket alone.
func (c *change) save(ctx context.Context) error {
	if len(c.events) == 0 && c.was != 0 {
		return nil
	}
	if err := c.changeHooks(ctx); err != nil {
		return err
	}
	if err := c.keepUp(ctx); err != nil {
		return err
	}
	if err := c.notices(ctx); err != nil {
		return err
	}
	if !c.quiet {
		c.t.Version = c.was + 1
		c.t.UpdatedAt = c.now
	}
	if c.was == 0 {
		return c.tx.InsertTicket(ctx, c.t)
	}
	return c.tx.UpdateTicket(ctx, c.t, c.was)
}

// tell writes the events and calls the hooks.
func (c *change) tell(ctx context.Context) error {
	for _, e := range c.events {
		// The place in the chain is unique: who finds it taken has lost a race that the version alone does not show, because
		// quiet changes keep it.
		if err := c.tx.AppendEvent(ctx, e); KindOf(err) == Conflict {
			return &Error{Kind: Stale, Msg: "the ticket has changed since", Err: err}
		} else if err != nil {
			return err
		}
	}
	for _, e := range c.events {
		if err := c.s.hooks(ctx, c.tx, e); err != nil {
			c.vetoed = true
			return err
		}
	}
	return nil
}

// hooks tells e to every hook. A veto that is no Error of its own becomes a Conflict, so that it cannot be mistaken for a database
// that failed: intake parks the one and tries again after the other.
func (s *Service) hooks(ctx context.Context, tx Tx, e *Event) error {
	for _, h := range s.cfg.Hooks {
		if err := h(ctx, tx, e); err != nil {
			return refusal(ctx, string(e.Type), err)
		}
	}
	return nil
}

// refusal is the error that a veto becomes.
func refusal(ctx context.Context, op string, err error) error {
	if _, ok := errors.AsType[*Error](err); ok || ctx.Err() != nil {
		return err
	}
	return &Error{Kind: Conflict, Op: op, Msg: "refused by a rule of this desk", Err: err}
}

func (c *change) enqueue(ctx context.Context, j Job) error {
	c.jobs = true
	return c.tx.Enqueue(ctx, j)
}

func (c *change) timer(ctx context.Context, name string, at time.Time) error {
	c.jobs = true
	return c.tx.SetTimer(ctx, c.t.ID, name, at)
}

// load begins a change of an existing ticket in scope.
func (s *Service) load(ctx context.Context, tx Tx, scope Scope, a Actor, id ID, v Version) (*change, error) {
	t, err := tx.Ticket(ctx, scope, id)
	if err != nil {
		return nil, err
	}
	if v != 0 && t.Version != v {
		return nil, Errorf(Stale, "the ticket has changed since: it is at version %d", t.Version)
	}
	return &change{s: s, tx: tx, actor: a, now: s.now(), t: t, was: t.Version, from: t.Category}, nil
}

// again tries a transaction again on fresh rows when it was stale although its caller has named no version.
func (s *Service) again(free bool, try func() error) error {
	for attempt := 0; ; attempt++ {
		err := try()
		if !free || s.hosted || attempt == 3 || !errors.Is(err, &Error{Kind: Stale}) {
			return err
		}
	}
}

// update runs one change of one existing ticket in a transaction: permission, scope, version, fn, events. A stale write that the
// caller did not ask to be checked is tried again on the fresh ticket. A merged ticket takes no change.
func (s *Service) update(ctx context.Context, a Actor, op Op, id ID, v Version, fn func(ctx context.Context, c *change) error) (*Ticket, error) {
	return s.updateAny(ctx, a, op, id, v, func(ctx context.Context, c *change) error {
		if err := c.alive(); err != nil {
			return err
		}
		return fn(ctx, c)
	})
}

// alive refuses changes of a merged ticket.
func (c *change) alive() error {
	if c.t.Category == Merged {
		return Errorf(Conflict, "the ticket was merged; work on the one it lives on in")
	}
	return nil
}

// updateAny is update for what the program itself has to note, whatever became of the ticket.
func (s *Service) updateAny(ctx context.Context, a Actor, op Op, id ID, v Version, fn func(ctx context.Context, c *change) error) (*Ticket, error) {
	var c *change
	err := s.again(v == 0, func() error {
		return s.cfg.Store.Update(ctx, func(tx Tx) error {
			scope, err := s.scope(ctx, tx, a, op)
			if err != nil {
				return err
			}
			if c, err = s.load(ctx, tx, scope, a, id, v); err != nil {
				return err
			}
			if err := fn(ctx, c); err != nil {
				return err
			}
			return c.finish(ctx)
		})
	})
	if err != nil {
		return nil, err
	}
	s.committed(c)
	return c.t, nil
}
