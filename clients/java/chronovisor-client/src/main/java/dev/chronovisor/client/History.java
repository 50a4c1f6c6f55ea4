package dev.chronovisor.client;

import dev.chronovisor.events.v1.Event;
import dev.chronovisor.v1.HistoryServiceGrpc;
import dev.chronovisor.v1.ListEventsRequest;
import dev.chronovisor.v1.ListEventsResponse;
import dev.chronovisor.v1.ProveEventRequest;
import dev.chronovisor.v1.ReplayStep;
import dev.chronovisor.v1.ReplayVmRequest;
import dev.chronovisor.v1.ReplayVmResponse;
import dev.chronovisor.v1.VerifyLedgerRequest;
import dev.chronovisor.v1.VerifyLedgerResponse;
import dev.chronovisor.v1.WatchEventsRequest;
import java.time.Duration;

/**
 * The ledger, read. A parent is {@code projects/{project}/vms/{vm}}, {@code hosts/{host}}, {@code
 * projects/{project}}, or empty for all of it.
 */
public final class History {
  private static final Duration WHOLE_LEDGER = Duration.ofHours(1);

  private final Chronovisor chronovisor;
  private final String project;

  History(Chronovisor chronovisor, String project) {
    this.chronovisor = chronovisor;
    this.project = project;
  }

  /** The events of a parent, oldest first. */
  public Pager<ListEventsResponse, Event> list(String parent) {
    return list(ListEventsRequest.newBuilder().setParent(parent).build());
  }

  /** Events by type, actor, request or chain, of a part of the ledger. */
  public Pager<ListEventsResponse, Event> list(ListEventsRequest request) {
    return chronovisor.list(
        HistoryServiceGrpc.getListEventsMethod(), request, ListEventsResponse::getEventsList);
  }

  /** The events of a parent that are committed from now on. */
  public Watch<Event> watch(String parent) {
    return watch(WatchEventsRequest.newBuilder().setParent(parent).setFromNow(true).build());
  }

  /** The events of a parent after a position, 0 for the first one on, and as they are committed. */
  public Watch<Event> watch(String parent, long afterPosition) {
    return watch(
        WatchEventsRequest.newBuilder().setParent(parent).setAfterPosition(afterPosition).build());
  }

  /** Events by type, from where the request says. */
  public Watch<Event> watch(WatchEventsRequest request) {
    return chronovisor.watch(HistoryServiceGrpc.getWatchEventsMethod(), request, Event.class);
  }

  /** A VM's life, step by step; a destroyed one's, too. */
  public Pager<ReplayVmResponse, ReplayStep> replay(String vm) {
    ReplayVmRequest request = ReplayVmRequest.newBuilder().setName(Names.vm(vm, project)).build();
    return chronovisor.list(
        HistoryServiceGrpc.getReplayVmMethod(), request, ReplayVmResponse::getStepsList);
  }

  /**
   * The stored event at a position, proven to be under its seal: checked here, not by the server.
   */
  public Proofs.StoredEvent prove(long position) throws NotProvenException {
    ProveEventRequest request = ProveEventRequest.newBuilder().setPosition(position).build();
    return Proofs.checkInclusion(
        chronovisor.call(HistoryServiceGrpc.getProveEventMethod(), request));
  }

  /** Has the server walk the chain of seals and every event under it: it may take long. */
  public VerifyLedgerResponse verify() {
    return chronovisor.call(
        HistoryServiceGrpc.getVerifyLedgerMethod(),
        VerifyLedgerRequest.getDefaultInstance(),
        WHOLE_LEDGER);
  }
}
