package chronovisor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

const (
	// How long the server holds one call of a wait.
	waitStep = 30 * time.Second
	// The server answers a wait when its time is up; this much later it is not going to.
	answerGrace = 5 * time.Second
	// A server may answer a wait early (AIP-151): never poll oftener than this.
	shortestStep = 100 * time.Millisecond
	// How long the control plane may be away (a restart) before waiting gives up.
	patience = 30 * time.Second
)

// Operation is work that was accepted, and that goes on whether it is waited for or not.
type Operation struct {
	// As it was when the command was accepted.
	*longrunningpb.Operation
	client *Client
}

// Wait returns the VM as the operation left it. It waits until the context ends, over restarts of the control plane. An
// operation that failed is ErrOperationFailed.
func (o *Operation) Wait(ctx context.Context) (*chronovisorv1.Vm, error) {
	ended, err := o.client.waitFor(ctx, o.Operation)
	if err != nil {
		return nil, err
	}
	return VMOf(ended)
}

// Metadata is what the operation is about. Empty where the server sent none.
func (o *Operation) Metadata() *chronovisorv1.OperationMetadata {
	return MetadataOf(o.Operation)
}

// Wait waits until an operation is done, by its name, and returns it as it ended. See Operation.Wait.
func (c *Client) Wait(ctx context.Context, name string) (*longrunningpb.Operation, error) {
	return c.waitFor(ctx, &longrunningpb.Operation{Name: OperationName(name)})
}

func (c *Client) waitFor(ctx context.Context, operation *longrunningpb.Operation) (*longrunningpb.Operation, error) {
	lastAnswer := time.Now()
	for !operation.GetDone() {
		stepBegan := time.Now()
		found, err := c.waitOnce(ctx, operation.GetName())
		switch {
		case err == nil:
			operation, lastAnswer = found, time.Now()
		case ctx.Err() != nil:
			return operation, notDone(ctx, operation)
		case errors.Is(err, ErrDeadlineExceeded):
			// Of this step, not of the caller's context.
			lastAnswer = time.Now()
		case errors.Is(err, ErrUnavailable) && time.Since(lastAnswer) < patience:
		default:
			return operation, err
		}
		if !operation.GetDone() && !sleep(ctx, max(0, shortestStep-time.Since(stepBegan))) {
			return operation, notDone(ctx, operation)
		}
	}
	if operation.GetError() != nil {
		failure := errorOfStatus(status.FromProto(operation.GetError()))
		failure.Operation = operation
		return operation, failure
	}
	return operation, nil
}

func (c *Client) waitOnce(ctx context.Context, name string) (*longrunningpb.Operation, error) {
	step := waitStep
	if deadline, bounded := ctx.Deadline(); bounded {
		step = max(0, min(step, time.Until(deadline)))
	}
	stepCtx, cancel := context.WithTimeout(ctx, step+answerGrace)
	defer cancel()
	request := &longrunningpb.WaitOperationRequest{Name: name, Timeout: durationpb.New(step)}
	return c.Operations.WaitOperation(stepCtx, request)
}

func notDone(ctx context.Context, operation *longrunningpb.Operation) error {
	code := codes.Canceled
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		code = codes.DeadlineExceeded
	}
	e := errorOfStatus(status.New(code, operation.GetName()+" is not done, and goes on"))
	e.cause = ctx.Err()
	return e
}

// VMOf is the VM that an operation carries which is done and has not failed.
func VMOf(operation *longrunningpb.Operation) (*chronovisorv1.Vm, error) {
	vm := new(chronovisorv1.Vm)
	if err := operation.GetResponse().UnmarshalTo(vm); err != nil {
		return nil, fmt.Errorf("chronovisor: %s carries no VM: %w", operation.GetName(), err)
	}
	return vm, nil
}

// HostOf is the host that an operation carries which is done and has not failed, such as that of a drain.
func HostOf(operation *longrunningpb.Operation) (*chronovisorv1.Host, error) {
	host := new(chronovisorv1.Host)
	if err := operation.GetResponse().UnmarshalTo(host); err != nil {
		return nil, fmt.Errorf("chronovisor: %s carries no host: %w", operation.GetName(), err)
	}
	return host, nil
}

// MetadataOf is what an operation is about. Empty where the server sent none.
func MetadataOf(operation *longrunningpb.Operation) *chronovisorv1.OperationMetadata {
	metadata := new(chronovisorv1.OperationMetadata)
	if operation.GetMetadata().UnmarshalTo(metadata) != nil {
		return new(chronovisorv1.OperationMetadata)
	}
	return metadata
}
