package server

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
)

// greet tells whoever started the program what to do next. The password is shown this once.
func (p *program) greet(c *Config, a Addresses, created bool) {
	var b strings.Builder
	defer func() { _, _ = io.WriteString(p.out, b.String()) }() // at once: several desks greet at the same time
	w := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	host, port, _ := net.SplitHostPort(a.HTTP)
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	url := "http://" + net.JoinHostPort(host, port)
	w("")
	if p.env.desk != "" { // the same address is that of all desks; a browser finds this one by its name
		url = "https://" + c.AllowedHosts[0]
		w("  Desk %s", p.env.desk)
		w("  %s is at %s", c.ProjectName, url)
	} else if name := behind(c.AllowedHosts, host); name != "" {
		here := url
		url = "https://" + name
		w("  %s is at %s when a proxy passes that on to %s", c.ProjectName, url, here)
	} else {
		w("  %s is at %s", c.ProjectName, url)
	}
	if a.Password != "" {
		w("")
		w("  Sign in as     %s", c.AdminUsername)
		w("  with password  %s", a.Password)
		w("  It is shown only now and must be changed at the first sign-in.")
	} else if created {
		w("  Sign in as %s with the ADMIN_PASSWORD.", c.AdminUsername)
	} else {
		w("  Password forgotten? `%s` makes a new one.", p.command("user passwd "+c.AdminUsername))
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

// behind gives the name by which a desk is reached that does not answer for the host it listens on; "" when it does, or has no single name.
func behind(allowed []string, host string) string {
	name := ""
	for _, a := range allowed {
		switch {
		case a == host:
			return ""
		case name == "" && !strings.HasPrefix(a, "*.") && !strings.HasPrefix(a, "."):
			name = a
		}
	}
	return name
}
