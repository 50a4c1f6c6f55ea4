package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"google.golang.org/protobuf/types/known/durationpb"

	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

type vmModel struct {
	Project          types.String    `tfsdk:"project"`
	VMID             types.String    `tfsdk:"vm_id"`
	VCPUs            types.Int64     `tfsdk:"vcpus"`
	MemoryMiB        types.Int64     `tfsdk:"memory_mib"`
	DiskGiB          types.Int64     `tfsdk:"disk_gib"`
	Extended         types.Map       `tfsdk:"extended"`
	Image            types.String    `tfsdk:"image"`
	Kernel           *kernelModel    `tfsdk:"kernel"`
	Placement        *placementModel `tfsdk:"placement"`
	Labels           types.Map       `tfsdk:"labels"`
	ExpectedLifetime types.String    `tfsdk:"expected_lifetime"`
	Desired          types.String    `tfsdk:"desired"`
	StopToUpdate     types.Bool      `tfsdk:"stop_to_update"`
	GracePeriod      types.String    `tfsdk:"grace_period"`
	Name             types.String    `tfsdk:"name"`
	UID              types.String    `tfsdk:"uid"`
	Host             types.String    `tfsdk:"host"`
	State            types.String    `tfsdk:"state"`
	CreateTime       types.String    `tfsdk:"create_time"`
}

type kernelModel struct {
	Kernel    types.String `tfsdk:"kernel"`
	Initramfs types.String `tfsdk:"initramfs"`
	Cmdline   types.String `tfsdk:"cmdline"`
}

type placementModel struct {
	Require    types.String      `tfsdk:"require"`
	Prefer     []preferenceModel `tfsdk:"prefer"`
	Groups     []groupModel      `tfsdk:"groups"`
	Host       types.String      `tfsdk:"host"`
	AvoidHosts types.Set         `tfsdk:"avoid_hosts"`
	NUMANodes  types.Int32       `tfsdk:"numa_nodes"`
}

type preferenceModel struct {
	Selector types.String `tfsdk:"selector"`
	Weight   types.Int32  `tfsdk:"weight"`
}

type groupModel struct {
	Kind         types.String `tfsdk:"kind"`
	VMs          types.String `tfsdk:"vms"`
	Within       types.String `tfsdk:"within"`
	Soft         types.Bool   `tfsdk:"soft"`
	MaxPerDomain types.Int32  `tfsdk:"max_per_domain"`
	MaxSkew      types.Int32  `tfsdk:"max_skew"`
}

// declared is the VM as the configuration has it.
func (m *vmModel) declared(ctx context.Context, diagnostics *diag.Diagnostics) *chronovisorv1.Vm {
	vm := &chronovisorv1.Vm{
		Spec: &chronovisorv1.VmSpec{
			Resources: &chronovisorv1.Resources{
				Vcpus:     m.VCPUs.ValueInt64(),
				MemoryMib: m.MemoryMiB.ValueInt64(),
				DiskGib:   m.DiskGiB.ValueInt64(),
				Extended:  mapOf[int64](ctx, m.Extended, diagnostics),
			},
			Boot:      m.boot(),
			Placement: m.Placement.rules(ctx, diagnostics),
		},
		Labels: mapOf[string](ctx, m.Labels, diagnostics),
	}
	lifetime, err := duration(m.ExpectedLifetime)
	if err != nil {
		diagnostics.AddError("expected_lifetime", err.Error())
	}
	if lifetime > 0 {
		vm.ExpectedLifetime = durationpb.New(lifetime)
	}
	return vm
}

func (m *vmModel) boot() *chronovisorv1.BootSource {
	if m.Kernel == nil {
		image := &chronovisorv1.ImageBoot{Image: m.Image.ValueString()}
		return &chronovisorv1.BootSource{Source: &chronovisorv1.BootSource_Image{Image: image}}
	}
	kernel := &chronovisorv1.KernelBoot{
		Kernel:    m.Kernel.Kernel.ValueString(),
		Initramfs: m.Kernel.Initramfs.ValueString(),
		Cmdline:   m.Kernel.Cmdline.ValueString(),
	}
	return &chronovisorv1.BootSource{Source: &chronovisorv1.BootSource_Kernel{Kernel: kernel}}
}

func (m *placementModel) rules(ctx context.Context, diagnostics *diag.Diagnostics) *chronovisorv1.PlacementRules {
	if m == nil {
		return nil
	}
	rules := &chronovisorv1.PlacementRules{
		Require:   m.Require.ValueString(),
		Host:      m.Host.ValueString(),
		NumaNodes: m.NUMANodes.ValueInt32(),
	}
	for _, each := range m.Prefer {
		rules.Prefer = append(rules.Prefer, &chronovisorv1.Preference{
			Selector: each.Selector.ValueString(), Weight: each.Weight.ValueInt32(),
		})
	}
	for _, each := range m.Groups {
		kind := chronovisorv1.GroupRule_Kind_value["KIND_"+each.Kind.ValueString()]
		rules.Groups = append(rules.Groups, &chronovisorv1.GroupRule{
			Kind: chronovisorv1.GroupRule_Kind(kind), Vms: each.VMs.ValueString(), Within: each.Within.ValueString(),
			Soft: each.Soft.ValueBool(), MaxPerDomain: each.MaxPerDomain.ValueInt32(), MaxSkew: each.MaxSkew.ValueInt32(),
		})
	}
	if !m.AvoidHosts.IsNull() && !m.AvoidHosts.IsUnknown() {
		diagnostics.Append(m.AvoidHosts.ElementsAs(ctx, &rules.AvoidHosts, false)...)
		slices.Sort(rules.AvoidHosts)
	}
	return rules
}

