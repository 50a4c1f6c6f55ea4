package dev.chronovisor.client;

import dev.chronovisor.v1.GetUsageRequest;
import dev.chronovisor.v1.GetUsageResponse;
import dev.chronovisor.v1.GetUtilizationRequest;
import dev.chronovisor.v1.ListUtilizationRequest;
import dev.chronovisor.v1.ListUtilizationResponse;
import dev.chronovisor.v1.Usage;
import dev.chronovisor.v1.Utilization;
import dev.chronovisor.v1.UtilizationServiceGrpc;
import dev.chronovisor.v1.WatchUtilizationRequest;
import java.time.Instant;

/**
 * Totals and utilization, now and then. A scope is {@code fleet}, {@code hosts/{host}}, {@code
 * zones/{zone}} or {@code projects/{project}}.
 */
public final class Utilizations {
  private final Chronovisor chronovisor;

  Utilizations(Chronovisor chronovisor) {
    this.chronovisor = chronovisor;
  }

  /** The totals of a scope, now. */
  public Utilization get(String scope) {
    return get(GetUtilizationRequest.newBuilder().setScope(scope).build());
  }

  /** The totals of a scope, as they were then. */
  public Utilization get(String scope, Instant readTime) {
    return get(
        GetUtilizationRequest.newBuilder()
            .setScope(scope)
            .setReadTime(Protos.timestamp(readTime))
            .build());
  }

  /** The totals of a scope, or of the hosts of it that a selector selects. */
  public Utilization get(GetUtilizationRequest request) {
    return chronovisor.call(UtilizationServiceGrpc.getGetUtilizationMethod(), request);
  }

  /** The totals of each of {@code hosts}, {@code zones} or {@code projects}. */
  public Pager<ListUtilizationResponse, Utilization> list(String groupBy) {
    return list(ListUtilizationRequest.newBuilder().setGroupBy(groupBy).build());
  }

  /** The totals of each group, now or then. */
  public Pager<ListUtilizationResponse, Utilization> list(ListUtilizationRequest request) {
    return chronovisor.list(
        UtilizationServiceGrpc.getListUtilizationMethod(),
        request,
        ListUtilizationResponse::getUtilizationsList);
  }

  /**
   * What each of {@code projects} or {@code vms} held, times how long, exactly: from {@code start}
   * up to, and without, {@code end}.
   */
  public Pager<GetUsageResponse, Usage> usage(
      String scope, Instant start, Instant end, String groupBy) {
    return usage(
        GetUsageRequest.newBuilder()
            .setScope(scope)
            .setStartTime(Protos.timestamp(start))
            .setEndTime(Protos.timestamp(end))
            .setGroupBy(groupBy)
            .build());
  }

  /** What each group held, times how long, exactly. */
  public Pager<GetUsageResponse, Usage> usage(GetUsageRequest request) {
    return chronovisor.list(
        UtilizationServiceGrpc.getGetUsageMethod(), request, GetUsageResponse::getUsagesList);
  }

  /** The totals of a scope as they are, and as they change. */
  public Watch<Utilization> watch(String scope) {
    return watch(WatchUtilizationRequest.newBuilder().setScope(scope).build());
  }

  /** The totals of a scope as they change, from where and as often as the request says. */
  public Watch<Utilization> watch(WatchUtilizationRequest request) {
    return chronovisor.watch(
        UtilizationServiceGrpc.getWatchUtilizationMethod(), request, Utilization.class);
  }
}
