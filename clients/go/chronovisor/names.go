package chronovisor

import "strings"

// ProjectName is projects/{project}, from itself or from an id.
func ProjectName(given string) string {
	return inCollection("projects/", given)
}

// HostName is hosts/{host}, from itself or from an id.
func HostName(given string) string {
	return inCollection("hosts/", given)
}

// OperationName is operations/{operation}, from itself or from an id.
func OperationName(given string) string {
	return inCollection("operations/", given)
}

// VMName is projects/{project}/vms/{vm}, from itself, from shop/web-1, or from web-1 in a project. What is none of these
// stays as it is, and is refused by the server.
func VMName(given, project string) string {
	switch before, after, isPair := strings.Cut(given, "/"); {
	case given == "":
		return ""
	case !isPair:
		return ProjectName(project) + "/vms/" + given
	case strings.Contains(after, "/"):
		return given
	default:
		return "projects/" + before + "/vms/" + after
	}
}

// ScopeName is what events are about: a VM as shop/web-1, a project as shop, or a name that begins with projects/ or
// hosts/. Empty: everything.
func ScopeName(given string) string {
	switch {
	case given == "" || strings.HasPrefix(given, "projects/") || strings.HasPrefix(given, "hosts/"):
		return given
	case strings.Contains(given, "/"):
		return VMName(given, "")
	default:
		return ProjectName(given)
	}
}

func inCollection(collection, given string) string {
	if given == "" || strings.HasPrefix(given, collection) {
		return given
	}
	return collection + given
}

// parentOf takes the name of a VM apart: into its project's name and its id.
func parentOf(vm string) (parent, id string) {
	parent, id, found := strings.Cut(vm, "/vms/")
	if !found {
		return vm, ""
	}
	return parent, id
}
