package provider

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int32validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

type securityGroupResource struct {
	connection *connection
}

type securityGroupModel struct {
	Project     types.String `tfsdk:"project"`
	GroupID     types.String `tfsdk:"security_group_id"`
	Rules       []ruleModel  `tfsdk:"rules"`
	Description types.String `tfsdk:"description"`
	Labels      types.Map    `tfsdk:"labels"`
	Name        types.String `tfsdk:"name"`
	UID         types.String `tfsdk:"uid"`
	CreateTime  types.String `tfsdk:"create_time"`
}

type ruleModel struct {
	Direction   types.String `tfsdk:"direction"`
	Protocol    types.String `tfsdk:"protocol"`
	FirstPort   types.Int32  `tfsdk:"first_port"`
	LastPort    types.Int32  `tfsdk:"last_port"`
	RemoteCIDR  types.String `tfsdk:"remote_cidr"`
	RemoteGroup types.String `tfsdk:"remote_group"`
	Description types.String `tfsdk:"description"`
}

const (
	ruleDirection = "RULE_DIRECTION_"
	ipProtocol    = "IP_PROTOCOL_"
	anyProtocol   = "ANY"
)

func (r *securityGroupResource) Metadata(
	_ context.Context, request resource.MetadataRequest, response *resource.MetadataResponse,
) {
	response.TypeName = request.ProviderTypeName + "_security_group"
}

func (r *securityGroupResource) Schema(
	_ context.Context, _ resource.SchemaRequest, response *resource.SchemaResponse,
) {
	response.Schema = schema.Schema{
		MarkdownDescription: "What is allowed to and from the network cards that are in it. Without a rule nothing comes in, and " +
			"everything goes out. One that cards or other groups' rules name cannot be destroyed. Import it by `PROJECT/GROUP` or " +
			"its name.",
		Attributes: map[string]schema.Attribute{
			"security_group_id": schema.StringAttribute{
				Required: true, PlanModifiers: replaced(), MarkdownDescription: idHelp,
			},
			"project": projectAttribute(),
			"rules": schema.ListNestedAttribute{
				Optional:            true,
				MarkdownDescription: "What it allows, in the order in which they are shown.",
				NestedObject:        schema.NestedAttributeObject{Attributes: ruleAttributes()},
			},
			"description": schema.StringAttribute{Optional: true, MarkdownDescription: "What it is for."},
			"labels": schema.MapAttribute{
				ElementType: types.StringType, Optional: true, MarkdownDescription: "Free key-value pairs. At most 64.",
			},
			"name":        computedOnce("`projects/{project}/securityGroups/{security_group}`."),
			"uid":         computedOnce("UUID, for ever this group's alone."),
			"create_time": computedOnce("When it was created, as in RFC 3339."),
		},
	}
}

func ruleAttributes() map[string]schema.Attribute {
	port := []validator.Int32{int32validator.Between(1, 65535)}
	return map[string]schema.Attribute{
		"direction": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			Default:             stringdefault.StaticString("INGRESS"),
			Validators:          []validator.String{stringvalidator.OneOf("INGRESS", "EGRESS")},
			MarkdownDescription: "`INGRESS`, the default: what comes to the VM. `EGRESS`: what it sends.",
		},
		"protocol": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			Default:             stringdefault.StaticString(anyProtocol),
			Validators:          []validator.String{stringvalidator.OneOf("TCP", "UDP", "ICMP", anyProtocol)},
			MarkdownDescription: "`TCP`, `UDP`, `ICMP`, or `ANY`, the default.",
		},
		"first_port": schema.Int32Attribute{
			Optional: true, Validators: port, MarkdownDescription: "Of TCP and UDP: the port. Default: any.",
		},
		"last_port": schema.Int32Attribute{
			Optional: true, Validators: port, MarkdownDescription: "The last of a range. Default: `first_port` alone.",
		},
		"remote_cidr": schema.StringAttribute{
			Optional: true, MarkdownDescription: "With whom: an address or a prefix, such as `10.0.0.0/8`. Default: anyone.",
		},
		"remote_group": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "With whom: all VMs of a group of the same project, by its id or its name. By its id it can be the " +
				"group itself.",
		},
		"description": schema.StringAttribute{Optional: true, MarkdownDescription: "What the rule is for."},
	}
}

