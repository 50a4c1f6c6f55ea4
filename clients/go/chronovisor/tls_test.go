package chronovisor_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// authority issues certificates, as PEM files in a directory.
type authority struct {
	directory   string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{directory: t.TempDir()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.certificate, a.key = a.issue(t, "authority", template)
	return a
}

func (a *authority) issue(t *testing.T, name string, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issuer, issuerKey := a.certificate, a.key
	if issuer == nil {
		issuer, issuerKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, issuerKey)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, name+".crt", "CERTIFICATE", der)
	a.write(t, name+".key", "PRIVATE KEY", keyDER)
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key
}

func (a *authority) write(t *testing.T, name, kind string, der []byte) {
	t.Helper()
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(a.path(name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (a *authority) path(name string) string {
	return filepath.Join(a.directory, name)
}

// secured is a server that shows a certificate for localhost and 127.0.0.1, and requires one of its clients.
func secured(t *testing.T, a *authority) *server {
	a.issue(t, "server", &x509.Certificate{
		SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"control.example"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	})
	a.issue(t, "client", &x509.Certificate{
		SerialNumber: big.NewInt(3), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	pair, err := tls.LoadX509KeyPair(a.path("server.crt"), a.path("server.key"))
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	clients.AddCert(a.certificate)
	return newServer(t, grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{pair}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert,
	})))
}

func TestTheConnectionIsEncryptedAndBothSidesShowWhoTheyAre(t *testing.T) {
	a := newAuthority(t)
	s := secured(t, a)
	s.answer("GetVm", ok(&chronovisorv1.Vm{}))
	certificate := chronovisor.WithCertificate(a.path("client.crt"), a.path("client.key"))
	for name, options := range map[string][]chronovisor.Option{
		"by the address": {chronovisor.WithCAFile(a.path("authority.crt")), certificate, chronovisor.WithToken("secret")},
		"by a name": {
			chronovisor.WithCAFile(a.path("authority.crt")), certificate, chronovisor.WithServerName("control.example"),
		},
	} {
		if _, err := s.client(t, options...).VMs.Get(context.Background(), "shop/web-1"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheEnvironmentCanSayHowTheConnectionIsEncrypted(t *testing.T) {
	a := newAuthority(t)
	s := secured(t, a)
	s.answer("GetVm", ok(&chronovisorv1.Vm{}))
	t.Setenv(chronovisor.EnvServer, s.address)
	t.Setenv(chronovisor.EnvCAFile, a.path("authority.crt"))
	t.Setenv(chronovisor.EnvCert, a.path("client.crt"))
	t.Setenv(chronovisor.EnvKey, a.path("client.key"))
	client, err := chronovisor.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.VMs.Get(context.Background(), "shop/web-1"); err != nil {
		t.Error(err)
	}
}

func TestAServerThatIsNotTheOneIsUnavailable(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	s := secured(t, a)
	certificate := chronovisor.WithCertificate(a.path("client.crt"), a.path("client.key"))
	for says, options := range map[string][]chronovisor.Option{
		"an authority that is not trusted here": {chronovisor.WithCAFile(other.path("authority.crt")), certificate},
		"is for another name": {
			chronovisor.WithCAFile(a.path("authority.crt")), certificate, chronovisor.WithServerName("other.example"),
		},
		"it takes client certificates alone": {chronovisor.WithCAFile(a.path("authority.crt"))},
		"took no plain text":                 {},
	} {
		_, err := s.client(t, options...).VMs.Get(context.Background(), "shop/web-1")
		if !errors.Is(err, chronovisor.ErrUnavailable) || len(s.calls()) != 0 || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	plain := newServer(t)
	_, err := plain.client(t, chronovisor.WithCAFile(a.path("authority.crt"))).VMs.Get(context.Background(), "shop/web-1")
	if err == nil || !strings.Contains(err.Error(), "speaks plain text") {
		t.Error(err)
	}
}
