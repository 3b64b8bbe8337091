package smtpd

import (
	"bufio"
	"context"
	"embed"
	"fmt"
	"net"
	"strings"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
)

//go:embed de.json en.json
var texts embed.FS

// Check connects to the server and reads its greeting.
func (r *receiver) Check(ctx context.Context) []adapters.Finding {
	network, addr := "tcp", r.cfg.Addr
	if l := r.cfg.Listener; l != nil {
		network, addr = l.Addr().Network(), l.Addr().String()
	}
	level, key := "ok", "good"
	greeting, err := greet(ctx, network, addr)
	switch {
	case err != nil:
		level, key = "error", "silent"
	case strings.HasPrefix(greeting, "421"):
		level, key = "warning", "full"
	case !strings.HasPrefix(greeting, "220 "+r.cfg.Domain+" "):
		level, key = "error", "stranger"
	}
	return []adapters.Finding{adapters.Find(r.texts, level, Name, "smtpd."+key,
		i18n.Args{"addr": addr, "error": err, "n": r.cfg.MaxConns, "greeting": fmt.Sprintf("%.100q", greeting)})}
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
