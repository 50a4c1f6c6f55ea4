package provider

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

type hostResource struct {
	connection *connection
}

// hostModel has the terms of a host. What is null, and what a map or set does not name, is not this resource's.
type hostModel struct {
	HostID           types.String `tfsdk:"host_id"`
	Zone             types.String `tfsdk:"zone"`
	Labels           types.Map    `tfsdk:"labels"`
	Traits           types.Set    `tfsdk:"traits"`
	DedicatedProject types.String `tfsdk:"dedicated_project"`
	Cordoned         types.Bool   `tfsdk:"cordoned"`
	Reserved         types.Map    `tfsdk:"reserved"`
	AllocationRatio  types.Map    `tfsdk:"allocation_ratio"`
	MinUnit          types.Map    `tfsdk:"min_unit"`
	MaxUnit          types.Map    `tfsdk:"max_unit"`
	StepSize         types.Map    `tfsdk:"step_size"`
	Name             types.String `tfsdk:"name"`
	UID              types.String `tfsdk:"uid"`
	State            types.String `tfsdk:"state"`
	Capacity         types.Map    `tfsdk:"capacity"`
}

func (r *hostResource) Metadata(_ context.Context, request resource.MetadataRequest, response *resource.MetadataResponse) {
	response.TypeName = request.ProviderTypeName + "_host"
}

func (r *hostResource) Schema(_ context.Context, _ resource.SchemaRequest, response *resource.SchemaResponse) {
	ofClass := func(element schema.MapAttribute, description string) schema.MapAttribute {
		element.Optional = true
		element.MarkdownDescription = description + " By resource class, such as `vcpus` or `gpu.a100`; other classes are left as they are."
		return element
	}
	counts := schema.MapAttribute{ElementType: types.Int64Type}
	response.Schema = schema.Schema{
		MarkdownDescription: "The terms on which a host takes VMs. Its agent makes the host known and reports what it has; this " +
			"resource declares what an operator decides, and leaves everything that it does not name as it is. Destroying it " +
			"forgets the terms and changes nothing: the host stays. Import it by its id.",
		Attributes: map[string]schema.Attribute{
			"host_id": schema.StringAttribute{
				Required:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
				MarkdownDescription: "The last part of its name. The host is there: its agent has connected once.",
			},
			"zone": schema.StringAttribute{Optional: true, MarkdownDescription: "Failure domain, such as `eu-1a`."},
			"labels": schema.MapAttribute{
				ElementType: types.StringType, Optional: true,
				MarkdownDescription: "Labels that it has. Those of other keys, such as its agent's own, are left as they are.",
			},
			"traits": schema.SetAttribute{
				ElementType: types.StringType, Optional: true,
				MarkdownDescription: "Traits that it has, such as `ssd`. Others, such as those that its agent reports, are left as they are.",
			},
			"dedicated_project": schema.StringAttribute{
				Optional: true, MarkdownDescription: "`projects/{project}`: only VMs of this project are placed here.",
			},
			"cordoned": schema.BoolAttribute{
				Optional: true, MarkdownDescription: "True: it takes no new VMs, and keeps what it has.",
			},
			"reserved":         ofClass(counts, "What is kept back from VMs."),
			"allocation_ratio": ofClass(schema.MapAttribute{ElementType: types.Float64Type}, "Overcommit factor, above 0."),
			"min_unit":         ofClass(counts, "The least that one VM can take, if it takes any. 0: no limit."),
			"max_unit":         ofClass(counts, "The most that one VM can take. 0: no limit."),
			"step_size":        ofClass(counts, "What one VM takes must be a multiple of this."),
			"name":             computedOnce("`hosts/{host}`."),
			"uid":              computedOnce("UUID, for ever this host's alone."),
			"state": schema.StringAttribute{
				Computed: true, MarkdownDescription: "Its place in its life, such as `ACTIVE` or `CORDONED`.",
			},
			"capacity": schema.MapAttribute{
				ElementType: types.Int64Type, Computed: true,
				MarkdownDescription: "What it can hold for VMs, by class: floor((total - reserved) * allocation ratio).",
			},
		},
	}
}

func (r *hostResource) Configure(_ context.Context, request resource.ConfigureRequest, response *resource.ConfigureResponse) {
	if err := connected(request.ProviderData, &r.connection); err != nil {
		response.Diagnostics.AddError("The provider is not as expected", err.Error())
	}
}

func (r *hostResource) Create(ctx context.Context, request resource.CreateRequest, response *resource.CreateResponse) {
	var plan hostModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	if response.Diagnostics.HasError() {
		return
	}
	found, err := r.connection.Hosts.Get(ctx, plan.HostID.ValueString())
	if errors.Is(err, chronovisor.ErrNotFound) {
		response.Diagnostics.AddAttributeError(path.Root("host_id"), "There is no such host",
			"A host is made known by its agent: start chronovisor-agent on the machine first.")
		return
	}
	if err == nil {
		found, err = r.converge(ctx, found.GetName(), &plan, &hostModel{}, &response.Diagnostics)
	}
	if err != nil {
		refuse(&response.Diagnostics, "The host's terms cannot be set", err)
		return
	}
	plan.take(ctx, found, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &plan)...)
}

