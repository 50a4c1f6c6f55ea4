package provider_test

import (
	"context"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

func (f *fake) CreateServiceAccount(
	_ context.Context, request *chronovisorv1.CreateServiceAccountRequest,
) (*chronovisorv1.ServiceAccount, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.projects[request.GetParent()] == nil {
		return nil, notFound(request.GetParent())
	}
	account := proto.CloneOf(request.GetServiceAccount())
	account.Name = request.GetParent() + "/serviceAccounts/" + request.GetServiceAccountId()
	account.Uid, account.CreateTime = f.newUID(), timestamppb.Now()
	f.accounts[account.GetName()] = account
	return proto.CloneOf(account), nil
}

func (f *fake) GetServiceAccount(
	_ context.Context, request *chronovisorv1.GetServiceAccountRequest,
) (*chronovisorv1.ServiceAccount, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if found := f.accounts[request.GetName()]; found != nil {
		return proto.CloneOf(found), nil
	}
	return nil, notFound(request.GetName())
}

func (f *fake) UpdateServiceAccount(
	_ context.Context, request *chronovisorv1.UpdateServiceAccountRequest,
) (*chronovisorv1.ServiceAccount, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	given := request.GetServiceAccount()
	known := f.accounts[given.GetName()]
	if known == nil {
		return nil, notFound(given.GetName())
	}
	known.DisplayName, known.Disabled = given.GetDisplayName(), given.GetDisabled()
	return proto.CloneOf(known), nil
}

func (f *fake) DeleteServiceAccount(
	_ context.Context, request *chronovisorv1.DeleteServiceAccountRequest,
) (*chronovisorv1.ServiceAccount, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	found := f.accounts[request.GetName()]
	if found == nil {
		return nil, notFound(request.GetName())
	}
	delete(f.accounts, request.GetName())
	return found, nil
}
