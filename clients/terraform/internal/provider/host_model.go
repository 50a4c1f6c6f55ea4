package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"google.golang.org/protobuf/proto"

	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// countTerm is one of the terms by class that are whole numbers.
type countTerm struct {
	of       func(*hostModel) *types.Map
	get      func(*chronovisorv1.ResourceInventory) int64
	set      func(*chronovisorv1.ResourceInventory, int64)
	original int64
}

var countTerms = []countTerm{
	{
		func(m *hostModel) *types.Map { return &m.Reserved }, (*chronovisorv1.ResourceInventory).GetReserved,
		func(i *chronovisorv1.ResourceInventory, value int64) { i.Reserved = value }, 0,
	},
	{
		func(m *hostModel) *types.Map { return &m.MinUnit }, (*chronovisorv1.ResourceInventory).GetMinUnit,
		func(i *chronovisorv1.ResourceInventory, value int64) { i.MinUnit = value }, 0,
	},
	{
		func(m *hostModel) *types.Map { return &m.MaxUnit }, (*chronovisorv1.ResourceInventory).GetMaxUnit,
		func(i *chronovisorv1.ResourceInventory, value int64) { i.MaxUnit = value }, 0,
	},
	{
		func(m *hostModel) *types.Map { return &m.StepSize }, stepOf,
		func(i *chronovisorv1.ResourceInventory, value int64) { i.StepSize = value }, 1,
	},
}

// stepOf is 1 where the server leaves it out.
func stepOf(inventory *chronovisorv1.ResourceInventory) int64 {
	return max(1, inventory.GetStepSize())
}

func ratioOf(inventory *chronovisorv1.ResourceInventory) float64 {
	if inventory.AllocationRatio == nil {
		return 1
	}
	return inventory.GetAllocationRatio()
}

// declared is a host with its terms as planned, and everything else as it is.
func (m *hostModel) declared(
	ctx context.Context, host *chronovisorv1.Host, before *hostModel, diagnostics *diag.Diagnostics,
) *chronovisorv1.Host {
	declared := proto.CloneOf(host)
	if !m.Zone.IsNull() || !before.Zone.IsNull() {
		declared.Zone = m.Zone.ValueString()
	}
	if !m.DedicatedProject.IsNull() || !before.DedicatedProject.IsNull() {
		declared.DedicatedProject = m.DedicatedProject.ValueString()
	}
	if declared.Labels == nil {
		declared.Labels = map[string]string{}
	}
	for key := range mapOf[string](ctx, before.Labels, diagnostics) {
		delete(declared.Labels, key)
	}
	for key, value := range mapOf[string](ctx, m.Labels, diagnostics) {
		declared.Labels[key] = value
	}
	given := traitsOf(ctx, before.Traits, diagnostics)
	declared.Traits = slices.DeleteFunc(declared.Traits, func(trait string) bool { return slices.Contains(given, trait) })
	declared.Traits = append(declared.Traits, traitsOf(ctx, m.Traits, diagnostics)...)
	slices.Sort(declared.Traits)
	declared.Traits = slices.Compact(declared.Traits)
	for class, inventory := range declared.Inventory {
		for _, term := range countTerms {
			if _, known := mapOf[int64](ctx, *term.of(before), diagnostics)[class]; known {
				term.set(inventory, term.original)
			}
			if value, named := mapOf[int64](ctx, *term.of(m), diagnostics)[class]; named {
				term.set(inventory, value)
			}
		}
		if _, known := mapOf[float64](ctx, before.AllocationRatio, diagnostics)[class]; known {
			inventory.AllocationRatio = proto.Float64(1)
		}
		if value, named := mapOf[float64](ctx, m.AllocationRatio, diagnostics)[class]; named {
			inventory.AllocationRatio = proto.Float64(value)
		}
	}
	m.requireClasses(ctx, host, diagnostics)
	return declared
}

// requireClasses refuses terms for a class that the host does not have.
func (m *hostModel) requireClasses(ctx context.Context, host *chronovisorv1.Host, diagnostics *diag.Diagnostics) {
	named := map[string]bool{}
	for _, term := range countTerms {
		for class := range mapOf[int64](ctx, *term.of(m), diagnostics) {
			named[class] = true
		}
	}
	for class := range mapOf[float64](ctx, m.AllocationRatio, diagnostics) {
		named[class] = true
	}
	for class := range named {
		if host.GetInventory()[class] == nil {
			diagnostics.AddError("The host has no "+class, host.GetName()+" does not have the resource class "+class+".")
		}
	}
}

