package chronovisor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"os/user"
	"strings"
	"time"

	"google.golang.org/grpc"
)

// Variables of the environment, for what no option says.
const (
	EnvServer = "CHRONOVISOR_SERVER"
	EnvToken  = "CHRONOVISOR_TOKEN"
	// A file, where there is no EnvToken.
	EnvTokenFile = "CHRONOVISOR_TOKEN_FILE"
	EnvCAFile    = "CHRONOVISOR_CA_FILE"
	EnvCert      = "CHRONOVISOR_CERT_FILE"
	EnvKey       = "CHRONOVISOR_KEY_FILE"
)

const (
	defaultServer  = "127.0.0.1:7460"
	defaultTimeout = 10 * time.Second
)

// TokenSource returns the token of a call. It is called for each attempt, from any goroutine.
type TokenSource func(ctx context.Context) (string, error)

// Option is something to say of a connection: With...
type Option func(*settings) error

type settings struct {
	servers      []string
	actor        string
	timeout      time.Duration
	retry        RetryPolicy
	token        TokenSource
	tls          *tls.Config
	caFile       string
	certFile     string
	keyFile      string
	serverName   string
	project      string
	grpcOptions  []grpc.DialOption
	environment  func(string) string
	hasTLSOption bool
}

// WithServer says where the control plane is: host:port, or unix:/path. Of several addresses the first that can be
// connected to is used. Default: CHRONOVISOR_SERVER, separated by commas, or 127.0.0.1:7460.
func WithServer(addresses ...string) Option {
	return func(s *settings) error {
		if len(addresses) == 0 {
			return fmt.Errorf("WithServer needs an address")
		}
		s.servers = addresses
		return nil
	}
}

// WithActor says who calls, such as user:ada or service:billing. Default: the user who runs the program.
func WithActor(actor string) Option {
	return func(s *settings) error {
		s.actor = actor
		return nil
	}
}

// WithProject says whose VM is meant by a name without a project. Default: default.
func WithProject(project string) Option {
	return func(s *settings) error {
		s.project = project
		return nil
	}
}

// WithTimeout sets how long a unary call, with all its attempts, may take where its context has no deadline.
// Default: 10 s.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) error {
		if timeout <= 0 {
			return fmt.Errorf("the timeout of calls must be more than 0, not %s", timeout)
		}
		s.timeout = timeout
		return nil
	}
}

// WithRetry sets when a call is tried again. Default: DefaultRetry.
func WithRetry(policy RetryPolicy) Option {
	return func(s *settings) error {
		s.retry = policy
		return nil
	}
}

// WithTLS encrypts the connection. The configuration is copied; with nil or an empty one, the system's authorities count.
func WithTLS(config *tls.Config) Option {
	return func(s *settings) error {
		if s.tls = config.Clone(); s.tls == nil {
			s.tls = &tls.Config{}
		}
		s.hasTLSOption = true
		return nil
	}
}

// WithCAFile encrypts the connection, and trusts the authorities of a PEM file only. Default: CHRONOVISOR_CA_FILE.
func WithCAFile(path string) Option {
	return func(s *settings) error {
		s.caFile = path
		return nil
	}
}

// WithCertificate encrypts the connection, and shows the server a certificate, from PEM files. Default:
// CHRONOVISOR_CERT_FILE and CHRONOVISOR_KEY_FILE.
func WithCertificate(certFile, keyFile string) Option {
	return func(s *settings) error {
		s.certFile, s.keyFile = certFile, keyFile
		return nil
	}
}

// WithServerName says which name the server's certificate must have, where that is not the host of its address.
func WithServerName(name string) Option {
	return func(s *settings) error {
		s.serverName = name
		return nil
	}
}

// WithToken sends a bearer token with each call. Default: CHRONOVISOR_TOKEN. A token is never sent in plain text, unless
// the server is on this machine.
func WithToken(token string) Option {
	return WithTokenSource(func(context.Context) (string, error) { return token, nil })
}

