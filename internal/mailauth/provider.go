package mailauth

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/oauth2"
)

// Provider is an issuer of tokens and what it calls the permissions.
type Provider struct {
	TokenURL  string
	AuthURL   string // for signing in with a browser on this machine; "" is without
	DeviceURL string // for signing in with a browser elsewhere (RFC 8628); "" is without
	Scopes    map[Use]string
	// Common are scopes that every request names, such as offline_access.
	Common string
}

var tenantName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$`)

// Microsoft gives the endpoints of Entra ID for a tenant: its id, one of its domains, or "common".
// learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
func Microsoft(tenant string) (Provider, error) {
	if !tenantName.MatchString(tenant) {
		return Provider{}, fmt.Errorf("%q is no tenant of Entra ID: its id or one of its domains", tenant)
	}
	base := "https://login.microsoftonline.com/" + tenant + "/oauth2/v2.0/"
	const at = "https://outlook.office.com/"
	return Provider{TokenURL: base + "token", AuthURL: base + "authorize", DeviceURL: base + "devicecode",
		Scopes: map[Use]string{IMAP: at + "IMAP.AccessAsUser.All", SMTP: at + "SMTP.Send"}, Common: "offline_access"}, nil
}

// Google gives the endpoints of Google, where one scope covers both uses. developers.google.com/gmail/imap/xoauth2-protocol
func Google() Provider {
	const scope = "https://mail.google.com/"
	return Provider{TokenURL: "https://oauth2.googleapis.com/token", AuthURL: "https://accounts.google.com/o/oauth2/v2/auth",
		DeviceURL: "https://oauth2.googleapis.com/device/code", Scopes: map[Use]string{IMAP: scope, SMTP: scope}}
}

// ProviderOf chooses by what is configured: a tenant means Microsoft, a host of Google's or its token endpoint means Google; tokenURL
// replaces that of the provider, and alone makes one with Microsoft's names of scopes. Where it has the form that Entra ID's have, as in national
// clouds, the endpoints for signing in stand beside it.
func ProviderOf(tenant, tokenURL, mailHost string) (p Provider, err error) {
	host, _, _ := net.SplitHostPort(mailHost)
	host = strings.ToLower(cmp.Or(host, mailHost))
	switch {
	case tenant != "":
		p, err = Microsoft(tenant)
	case strings.Contains(tokenURL, "googleapis.com") || strings.HasSuffix(host, ".gmail.com") || strings.HasSuffix(host, ".googlemail.com"):
		p = Google()
	default:
		if p, err = Microsoft("common"); tokenURL != "" {
			p.AuthURL, p.DeviceURL = "", ""
			if base, ok := strings.CutSuffix(tokenURL, "/oauth2/v2.0/token"); ok {
				p.AuthURL, p.DeviceURL = base+"/oauth2/v2.0/authorize", base+"/oauth2/v2.0/devicecode"
			}
		}
	}
	if err != nil {
		return p, err
	}
	p.TokenURL = cmp.Or(tokenURL, p.TokenURL)
	return p, p.check()
}

func (p *Provider) check() error {
	u, err := url.Parse(p.TokenURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("mailauth: the address of the token endpoint is not like https://login.example/token")
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("mailauth: a token endpoint on another machine must be reached by https")
	}
	return nil
}

// scope is what a request for a use names.
func (p *Provider) scope(uses ...Use) string {
	var list []string
	for _, u := range uses {
		if s := p.Scopes[u]; s != "" && !strings.Contains(" "+strings.Join(list, " ")+" ", " "+s+" ") {
			list = append(list, s)
		}
	}
	if p.Common != "" {
		list = append(list, p.Common)
	}
	return strings.Join(list, " ")
}

// oauth gives the client for the flows in which a person takes part.
func (p *Provider) oauth(id, secret string) *oauth2.Config {
	return &oauth2.Config{ClientID: id, ClientSecret: secret, Scopes: strings.Fields(p.scope(IMAP, SMTP)),
		Endpoint: oauth2.Endpoint{TokenURL: p.TokenURL, AuthURL: p.AuthURL, DeviceAuthURL: p.DeviceURL, AuthStyle: oauth2.AuthStyleInParams}}
}
