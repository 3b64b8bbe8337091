// Package outbound makes HTTP requests to addresses that people have typed in: webhooks, files that a message links to. Such an address
// may name anything that this machine can reach, so each connection is checked when it is dialled, after the name was looked up: a
// name that answers differently the second time gains nothing, and redirects are dialled by the same rules.
package outbound

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Config is what a Client is made of. Every field has a useful zero value.
type Config struct {
	// Timeout bounds a request with its answer; 0 is ten seconds.
	Timeout time.Duration
	// Allow are ranges that may be dialled although they are not public, such as the network of a company's own services. Empty is none.
	Allow []netip.Prefix
	// TLS is for hosts with a certificate authority of their own; nil is Go's default.
	TLS *tls.Config
	// Now dates signatures; nil is time.Now.
	Now func() time.Time
}

// Client sends. It may be used concurrently.
type Client struct {
	cfg  Config
	http *http.Client
}

// ErrBlocked is what a connection to an address that is not public gives; errors.Is finds it. No repetition mends it.
var ErrBlocked = errors.New("the address is not public")

// maxAnswer is how much is read of an answer that nobody looks at, so that the connection can be used again.
const maxAnswer = 64 << 10

// New makes a Client. It does no I/O.
func New(cfg Config) *Client {
	cfg.Timeout = cmp.Or(cfg.Timeout, 10*time.Second)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &Client{cfg: cfg}
	dialer := &net.Dialer{Timeout: cfg.Timeout, KeepAlive: 30 * time.Second, Control: c.control}
	c.http = &http.Client{
		Timeout: cfg.Timeout,
		// Nothing is followed: an answer of 3xx is the answer. Who is asked to go elsewhere would carry the signature there.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil, // a proxy would be dialled instead of the address that is to be checked
			DialContext:            dialer.DialContext,
			TLSClientConfig:        cfg.TLS,
			TLSHandshakeTimeout:    cfg.Timeout,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           20,
			IdleConnTimeout:        30 * time.Second,
			ResponseHeaderTimeout:  cfg.Timeout,
			MaxResponseHeaderBytes: 64 << 10,
		},
	}
	return c
}

// control sees the address that is about to be dialled, as it was looked up.
func (c *Client) control(network, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("outbound: %s %s: %w", network, address, ErrBlocked)
	}
	ip := at.Addr().Unmap()
	if Public(ip) || slices.ContainsFunc(c.cfg.Allow, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return nil
	}
	return fmt.Errorf("outbound: %s: %w", ip, ErrBlocked)
}

// notPublic are the ranges of the registries for special purposes (RFC 6890 and what the IANA added since) that a desk has no business
// in, and those that carry an IPv4 address inside: what they lead to would escape the check.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("10.0.0.0/8"),      // private
	netip.MustParsePrefix("100.64.0.0/10"),   // shared, of carriers
	netip.MustParsePrefix("127.0.0.0/8"),     // loopback
	netip.MustParsePrefix("169.254.0.0/16"),  // link-local, with the metadata services of clouds
	netip.MustParsePrefix("172.16.0.0/12"),   // private
	netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("192.88.99.0/24"),  // 6to4 relays
	netip.MustParsePrefix("192.168.0.0/16"),  // private
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("224.0.0.0/3"),     // multicast, reserved, broadcast
	netip.MustParsePrefix("::/8"),            // unspecified, loopback, IPv4 inside IPv6
	netip.MustParsePrefix("64:ff9b::/96"),    // NAT64: IPv4 inside
	netip.MustParsePrefix("64:ff9b:1::/48"),  // NAT64, local
	netip.MustParsePrefix("100::/64"),        // discard
	netip.MustParsePrefix("2001::/23"),       // protocol assignments, with Teredo: IPv4 inside
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // 6to4: IPv4 inside
	netip.MustParsePrefix("3fff::/20"),       // documentation
	netip.MustParsePrefix("5f00::/16"),       // segment routing
	netip.MustParsePrefix("fc00::/7"),        // unique local
	netip.MustParsePrefix("fe80::/10"),       // link-local
	netip.MustParsePrefix("fec0::/10"),       // site-local
	netip.MustParsePrefix("ff00::/8"),        // multicast
}

// Public reports whether an address belongs to the public internet.
func Public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return ip.IsValid() && !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// CheckURL refuses what Post would never send to, so that a form can say so: anything but https, without credentials, with a host, at
// most 2,000 bytes. A literal address that is not public is refused at once; a name only when it is dialled.
func (c *Client) CheckURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || len(raw) > 2000:
		return errors.New("is not an address such as https://hooks.example/desk")
	case u.Scheme != "https":
		return errors.New("must begin with https://")
	case u.User != nil:
		return errors.New("must not hold a name or a password")
	case u.Fragment != "":
		return errors.New("must not hold a fragment")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !Public(ip) &&
		!slices.ContainsFunc(c.cfg.Allow, func(p netip.Prefix) bool { return p.Contains(ip.Unmap().WithZone("")) }) {
		return ErrBlocked
	}
	return nil
}

// Delivery is one message to a webhook.
type Delivery struct {
	URL string
	ID  string // the same for each attempt, so that the receiver can drop a repeat
	// Secret signs; see Sign. It must not be empty.
	Secret []byte
	Body   []byte // JSON
}

// StatusError is an answer other than 2xx.
type StatusError struct {
	Code       int
	RetryAfter time.Duration // what the answer asked for; 0 when it did not
}

func (e *StatusError) Error() string { return "the webhook answered " + strconv.Itoa(e.Code) }

// Permanent reports whether the same request will never be taken: the receiver has understood and refused it.
func (e *StatusError) Permanent() bool {
	return e.Code >= 300 && e.Code < 500 && e.Code != http.StatusRequestTimeout && e.Code != http.StatusTooEarly && e.Code != http.StatusTooManyRequests
}

// Post sends d once. Errors are a *StatusError, one that is ErrBlocked, or those of the network; none holds the body or the secret.
func (c *Client) Post(ctx context.Context, d Delivery) error {
	if err := c.CheckURL(d.URL); err != nil {
		return fmt.Errorf("outbound: %w", err)
	}
	if len(d.Secret) == 0 || d.ID == "" {
		return errors.New("outbound: a delivery needs an id and a secret")
	}
	r, err := newRequest(ctx, d, c.cfg.Now())
	if err != nil {
		return fmt.Errorf("outbound: %w", err)
	}
	res, err := c.http.Do(r) //nolint:gosec // the address is what this package checks
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address, whose query may hold a key
		}
		return fmt.Errorf("outbound: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer)
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		return nil
	}
	out := &StatusError{Code: res.StatusCode}
	if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && n > 0 {
		out.RetryAfter = min(time.Duration(n), 24*3600) * time.Second
	}
	return out
}
