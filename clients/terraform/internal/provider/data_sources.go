package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// connectedSource is what all data sources have in common.
type connectedSource struct {
	connection *connection
}

func (s *connectedSource) Configure(
	_ context.Context, request datasource.ConfigureRequest, response *datasource.ConfigureResponse,
) {
	if err := connected(request.ProviderData, &s.connection); err != nil {
		response.Diagnostics.AddError("The provider is not as expected", err.Error())
	}
}

func computedText(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func computedTexts(description string) schema.MapAttribute {
	return schema.MapAttribute{ElementType: types.StringType, Computed: true, MarkdownDescription: description}
}

func computedAmounts(description string) schema.MapAttribute {
	return schema.MapAttribute{ElementType: types.Int64Type, Computed: true, MarkdownDescription: description + " By class."}
}

type projectDataSource struct{ connectedSource }

type projectData struct {
	ProjectID       types.String      `tfsdk:"project_id"`
	DisplayName     types.String      `tfsdk:"display_name"`
	Labels          map[string]string `tfsdk:"labels"`
	Quota           map[string]int64  `tfsdk:"quota"`
	PlacementPolicy types.String      `tfsdk:"placement_policy"`
	Name            types.String      `tfsdk:"name"`
	UID             types.String      `tfsdk:"uid"`
	CreateTime      types.String      `tfsdk:"create_time"`
}

func (s *projectDataSource) Metadata(_ context.Context, request datasource.MetadataRequest, response *datasource.MetadataResponse) {
	response.TypeName = request.ProviderTypeName + "_project"
}

func (s *projectDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, response *datasource.SchemaResponse) {
	response.Schema = schema.Schema{
		MarkdownDescription: "A project as it is.",
		Attributes: map[string]schema.Attribute{
			"project_id":       schema.StringAttribute{Required: true, MarkdownDescription: "Its id or its uid."},
			"display_name":     computedText("A title for people."),
			"labels":           computedTexts("Free key-value pairs."),
			"quota":            computedAmounts("The most that its VMs may hold; 0 is no limit."),
			"placement_policy": computedText("How hosts are chosen for its VMs. Empty: as the server does by default."),
			"name":             computedText("`projects/{project}`."),
			"uid":              computedText("UUID, for ever this project's alone."),
			"create_time":      computedText("When it was created, as in RFC 3339."),
		},
	}
}

func (s *projectDataSource) Read(ctx context.Context, request datasource.ReadRequest, response *datasource.ReadResponse) {
	var given projectData
	response.Diagnostics.Append(request.Config.Get(ctx, &given)...)
	if response.Diagnostics.HasError() {
		return
	}
	found, err := s.connection.Projects.Get(ctx, given.ProjectID.ValueString())
	if err != nil {
		refuse(&response.Diagnostics, "The project cannot be read", err)
		return
	}
	response.Diagnostics.Append(response.State.Set(ctx, &projectData{
		ProjectID:       given.ProjectID,
		DisplayName:     types.StringValue(found.GetDisplayName()),
		Labels:          orEmpty(found.GetLabels()),
		Quota:           amountsOf(found.GetQuota()),
		PlacementPolicy: types.StringValue(found.GetPlacementPolicy()),
		Name:            types.StringValue(found.GetName()),
		UID:             types.StringValue(found.GetUid()),
		CreateTime:      timeText(found.GetCreateTime()),
	})...)
}

type vmDataSource struct{ connectedSource }

type vmData struct {
	Project    types.String      `tfsdk:"project"`
	VMID       types.String      `tfsdk:"vm_id"`
	State      types.String      `tfsdk:"state"`
	Host       types.String      `tfsdk:"host"`
	Image      types.String      `tfsdk:"image"`
	Resources  map[string]int64  `tfsdk:"resources"`
	Held       map[string]int64  `tfsdk:"held"`
	Labels     map[string]string `tfsdk:"labels"`
	Name       types.String      `tfsdk:"name"`
	UID        types.String      `tfsdk:"uid"`
	CreateTime types.String      `tfsdk:"create_time"`
}

func (s *vmDataSource) Metadata(_ context.Context, request datasource.MetadataRequest, response *datasource.MetadataResponse) {
	response.TypeName = request.ProviderTypeName + "_vm"
}

func (s *vmDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, response *datasource.SchemaResponse) {
	response.Schema = schema.Schema{
		MarkdownDescription: "A VM as it is.",
		Attributes: map[string]schema.Attribute{
			"project":     schema.StringAttribute{Optional: true, MarkdownDescription: "The id of its project. Default: `default`."},
			"vm_id":       schema.StringAttribute{Required: true, MarkdownDescription: "Its id, or its uid: also of one that was destroyed."},
			"state":       computedText("What users see, such as `RUNNING`, `STOPPED`, `FAILED` or `DELETED`."),
			"host":        computedText("`hosts/{host}` that holds resources for it. Empty where none does."),
			"image":       computedText("The image that it boots from. Empty where it boots a kernel."),
			"resources":   computedAmounts("What it is made of."),
			"held":        computedAmounts("What its host holds for it now."),
			"labels":      computedTexts("Free key-value pairs."),
			"name":        computedText("`projects/{project}/vms/{vm}`."),
			"uid":         computedText("UUID, for ever this VM's alone."),
			"create_time": computedText("When it was created, as in RFC 3339."),
		},
	}
}

func (s *vmDataSource) Read(ctx context.Context, request datasource.ReadRequest, response *datasource.ReadResponse) {
	var given vmData
	response.Diagnostics.Append(request.Config.Get(ctx, &given)...)
	if response.Diagnostics.HasError() {
		return
	}
	project := "default"
	if !given.Project.IsNull() {
		project = given.Project.ValueString()
	}
	found, err := s.connection.VMs.Get(ctx, chronovisor.VMName(given.VMID.ValueString(), project))
	if err != nil {
		refuse(&response.Diagnostics, "The VM cannot be read", err)
		return
	}
	response.Diagnostics.Append(response.State.Set(ctx, &vmData{
		Project:    given.Project,
		VMID:       given.VMID,
		State:      types.StringValue(strings.TrimPrefix(found.GetState().String(), "VM_STATE_")),
		Host:       types.StringValue(found.GetHost()),
		Image:      types.StringValue(found.GetSpec().GetBoot().GetImage().GetImage()),
		Resources:  amountsOf(found.GetSpec().GetResources()),
		Held:       amountsOf(found.GetHeld()),
		Labels:     orEmpty(found.GetLabels()),
		Name:       types.StringValue(found.GetName()),
		UID:        types.StringValue(found.GetUid()),
		CreateTime: timeText(found.GetCreateTime()),
	})...)
}

type hostDataSource struct{ connectedSource }

type hostData struct {
	HostID           types.String      `tfsdk:"host_id"`
	State            types.String      `tfsdk:"state"`
	Zone             types.String      `tfsdk:"zone"`
	Labels           map[string]string `tfsdk:"labels"`
	Traits           []string          `tfsdk:"traits"`
	DedicatedProject types.String      `tfsdk:"dedicated_project"`
	Capacity         map[string]int64  `tfsdk:"capacity"`
	Allocated        map[string]int64  `tfsdk:"allocated"`
	AgentConnected   types.Bool        `tfsdk:"agent_connected"`
	Name             types.String      `tfsdk:"name"`
	UID              types.String      `tfsdk:"uid"`
}

func (s *hostDataSource) Metadata(_ context.Context, request datasource.MetadataRequest, response *datasource.MetadataResponse) {
	response.TypeName = request.ProviderTypeName + "_host"
}

func (s *hostDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, response *datasource.SchemaResponse) {
	response.Schema = schema.Schema{
		MarkdownDescription: "A host as it is.",
		Attributes: map[string]schema.Attribute{
			"host_id": schema.StringAttribute{Required: true, MarkdownDescription: "The last part of its name."},
			"state":   computedText("Its place in its life, such as `ACTIVE` or `CORDONED`."),
			"zone":    computedText("Failure domain. Empty when there is only one."),
			"labels":  computedTexts("Free key-value pairs."),
			"traits": schema.ListAttribute{
				ElementType: types.StringType, Computed: true, MarkdownDescription: "What the machine can do, such as `ssd`.",
			},
			"dedicated_project": computedText("`projects/{project}` whose VMs alone are placed here. Empty: any."),
			"capacity":          computedAmounts("What it can hold for VMs."),
			"allocated":         computedAmounts("What it holds for VMs."),
			"agent_connected":   schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether its agent is connected."},
			"name":              computedText("`hosts/{host}`."),
			"uid":               computedText("UUID, for ever this host's alone."),
		},
	}
}

func (s *hostDataSource) Read(ctx context.Context, request datasource.ReadRequest, response *datasource.ReadResponse) {
	var given hostData
	response.Diagnostics.Append(request.Config.Get(ctx, &given)...)
	if response.Diagnostics.HasError() {
		return
	}
	found, err := s.connection.Hosts.Get(ctx, given.HostID.ValueString())
	if err != nil {
		refuse(&response.Diagnostics, "The host cannot be read", err)
		return
	}
	response.Diagnostics.Append(response.State.Set(ctx, &hostData{
		HostID:           given.HostID,
		State:            types.StringValue(strings.TrimPrefix(found.GetState().String(), "HOST_STATE_")),
		Zone:             types.StringValue(found.GetZone()),
		Labels:           orEmpty(found.GetLabels()),
		Traits:           append([]string{}, found.GetTraits()...),
		DedicatedProject: types.StringValue(found.GetDedicatedProject()),
		Capacity:         amountsOf(found.GetCapacity()),
		Allocated:        amountsOf(found.GetAllocated()),
		AgentConnected:   types.BoolValue(found.GetAgentConnected()),
		Name:             types.StringValue(found.GetName()),
		UID:              types.StringValue(found.GetUid()),
	})...)
}

type utilizationDataSource struct{ connectedSource }

type utilizationData struct {
	Scope      types.String       `tfsdk:"scope"`
	Selector   types.String       `tfsdk:"selector"`
	Total      map[string]int64   `tfsdk:"total"`
	Allocated  map[string]int64   `tfsdk:"allocated"`
	Free       map[string]int64   `tfsdk:"free"`
	Eta        map[string]float64 `tfsdk:"eta"`
	Hosts      types.Int64        `tfsdk:"hosts"`
	RunningVMs types.Int64        `tfsdk:"running_vms"`
}

func (s *utilizationDataSource) Metadata(
	_ context.Context, request datasource.MetadataRequest, response *datasource.MetadataResponse,
) {
	response.TypeName = request.ProviderTypeName + "_utilization"
}

func (s *utilizationDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, response *datasource.SchemaResponse) {
	response.Schema = schema.Schema{
		MarkdownDescription: "How much there is in a scope, and how much of it is allocated.",
		Attributes: map[string]schema.Attribute{
			"scope": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "`fleet` (the default), `hosts/{host}`, `zones/{zone}` or `projects/{project}`.",
			},
			"selector": schema.StringAttribute{
				Optional: true, MarkdownDescription: "Of the scope's hosts, only those that this selects. Not of a project.",
			},
			"total":     computedAmounts("The sum of the hosts' capacities."),
			"allocated": computedAmounts("What is promised to VMs."),
			"free":      computedAmounts("What can still be promised."),
			"eta": schema.MapAttribute{
				ElementType: types.Float64Type, Computed: true, MarkdownDescription: "allocated / total. By class.",
			},
			"hosts":       schema.Int64Attribute{Computed: true, MarkdownDescription: "Hosts that are counted in `total`."},
			"running_vms": schema.Int64Attribute{Computed: true, MarkdownDescription: "VMs that hold compute in the scope."},
		},
	}
}

