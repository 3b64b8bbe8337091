package adapters

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ticketkit/ticketkit/observe"
	"github.com/ticketkit/ticketkit/ticket"
)

// Config is what a Hub is made of. Service and State are required.
type Config struct {
	Service *ticket.Service
	State   State
	// Blobs is where State keeps parked bytes; nil: they cannot be read back, and nothing parked can be retried.
	Blobs ticket.Blobs
	// Adapters run in Hub.Run. Their names must be valid and unique.
	Adapters []Adapter
	// Grace is how long Run waits for adapters to return once its context has ended; 0 means 8 seconds.
	Grace time.Duration
	// Observer hears of each item that comes in; nil is nobody.
	Observer observe.Observer
	Log      *slog.Logger     // nil is silent
	Now      func() time.Time // nil is time.Now
}

// Hub stands between the adapters of a desk and its Service: it gives each adapter its Intake, parks what can never succeed, lets
// agents look after what was parked, and keeps the adapters running. All methods may be called concurrently.
type Hub struct {
	cfg     Config
	running atomic.Bool
	taken   atomic.Uint64 // items that went in, of all channels: the proof that the desk works

	mu      sync.Mutex
	status  map[string]*Status
	strikes map[string]strike
}

// New checks the configuration and makes a Hub. It does no I/O and starts nothing.
func New(cfg Config) (*Hub, error) {
	if cfg.Service == nil {
		return nil, errors.New("adapters: Config.Service is missing")
	}
	if cfg.State == nil {
		return nil, errors.New("adapters: Config.State is missing")
	}
	if cfg.Grace < 0 {
		return nil, errors.New("adapters: Config.Grace is negative")
	}
	if cfg.Grace == 0 {
		cfg.Grace = 8 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	h := &Hub{cfg: cfg, status: map[string]*Status{}, strikes: map[string]strike{}}
	for _, a := range cfg.Adapters {
		if a == nil {
			return nil, errors.New("adapters: Config.Adapters holds a nil adapter")
		}
		name := a.Name()
		if !ValidName(name) {
			return nil, fmt.Errorf("adapters: %q is no name for an adapter: 1 to 32 of a-z, 0-9 and hyphen are allowed", name)
		}
		if h.status[name] != nil {
			return nil, fmt.Errorf("adapters: two adapters have the name %q", name)
		}
		h.status[name] = &Status{Name: name, State: Stopped, Since: cfg.Now()}
	}
	return h, nil
}

// ValidName reports whether name may be an adapter's: [a-z0-9-]{1,32}.
func ValidName(name string) bool {
	if name == "" || len(name) > 32 {
		return false
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// Adapter finds the adapter of a name.
func (h *Hub) Adapter(name string) (Adapter, bool) {
	for _, a := range h.cfg.Adapters {
		if a.Name() == name {
			return a, true
		}
	}
	return nil, false
}

// Adapters lists the adapters in the order of Config. The caller owns the slice.
func (h *Hub) Adapters() []Adapter { return append([]Adapter(nil), h.cfg.Adapters...) }

// Routes gives the handlers of the adapters that have some, by name, each bound to its intake. They are to be mounted at
// /api/intake/{name}, with that prefix stripped.
func (h *Hub) Routes() map[string]http.Handler {
	out := map[string]http.Handler{}
	for _, a := range h.cfg.Adapters {
		if r, ok := a.(Routes); ok {
			out[a.Name()] = r.Routes(h.Intake(a.Name()))
		}
	}
	return out
}
