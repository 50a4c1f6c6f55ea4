package chronovisor_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

func packed(t *testing.T, message proto.Message) *anypb.Any {
	t.Helper()
	found, err := anypb.New(message)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func ended(t *testing.T, state chronovisorv1.VmState) *longrunningpb.Operation {
	return &longrunningpb.Operation{
		Name: "operations/1",
		Done: true,
		Result: &longrunningpb.Operation_Response{
			Response: packed(t, &chronovisorv1.Vm{State: state}),
		},
	}
}

func TestWaitingGivesTheVMOverARestartOfTheServer(t *testing.T) {
	s := newServer(t)
	pending := &longrunningpb.Operation{
		Name:     "operations/1",
		Metadata: packed(t, &chronovisorv1.OperationMetadata{Verb: "StartVm"}),
	}
	s.answer("StartVm", ok(pending))
	s.answer("WaitOperation",
		ok(pending),
		// More often than one call is tried.
		failing(shuttingDown), failing(shuttingDown), failing(shuttingDown), failing(shuttingDown), failing(shuttingDown),
		ok(ended(t, chronovisorv1.VmState_VM_STATE_RUNNING)))
	ctx := context.Background()
	operation, err := s.client(t).VMs.Start(ctx, "shop/web-1")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, operation.Metadata().GetVerb(), "StartVm")
	vm, err := operation.Wait(ctx)
	if err != nil || vm.GetState() != chronovisorv1.VmState_VM_STATE_RUNNING {
		t.Errorf("%v, %v", vm, err)
	}
}

func TestAnOperationThatIsDoneIsNotWaitedFor(t *testing.T) {
	s := newServer(t)
	s.answer("CreateVm", ok(ended(t, chronovisorv1.VmState_VM_STATE_STOPPED)))
	ctx := context.Background()
	operation, err := s.client(t, chronovisor.WithProject("shop")).VMs.Create(
		ctx, "web-1", chronovisor.ImageSpec("tiny", 1, 64, 2))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := operation.Wait(ctx); err != nil || len(s.calls()) != 1 {
		t.Errorf("%d calls, %v", len(s.calls()), err)
	}
	request := s.calls()[0].request.(*chronovisorv1.CreateVmRequest)
	expect(t, request.GetParent()+" "+request.GetVmId(), "projects/shop web-1")
	expect(t, request.GetVm().GetSpec().GetBoot().GetImage().GetImage(), "tiny")
}

func TestAnOperationThatFailedSaysWhy(t *testing.T) {
	s := newServer(t)
	failure := &longrunningpb.Operation{
		Name: "operations/1",
		Done: true,
		Result: &longrunningpb.Operation_Error{Error: &statuspb.Status{
			Code:    int32(codes.FailedPrecondition),
			Message: "no such image",
			Details: []*anypb.Any{packed(t, &errdetails.ErrorInfo{Reason: "STEP_FAILED"})},
		}},
	}
	s.answer("WaitOperation", ok(failure))
	_, err := s.client(t).Wait(context.Background(), "1")
	var found *chronovisor.Error
	if !errors.As(err, &found) || !errors.Is(err, chronovisor.ErrOperationFailed) || errors.Is(err, chronovisor.ErrWrongState) {
		t.Fatalf("%v", err)
	}
	expect(t, found.Reason, "STEP_FAILED")
	expect(t, found.Operation.GetName(), "operations/1")
}

func TestWaitingEndsWithItsContextAndSaysThatTheWorkGoesOn(t *testing.T) {
	s := newServer(t)
	s.answer("WaitOperation", ok(&longrunningpb.Operation{Name: "operations/1"}))
	ctx, cancel := context.WithTimeout(context.Background(), 250*time.Millisecond)
	defer cancel()
	_, err := s.client(t).Wait(ctx, "operations/1")
	if !errors.Is(err, context.DeadlineExceeded) || status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("%v", err)
	}
	if calls := len(s.calls()); calls > 4 {
		t.Errorf("it polled %d times in a quarter of a second", calls)
	}
}

func TestAnOperationThatIsNotThereIsNotFound(t *testing.T) {
	s := newServer(t)
	s.answer("WaitOperation", failing(status.Error(codes.NotFound, "no")))
	if _, err := s.client(t).Wait(context.Background(), "operations/1"); !errors.Is(err, chronovisor.ErrNotFound) {
		t.Errorf("%v", err)
	}
}
