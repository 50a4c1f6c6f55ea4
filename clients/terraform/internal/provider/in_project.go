package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"chronovisor.dev/go/chronovisor"
)

const idHelp = "The last part of its name: 1 to 63 of a-z, 0-9 and `-`, starting with a letter, not ending with `-`."

// replaced are attributes that never change of a resource: another value is another resource.
func replaced() []planmodifier.String {
	return []planmodifier.String{stringplanmodifier.RequiresReplace()}
}

func projectAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		Computed:            true,
		Default:             stringdefault.StaticString("default"),
		PlanModifiers:       replaced(),
		MarkdownDescription: "The id of its project. Default: `default`.",
	}
}

// wholeName takes PROJECT/ID for the whole name of something that projects have.
func wholeName(given, collection string) string {
	project, id, isPair := strings.Cut(given, "/")
	if !isPair || strings.Contains(id, "/") {
		return given
	}
	return chronovisor.ProjectName(project) + "/" + collection + "/" + id
}

// partsOf are the ids of a project and of what it has.
func partsOf(name string) (project, id string) {
	parts := strings.Split(name, "/")
	if len(parts) != 4 {
		return "", name
	}
	return parts[1], parts[3]
}