// takeSpec makes the spec as the server has it.
func (m *vmModel) takeSpec(ctx context.Context, from *chronovisorv1.VmSpec, diagnostics *diag.Diagnostics) {
	resources := from.GetResources()
	m.VCPUs = types.Int64Value(resources.GetVcpus())
	m.MemoryMiB = types.Int64Value(resources.GetMemoryMib())
	m.DiskGiB = types.Int64Value(resources.GetDiskGib())
	m.Extended = countMap(ctx, resources.GetExtended(), m.Extended, diagnostics)
	m.takeBoot(from.GetBoot())
	m.Placement = placementOf(ctx, from.GetPlacement(), m.Placement, diagnostics)
}

// take makes it as the server has it, but for the spec: the server has that in a form of its own.
func (m *vmModel) take(ctx context.Context, from *chronovisorv1.Vm, diagnostics *diag.Diagnostics) {
	project, id, _ := strings.Cut(strings.TrimPrefix(from.GetName(), "projects/"), "/vms/")
	m.Project, m.VMID = types.StringValue(project), types.StringValue(id)
	m.Labels = textMap(ctx, from.GetLabels(), m.Labels, diagnostics)
	m.ExpectedLifetime = durationText(from.GetExpectedLifetime().AsDuration(), m.ExpectedLifetime)
	m.Desired = types.StringValue(powerOf(from))
	if m.StopToUpdate.IsNull() {
		m.StopToUpdate = types.BoolValue(false)
	}
	m.Name = types.StringValue(from.GetName())
	m.UID = types.StringValue(from.GetUid())
	m.Host = types.StringValue(from.GetHost())
	m.State = types.StringValue(strings.TrimPrefix(from.GetState().String(), "VM_STATE_"))
	m.CreateTime = timeText(from.GetCreateTime())
}

func (m *vmModel) takeBoot(from *chronovisorv1.BootSource) {
	kernel := from.GetKernel()
	if kernel == nil {
		m.Image, m.Kernel = types.StringValue(from.GetImage().GetImage()), nil
		return
	}
	before := types.StringNull()
	if m.Kernel != nil {
		before = m.Kernel.Cmdline
	}
	m.Image = types.StringNull()
	m.Kernel = &kernelModel{
		Kernel:    types.StringValue(kernel.GetKernel()),
		Initramfs: types.StringValue(kernel.GetInitramfs()),
		Cmdline:   text(kernel.GetCmdline(), before),
	}
}

// powerOf is what `desired` would have to be for the VM to be as it is.
func powerOf(vm *chronovisorv1.Vm) string {
	switch vm.GetState() {
	case chronovisorv1.VmState_VM_STATE_STOPPED, chronovisorv1.VmState_VM_STATE_STOPPING,
		chronovisorv1.VmState_VM_STATE_FAILED, chronovisorv1.VmState_VM_STATE_PENDING:
		return stopped
	case chronovisorv1.VmState_VM_STATE_PAUSED:
		return "PAUSED"
	default:
		// A VM whose host is lost runs, for all that is known.
		return running
	}
}

// placementOf is nil where there are no rules and none were there before.
func placementOf(
	ctx context.Context, from *chronovisorv1.PlacementRules, before *placementModel, diagnostics *diag.Diagnostics,
) *placementModel {
	nothing := from.GetRequire() == "" && len(from.GetPrefer()) == 0 && len(from.GetGroups()) == 0 &&
		from.GetHost() == "" && len(from.GetAvoidHosts()) == 0 && from.GetNumaNodes() == 0
	if before == nil {
		if nothing {
			return nil
		}
		before = &placementModel{AvoidHosts: types.SetNull(types.StringType)}
	}
	found := &placementModel{
		Require:    text(from.GetRequire(), before.Require),
		Host:       text(from.GetHost(), before.Host),
		AvoidHosts: before.AvoidHosts,
		NUMANodes:  count32(from.GetNumaNodes(), before.NUMANodes),
	}
	if len(from.GetAvoidHosts()) > 0 || !before.AvoidHosts.IsNull() {
		hosts, problems := types.SetValueFrom(ctx, types.StringType, from.GetAvoidHosts())
		diagnostics.Append(problems...)
		found.AvoidHosts = hosts
	}
	if before.Prefer != nil {
		found.Prefer = []preferenceModel{}
	}
	for _, each := range from.GetPrefer() {
		found.Prefer = append(found.Prefer, preferenceModel{
			types.StringValue(each.GetSelector()), types.Int32Value(each.GetWeight()),
		})
	}
	if before.Groups != nil {
		found.Groups = []groupModel{}
	}
	for i, each := range from.GetGroups() {
		var known groupModel
		if i < len(before.Groups) {
			known = before.Groups[i]
		}
		found.Groups = append(found.Groups, groupModel{
			Kind:         types.StringValue(strings.TrimPrefix(each.GetKind().String(), "KIND_")),
			VMs:          types.StringValue(each.GetVms()),
			Within:       text(each.GetWithin(), known.Within),
			Soft:         flag(each.GetSoft(), known.Soft),
			MaxPerDomain: count32(each.GetMaxPerDomain(), known.MaxPerDomain),
			MaxSkew:      count32(each.GetMaxSkew(), known.MaxSkew),
		})
	}
	return found
}

func count32(from int32, before types.Int32) types.Int32 {
	if from == 0 && before.IsNull() {
		return types.Int32Null()
	}
	return types.Int32Value(from)
}

func flag(from bool, before types.Bool) types.Bool {
	if !from && before.IsNull() {
		return types.BoolNull()
	}
	return types.BoolValue(from)
}
