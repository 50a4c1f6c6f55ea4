package provider

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

type serviceAccountResource struct {
	connection *connection
}

type serviceAccountModel struct {
	Project     types.String `tfsdk:"project"`
	AccountID   types.String `tfsdk:"service_account_id"`
	DisplayName types.String `tfsdk:"display_name"`
	Disabled    types.Bool   `tfsdk:"disabled"`
	Name        types.String `tfsdk:"name"`
	Member      types.String `tfsdk:"member"`
	UID         types.String `tfsdk:"uid"`
	CreateTime  types.String `tfsdk:"create_time"`
}

func (r *serviceAccountResource) Metadata(
	_ context.Context, request resource.MetadataRequest, response *resource.MetadataResponse,
) {
	response.TypeName = request.ProviderTypeName + "_service_account"
}

func (r *serviceAccountResource) Schema(
	_ context.Context, _ resource.SchemaRequest, response *resource.SchemaResponse,
) {
	replaced := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	response.Schema = schema.Schema{
		MarkdownDescription: "A name that a program calls by. Its tokens are not here, since a state would keep them: see " +
			"`chronovisor service-account token create`. Import it by `PROJECT/ACCOUNT` or its name.",
		Attributes: map[string]schema.Attribute{
			"service_account_id": schema.StringAttribute{
				Required:            true,
				PlanModifiers:       replaced,
				MarkdownDescription: "The last part of its name: 1 to 63 of a-z, 0-9 and `-`, starting with a letter, not ending with `-`.",
			},
			"project": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString("default"),
				PlanModifiers:       replaced,
				MarkdownDescription: "The id of its project. Default: `default`.",
			},
			"display_name": schema.StringAttribute{Optional: true, MarkdownDescription: "A title for people."},
			"disabled": schema.BoolAttribute{
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
				MarkdownDescription: "None of its tokens is believed.",
			},
			"name":        computedOnce("`projects/{project}/serviceAccounts/{service_account}`."),
			"member":      computedOnce("What bindings call it: `serviceAccount:` and its name."),
			"uid":         computedOnce("UUID, for ever this account's alone."),
			"create_time": computedOnce("When it was created, as in RFC 3339."),
		},
	}
}

func (r *serviceAccountResource) Configure(
	_ context.Context, request resource.ConfigureRequest, response *resource.ConfigureResponse,
) {
	if err := connected(request.ProviderData, &r.connection); err != nil {
		response.Diagnostics.AddError("The provider is not as expected", err.Error())
	}
}

func (r *serviceAccountResource) Create(
	ctx context.Context, request resource.CreateRequest, response *resource.CreateResponse,
) {
	var plan serviceAccountModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	if response.Diagnostics.HasError() {
		return
	}
	created, err := r.connection.ServiceAccounts.Create(ctx, plan.Project.ValueString(), plan.AccountID.ValueString(),
		func(request *chronovisorv1.CreateServiceAccountRequest) {
			request.ServiceAccount, request.Reason = plan.declared(), r.connection.reason
		})
	if err != nil {
		refuse(&response.Diagnostics, "The service account cannot be created", err)
		return
	}
	plan.take(created)
	response.Diagnostics.Append(response.State.Set(ctx, &plan)...)
}

func (r *serviceAccountResource) Read(
	ctx context.Context, request resource.ReadRequest, response *resource.ReadResponse,
) {
	var state serviceAccountModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	found, err := r.connection.ServiceAccounts.Get(ctx, state.Name.ValueString())
	switch {
	case errors.Is(err, chronovisor.ErrNotFound), err == nil && isAnother(state.UID, found.GetUid()):
		response.State.RemoveResource(ctx)
		return
	case err != nil:
		refuse(&response.Diagnostics, "The service account cannot be read", err)
		return
	}
	state.take(found)
	response.Diagnostics.Append(response.State.Set(ctx, &state)...)
}

func (r *serviceAccountResource) Update(
	ctx context.Context, request resource.UpdateRequest, response *resource.UpdateResponse,
) {
	var plan serviceAccountModel
	response.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	if response.Diagnostics.HasError() {
		return
	}
	declared := plan.declared()
	declared.Name = plan.Name.ValueString()
	updated, err := r.connection.ServiceAccounts.UpdateServiceAccount(ctx, &chronovisorv1.UpdateServiceAccountRequest{
		ServiceAccount: declared,
		UpdateMask:     &fieldmaskpb.FieldMask{Paths: []string{"display_name", "disabled"}},
		Reason:         r.connection.reason,
	})
	if err != nil {
		refuse(&response.Diagnostics, "The service account cannot be updated", err)
		return
	}
	plan.take(updated)
	response.Diagnostics.Append(response.State.Set(ctx, &plan)...)
}

func (r *serviceAccountResource) Delete(
	ctx context.Context, request resource.DeleteRequest, response *resource.DeleteResponse,
) {
	var state serviceAccountModel
	response.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if response.Diagnostics.HasError() {
		return
	}
	_, err := r.connection.ServiceAccounts.Delete(ctx, state.Name.ValueString(),
		func(request *chronovisorv1.DeleteServiceAccountRequest) { request.Reason = r.connection.reason })
	if err != nil && !errors.Is(err, chronovisor.ErrNotFound) {
		refuse(&response.Diagnostics, "The service account cannot be destroyed", err)
	}
}

func (r *serviceAccountResource) ImportState(
	ctx context.Context, request resource.ImportStateRequest, response *resource.ImportStateResponse,
) {
	name := request.ID
	if project, account, isPair := strings.Cut(name, "/"); isPair && !strings.Contains(account, "/") {
		name = chronovisor.ProjectName(project) + "/serviceAccounts/" + account
	}
	response.Diagnostics.Append(response.State.SetAttribute(ctx, path.Root("name"), name)...)
}

// declared is the account as the configuration has it.
func (m *serviceAccountModel) declared() *chronovisorv1.ServiceAccount {
	return &chronovisorv1.ServiceAccount{DisplayName: m.DisplayName.ValueString(), Disabled: m.Disabled.ValueBool()}
}

// take makes it as the server has it.
func (m *serviceAccountModel) take(from *chronovisorv1.ServiceAccount) {
	project, account, _ := strings.Cut(from.GetName(), "/serviceAccounts/")
	m.Project, m.AccountID = types.StringValue(lastPart(project)), types.StringValue(account)
	m.DisplayName = text(from.GetDisplayName(), m.DisplayName)
	m.Disabled = types.BoolValue(from.GetDisabled())
	m.Name = types.StringValue(from.GetName())
	m.Member = types.StringValue("serviceAccount:" + from.GetName())
	m.UID = types.StringValue(from.GetUid())
	m.CreateTime = timeText(from.GetCreateTime())
}
