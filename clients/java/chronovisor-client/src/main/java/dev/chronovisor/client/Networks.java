package dev.chronovisor.client;

import dev.chronovisor.v1.CreateNetworkRequest;
import dev.chronovisor.v1.CreateSecurityGroupRequest;
import dev.chronovisor.v1.DeleteNetworkRequest;
import dev.chronovisor.v1.DeleteSecurityGroupRequest;
import dev.chronovisor.v1.GetNetworkRequest;
import dev.chronovisor.v1.GetSecurityGroupRequest;
import dev.chronovisor.v1.HeldAddress;
import dev.chronovisor.v1.ListNetworkAddressesRequest;
import dev.chronovisor.v1.ListNetworkAddressesResponse;
import dev.chronovisor.v1.ListNetworksRequest;
import dev.chronovisor.v1.ListNetworksResponse;
import dev.chronovisor.v1.ListSecurityGroupsRequest;
import dev.chronovisor.v1.ListSecurityGroupsResponse;
import dev.chronovisor.v1.Network;
import dev.chronovisor.v1.NetworkServiceGrpc;
import dev.chronovisor.v1.SecurityGroup;
import dev.chronovisor.v1.UpdateNetworkRequest;
import dev.chronovisor.v1.UpdateSecurityGroupRequest;

/**
 * Networks of VMs, the addresses that are held of them, and security groups. Each is named by its
 * whole name, {@code projects/shop/networks/web} or {@code projects/shop/securityGroups/ssh}.
 */
public final class Networks {
  private final Chronovisor chronovisor;

  Networks(Chronovisor chronovisor) {
    this.chronovisor = chronovisor;
  }

  /** A new network. */
  public Network create(CreateNetworkRequest request) {
    return chronovisor.call(NetworkServiceGrpc.getCreateNetworkMethod(), request);
  }

  /** One network, now. */
  public Network get(String name) {
    GetNetworkRequest request = GetNetworkRequest.newBuilder().setName(name).build();
    return chronovisor.call(NetworkServiceGrpc.getGetNetworkMethod(), request);
  }

  /** The networks of a project; of all with {@code -}. */
  public Pager<ListNetworksResponse, Network> list(String project) {
    return list(ListNetworksRequest.newBuilder().setParent(Names.project(project)).build());
  }

  /** The networks of a project, now or then. */
  public Pager<ListNetworksResponse, Network> list(ListNetworksRequest request) {
    return chronovisor.list(
        NetworkServiceGrpc.getListNetworksMethod(), request, ListNetworksResponse::getNetworksList);
  }

  /** Changes reserved ranges, description and labels. */
  public Network update(UpdateNetworkRequest request) {
    return chronovisor.call(NetworkServiceGrpc.getUpdateNetworkMethod(), request);
  }

  /** Ends a network that no VM has a card on. Its history stays. */
  public Network delete(String name) {
    DeleteNetworkRequest request = DeleteNetworkRequest.newBuilder().setName(name).build();
    return chronovisor.call(NetworkServiceGrpc.getDeleteNetworkMethod(), request);
  }

  /** The addresses that VMs hold of a network. */
  public Pager<ListNetworkAddressesResponse, HeldAddress> addresses(String network) {
    return chronovisor.list(
        NetworkServiceGrpc.getListNetworkAddressesMethod(),
        ListNetworkAddressesRequest.newBuilder().setParent(network).build(),
        ListNetworkAddressesResponse::getAddressesList);
  }

  /** A new security group. */
  public SecurityGroup createGroup(CreateSecurityGroupRequest request) {
    return chronovisor.call(NetworkServiceGrpc.getCreateSecurityGroupMethod(), request);
  }

  /** One security group, now. */
  public SecurityGroup getGroup(String name) {
    GetSecurityGroupRequest request = GetSecurityGroupRequest.newBuilder().setName(name).build();
    return chronovisor.call(NetworkServiceGrpc.getGetSecurityGroupMethod(), request);
  }

  /** The security groups of a project; of all with {@code -}. */
  public Pager<ListSecurityGroupsResponse, SecurityGroup> groups(String project) {
    return chronovisor.list(
        NetworkServiceGrpc.getListSecurityGroupsMethod(),
        ListSecurityGroupsRequest.newBuilder().setParent(Names.project(project)).build(),
        ListSecurityGroupsResponse::getSecurityGroupsList);
  }

  /** Changes rules, description and labels. */
  public SecurityGroup updateGroup(UpdateSecurityGroupRequest request) {
    return chronovisor.call(NetworkServiceGrpc.getUpdateSecurityGroupMethod(), request);
  }

  /** Ends a group that no card and no other group's rule names. Its history stays. */
  public SecurityGroup deleteGroup(String name) {
    DeleteSecurityGroupRequest request =
        DeleteSecurityGroupRequest.newBuilder().setName(name).build();
    return chronovisor.call(NetworkServiceGrpc.getDeleteSecurityGroupMethod(), request);
  }
}
