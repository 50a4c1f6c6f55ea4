package chronovisor

import (
	"context"
	"iter"

	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// Hosts are the service of hosts. In the shorter calls, a host is named by its id.
type Hosts struct {
	chronovisorv1.HostServiceClient
}

// Get returns a host.
func (h *Hosts) Get(
	ctx context.Context, host string, edit ...func(*chronovisorv1.GetHostRequest),
) (*chronovisorv1.Host, error) {
	return h.GetHost(ctx, edited(&chronovisorv1.GetHostRequest{Name: HostName(host)}, edit))
}

// List gives all hosts, or those that the filter of the request selects.
func (h *Hosts) List(
	ctx context.Context, edit ...func(*chronovisorv1.ListHostsRequest),
) iter.Seq2[*chronovisorv1.Host, error] {
	request := &chronovisorv1.ListHostsRequest{PageSize: 1000}
	return Items(ctx, h.ListHosts, edited(request, edit), (*chronovisorv1.ListHostsResponse).GetHosts)
}

// Cordon keeps new VMs from a host.
func (h *Hosts) Cordon(
	ctx context.Context, host string, edit ...func(*chronovisorv1.CordonHostRequest),
) (*chronovisorv1.Host, error) {
	return h.CordonHost(ctx, edited(&chronovisorv1.CordonHostRequest{Name: HostName(host)}, edit))
}

// Uncordon lets new VMs to a host again.
func (h *Hosts) Uncordon(
	ctx context.Context, host string, edit ...func(*chronovisorv1.UncordonHostRequest),
) (*chronovisorv1.Host, error) {
	return h.UncordonHost(ctx, edited(&chronovisorv1.UncordonHostRequest{Name: HostName(host)}, edit))
}

// Metrics is the service of what Prometheus scrapes.
type Metrics struct {
	chronovisorv1.MetricsServiceClient
}

// Get returns the metrics of the server and the fleet, as text.
func (m *Metrics) Get(ctx context.Context, edit ...func(*chronovisorv1.GetMetricsRequest)) ([]byte, error) {
	found, err := m.GetMetrics(ctx, edited(&chronovisorv1.GetMetricsRequest{}, edit))
	return found.GetData(), err
}

// Privacy is the service of what the ledger knows of people.
type Privacy struct {
	chronovisorv1.PrivacyServiceClient
}

// Forget forgets the name of a person, `user:NAME`, for good.
func (p *Privacy) Forget(
	ctx context.Context, person string, edit ...func(*chronovisorv1.ForgetPersonRequest),
) (*chronovisorv1.ForgetPersonResponse, error) {
	return p.ForgetPerson(ctx, edited(&chronovisorv1.ForgetPersonRequest{Person: person}, edit))
}

// Projects are the service of projects. In the shorter calls, a project is named by its id.
type Projects struct {
	chronovisorv1.ProjectServiceClient
}

// Create makes a project. With `edit`, it has a quota, labels, and so on from the start.
func (p *Projects) Create(
	ctx context.Context, id string, edit ...func(*chronovisorv1.CreateProjectRequest),
) (*chronovisorv1.Project, error) {
	request := &chronovisorv1.CreateProjectRequest{ProjectId: id, Project: &chronovisorv1.Project{}}
	return p.CreateProject(ctx, edited(request, edit))
}

// Get returns a project.
func (p *Projects) Get(
	ctx context.Context, project string, edit ...func(*chronovisorv1.GetProjectRequest),
) (*chronovisorv1.Project, error) {
	return p.GetProject(ctx, edited(&chronovisorv1.GetProjectRequest{Name: ProjectName(project)}, edit))
}

// List gives all projects.
func (p *Projects) List(
	ctx context.Context, edit ...func(*chronovisorv1.ListProjectsRequest),
) iter.Seq2[*chronovisorv1.Project, error] {
	request := &chronovisorv1.ListProjectsRequest{PageSize: 1000}
	return Items(ctx, p.ListProjects, edited(request, edit), (*chronovisorv1.ListProjectsResponse).GetProjects)
}

// Delete ends a project that has no VMs.
func (p *Projects) Delete(
	ctx context.Context, project string, edit ...func(*chronovisorv1.DeleteProjectRequest),
) (*chronovisorv1.Project, error) {
	return p.DeleteProject(ctx, edited(&chronovisorv1.DeleteProjectRequest{Name: ProjectName(project)}, edit))
}

// Utilization is the service of totals.
type Utilization struct {
	chronovisorv1.UtilizationServiceClient
}

// Get returns the totals of a scope: fleet, hosts/{host}, zones/{zone} or projects/{project}.
func (u *Utilization) Get(
	ctx context.Context, scope string, edit ...func(*chronovisorv1.GetUtilizationRequest),
) (*chronovisorv1.Utilization, error) {
	return u.GetUtilization(ctx, edited(&chronovisorv1.GetUtilizationRequest{Scope: scope}, edit))
}

// Watch gives the totals of a scope as they are, and then as they change. See the function Watch for how it ends.
func (u *Utilization) Watch(
	ctx context.Context, scope string, edit ...func(*chronovisorv1.WatchUtilizationRequest),
) iter.Seq2[*chronovisorv1.Utilization, error] {
	request := &chronovisorv1.WatchUtilizationRequest{Scope: scope}
	return changes(Watch(ctx, u.WatchUtilization, edited(request, edit)),
		func(message *chronovisorv1.WatchUtilizationResponse) []*chronovisorv1.Utilization {
			if totals := message.GetUtilization(); totals != nil {
				return []*chronovisorv1.Utilization{totals}
			}
			return nil
		})
}
