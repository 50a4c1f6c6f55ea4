package provider_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// scene is the provider and somebody else, on one server: a fake, or the one that CHRONOVISOR_SERVER names, with one host.
type scene struct {
	*plugin
	client *chronovisor.Client
	// The id of a project that no other test has.
	project string
	// The id of the host.
	host string
}

func newScene(t *testing.T) *scene {
	t.Helper()
	address := os.Getenv(chronovisor.EnvServer)
	if address == "" {
		address = newFake(t)
	}
	client, err := chronovisor.Connect(chronovisor.WithServer(address), chronovisor.WithActor("user:somebody"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	s := &scene{
		plugin: configured(t, address), client: client, project: "tf-" + strings.ToLower(rand.Text()[:10]),
	}
	for host, err := range client.Hosts.List(context.Background()) {
		must(t, err)
		s.host = strings.TrimPrefix(host.GetName(), "hosts/")
	}
	return s
}

// withProject has the scene's project, without a resource.
func (s *scene) withProject() *scene {
	s.t.Helper()
	ctx := context.Background()
	_, err := s.client.Projects.Create(ctx, s.project)
	must(s.t, err)
	s.t.Cleanup(func() {
		var left []string
		for vm, err := range s.client.VMs.List(ctx, s.project) {
			must(s.t, err)
			left = append(left, vm.GetName())
		}
		for _, vm := range left {
			operation, err := s.client.VMs.Delete(ctx, vm)
			must(s.t, err)
			_, err = operation.Wait(ctx)
			must(s.t, err)
		}
		_, err := s.client.Projects.Delete(ctx, s.project)
		must(s.t, err)
	})
	return s
}

func (s *scene) vm() values {
	return values{
		"project": s.project, "vm_id": "web", "vcpus": 1, "memory_mib": 64, "disk_gib": 1, "image": "tiny.qcow2",
		"labels": values{"app": "web"}, "expected_lifetime": "90m", "grace_period": "0s",
		"placement": values{
			"require":     "zone in (a,b),!broken ",
			"avoid_hosts": []any{"hosts/z", "hosts/y"},
			"groups":      []any{values{"kind": "ANTI_AFFINITY", "vms": "app = web", "soft": true}},
			"prefer":      []any{values{"selector": "trait:ssd", "weight": 5}},
		},
	}
}

// placeable is a VM that any host takes.
func (s *scene) placeable() values {
	config := s.vm()
	config["placement"] = values{"groups": []any{values{"kind": "SPREAD", "vms": "app=web", "soft": true}}}
	return config
}

func with(config values, more values) values {
	found := values{}
	for key, value := range config {
		found[key] = value
	}
	for key, value := range more {
		if found[key] = value; value == nil {
			delete(found, key)
		}
	}
	return found
}

// expectNothing fails unless the next plan would change nothing.
func expectNothing(t *testing.T, i *instance, config values) {
	t.Helper()
	i.refresh()
	planned, err := i.plan(config)
	must(t, err)
	if len(planned.changes) > 0 || len(planned.replaces) > 0 {
		t.Errorf("it would change %v of %v", planned.changes, i.now())
	}
}

func expect(t *testing.T, what string, found, expected any) {
	t.Helper()
	if fmt.Sprint(found) != fmt.Sprint(expected) {
		t.Errorf("%s is %v, not %v", what, found, expected)
	}
}

func TestAProjectIsCreatedUpdatedImportedAndDestroyed(t *testing.T) {
	s := newScene(t)
	config := values{
		"project_id": s.project, "display_name": "Shop", "labels": values{"tier": "gold"},
		"quota": values{"vcpus": 32, "extended": values{"gpu.a100": 2}},
	}
	project := s.resource("chronovisor_project")
	must(t, project.apply(config))
	expect(t, "name", project.now()["name"], "projects/"+s.project)
	expectNothing(t, project, config)

	changed := with(config, values{
		"display_name": nil, "labels": values{"tier": "lead", "of": "x"}, "quota": values{"memory_mib": 1024},
		"zone_policies": values{"eu-1": "spread"}, "placement_policy": "spread",
	})
	uid := project.now()["uid"]
	must(t, project.apply(changed))
	expect(t, "uid", project.now()["uid"], uid)
	expectNothing(t, project, changed)
	found, err := s.client.Projects.Get(context.Background(), s.project)
	must(t, err)
	expect(t, "its title", found.GetDisplayName(), "")
	expect(t, "its quota", found.GetQuota().GetVcpus(), 0)

	expectNothing(t, s.imported("chronovisor_project", s.project), with(changed, values{"quota": values{
		"memory_mib": 1024}}))
	must(t, project.destroy())
	_, err = s.client.Projects.Get(context.Background(), s.project)
	if !errors.Is(err, chronovisor.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestAProjectThatOthersChangedIsAsDeclaredAgain(t *testing.T) {
	s := newScene(t)
	config := values{"project_id": s.project, "labels": values{"tier": "gold"}}
	project := s.resource("chronovisor_project")
	must(t, project.apply(config))
	t.Cleanup(func() { project.destroy() })
	_, err := s.client.Projects.UpdateProject(context.Background(), &chronovisorv1.UpdateProjectRequest{
		Project: &chronovisorv1.Project{
			Name: "projects/" + s.project, Labels: map[string]string{"tier": "lead"}, DisplayName: "other",
			Quota: &chronovisorv1.Resources{Vcpus: 1},
		},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"labels", "display_name", "quota"}},
	})
	must(t, err)
	project.refresh()
	planned, err := project.plan(config)
	must(t, err)
	expect(t, "what it would change", planned.changes, []string{"display_name", "labels", "quota"})
	must(t, project.apply(config))
	expectNothing(t, project, config)
}

func TestWhatOthersDestroyedIsMadeAgain(t *testing.T) {
	s := newScene(t)
	config := values{"project_id": s.project}
	project := s.resource("chronovisor_project")
	must(t, project.apply(config))
	uid := project.now()["uid"]
	ctx := context.Background()
	_, err := s.client.Projects.Delete(ctx, s.project)
	must(t, err)
	// Another one has its name by now.
	_, err = s.client.Projects.Create(ctx, s.project)
	must(t, err)
	project.refresh()
	if project.now() != nil {
		t.Error("another one was taken for it")
	}
	_, err = s.client.Projects.Delete(ctx, s.project)
	must(t, err)
	must(t, project.apply(config))
	if project.now()["uid"] == uid {
		t.Error("it is the old one")
	}
	must(t, project.destroy())
}

func TestAVMIsCreatedStoppedStartedImportedAndDestroyed(t *testing.T) {
	s := newScene(t).withProject()
	config := s.placeable()
	vm := s.resource("chronovisor_vm")
	must(t, vm.apply(config))
	expect(t, "state", vm.now()["state"], "RUNNING")
	expect(t, "host", vm.now()["host"], "hosts/"+s.host)
	expectNothing(t, vm, config)

	must(t, vm.apply(with(config, values{"desired": "STOPPED"})))
	expect(t, "state", vm.now()["state"], "STOPPED")
	must(t, vm.apply(config))
	expect(t, "state", vm.now()["state"], "RUNNING")

	// Of an imported one, the server's form of the spec is all that is known: what is declared then means the same.
	imported := s.imported("chronovisor_vm", s.project+"/web")
	expect(t, "uid", imported.now()["uid"], vm.now()["uid"])
	must(t, imported.apply(config))
	expectNothing(t, imported, config)
	expect(t, "state", imported.now()["state"], "RUNNING")

	must(t, vm.destroy())
	_, err := s.client.VMs.Get(context.Background(), s.project+"/web")
	if !errors.Is(err, chronovisor.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestWhatAVMIsDeclaredAsStaysInItsOwnForm(t *testing.T) {
	s := newScene(t).withProject()
	config := with(s.vm(), values{"desired": "STOPPED"})
	vm := s.resource("chronovisor_vm")
	must(t, vm.apply(config))
	expectNothing(t, vm, config)
	changed := with(config, values{"memory_mib": 128, "expected_lifetime": nil, "labels": nil})
	must(t, vm.apply(changed))
	expectNothing(t, vm, changed)
	found, err := s.client.VMs.Get(context.Background(), s.project+"/web")
	must(t, err)
	expect(t, "memory", found.GetSpec().GetResources().GetMemoryMib(), 128)
	expect(t, "labels", len(found.GetLabels()), 0)
	if found.GetExpectedLifetime() != nil {
		t.Errorf("its lifetime is %v", found.GetExpectedLifetime())
	}
}

func TestAKernelIsBootedWithoutADisk(t *testing.T) {
	s := newScene(t).withProject()
	config := with(s.vm(), values{
		"image": nil, "disk_gib": nil, "placement": nil, "desired": "STOPPED",
		"kernel": values{"kernel": "vmlinuz", "initramfs": "initrd"},
	})
	vm := s.resource("chronovisor_vm")
	must(t, vm.apply(config))
	expectNothing(t, vm, config)
	expectNothing(t, s.imported("chronovisor_vm", "projects/"+s.project+"/vms/web"),
		with(config, values{"expected_lifetime": "1h30m0s", "grace_period": nil}))
}

func TestARunningVMIsStoppedForAChangeOnlyWhereThatIsAllowed(t *testing.T) {
	s := newScene(t).withProject()
	config := s.placeable()
	vm := s.resource("chronovisor_vm")
	must(t, vm.apply(config))
	changed := with(config, values{"memory_mib": 128})
	if err := vm.apply(changed); err == nil || !strings.Contains(err.Error(), "stop_to_update") {
		t.Errorf("%v", err)
	}
	vm.refresh()
	expect(t, "memory", vm.now()["memory_mib"], 64)
	// Labels need no stop.
	must(t, vm.apply(with(config, values{"labels": values{"app": "other"}})))
	changed["stop_to_update"] = true
	must(t, vm.apply(changed))
	expect(t, "state", vm.now()["state"], "RUNNING")
	expectNothing(t, vm, changed)
	found, err := s.client.VMs.Get(context.Background(), s.project+"/web")
	must(t, err)
	expect(t, "memory", found.GetSpec().GetResources().GetMemoryMib(), 128)
}

func TestAnotherImageDiskNameOrProjectMakesAnotherVM(t *testing.T) {
	s := newScene(t).withProject()
	config := with(s.vm(), values{"desired": "STOPPED"})
	vm := s.resource("chronovisor_vm")
	must(t, vm.apply(config))
	for name, value := range (values{"image": "other.qcow2", "disk_gib": 2, "vm_id": "web-2", "project": "other"}) {
		planned, err := vm.plan(with(config, values{name: value}))
		must(t, err)
		expect(t, "why it would be replaced", planned.replaces, []string{name})
	}
}

func TestAVMThatOthersStoppedPausedOrChangedIsAsDeclaredAgain(t *testing.T) {
	s := newScene(t).withProject()
	config := s.placeable()
	vm := s.resource("chronovisor_vm")
	must(t, vm.apply(config))
	ctx := context.Background()
	name := s.project + "/web"

	operation, err := s.client.VMs.Stop(ctx, name, func(request *chronovisorv1.StopVmRequest) {
		request.GracePeriod = durationpb.New(0)
	})
	must(t, err)
	_, err = operation.Wait(ctx)
	must(t, err)
	expectDrift(t, vm, config, "desired")

	operation, err = s.client.VMs.Pause(ctx, name)
	must(t, err)
	_, err = operation.Wait(ctx)
	must(t, err)
	expectDrift(t, vm, config, "desired")

	operation, err = s.client.VMs.Update(ctx, &chronovisorv1.Vm{
		Name: "projects/" + s.project + "/vms/web", Labels: map[string]string{"app": "theirs"},
	})
	must(t, err)
	_, err = operation.Wait(ctx)
	must(t, err)
	expectDrift(t, vm, config, "labels")
}

// expectDrift fails unless a refresh shows that these differ, and an apply brings the VM back.
func expectDrift(t *testing.T, vm *instance, config values, attributes ...string) {
	t.Helper()
	vm.refresh()
	planned, err := vm.plan(config)
	must(t, err)
	if !slices.Equal(planned.changes, attributes) {
		t.Errorf("%v differ, not %v", planned.changes, attributes)
	}
	must(t, vm.apply(config))
	expect(t, "state", vm.now()["state"], "RUNNING")
	expectNothing(t, vm, config)
}

func TestAVMOfTheSameNameIsNotTakenForTheDeclaredOneNorDestroyed(t *testing.T) {
	s := newScene(t).withProject()
	config := with(s.vm(), values{"desired": "STOPPED"})
	vm := s.resource("chronovisor_vm")
	must(t, vm.apply(config))
	ctx := context.Background()
	name := s.project + "/web"
	operation, err := s.client.VMs.Delete(ctx, name)
	must(t, err)
	_, err = operation.Wait(ctx)
	must(t, err)
	_, err = s.client.VMs.Create(ctx, name, chronovisor.ImageSpec("tiny.qcow2", 1, 64, 1))
	must(t, err)
	must(t, vm.destroy())
	if _, err := s.client.VMs.Get(ctx, name); err != nil {
		t.Errorf("theirs was destroyed: %v", err)
	}
	again := s.resource("chronovisor_vm")
	if err := again.apply(config); err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("%v", err)
	}
}

func TestABadConfigurationIsRefusedBeforeAnythingIsDone(t *testing.T) {
	s := newScene(t)
	for why, config := range map[string]values{
		"no boot source":      with(s.vm(), values{"image": nil}),
		"two of them":         with(s.vm(), values{"kernel": values{"kernel": "a", "initramfs": "b"}}),
		"a number of vCPUs":   with(s.vm(), values{"vcpus": 0}),
		"a state":             with(s.vm(), values{"desired": "PAUSED"}),
		"a duration":          with(s.vm(), values{"expected_lifetime": "an hour"}),
		"a weight":            with(s.vm(), values{"placement": values{"prefer": []any{values{"selector": "a", "weight": 0}}}}),
		"a rule about others": with(s.vm(), values{"placement": values{"groups": []any{values{"kind": "NEAR", "vms": "a"}}}}),
	} {
		if _, err := s.resource("chronovisor_vm").plan(config); err == nil {
			t.Errorf("%s: it was taken", why)
		}
	}
}

func TestAHostTakesTermsAndKeepsEverythingElse(t *testing.T) {
	s := newScene(t)
	ctx := context.Background()
	before, err := s.client.Hosts.Get(ctx, s.host)
	must(t, err)
	config := values{
		"host_id": s.host, "labels": values{"rack": "r1"}, "traits": []any{"tested"}, "zone": "eu-1",
		"reserved": values{"memory_mib": 512}, "allocation_ratio": values{"vcpus": 2.5}, "max_unit": values{"vcpus": 4},
	}
	host := s.resource("chronovisor_host")
	must(t, host.apply(config))
	expectNothing(t, host, config)
	found, err := s.client.Hosts.Get(ctx, s.host)
	must(t, err)
	expect(t, "vCPUs", found.GetCapacity().GetVcpus(), before.GetInventory()["vcpus"].GetTotal()*5/2)
	for key, value := range before.GetLabels() {
		expect(t, "label "+key, found.GetLabels()[key], value)
	}
	for _, trait := range before.GetTraits() {
		if !slices.Contains(found.GetTraits(), trait) {
			t.Errorf("the trait %s is gone", trait)
		}
	}

	// All of its terms are an imported one's.
	imported := s.imported("chronovisor_host", s.host)
	expect(t, "reserved", imported.now()["reserved"], values{"memory_mib": 512})
	expect(t, "allocation_ratio", imported.now()["allocation_ratio"], values{"vcpus": 2.5})
	expect(t, "zone", imported.now()["zone"], "eu-1")

	cordoned := with(config, values{"cordoned": true, "labels": values{"rack": "r2"}, "reserved": nil})
	must(t, host.apply(cordoned))
	expect(t, "state", host.now()["state"], "CORDONED")
	expectNothing(t, host, cordoned)
	_, err = s.client.Hosts.Uncordon(ctx, s.host)
	must(t, err)
	host.refresh()
	expect(t, "cordoned", host.now()["cordoned"], false)

	// Without any term, it is as it was.
	must(t, host.apply(values{"host_id": s.host}))
	after, err := s.client.Hosts.Get(ctx, s.host)
	must(t, err)
	expect(t, "labels", after.GetLabels(), before.GetLabels())
	expect(t, "traits", after.GetTraits(), before.GetTraits())
	expect(t, "capacity", after.GetCapacity(), before.GetCapacity())
	expect(t, "state", after.GetState(), "HOST_STATE_ACTIVE")
	must(t, host.destroy())
	if _, err := s.client.Hosts.Get(ctx, s.host); err != nil {
		t.Errorf("the host is gone: %v", err)
	}
}

func TestTermsOfAHostThatIsNotThereOrOfAClassThatItHasNotAreRefused(t *testing.T) {
	s := newScene(t)
	if err := s.resource("chronovisor_host").apply(values{"host_id": "nowhere"}); err == nil {
		t.Error("there is no such host")
	}
	config := values{"host_id": s.host, "reserved": values{"unobtainium": 1}}
	if err := s.resource("chronovisor_host").apply(config); err == nil || !strings.Contains(err.Error(), "unobtainium") {
		t.Errorf("%v", err)
	}
}

func TestDataSourcesHaveWhatIsThere(t *testing.T) {
	s := newScene(t).withProject()
	ctx := context.Background()
	_, err := s.client.VMs.Create(ctx, s.project+"/web", chronovisor.ImageSpec("tiny.qcow2", 1, 64, 1))
	must(t, err)
	vm, err := s.read("chronovisor_vm", values{"project": s.project, "vm_id": "web"})
	must(t, err)
	expect(t, "resources", vm["resources"], values{"vcpus": 1, "memory_mib": 64, "disk_gib": 1})
	expect(t, "state", vm["state"], "STOPPED")
	project, err := s.read("chronovisor_project", values{"project_id": s.project})
	must(t, err)
	expect(t, "name", project["name"], "projects/"+s.project)
	host, err := s.read("chronovisor_host", values{"host_id": s.host})
	must(t, err)
	if capacity, _ := host["capacity"].(values)["vcpus"].(int64); capacity <= 0 {
		t.Errorf("its capacity is %v", host["capacity"])
	}
	utilization, err := s.read("chronovisor_utilization", values{"scope": "fleet"})
	must(t, err)
	if total, _ := utilization["total"].(values)["vcpus"].(int64); total <= 0 {
		t.Errorf("the fleet is %v", utilization)
	}
	if _, err := s.read("chronovisor_vm", values{"vm_id": "nowhere"}); err == nil {
		t.Error("there is no such VM")
	}
}
