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
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

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

// shutdownGrace bounds everything that happens between the signal and the exit.
const shutdownGrace = 9 * time.Second

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
	form, err := webform.New(webform.Config{Title: c.ProjectName, Locale: c.Locale, Logo: c.LogoURL, Colour: c.BrandColor,
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
		Name: c.ProjectName, Locale: c.Locale, Zone: c.Zone, Upkeep: c.Upkeep, SLA: c.SLA, MaxOpenPerRequester: c.MaxOpenPerRequester, Logo: c.LogoURL, Colour: c.BrandColor,
		AllowedHosts: c.AllowedHosts, CORSOrigins: c.CORSOrigins, TrustedProxies: c.TrustedProxies,
		RateLimit: httpapi.RateLimit{PerSecond: c.RatePerSecond, Burst: c.RateBurst}, Log: log,
	}, nil
}

func loopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}

func (s serveCmd) Run(p *program) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	log := p.logger(c)
	p.env.warn(log)
	log.Info("starting", "name", c.ProjectName, "time_zone", c.Zone.String(), "data", c.DataDir, "database", c.Database.Name)
	web, err := listen(p.ctx, "LISTEN_ADDR", c.ListenAddr)
	if err != nil {
		return err
	}
	defer func() { _ = web.Close() }()
	var smtp net.Listener
	if c.SMTPDAddr != "" {
		if smtp, err = listen(p.ctx, "SMTPD_ADDR", c.SMTPDAddr); err != nil {
			return err
		}
		defer func() { _ = smtp.Close() }()
	}
	st, blobs, err := p.openStore(c, databasePatience, log)
	if err != nil {
		return err
	}
	defer func() {
		if err := st.Close(); err != nil {
			log.Error("closing the database", "err", err)
		}
	}()
	if held, err := ticketkit.OutgoingHeld(p.ctx, st); err == nil && !held.IsZero() {
		log.Warn("nothing leaves this desk: it was restored from a backup; `restore --release` lets it send", "since", held)
	}
	cfg, err := deskConfig(c, st, blobs, smtp, log)
	if err != nil {
		return err
	}
	desk, err := ticketkit.New(cfg)
	if err != nil {
		return err
	}
	password, created, err := desk.Accounts().Bootstrap(p.ctx, c.AdminUsername, c.AdminPassword)
	if err != nil {
		return p.env.bad("ADMIN_PASSWORD", "%v", err)
	}
	a := Addresses{HTTP: web.Addr().String(), Password: password}
	if smtp != nil {
		a.SMTP = smtp.Addr().String()
	}
	p.greet(c, a, created) // before anything slow: the password is in no other place
	if !created && c.AdminPassword != "" {
		log.Info("there are accounts already; ADMIN_PASSWORD is only for the first one and was not used")
	}
	if s.Demo && created {
		made, err := fillDemo(p.ctx, cfg, time.Now())
		if err != nil {
			return fmt.Errorf("demonstration tickets: %w", err)
		}
		log.Info("filled with demonstration tickets", "tickets", made, "remove_with", p.preset.Name+" demo clear")
	}
	if p.started != nil {
		p.started(a)
	}
	return p.work(c, desk, web, log)
}

// work serves until the context ends. First intake and worker stop, then the HTTP server drains.
func (p *program) work(c *Config, desk *ticketkit.Desk, web net.Listener, log *slog.Logger) error {
	handler, err := p.handler(c, desk)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 5 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	g, ctx := errgroup.WithContext(p.ctx)
	g.Go(func() error { return desk.Run(ctx) })
	g.Go(func() error {
		if err := srv.Serve(web); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		log.Info("stopping")
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
		defer cancel()
		if err := srv.Shutdown(drain); err != nil {
			return errors.Join(fmt.Errorf("some requests were cut off: %w", err), srv.Close())
		}
		return nil
	})
	return g.Wait()
}

func (p *program) handler(c *Config, desk *ticketkit.Desk) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.Handle("/", desk.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	if c.StaticDir != "" {
		root, err := os.OpenRoot(c.StaticDir) // a link in it leads nowhere outside
		if err != nil {
			return nil, p.env.bad("STATIC_DIR", "%v", err)
		}
		files := http.StripPrefix("/static/", http.FileServerFS(root.FS()))
		mux.HandleFunc("GET /static/", func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/") { // logos are fetched by name; nobody needs a list
				http.NotFound(w, r)
				return
			}
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
			files.ServeHTTP(w, r)
		})
	}
	return mux, nil
}

// listen opens a socket; a port that is taken is explained.
func listen(ctx context.Context, key, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s: another program listens on %s already (perhaps this one, started twice); stop it or set %s to another port", key, addr, key)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen on %s: %w", key, addr, err)
	}
	return l, nil
}

// greet tells whoever started the program what to do next. The password is shown this once.
func (p *program) greet(c *Config, a Addresses, created bool) {
	w := func(format string, args ...any) { _, _ = fmt.Fprintf(p.out, format+"\n", args...) }
	host, port, _ := net.SplitHostPort(a.HTTP)
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	url := "http://" + net.JoinHostPort(host, port)
	w("")
	w("  %s is at %s", c.ProjectName, url)
	if a.Password != "" {
		w("")
		w("  Sign in as     %s", c.AdminUsername)
		w("  with password  %s", a.Password)
		w("  It is shown only now and must be changed at the first sign-in.")
	} else if created {
		w("  Sign in as %s with the ADMIN_PASSWORD.", c.AdminUsername)
	} else {
		w("  Password forgotten? `%s user passwd %s` makes a new one.", p.preset.Name, c.AdminUsername)
	}
	w("")
	w("  Contact form: %s/contact", url)
	if a.SMTP != "" {
		w("  Mail becomes a ticket at %s, from any mail program or like this:", a.SMTP)
		w("")
		w(`    printf 'From: Kim <kim@customer.example>\nTo: %s\nSubject: Hello\n\nIt works.\n' |`, c.MailUser)
		w("      curl smtp://%s --mail-from kim@customer.example --mail-rcpt %s --upload-file -", a.SMTP, c.MailUser)
		w("")
	}
	if c.SMTPAddr != "" {
		w("  Replies leave through %s.", c.SMTPAddr)
	} else {
		w("  Replies are kept as files in %s until SMTP_ADDR names a mail server.", filepath.Join(c.DataDir, "outbox"))
	}
	w("")
}
