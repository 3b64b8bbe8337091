package server

import (
	"context"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// notifier tells a service manager how the process fares: sd_notify(3). Without one it says nothing.
type notifier struct {
	socket string        // NOTIFY_SOCKET; "" is nobody
	every  time.Duration // between signs of life; 0 is none
}

// newNotifier reads what a service manager has put into the environment.
func newNotifier(environ []string) *notifier {
	env := managed(environ)
	n := &notifier{socket: env["NOTIFY_SOCKET"]}
	if pid := env["WATCHDOG_PID"]; pid != "" && pid != strconv.Itoa(os.Getpid()) { // meant for another process
		return n
	}
	if us, err := strconv.ParseInt(env["WATCHDOG_USEC"], 10, 64); err == nil && us > 0 && us < int64(time.Hour/time.Microsecond) {
		n.every = time.Duration(us) * time.Microsecond / 2 // as sd_watchdog_enabled(3) recommends
	}
	return n
}

// managed reads an environment, for what a service manager has put there.
func managed(environ []string) map[string]string {
	env := map[string]string{}
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok {
			env[k] = v
		}
	}
	return env
}

// say sends one state. Nobody waits for a manager that does not listen.
func (n *notifier) say(state string) {
	if n.socket == "" {
		return
	}
	name := n.socket
	if name[0] == '@' { // an abstract socket
		name = "\x00" + name[1:]
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return
	}
	defer func() { _ = c.Close() }()
	_ = c.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = c.Write([]byte(state))
}

// ready says that the process serves, and from then on until ctx ends gives signs of life while url answers. The database is no part of that: a
// restart brings none back.
func (n *notifier) ready(ctx context.Context, url string) {
	n.say("READY=1")
	if n.socket == "" || n.every == 0 {
		return
	}
	client := &http.Client{Timeout: n.every, Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		t := time.NewTicker(n.every)
		defer t.Stop()
		for {
			if answers(ctx, client, url) {
				n.say("WATCHDOG=1")
			}
			select {
			case <-ctx.Done():
				return
			case <-t.C:
			}
		}
	}()
}

func answers(ctx context.Context, client *http.Client, url string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	res, err := client.Do(r)
	if err != nil {
		return false
	}
	return res.Body.Close() == nil && res.StatusCode == http.StatusOK
}

func (n *notifier) stopping() { n.say("STOPPING=1") }
