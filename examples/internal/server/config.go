// Package server is the program that the examples share: configuration from the environment, the commands, and a desk behind an HTTP
// server.
package server

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/adapters/discord"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/tracing"
)

// Preset is what distinguishes one example program from another.
type Preset struct {
	Name      string // of the program, in its help
	SMTPDAddr string // default of SMTPD_ADDR; "" = off
	// KeepSecret lets the first start generate JWT_SECRET and keep it in DATA_DIR.
	KeepSecret bool
	Demo       bool   // default of --demo
	DemoHelp   string // of --demo; "" says that an empty desk is filled

	// How long the end may take, in the place of the constants of these names; 0 is as they say. For tests, whose machine may be slow.
	shutdownGrace, workGrace time.Duration
}

// Config is the configuration of one desk, checked.
type Config struct {
	ListenAddr string
	Database   Database
	DataDir    string
	StaticDir  string

	Secret, PreviousSecret       []byte
	SecretKey                    string // the variable that gave Secret; "" when DATA_DIR keeps it
	AdminUsername, AdminPassword string

	ProjectName, LogoURL, BrandColor string
	Locale                           string
	Zone                             *time.Location

	AllowedHosts, CORSOrigins []string
	TrustedProxies            []netip.Prefix
	MaxOpenPerRequester       int // 0 = no bound
	MaxOpenByChannel          map[string]int
	RatePerSecond             float64 // negative = off
	RateBurst                 int

	Upkeep ticket.Upkeep
	SLA    sla.Settings

	SMTPDAddr                        string
	MailUser                         string
	SMTPAddr, SMTPUser, SMTPPassword string
	Mail                             MailConfig

	Backup BackupConfig

	Discord discord.Config // without a State; Token "" is off

	MetricsAddr  string // "" is off
	OTLPEndpoint string // "" is off

	LogLevel slog.Level
	LogJSON  bool

	ShutdownDelay time.Duration // how long the process still takes everything on while it says that it is not ready
}

var colour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

const defaultListenAddr = "127.0.0.1:8001"

// Load checks e against the preset and makes a Config; the data folder is created with mode 0700.
func Load(e *Env, p Preset) (*Config, error) {
	c := &Config{
		ListenAddr:    e.get("LISTEN_ADDR", defaultListenAddr),
		DataDir:       e.get("DATA_DIR", "data"),
		StaticDir:     e.get("STATIC_DIR", ""),
		AdminUsername: e.get("ADMIN_USERNAME", "admin"),
		AdminPassword: e.values["ADMIN_PASSWORD"],
		ProjectName:   e.get("PROJECT_NAME", "ticketkit"),
		LogoURL:       e.get("LOGO_URL", ""),
		BrandColor:    e.get("BRAND_COLOR", "#1d4ed8"),
		Locale:        e.get("LOCALE", "de"),
		AllowedHosts:  e.list("ALLOWED_HOSTS"),
		CORSOrigins:   e.list("CORS_ORIGINS"),
		MetricsAddr:   e.get("METRICS_ADDR", ""),
		OTLPEndpoint:  e.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
		SMTPDAddr:     e.get("SMTPD_ADDR", p.SMTPDAddr),
		SMTPAddr:      e.get("SMTP_ADDR", ""),
		SMTPUser:      e.get("SMTP_USER", ""),
		SMTPPassword:  e.values["SMTP_PASSWORD"],
		MailUser:      e.get("MAIL_USER", "support@localhost"),
	}
	if err := c.mail(e); err != nil {
		return nil, err
	}
	if strings.EqualFold(c.SMTPDAddr, "off") {
		c.SMTPDAddr = ""
	}
	for _, check := range []func(*Env) error{c.database, c.addresses, c.looks, c.logging, c.limits, c.upkeep, c.chat, c.chatMode, c.levels, c.backups, c.shutdown} {
		if err := check(e); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, e.bad("DATA_DIR", "%v; make the folder and give it to the user that runs this program (install -d -o USER -m 0700 FOLDER), or name another one", err)
	}
	return c, c.secret(e, p)
}

