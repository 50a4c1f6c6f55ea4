package provider_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"chronovisor.dev/terraform-provider-chronovisor/internal/provider"
)

// values are attributes by name. What is not there is null.
type values = map[string]any

// unknown stands for what is known after an apply.
const unknown = "(known after apply)"

// plugin is the provider, spoken to as Terraform does, and configured for a server.
type plugin struct {
	t       *testing.T
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

func configured(t *testing.T, address string) *plugin {
	t.Helper()
	ctx := context.Background()
	server := providerserver.NewProtocol6(provider.New("test")())()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	p := &plugin{t, server, schemas}
	config := p.value(schemas.Provider, values{
		"servers": []any{address}, "actor": "service:terraform", "reason": "a test",
	})
	response, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: config})
	if err := failure(err, response.Diagnostics); err != nil {
		t.Fatal(err)
	}
	return p
}

// failure is what went wrong, as a user reads it.
func failure(err error, diagnostics []*tfprotov6.Diagnostic) error {
	for _, each := range diagnostics {
		if each.Severity == tfprotov6.DiagnosticSeverityError {
			err = errors.Join(err, fmt.Errorf("%s: %s %v", each.Summary, each.Detail, each.Attribute))
		}
	}
	return err
}

func (p *plugin) value(of *tfprotov6.Schema, given values) *tfprotov6.DynamicValue {
	p.t.Helper()
	var attributes any
	if given != nil {
		attributes = given
	}
	found, err := tfprotov6.NewDynamicValue(of.ValueType(), valueOf(of.ValueType(), attributes))
	if err != nil {
		p.t.Fatal(err)
	}
	return &found
}

func (p *plugin) values(of *tfprotov6.Schema, given *tfprotov6.DynamicValue) values {
	p.t.Helper()
	found, err := given.Unmarshal(of.ValueType())
	if err != nil {
		p.t.Fatal(err)
	}
	if found.IsNull() {
		return nil
	}
	return goOf(p.t, found).(values)
}

// valueOf is a Go value as one of a Terraform type.
func valueOf(of tftypes.Type, given any) tftypes.Value {
	if given == unknown {
		return tftypes.NewValue(of, tftypes.UnknownValue)
	}
	if given == nil {
		return tftypes.NewValue(of, nil)
	}
	switch of := of.(type) {
	case tftypes.Object:
		fields := map[string]tftypes.Value{}
		for name, kind := range of.AttributeTypes {
			fields[name] = valueOf(kind, given.(values)[name])
		}
		return tftypes.NewValue(of, fields)
	case tftypes.Map:
		entries := map[string]tftypes.Value{}
		for key, each := range given.(values) {
			entries[key] = valueOf(of.ElementType, each)
		}
		return tftypes.NewValue(of, entries)
	case tftypes.List:
		return tftypes.NewValue(of, itemsOf(of.ElementType, given.([]any)))
	case tftypes.Set:
		return tftypes.NewValue(of, itemsOf(of.ElementType, given.([]any)))
	}
	return tftypes.NewValue(of, given)
}

func itemsOf(element tftypes.Type, given []any) []tftypes.Value {
	items := make([]tftypes.Value, len(given))
	for i, each := range given {
		items[i] = valueOf(element, each)
	}
	return items
}