func (r *securityGroupResource) Configure(
	_ context.Context, request resource.ConfigureRequest, response *resource.ConfigureResponse,
) {
	if err := connected(request.ProviderData, &r.connection); err != nil {
		response.Diagnostics.AddError("The provider is not as expected", err.Error())
	}
}

func (r *securityGroupResource) Create(
	ctx context.Context, request resource.CreateRequest, response *resource.CreateResponse,
) {
	var plan securityGroupModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	declared := plan.declared(ctx, &response.Diagnostics)
	if response.Diagnostics.HasError() {
		return
	}
	created, err := r.connection.Networks.CreateGroup(ctx, plan.Project.ValueString(), plan.GroupID.ValueString(), declared,
		func(request *chronovisorv1.CreateSecurityGroupRequest) { request.Reason = r.connection.reason })
	if err != nil {
		refuse(&response.Diagnostics, "The security group cannot be created", err)
		return
	}
	plan.take(ctx, created, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &plan)...)
}

func (r *securityGroupResource) Read(
	ctx context.Context, request resource.ReadRequest, response *resource.ReadResponse,
) {
	var state securityGroupModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	found, err := r.connection.Networks.GetGroup(ctx, state.Name.ValueString())
	switch {
	case errors.Is(err, chronovisor.ErrNotFound), err == nil && isAnother(state.UID, found.GetUid()):
		response.State.RemoveResource(ctx)
		return
	case err != nil:
		refuse(&response.Diagnostics, "The security group cannot be read", err)
		return
	}
	state.take(ctx, found, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &state)...)
}

func (r *securityGroupResource) Update(
	ctx context.Context, request resource.UpdateRequest, response *resource.UpdateResponse,
) {
	var plan securityGroupModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	declared := plan.declared(ctx, &response.Diagnostics)
	if response.Diagnostics.HasError() {
		return
	}
	declared.Name = plan.Name.ValueString()
	updated, err := r.connection.Networks.UpdateSecurityGroup(ctx, &chronovisorv1.UpdateSecurityGroupRequest{
		SecurityGroup: declared,
		UpdateMask:    &fieldmaskpb.FieldMask{Paths: []string{"rules", "description", "labels"}},
		Reason:        r.connection.reason,
	})
	if err != nil {
		refuse(&response.Diagnostics, "The security group cannot be updated", err)
		return
	}
	plan.take(ctx, updated, &response.Diagnostics)
	response.Diagnostics.Append(response.State.Set(ctx, &plan)...)
}

func (r *securityGroupResource) Delete(
	ctx context.Context, request resource.DeleteRequest, response *resource.DeleteResponse,
) {
	var state securityGroupModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	_, err := r.connection.Networks.DeleteGroup(ctx, state.Name.ValueString(),
		func(request *chronovisorv1.DeleteSecurityGroupRequest) { request.Reason = r.connection.reason })
	if err != nil && !errors.Is(err, chronovisor.ErrNotFound) {
		refuse(&response.Diagnostics, "The security group cannot be destroyed", err)
	}
}

func (r *securityGroupResource) ImportState(
	ctx context.Context, request resource.ImportStateRequest, response *resource.ImportStateResponse,
) {
	name := wholeName(request.ID, "securityGroups")
	response.Diagnostics.Append(response.State.SetAttribute(ctx, path.Root("name"), name)...)
}

