package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

type projectResource struct {
	connection *connection
}

type projectModel struct {
	ProjectID       types.String    `tfsdk:"project_id"`
	DisplayName     types.String    `tfsdk:"display_name"`
	Labels          types.Map       `tfsdk:"labels"`
	Quota           *resourcesModel `tfsdk:"quota"`
	PlacementPolicy types.String    `tfsdk:"placement_policy"`
	ZonePolicies    types.Map       `tfsdk:"zone_policies"`
	Name            types.String    `tfsdk:"name"`
	UID             types.String    `tfsdk:"uid"`
	CreateTime      types.String    `tfsdk:"create_time"`
}

func (r *projectResource) Metadata(_ context.Context, request resource.MetadataRequest, response *resource.MetadataResponse) {
	response.TypeName = request.ProviderTypeName + "_project"
}

func (r *projectResource) Schema(_ context.Context, _ resource.SchemaRequest, response *resource.SchemaResponse) {
	response.Schema = schema.Schema{
		MarkdownDescription: "A tenant that VMs belong to, and what it may hold. A project with VMs cannot be destroyed. Import it by " +
			"its id or its name.",
		Attributes: map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Required:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
				MarkdownDescription: "The last part of its name: 1 to 63 of a-z, 0-9 and `-`, starting with a letter, not ending with `-`.",
			},
			"display_name": schema.StringAttribute{Optional: true, MarkdownDescription: "A title for people."},
			"labels": schema.MapAttribute{
				ElementType: types.StringType, Optional: true, MarkdownDescription: "Free key-value pairs. At most 64.",
			},
			"quota": schema.SingleNestedAttribute{
				Optional: true,
				MarkdownDescription: "The most that it may hold. A class that is not named is not limited. Of `extended`, `addresses` are those of " +
					"its VMs on networks, and `image_mib` is what its images take.",
				Attributes: resourcesAttributes(),
			},
			"placement_policy": schema.StringAttribute{
				Optional:      true,
				Computed:      true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
				MarkdownDescription: "How hosts are chosen for its VMs: `pack`, `spread`, `balance` or `pack-balanced`, or weights of the " +
					"first three, such as `pack=1,balance=0.5`. Default: what the server does when the project is created.",
			},
			"zone_policies": schema.MapAttribute{
				ElementType:         types.StringType,
				Optional:            true,
				MarkdownDescription: "By zone, such as `eu-1a`: how the hosts of that zone are scored instead.",
			},
			"name": computedOnce("`projects/{project}`."),
			"uid":  computedOnce("UUID, for ever this project's alone."),
			"create_time": computedOnce(
				"When it was created, as in RFC 3339."),
		},
	}
}

// computedOnce is what the server decides when the resource is created.
func computedOnce(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Computed:            true,
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		MarkdownDescription: description,
	}
}

func resourcesAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"vcpus":      schema.Int64Attribute{Optional: true, MarkdownDescription: "Virtual CPUs."},
		"memory_mib": schema.Int64Attribute{Optional: true, MarkdownDescription: "Memory, in MiB."},
		"disk_gib":   schema.Int64Attribute{Optional: true, MarkdownDescription: "Disk, in GiB."},
		"extended": schema.MapAttribute{
			ElementType: types.Int64Type, Optional: true, MarkdownDescription: "Extended classes, such as `gpu.a100`.",
		},
	}
}

func (r *projectResource) Configure(
	_ context.Context, request resource.ConfigureRequest, response *resource.ConfigureResponse,
) {
	if err := connected(request.ProviderData, &r.connection); err != nil {
		response.Diagnostics.AddError("The provider is not as expected", err.Error())
	}
}

func (r *projectResource) Create(ctx context.Context, request resource.CreateRequest, response *resource.CreateResponse) {
	var plan projectModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	declared := plan.declared(ctx, &response.Diagnostics)
	if response.Diagnostics.HasError() {
		return
	}
	created, err := r.connection.Projects.Create(ctx, plan.ProjectID.ValueString(),
		func(request *chronovisorv1.CreateProjectRequest) {
			request.Project, request.Reason = declared, r.connection.reason
		})
	if err != nil {
		refuse(&response.Diagnostics, "The project cannot be created", err)
		return
	}
	plan.take(ctx, created, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &plan)...)
}

