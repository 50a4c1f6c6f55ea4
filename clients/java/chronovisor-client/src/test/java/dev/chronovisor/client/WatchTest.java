package dev.chronovisor.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chronovisor.events.v1.Event;
import dev.chronovisor.v1.Checkpoint;
import dev.chronovisor.v1.HistoryServiceGrpc;
import dev.chronovisor.v1.VmChange;
import dev.chronovisor.v1.VmServiceGrpc;
import dev.chronovisor.v1.WatchEventsRequest;
import dev.chronovisor.v1.WatchEventsResponse;
import dev.chronovisor.v1.WatchStart;
import dev.chronovisor.v1.WatchVmsResponse;
import dev.chronovisor.v1.WhatIfRequest;
import dev.chronovisor.v1.WhatIfResponse;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WatchTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private FakePlane plane;
  private Chronovisor chronovisor;

  /** What the server does in one call of the watch. */
  private interface Script {
    void run(WatchEventsRequest request, StreamObserver<WatchEventsResponse> to)
        throws InterruptedException;
  }

  @BeforeEach
  void open() throws Exception {
    plane = new FakePlane();
    chronovisor = Chronovisor.connect(plane.address());
  }

  @AfterEach
  void close() throws Exception {
    chronovisor.close();
    plane.close();
  }

  private void scripts(Script... scripts) {
    AtomicInteger call = new AtomicInteger();
    plane.on(
        HistoryServiceGrpc.getWatchEventsMethod(),
        (request, to) ->
            scripts[Math.min(call.getAndIncrement(), scripts.length - 1)].run(request, to));
  }

  private static WatchEventsResponse event(long position) {
    return WatchEventsResponse.newBuilder()
        .setEvent(Event.newBuilder().setPosition(position))
        .build();
  }

  private static WatchEventsResponse batch(long... positions) {
    WatchEventsResponse.Builder response = WatchEventsResponse.newBuilder();
    for (long position : positions) {
      response.getEventsBuilder().addEventsBuilder().setPosition(position);
    }
    return response.build();
  }

  private static WatchEventsResponse checkpoint(long position, String history) {
    return WatchEventsResponse.newBuilder()
        .setCheckpoint(Checkpoint.newBuilder().setPosition(position).setHistory(history))
        .build();
  }

  private static void cut(StreamObserver<?> stream, Status.Code code) {
    stream.onError(code.toStatus().asRuntimeException());
  }

  private WatchEventsRequest request(int call) {
    return (WatchEventsRequest) plane.calls.get(call).request();
  }

  private static List<Long> take(Watch<Event> watch, int count) {
    List<Long> positions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      positions.add(watch.poll(SOON).orElseThrow().getPosition());
    }
    return positions;
  }

  @Test
  void afterACutItGoesOnWithoutGapOrRepeat() {
    plane.header("chronovisor-resource", "projects/uid-1").header("chronovisor-history", "h-1");
    scripts(
        (request, to) -> {
          to.onNext(event(3));
          to.onNext(batch(4, 7));
          cut(to, Status.Code.UNAVAILABLE);
        },
        // A server that repeats what it sent, in part within a batch.
        (request, to) -> {
          to.onNext(event(4));
          to.onNext(batch(7, 8));
          to.onNext(event(9));
        });
    try (Watch<Event> watch = chronovisor.history().watch("projects/shop", 2)) {
      assertEquals(List.of(3L, 4L, 7L, 8L, 9L), take(watch, 5));
      assertEquals(9, watch.position());
    }
    assertEquals(2, request(0).getAfterPosition());
    assertEquals("projects/shop", request(0).getParent());
    assertEquals(7, request(1).getAfterPosition());
    assertEquals(WatchStart.WATCH_START_AFTER_POSITION, request(1).getStart());
    assertEquals("projects/uid-1", request(1).getParent());
    assertEquals("h-1", plane.calls.get(1).header("chronovisor-history"));
  }

  @Test
  void itGoesOnAfterACheckpointBeyondTheLastEvent() {
    scripts(
        (request, to) -> {
          to.onNext(event(3));
          to.onNext(checkpoint(50, "h-2"));
          cut(to, Status.Code.INTERNAL);
        },
        (request, to) -> to.onNext(event(51)));
    try (Watch<Event> watch =
        chronovisor.history().watch(WatchEventsRequest.newBuilder().setFromNow(true).build())) {
      assertEquals(List.of(3L, 51L), take(watch, 2));
    }
    assertTrue(request(0).getFromNow());
    assertFalse(request(1).getFromNow());
    assertEquals(50, request(1).getAfterPosition());
    assertEquals("h-2", plane.calls.get(1).header("chronovisor-history"));
  }

  @Test
  void itGoesOnOnceTheServerIsBack() throws Exception {
    scripts((request, to) -> to.onNext(event(1)), (request, to) -> to.onNext(event(2)));
    try (Watch<Event> watch = chronovisor.history().watch("")) {
      assertEquals(List.of(1L), take(watch, 1));
      plane.stop();
      // Long enough for a channel that is left alone to wait for seconds.
      assertTrue(watch.poll(Duration.ofMillis(1500)).isEmpty());
      plane.start();
      long back = System.nanoTime();
      assertEquals(List.of(2L), take(watch, 1));
      assertTrue(System.nanoTime() - back < SOON.toNanos());
    }
  }

  @Test
  void aRefusalEndsIt() {
    scripts(
        (request, to) -> {
          to.onNext(event(1));
          to.onError(FakePlane.error(Status.Code.OUT_OF_RANGE, "HISTORY_FORKED"));
        });
    try (Watch<Event> watch = chronovisor.history().watch("")) {
      take(watch, 1);
      var error = assertThrows(ChronovisorException.OutOfRange.class, () -> watch.poll(SOON));
      assertEquals("HISTORY_FORKED", error.reason());
    }
  }

  @Test
  void withoutAServerToBeginWithItFails() throws Exception {
    plane.stop();
    try (Watch<Event> watch = chronovisor.history().watch("")) {
      assertThrows(ChronovisorException.Unavailable.class, () -> watch.poll(SOON));
    }
  }

  @Test
  void leavingTheLoopEndsTheCallOnTheServer() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    scripts(
        (request, to) -> {
          Context.current().addListener(context -> ended.countDown(), Runnable::run);
          to.onNext(event(1));
        });
    try (Watch<Event> watch = chronovisor.history().watch("")) {
      for (Event event : watch) {
        assertEquals(1, event.getPosition());
        break;
      }
    }
    assertTrue(ended.await(30, TimeUnit.SECONDS));
  }

  @Test
  void anotherThreadEndsTheLoop() throws Exception {
    CountDownLatch there = new CountDownLatch(1);
    scripts((request, to) -> there.countDown());
    Watch<Event> watch = chronovisor.history().watch("");
    Thread other =
        new Thread(
            () -> {
              try {
                there.await();
                watch.close();
              } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
              }
            });
    other.start();
    assertEquals(0, watch.stream().count());
    other.join();
  }

  @Test
  void closingTheClientEndsTheLoop() throws Exception {
    CountDownLatch there = new CountDownLatch(1);
    scripts((request, to) -> there.countDown());
    Watch<Event> watch = chronovisor.history().watch("");
    Thread other =
        new Thread(
            () -> {
              try {
                there.await();
                chronovisor.close();
              } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
              }
            });
    other.start();
    assertEquals(0, watch.stream().count());
    other.join();
  }

  @Test
  void anInterruptEndsTheLoopAndStaysSet() {
    scripts((request, to) -> {});
    try (Watch<Event> watch = chronovisor.history().watch("")) {
      Thread.currentThread().interrupt();
      assertFalse(watch.iterator().hasNext());
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void withoutAnItemInTimeThereIsNone() {
    scripts((request, to) -> {});
    try (Watch<Event> watch = chronovisor.history().watch("")) {
      assertTrue(watch.poll(Duration.ofMillis(50)).isEmpty());
    }
  }

  @Test
  void statusesAreReportedBesideItems() {
    List<WatchStatus> statuses = new ArrayList<>();
    scripts(
        (request, to) -> {
          to.onNext(event(1));
          cut(to, Status.Code.CANCELLED);
        },
        (request, to) -> {
          to.onNext(
              WatchEventsResponse.newBuilder()
                  .setCaughtUp(dev.chronovisor.v1.CaughtUp.getDefaultInstance())
                  .build());
          to.onNext(event(2));
        });
    try (Watch<WatchEventsResponse> watch =
        chronovisor.watch(
            HistoryServiceGrpc.getWatchEventsMethod(),
            WatchEventsRequest.getDefaultInstance(),
            statuses::add)) {
      assertEquals(event(1), watch.poll(SOON).orElseThrow());
      assertTrue(watch.poll(SOON).orElseThrow().hasCaughtUp());
      assertEquals(event(2), watch.poll(SOON).orElseThrow());
    }
    assertEquals(List.of(WatchStatus.INTERRUPTED, WatchStatus.CAUGHT_UP), statuses);
  }

  @Test
  void vmsWithoutAPositionComeOnceAllAreThere() {
    AtomicInteger call = new AtomicInteger();
    plane.on(
        VmServiceGrpc.getWatchVmsMethod(),
        (request, to) -> {
          to.onNext(changes(0, "a"));
          if (call.getAndIncrement() == 0) {
            cut(to, Status.Code.UNAVAILABLE);
            return;
          }
          to.onNext(changes(0, "b"));
          to.onNext(
              WatchVmsResponse.newBuilder()
                  .setCheckpoint(Checkpoint.newBuilder().setPosition(5))
                  .build());
          to.onNext(changes(6, "c"));
        });
    List<String> names = new ArrayList<>();
    try (Watch<VmChange> watch = chronovisor.vms().watch("shop")) {
      while (names.size() < 3) {
        names.add(watch.poll(SOON).orElseThrow().getVm().getName());
      }
      assertEquals(6, watch.position());
    }
    assertEquals(List.of("a", "b", "c"), names);
  }

  private static WatchVmsResponse changes(long position, String name) {
    WatchVmsResponse.Builder response = WatchVmsResponse.newBuilder();
    VmChange.Builder change = response.getChangesBuilder().addChangesBuilder();
    change.setPosition(position).getVmBuilder().setName(name);
    return response.build();
  }

  @Test
  void aSubscriberGetsWhatItRequests() throws Exception {
    scripts((request, to) -> to.onNext(batch(1, 2, 3)));
    BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    Watch<Event> watch = chronovisor.history().watch("");
    watch
        .publisher(task -> new Thread(task).start())
        .subscribe(
            new Flow.Subscriber<Event>() {
              private Flow.Subscription subscription;

              @Override
              public void onSubscribe(Flow.Subscription subscription) {
                this.subscription = subscription;
                subscription.request(2);
              }

              @Override
              public void onNext(Event event) {
                heard.add(event.getPosition());
                if (event.getPosition() == 2) {
                  subscription.cancel();
                }
              }

              @Override
              public void onError(Throwable error) {
                heard.add(error);
              }

              @Override
              public void onComplete() {
                heard.add("complete");
              }
            });
    assertEquals(1L, heard.poll(30, TimeUnit.SECONDS));
    assertEquals(2L, heard.poll(30, TimeUnit.SECONDS));
    assertEquals(null, heard.poll(100, TimeUnit.MILLISECONDS));
  }

  @Test
  void aSubscriberHearsOfARefusal() throws Exception {
    scripts((request, to) -> to.onError(FakePlane.error(Status.Code.NOT_FOUND, "VM_NOT_FOUND")));
    CompletableFuture<Throwable> heard = new CompletableFuture<>();
    chronovisor
        .history()
        .watch("projects/a/vms/b")
        .publisher(task -> new Thread(task).start())
        .subscribe(
            new Flow.Subscriber<Event>() {
              @Override
              public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(1);
              }

              @Override
              public void onNext(Event event) {}

              @Override
              public void onError(Throwable error) {
                heard.complete(error);
              }

              @Override
              public void onComplete() {}
            });
    assertInstanceOf(ChronovisorException.NotFound.class, heard.get(30, TimeUnit.SECONDS));
  }

  @Test
  void aStreamThatIsNoWatchEndsWithTheServersEnd() {
    plane.on(
        HistoryServiceGrpc.getWhatIfMethod(),
        (request, to) -> {
          to.onNext(WhatIfResponse.getDefaultInstance());
          to.onNext(WhatIfResponse.getDefaultInstance());
          to.onCompleted();
        });
    var method = HistoryServiceGrpc.getWhatIfMethod();
    try (var responses = chronovisor.stream(method, WhatIfRequest.getDefaultInstance())) {
      assertEquals(2, responses.stream().count());
    }
    plane.on(
        HistoryServiceGrpc.getWhatIfMethod(),
        (request, to) ->
            to.onError(FakePlane.error(Status.Code.RESOURCE_EXHAUSTED, "WHAT_IF_BUSY")));
    try (var responses = chronovisor.stream(method, WhatIfRequest.getDefaultInstance())) {
      assertThrows(ChronovisorException.Exhausted.class, () -> responses.poll(SOON));
    }
  }
}
