package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// healthWithin bounds the question to the running program, which looks at its databases for readyWithin.
const healthWithin = 5 * time.Second

type healthCmd struct{}

// Run asks the program that runs here, as its container does: an image without a shell has nothing else to ask with.
func (healthCmd) Run(p *program) error {
	addr := askedAt(p.env.get("LISTEN_ADDR", defaultListenAddr))
	state, err := readyAt(p.ctx, addr)
	if err != nil {
		return fmt.Errorf("nothing answers at %s as the desk does: %w", addr, err)
	}
	if state != isReady {
		return fmt.Errorf("not ready: %s", state)
	}
	_, err = fmt.Fprintln(p.out, state)
	return err
}

// askedAt is where a program is asked on its own machine that listens on an address.
func askedAt(listen string) string {
	host, port, _ := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// readyAt gives what GET /readyz says.
func readyAt(ctx context.Context, addr string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", nil)
	if err != nil {
		return "", err
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r) // no proxy of the environment: it is this machine
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err != nil {
		return "", err
	}
	var got readyJSON
	if err := json.Unmarshal(b, &got); err != nil || got.Status == "" {
		return "", errors.New(res.Status)
	}
	return got.Status, nil
}