func (r *projectResource) Read(ctx context.Context, request resource.ReadRequest, response *resource.ReadResponse) {
	var state projectModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	found, err := r.connection.Projects.Get(ctx, state.Name.ValueString())
	switch {
	case errors.Is(err, chronovisor.ErrNotFound), err == nil && isAnother(state.UID, found.GetUid()):
		response.State.RemoveResource(ctx)
		return
	case err != nil:
		refuse(&response.Diagnostics, "The project cannot be read", err)
		return
	}
	state.take(ctx, found, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &state)...)
}

// isAnother says whether what has the name now is not what had it: a name is no identity.
func isAnother(known types.String, uid string) bool {
	return !known.IsNull() && known.ValueString() != uid
}

func (r *projectResource) Update(ctx context.Context, request resource.UpdateRequest, response *resource.UpdateResponse) {
	var plan projectModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	declared := plan.declared(ctx, &response.Diagnostics)
	if response.Diagnostics.HasError() {
		return
	}
	declared.Name = plan.Name.ValueString()
	updated, err := r.connection.Projects.UpdateProject(ctx, &chronovisorv1.UpdateProjectRequest{
		Project:    declared,
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"display_name", "labels", "quota", "placement_policy", "zone_policies"}},
		Reason:     r.connection.reason,
	})
	if err != nil {
		refuse(&response.Diagnostics, "The project cannot be updated", err)
		return
	}
	plan.take(ctx, updated, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &plan)...)
}

func (r *projectResource) Delete(ctx context.Context, request resource.DeleteRequest, response *resource.DeleteResponse) {
	var state projectModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	_, err := r.connection.Projects.Delete(ctx, state.Name.ValueString(),
		func(request *chronovisorv1.DeleteProjectRequest) { request.Reason = r.connection.reason })
	if err != nil && !errors.Is(err, chronovisor.ErrNotFound) {
		refuse(&response.Diagnostics, "The project cannot be destroyed", err)
	}
}

func (r *projectResource) ImportState(
	ctx context.Context, request resource.ImportStateRequest, response *resource.ImportStateResponse,
) {
	response.Diagnostics.Append(response.State.SetAttribute(ctx, path.Root("name"), chronovisor.ProjectName(request.ID))...)
}

// declared is the project as the configuration has it.
func (m *projectModel) declared(ctx context.Context, diagnostics *diag.Diagnostics) *chronovisorv1.Project {
	return &chronovisorv1.Project{
		DisplayName:     m.DisplayName.ValueString(),
		Labels:          mapOf[string](ctx, m.Labels, diagnostics),
		Quota:           m.Quota.amounts(ctx, diagnostics),
		PlacementPolicy: m.PlacementPolicy.ValueString(),
		ZonePolicies:    mapOf[string](ctx, m.ZonePolicies, diagnostics),
	}
}

// take makes it as the server has it.
func (m *projectModel) take(ctx context.Context, from *chronovisorv1.Project, diagnostics *diag.Diagnostics) {
	m.ProjectID = types.StringValue(lastPart(from.GetName()))
	m.DisplayName = text(from.GetDisplayName(), m.DisplayName)
	m.Labels = textMap(ctx, from.GetLabels(), m.Labels, diagnostics)
	m.Quota = amountsModel(ctx, from.GetQuota(), m.Quota, diagnostics)
	m.PlacementPolicy = types.StringValue(from.GetPlacementPolicy())
	m.ZonePolicies = textMap(ctx, from.GetZonePolicies(), m.ZonePolicies, diagnostics)
	m.Name = types.StringValue(from.GetName())
	m.UID = types.StringValue(from.GetUid())
	m.CreateTime = timeText(from.GetCreateTime())
}
