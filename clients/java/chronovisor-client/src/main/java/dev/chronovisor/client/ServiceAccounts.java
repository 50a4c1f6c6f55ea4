package dev.chronovisor.client;

import dev.chronovisor.v1.CreateServiceAccountRequest;
import dev.chronovisor.v1.CreateServiceAccountTokenRequest;
import dev.chronovisor.v1.CreateServiceAccountTokenResponse;
import dev.chronovisor.v1.DeleteServiceAccountRequest;
import dev.chronovisor.v1.GetServiceAccountRequest;
import dev.chronovisor.v1.ListServiceAccountTokensRequest;
import dev.chronovisor.v1.ListServiceAccountTokensResponse;
import dev.chronovisor.v1.ListServiceAccountsRequest;
import dev.chronovisor.v1.ListServiceAccountsResponse;
import dev.chronovisor.v1.RevokeServiceAccountTokenRequest;
import dev.chronovisor.v1.ServiceAccount;
import dev.chronovisor.v1.ServiceAccountServiceGrpc;
import dev.chronovisor.v1.ServiceAccountToken;
import dev.chronovisor.v1.UpdateServiceAccountRequest;

/**
 * The names that programs call by, and their tokens. An account is named by its whole name, {@code
 * projects/shop/serviceAccounts/ci}.
 */
public final class ServiceAccounts {
  private final Chronovisor chronovisor;

  ServiceAccounts(Chronovisor chronovisor) {
    this.chronovisor = chronovisor;
  }

  /** A new account in a project. It may do nothing yet. */
  public ServiceAccount create(String project, String id) {
    return create(
        CreateServiceAccountRequest.newBuilder()
            .setParent(Names.project(project))
            .setServiceAccountId(id)
            .build());
  }

  /** A new account. */
  public ServiceAccount create(CreateServiceAccountRequest request) {
    return chronovisor.call(ServiceAccountServiceGrpc.getCreateServiceAccountMethod(), request);
  }

  /** One account, now. */
  public ServiceAccount get(String name) {
    GetServiceAccountRequest request = GetServiceAccountRequest.newBuilder().setName(name).build();
    return chronovisor.call(ServiceAccountServiceGrpc.getGetServiceAccountMethod(), request);
  }

  /** The accounts of a project; of all with {@code -}. */
  public Pager<ListServiceAccountsResponse, ServiceAccount> list(String project) {
    return list(ListServiceAccountsRequest.newBuilder().setParent(Names.project(project)).build());
  }

  /** The accounts of a project, now or then. */
  public Pager<ListServiceAccountsResponse, ServiceAccount> list(
      ListServiceAccountsRequest request) {
    return chronovisor.list(
        ServiceAccountServiceGrpc.getListServiceAccountsMethod(),
        request,
        ListServiceAccountsResponse::getServiceAccountsList);
  }

  /** Changes display name, or disables or enables it. */
  public ServiceAccount update(UpdateServiceAccountRequest request) {
    return chronovisor.call(ServiceAccountServiceGrpc.getUpdateServiceAccountMethod(), request);
  }

  /** Ends an account and all its tokens. Its history stays. */
  public ServiceAccount delete(String name) {
    DeleteServiceAccountRequest request =
        DeleteServiceAccountRequest.newBuilder().setName(name).build();
    return chronovisor.call(ServiceAccountServiceGrpc.getDeleteServiceAccountMethod(), request);
  }

  /** A new token of an account: in this answer alone, once and never again. */
  public CreateServiceAccountTokenResponse createToken(CreateServiceAccountTokenRequest request) {
    return chronovisor.call(
        ServiceAccountServiceGrpc.getCreateServiceAccountTokenMethod(), request);
  }

  /** What is known of an account's tokens, never the tokens themselves. */
  public Pager<ListServiceAccountTokensResponse, ServiceAccountToken> tokens(String name) {
    return chronovisor.list(
        ServiceAccountServiceGrpc.getListServiceAccountTokensMethod(),
        ListServiceAccountTokensRequest.newBuilder().setParent(name).build(),
        ListServiceAccountTokensResponse::getServiceAccountTokensList);
  }

  /** Ends a token at once, by its whole name. */
  public ServiceAccountToken revokeToken(String name) {
    RevokeServiceAccountTokenRequest request =
        RevokeServiceAccountTokenRequest.newBuilder().setName(name).build();
    return chronovisor.call(
        ServiceAccountServiceGrpc.getRevokeServiceAccountTokenMethod(), request);
  }
}
