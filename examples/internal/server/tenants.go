package server

import (
	"cmp"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/internal/web"
)

// tenant is a desk of several with its configuration.
type tenant struct {
	p     *program
	c     *Config
	hosts web.Hosts
}

// tenants reads the configuration of every desk and sees to it that no two claim the same thing.
func (p *program) tenants() ([]*tenant, error) {
	var out []*tenant
	for _, one := range p.everyDesk() {
		c, err := one.config()
		if err != nil {
			return nil, one.named(err)
		}
		hosts, err := web.NewHosts(c.AllowedHosts)
		if err != nil {
			return nil, one.named(err)
		}
		if one.env.desk != "" && hosts.Any() {
			return nil, one.env.bad("ALLOWED_HOSTS", "* would take the hosts of all other desks")
		}
		out = append(out, &tenant{one, c, hosts})
	}
	return out, apart(out)
}

// named puts the file of the desk before an error that does not name it.
func (p *program) named(err error) error {
	if p.env.desk == "" {
		return err
	}
	return fmt.Errorf("desk %s: %w", p.env.desk, err)
}

// apart fails when two desks claim one thing.
func apart(list []*tenant) error {
	taken := map[string]*tenant{}
	for i, t := range list {
		for _, other := range list[:i] {
			if host, both := t.hosts.Overlap(other.hosts); both {
				return clash(other, t, "ALLOWED_HOSTS", host)
			}
		}
		for _, cl := range t.c.claims() {
			if other := taken[cl.ident]; other != nil && other != t {
				return clash(other, t, cl.key, cl.what)
			}
			taken[cl.ident] = t
		}
	}
	return nil
}

// clash is the error for two desks that claim one thing.
func clash(a, b *tenant, key, what string) error {
	if what != "" {
		what = " " + what
	}
	return fmt.Errorf("%s and %s: both desks have the same %s%s; each needs its own", a.p.env.files[0], b.p.env.files[0], key, what)
}

// A claim is something that only one desk of a process can have.
type claim struct {
	key   string // the variable
	what  string // the thing, for people; "" when it is secret
	ident string // the thing, comparable
}

// claims lists what a desk has for itself alone.
func (c *Config) claims() []claim {
	out := []claim{
		{"DATA_DIR", c.DataDir, "data " + realPath(c.DataDir)},
		{c.Database.Key, c.Database.Name, c.Database.ident()},
		{"JWT_SECRET", "", "secret " + string(c.Secret)},
	}
	if len(c.PreviousSecret) > 0 {
		out = append(out, claim{"JWT_SECRET_PREVIOUS", "", "secret " + string(c.PreviousSecret)})
	}
	if !c.Backup.Off { // the newest few of a folder are kept
		out = append(out, claim{"BACKUP_DIR", c.Backup.Dir, "backup " + realPath(c.Backup.Dir)})
	}
	if c.SMTPDAddr != "" && !strings.HasSuffix(c.SMTPDAddr, ":0") {
		out = append(out, claim{"SMTPD_ADDR", c.SMTPDAddr, "listen " + strings.ToLower(c.SMTPDAddr)})
	}
	if c.Mail.IMAPAddr != "" { // two who read it would each get some of the mail
		user := cmp.Or(c.Mail.AuthUser, c.MailUser)
		out = append(out, claim{"MAIL_USER", c.MailUser, strings.ToLower("imap " + c.Mail.IMAPAddr + " " + user + " " + c.MailUser)})
	}
	if c.Discord.Token != "" {
		out = append(out, claim{"DISCORD_GUILD_ID", c.Discord.GuildID, "discord " + c.Discord.Token + " " + c.Discord.GuildID})
	}
	return out
}

// realPath is a path as it can be compared: absolute and without links, as far as it exists.
func realPath(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	rest := ""
	for at := abs; ; at = filepath.Dir(at) {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(real, rest)
		}
		if at == filepath.Dir(at) {
			return abs
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}

// ident tells a database from others. Who signs in to it, and how, does not count.
func (d *Database) ident() string {
	scheme, rest, _ := strings.Cut(d.URL, ":")
	if d.sqlite {
		path, _, _ := strings.Cut(strings.TrimPrefix(rest, "//"), "?")
		return "sqlite " + realPath(strings.TrimPrefix(path, "file:"))
	}
	kind, port := "postgres", "5432"
	if scheme == "mysql" || scheme == "mariadb" {
		kind, port = "mysql", "3306"
	}
	_, rest, _ = strings.Cut(d.URL, "://")
	address, query, _ := strings.Cut(rest, "?")
	values, _ := url.ParseQuery(query)
	hosts, name, _ := strings.Cut(address[strings.LastIndexByte(address, '@')+1:], "/")
	hosts = cmp.Or(hosts, values.Get("host"), "localhost")
	var list []string
	for h := range strings.SplitSeq(strings.ToLower(hosts), ",") {
		host, p := h, port
		if i := strings.LastIndexByte(h, ':'); i >= 0 && !strings.HasSuffix(h, "]") {
			host, p = h[:i], h[i+1:]
		} else if v := values.Get("port"); v != "" {
			p = v
		}
		if host == "127.0.0.1" || host == "[::1]" {
			host = "localhost"
		}
		list = append(list, host+":"+p)
	}
	slices.Sort(list)
	// Two schemas of one database are two places.
	return strings.Join([]string{kind, strings.Join(list, ","), name, values.Get("search_path"), values.Get("options")}, " ")
}
