package server

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/smtpd"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

// web looks at how browsers reach the desk, as far as that can be known from here.
func (x *examination) web() {
	c := x.c
	host, _, _ := net.SplitHostPort(c.ListenAddr)
	ip := net.ParseIP(host)
	local := host == "localhost" || ip != nil && ip.IsLoopback()
	x.running()
	if !local && len(c.TrustedProxies) == 0 {
		x.add(warning, "tls", "tls.none", i18n.Args{"addr": c.ListenAddr})
	}
	if slices.ContainsFunc(c.TrustedProxies, anybody) {
		x.add(wrong, "proxy", "proxy.anybody")
	}
	if len(c.AllowedHosts) == 0 {
		if !local {
			x.add(warning, "hosts", "hosts.any")
		}
		return
	}
	for _, name := range c.AllowedHosts {
		if name != "localhost" && net.ParseIP(name) == nil && strings.Contains(name, ".") {
			x.public(name)
			return
		}
	}
}

// running asks whether the desk, or somebody else, is at LISTEN_ADDR.
func (x *examination) running() {
	addr := askedAt(x.c.ListenAddr)
	_, port, _ := net.SplitHostPort(addr)
	name, err := x.health(&http.Client{Timeout: 5 * time.Second}, "http://"+addr, x.asked())
	where := i18n.Args{"addr": addr}
	switch {
	case port == "0" || errors.Is(err, syscall.ECONNREFUSED):
		x.add(fine, "web", "web.off", where)
	case err != nil || name != x.c.ProjectName:
		x.stranger = true
		x.add(wrong, "web", "web.stranger", where)
	default:
		x.up = true
		x.add(fine, "web", "web.on", where)
	}
}

// asked is the host by which the desk is asked for on this machine: where there are several, one of its own.
func (x *examination) asked() string {
	if x.deskName() == "" {
		return "localhost"
	}
	host := x.c.AllowedHosts[0]
	if strings.HasPrefix(host, "*.") {
		host = "doctor" + host[1:]
	}
	return strings.TrimPrefix(host, ".")
}

// health asks for the name of the desk that answers at an address.
func (x *examination) health(client *http.Client, base, host string) (name string, err error) {
	ctx, cancel := context.WithTimeout(x.p.ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/health", nil)
	if err != nil {
		return "", err
	}
	r.Host = host
	res, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err != nil {
		return "", err
	}
	var got struct{ Status, Service string }
	if err := json.Unmarshal(b, &got); err != nil || got.Status == "" {
		return "", errors.New(res.Status)
	}
	return got.Service, nil
}

// public looks at the desk from outside, by the name that browsers know: that is where certificate and proxy are.
func (x *examination) public(host string) {
	transport := &http.Transport{TLSClientConfig: x.p.tls, DisableKeepAlives: true, DialContext: x.p.dial}
	var state *tls.ConnectionState
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	client.Transport = stateOf{transport, &state}
	name, err := x.health(client, "https://"+host, host)
	args := i18n.Args{"host": host, "error": err}
	_, cert := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case cert:
		x.add(wrong, "tls", "tls.certificate", args)
	case err != nil && x.up:
		x.add(warning, "tls", "tls.unreachable", args)
	case err != nil:
		x.add(fine, "tls", "tls.later", args)
	case name != x.c.ProjectName:
		x.add(warning, "tls", "tls.stranger", args)
	default:
		until := state.PeerCertificates[0].NotAfter
		level, key := fine, "tls.good"
		if time.Until(until) < 14*24*time.Hour {
			level, key = warning, "tls.expires"
		}
		x.add(level, "tls", key, i18n.Args{"host": host, "until": until.Format(time.DateOnly)})
	}
}

// stateOf remembers how a response was encrypted.
type stateOf struct {
	*http.Transport
	state **tls.ConnectionState
}

// RoundTrip implements http.RoundTripper.
func (s stateOf) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := s.Transport.RoundTrip(r)
	if err == nil {
		*s.state = res.TLS
	}
	return res, err
}

// listener is the adapter of SMTPD_ADDR, to be asked while the desk runs.
func (x *examination) listener(log *slog.Logger) adapters.Adapter {
	if x.c.SMTPDAddr == "" || !x.up {
		return nil
	}
	in, err := smtpd.New(smtpd.Config{Addr: x.c.SMTPDAddr, Inbox: x.c.MailUser, Recipients: map[string]ticket.QueueID{x.c.MailUser: ""}, Log: log})
	if err != nil {
		x.add(wrong, "configuration", "configuration.wrong", i18n.Args{"error": err})
		return nil
	}
	return in
}
