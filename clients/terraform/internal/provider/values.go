package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"google.golang.org/protobuf/types/known/timestamppb"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// refuse adds why a call was refused, in the server's words, and each field that it names.
func refuse(diagnostics *diag.Diagnostics, what string, err error) {
	var refused *chronovisor.Error
	if !errors.As(err, &refused) {
		diagnostics.AddError(what, err.Error())
		return
	}
	lines := []string{refused.Error()}
	for _, each := range refused.Violations {
		lines = append(lines, "- "+each)
	}
	diagnostics.AddError(what, strings.Join(lines, "\n"))
}

// textMap is a map of texts; null where it is empty and was null before.
func textMap(ctx context.Context, from map[string]string, before types.Map, diagnostics *diag.Diagnostics) types.Map {
	if len(from) == 0 && before.IsNull() {
		return types.MapNull(types.StringType)
	}
	value, problems := types.MapValueFrom(ctx, types.StringType, from)
	diagnostics.Append(problems...)
	return value
}

func countMap(ctx context.Context, from map[string]int64, before types.Map, diagnostics *diag.Diagnostics) types.Map {
	if len(from) == 0 && before.IsNull() {
		return types.MapNull(types.Int64Type)
	}
	value, problems := types.MapValueFrom(ctx, types.Int64Type, from)
	diagnostics.Append(problems...)
	return value
}

// mapOf is what a map attribute has; empty where it is null or unknown.
func mapOf[V any](ctx context.Context, from types.Map, diagnostics *diag.Diagnostics) map[string]V {
	found := map[string]V{}
	if from.IsNull() || from.IsUnknown() {
		return found
	}
	diagnostics.Append(from.ElementsAs(ctx, &found, false)...)
	return found
}

// text is null where the server has nothing and nothing was there before.
func text(from string, before types.String) types.String {
	if from == "" && before.IsNull() {
		return types.StringNull()
	}
	return types.StringValue(from)
}

func timeText(from *timestamppb.Timestamp) types.String {
	if from == nil {
		return types.StringNull()
	}
	return types.StringValue(from.AsTime().Format(time.RFC3339Nano))
}

// resourcesModel is an amount of each resource class.
type resourcesModel struct {
	VCPUs     types.Int64 `tfsdk:"vcpus"`
	MemoryMiB types.Int64 `tfsdk:"memory_mib"`
	DiskGiB   types.Int64 `tfsdk:"disk_gib"`
	Extended  types.Map   `tfsdk:"extended"`
}

func (m *resourcesModel) amounts(ctx context.Context, diagnostics *diag.Diagnostics) *chronovisorv1.Resources {
	if m == nil {
		return nil
	}
	return &chronovisorv1.Resources{
		Vcpus:     m.VCPUs.ValueInt64(),
		MemoryMib: m.MemoryMiB.ValueInt64(),
		DiskGib:   m.DiskGiB.ValueInt64(),
		Extended:  mapOf[int64](ctx, m.Extended, diagnostics),
	}
}

// count is null where the server has none and none was there before.
func count(from int64, before types.Int64) types.Int64 {
	if from == 0 && before.IsNull() {
		return types.Int64Null()
	}
	return types.Int64Value(from)
}

// amountsModel is what the server has; nil where that is nothing and nothing was there before.
func amountsModel(
	ctx context.Context, from *chronovisorv1.Resources, before *resourcesModel, diagnostics *diag.Diagnostics,
) *resourcesModel {
	nothing := from.GetVcpus() == 0 && from.GetMemoryMib() == 0 && from.GetDiskGib() == 0 && len(from.GetExtended()) == 0
	if nothing && before == nil {
		return nil
	}
	if before == nil {
		before = &resourcesModel{Extended: types.MapNull(types.Int64Type)}
	}
	return &resourcesModel{
		VCPUs:     count(from.GetVcpus(), before.VCPUs),
		MemoryMiB: count(from.GetMemoryMib(), before.MemoryMiB),
		DiskGiB:   count(from.GetDiskGib(), before.DiskGiB),
		Extended:  countMap(ctx, from.GetExtended(), before.Extended, diagnostics),
	}
}

// duration takes 90s, 6h or 1h30m, as Go writes them. Null is 0.
func duration(from types.String) (time.Duration, error) {
	if from.IsNull() || from.IsUnknown() {
		return 0, nil
	}
	found, err := time.ParseDuration(from.ValueString())
	if err != nil || found < 0 {
		return 0, fmt.Errorf("%q is no duration such as 90s, 6h or 1h30m", from.ValueString())
	}
	return found, nil
}

// durationText leaves a text that means the same as it is: 90s stays, and does not become 1m30s.
func durationText(from time.Duration, before types.String) types.String {
	if known, err := duration(before); err == nil && known == from {
		return before
	}
	if from == 0 {
		return types.StringNull()
	}
	return types.StringValue(from.String())
}

func lastPart(name string) string {
	return name[strings.LastIndexByte(name, '/')+1:]
}
