package chronovisor

import (
	"context"

	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// Access is the service of who may do what: callers, explanations, roles. Policies, which bind roles to members, are
// google.iam.v1's: a stub of cloud.google.com/go/iam/apiv1/iampb on Client.Conn reads and sets them.
type Access struct {
	chronovisorv1.AccessServiceClient
}

// Caller returns who the caller is to the server, how that was proven, and which roles it has.
func (a *Access) Caller(ctx context.Context) (*chronovisorv1.WhoAmIResponse, error) {
	return a.WhoAmI(ctx, &chronovisorv1.WhoAmIRequest{})
}

// Explain returns whether a principal has a permission on a resource, which is a project, a VM or "/", by their whole
// names; and by which binding since when.
func (a *Access) Explain(
	ctx context.Context, principal, permission, resource string, edit ...func(*chronovisorv1.ExplainAccessRequest),
) (*chronovisorv1.ExplainAccessResponse, error) {
	request := &chronovisorv1.ExplainAccessRequest{Principal: principal, Permission: permission, Resource: resource}
	return a.ExplainAccess(ctx, edited(request, edit))
}

// Roles returns all roles: the server's own, then custom ones.
func (a *Access) Roles(ctx context.Context) ([]*chronovisorv1.Role, error) {
	found, err := a.ListRoles(ctx, &chronovisorv1.ListRolesRequest{})
	return found.GetRoles(), err
}
