package chronovisor

import (
	"context"
	"iter"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc"

	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// How many changes come in one message: many times faster than one by one, and within a message's limit.
const watchBatch = 1000

// VMs are the service of VMs. In the shorter calls, a VM is named as shop/web-1, or as web-1 in the client's project, and
// `edit` changes the request before it is sent: its etag, its reason, validate_only.
type VMs struct {
	chronovisorv1.VmServiceClient
	client *Client
}

// ImageSpec is a VM that boots from an image, such as debian-12.qcow2.
func ImageSpec(image string, vcpus, memoryMiB, diskGiB int64) *chronovisorv1.VmSpec {
	return &chronovisorv1.VmSpec{
		Resources: &chronovisorv1.Resources{Vcpus: vcpus, MemoryMib: memoryMiB, DiskGib: diskGiB},
		Boot: &chronovisorv1.BootSource{
			Source: &chronovisorv1.BootSource_Image{Image: &chronovisorv1.ImageBoot{Image: image}},
		},
	}
}

// Create records a VM. It is stopped, unless `edit` sets start.
func (v *VMs) Create(
	ctx context.Context, vm string, spec *chronovisorv1.VmSpec, edit ...func(*chronovisorv1.CreateVmRequest),
) (*Operation, error) {
	name := v.name(vm)
	parent, id := parentOf(name)
	request := &chronovisorv1.CreateVmRequest{Parent: parent, VmId: id, Vm: &chronovisorv1.Vm{Spec: spec}}
	return begin(ctx, v.client, v.CreateVm, request, edit)
}

// Get returns a VM as it is, or as it was where `edit` sets at_position or read_time.
func (v *VMs) Get(
	ctx context.Context, vm string, edit ...func(*chronovisorv1.GetVmRequest),
) (*chronovisorv1.Vm, error) {
	return v.GetVm(ctx, edited(&chronovisorv1.GetVmRequest{Name: v.name(vm)}, edit))
}

// List gives the VMs of a project, or of all projects where that is "-".
func (v *VMs) List(
	ctx context.Context, project string, edit ...func(*chronovisorv1.ListVmsRequest),
) iter.Seq2[*chronovisorv1.Vm, error] {
	request := &chronovisorv1.ListVmsRequest{Parent: ProjectName(project), PageSize: 1000}
	return Items(ctx, v.ListVms, edited(request, edit), (*chronovisorv1.ListVmsResponse).GetVms)
}

// Update changes the fields of a VM that the mask of the request names; without a mask, those that are set.
func (v *VMs) Update(
	ctx context.Context, vm *chronovisorv1.Vm, edit ...func(*chronovisorv1.UpdateVmRequest),
) (*Operation, error) {
	return begin(ctx, v.client, v.UpdateVm, &chronovisorv1.UpdateVmRequest{Vm: vm}, edit)
}

// Start places a VM and starts it.
func (v *VMs) Start(
	ctx context.Context, vm string, edit ...func(*chronovisorv1.StartVmRequest),
) (*Operation, error) {
	return begin(ctx, v.client, v.StartVm, &chronovisorv1.StartVmRequest{Name: v.name(vm)}, edit)
}

// Stop stops a VM. It has a minute to power off by itself, unless `edit` sets grace_period.
func (v *VMs) Stop(ctx context.Context, vm string, edit ...func(*chronovisorv1.StopVmRequest)) (*Operation, error) {
	return begin(ctx, v.client, v.StopVm, &chronovisorv1.StopVmRequest{Name: v.name(vm)}, edit)
}

// Reboot restarts the guest of a VM in place.
func (v *VMs) Reboot(
	ctx context.Context, vm string, edit ...func(*chronovisorv1.RebootVmRequest),
) (*Operation, error) {
	return begin(ctx, v.client, v.RebootVm, &chronovisorv1.RebootVmRequest{Name: v.name(vm)}, edit)
}

// Pause freezes the vCPUs of a VM.
func (v *VMs) Pause(
	ctx context.Context, vm string, edit ...func(*chronovisorv1.PauseVmRequest),
) (*Operation, error) {
	return begin(ctx, v.client, v.PauseVm, &chronovisorv1.PauseVmRequest{Name: v.name(vm)}, edit)
}

// Resume lets a paused VM go on.
func (v *VMs) Resume(
	ctx context.Context, vm string, edit ...func(*chronovisorv1.ResumeVmRequest),
) (*Operation, error) {
	return begin(ctx, v.client, v.ResumeVm, &chronovisorv1.ResumeVmRequest{Name: v.name(vm)}, edit)
}

// Delete destroys a VM and its disk. Its history stays.
func (v *VMs) Delete(
	ctx context.Context, vm string, edit ...func(*chronovisorv1.DeleteVmRequest),
) (*Operation, error) {
	return begin(ctx, v.client, v.DeleteVm, &chronovisorv1.DeleteVmRequest{Name: v.name(vm)}, edit)
}

// Watch gives the VMs of a project, or of all where that is "-", and keeps them up: as they are (FromBeginning) or from
// a position on, and then as they change. One that is Gone is to be dropped. See the function Watch for how it ends.
func (v *VMs) Watch(
	ctx context.Context, project string, start Start, edit ...func(*chronovisorv1.WatchVmsRequest),
) iter.Seq2[*chronovisorv1.VmChange, error] {
	request := &chronovisorv1.WatchVmsRequest{
		Parent:        ProjectName(project),
		AfterPosition: start.after,
		FromNow:       start.now,
		MaxBatchSize:  watchBatch,
	}
	return changes(Watch(ctx, v.WatchVms, edited(request, edit)),
		func(message *chronovisorv1.WatchVmsResponse) []*chronovisorv1.VmChange {
			if change := message.GetChange(); change != nil {
				return []*chronovisorv1.VmChange{change}
			}
			return message.GetChanges().GetChanges()
		})
}

func (v *VMs) name(given string) string {
	return VMName(given, v.client.project)
}

// Start is where a watch begins.
type Start struct {
	after int64
	now   bool
}

var (
	// FromBeginning begins with the first event, or with all VMs as they are.
	FromBeginning = Start{}
	// FromNow begins with what comes next.
	FromNow = Start{now: true}
)

// After begins with what follows a position.
func After(position int64) Start {
	return Start{after: position}
}

func edited[Req any](request Req, edit []func(Req)) Req {
	for _, each := range edit {
		each(request)
	}
	return request
}

// begin sends a command whose answer is an operation.
func begin[Req any](
	ctx context.Context, client *Client,
	method func(context.Context, Req, ...grpc.CallOption) (*longrunningpb.Operation, error),
	request Req, edit []func(Req),
) (*Operation, error) {
	operation, err := method(ctx, edited(request, edit))
	if err != nil {
		return nil, err
	}
	return &Operation{operation, client}, nil
}

// changes are what the messages of a watch carry, without the states of the stream.
func changes[Resp, Change any](messages iter.Seq2[Resp, error], of func(Resp) []Change) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for message, err := range messages {
			if err != nil {
				var none Change
				yield(none, err)
				return
			}
			for _, change := range of(message) {
				if !yield(change, nil) {
					return
				}
			}
		}
	}
}
