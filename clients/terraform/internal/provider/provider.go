// Package provider has the resources and data sources of Chronovisor.
package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"chronovisor.dev/go/chronovisor"
)

// Address is where the provider is published.
const Address = "registry.opentofu.org/chronovisor/chronovisor"

// New makes the provider.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &chronovisorProvider{version} }
}

type chronovisorProvider struct {
	version string
}

type providerModel struct {
	Servers    types.List   `tfsdk:"servers"`
	Actor      types.String `tfsdk:"actor"`
	Reason     types.String `tfsdk:"reason"`
	Token      types.String `tfsdk:"token"`
	TokenFile  types.String `tfsdk:"token_file"`
	CAFile     types.String `tfsdk:"ca_file"`
	CertFile   types.String `tfsdk:"cert_file"`
	KeyFile    types.String `tfsdk:"key_file"`
	ServerName types.String `tfsdk:"server_name"`
}

// connection is what resources and data sources share.
type connection struct {
	*chronovisor.Client
	// Why, for the audit: it goes with every command.
	reason string
}

func (p *chronovisorProvider) Metadata(_ context.Context, _ provider.MetadataRequest, response *provider.MetadataResponse) {
	response.TypeName = "chronovisor"
	response.Version = p.version
}

func (p *chronovisorProvider) Schema(_ context.Context, _ provider.SchemaRequest, response *provider.SchemaResponse) {
	response.Schema = schema.Schema{
		MarkdownDescription: "Declares projects, VMs and the terms of hosts of a Chronovisor control plane.",
		Attributes: map[string]schema.Attribute{
			"servers": schema.ListAttribute{
				ElementType: types.StringType,
				Optional:    true,
				MarkdownDescription: "Addresses of the control plane, as `host:port`: the first that can be connected to is used. " +
					"Default: `CHRONOVISOR_SERVER`, separated by commas, or `127.0.0.1:7460`.",
			},
			"actor": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Who calls, such as `service:terraform`. Default: the user who runs the program.",
			},
			"reason": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Why, for the audit: recorded with every command. Default: `terraform apply`.",
			},
			"token": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "A bearer token. Default: `CHRONOVISOR_TOKEN`. Never sent in plain text to another machine.",
			},
			"token_file": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Instead of `token`, a file with it, which is read again when it has changed. Default: " +
					"`CHRONOVISOR_TOKEN_FILE`.",
			},
			"ca_file": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "A PEM file of authorities that the server's certificate may be of; with it the connection is " +
					"encrypted. Default: `CHRONOVISOR_CA_FILE`.",
			},
			"cert_file": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "A PEM file with the client's certificate. Default: `CHRONOVISOR_CERT_FILE`.",
			},
			"key_file": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "A PEM file with the key of `cert_file`. Default: `CHRONOVISOR_KEY_FILE`.",
			},
			"server_name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The name that the server's certificate must have, where that is not the host of its address.",
			},
		},
	}
}

func (p *chronovisorProvider) Configure(
	ctx context.Context, request provider.ConfigureRequest, response *provider.ConfigureResponse,
) {
	var given providerModel
	response.Diagnostics.Append(request.Config.Get(ctx, &given)...)
	if response.Diagnostics.HasError() {
		return
	}
	for name, value := range map[string]interface{ IsUnknown() bool }{
		"servers": given.Servers, "actor": given.Actor, "reason": given.Reason, "token": given.Token, "token_file": given.TokenFile,
		"ca_file": given.CAFile, "cert_file": given.CertFile, "key_file": given.KeyFile, "server_name": given.ServerName,
	} {
		if value.IsUnknown() {
			response.Diagnostics.AddAttributeError(path.Root(name), "The value is not known yet",
				"The provider connects while it plans: set "+name+" to what does not depend on other resources.")
		}
	}
	var servers []string
	response.Diagnostics.Append(given.Servers.ElementsAs(ctx, &servers, false)...)
	if response.Diagnostics.HasError() {
		return
	}
	if given.Token.ValueString() != "" && given.TokenFile.ValueString() != "" {
		response.Diagnostics.AddAttributeError(path.Root("token_file"), "There are two tokens", "Set one of token and token_file.")
		return
	}
	client, err := chronovisor.Connect(options(given, servers)...)
	if err != nil {
		response.Diagnostics.AddError("The control plane cannot be connected to", err.Error())
		return
	}
	shared := &connection{Client: client, reason: "terraform apply"}
	if !given.Reason.IsNull() {
		shared.reason = given.Reason.ValueString()
	}
	response.ResourceData = shared
	response.DataSourceData = shared
}

func options(given providerModel, servers []string) []chronovisor.Option {
	var options []chronovisor.Option
	if len(servers) > 0 {
		options = append(options, chronovisor.WithServer(servers...))
	}
	if actor := given.Actor.ValueString(); actor != "" {
		options = append(options, chronovisor.WithActor(actor))
	}
	if token := given.Token.ValueString(); token != "" {
		options = append(options, chronovisor.WithToken(token))
	}
	if file := given.TokenFile.ValueString(); file != "" {
		options = append(options, chronovisor.WithTokenSource(chronovisor.TokenFile(file)))
	}
	if file := given.CAFile.ValueString(); file != "" {
		options = append(options, chronovisor.WithCAFile(file))
	}
	if cert, key := given.CertFile.ValueString(), given.KeyFile.ValueString(); cert != "" || key != "" {
		options = append(options, chronovisor.WithCertificate(cert, key))
	}
	if name := given.ServerName.ValueString(); name != "" {
		options = append(options, chronovisor.WithServerName(name))
	}
	return options
}

func (p *chronovisorProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		func() resource.Resource { return &projectResource{} },
		func() resource.Resource { return &serviceAccountResource{} },
		func() resource.Resource { return &networkResource{} },
		func() resource.Resource { return &securityGroupResource{} },
		func() resource.Resource { return &vmResource{} },
		func() resource.Resource { return &hostResource{} },
	}
}

func (p *chronovisorProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		func() datasource.DataSource { return &projectDataSource{} },
		func() datasource.DataSource { return &vmDataSource{} },
		func() datasource.DataSource { return &hostDataSource{} },
		func() datasource.DataSource { return &utilizationDataSource{} },
	}
}

// connected takes what Configure of the provider shares. Nothing is shared while only schemas are read.
func connected(shared any, into **connection) error {
	if shared == nil {
		return nil
	}
	found, ok := shared.(*connection)
	if !ok {
		return fmt.Errorf("the provider shares %T", shared)
	}
	*into = found
	return nil
}
