package provider_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/durationpb"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// cliVariable names the command line, OpenTofu's or Terraform's, that the acceptance tests run.
const cliVariable = "CHRONOVISOR_TERRAFORM_CLI"

// workspace is a directory with a configuration, in which a command line runs the provider.
type workspace struct {
	t         *testing.T
	cli       string
	directory string
}

func newWorkspace(t *testing.T) *workspace {
	t.Helper()
	cli := os.Getenv(cliVariable)
	if cli == "" || os.Getenv(chronovisor.EnvServer) == "" {
		t.Skipf("%s or %s is not set: see dev.sh acceptance", cliVariable, chronovisor.EnvServer)
	}
	w := &workspace{t, cli, t.TempDir()}
	plugins := filepath.Join(w.directory, "plugins")
	build := exec.Command("go", "build", "-o", filepath.Join(plugins, "terraform-provider-chronovisor"), "../..")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the provider does not build: %s", output)
	}
	w.write("cli.tfrc", fmt.Sprintf(
		"provider_installation {\n  dev_overrides {\n    \"chronovisor/chronovisor\" = %q\n  }\n  direct {}\n}\n", plugins))
	return w
}

func (w *workspace) write(name, text string) {
	w.t.Helper()
	must(w.t, os.WriteFile(filepath.Join(w.directory, name), []byte(text), 0o600))
}

// run returns the exit code, and what was printed.
func (w *workspace) run(words ...string) (int, string) {
	w.t.Helper()
	command := exec.Command(w.cli, append(words, "-no-color")...)
	command.Dir = w.directory
	command.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(w.directory, "cli.tfrc"), "TF_IN_AUTOMATION=1")
	output, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), string(output)
}

func (w *workspace) succeed(words ...string) {
	w.t.Helper()
	if code, output := w.run(words...); code != 0 {
		w.t.Fatalf("%s: exit code %d\n%s", strings.Join(words, " "), code, output)
	}
}

// expectPlan fails unless a plan has changes, or none.
func (w *workspace) expectPlan(changes bool) string {
	w.t.Helper()
	code, output := w.run("plan", "-input=false", "-detailed-exitcode")
	if expected := map[bool]int{false: 0, true: 2}[changes]; code != expected {
		w.t.Fatalf("plan: exit code %d, not %d\n%s", code, expected, output)
	}
	return output
}

const shop = `
terraform {
  required_providers {
    chronovisor = { source = "chronovisor/chronovisor" }
  }
}

provider "chronovisor" {
  actor = "service:terraform"
}

variable "memory_mib" {
  default = 64
}

resource "chronovisor_project" "shop" {
  project_id = "PROJECT"
  quota      = { vcpus = 8 }
}

resource "chronovisor_vm" "web" {
  count          = 2
  project        = chronovisor_project.shop.project_id
  vm_id          = "web-${count.index}"
  vcpus          = 1
  memory_mib     = var.memory_mib
  disk_gib       = 1
  image          = "tiny.qcow2"
  labels         = { app = "web" }
  grace_period   = "0s"
  stop_to_update = true
  placement = {
    groups = [{ kind = "SPREAD", vms = "app = web", soft = true }]
  }
}

resource "chronovisor_host" "node" {
  host_id = "HOST"
  labels  = { tested = "by-terraform" }
}

resource "chronovisor_network" "web" {
  project    = chronovisor_project.shop.project_id
  network_id = "web"
  ipv4_cidr  = "10.7.0.0/24"
}

resource "chronovisor_security_group" "web" {
  project           = chronovisor_project.shop.project_id
  security_group_id = "web"
  rules             = [{ protocol = "TCP", first_port = 443 }, { remote_group = "web" }]
}

data "chronovisor_vm" "web" {
  project    = chronovisor_project.shop.project_id
  vm_id      = chronovisor_vm.web[0].vm_id
}

output "state" {
  value = data.chronovisor_vm.web.state
}
`

func TestAcceptanceOfPlanApplyDriftImportAndDestroy(t *testing.T) {
	w := newWorkspace(t)
	s := newScene(t)
	w.write("main.tf", strings.NewReplacer("PROJECT", s.project, "HOST", s.host).Replace(shop))
	ctx := context.Background()
	apply := []string{"apply", "-auto-approve", "-input=false"}
	t.Cleanup(func() { w.run("destroy", "-auto-approve", "-input=false") })

	w.expectPlan(true)
	w.succeed(apply...)
	w.expectPlan(false)

	// A change that a running VM does not take, in place.
	w.succeed(append(apply, "-var=memory_mib=128")...)
	vm, err := s.client.VMs.Get(ctx, s.project+"/web-0")
	must(t, err)
	expect(t, "state", vm.GetState(), "VM_STATE_RUNNING")
	expect(t, "memory", vm.GetSpec().GetResources().GetMemoryMib(), 128)
	w.succeed(apply...)

	// Drift.
	operation, err := s.client.VMs.Stop(ctx, s.project+"/web-1", func(request *chronovisorv1.StopVmRequest) {
		request.GracePeriod = durationpb.New(0)
	})
	must(t, err)
	_, err = operation.Wait(ctx)
	must(t, err)
	if output := w.expectPlan(true); !strings.Contains(output, `"STOPPED" -> "RUNNING"`) {
		t.Errorf("the plan does not say what differs: %s", output)
	}
	w.succeed(apply...)
	w.expectPlan(false)

	// Import.
	w.succeed("state", "rm", "chronovisor_vm.web[0]", "chronovisor_host.node", "chronovisor_network.web")
	w.succeed("import", "-input=false", "chronovisor_network.web", s.project+"/web")
	w.succeed("import", "-input=false", "chronovisor_vm.web[0]", s.project+"/web-0")
	w.succeed("import", "-input=false", "chronovisor_host.node", s.host)
	w.succeed(apply...)
	w.expectPlan(false)
	again, err := s.client.VMs.Get(ctx, s.project+"/web-0")
	must(t, err)
	expect(t, "uid", again.GetUid(), vm.GetUid())
	expect(t, "incarnation", again.GetIncarnation(), vm.GetIncarnation()+1)

	w.succeed("destroy", "-auto-approve", "-input=false")
	_, err = s.client.Projects.Get(ctx, s.project)
	if !errors.Is(err, chronovisor.ErrNotFound) {
		t.Errorf("the project is still there: %v", err)
	}
}

func TestAcceptanceOfExamples(t *testing.T) {
	w := newWorkspace(t)
	examples, err := filepath.Glob("../../examples/*/*/*.tf")
	must(t, err)
	provider, err := os.ReadFile("../../examples/provider/provider.tf")
	must(t, err)
	w.write("provider.tf", string(provider))
	for _, each := range examples {
		text, err := os.ReadFile(each)
		must(t, err)
		w.write("main.tf", string(text))
		w.succeed("validate")
	}
	if len(examples) < 9 {
		t.Errorf("only %d examples", len(examples))
	}
}
