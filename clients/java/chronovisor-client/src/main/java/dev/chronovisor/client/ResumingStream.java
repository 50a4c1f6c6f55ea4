package dev.chronovisor.client;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** The responses of a watch, over every interruption: no item is missing, none comes twice. */
final class ResumingStream<Q extends Message, R extends Message> implements Watch.Source<R> {
  // Ends that the same request would meet again.
  private static final Set<Status.Code> FINAL =
      EnumSet.of(
          Status.Code.INVALID_ARGUMENT,
          Status.Code.NOT_FOUND,
          Status.Code.OUT_OF_RANGE,
          Status.Code.PERMISSION_DENIED,
          Status.Code.UNAUTHENTICATED,
          Status.Code.FAILED_PRECONDITION,
          Status.Code.UNIMPLEMENTED);
  // How often a resumed call that has no connection makes the channel try again: a server that is
  // back is found in less than this. A channel left alone waits longer and longer, up to minutes.
  private static final Duration CONNECT_EVERY = Duration.ofMillis(250);

  private final Channel channel;
  private final MethodDescriptor<Q, R> method;
  private final Q request;
  private final RetryPolicy retry;
  private final Runnable reconnect;
  private final BooleanSupplier clientClosed;
  private final Consumer<WatchStatus> onStatus;

  private final Queue<R> ready = new ArrayDeque<>();
  // With items that have no position: given when all of them are there, since a stream cannot be
  // resumed in between.
  private final List<R> held = new ArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile StreamCall<Q, R> call;
  private String resource = "";
  // The history that the position is of: a server that was restored since refuses it.
  private String history = "";
  private long position;
  private boolean hasPosition;
  // What the present call resumed after.
  private long resumedAfter;
  private boolean begun;
  private int failures;

  ResumingStream(
      Channel channel,
      MethodDescriptor<Q, R> method,
      Q request,
      RetryPolicy retry,
      Runnable reconnect,
      BooleanSupplier clientClosed,
      Consumer<WatchStatus> onStatus) {
    this.channel = channel;
    this.method = method;
    this.request = request;
    this.retry = retry;
    this.reconnect = reconnect;
    this.clientClosed = clientClosed;
    this.onStatus = onStatus;
  }

  /** The next response; null when there is none in that time, or once the stream is closed. */
  @Override
  public R poll(Duration within) throws InterruptedException {
    long deadline = System.nanoTime() + Math.min(within.toNanos(), Long.MAX_VALUE / 4);
    while (ready.isEmpty() && !isClosed()) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return null;
      }
      if (call == null) {
        open();
      }
      boolean searching = begun && !call.isAnswered();
      long step = searching ? Math.min(left, CONNECT_EVERY.toNanos()) : left;
      StreamCall.Received<R> received = call.poll(Duration.ofNanos(step));
      if (received instanceof StreamCall.Item<R> item) {
        take(item.message());
      } else if (received instanceof StreamCall.End<R> end) {
        interrupted(end);
      } else if (searching) {
        reconnect.run();
      }
    }
    return isClosed() ? null : ready.poll();
  }

  @Override
  public boolean isClosed() {
    return closed.getCount() == 0;
  }

  /** Ends the call, from any thread. */
  @Override
  public void close() {
    closed.countDown();
    StreamCall<Q, R> running = call;
    if (running != null) {
      running.cancel();
    }
  }

  @SuppressWarnings("unchecked") // A builder of a Q builds a Q.
  private void open() {
    held.clear();
    resumedAfter = hasPosition ? position : 0;
    Q sent =
        (Q)
            (hasPosition
                ? WatchMethod.resumed(request, position, resource)
                : WatchMethod.repeated(request, resource));
    Metadata metadata = new Metadata();
    if (!history.isEmpty()) {
      metadata.put(KnownHistory.KEY, history);
    }
    // The first call is to fail where there is no server; a resumed one waits for it.
    CallOptions options = begun ? CallOptions.DEFAULT.withWaitForReady() : CallOptions.DEFAULT;
    call = new StreamCall<>(channel, method, options, metadata, sent);
    if (isClosed()) {
      call.cancel();
    }
  }

  @SuppressWarnings("unchecked") // A builder of an R builds an R.
  private void take(R response) {
    begun = true;
    failures = 0;
    if (resource.isEmpty()) {
      resource = call.header(StreamCall.RESOURCE);
    }
    if (history.isEmpty()) {
      history = call.header(KnownHistory.KEY);
    }
    FieldDescriptor kind = WatchMethod.kind(response);
    if (kind == null) {
      // What only newer servers send.
      ready.add(response);
      return;
    }
    switch (kind.getName()) {
      case "checkpoint" -> {
        ready.addAll(held);
        held.clear();
        Message checkpoint = (Message) response.getField(kind);
        reached(WatchMethod.position(checkpoint));
        FieldDescriptor of = checkpoint.getDescriptorForType().findFieldByName("history");
        String sent = of == null ? "" : (String) checkpoint.getField(of);
        history = sent.isEmpty() ? history : sent;
        ready.add(response);
      }
      case "caught_up", "fell_behind" -> {
        ready.add(response);
        onStatus.accept(
            kind.getName().equals("caught_up") ? WatchStatus.CAUGHT_UP : WatchStatus.FELL_BEHIND);
      }
      default -> {
        List<Message> all = WatchMethod.items(response);
        List<Message> fresh = all.stream().filter(this::isNew).toList();
        if (fresh.isEmpty()) {
          return;
        }
        R kept = fresh.size() == all.size() ? response : (R) WatchMethod.withItems(response, fresh);
        long last = WatchMethod.position(fresh.get(fresh.size() - 1));
        if (last == 0) {
          held.add(kept);
        } else {
          reached(last);
          ready.add(kept);
        }
      }
    }
  }

  private boolean isNew(Message item) {
    long at = WatchMethod.position(item);
    return at == 0 || at > resumedAfter;
  }

  private void reached(long to) {
    position = hasPosition ? Math.max(position, to) : to;
    hasPosition = true;
  }

  private void interrupted(StreamCall.End<R> end) throws InterruptedException {
    call = null;
    if (clientClosed.getAsBoolean()) {
      closed.countDown();
    }
    if (isClosed()) {
      return;
    }
    failures++;
    boolean hopeless = !begun && failures >= retry.attempts();
    // The token that it began with has ended: a fresh one is sent with the next attempt.
    boolean tokenEnded =
        end.failure().code() == Status.Code.UNAUTHENTICATED && begun && failures == 1;
    if ((FINAL.contains(end.failure().code()) && !tokenEnded) || hopeless) {
      throw end.failure();
    }
    if (failures == 1) {
      onStatus.accept(WatchStatus.INTERRUPTED);
    }
    reconnect.run();
    // The first attempt is made at once, unless the server says otherwise.
    Duration pause =
        failures == 1 && begun
            ? end.failure().retryDelay().orElse(Duration.ZERO)
            : retry.pause(failures, end.failure());
    closed.await(pause.toNanos(), TimeUnit.NANOSECONDS);
  }
}