// declared is the group as the configuration has it.
func (m *securityGroupModel) declared(ctx context.Context, diagnostics *diag.Diagnostics) *chronovisorv1.SecurityGroup {
	group := &chronovisorv1.SecurityGroup{
		Description: m.Description.ValueString(),
		Labels:      mapOf[string](ctx, m.Labels, diagnostics),
	}
	for _, each := range m.Rules {
		direction := chronovisorv1.RuleDirection_value[ruleDirection+each.Direction.ValueString()]
		protocol := chronovisorv1.IpProtocol_value[ipProtocol+each.Protocol.ValueString()]
		group.Rules = append(group.Rules, &chronovisorv1.SecurityRule{
			Direction:   chronovisorv1.RuleDirection(direction),
			Protocol:    chronovisorv1.IpProtocol(protocol),
			FirstPort:   each.FirstPort.ValueInt32(),
			LastPort:    each.LastPort.ValueInt32(),
			RemoteCidr:  each.RemoteCIDR.ValueString(),
			RemoteGroup: groupName(m.Project.ValueString(), each.RemoteGroup.ValueString()),
			Description: each.Description.ValueString(),
		})
	}
	return group
}

// groupName takes an id for the name of a group of the project.
func groupName(project, given string) string {
	if given == "" || strings.Contains(given, "/") {
		return given
	}
	return chronovisor.ProjectName(project) + "/securityGroups/" + given
}

// take makes it as the server has it.
func (m *securityGroupModel) take(
	ctx context.Context, from *chronovisorv1.SecurityGroup, diagnostics *diag.Diagnostics,
) {
	project, id := partsOf(from.GetName())
	m.Project, m.GroupID = types.StringValue(project), types.StringValue(id)
	var rules []ruleModel
	if m.Rules != nil {
		rules = []ruleModel{}
	}
	for place, each := range from.GetRules() {
		before := ruleModel{}
		if place < len(m.Rules) {
			before = m.Rules[place]
		}
		rules = append(rules, before.as(project, each))
	}
	m.Rules = rules
	m.Description = text(from.GetDescription(), m.Description)
	m.Labels = textMap(ctx, from.GetLabels(), m.Labels, diagnostics)
	m.Name, m.UID = types.StringValue(from.GetName()), types.StringValue(from.GetUid())
	m.CreateTime = timeText(from.GetCreateTime())
}

// as is the rule as the server has it. What means the same as it did is written as it was.
func (m ruleModel) as(project string, from *chronovisorv1.SecurityRule) ruleModel {
	protocol := strings.TrimPrefix(from.GetProtocol().String(), ipProtocol)
	if from.GetProtocol() == chronovisorv1.IpProtocol_IP_PROTOCOL_UNSPECIFIED {
		protocol = anyProtocol
	}
	direction := "INGRESS"
	if from.GetDirection() == chronovisorv1.RuleDirection_RULE_DIRECTION_EGRESS {
		direction = "EGRESS"
	}
	group := text(from.GetRemoteGroup(), m.RemoteGroup)
	if groupName(project, m.RemoteGroup.ValueString()) == from.GetRemoteGroup() {
		group = m.RemoteGroup
	}
	return ruleModel{
		Direction:   types.StringValue(direction),
		Protocol:    types.StringValue(protocol),
		FirstPort:   port(from.GetFirstPort()),
		LastPort:    lastPort(from, m.LastPort),
		RemoteCIDR:  text(from.GetRemoteCidr(), m.RemoteCIDR),
		RemoteGroup: group,
		Description: text(from.GetDescription(), m.Description),
	}
}

// port is null where the server has none.
func port(from int32) types.Int32 {
	if from == 0 {
		return types.Int32Null()
	}
	return types.Int32Value(from)
}

// lastPort is null where it is the first one, too, and was null before.
func lastPort(from *chronovisorv1.SecurityRule, before types.Int32) types.Int32 {
	if before.IsNull() && from.GetLastPort() == from.GetFirstPort() {
		return types.Int32Null()
	}
	return port(from.GetLastPort())
}
