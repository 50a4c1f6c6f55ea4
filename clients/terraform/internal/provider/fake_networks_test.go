package provider_test

import (
	"context"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

func (f *fake) CreateNetwork(
	_ context.Context, request *chronovisorv1.CreateNetworkRequest,
) (*chronovisorv1.Network, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.projects[request.GetParent()] == nil {
		return nil, notFound(request.GetParent())
	}
	made := proto.CloneOf(request.GetNetwork())
	made.Name = request.GetParent() + "/networks/" + request.GetNetworkId()
	made.Uid, made.CreateTime = f.newUID(), timestamppb.Now()
	made.Ipv4Gateway, made.Mtu, made.DnsDomain = "10.7.0.1", 1450, "of.shop.internal"
	f.networks[made.GetName()] = made
	return proto.CloneOf(made), nil
}

func (f *fake) GetNetwork(_ context.Context, request *chronovisorv1.GetNetworkRequest) (*chronovisorv1.Network, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if found := f.networks[request.GetName()]; found != nil {
		return proto.CloneOf(found), nil
	}
	return nil, notFound(request.GetName())
}

func (f *fake) UpdateNetwork(
	_ context.Context, request *chronovisorv1.UpdateNetworkRequest,
) (*chronovisorv1.Network, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	given := request.GetNetwork()
	known := f.networks[given.GetName()]
	if known == nil {
		return nil, notFound(given.GetName())
	}
	known.Description, known.Labels = given.GetDescription(), given.GetLabels()
	known.ReservedRanges = given.GetReservedRanges()
	return proto.CloneOf(known), nil
}

func (f *fake) DeleteNetwork(
	_ context.Context, request *chronovisorv1.DeleteNetworkRequest,
) (*chronovisorv1.Network, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	found := f.networks[request.GetName()]
	if found == nil {
		return nil, notFound(request.GetName())
	}
	delete(f.networks, request.GetName())
	return found, nil
}

func (f *fake) CreateSecurityGroup(
	_ context.Context, request *chronovisorv1.CreateSecurityGroupRequest,
) (*chronovisorv1.SecurityGroup, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.projects[request.GetParent()] == nil {
		return nil, notFound(request.GetParent())
	}
	made := proto.CloneOf(request.GetSecurityGroup())
	made.Name = request.GetParent() + "/securityGroups/" + request.GetSecurityGroupId()
	made.Uid, made.CreateTime = f.newUID(), timestamppb.Now()
	made.Rules = ranged(made.GetRules())
	f.groups[made.GetName()] = made
	return proto.CloneOf(made), nil
}

func (f *fake) GetSecurityGroup(_ context.Context, request *chronovisorv1.GetSecurityGroupRequest) (*chronovisorv1.SecurityGroup, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if found := f.groups[request.GetName()]; found != nil {
		return proto.CloneOf(found), nil
	}
	return nil, notFound(request.GetName())
}

func (f *fake) UpdateSecurityGroup(
	_ context.Context, request *chronovisorv1.UpdateSecurityGroupRequest,
) (*chronovisorv1.SecurityGroup, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	given := request.GetSecurityGroup()
	known := f.groups[given.GetName()]
	if known == nil {
		return nil, notFound(given.GetName())
	}
	known.Description, known.Labels = given.GetDescription(), given.GetLabels()
	known.Rules = ranged(given.GetRules())
	return proto.CloneOf(known), nil
}

func (f *fake) DeleteSecurityGroup(
	_ context.Context, request *chronovisorv1.DeleteSecurityGroupRequest,
) (*chronovisorv1.SecurityGroup, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	found := f.groups[request.GetName()]
	if found == nil {
		return nil, notFound(request.GetName())
	}
	delete(f.groups, request.GetName())
	return found, nil
}

// ranged says of one port that it is the last one, too.
func ranged(rules []*chronovisorv1.SecurityRule) []*chronovisorv1.SecurityRule {
	for _, each := range rules {
		if each.GetLastPort() == 0 {
			each.LastPort = each.GetFirstPort()
		}
	}
	return rules
}
