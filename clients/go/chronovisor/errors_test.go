package chronovisor_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

func refusal(t *testing.T, err error) *chronovisor.Error {
	t.Helper()
	s := newServer(t)
	s.answer("GetVm", failing(err))
	client := s.client(t, chronovisor.WithRetry(chronovisor.RetryPolicy{Attempts: 1}))
	_, failed := client.VMs.Get(context.Background(), "shop/web-1")
	var found *chronovisor.Error
	if !errors.As(fmt.Errorf("in a program: %w", failed), &found) {
		t.Fatalf("it is %T", failed)
	}
	return found
}

func TestAnErrorHasEveryDetailOfTheServer(t *testing.T) {
	found := refusal(t, refused(codes.InvalidArgument, "bad",
		&errdetails.ErrorInfo{Reason: "INVALID_FIELD", Metadata: map[string]string{"name": "projects/shop", "more": "x"}},
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{Field: "vm.spec", Description: "is missing"},
		}},
		&errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{{Description: "first"}}},
		&errdetails.QuotaFailure{Violations: []*errdetails.QuotaFailure_Violation{{Description: "second"}}},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(1500 * time.Millisecond)}))
	expect(t, found.Code, codes.InvalidArgument)
	expect(t, found.Reason, "INVALID_FIELD")
	expect(t, found.ReasonCode(), chronovisorv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
	expect(t, found.Fields, []chronovisor.FieldViolation{{Field: "vm.spec", Description: "is missing"}})
	expect(t, found.Metadata["more"], "x")
	expect(t, found.Resource, "projects/shop")
	expect(t, found.Violations, []string{"first", "second"})
	expect(t, found.RetryAfter, 1500*time.Millisecond)
	expect(t, found.Error(), "bad (INVALID_FIELD); vm.spec: is missing")
	expect(t, len(status.Convert(found).Details()), 5)
}

func TestTheResourceIsThatOfResourceInfo(t *testing.T) {
	found := refusal(t, refused(codes.NotFound, "no",
		&errdetails.ResourceInfo{ResourceName: "hosts/a"},
		&errdetails.ErrorInfo{Reason: "HOST_NOT_FOUND", Metadata: map[string]string{"name": "hosts/b"}}))
	expect(t, found.Resource, "hosts/a")
}

func TestAnErrorIsOfTheKindOfItsCode(t *testing.T) {
	kinds := map[codes.Code]error{
		codes.InvalidArgument:    chronovisor.ErrInvalidArgument,
		codes.NotFound:           chronovisor.ErrNotFound,
		codes.AlreadyExists:      chronovisor.ErrAlreadyExists,
		codes.Aborted:            chronovisor.ErrConflict,
		codes.FailedPrecondition: chronovisor.ErrWrongState,
		codes.ResourceExhausted:  chronovisor.ErrExhausted,
		codes.OutOfRange:         chronovisor.ErrOutOfRange,
		codes.Unauthenticated:    chronovisor.ErrNotPermitted,
		codes.PermissionDenied:   chronovisor.ErrNotPermitted,
		codes.Unavailable:        chronovisor.ErrUnavailable,
		codes.DeadlineExceeded:   chronovisor.ErrDeadlineExceeded,
	}
	for code, kind := range kinds {
		found := refusal(t, status.Error(code, "no"))
		for _, each := range kinds {
			if errors.Is(found, each) != (each == kind) {
				t.Errorf("whether %s is %v: %t", code, each, errors.Is(found, each))
			}
		}
	}
}

func TestAReasonThatIsNotKnownIsKeptAsText(t *testing.T) {
	found := refusal(t, refused(codes.NotFound, "no", &errdetails.ErrorInfo{Reason: "COMET_NOT_FOUND"}))
	expect(t, found.Reason, "COMET_NOT_FOUND")
	expect(t, found.ReasonCode(), chronovisorv1.ErrorReason_ERROR_REASON_UNSPECIFIED)
	if chronovisor.HasReason(found, chronovisorv1.ErrorReason_ERROR_REASON_VM_NOT_FOUND) {
		t.Error("it is another's")
	}
}

func TestWithoutAReasonItIsTheNameOfTheCode(t *testing.T) {
	for code, name := range map[codes.Code]string{
		codes.NotFound: "NOT_FOUND", codes.Internal: "INTERNAL", codes.FailedPrecondition: "FAILED_PRECONDITION",
		codes.Canceled: "CANCELLED", codes.Unavailable: chronovisor.ReasonUnreachable,
	} {
		expect(t, refusal(t, status.Error(code, "no")).Reason, name)
	}
}

func TestADeadlineIsAlsoTheContextsOwn(t *testing.T) {
	s := newServer(t)
	s.answer("WatchEvents", open())
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	var last error
	for _, err := range s.client(t).History.Watch(ctx, "", chronovisor.FromNow) {
		last = err
	}
	if !errors.Is(last, context.DeadlineExceeded) || !errors.Is(last, chronovisor.ErrDeadlineExceeded) {
		t.Errorf("%v", last)
	}
}

func TestTheStatusOfAnItemOfABatchIsAnErrorWhereItIsNotOK(t *testing.T) {
	if err := chronovisor.StatusError(&statuspb.Status{}); err != nil {
		t.Error(err)
	}
	err := chronovisor.StatusError(&statuspb.Status{Code: int32(codes.AlreadyExists), Message: "there"})
	if !errors.Is(err, chronovisor.ErrAlreadyExists) {
		t.Error(err)
	}
}

func TestARefusalForWantOfRoomSaysWhatIsMissingWhere(t *testing.T) {
	found := refusal(t, refused(codes.ResourceExhausted, "no host fits", &errdetails.ErrorInfo{
		Reason: "NO_CAPACITY",
		Metadata: map[string]string{
			"hosts_considered": "5", "turned_down.vcpus": "3", "turned_down.pinned": "2", "turned_down.odd": "some",
			"nearest.1": "hosts/node-1 lacks 2 vcpus", "nearest.2": "hosts/node-2 breaks pinned", "nearest.3": "?",
		},
	}))
	considered, known := found.HostsConsidered()
	expect(t, []any{considered, known}, []any{int64(5), true})
	expect(t, found.TurnedDown(), map[string]int64{"vcpus": 3, "pinned": 2})
	expect(t, found.Nearest(), []chronovisor.NearMiss{{"hosts/node-1", "vcpus", 2}, {"hosts/node-2", "pinned", 0}})

	other := refusal(t, status.Error(codes.NotFound, "no"))
	_, known = other.HostsConsidered()
	expect(t, []any{known, len(other.TurnedDown()), len(other.Nearest())}, []any{false, 0, 0})
}
