package chronovisor

import (
	"context"
	"iter"

	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// Networks are the service of networks and security groups. In the shorter calls, a network is named by its whole name,
// projects/{project}/networks/{network}, and so is a group, projects/{project}/securityGroups/{security_group}.
type Networks struct {
	chronovisorv1.NetworkServiceClient
}

// Create makes a network in a project.
func (n *Networks) Create(
	ctx context.Context, project, id string, network *chronovisorv1.Network,
	edit ...func(*chronovisorv1.CreateNetworkRequest),
) (*chronovisorv1.Network, error) {
	request := &chronovisorv1.CreateNetworkRequest{Parent: ProjectName(project), NetworkId: id, Network: network}
	return n.CreateNetwork(ctx, edited(request, edit))
}

// Get returns a network.
func (n *Networks) Get(
	ctx context.Context, network string, edit ...func(*chronovisorv1.GetNetworkRequest),
) (*chronovisorv1.Network, error) {
	return n.GetNetwork(ctx, edited(&chronovisorv1.GetNetworkRequest{Name: network}, edit))
}

// List gives the networks of a project; of all with "-".
func (n *Networks) List(
	ctx context.Context, project string, edit ...func(*chronovisorv1.ListNetworksRequest),
) iter.Seq2[*chronovisorv1.Network, error] {
	request := &chronovisorv1.ListNetworksRequest{Parent: ProjectName(project), PageSize: 1000}
	items := (*chronovisorv1.ListNetworksResponse).GetNetworks
	return Items(ctx, n.ListNetworks, edited(request, edit), items)
}

// Delete ends a network that no VM has a card on.
func (n *Networks) Delete(
	ctx context.Context, network string, edit ...func(*chronovisorv1.DeleteNetworkRequest),
) (*chronovisorv1.Network, error) {
	return n.DeleteNetwork(ctx, edited(&chronovisorv1.DeleteNetworkRequest{Name: network}, edit))
}

// Addresses gives the addresses that VMs hold of a network.
func (n *Networks) Addresses(
	ctx context.Context, network string, edit ...func(*chronovisorv1.ListNetworkAddressesRequest),
) iter.Seq2[*chronovisorv1.HeldAddress, error] {
	request := &chronovisorv1.ListNetworkAddressesRequest{Parent: network, PageSize: 1000}
	items := (*chronovisorv1.ListNetworkAddressesResponse).GetAddresses
	return Items(ctx, n.ListNetworkAddresses, edited(request, edit), items)
}

// CreateGroup makes a security group in a project.
func (n *Networks) CreateGroup(
	ctx context.Context, project, id string, group *chronovisorv1.SecurityGroup,
	edit ...func(*chronovisorv1.CreateSecurityGroupRequest),
) (*chronovisorv1.SecurityGroup, error) {
	request := &chronovisorv1.CreateSecurityGroupRequest{
		Parent: ProjectName(project), SecurityGroupId: id, SecurityGroup: group,
	}
	return n.CreateSecurityGroup(ctx, edited(request, edit))
}

// GetGroup returns a security group.
func (n *Networks) GetGroup(
	ctx context.Context, group string, edit ...func(*chronovisorv1.GetSecurityGroupRequest),
) (*chronovisorv1.SecurityGroup, error) {
	return n.GetSecurityGroup(ctx, edited(&chronovisorv1.GetSecurityGroupRequest{Name: group}, edit))
}

// ListGroups gives the security groups of a project; of all with "-".
func (n *Networks) ListGroups(
	ctx context.Context, project string, edit ...func(*chronovisorv1.ListSecurityGroupsRequest),
) iter.Seq2[*chronovisorv1.SecurityGroup, error] {
	request := &chronovisorv1.ListSecurityGroupsRequest{Parent: ProjectName(project), PageSize: 1000}
	items := (*chronovisorv1.ListSecurityGroupsResponse).GetSecurityGroups
	return Items(ctx, n.ListSecurityGroups, edited(request, edit), items)
}

// DeleteGroup ends a security group that no card and no other group's rule names.
func (n *Networks) DeleteGroup(
	ctx context.Context, group string, edit ...func(*chronovisorv1.DeleteSecurityGroupRequest),
) (*chronovisorv1.SecurityGroup, error) {
	return n.DeleteSecurityGroup(ctx, edited(&chronovisorv1.DeleteSecurityGroupRequest{Name: group}, edit))
}
