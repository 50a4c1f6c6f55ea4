package provider

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int32validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

const (
	running = "RUNNING"
	stopped = "STOPPED"
)

var aDuration = stringvalidator.RegexMatches(
	regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$`), "must be a duration, such as 90s, 6h or 1h30m")

func (r *vmResource) Schema(_ context.Context, _ resource.SchemaRequest, response *resource.SchemaResponse) {
	response.Schema = schema.Schema{
		MarkdownDescription: "A VM: what it is made of, where it may run, and whether it runs. Import it by its name, or as " +
			"`project/vm`.\n\n" +
			"A VM that was stopped, paused or destroyed by others, or whose definition they changed, is as declared again after the " +
			"next apply. Another VM that has its name by then is not touched.",
		Attributes: map[string]schema.Attribute{
			"project": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString("default"),
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
				MarkdownDescription: "The id of its project. Default: `default`.",
			},
			"vm_id": schema.StringAttribute{
				Required:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
				MarkdownDescription: "The last part of its name: 1 to 63 of a-z, 0-9 and `-`, starting with a letter, not ending with `-`.",
			},
			"vcpus": schema.Int64Attribute{
				Required:            true,
				Validators:          []validator.Int64{int64validator.Between(1, 1024)},
				MarkdownDescription: "Virtual CPUs, 1 to 1024.",
			},
			"memory_mib": schema.Int64Attribute{
				Required:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(16)},
				MarkdownDescription: "Memory, in MiB; 16 or more.",
			},
			"disk_gib": schema.Int64Attribute{
				Optional:      true,
				Computed:      true,
				Default:       int64default.StaticInt64(0),
				PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplace()},
				Validators:    []validator.Int64{int64validator.AtLeast(0)},
				MarkdownDescription: "Disk, in GiB. 0, the default, is a VM without a disk, for kernel boots only. Another size " +
					"makes another VM.",
			},
			"extended": schema.MapAttribute{
				ElementType: types.Int64Type, Optional: true,
				MarkdownDescription: "Extended resource classes, such as `gpu.a100`.",
			},
			"image": schema.StringAttribute{
				Optional:      true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
				Validators: []validator.String{
					stringvalidator.ExactlyOneOf(path.MatchRoot("image"), path.MatchRoot("kernel")),
				},
				MarkdownDescription: "File name of the image that it boots from, such as `debian-12.qcow2`. Another makes another VM.",
			},
			"kernel": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "The kernel that it boots, instead of an image.",
				Attributes: map[string]schema.Attribute{
					"kernel":    schema.StringAttribute{Required: true, MarkdownDescription: "File name of the kernel."},
					"initramfs": schema.StringAttribute{Required: true, MarkdownDescription: "File name of the initramfs."},
					"cmdline":   schema.StringAttribute{Optional: true, MarkdownDescription: "Kernel command line."},
				},
			},
			"placement": placementAttribute(),
			"labels": schema.MapAttribute{
				ElementType: types.StringType, Optional: true, MarkdownDescription: "Free key-value pairs. At most 64.",
			},
			"expected_lifetime": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{aDuration},
				MarkdownDescription: "How long it is expected to run from a start on, such as `6h`: a hint for placement. Nothing stops " +
					"a VM that outlives it.",
			},
			"desired": schema.StringAttribute{
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(running),
				Validators: []validator.String{stringvalidator.OneOf(running, stopped)},
				MarkdownDescription: "Whether it is to run: `RUNNING`, the default, or `STOPPED`. When it is read, it is what is: a VM " +
					"that failed is `STOPPED`, and one that somebody paused is `PAUSED`.",
			},
			"stop_to_update": schema.BoolAttribute{
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(false),
				MarkdownDescription: "Whether a running VM may be stopped, changed and started again for a change that it cannot take " +
					"while it runs: of its vCPUs, memory, extended classes, kernel or placement. Default: false, and such a change fails.",
			},
			"grace_period": schema.StringAttribute{
				Optional:            true,
				Validators:          []validator.String{aDuration},
				MarkdownDescription: "How long the guest has to power off by itself when it is stopped, such as `30s`. Default: 60 s.",
			},
			"name": computedOnce("`projects/{project}/vms/{vm}`."),
			"uid":  computedOnce("UUID, for ever this VM's alone."),
			"host": schema.StringAttribute{
				Computed: true, MarkdownDescription: "`hosts/{host}` that holds resources for it. Empty where none does.",
			},
			"state": schema.StringAttribute{
				Computed: true, MarkdownDescription: "What users see, such as `RUNNING`, `STOPPED`, `FAILED` or `UNKNOWN`.",
			},
			"create_time": computedOnce("When it was created, as in RFC 3339."),
		},
	}
}

func placementAttribute() schema.Attribute {
	selector := "A selector of hosts, such as `zone=eu-1a,trait:ssd`."
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "Where it may run, and where it would best. Without it: anywhere.",
		Attributes: map[string]schema.Attribute{
			"require": schema.StringAttribute{
				Optional: true, MarkdownDescription: "Only hosts that this selects. " + selector,
			},
			"prefer": schema.ListNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Rather hosts that these select, by weight. At most 16.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"selector": schema.StringAttribute{Required: true, MarkdownDescription: selector},
					"weight": schema.Int32Attribute{
						Required:            true,
						Validators:          []validator.Int32{int32validator.Between(-100, 100), int32validator.NoneOf(0)},
						MarkdownDescription: "-100 to 100, not 0.",
					},
				}},
			},
			"groups": schema.ListNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Together with, or apart from, other VMs of the same project. At most 16.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"kind": schema.StringAttribute{
						Required:            true,
						Validators:          []validator.String{stringvalidator.OneOf("AFFINITY", "ANTI_AFFINITY", "SPREAD")},
						MarkdownDescription: "`AFFINITY`, `ANTI_AFFINITY` or `SPREAD`.",
					},
					"vms": schema.StringAttribute{
						Required: true, MarkdownDescription: "Selects VMs by their labels, such as `app=web`.",
					},
					"within": schema.StringAttribute{
						Optional: true, MarkdownDescription: "What is a domain: `host` (the default), `zone`, or a key of host labels.",
					},
					"soft": schema.BoolAttribute{
						Optional: true, MarkdownDescription: "Rather than only: a soft rule turns no host down.",
					},
					"max_per_domain": schema.Int32Attribute{
						Optional: true, MarkdownDescription: "Of `ANTI_AFFINITY`: the most selected VMs in one domain.",
					},
					"max_skew": schema.Int32Attribute{
						Optional: true, MarkdownDescription: "Of `SPREAD`: by how many the fullest domain may exceed the emptiest.",
					},
				}},
			},
			"host": schema.StringAttribute{Optional: true, MarkdownDescription: "`hosts/{host}`: only there."},
			"avoid_hosts": schema.SetAttribute{
				ElementType: types.StringType, Optional: true, MarkdownDescription: "`hosts/{host}`: never there. At most 64.",
			},
			"numa_nodes": schema.Int32Attribute{
				Optional:            true,
				Validators:          []validator.Int32{int32validator.Between(1, 8)},
				MarkdownDescription: "How many NUMA nodes it sits in, 1 to 8, an equal part in each.",
			},
		},
	}
}
