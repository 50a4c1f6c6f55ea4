package dev.chronovisor.client;

import dev.chronovisor.v1.CordonHostRequest;
import dev.chronovisor.v1.GetHostRequest;
import dev.chronovisor.v1.Host;
import dev.chronovisor.v1.HostServiceGrpc;
import dev.chronovisor.v1.ListHostsRequest;
import dev.chronovisor.v1.ListHostsResponse;
import dev.chronovisor.v1.UncordonHostRequest;
import dev.chronovisor.v1.UpdateHostRequest;

/** The machines that VMs run on. A name is {@code node-1} or {@code hosts/node-1}. */
public final class Hosts {
  private final Chronovisor chronovisor;

  Hosts(Chronovisor chronovisor) {
    this.chronovisor = chronovisor;
  }

  /** One host, now. */
  public Host get(String name) {
    return get(GetHostRequest.newBuilder().setName(Names.host(name)).build());
  }

  /** One host, now or then. */
  public Host get(GetHostRequest request) {
    return chronovisor.call(HostServiceGrpc.getGetHostMethod(), request);
  }

  /** All hosts. */
  public Pager<ListHostsResponse, Host> list() {
    return list(ListHostsRequest.getDefaultInstance());
  }

  /** Hosts by filter, now or then. */
  public Pager<ListHostsResponse, Host> list(ListHostsRequest request) {
    return chronovisor.list(
        HostServiceGrpc.getListHostsMethod(), request, ListHostsResponse::getHostsList);
  }

  /** Changes the terms on which a host takes VMs. */
  public Host update(UpdateHostRequest request) {
    return chronovisor.call(HostServiceGrpc.getUpdateHostMethod(), request);
  }

  /** No new VMs there; it keeps what it has. */
  public Host cordon(String name) {
    CordonHostRequest request = CordonHostRequest.newBuilder().setName(Names.host(name)).build();
    return chronovisor.call(HostServiceGrpc.getCordonHostMethod(), request);
  }

  /** It takes new VMs again. */
  public Host uncordon(String name) {
    UncordonHostRequest request =
        UncordonHostRequest.newBuilder().setName(Names.host(name)).build();
    return chronovisor.call(HostServiceGrpc.getUncordonHostMethod(), request);
  }
}
