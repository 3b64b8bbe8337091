package mailout_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/mailout"
	"github.com/ticketkit/ticketkit/ticket"
)

const (
	key   = "0197a4c0-1111-7222-8333-444455556666"
	token = "abcdefghijklmnopqrstuvwxyz234567abcdefghij"
)

func config() mailout.Config {
	return mailout.Config{
		From:      mail.Address{Name: "Beispiel GmbH Hilfe", Address: "support@desk.example"},
		DeskID:    "desk-1",
		Signature: "Beispiel GmbH\nhttps://desk.example/hilfe",
		Timeout:   10 * time.Second,
	}
}

func newSender(t *testing.T, c mailout.Config) *mailout.Sender {
	t.Helper()
	s, err := mailout.New(c)
	require.NoError(t, err)
	return s
}

func person(name, address string) adapters.Recipient {
	return adapters.Recipient{Name: name, Identity: ticket.Identity{Kind: ticket.KindEmail, Value: address}}
}

func outbound() adapters.Outbound {
	return adapters.Outbound{
		Key:    key,
		Ticket: ticket.Ticket{Number: 1042, Subject: "AW: Drucker im 2. Stock [#1042]"},
		Message: ticket.Message{N: 2, Author: ticket.Author{Type: ticket.ActorAccount, Name: "Anna"}, CreatedAt: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC),
			Text: "Guten Tag Frau Öztürk,\n\nbitte <nicht> einschalten & warten.\nAnleitung: https://desk.example/a?b=1&c=2.\n\nAnna"},
		To:         []adapters.Recipient{person("Ayşe Öztürk", "ayse@kunde.example")},
		Cc:         []adapters.Recipient{person("Bob, Jr.", "bob@kunde.example")},
		InReplyTo:  "b@kunde.example",
		References: []string{"a@kunde.example", "b@kunde.example"},
		ReplyToken: token,
		Locale:     "de",
	}
}

func attachment(name, contentType string, data []byte) adapters.Attachment {
	return adapters.Attachment{
		Attachment: ticket.Attachment{Name: name, ContentType: contentType, Size: int64(len(data))},
		Open:       func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}
}

// server is the next hop. Its replies can be set before it is used.
type server struct {
	addr string
	logs bytes.Buffer // what a Sender logs, when it got logger

	refuseFrom func(from string) error
	refuseRcpt func(to string) error
	refuseData error
	password   string   // "": no AUTH
	tokens     []string // that are let in by XOAUTH2
	oauth      bool     // offers XOAUTH2 and nothing else
	cut        string   // drops the connection at this point: mail, rcpt, data, body
	hang       chan struct{}
	noUTF8     bool
	most       int64 // bytes of a message; 0 is no limit

	mu    sync.Mutex
	mails []received
	helos []string
}

type received struct {
	from string
	to   []string
	data []byte
}

func (s *server) all() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received{}, s.mails...)
}

func (s *server) logger() *slog.Logger { return slog.New(slog.NewTextHandler(&s.logs, nil)) }

// serve starts s. With tlsConfig it offers STARTTLS, or speaks TLS at once when implicit.
func serve(t *testing.T, s *server, tlsConfig *tls.Config, implicit bool) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.addr = l.Addr().String()
	if implicit {
		l = tls.NewListener(l, tlsConfig)
	}
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.helos = append(s.helos, c.Hostname())
		sess := &session{s: s, conn: c.Conn()}
		if s.password != "" || s.oauth {
			return &authSession{sess}, nil
		}
		return sess, nil
	}))
	srv.Domain, srv.AllowInsecureAuth, srv.EnableSMTPUTF8 = "hop.example", true, !s.noUTF8
	srv.ErrorLog, srv.MaxMessageBytes = log.New(io.Discard, "", 0), s.most
	if !implicit {
		srv.TLSConfig = tlsConfig
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	t.Cleanup(func() {
		_ = l.Close() // Close of a server that does not serve yet closes nothing
		<-done
		_ = srv.Close()
	})
	return s
}

type session struct {
	s    *server
	conn net.Conn
	m    received
}

// at drops the connection when the server is to do so here.
func (x *session) at(point string) {
	if x.s.cut == point {
		_ = x.conn.Close()
	}
}

func (x *session) Reset() { x.m = received{} }
func (x *session) Logout() error {
	x.at("quit")
	return nil
}
func (x *session) Mail(from string, _ *smtp.MailOptions) error {
	x.m.from = from
	x.at("mail")
	if x.s.refuseFrom != nil {
		return x.s.refuseFrom(from)
	}
	return nil
}

func (x *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	x.at("rcpt")
	if x.s.hang != nil {
		<-x.s.hang
	}
	if x.s.refuseRcpt != nil {
		if err := x.s.refuseRcpt(to); err != nil {
			return err
		}
	}
	x.m.to = append(x.m.to, to)
	return nil
}

func (x *session) Data(r io.Reader) error {
	x.at("data")
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	x.at("body")
	if x.s.refuseData != nil {
		return x.s.refuseData
	}
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	x.m.data = b
	x.s.mails = append(x.s.mails, x.m)
	x.at("dot")
	return nil
}

type authSession struct{ *session }

func (x *authSession) AuthMechanisms() []string {
	if x.s.oauth {
		return []string{"XOAUTH2"}
	}
	return []string{sasl.Plain}
}

func (x *authSession) Auth(string) (sasl.Server, error) {
	if x.s.oauth {
		return &xoauth2{s: x.s}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "support" || password != x.s.password {
			return reply(535)
		}
		return nil
	}), nil
}

// xoauth2 lets tokens in, and answers others as Microsoft and Google do: with a challenge that explains it.
type xoauth2 struct {
	s     *server
	asked bool
}

func (x *xoauth2) Next(response []byte) (challenge []byte, done bool, err error) {
	if x.asked {
		if len(response) > 0 {
			return nil, false, reply(501) // it has to be an empty line
		}
		return nil, false, reply(535)
	}
	for _, t := range x.s.tokens {
		if string(response) == "user=support@desk.example\x01auth=Bearer "+t+"\x01\x01" {
			return nil, true, nil
		}
	}
	x.asked = true
	return []byte(`{"status":"401","schemes":"bearer","scope":"https://mail.example/"}`), false, nil
}

func reply(code int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "no such luck"}
}

// certificates makes an authority of its own with a certificate for 127.0.0.1.
func certificates(t *testing.T) (forServer, forClient *tls.Config) {
	t.Helper()
	priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	now := time.Now()
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hop.example"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"hop.example"},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &priv.PublicKey, priv)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: priv}}}, &tls.Config{RootCAs: pool}
}