func (r *hostResource) Read(ctx context.Context, request resource.ReadRequest, response *resource.ReadResponse) {
	var state hostModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	found, err := r.connection.Hosts.Get(ctx, state.Name.ValueString())
	switch {
	case errors.Is(err, chronovisor.ErrNotFound), err == nil && isAnother(state.UID, found.GetUid()):
		response.State.RemoveResource(ctx)
		return
	case err != nil:
		refuse(&response.Diagnostics, "The host cannot be read", err)
		return
	}
	if state.UID.IsNull() {
		// Imported: all of its terms are this resource's.
		state.adopt(ctx, found, &response.Diagnostics)
	}
	state.take(ctx, found, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &state)...)
}

func (r *hostResource) Update(ctx context.Context, request resource.UpdateRequest, response *resource.UpdateResponse) {
	var plan, state hostModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	found, err := r.converge(ctx, state.Name.ValueString(), &plan, &state, &response.Diagnostics)
	if err != nil {
		refuse(&response.Diagnostics, "The host's terms cannot be set", err)
		return
	}
	plan.take(ctx, found, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &plan)...)
}

// converge brings a host to its terms. What `before` named and `plan` does not is given back: as if it had never been set.
func (r *hostResource) converge(
	ctx context.Context, name string, plan, before *hostModel, diagnostics *diag.Diagnostics,
) (*chronovisorv1.Host, error) {
	host, err := r.merge(ctx, name, plan, before, diagnostics)
	// The host has changed since it was read, such as by a VM that was placed on it.
	for attempt := 1; errors.Is(err, chronovisor.ErrConflict) && attempt < 20; attempt++ {
		host, err = r.merge(ctx, name, plan, before, diagnostics)
	}
	if err != nil {
		return nil, err
	}
	isCordoned := host.GetState() == chronovisorv1.HostState_HOST_STATE_CORDONED
	switch {
	case plan.Cordoned.ValueBool() && !isCordoned:
		return r.connection.Hosts.Cordon(ctx, host.GetName(),
			func(request *chronovisorv1.CordonHostRequest) { request.Reason = r.connection.reason })
	case !plan.Cordoned.ValueBool() && isCordoned && (!plan.Cordoned.IsNull() || before.Cordoned.ValueBool()):
		return r.connection.Hosts.Uncordon(ctx, host.GetName(),
			func(request *chronovisorv1.UncordonHostRequest) { request.Reason = r.connection.reason })
	}
	return host, nil
}

// merge reads a host, and updates what of its terms is not as planned.
func (r *hostResource) merge(
	ctx context.Context, name string, plan, before *hostModel, diagnostics *diag.Diagnostics,
) (*chronovisorv1.Host, error) {
	host, err := r.connection.Hosts.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	declared := plan.declared(ctx, host, before, diagnostics)
	if diagnostics.HasError() {
		return nil, errors.New("nothing was changed")
	}
	var paths []string
	for name, same := range map[string]bool{
		"inventory":         sameInventory(declared.GetInventory(), host.GetInventory()),
		"zone":              declared.GetZone() == host.GetZone(),
		"labels":            maps.Equal(declared.GetLabels(), host.GetLabels()),
		"traits":            slices.Equal(declared.GetTraits(), host.GetTraits()),
		"dedicated_project": declared.GetDedicatedProject() == host.GetDedicatedProject(),
	} {
		if !same {
			paths = append(paths, name)
		}
	}
	if len(paths) == 0 {
		return host, nil
	}
	// With the etag that was read: what it is merged with is as it was.
	return r.connection.Hosts.UpdateHost(ctx, &chronovisorv1.UpdateHostRequest{
		Host: declared, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}, Reason: r.connection.reason,
	})
}

func (r *hostResource) Delete(_ context.Context, _ resource.DeleteRequest, response *resource.DeleteResponse) {
	response.Diagnostics.AddWarning("The host stays as it is",
		"Its terms are no longer declared here, and nothing was changed: what becomes of the machine is its operator's to decide.")
}

func (r *hostResource) ImportState(
	ctx context.Context, request resource.ImportStateRequest, response *resource.ImportStateResponse,
) {
	response.Diagnostics.Append(response.State.SetAttribute(ctx, path.Root("name"), chronovisor.HostName(request.ID))...)
}

func sameInventory(one, other map[string]*chronovisorv1.ResourceInventory) bool {
	if len(one) != len(other) {
		return false
	}
	for class, inventory := range one {
		if !proto.Equal(inventory, other[class]) {
			return false
		}
	}
	return true
}
