package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// vmTimeout is how long one step of a VM is waited for. The control plane ends each by a deadline of its own.
const vmTimeout = 30 * time.Minute

type vmResource struct {
	connection *connection
}

func (r *vmResource) Metadata(_ context.Context, request resource.MetadataRequest, response *resource.MetadataResponse) {
	response.TypeName = request.ProviderTypeName + "_vm"
}

func (r *vmResource) Configure(_ context.Context, request resource.ConfigureRequest, response *resource.ConfigureResponse) {
	if err := connected(request.ProviderData, &r.connection); err != nil {
		response.Diagnostics.AddError("The provider is not as expected", err.Error())
	}
}

func (r *vmResource) Create(ctx context.Context, request resource.CreateRequest, response *resource.CreateResponse) {
	var plan vmModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	declared := plan.declared(ctx, &response.Diagnostics)
	if response.Diagnostics.HasError() {
		return
	}
	name := plan.Project.ValueString() + "/" + plan.VMID.ValueString()
	operation, err := r.connection.VMs.Create(ctx, name, declared.GetSpec(), func(request *chronovisorv1.CreateVmRequest) {
		request.Vm, request.Reason = declared, r.connection.reason
		// It is created and placed, or neither.
		request.Start = plan.Desired.ValueString() == running
	})
	if err != nil {
		refuse(&response.Diagnostics, "The VM cannot be created", err)
		return
	}
	vm, err := r.ended(ctx, operation, operation.Metadata().GetTarget())
	if err != nil {
		refuse(&response.Diagnostics, "The VM was created, and could not be started", err)
	}
	if vm == nil {
		return
	}
	// Also of a VM that did not start: it is there.
	response.Diagnostics.Append(remember(ctx, response.Private, vm)...)
	plan.take(ctx, vm, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &plan)...)
}

// ended waits for an operation. The VM is that which is there in the end, also where the operation failed.
func (r *vmResource) ended(
	ctx context.Context, operation *chronovisor.Operation, name string,
) (*chronovisorv1.Vm, error) {
	ctx, cancel := context.WithTimeout(ctx, vmTimeout)
	defer cancel()
	vm, failure := operation.Wait(ctx)
	if failure == nil {
		return vm, nil
	}
	vm, err := r.connection.VMs.Get(context.WithoutCancel(ctx), name)
	if err != nil {
		return nil, failure
	}
	return vm, failure
}

func (r *vmResource) Read(ctx context.Context, request resource.ReadRequest, response *resource.ReadResponse) {
	var state vmModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	found, err := r.connection.VMs.Get(ctx, state.Name.ValueString())
	switch {
	case errors.Is(err, chronovisor.ErrNotFound), err == nil && (isGone(found) || isAnother(state.UID, found.GetUid())):
		response.State.RemoveResource(ctx)
		return
	case err != nil:
		refuse(&response.Diagnostics, "The VM cannot be read", err)
		return
	}
	if !isKnown(ctx, request.Private, found) {
		state.takeSpec(ctx, found.GetSpec(), &response.Diagnostics)
		response.Diagnostics.Append(remember(ctx, response.Private, found)...)
	}
	state.take(ctx, found, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &state)...)
}

// specKey is where the spec is kept as the server had it after the last apply. The server writes selectors, defaults and
// lists in a form of its own: what is still the same there is still as it was declared.
const specKey = "spec"

// kept is the private state of a resource.
type kept interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func remember(ctx context.Context, private kept, vm *chronovisorv1.Vm) diag.Diagnostics {
	text, err := protojson.Marshal(vm.GetSpec())
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("The VM's spec cannot be kept", err.Error())}
	}
	return private.SetKey(ctx, specKey, text)
}

func isKnown(ctx context.Context, private kept, vm *chronovisorv1.Vm) bool {
	text, problems := private.GetKey(ctx, specKey)
	if problems.HasError() || text == nil {
		return false
	}
	spec := new(chronovisorv1.VmSpec)
	err := protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(text, spec)
	return err == nil && proto.Equal(spec, vm.GetSpec())
}

func isGone(vm *chronovisorv1.Vm) bool {
	state := vm.GetState()
	return state == chronovisorv1.VmState_VM_STATE_DELETED || state == chronovisorv1.VmState_VM_STATE_DELETING
}

func (r *vmResource) Update(ctx context.Context, request resource.UpdateRequest, response *resource.UpdateResponse) {
	var plan, state vmModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	declared, known := plan.declared(ctx, &response.Diagnostics), state.declared(ctx, &response.Diagnostics)
	if response.Diagnostics.HasError() {
		return
	}
	vm, err := r.connection.VMs.Get(ctx, state.Name.ValueString())
	if err == nil && isAnother(state.UID, vm.GetUid()) {
		err = fmt.Errorf("another VM has the name %s by now", vm.GetName())
	}
	if err != nil {
		refuse(&response.Diagnostics, "The VM cannot be read", err)
		return
	}
	// What was done when a later step fails is in the state, too.
	vm, err = r.converge(ctx, vm, declared, &plan, !proto.Equal(declared.GetSpec(), known.GetSpec()))
	if err != nil {
		refuse(&response.Diagnostics, "The VM cannot be updated", err)
	}
	applied := plan
	if err != nil {
		applied = state
		if !isKnown(ctx, request.Private, vm) {
			applied.takeSpec(ctx, vm.GetSpec(), &response.Diagnostics)
		}
	}
	response.Diagnostics.Append(remember(ctx, response.Private, vm)...)
	applied.take(ctx, vm, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &applied)...)
}

