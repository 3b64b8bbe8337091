package mailout

import (
	"cmp"
	"context"
	"errors"
	"os"
	"strings"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/mailauth"
)

// Check signs in to the SMTP server, without sending anything, or looks for the outbox.
func (s *Sender) Check(ctx context.Context) []adapters.Finding {
	out := []adapters.Finding{s.checkWay(ctx)}
	if local, _, _ := strings.Cut(s.inbox.Address, "@"); len(local)+1+tokenSize > maxLocal {
		out = append(out, s.found("warning", "reply address", "long", i18n.Args{"address": s.inbox.Address, "most": maxLocal - 1 - tokenSize}))
	}
	return out
}

func (s *Sender) found(level, check, key string, args i18n.Args) adapters.Finding {
	return adapters.Find(s.texts, level, check, "mailout.check."+key, args)
}

func (s *Sender) checkWay(ctx context.Context) adapters.Finding {
	if s.cfg.SMTPAddr == "" {
		return s.checkOutbox()
	}
	args := i18n.Args{"server": s.cfg.SMTPAddr, "user": s.cfg.Username, "address": s.from.Address}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	c, err := s.connect(ctx)
	if err != nil {
		args["error"] = reason(ctx, err)
		if e, ok := errors.AsType[*mailauth.ScopeError](err); ok {
			args["missing"] = e.Missing
		}
		return s.found("error", "smtp", s.complaint(err), args)
	}
	defer c.stop()
	level, key := "ok", "good"
	switch _, encrypted := c.TLSConnectionState(); {
	case s.cfg.Username != "":
		key = "good.user"
	case !encrypted && !loopback(s.host):
		level, key = "warning", "clear"
	}
	if err := c.Mail(s.from.Address, nil); err != nil { // ends without a message
		level, key = "error", "sender"
		args["error"], args["user"] = reason(ctx, err), cmp.Or(s.cfg.Username, s.cfg.Helo)
	}
	_ = c.Quit()
	return s.found(level, "smtp", key, args)
}

// complaint is the text for what keeps the desk from its server.
func (s *Sender) complaint(err error) string {
	switch f := faultOf(err); {
	case f == faultScope, f == faultGrant, f == faultCert:
		return string(f)
	case f == faultPassword && s.cfg.Tokens != nil:
		return "token"
	case f == faultPassword:
		return "password"
	case errors.Is(err, errClear), strings.Contains(err.Error(), "STARTTLS"):
		return string(faultClear)
	}
	return "unreachable"
}

func (s *Sender) checkOutbox() adapters.Finding {
	level, key := "warning", "outbox"
	if info, err := os.Stat(s.cfg.OutboxDir); err == nil && !info.IsDir() || err != nil && !errors.Is(err, os.ErrNotExist) {
		level, key = "error", "outbox.file"
	}
	return s.found(level, "outbox", key, i18n.Args{"folder": s.cfg.OutboxDir})
}
