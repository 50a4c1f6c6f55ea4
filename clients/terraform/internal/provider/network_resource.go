package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int32planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

type networkResource struct {
	connection *connection
}

type networkModel struct {
	Project        types.String `tfsdk:"project"`
	NetworkID      types.String `tfsdk:"network_id"`
	Kind           types.String `tfsdk:"kind"`
	IPv4CIDR       types.String `tfsdk:"ipv4_cidr"`
	IPv6CIDR       types.String `tfsdk:"ipv6_cidr"`
	IPv4Gateway    types.String `tfsdk:"ipv4_gateway"`
	IPv6Gateway    types.String `tfsdk:"ipv6_gateway"`
	MTU            types.Int32  `tfsdk:"mtu"`
	Bridge         types.String `tfsdk:"bridge"`
	VLAN           types.Int32  `tfsdk:"vlan"`
	ReservedRanges types.List   `tfsdk:"reserved_ranges"`
	Description    types.String `tfsdk:"description"`
	Labels         types.Map    `tfsdk:"labels"`
	Name           types.String `tfsdk:"name"`
	UID            types.String `tfsdk:"uid"`
	DNSDomain      types.String `tfsdk:"dns_domain"`
	CreateTime     types.String `tfsdk:"create_time"`
}

const networkKind = "NETWORK_KIND_"

func (r *networkResource) Metadata(_ context.Context, request resource.MetadataRequest, response *resource.MetadataResponse) {
	response.TypeName = request.ProviderTypeName + "_network"
}

func (r *networkResource) Schema(_ context.Context, _ resource.SchemaRequest, response *resource.SchemaResponse) {
	// What the server decides where nothing is given.
	given := []planmodifier.String{stringplanmodifier.UseStateForUnknown(), stringplanmodifier.RequiresReplace()}
	response.Schema = schema.Schema{
		MarkdownDescription: "A network of a project. What it is connected to and its addresses never change: other ones are " +
			"another network. One that VMs have cards on cannot be destroyed. Import it by `PROJECT/NETWORK` or its name.",
		Attributes: map[string]schema.Attribute{
			"network_id": schema.StringAttribute{
				Required: true, PlanModifiers: replaced(), MarkdownDescription: idHelp,
			},
			"project": projectAttribute(),
			"kind": schema.StringAttribute{
				Optional:      true,
				Computed:      true,
				Default:       stringdefault.StaticString("NAT"),
				PlanModifiers: replaced(),
				Validators:    []validator.String{stringvalidator.OneOf("NAT", "ISOLATED", "BRIDGED", "USER")},
				MarkdownDescription: "`NAT`, the default: its VMs reach what their host reaches. `ISOLATED`: each other alone. " +
					"`BRIDGED`: a bridge of the host. `USER`: nobody; they are reached at published ports.",
			},
			"ipv4_cidr": schema.StringAttribute{
				Optional: true, PlanModifiers: replaced(), MarkdownDescription: "Its IPv4 addresses, such as `10.1.0.0/24`.",
			},
			"ipv6_cidr": schema.StringAttribute{
				Optional: true, PlanModifiers: replaced(), MarkdownDescription: "Its IPv6 addresses, such as `fd00:1::/64`.",
			},
			"ipv4_gateway": schema.StringAttribute{
				Optional: true, Computed: true, PlanModifiers: given,
				MarkdownDescription: "The gateway's IPv4 address. Default: the first one.",
			},
			"ipv6_gateway": schema.StringAttribute{
				Optional: true, Computed: true, PlanModifiers: given,
				MarkdownDescription: "The gateway's IPv6 address. Default: the first one.",
			},
			"mtu": schema.Int32Attribute{
				Optional: true,
				Computed: true,
				PlanModifiers: []planmodifier.Int32{
					int32planmodifier.UseStateForUnknown(), int32planmodifier.RequiresReplace(),
				},
				MarkdownDescription: "The largest packet, in bytes.",
			},
			"bridge": schema.StringAttribute{
				Optional: true, PlanModifiers: replaced(), MarkdownDescription: "Of `BRIDGED`: the bridge of its hosts.",
			},
			"vlan": schema.Int32Attribute{
				Optional:            true,
				PlanModifiers:       []planmodifier.Int32{int32planmodifier.RequiresReplace()},
				MarkdownDescription: "Of `BRIDGED`: the VLAN there, 1 to 4094.",
			},
			"reserved_ranges": schema.ListAttribute{
				ElementType: types.StringType, Optional: true,
				MarkdownDescription: "Addresses, prefixes, or ranges such as `10.1.0.2-10.1.0.9`, that VMs get only where they name them.",
			},
			"description": schema.StringAttribute{Optional: true, MarkdownDescription: "What it is for."},
			"labels": schema.MapAttribute{
				ElementType: types.StringType, Optional: true, MarkdownDescription: "Free key-value pairs. At most 64.",
			},
			"name":        computedOnce("`projects/{project}/networks/{network}`."),
			"uid":         computedOnce("UUID, for ever this network's alone."),
			"dns_domain":  computedOnce("Below which its VMs have their names."),
			"create_time": computedOnce("When it was created, as in RFC 3339."),
		},
	}
}

func (r *networkResource) Configure(
	_ context.Context, request resource.ConfigureRequest, response *resource.ConfigureResponse,
) {
	if err := connected(request.ProviderData, &r.connection); err != nil {
		response.Diagnostics.AddError("The provider is not as expected", err.Error())
	}
}

