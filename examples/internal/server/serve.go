package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/mail"
	"net/netip"
	"path/filepath"
	"syscall"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/mailout"
	"github.com/ticketkit/ticketkit/adapters/smtpd"
	"github.com/ticketkit/ticketkit/adapters/webform"
	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

type serveCmd struct {
	Demo bool `help:"${demo_help}" default:"${demo}" negatable:""`
}

// deskConfig turns a configuration into what the library needs, channels included.
func deskConfig(c *Config, st *store.Store, blobs *store.FileBlobs, smtp net.Listener, log *slog.Logger) (ticketkit.Config, error) {
	id := deskID(c.Secret)
	tokens, err := c.tokens(st, log)
	if err != nil {
		return ticketkit.Config{}, err
	}
	out, err := mailout.New(mailout.Config{
		From: mail.Address{Name: c.ProjectName, Address: c.MailUser}, SMTPAddr: c.SMTPAddr, Username: c.SMTPUser, Password: c.SMTPPassword, Tokens: c.sendTokens(tokens),
		OutboxDir: filepath.Join(c.DataDir, "outbox"), DeskID: id, Name: c.ProjectName, Accent: c.BrandColor, Log: log,
		Logo: mailLogo(c, log), Locale: c.Locale, Zone: c.Zone, Link: ticketLink(c), Quote: c.Mail.Quote, FromAgent: c.Mail.FromAgent,
	})
	if err != nil {
		return ticketkit.Config{}, err
	}
	form, err := webform.New(webform.Config{Title: c.ProjectName, Locale: c.Locale, Logo: c.LogoURL, Colour: c.BrandColor, Look: contactLook(st),
		ClientAddr: func(r *http.Request) netip.Addr { return httpapi.ClientAddress(r, c.TrustedProxies) }, Log: log})
	if err != nil {
		return ticketkit.Config{}, err
	}
	list := []adapters.Adapter{form.Answering(out)}
	if smtp != nil {
		in, err := smtpd.New(smtpd.Config{Listener: smtp, Addr: c.SMTPDAddr, Inbox: c.MailUser, Recipients: map[string]ticket.QueueID{c.MailUser: ""},
			AcceptAny: loopback(smtp.Addr()), Out: out, DeskID: id, AuthServers: c.Mail.AuthServers, Locale: c.Locale, Zone: c.Zone, Log: log})
		if err != nil {
			return ticketkit.Config{}, err
		}
		list = append(list, in)
	}
	var panels *adapters.Panels
	if c.Discord.Token != "" {
		bot, book, err := c.bot(st, log)
		if err != nil {
			return ticketkit.Config{}, err
		}
		panels, list = book, append(list, bot)
	}
	boxes, in, err := c.mailboxes(st, tokens, out, log)
	if err != nil {
		return ticketkit.Config{}, err
	}
	list = append(list, in)
	daily, err := c.daily(st, blobs, log)
	if err != nil {
		return ticketkit.Config{}, err
	}
	return ticketkit.Config{
		Daily: daily,
		Store: st, Blobs: blobs, Secret: c.Secret, PreviousSecret: c.PreviousSecret, Adapters: list, Mailboxes: boxes, Panels: panels, Mail: out,
		Name: c.ProjectName, Locale: c.Locale, Zone: c.Zone, Upkeep: c.Upkeep, SLA: c.SLA, MaxOpenPerRequester: c.MaxOpenPerRequester, MaxOpenByChannel: c.MaxOpenByChannel, Logo: c.LogoURL, Colour: c.BrandColor,
		AllowedHosts: c.AllowedHosts, CORSOrigins: c.CORSOrigins, TrustedProxies: c.TrustedProxies,
		RateLimit: httpapi.RateLimit{PerSecond: c.RatePerSecond, Burst: c.RateBurst}, Log: log,
	}, nil
}

func loopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}

func (s serveCmd) Run(p *program) (err error) {
	if p.passed, err = passedSockets(p.environ); err != nil {
		return err
	}
	h, err := p.house(s.Demo)
	if err != nil {
		return err
	}
	addrs := []string{h.desks[0].c.ListenAddr, h.desks[0].c.MetricsAddr}
	for _, d := range h.desks {
		addrs = append(addrs, d.c.SMTPDAddr)
	}
	if err := p.checkPassed(addrs...); err != nil {
		return err
	}
	web, err := p.listen(p.ctx, "LISTEN_ADDR", h.desks[0].c.ListenAddr)
	if err != nil {
		return err
	}
	w, err := p.watching(h.desks[0].c, h.log)
	if err != nil {
		return errors.Join(err, web.Close())
	}
	return h.serve(p.ctx, web, w)
}

// listen opens a socket; a port that is taken is explained.
func listen(ctx context.Context, key, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s: another program listens on %s already (perhaps this one, started twice); stop it or set %s to another port", key, addr, key)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen on %s: %w; take an address of this machine and a port above 1023, and leave 80 and 443 to a proxy", key, addr, err)
	}
	return l, nil
}
