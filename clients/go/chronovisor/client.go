package chronovisor

import (
	"fmt"
	"os"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

const (
	mostReceived = 64 << 20
	// Agreed on with the server, which ends the connections of those that ping oftener than every 5 s.
	pingEvery    = 15 * time.Second
	answerWithin = 10 * time.Second
	// After a restart, a stream goes on within a second: so no attempt to connect is later than this after the one before.
	longestReconnect = 400 * time.Millisecond

	scheme = "chronovisor"
)

// Client is a connection to a control plane. All of it may be used from several goroutines at once.
type Client struct {
	Access          *Access
	VMs             *VMs
	Hosts           *Hosts
	Metrics         *Metrics
	Privacy         *Privacy
	Projects        *Projects
	ServiceAccounts *ServiceAccounts
	Networks        *Networks
	Utilization     *Utilization
	History         *History
	// Operations are those of google.longrunning. Wait and Operation.Wait are usually enough.
	Operations longrunningpb.OperationsClient

	connection *grpc.ClientConn
	project    string
}

// Connect makes a client, by default of the server that the environment names. It sends nothing before the first call,
// so that an error is about the options, never about the server.
func Connect(options ...Option) (*Client, error) {
	given, err := settingsOf(options, os.Getenv)
	if err != nil {
		return nil, fmt.Errorf("chronovisor: %w", err)
	}
	transport := insecure.NewCredentials()
	if given.tls != nil {
		transport = credentials.NewTLS(given.tls)
	}
	addresses := make([]resolver.Address, len(given.servers))
	for i, address := range given.servers {
		addresses[i] = resolver.Address{Addr: address, ServerName: or(given.serverName, hostOf(address))}
	}
	servers := manual.NewBuilderWithScheme(scheme)
	servers.InitialState(resolver.State{Addresses: addresses})
	sender := &sender{actor: given.actor, timeout: given.timeout, retry: given.retry, token: given.token, secure: given.tls != nil}
	connection, err := grpc.NewClient(
		// The first address is the authority; the resolver has them all.
		scheme+":///"+given.servers[0],
		append([]grpc.DialOption{
			grpc.WithResolvers(servers),
			grpc.WithTransportCredentials(transport),
			grpc.WithChainUnaryInterceptor(sender.unary),
			grpc.WithChainStreamInterceptor(sender.stream),
			// One mechanism retries, and it is not the channel's.
			grpc.WithDisableRetry(),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(mostReceived)),
			grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingEvery, Timeout: answerWithin}),
			grpc.WithConnectParams(grpc.ConnectParams{
				Backoff: backoff.Config{
					BaseDelay:  50 * time.Millisecond,
					Multiplier: 1.6,
					Jitter:     0.2,
					MaxDelay:   longestReconnect,
				},
				MinConnectTimeout: 5 * time.Second,
			}),
		}, given.grpcOptions...)...,
	)
	if err != nil {
		return nil, fmt.Errorf("chronovisor: %w", err)
	}
	client := &Client{
		Operations: longrunningpb.NewOperationsClient(connection),
		connection: connection,
		project:    given.project,
	}
	client.Access = &Access{chronovisorv1.NewAccessServiceClient(connection)}
	client.VMs = &VMs{chronovisorv1.NewVmServiceClient(connection), client}
	client.Hosts = &Hosts{chronovisorv1.NewHostServiceClient(connection)}
	client.Projects = &Projects{chronovisorv1.NewProjectServiceClient(connection)}
	client.ServiceAccounts = &ServiceAccounts{chronovisorv1.NewServiceAccountServiceClient(connection)}
	client.Networks = &Networks{chronovisorv1.NewNetworkServiceClient(connection)}
	client.Metrics = &Metrics{chronovisorv1.NewMetricsServiceClient(connection)}
	client.Privacy = &Privacy{chronovisorv1.NewPrivacyServiceClient(connection)}
	client.Utilization = &Utilization{chronovisorv1.NewUtilizationServiceClient(connection)}
	client.History = &History{chronovisorv1.NewHistoryServiceClient(connection), client}
	return client, nil
}

// Conn is the connection that the services share, for stubs of other services of the same server. Calls on it have all
// that calls of the client have.
func (c *Client) Conn() grpc.ClientConnInterface {
	return c.connection
}

// Close ends the connection and every call on it.
func (c *Client) Close() error {
	return c.connection.Close()
}