func (r *networkResource) Create(ctx context.Context, request resource.CreateRequest, response *resource.CreateResponse) {
	var plan networkModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	declared := plan.declared(ctx, &response.Diagnostics)
	if response.Diagnostics.HasError() {
		return
	}
	created, err := r.connection.Networks.Create(ctx, plan.Project.ValueString(), plan.NetworkID.ValueString(), declared,
		func(request *chronovisorv1.CreateNetworkRequest) { request.Reason = r.connection.reason })
	if err != nil {
		refuse(&response.Diagnostics, "The network cannot be created", err)
		return
	}
	plan.take(ctx, created, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &plan)...)
}

func (r *networkResource) Read(ctx context.Context, request resource.ReadRequest, response *resource.ReadResponse) {
	var state networkModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	found, err := r.connection.Networks.Get(ctx, state.Name.ValueString())
	switch {
	case errors.Is(err, chronovisor.ErrNotFound), err == nil && isAnother(state.UID, found.GetUid()):
		response.State.RemoveResource(ctx)
		return
	case err != nil:
		refuse(&response.Diagnostics, "The network cannot be read", err)
		return
	}
	state.take(ctx, found, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &state)...)
}

func (r *networkResource) Update(ctx context.Context, request resource.UpdateRequest, response *resource.UpdateResponse) {
	var plan networkModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	declared := plan.declared(ctx, &response.Diagnostics)
	if response.Diagnostics.HasError() {
		return
	}
	declared.Name = plan.Name.ValueString()
	updated, err := r.connection.Networks.UpdateNetwork(ctx, &chronovisorv1.UpdateNetworkRequest{
		Network:    declared,
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"reserved_ranges", "description", "labels"}},
		Reason:     r.connection.reason,
	})
	if err != nil {
		refuse(&response.Diagnostics, "The network cannot be updated", err)
		return
	}
	plan.take(ctx, updated, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &plan)...)
}

func (r *networkResource) Delete(ctx context.Context, request resource.DeleteRequest, response *resource.DeleteResponse) {
	var state networkModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	_, err := r.connection.Networks.Delete(ctx, state.Name.ValueString(),
		func(request *chronovisorv1.DeleteNetworkRequest) { request.Reason = r.connection.reason })
	if err != nil && !errors.Is(err, chronovisor.ErrNotFound) {
		refuse(&response.Diagnostics, "The network cannot be destroyed", err)
	}
}

func (r *networkResource) ImportState(
	ctx context.Context, request resource.ImportStateRequest, response *resource.ImportStateResponse,
) {
	name := wholeName(request.ID, "networks")
	response.Diagnostics.Append(response.State.SetAttribute(ctx, path.Root("name"), name)...)
}

// declared is the network as the configuration has it.
func (m *networkModel) declared(ctx context.Context, diagnostics *diag.Diagnostics) *chronovisorv1.Network {
	var reserved []string
	if !m.ReservedRanges.IsNull() {
		diagnostics.Append(m.ReservedRanges.ElementsAs(ctx, &reserved, false)...)
	}
	kind := chronovisorv1.NetworkKind_value[networkKind+m.Kind.ValueString()]
	return &chronovisorv1.Network{
		Kind:           chronovisorv1.NetworkKind(kind),
		Ipv4Cidr:       m.IPv4CIDR.ValueString(),
		Ipv6Cidr:       m.IPv6CIDR.ValueString(),
		Ipv4Gateway:    m.IPv4Gateway.ValueString(),
		Ipv6Gateway:    m.IPv6Gateway.ValueString(),
		Mtu:            m.MTU.ValueInt32(),
		Bridge:         m.Bridge.ValueString(),
		Vlan:           m.VLAN.ValueInt32(),
		ReservedRanges: reserved,
		Description:    m.Description.ValueString(),
		Labels:         mapOf[string](ctx, m.Labels, diagnostics),
	}
}

// take makes it as the server has it.
func (m *networkModel) take(ctx context.Context, from *chronovisorv1.Network, diagnostics *diag.Diagnostics) {
	project, id := partsOf(from.GetName())
	m.Project, m.NetworkID = types.StringValue(project), types.StringValue(id)
	m.Kind = types.StringValue(from.GetKind().String()[len(networkKind):])
	m.IPv4CIDR, m.IPv6CIDR = text(from.GetIpv4Cidr(), m.IPv4CIDR), text(from.GetIpv6Cidr(), m.IPv6CIDR)
	m.IPv4Gateway, m.IPv6Gateway = types.StringValue(from.GetIpv4Gateway()), types.StringValue(from.GetIpv6Gateway())
	m.MTU = types.Int32Value(from.GetMtu())
	m.Bridge = text(from.GetBridge(), m.Bridge)
	if from.GetVlan() != 0 || !m.VLAN.IsNull() {
		m.VLAN = types.Int32Value(from.GetVlan())
	}
	if len(from.GetReservedRanges()) > 0 || !m.ReservedRanges.IsNull() {
		ranges, problems := types.ListValueFrom(ctx, types.StringType, from.GetReservedRanges())
		diagnostics.Append(problems...)
		m.ReservedRanges = ranges
	} else {
		m.ReservedRanges = types.ListNull(types.StringType)
	}
	m.Description = text(from.GetDescription(), m.Description)
	m.Labels = textMap(ctx, from.GetLabels(), m.Labels, diagnostics)
	m.Name, m.UID = types.StringValue(from.GetName()), types.StringValue(from.GetUid())
	m.DNSDomain = types.StringValue(from.GetDnsDomain())
	m.CreateTime = timeText(from.GetCreateTime())
}
