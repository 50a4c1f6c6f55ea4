package provider_test

import (
	"context"
	"fmt"
	"net"
	"sort"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// fake is a control plane in memory, with one host: as much of it as the provider's tests see. Its operations are done at
// once. The tests run against a real one, too.
type fake struct {
	chronovisorv1.UnimplementedProjectServiceServer
	chronovisorv1.UnimplementedVmServiceServer
	chronovisorv1.UnimplementedHostServiceServer
	chronovisorv1.UnimplementedUtilizationServiceServer
	chronovisorv1.UnimplementedServiceAccountServiceServer
	chronovisorv1.UnimplementedNetworkServiceServer

	mutex    sync.Mutex
	uids     int
	updates  int
	projects map[string]*chronovisorv1.Project
	vms      map[string]*chronovisorv1.Vm
	accounts map[string]*chronovisorv1.ServiceAccount
	networks map[string]*chronovisorv1.Network
	groups   map[string]*chronovisorv1.SecurityGroup
	host     *chronovisorv1.Host
}

const theHost = "hosts/node-1"

func newFake(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{
		projects: map[string]*chronovisorv1.Project{"projects/default": {Name: "projects/default", Uid: "uid-default"}},
		vms:      map[string]*chronovisorv1.Vm{},
		accounts: map[string]*chronovisorv1.ServiceAccount{},
		networks: map[string]*chronovisorv1.Network{},
		groups:   map[string]*chronovisorv1.SecurityGroup{},
		host: &chronovisorv1.Host{
			Name: theHost, Uid: "uid-host", State: chronovisorv1.HostState_HOST_STATE_ACTIVE, Etag: "1",
			Labels: map[string]string{"agents": "own"}, Traits: []string{"cpu.avx2"},
			Inventory: map[string]*chronovisorv1.ResourceInventory{
				"vcpus": {Total: 16}, "memory_mib": {Total: 32768}, "disk_gib": {Total: 1000},
			},
		},
	}
	server := grpc.NewServer()
	chronovisorv1.RegisterProjectServiceServer(server, f)
	chronovisorv1.RegisterVmServiceServer(server, f)
	chronovisorv1.RegisterServiceAccountServiceServer(server, f)
	chronovisorv1.RegisterNetworkServiceServer(server, f)
	chronovisorv1.RegisterHostServiceServer(server, f)
	chronovisorv1.RegisterUtilizationServiceServer(server, f)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

func (f *fake) newUID() string {
	f.uids++
	return fmt.Sprintf("uid-%d", f.uids)
}

func notFound(name string) error {
	return status.Errorf(codes.NotFound, "%s does not exist", name)
}

func (f *fake) CreateProject(
	_ context.Context, request *chronovisorv1.CreateProjectRequest,
) (*chronovisorv1.Project, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	name := "projects/" + request.GetProjectId()
	if f.projects[name] != nil {
		return nil, status.Errorf(codes.AlreadyExists, "%s already exists", name)
	}
	project := proto.CloneOf(request.GetProject())
	project.Name, project.Uid, project.CreateTime = name, f.newUID(), timestamppb.Now()
	f.projects[name] = withPolicy(project)
	return proto.CloneOf(project), nil
}

func withPolicy(project *chronovisorv1.Project) *chronovisorv1.Project {
	if project.GetPlacementPolicy() == "" {
		project.PlacementPolicy = "pack-balanced"
	}
	return project
}

func (f *fake) GetProject(_ context.Context, request *chronovisorv1.GetProjectRequest) (*chronovisorv1.Project, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if found := f.projects[request.GetName()]; found != nil {
		return proto.CloneOf(found), nil
	}
	return nil, notFound(request.GetName())
}

func (f *fake) UpdateProject(
	_ context.Context, request *chronovisorv1.UpdateProjectRequest,
) (*chronovisorv1.Project, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	given := request.GetProject()
	known := f.projects[given.GetName()]
	if known == nil {
		return nil, notFound(given.GetName())
	}
	for _, path := range request.GetUpdateMask().GetPaths() {
		known.ProtoReflect().Clear(known.ProtoReflect().Descriptor().Fields().ByTextName(path))
		field := given.ProtoReflect().Descriptor().Fields().ByTextName(path)
		if given.ProtoReflect().Has(field) {
			known.ProtoReflect().Set(field, given.ProtoReflect().Get(field))
		}
	}
	return proto.CloneOf(withPolicy(known)), nil
}

func (f *fake) DeleteProject(
	_ context.Context, request *chronovisorv1.DeleteProjectRequest,
) (*chronovisorv1.Project, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	found := f.projects[request.GetName()]
	if found == nil {
		return nil, notFound(request.GetName())
	}
	for name := range f.vms {
		if strings.HasPrefix(name, found.GetName()+"/") {
			return nil, status.Error(codes.FailedPrecondition, "it has VMs")
		}
	}
	delete(f.projects, request.GetName())
	return found, nil
}

// done is an operation that has ended.
func done(vm *chronovisorv1.Vm) (*longrunningpb.Operation, error) {
	response, err := anypb.New(vm)
	if err != nil {
		return nil, err
	}
	metadata, err := anypb.New(&chronovisorv1.OperationMetadata{Target: vm.GetName()})
	if err != nil {
		return nil, err
	}
	return &longrunningpb.Operation{
		Name: "operations/" + vm.GetUid(), Done: true, Metadata: metadata,
		Result: &longrunningpb.Operation_Response{Response: response},
	}, nil
}

// canonical is a spec as the server has it.
func canonical(spec *chronovisorv1.VmSpec) *chronovisorv1.VmSpec {
	found := proto.CloneOf(spec)
	if found.GetPlacement() == nil {
		found.Placement = &chronovisorv1.PlacementRules{}
	}
	for _, each := range found.GetPlacement().GetGroups() {
		if each.GetWithin() == "" {
			each.Within = "host"
		}
	}
	sort.Strings(found.GetPlacement().GetAvoidHosts())
	return found
}

func (f *fake) become(vm *chronovisorv1.Vm, state chronovisorv1.VmState) {
	vm.State, vm.Etag = state, f.newUID()
	vm.Host = ""
	if state == chronovisorv1.VmState_VM_STATE_RUNNING || state == chronovisorv1.VmState_VM_STATE_PAUSED {
		vm.Host = theHost
	}
}

func (f *fake) CreateVm(_ context.Context, request *chronovisorv1.CreateVmRequest) (*longrunningpb.Operation, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	name := request.GetParent() + "/vms/" + request.GetVmId()
	if f.projects[request.GetParent()] == nil {
		return nil, notFound(request.GetParent())
	}
	if f.vms[name] != nil {
		return nil, status.Errorf(codes.AlreadyExists, "%s already exists", name)
	}
	vm := proto.CloneOf(request.GetVm())
	vm.Name, vm.Uid, vm.CreateTime, vm.Spec = name, f.newUID(), timestamppb.Now(), canonical(vm.GetSpec())
	f.become(vm, chronovisorv1.VmState_VM_STATE_STOPPED)
	if request.GetStart() {
		f.become(vm, chronovisorv1.VmState_VM_STATE_RUNNING)
	}
	f.vms[name] = vm
	return done(vm)
}

func (f *fake) GetVm(_ context.Context, request *chronovisorv1.GetVmRequest) (*chronovisorv1.Vm, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if found := f.vms[request.GetName()]; found != nil {
		return proto.CloneOf(found), nil
	}
	return nil, notFound(request.GetName())
}

func (f *fake) ListVms(_ context.Context, request *chronovisorv1.ListVmsRequest) (*chronovisorv1.ListVmsResponse, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	found := &chronovisorv1.ListVmsResponse{}
	for name, vm := range f.vms {
		if strings.HasPrefix(name, request.GetParent()+"/") {
			found.Vms = append(found.Vms, proto.CloneOf(vm))
		}
	}
	return found, nil
}

func (f *fake) UpdateVm(_ context.Context, request *chronovisorv1.UpdateVmRequest) (*longrunningpb.Operation, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	given := request.GetVm()
	vm := f.vms[given.GetName()]
	if vm == nil {
		return nil, notFound(given.GetName())
	}
	paths := request.GetUpdateMask().GetPaths()
	if len(paths) == 0 && len(given.GetLabels()) > 0 {
		paths = []string{"labels"}
	}
	for _, path := range paths {
		switch path {
		case "labels":
			vm.Labels = given.GetLabels()
		case "expected_lifetime":
			vm.ExpectedLifetime = given.GetExpectedLifetime()
		case "spec":
			spec := canonical(given.GetSpec())
			if proto.Equal(spec, vm.GetSpec()) {
				continue
			}
			if vm.GetState() != chronovisorv1.VmState_VM_STATE_STOPPED {
				return nil, status.Errorf(codes.FailedPrecondition, "%s is running", vm.GetName())
			}
			vm.Spec = spec
		}
	}
	return done(vm)
}

func (f *fake) change(name string, state chronovisorv1.VmState) (*longrunningpb.Operation, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	vm := f.vms[name]
	if vm == nil {
		return nil, notFound(name)
	}
	f.become(vm, state)
	return done(vm)
}

func (f *fake) StartVm(_ context.Context, request *chronovisorv1.StartVmRequest) (*longrunningpb.Operation, error) {
	return f.change(request.GetName(), chronovisorv1.VmState_VM_STATE_RUNNING)
}

func (f *fake) StopVm(_ context.Context, request *chronovisorv1.StopVmRequest) (*longrunningpb.Operation, error) {
	return f.change(request.GetName(), chronovisorv1.VmState_VM_STATE_STOPPED)
}

func (f *fake) PauseVm(_ context.Context, request *chronovisorv1.PauseVmRequest) (*longrunningpb.Operation, error) {
	return f.change(request.GetName(), chronovisorv1.VmState_VM_STATE_PAUSED)
}

func (f *fake) ResumeVm(_ context.Context, request *chronovisorv1.ResumeVmRequest) (*longrunningpb.Operation, error) {
	return f.change(request.GetName(), chronovisorv1.VmState_VM_STATE_RUNNING)
}

func (f *fake) DeleteVm(_ context.Context, request *chronovisorv1.DeleteVmRequest) (*longrunningpb.Operation, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	vm := f.vms[request.GetName()]
	if vm == nil {
		return nil, notFound(request.GetName())
	}
	if request.GetEtag() != "" && request.GetEtag() != vm.GetEtag() {
		return nil, status.Error(codes.Aborted, "it has changed")
	}
	delete(f.vms, request.GetName())
	f.become(vm, chronovisorv1.VmState_VM_STATE_DELETED)
	return done(vm)
}

func (f *fake) GetHost(_ context.Context, request *chronovisorv1.GetHostRequest) (*chronovisorv1.Host, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if request.GetName() != f.host.GetName() {
		return nil, notFound(request.GetName())
	}
	return f.counted(), nil
}

func (f *fake) ListHosts(context.Context, *chronovisorv1.ListHostsRequest) (*chronovisorv1.ListHostsResponse, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return &chronovisorv1.ListHostsResponse{Hosts: []*chronovisorv1.Host{f.counted()}}, nil
}

// counted is the host with its capacity.
func (f *fake) counted() *chronovisorv1.Host {
	host := proto.CloneOf(f.host)
	capacity := func(class string) int64 {
		inventory, ratio := host.GetInventory()[class], 1.0
		if inventory.AllocationRatio != nil {
			ratio = inventory.GetAllocationRatio()
		}
		return int64(float64(inventory.GetTotal()-inventory.GetReserved()) * ratio)
	}
	host.Capacity = &chronovisorv1.Resources{
		Vcpus: capacity("vcpus"), MemoryMib: capacity("memory_mib"), DiskGib: capacity("disk_gib"),
	}
	return host
}

func (f *fake) UpdateHost(_ context.Context, request *chronovisorv1.UpdateHostRequest) (*chronovisorv1.Host, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	given := request.GetHost()
	// As on a host on which VMs are placed meanwhile.
	if f.updates++; f.updates%3 != 0 {
		f.host.Etag = f.newUID()
	}
	if given.GetEtag() != "" && given.GetEtag() != f.host.GetEtag() {
		return nil, status.Error(codes.Aborted, "it has changed")
	}
	for _, path := range request.GetUpdateMask().GetPaths() {
		switch path {
		case "labels":
			f.host.Labels = given.GetLabels()
		case "traits":
			f.host.Traits = given.GetTraits()
		case "zone":
			f.host.Zone = given.GetZone()
		case "dedicated_project":
			f.host.DedicatedProject = given.GetDedicatedProject()
		case "inventory":
			f.host.Inventory = given.GetInventory()
		}
	}
	f.host.Etag = f.newUID()
	return f.counted(), nil
}

func (f *fake) CordonHost(context.Context, *chronovisorv1.CordonHostRequest) (*chronovisorv1.Host, error) {
	return f.cordoned(chronovisorv1.HostState_HOST_STATE_CORDONED)
}

func (f *fake) UncordonHost(context.Context, *chronovisorv1.UncordonHostRequest) (*chronovisorv1.Host, error) {
	return f.cordoned(chronovisorv1.HostState_HOST_STATE_ACTIVE)
}

func (f *fake) cordoned(state chronovisorv1.HostState) (*chronovisorv1.Host, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.host.State = state
	f.host.Etag = f.newUID()
	return f.counted(), nil
}

func (f *fake) GetUtilization(
	_ context.Context, request *chronovisorv1.GetUtilizationRequest,
) (*chronovisorv1.Utilization, error) {
	return &chronovisorv1.Utilization{
		Scope: request.GetScope(), Hosts: 1,
		Classes: []*chronovisorv1.ClassUtilization{{ResourceClass: "vcpus", Total: 16, Allocated: 4, Free: 12, Eta: 0.25}},
	}, nil
}
