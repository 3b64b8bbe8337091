package smtpd

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/ticketkit/ticketkit/adapters"
)

// Check connects to the server and reads its greeting.
func (r *receiver) Check(ctx context.Context) []adapters.Finding {
	network, addr := "tcp", r.cfg.Addr
	if l := r.cfg.Listener; l != nil {
		network, addr = l.Addr().Network(), l.Addr().String()
	}
	f := adapters.Finding{Level: "ok", Check: "smtpd", Text: fmt.Sprintf("mail is taken in on %s", addr)}
	greeting, err := greet(ctx, network, addr)
	switch {
	case err != nil:
		f.Level, f.Text = "error", fmt.Sprintf("nothing answers on %s: %v", addr, err)
		f.Fix = "start the desk, or look into its log when it runs"
	case strings.HasPrefix(greeting, "421"):
		f.Level, f.Text = "warning", fmt.Sprintf("all %d connections on %s are in use", r.cfg.MaxConns, addr)
		f.Fix = "find out who connects that often, or allow more connections"
	case !strings.HasPrefix(greeting, "220 "+r.cfg.Domain+" "):
		f.Level, f.Text = "error", fmt.Sprintf("another program answers on %s: %.100q", addr, greeting)
		f.Fix = "end it, or choose another address for incoming mail"
	}
	return []adapters.Finding{f}
}

func greet(ctx context.Context, network, addr string) (string, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	line, err := bufio.NewReaderSize(c, 1024).ReadSlice('\n')
	if err != nil {
		return "", err
	}
	_, _ = c.Write([]byte("QUIT\r\n"))
	return strings.TrimSpace(string(line)), nil
}
