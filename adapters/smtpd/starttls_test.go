package smtpd_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/smtpd"
)

func TestSTARTTLS(t *testing.T) {
	t.Parallel()
	priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	now := time.Now()
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), DNSNames: []string{"desk.example"}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &priv.PublicKey, priv)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(cert)

	rec := &adaptertest.Recorder{}
	addr, stop := run(t, smtpd.Config{TLSConfig: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: priv}}}, DrainTimeout: time.Hour}, rec)
	raw, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	c, err := gosmtp.NewClientStartTLS(raw, &tls.Config{RootCAs: pool, ServerName: "desk.example"})
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SendMail("erika@kunde.example", []string{inbox}, strings.NewReader(simple)))
	require.Contains(t, string(taken(t, rec).Item.Raw), " with ESMTPS;")

	// A long chunk passes, and a command line that long does not.
	big := strings.Replace(simple, "brennt", strings.Repeat("x", 1<<20), 1)
	require.NoError(t, c.SendMail("erika@kunde.example", []string{inbox}, strings.NewReader(big)))
	plain, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer plain.Close()
	_, err = plain.Write([]byte("STARTTLS\r\n"))
	require.NoError(t, err)
	lines := bufio.NewReader(plain)
	for _, want := range []string{"220 ", "220 "} {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(line, want), line)
	}
	sealed := tls.Client(plain, &tls.Config{RootCAs: pool, ServerName: "desk.example"})
	go func() { _, _ = sealed.Write([]byte(strings.Repeat("x", 1<<20))) }() // the server does not read all of it
	lines = bufio.NewReader(sealed)
	for line := ""; !strings.HasPrefix(line, "500 5.4.0"); { // perhaps after one for the beginning of the line
		line, err = lines.ReadString('\n')
		require.NoError(t, err)
	}
	require.Len(t, rec.Taken(), 2)
	stop() // does not wait for the encrypted connection, which is idle
	require.Error(t, c.Noop())
}