// WithTokenSource sends a bearer token with each call, which may be another one each time. Where the server no longer takes
// it, and the source has another one by then, the call is repeated once. See also TokenFile.
func WithTokenSource(source TokenSource) Option {
	return func(s *settings) error {
		s.token = source
		return nil
	}
}

// WithGRPC passes options on to gRPC, such as interceptors, which see each attempt of a call.
func WithGRPC(options ...grpc.DialOption) Option {
	return func(s *settings) error {
		s.grpcOptions = append(s.grpcOptions, options...)
		return nil
	}
}

// settingsOf is what the options say, and the environment where they say nothing.
func settingsOf(options []Option, environment func(string) string) (*settings, error) {
	s := &settings{timeout: defaultTimeout, retry: DefaultRetry, project: "default", environment: environment}
	for _, option := range options {
		if err := option(s); err != nil {
			return nil, err
		}
	}
	if len(s.servers) == 0 {
		for address := range strings.SplitSeq(environment(EnvServer), ",") {
			if address = strings.TrimSpace(address); address != "" {
				s.servers = append(s.servers, address)
			}
		}
	}
	if len(s.servers) == 0 {
		s.servers = []string{defaultServer}
	}
	if s.actor == "" {
		s.actor = "user:" + login(environment)
	}
	if !isPrintable(s.actor) {
		return nil, fmt.Errorf("the actor must be printable ASCII, such as user:ada, not %q", s.actor)
	}
	if token := environment(EnvToken); s.token == nil && token != "" {
		s.token = func(context.Context) (string, error) { return token, nil }
	}
	if path := environment(EnvTokenFile); s.token == nil && path != "" {
		s.token = TokenFile(path)
	}
	if err := s.completeTLS(); err != nil {
		return nil, err
	}
	if s.token != nil && s.tls == nil {
		for _, address := range s.servers {
			if !isLoopback(address) {
				return nil, fmt.Errorf("a token would be sent to %s in plain text: use TLS, such as WithTLS", address)
			}
		}
	}
	return s, nil
}

// completeTLS leaves the configuration nil where nothing says that the connection is encrypted.
func (s *settings) completeTLS() error {
	if !s.hasTLSOption {
		s.caFile = or(s.caFile, s.environment(EnvCAFile))
		if s.certFile == "" && s.keyFile == "" {
			s.certFile, s.keyFile = s.environment(EnvCert), s.environment(EnvKey)
		}
	}
	if s.tls == nil && (s.caFile != "" || s.certFile != "" || s.keyFile != "" || s.serverName != "") {
		s.tls = &tls.Config{}
	}
	if s.tls == nil {
		return nil
	}
	if s.tls.MinVersion == 0 {
		s.tls.MinVersion = tls.VersionTLS12
	}
	if s.caFile != "" {
		pem, err := os.ReadFile(s.caFile)
		if err != nil {
			return fmt.Errorf("the authorities cannot be read: %w", err)
		}
		s.tls.RootCAs = x509.NewCertPool()
		if !s.tls.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%s has no certificate in PEM format", s.caFile)
		}
	}
	if s.certFile != "" || s.keyFile != "" {
		pair, err := tls.LoadX509KeyPair(s.certFile, s.keyFile)
		if err != nil {
			return fmt.Errorf("the client's certificate cannot be used: %w", err)
		}
		s.tls.Certificates = []tls.Certificate{pair}
	}
	if s.serverName != "" {
		s.tls.ServerName = s.serverName
	}
	return nil
}

func login(environment func(string) string) string {
	for _, variable := range []string{"LOGNAME", "USER", "LNAME", "USERNAME"} {
		if name := environment(variable); name != "" {
			return name
		}
	}
	if current, err := user.Current(); err == nil {
		return current.Username
	}
	return "unknown"
}

// hostOf is the host of an address: a name, an IP address, or localhost for a Unix socket.
func hostOf(address string) string {
	if strings.HasPrefix(address, "unix:") {
		return "localhost"
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	return strings.Trim(host, "[]")
}

func isLoopback(address string) bool {
	host := hostOf(address)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func or(first, second string) string {
	if first != "" {
		return first
	}
	return second
}
