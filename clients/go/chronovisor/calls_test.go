package chronovisor_test

import (
	"context"
	"errors"
	"net"
	"regexp"
	"testing"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

var uuid4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestEveryAttemptOfACommandHasTheSameRequestID(t *testing.T) {
	s := newServer(t)
	s.answer("StartVm", failing(shuttingDown), failing(shuttingDown), ok(&longrunningpb.Operation{Name: "operations/1"}))
	request := &chronovisorv1.StartVmRequest{Name: "projects/shop/vms/web-1"}
	client := s.client(t)
	if _, err := client.VMs.StartVm(context.Background(), request); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, each := range s.calls() {
		ids[each.request.(*chronovisorv1.StartVmRequest).GetRequestId()] = true
	}
	if len(s.calls()) != 3 || len(ids) != 1 {
		t.Fatalf("%d calls with the request ids %v", len(s.calls()), ids)
	}
	for id := range ids {
		if !uuid4.MatchString(id) {
			t.Errorf("%q is no UUID of version 4", id)
		}
	}
	if request.GetRequestId() != "" {
		t.Error("the caller's message was changed: sending it again would be no new command")
	}
}

func TestARequestIDOfTheCallerIsKept(t *testing.T) {
	s := newServer(t)
	s.answer("StartVm", ok(&longrunningpb.Operation{}))
	request := &chronovisorv1.StartVmRequest{RequestId: "mine"}
	if _, err := s.client(t).VMs.StartVm(context.Background(), request); err != nil {
		t.Fatal(err)
	}
	if found := s.calls()[0].request.(*chronovisorv1.StartVmRequest).GetRequestId(); found != "mine" {
		t.Errorf("it became %q", found)
	}
}

func TestACallIsTriedAsOftenAsThePolicySays(t *testing.T) {
	s := newServer(t)
	s.answer("GetVm", failing(shuttingDown))
	_, err := s.client(t).VMs.Get(context.Background(), "shop/web-1")
	if !errors.Is(err, chronovisor.ErrUnavailable) || len(s.calls()) != 4 {
		t.Errorf("%d calls, and %v", len(s.calls()), err)
	}
}

func TestOnlyWhatIsUnavailableIsTriedAgain(t *testing.T) {
	for _, code := range []codes.Code{codes.Aborted, codes.Internal, codes.ResourceExhausted, codes.Unknown} {
		s := newServer(t)
		s.answer("GetVm", failing(status.Error(code, "no")))
		_, err := s.client(t).VMs.Get(context.Background(), "shop/web-1")
		if status.Code(err) != code || len(s.calls()) != 1 {
			t.Errorf("%s: %d calls, and %v", code, len(s.calls()), err)
		}
	}
}

func TestWhatMayHaveBeenDoneAndHasNoRequestIDIsNotRepeated(t *testing.T) {
	s := newServer(t)
	s.answer("DeleteOperation", failing(shuttingDown))
	request := &longrunningpb.DeleteOperationRequest{Name: "operations/1"}
	_, err := s.client(t).Operations.DeleteOperation(context.Background(), request)
	if !errors.Is(err, chronovisor.ErrUnavailable) || len(s.calls()) != 1 {
		t.Errorf("%d calls, and %v", len(s.calls()), err)
	}
}

func TestAPauseThatWouldPassTheDeadlineIsNotBegun(t *testing.T) {
	s := newServer(t)
	s.answer("GetVm", failing(shuttingDown))
	client := s.client(t, chronovisor.WithRetry(
		chronovisor.RetryPolicy{Attempts: 4, FirstPause: time.Hour, LongestPause: time.Hour}))
	began := time.Now()
	_, err := client.VMs.Get(context.Background(), "shop/web-1")
	if !errors.Is(err, chronovisor.ErrUnavailable) || time.Since(began) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

func TestACallHasADeadlineAndAStreamHasNone(t *testing.T) {
	s := newServer(t)
	s.answer("GetVm", ok(&chronovisorv1.Vm{}))
	s.answer("WatchEvents", ok(checkpoint(1)))
	client := s.client(t, chronovisor.WithTimeout(7*time.Second))
	ctx := context.Background()
	if _, err := client.VMs.Get(ctx, "shop/web-1"); err != nil {
		t.Fatal(err)
	}
	longer, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	if _, err := client.VMs.Get(longer, "shop/web-1"); err != nil {
		t.Fatal(err)
	}
	for range chronovisor.Watch(ctx, client.History.WatchEvents, &chronovisorv1.WatchEventsRequest{}) {
		break
	}
	calls := s.calls()
	if first := calls[0].timeout; first < 5*time.Second || first > 7*time.Second {
		t.Errorf("without one of its own it is %s", first)
	}
	if second := calls[1].timeout; second < 59*time.Minute {
		t.Errorf("the context's became %s", second)
	}
	if third := calls[2].timeout; third != 0 {
		t.Errorf("the stream has %s", third)
	}
}

func TestACallSaysWhoCallsWithWhatTokenAndWhichHistoryIsKnown(t *testing.T) {
	s := newServer(t)
	s.answer("GetVm",
		answer{messages: ok(&chronovisorv1.Vm{}).messages, header: metadata.Pairs("chronovisor-history", "first")},
		answer{err: status.Error(codes.NotFound, "no"), header: metadata.Pairs("chronovisor-history", "second")},
		ok(&chronovisorv1.Vm{}))
	client := s.client(t, chronovisor.WithToken("secret"))
	for range 3 {
		client.VMs.Get(context.Background(), "shop/web-1")
	}
	for i, history := range []string{"", "first", "second"} {
		found := s.calls()[i]
		if found.header("chronovisor-actor") != "user:ada" || found.header("authorization") != "Bearer secret" ||
			found.header("chronovisor-history") != history {
			t.Errorf("call %d has %v", i, found.metadata)
		}
	}
}

func TestATokenThatThereIsNotEndsTheCall(t *testing.T) {
	s := newServer(t)
	client := s.client(t, chronovisor.WithTokenSource(func(context.Context) (string, error) {
		return "", errors.New("the vault is closed")
	}))
	_, err := client.VMs.Get(context.Background(), "shop/web-1")
	if !errors.Is(err, chronovisor.ErrNotPermitted) || len(s.calls()) != 0 {
		t.Errorf("%d calls, and %v", len(s.calls()), err)
	}
}

func TestACallerCanCancel(t *testing.T) {
	s := newServer(t)
	s.answer("GetVm", failing(shuttingDown))
	client := s.client(t, chronovisor.WithRetry(
		chronovisor.RetryPolicy{Attempts: 4, FirstPause: 5 * time.Second, LongestPause: 5 * time.Second}))
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := client.VMs.Get(ctx, "shop/web-1")
	if !errors.Is(err, context.Canceled) || status.Code(err) != codes.Canceled {
		t.Errorf("%v", err)
	}
}

func TestTheFirstAddressThatAnswersIsUsed(t *testing.T) {
	s := newServer(t)
	s.answer("GetVm", ok(&chronovisorv1.Vm{Uid: "here"}))
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	client := s.client(t, chronovisor.WithServer(nobody.Addr().String(), s.address))
	if vm, err := client.VMs.Get(context.Background(), "shop/web-1"); err != nil || vm.GetUid() != "here" {
		t.Errorf("%v, %v", vm, err)
	}
}

func TestAnAddressThatIsSilentIsNotWaitedFor(t *testing.T) {
	s := newServer(t)
	s.answer("GetVm", ok(&chronovisorv1.Vm{Uid: "here"}))
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	client := s.client(t, chronovisor.WithServer(silent.Addr().String(), s.address))
	if vm, err := client.VMs.Get(context.Background(), "shop/web-1"); err != nil || vm.GetUid() != "here" {
		t.Errorf("%v, %v", vm, err)
	}
}

func TestItFindsTheServerOfAUnixSocket(t *testing.T) {
	s := newServer(t)
	s.answer("GetVm", ok(&chronovisorv1.Vm{Uid: "here"}))
	path := t.TempDir() + "/socket"
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	go s.grpc.Serve(listener)
	client := s.client(t, chronovisor.WithServer("unix:"+path), chronovisor.WithToken("secret"))
	if vm, err := client.VMs.Get(context.Background(), "shop/web-1"); err != nil || vm.GetUid() != "here" {
		t.Errorf("%v, %v", vm, err)
	}
}

func TestAServerThatIsNotThereIsUnavailable(t *testing.T) {
	s := newServer(t)
	s.grpc.Stop()
	_, err := s.client(t).VMs.Get(context.Background(), "shop/web-1")
	var refused *chronovisor.Error
	if !errors.As(err, &refused) || refused.Reason != chronovisor.ReasonUnreachable {
		t.Errorf("%v", err)
	}
}

func TestInterceptorsOfTheCallerSeeEachAttempt(t *testing.T) {
	s := newServer(t)
	s.answer("GetVm", failing(shuttingDown), ok(&chronovisorv1.Vm{}))
	attempts := 0
	counting := func(
		ctx context.Context, method string, request, reply any, connection *grpc.ClientConn,
		invoke grpc.UnaryInvoker, options ...grpc.CallOption,
	) error {
		attempts++
		return invoke(ctx, method, request, reply, connection, options...)
	}
	client := s.client(t, chronovisor.WithGRPC(grpc.WithChainUnaryInterceptor(counting)))
	if _, err := client.VMs.Get(context.Background(), "shop/web-1"); err != nil || attempts != 2 {
		t.Errorf("%d attempts, %v", attempts, err)
	}
}
