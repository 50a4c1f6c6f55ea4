package chronovisor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	codepb "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// Kinds of errors, for errors.Is. What exactly is wrong is in the Reason of the *Error.
var (
	// A field is bad; Fields says which and why.
	ErrInvalidArgument = errors.New("invalid argument")
	// There is no such resource.
	ErrNotFound = errors.New("not found")
	// The name is taken.
	ErrAlreadyExists = errors.New("already exists")
	// The resource has changed since it was read, or the call lost a race: read again, then try again.
	ErrConflict = errors.New("conflict")
	// The resource's state does not allow the command.
	ErrWrongState = errors.New("wrong state")
	// No host has room, or the project's quota is used up.
	ErrExhausted = errors.New("exhausted")
	// The ledger does not have that position yet, or no longer.
	ErrOutOfRange = errors.New("out of range")
	// The caller did not say who it is, or may not do this.
	ErrNotPermitted = errors.New("not permitted")
	// The control plane does not answer, or is overloaded.
	ErrUnavailable = errors.New("unavailable")
	// No answer in time. The command may have been accepted: repeat it with the same request_id.
	ErrDeadlineExceeded = errors.New("deadline exceeded")
	// The command was accepted, and then its work failed. Operation is the operation as it ended.
	ErrOperationFailed = errors.New("operation failed")
)

var kinds = map[codes.Code]error{
	codes.InvalidArgument:    ErrInvalidArgument,
	codes.NotFound:           ErrNotFound,
	codes.AlreadyExists:      ErrAlreadyExists,
	codes.Aborted:            ErrConflict,
	codes.FailedPrecondition: ErrWrongState,
	codes.ResourceExhausted:  ErrExhausted,
	codes.OutOfRange:         ErrOutOfRange,
	codes.Unauthenticated:    ErrNotPermitted,
	codes.PermissionDenied:   ErrNotPermitted,
	codes.Unavailable:        ErrUnavailable,
	codes.DeadlineExceeded:   ErrDeadlineExceeded,
}

const reasonPrefix = "ERROR_REASON_"

// ReasonUnreachable is the reason where no server answered.
const ReasonUnreachable = "UNREACHABLE"

// FieldViolation is a field of the request that is bad.
type FieldViolation struct {
	// Its path in the request, such as vm.spec.image.
	Field string
	// The rule that it breaks.
	Description string
}

// Error is why a call, or an operation, was refused or failed.
type Error struct {
	Code codes.Code
	// From ErrorInfo, such as VM_NOT_FOUND; the name of the code where the server sent none.
	Reason  string
	Message string
	// From BadRequest.
	Fields []FieldViolation
	// ErrorInfo's own.
	Metadata map[string]string
	// The resource that it is about. Empty where that is not known.
	Resource string
	// What would have to be true, from PreconditionFailure and QuotaFailure.
	Violations []string
	// When to try again, from RetryInfo. 0 where the server sent none.
	RetryAfter time.Duration
	// Of ErrOperationFailed alone.
	Operation *longrunningpb.Operation

	status *status.Status
	// The client was closed before the call.
	closed bool
	cause  error
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s (%s)", e.Message, e.Reason)
	for _, each := range e.Fields {
		// The server names them in its message, where there is one.
		if !strings.Contains(e.Message, each.Field) {
			text += fmt.Sprintf("; %s: %s", each.Field, each.Description)
		}
	}
	return text
}

// ReasonCode is the reason as the API's enum has it; unspecified where this version of the client does not know it.
func (e *Error) ReasonCode() chronovisorv1.ErrorReason {
	return chronovisorv1.ErrorReason(chronovisorv1.ErrorReason_value[reasonPrefix+e.Reason])
}

// HasReason says whether an error is an *Error, or wraps one, for this reason.
func HasReason(err error, reason chronovisorv1.ErrorReason) bool {
	var refused *Error
	return errors.As(err, &refused) && reasonPrefix+refused.Reason == reason.String()
}

// Is says whether it is of a kind, such as ErrNotFound.
func (e *Error) Is(kind error) bool {
	if e.Operation != nil {
		return kind == ErrOperationFailed
	}
	switch kind {
	case context.DeadlineExceeded:
		return e.Code == codes.DeadlineExceeded
	case context.Canceled:
		return e.Code == codes.Canceled
	}
	return kind != nil && kind == kinds[e.Code]
}

func (e *Error) Unwrap() error {
	return e.cause
}

// GRPCStatus is for status.FromError and status.Code.
func (e *Error) GRPCStatus() *status.Status {
	return e.status
}

// StatusError is the error that a status stands for, such as that of an item of a batch. Nil where it is OK.
func StatusError(of *statuspb.Status) error {
	if codes.Code(of.GetCode()) == codes.OK {
		return nil
	}
	return errorOfStatus(status.FromProto(of))
}

// refusal is the error for a failed call.
func refusal(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	from, ok := status.FromError(err)
	if !ok {
		// Of the caller's context, or of one of its interceptors.
		from = status.FromContextError(err)
	}
	e := errorOfStatus(from)
	e.cause = err
	return e
}

func errorOfStatus(from *status.Status) *Error {
	e := &Error{Code: from.Code(), Message: from.Message(), status: from}
	for _, detail := range from.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			e.Reason, e.Metadata = detail.GetReason(), detail.GetMetadata()
			e.Resource = or(e.Resource, detail.GetMetadata()["name"])
		case *errdetails.ResourceInfo:
			e.Resource = detail.GetResourceName()
		case *errdetails.BadRequest:
			for _, each := range detail.GetFieldViolations() {
				e.Fields = append(e.Fields, FieldViolation{each.GetField(), each.GetDescription()})
			}
		case *errdetails.PreconditionFailure:
			for _, each := range detail.GetViolations() {
				e.Violations = append(e.Violations, each.GetDescription())
			}
		case *errdetails.QuotaFailure:
			for _, each := range detail.GetViolations() {
				e.Violations = append(e.Violations, each.GetDescription())
			}
		case *errdetails.RetryInfo:
			e.RetryAfter = detail.GetRetryDelay().AsDuration()
		}
	}
	if e.Reason == "" {
		e.Reason = ReasonUnreachable
		if e.Code != codes.Unavailable {
			e.Reason = codepb.Code(e.Code).String()
		}
	}
	return e
}