func (c *Config) addresses(e *Env) error {
	if strings.EqualFold(c.MetricsAddr, "off") {
		c.MetricsAddr = ""
	}
	if strings.EqualFold(c.OTLPEndpoint, "off") {
		c.OTLPEndpoint = ""
	}
	if c.OTLPEndpoint != "" {
		if err := tracing.CheckEndpoint(c.OTLPEndpoint); err != nil {
			return e.bad("OTEL_EXPORTER_OTLP_ENDPOINT", "%v", err)
		}
	}
	for key, addr := range map[string]string{"METRICS_ADDR": c.MetricsAddr, "LISTEN_ADDR": c.ListenAddr, "SMTPD_ADDR": c.SMTPDAddr, "SMTP_ADDR": c.SMTPAddr, "IMAP_ADDR": c.Mail.IMAPAddr} {
		if addr == "" {
			continue
		}
		_, port, err := net.SplitHostPort(addr)
		if n, perr := strconv.Atoi(port); err != nil || perr != nil || n < 0 || n > 65535 {
			return e.bad(key, "%q is not host:port, such as 127.0.0.1:8001", addr)
		}
	}
	if local, domain, ok := strings.Cut(c.MailUser, "@"); !ok || local == "" || domain == "" || strings.ContainsAny(c.MailUser, " \t\r\n<>") {
		return e.bad("MAIL_USER", "%q is not a mail address", c.MailUser)
	}
	if len(c.MailUser) > 0 && len(c.MailUser[:strings.LastIndexByte(c.MailUser, '@')]) > 20 {
		return e.bad("MAIL_USER", "the part before @ may have 20 characters, so that a reply token still fits behind it")
	}
	if (c.SMTPUser == "") != (c.SMTPPassword == "") && !c.Mail.oauth() {
		return e.bad("SMTP_USER", "SMTP_USER and SMTP_PASSWORD belong together")
	}
	return nil
}

func (c *Config) looks(e *Env) (err error) {
	if c.Locale != "de" && c.Locale != "en" {
		return e.bad("LOCALE", "%q is neither de nor en", c.Locale)
	}
	zone := e.get("TIME_ZONE", "Europe/Berlin")
	if c.Zone, err = time.LoadLocation(zone); err != nil || zone == "Local" {
		return e.bad("TIME_ZONE", "%q is not a time zone such as Europe/Berlin", zone)
	}
	if !colour.MatchString(c.BrandColor) {
		return e.bad("BRAND_COLOR", "%q is not a colour such as #1d4ed8", c.BrandColor)
	}
	if c.LogoURL != "" {
		u, err := url.Parse(c.LogoURL)
		if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/static/") {
			return e.bad("LOGO_URL", "%q must begin with /static/: pages load nothing from elsewhere", c.LogoURL)
		}
		if c.StaticDir == "" {
			e.warnings = append(e.warnings, e.bad("LOGO_URL", "there is no logo, for STATIC_DIR does not name the folder that /static/ shows").Error())
		}
	}
	if c.StaticDir != "" {
		if fi, err := os.Stat(c.StaticDir); err != nil || !fi.IsDir() {
			return e.bad("STATIC_DIR", "%q is not a folder", c.StaticDir)
		}
	}
	return nil
}

func (c *Config) logging(e *Env) error {
	level := e.get("LOG_LEVEL", "info")
	switch d := strings.ToLower(e.get("DEBUG", "")); d {
	case "", "0", "false", "no":
	case "1", "true", "yes":
		level = "debug"
	default:
		return e.bad("DEBUG", "%q is neither 0 nor 1", d)
	}
	if err := c.LogLevel.UnmarshalText([]byte(level)); err != nil {
		return e.bad("LOG_LEVEL", "%q is not debug, info, warn or error", level)
	}
	switch f := e.get("LOG_FORMAT", "text"); f {
	case "text":
	case "json":
		c.LogJSON = true
	default:
		return e.bad("LOG_FORMAT", "%q is neither text nor json", f)
	}
	return nil
}

// maxShutdownDelay bounds SHUTDOWN_DELAY, in seconds.
const maxShutdownDelay = 60

func (c *Config) shutdown(e *Env) error {
	v := e.get("SHUTDOWN_DELAY", "0")
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > maxShutdownDelay {
		return e.bad("SHUTDOWN_DELAY", "%q is not a number of seconds from 0 to %d", v, maxShutdownDelay)
	}
	c.ShutdownDelay = time.Duration(n) * time.Second
	return nil
}

