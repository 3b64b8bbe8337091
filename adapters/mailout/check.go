package mailout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/ticketkit/ticketkit/adapters"
)

// Check signs in to the SMTP server, without sending anything, or looks for the outbox.
func (s *Sender) Check(ctx context.Context) []adapters.Finding {
	out := []adapters.Finding{s.checkWay(ctx)}
	if local, _, _ := strings.Cut(s.inbox.Address, "@"); len(local)+1+tokenSize > maxLocal {
		out = append(out, adapters.Finding{Level: "warning", Check: "reply address",
			Text: fmt.Sprintf("%s is too long to carry a reply token: answers are found by their references only", s.inbox.Address),
			Fix:  fmt.Sprintf("use an inbox whose name before the @ has at most %d characters", maxLocal-1-tokenSize)})
	}
	return out
}

func (s *Sender) checkWay(ctx context.Context) adapters.Finding {
	if s.cfg.SMTPAddr == "" {
		return s.checkOutbox()
	}
	f := adapters.Finding{Level: "ok", Check: "smtp", Text: fmt.Sprintf("%s answers", s.cfg.SMTPAddr)}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	c, err := s.connect(ctx)
	if err != nil {
		f.Level, f.Text = "error", fmt.Sprintf("%s cannot be used: %v", s.cfg.SMTPAddr, reason(ctx, err))
		f.Fix = "check the address, the network and the firewall"
		switch faultOf(err) {
		case faultScope:
			f.Fix = "grant SMTP.Send to the application, then sign in anew with `oauth login`; until then replies wait"
		case faultGrant:
			f.Fix = "sign in anew with `oauth login`, and check OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET; until then replies wait"
		case faultPassword:
			f.Fix = "check the user name and the password"
			if s.cfg.Tokens != nil {
				f.Fix = "check that the mailbox allows authenticated SMTP (SMTP AUTH) and that the one who signed in may send for it"
			}
		case faultCert:
			f.Fix = "use the name that the server's certificate is made for, or trust its authority"
		}
		if errors.Is(err, errClear) || strings.Contains(err.Error(), "STARTTLS") {
			f.Fix = "use a server with STARTTLS or port 465"
		}
		return f
	}
	defer c.stop()
	switch _, encrypted := c.TLSConnectionState(); {
	case s.cfg.Username != "":
		f.Text = fmt.Sprintf("%s answers, and %s may sign in", s.cfg.SMTPAddr, s.cfg.Username)
	case !encrypted && !loopback(s.host):
		f.Level, f.Text = "warning", fmt.Sprintf("%s answers, but offers no encryption: others can read the mail on its way", s.cfg.SMTPAddr)
		f.Fix = "use a server with STARTTLS or port 465"
	}
	if f.Level != "error" {
		if err := c.Mail(s.from.Address, nil); err != nil { // ends without a message
			f.Level, f.Text = "error", fmt.Sprintf("%s does not let %s send as %s: %v", s.cfg.SMTPAddr, cmp.Or(s.cfg.Username, "anybody"), s.from.Address, reason(ctx, err))
			f.Fix = "let the mailbox that signs in send as that address (Send As), or send from its own"
		}
	}
	_ = c.Quit()
	return f
}

func (s *Sender) checkOutbox() adapters.Finding {
	f := adapters.Finding{Level: "warning", Check: "outbox", Text: fmt.Sprintf("mail is written to files in %s and reaches nobody", s.cfg.OutboxDir),
		Fix: "set the address of an SMTP server when answers shall be mailed"}
	if info, err := os.Stat(s.cfg.OutboxDir); err == nil && !info.IsDir() || err != nil && !errors.Is(err, os.ErrNotExist) {
		f.Level, f.Text = "error", fmt.Sprintf("%s is no folder that mail can be written into", s.cfg.OutboxDir)
		f.Fix = "choose another folder for the outbox"
	}
	return f
}