// converge brings a VM to what is declared. It returns the VM as far as it got.
func (r *vmResource) converge(
	ctx context.Context, vm, declared *chronovisorv1.Vm, plan *vmModel, changesSpec bool,
) (*chronovisorv1.Vm, error) {
	paths := []string{"labels", "expected_lifetime"}
	if changesSpec {
		paths = append(paths, "spec")
	}
	declared.Name = vm.GetName()
	updated, err := r.update(ctx, vm, declared, paths)
	if errors.Is(err, chronovisor.ErrWrongState) && changesSpec && powerOf(vm) != stopped {
		// Only a stopped VM takes another spec.
		if plan.Desired.ValueString() == running && !plan.StopToUpdate.ValueBool() {
			return vm, fmt.Errorf("%s is %s, and this change needs it stopped: set stop_to_update, or desired to %s first",
				vm.GetName(), powerOf(vm), stopped)
		}
		if vm, err = r.stop(ctx, vm, plan); err != nil {
			return vm, err
		}
		updated, err = r.update(ctx, vm, declared, paths)
	}
	if err != nil {
		return updated, err
	}
	vm = updated
	var operation *chronovisor.Operation
	switch now, desired := powerOf(vm), plan.Desired.ValueString(); {
	case now == desired:
		return vm, nil
	case desired == stopped:
		return r.stop(ctx, vm, plan)
	case now == stopped:
		operation, err = r.connection.VMs.Start(ctx, vm.GetName(),
			func(request *chronovisorv1.StartVmRequest) { request.Reason = r.connection.reason })
	default:
		operation, err = r.connection.VMs.Resume(ctx, vm.GetName(),
			func(request *chronovisorv1.ResumeVmRequest) { request.Reason = r.connection.reason })
	}
	if err != nil {
		return vm, err
	}
	return r.step(ctx, vm, operation)
}

func (r *vmResource) update(
	ctx context.Context, vm, declared *chronovisorv1.Vm, paths []string,
) (*chronovisorv1.Vm, error) {
	operation, err := r.connection.VMs.Update(ctx, declared, func(request *chronovisorv1.UpdateVmRequest) {
		request.UpdateMask, request.Reason = &fieldmaskpb.FieldMask{Paths: paths}, r.connection.reason
	})
	if err != nil {
		return vm, err
	}
	return r.step(ctx, vm, operation)
}

func (r *vmResource) stop(ctx context.Context, vm *chronovisorv1.Vm, plan *vmModel) (*chronovisorv1.Vm, error) {
	operation, err := r.connection.VMs.Stop(ctx, vm.GetName(), func(request *chronovisorv1.StopVmRequest) {
		request.Reason = r.connection.reason
		if grace, err := duration(plan.GracePeriod); err == nil && !plan.GracePeriod.IsNull() {
			request.GracePeriod = durationpb.New(grace)
		}
	})
	if err != nil {
		return vm, err
	}
	return r.step(ctx, vm, operation)
}

// step waits for an operation, and returns the VM as it is then, or as it was where that cannot be read.
func (r *vmResource) step(
	ctx context.Context, before *chronovisorv1.Vm, operation *chronovisor.Operation,
) (*chronovisorv1.Vm, error) {
	vm, err := r.ended(ctx, operation, before.GetName())
	if vm == nil {
		vm = before
	}
	return vm, err
}

func (r *vmResource) Delete(ctx context.Context, request resource.DeleteRequest, response *resource.DeleteResponse) {
	var state vmModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	if err := r.destroy(ctx, state.Name.ValueString(), state.UID.ValueString()); err != nil {
		refuse(&response.Diagnostics, "The VM cannot be destroyed", err)
	}
}

// destroy destroys the VM of this uid, and never another one that has its name by then.
func (r *vmResource) destroy(ctx context.Context, name, uid string) error {
	for attempt := 1; ; attempt++ {
		vm, err := r.connection.VMs.Get(ctx, name)
		if errors.Is(err, chronovisor.ErrNotFound) || err == nil && vm.GetUid() != uid {
			return nil
		}
		if err != nil {
			return err
		}
		operation, err := r.connection.VMs.Delete(ctx, name, func(request *chronovisorv1.DeleteVmRequest) {
			request.Etag, request.Reason = vm.GetEtag(), r.connection.reason
		})
		if errors.Is(err, chronovisor.ErrConflict) && attempt < 10 {
			// Its agent reported something in between.
			continue
		}
		if err != nil {
			return err
		}
		_, err = r.ended(ctx, operation, name)
		return err
	}
}

func (r *vmResource) ImportState(
	ctx context.Context, request resource.ImportStateRequest, response *resource.ImportStateResponse,
) {
	name := chronovisor.VMName(request.ID, "default")
	response.Diagnostics.Append(response.State.SetAttribute(ctx, path.Root("name"), name)...)
}