func traitsOf(ctx context.Context, from types.Set, diagnostics *diag.Diagnostics) []string {
	var found []string
	if !from.IsNull() && !from.IsUnknown() {
		diagnostics.Append(from.ElementsAs(ctx, &found, false)...)
	}
	return found
}

// take makes it as the server has it, of what it names.
func (m *hostModel) take(ctx context.Context, from *chronovisorv1.Host, diagnostics *diag.Diagnostics) {
	m.HostID = types.StringValue(lastPart(from.GetName()))
	m.Name = types.StringValue(from.GetName())
	m.UID = types.StringValue(from.GetUid())
	m.State = types.StringValue(strings.TrimPrefix(from.GetState().String(), "HOST_STATE_"))
	m.Capacity = countMap(ctx, amountsOf(from.GetCapacity()), types.MapUnknown(types.Int64Type), diagnostics)
	if !m.Zone.IsNull() {
		m.Zone = types.StringValue(from.GetZone())
	}
	if !m.DedicatedProject.IsNull() {
		m.DedicatedProject = types.StringValue(from.GetDedicatedProject())
	}
	if !m.Cordoned.IsNull() {
		m.Cordoned = types.BoolValue(from.GetState() == chronovisorv1.HostState_HOST_STATE_CORDONED)
	}
	m.Labels = named(ctx, m.Labels, types.StringType, from.GetLabels(), diagnostics)
	if !m.Traits.IsNull() {
		kept := slices.DeleteFunc(traitsOf(ctx, m.Traits, diagnostics),
			func(trait string) bool { return !slices.Contains(from.GetTraits(), trait) })
		traits, problems := types.SetValueFrom(ctx, types.StringType, kept)
		diagnostics.Append(problems...)
		m.Traits = traits
	}
	for _, term := range countTerms {
		found := map[string]int64{}
		for class, inventory := range from.GetInventory() {
			found[class] = term.get(inventory)
		}
		*term.of(m) = named(ctx, *term.of(m), types.Int64Type, found, diagnostics)
	}
	ratios := map[string]float64{}
	for class, inventory := range from.GetInventory() {
		ratios[class] = ratioOf(inventory)
	}
	m.AllocationRatio = named(ctx, m.AllocationRatio, types.Float64Type, ratios, diagnostics)
}

// named are the values of the keys that a map has. One that is no longer there is left out.
func named[V any](
	ctx context.Context, of types.Map, element attr.Type, from map[string]V, diagnostics *diag.Diagnostics,
) types.Map {
	if of.IsNull() || of.IsUnknown() {
		return types.MapNull(element)
	}
	found := map[string]V{}
	for key := range of.Elements() {
		if value, ok := from[key]; ok {
			found[key] = value
		}
	}
	value, problems := types.MapValueFrom(ctx, element, found)
	diagnostics.Append(problems...)
	return value
}

// adopt names all terms that a host has and that are not as they are without any.
func (m *hostModel) adopt(ctx context.Context, from *chronovisorv1.Host, diagnostics *diag.Diagnostics) {
	m.Zone = text(from.GetZone(), types.StringNull())
	m.DedicatedProject = text(from.GetDedicatedProject(), types.StringNull())
	m.Cordoned = flag(from.GetState() == chronovisorv1.HostState_HOST_STATE_CORDONED, types.BoolNull())
	m.Labels = textMap(ctx, from.GetLabels(), types.MapNull(types.StringType), diagnostics)
	if len(from.GetTraits()) > 0 {
		traits, problems := types.SetValueFrom(ctx, types.StringType, from.GetTraits())
		diagnostics.Append(problems...)
		m.Traits = traits
	}
	for _, term := range countTerms {
		found := map[string]int64{}
		for class, inventory := range from.GetInventory() {
			if value := term.get(inventory); value != term.original {
				found[class] = value
			}
		}
		*term.of(m) = countMap(ctx, found, types.MapNull(types.Int64Type), diagnostics)
	}
	ratios := map[string]float64{}
	for class, inventory := range from.GetInventory() {
		if ratio := ratioOf(inventory); ratio != 1 {
			ratios[class] = ratio
		}
	}
	if len(ratios) > 0 {
		value, problems := types.MapValueFrom(ctx, types.Float64Type, ratios)
		diagnostics.Append(problems...)
		m.AllocationRatio = value
	}
}

// amountsOf are resources by class.
func amountsOf(from *chronovisorv1.Resources) map[string]int64 {
	found := map[string]int64{
		"vcpus": from.GetVcpus(), "memory_mib": from.GetMemoryMib(), "disk_gib": from.GetDiskGib(),
	}
	for class, amount := range from.GetExtended() {
		found[class] = amount
	}
	return found
}