func (s *utilizationDataSource) Read(ctx context.Context, request datasource.ReadRequest, response *datasource.ReadResponse) {
	var given utilizationData
	response.Diagnostics.Append(request.Config.Get(ctx, &given)...)
	if response.Diagnostics.HasError() {
		return
	}
	found, err := s.connection.Utilization.Get(ctx, given.Scope.ValueString(),
		func(request *chronovisorv1.GetUtilizationRequest) { request.Selector = given.Selector.ValueString() })
	if err != nil {
		refuse(&response.Diagnostics, "The utilization cannot be read", err)
		return
	}
	totals := utilizationData{
		Scope: given.Scope, Selector: given.Selector,
		Total: map[string]int64{}, Allocated: map[string]int64{}, Free: map[string]int64{}, Eta: map[string]float64{},
		Hosts: types.Int64Value(found.GetHosts()), RunningVMs: types.Int64Value(found.GetRunningVms()),
	}
	for _, each := range found.GetClasses() {
		class := each.GetResourceClass()
		totals.Total[class], totals.Allocated[class] = each.GetTotal(), each.GetAllocated()
		totals.Free[class], totals.Eta[class] = each.GetFree(), each.GetEta()
	}
	response.Diagnostics.Append(response.State.Set(ctx, &totals)...)
}

func orEmpty(from map[string]string) map[string]string {
	if from == nil {
		return map[string]string{}
	}
	return from
}