// goOf is a Terraform value without its nulls.
func goOf(t *testing.T, from tftypes.Value) any {
	t.Helper()
	if !from.IsKnown() {
		return unknown
	}
	if from.IsNull() {
		return nil
	}
	switch from.Type().(type) {
	case tftypes.Object, tftypes.Map:
		fields := map[string]tftypes.Value{}
		must(t, from.As(&fields))
		found := values{}
		for name, each := range fields {
			if value := goOf(t, each); value != nil {
				found[name] = value
			}
		}
		return found
	case tftypes.List, tftypes.Set:
		items := []tftypes.Value{}
		must(t, from.As(&items))
		found := []any{}
		for _, each := range items {
			found = append(found, goOf(t, each))
		}
		return found
	}
	switch {
	case from.Type().Is(tftypes.Number):
		number := new(big.Float)
		must(t, from.As(&number))
		if whole, accuracy := number.Int64(); accuracy == big.Exact {
			return whole
		}
		fraction, _ := number.Float64()
		return fraction
	case from.Type().Is(tftypes.Bool):
		var flag bool
		must(t, from.As(&flag))
		return flag
	}
	var text string
	must(t, from.As(&text))
	return text
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// instance is one resource: its state, and what Terraform does with it.
type instance struct {
	*plugin
	kind    string
	schema  *tfprotov6.Schema
	state   *tfprotov6.DynamicValue
	private []byte
}

func (p *plugin) resource(kind string) *instance {
	schema := p.schemas.ResourceSchemas[kind]
	return &instance{plugin: p, kind: kind, schema: schema, state: p.value(schema, nil)}
}

// plan is what an apply would do.
type plan struct {
	planned values
	// Attributes for which the resource would be made anew.
	replaces []string
	// Attributes that would be another, without those that are only known after the apply.
	changes  []string
	response *tfprotov6.PlanResourceChangeResponse
}

func (i *instance) now() values {
	return i.values(i.schema, i.state)
}

func (i *instance) plan(config values) (*plan, error) {
	i.t.Helper()
	ctx := context.Background()
	given := i.value(i.schema, config)
	checked, err := i.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: i.kind, Config: given,
	})
	if err := failure(err, checked.Diagnostics); err != nil {
		return nil, err
	}
	before := i.now()
	proposed := maps.Clone(config)
	for _, attribute := range i.schema.Block.Attributes {
		if proposed != nil && proposed[attribute.Name] == nil && attribute.Computed {
			proposed[attribute.Name] = before[attribute.Name]
		}
	}
	response, err := i.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: i.kind, PriorState: i.state, ProposedNewState: i.value(i.schema, proposed), Config: given,
		PriorPrivate: i.private,
	})
	if err := failure(err, response.Diagnostics); err != nil {
		return nil, err
	}
	found := &plan{planned: i.values(i.schema, response.PlannedState), response: response}
	for _, each := range response.RequiresReplace {
		found.replaces = append(found.replaces, strings.TrimSuffix(strings.TrimPrefix(each.String(), `AttributeName("`), `")`))
	}
	for _, attribute := range i.schema.Block.Attributes {
		after := found.planned[attribute.Name]
		if after != unknown && fmt.Sprint(before[attribute.Name]) != fmt.Sprint(after) {
			found.changes = append(found.changes, attribute.Name)
		}
	}
	slices.Sort(found.changes)
	return found, nil
}

// apply plans and applies. As Terraform does, it requires that what was planned is what came.
func (i *instance) apply(config values) error {
	i.t.Helper()
	planned, err := i.plan(config)
	if err != nil {
		return err
	}
	response, err := i.server.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: i.kind, PriorState: i.state, PlannedState: planned.response.PlannedState, Config: i.value(i.schema, config),
		PlannedPrivate: planned.response.PlannedPrivate,
	})
	if response != nil && response.NewState != nil {
		i.state, i.private = response.NewState, response.Private
	}
	if err := failure(err, response.Diagnostics); err != nil {
		return err
	}
	after := i.now()
	for name, value := range planned.planned {
		if value != unknown && fmt.Sprint(after[name]) != fmt.Sprint(value) {
			i.t.Errorf("%s.%s was planned as %v, and became %v", i.kind, name, value, after[name])
		}
	}
	return nil
}

func (i *instance) destroy() error {
	i.t.Helper()
	if i.now() == nil {
		return nil
	}
	nothing := i.value(i.schema, nil)
	response, err := i.server.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: i.kind, PriorState: i.state, PlannedState: nothing, Config: nothing, PlannedPrivate: i.private,
	})
	if response != nil && response.NewState != nil {
		i.state = response.NewState
	}
	return failure(err, response.Diagnostics)
}

// refresh reads the resource anew.
func (i *instance) refresh() {
	i.t.Helper()
	response, err := i.server.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{
		TypeName: i.kind, CurrentState: i.state, Private: i.private,
	})
	must(i.t, failure(err, response.Diagnostics))
	i.state, i.private = response.NewState, response.Private
}

// imported is a resource that is there and was not declared before.
func (p *plugin) imported(kind, id string) *instance {
	p.t.Helper()
	response, err := p.server.ImportResourceState(context.Background(), &tfprotov6.ImportResourceStateRequest{
		TypeName: kind, ID: id,
	})
	must(p.t, failure(err, response.Diagnostics))
	found := p.resource(kind)
	found.state, found.private = response.ImportedResources[0].State, response.ImportedResources[0].Private
	found.refresh()
	return found
}

func (p *plugin) read(kind string, config values) (values, error) {
	p.t.Helper()
	schema := p.schemas.DataSourceSchemas[kind]
	response, err := p.server.ReadDataSource(context.Background(), &tfprotov6.ReadDataSourceRequest{
		TypeName: kind, Config: p.value(schema, config),
	})
	if err := failure(err, response.Diagnostics); err != nil {
		return nil, err
	}
	return p.values(schema, response.State), nil
}
