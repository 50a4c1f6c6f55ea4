package chronovisor_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// call is one that arrived at a server.
type call struct {
	method   string
	request  proto.Message
	metadata metadata.MD
	// 0 where it had none.
	timeout time.Duration
	// Done when the call has ended.
	context context.Context
}

func (c call) header(key string) string {
	if found := c.metadata.Get(key); len(found) > 0 {
		return found[0]
	}
	return ""
}

// server answers each call of a method by the next of its answers, and with the last one from then on.
type server struct {
	chronovisorv1.UnimplementedVmServiceServer
	chronovisorv1.UnimplementedHistoryServiceServer
	longrunningpb.UnimplementedOperationsServer

	address string
	grpc    *grpc.Server

	mutex   sync.Mutex
	answers map[string][]answer
	arrived []call
}

// answer is what a call gets: messages, and then an error or the end.
type answer struct {
	messages []proto.Message
	err      error
	header   metadata.MD
	// A stream stays open after its messages.
	stays bool
}

func newServer(t *testing.T, options ...grpc.ServerOption) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{address: listener.Addr().String(), answers: map[string][]answer{}}
	s.serve(listener, options...)
	t.Cleanup(func() { s.grpc.Stop() })
	return s
}

func (s *server) serve(listener net.Listener, options ...grpc.ServerOption) {
	s.grpc = grpc.NewServer(options...)
	chronovisorv1.RegisterVmServiceServer(s.grpc, s)
	chronovisorv1.RegisterHistoryServiceServer(s.grpc, s)
	longrunningpb.RegisterOperationsServer(s.grpc, s)
	go s.grpc.Serve(listener)
}

func (s *server) client(t *testing.T, options ...chronovisor.Option) *chronovisor.Client {
	t.Helper()
	quick := chronovisor.RetryPolicy{Attempts: 4, FirstPause: time.Millisecond, LongestPause: 2 * time.Millisecond}
	given := []chronovisor.Option{
		chronovisor.WithServer(s.address), chronovisor.WithActor("user:ada"), chronovisor.WithRetry(quick),
	}
	client, err := chronovisor.Connect(append(given, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func (s *server) answer(method string, answers ...answer) {
	s.answers[method] = answers
}

func (s *server) calls() []call {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]call(nil), s.arrived...)
}

func (s *server) next(ctx context.Context, method string, request proto.Message) answer {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	given, _ := metadata.FromIncomingContext(ctx)
	timeout := time.Duration(0)
	if deadline, bounded := ctx.Deadline(); bounded {
		timeout = time.Until(deadline)
	}
	s.arrived = append(s.arrived, call{method, request, given, timeout, ctx})
	left := s.answers[method]
	if len(left) == 0 {
		return answer{err: status.Error(codes.Internal, "nothing to answer "+method+" with")}
	}
	if len(left) > 1 {
		s.answers[method] = left[1:]
	}
	return left[0]
}

func unary[Resp proto.Message](ctx context.Context, s *server, method string, request proto.Message) (Resp, error) {
	var none Resp
	given := s.next(ctx, method, request)
	if given.header != nil {
		grpc.SendHeader(ctx, given.header)
	}
	if given.err != nil {
		return none, given.err
	}
	return given.messages[0].(Resp), nil
}

func streaming[Resp any](s *server, method string, request proto.Message, out grpc.ServerStreamingServer[Resp]) error {
	given := s.next(out.Context(), method, request)
	if given.header != nil {
		out.SendHeader(given.header)
	}
	for _, message := range given.messages {
		if err := out.SendMsg(message); err != nil {
			return err
		}
	}
	if given.stays {
		<-out.Context().Done()
	}
	return given.err
}

func (s *server) GetVm(ctx context.Context, request *chronovisorv1.GetVmRequest) (*chronovisorv1.Vm, error) {
	return unary[*chronovisorv1.Vm](ctx, s, "GetVm", request)
}

func (s *server) ListVms(
	ctx context.Context, request *chronovisorv1.ListVmsRequest,
) (*chronovisorv1.ListVmsResponse, error) {
	return unary[*chronovisorv1.ListVmsResponse](ctx, s, "ListVms", request)
}

func (s *server) StartVm(
	ctx context.Context, request *chronovisorv1.StartVmRequest,
) (*longrunningpb.Operation, error) {
	return unary[*longrunningpb.Operation](ctx, s, "StartVm", request)
}

func (s *server) CreateVm(
	ctx context.Context, request *chronovisorv1.CreateVmRequest,
) (*longrunningpb.Operation, error) {
	return unary[*longrunningpb.Operation](ctx, s, "CreateVm", request)
}

func (s *server) WaitOperation(
	ctx context.Context, request *longrunningpb.WaitOperationRequest,
) (*longrunningpb.Operation, error) {
	return unary[*longrunningpb.Operation](ctx, s, "WaitOperation", request)
}

func (s *server) DeleteOperation(
	ctx context.Context, request *longrunningpb.DeleteOperationRequest,
) (*emptypb.Empty, error) {
	return unary[*emptypb.Empty](ctx, s, "DeleteOperation", request)
}

func (s *server) ProveEvent(
	ctx context.Context, request *chronovisorv1.ProveEventRequest,
) (*chronovisorv1.ProveEventResponse, error) {
	return unary[*chronovisorv1.ProveEventResponse](ctx, s, "ProveEvent", request)
}

func (s *server) WatchVms(
	request *chronovisorv1.WatchVmsRequest, out grpc.ServerStreamingServer[chronovisorv1.WatchVmsResponse],
) error {
	return streaming(s, "WatchVms", request, out)
}

func (s *server) WatchEvents(
	request *chronovisorv1.WatchEventsRequest, out grpc.ServerStreamingServer[chronovisorv1.WatchEventsResponse],
) error {
	return streaming(s, "WatchEvents", request, out)
}

func refused(code codes.Code, message string, details ...protoadapt.MessageV1) error {
	with, err := status.New(code, message).WithDetails(details...)
	if err != nil {
		panic(err)
	}
	return with.Err()
}

var shuttingDown = refused(codes.Unavailable, "the server ends",
	&errdetails.ErrorInfo{Reason: "SHUTTING_DOWN", Domain: "chronovisor.dev"},
	&errdetails.RetryInfo{RetryDelay: durationpb.New(time.Millisecond)})

func ok(messages ...proto.Message) answer {
	return answer{messages: messages}
}

func failing(err error, messages ...proto.Message) answer {
	return answer{messages: messages, err: err}
}