func (c *Config) limits(e *Env) error {
	host, _, _ := net.SplitHostPort(c.ListenAddr)
	proxies := e.list("TRUSTED_PROXIES")
	if ip, err := netip.ParseAddr(host); len(proxies) == 0 && (host == "localhost" || err == nil && ip.IsLoopback()) {
		proxies = []string{"127.0.0.0/8", "::1/128"} // who reaches a loopback listener already is on this machine
	}
	for _, p := range proxies {
		pre, err := netip.ParsePrefix(p)
		if err != nil {
			ip, err := netip.ParseAddr(p)
			if err != nil {
				return e.bad("TRUSTED_PROXIES", "%q is neither an address nor a range such as 10.0.0.0/8", p)
			}
			pre = netip.PrefixFrom(ip, ip.BitLen())
		}
		c.TrustedProxies = append(c.TrustedProxies, pre)
	}
	c.CORSOrigins = slices.DeleteFunc(c.CORSOrigins, func(o string) bool {
		if o == "*" {
			e.warnings = append(e.warnings, e.bad("CORS_ORIGINS", "* lets nobody in here, since pages that are signed in must not be open to all: name the origins").Error())
		}
		return o == "*"
	})
	for _, o := range c.CORSOrigins {
		if u, err := url.Parse(o); err != nil || u.Host == "" || u.Path != "" || u.Scheme != "http" && u.Scheme != "https" {
			return e.bad("CORS_ORIGINS", "%q is not an origin such as https://desk.example", o)
		}
	}
	_, err := web.NewHosts(c.AllowedHosts)
	if err != nil {
		return e.bad("ALLOWED_HOSTS", "%v", err)
	}
	if c.MaxOpenPerRequester, err = strconv.Atoi(strings.ReplaceAll(e.get("MAX_TICKETS_PER_USER", "0"), "off", "0")); err != nil || c.MaxOpenPerRequester < 0 || c.MaxOpenPerRequester > 1000 {
		return e.bad("MAX_TICKETS_PER_USER", "must be off or a number up to 1000")
	}
	if e.get("MAX_TICKETS_PER_USER", "") == "" {
		c.MaxOpenByChannel = map[string]int{discordChannel: discordOpen}
	}
	rate := e.get("RATE_LIMIT", "10/s")
	c.RatePerSecond, c.RateBurst = -1, 0
	if rate == "off" {
		return nil
	}
	n, per, ok := strings.Cut(rate, "/")
	v, err := strconv.ParseFloat(n, 64)
	if !ok || err != nil || v <= 0 || v > 1e6 || per != "s" && per != "m" {
		return e.bad("RATE_LIMIT", "%q is not like 10/s, 300/m or off", rate)
	}
	if per == "m" {
		v /= 60
	}
	c.RatePerSecond, c.RateBurst = v, max(int(2*v), 1)
	return nil
}

func (c *Config) secret(e *Env, p Preset) error {
	s, alias := e.values["JWT_SECRET"], e.values["SECRET_KEY"]
	if s != "" && alias != "" && s != alias {
		return e.bad("SECRET_KEY", "contradicts JWT_SECRET; both mean the same, keep one")
	}
	key := "JWT_SECRET"
	if s == "" && alias != "" {
		s, key = alias, "SECRET_KEY"
	}
	if s == "" {
		if !p.KeepSecret {
			return errors.New("JWT_SECRET is required; the command secret prints a good one")
		}
		kept, err := keepSecret(c.DataDir, keys.Generate)
		if err != nil {
			return fmt.Errorf("keeping a generated secret in DATA_DIR: %w", err)
		}
		s, key = kept, ""
	}
	if _, err := keys.New([]byte(s)); err != nil {
		return e.bad(cmp.Or(key, "JWT_SECRET"), "%v; the command secret prints a good one", err)
	}
	c.Secret, c.SecretKey = []byte(s), key
	if prev := e.values["JWT_SECRET_PREVIOUS"]; prev != "" {
		if _, err := keys.New([]byte(prev)); err != nil {
			return e.bad("JWT_SECRET_PREVIOUS", "%v", err)
		}
		c.PreviousSecret = []byte(prev)
	}
	return nil
}
