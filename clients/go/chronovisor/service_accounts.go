package chronovisor

import (
	"context"
	"iter"

	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// ServiceAccounts are the service of service accounts: names that programs call by, and their tokens. In the shorter
// calls, an account is named by its whole name, projects/{project}/serviceAccounts/{account}.
type ServiceAccounts struct {
	chronovisorv1.ServiceAccountServiceClient
}

// Create makes a service account in a project. It may do nothing yet.
func (s *ServiceAccounts) Create(
	ctx context.Context, project, id string, edit ...func(*chronovisorv1.CreateServiceAccountRequest),
) (*chronovisorv1.ServiceAccount, error) {
	request := &chronovisorv1.CreateServiceAccountRequest{
		Parent: ProjectName(project), ServiceAccountId: id, ServiceAccount: &chronovisorv1.ServiceAccount{},
	}
	return s.CreateServiceAccount(ctx, edited(request, edit))
}

// Get returns a service account.
func (s *ServiceAccounts) Get(
	ctx context.Context, account string, edit ...func(*chronovisorv1.GetServiceAccountRequest),
) (*chronovisorv1.ServiceAccount, error) {
	return s.GetServiceAccount(ctx, edited(&chronovisorv1.GetServiceAccountRequest{Name: account}, edit))
}

// List gives the service accounts of a project; of all with "-".
func (s *ServiceAccounts) List(
	ctx context.Context, project string, edit ...func(*chronovisorv1.ListServiceAccountsRequest),
) iter.Seq2[*chronovisorv1.ServiceAccount, error] {
	request := &chronovisorv1.ListServiceAccountsRequest{Parent: ProjectName(project), PageSize: 1000}
	items := (*chronovisorv1.ListServiceAccountsResponse).GetServiceAccounts
	return Items(ctx, s.ListServiceAccounts, edited(request, edit), items)
}

// Delete ends a service account and all its tokens.
func (s *ServiceAccounts) Delete(
	ctx context.Context, account string, edit ...func(*chronovisorv1.DeleteServiceAccountRequest),
) (*chronovisorv1.ServiceAccount, error) {
	return s.DeleteServiceAccount(ctx, edited(&chronovisorv1.DeleteServiceAccountRequest{Name: account}, edit))
}

// CreateToken makes a token of an account. It is in this answer alone, once and never again.
func (s *ServiceAccounts) CreateToken(
	ctx context.Context, account string, edit ...func(*chronovisorv1.CreateServiceAccountTokenRequest),
) (*chronovisorv1.CreateServiceAccountTokenResponse, error) {
	request := &chronovisorv1.CreateServiceAccountTokenRequest{Parent: account}
	return s.CreateServiceAccountToken(ctx, edited(request, edit))
}

// ListTokens gives what is known of an account's tokens, never the tokens themselves.
func (s *ServiceAccounts) ListTokens(
	ctx context.Context, account string, edit ...func(*chronovisorv1.ListServiceAccountTokensRequest),
) iter.Seq2[*chronovisorv1.ServiceAccountToken, error] {
	request := &chronovisorv1.ListServiceAccountTokensRequest{Parent: account, PageSize: 1000}
	items := (*chronovisorv1.ListServiceAccountTokensResponse).GetServiceAccountTokens
	return Items(ctx, s.ListServiceAccountTokens, edited(request, edit), items)
}

// RevokeToken ends a token at once, by its whole name.
func (s *ServiceAccounts) RevokeToken(
	ctx context.Context, token string, edit ...func(*chronovisorv1.RevokeServiceAccountTokenRequest),
) (*chronovisorv1.ServiceAccountToken, error) {
	request := &chronovisorv1.RevokeServiceAccountTokenRequest{Name: token}
	return s.RevokeServiceAccountToken(ctx, edited(request, edit))
}
