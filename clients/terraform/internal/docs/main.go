// Docs writes the pages of the provider from its schemas and from examples/, in the form that registries show: into docs/,
// below the folder that is given, or the provider's own.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"chronovisor.dev/terraform-provider-chronovisor/internal/provider"
)

func main() {
	into := "."
	if len(os.Args) > 1 {
		into = os.Args[1]
	}
	pages, err := pages(".")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(into, "docs")); err != nil {
		log.Fatal(err)
	}
	for name, text := range pages {
		path := filepath.Join(into, "docs", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// pages are all of them, by their path below docs/.
func pages(root string) (map[string]string, error) {
	server := providerserver.NewProtocol6(provider.New("docs")())()
	schemas, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	add := func(path, title, kind, name, folder string, schema *tfprotov6.Schema) error {
		text, err := page(root, title, kind, name, folder, schema)
		found[path] = text
		return err
	}
	if err := add("index.md", "Chronovisor provider", "", "Provider: Chronovisor", "provider", schemas.Provider); err != nil {
		return nil, err
	}
	for name, schema := range schemas.ResourceSchemas {
		short := strings.TrimPrefix(name, "chronovisor_")
		if err := add("resources/"+short+".md", name, "Resource: ", name, "resources/"+name, schema); err != nil {
			return nil, err
		}
	}
	for name, schema := range schemas.DataSourceSchemas {
		short := strings.TrimPrefix(name, "chronovisor_")
		if err := add("data-sources/"+short+".md", name, "Data source: ", name, "data-sources/"+name, schema); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func page(root, title, kind, name, folder string, schema *tfprotov6.Schema) (string, error) {
	var text bytes.Buffer
	fmt.Fprintf(&text, "---\npage_title: %q\n---\n\n# %s%s\n\n%s\n", title, kind, name, schema.Block.Description)
	example, err := exampleOf(root, folder)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(&text, "\n## Example\n\n```terraform\n%s```\n", example)
	writeAttributes(&text, schema.Block.Attributes)
	command, err := os.ReadFile(filepath.Join(root, "examples", folder, "import.sh"))
	if err == nil {
		fmt.Fprintf(&text, "\n## Import\n\n```shell\n%s```\n", command)
	}
	return text.String(), nil
}

func exampleOf(root, folder string) ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(root, "examples", folder, "*.tf"))
	if err != nil {
		return nil, err
	}
	if len(files) != 1 {
		return nil, fmt.Errorf("examples/%s has %d examples, not one", folder, len(files))
	}
	return os.ReadFile(files[0])
}

// nested is an attribute with attributes of its own, which have a section of their own.
type nested struct {
	path       string
	attributes []*tfprotov6.SchemaAttribute
}

func writeAttributes(text *bytes.Buffer, attributes []*tfprotov6.SchemaAttribute) {
	below := writeSection(text, "##", "", attributes)
	for len(below) > 0 {
		next := below[0]
		fmt.Fprintf(text, "\n<a id=\"%s\"></a>\n\n### `%s`\n", anchor(next.path), next.path)
		below = append(below[1:], writeSection(text, "####", next.path+".", next.attributes)...)
	}
}

func writeSection(text *bytes.Buffer, heading, prefix string, attributes []*tfprotov6.SchemaAttribute) []nested {
	var below []nested
	groups := map[string][]*tfprotov6.SchemaAttribute{}
	for _, each := range attributes {
		switch {
		case each.Required:
			groups["Required"] = append(groups["Required"], each)
		case each.Optional:
			groups["Optional"] = append(groups["Optional"], each)
		default:
			groups["Read-only"] = append(groups["Read-only"], each)
		}
	}
	for _, title := range []string{"Required", "Optional", "Read-only"} {
		found := groups[title]
		if len(found) == 0 {
			continue
		}
		slices.SortFunc(found, func(a, b *tfprotov6.SchemaAttribute) int { return strings.Compare(a.Name, b.Name) })
		fmt.Fprintf(text, "\n%s %s\n\n", heading, title)
		for _, each := range found {
			more := ""
			if each.NestedType != nil {
				path := prefix + each.Name
				more = fmt.Sprintf(" See [`%s`](#%s).", path, anchor(path))
				below = append(below, nested{path, each.NestedType.Attributes})
			}
			if each.Sensitive {
				more += " Sensitive."
			}
			fmt.Fprintf(text, "- `%s` (%s) %s%s\n", each.Name, kindOf(each), each.Description, more)
		}
	}
	return below
}

func anchor(path string) string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(path)
}

func kindOf(attribute *tfprotov6.SchemaAttribute) string {
	if attribute.NestedType != nil {
		return map[tfprotov6.SchemaObjectNestingMode]string{
			tfprotov6.SchemaObjectNestingModeSingle: "object",
			tfprotov6.SchemaObjectNestingModeList:   "list of objects",
			tfprotov6.SchemaObjectNestingModeSet:    "set of objects",
			tfprotov6.SchemaObjectNestingModeMap:    "map of objects",
		}[attribute.NestedType.Nesting]
	}
	return kindName(attribute.Type)
}

var primitives = map[string]tftypes.Type{"string": tftypes.String, "number": tftypes.Number, "bool": tftypes.Bool}

func kindName(of tftypes.Type) string {
	switch of := of.(type) {
	case tftypes.List:
		return "list of " + kindName(of.ElementType) + "s"
	case tftypes.Set:
		return "set of " + kindName(of.ElementType) + "s"
	case tftypes.Map:
		return "map of " + kindName(of.ElementType) + "s"
	}
	for _, name := range slices.Sorted(maps.Keys(primitives)) {
		if of.Is(primitives[name]) {
			return name
		}
	}
	return of.String()
}
