package dev.chronovisor.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** One call with a stream of responses, read by a thread that blocks. Any thread may cancel it. */
final class StreamCall<Q, R> {
  static final Metadata.Key<String> RESOURCE =
      Metadata.Key.of("chronovisor-resource", Metadata.ASCII_STRING_MARSHALLER);
  // Messages that may be under way before the reader has taken the first of them.
  private static final int WINDOW = 8;

  /** What a call has for its reader: a message, or how it ended. */
  sealed interface Received<R> {}

  record Item<R>(R message) implements Received<R> {}

  record End<R>(ChronovisorException failure, boolean inOrder) implements Received<R> {}

  private final ClientCall<Q, R> call;
  private final BlockingQueue<Received<R>> received = new LinkedBlockingQueue<>();
  private volatile Metadata headers;
  private End<R> end;

  StreamCall(
      Channel channel,
      MethodDescriptor<Q, R> method,
      CallOptions options,
      Metadata metadata,
      Q request) {
    call = channel.newCall(method, options);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onHeaders(Metadata initial) {
            headers = initial;
          }

          @Override
          public void onMessage(R message) {
            received.add(new Item<>(message));
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            received.add(new End<>(ChronovisorException.of(status, trailers, null), status.isOk()));
          }
        },
        metadata);
    call.request(WINDOW);
    call.sendMessage(request);
    call.halfClose();
  }

  /** The next message, or the end, for ever; null when there is none in that time. */
  Received<R> poll(Duration within) throws InterruptedException {
    if (end != null) {
      return end;
    }
    Received<R> next = received.poll(within.toNanos(), TimeUnit.NANOSECONDS);
    if (next instanceof Item) {
      call.request(1);
    } else if (next instanceof End<R> last) {
      end = last;
    }
    return next;
  }

  /** Of the initial metadata; empty where it was not sent, or is not there yet. */
  String header(Metadata.Key<String> key) {
    Metadata initial = headers;
    String found = initial == null ? null : initial.get(key);
    return found == null ? "" : found;
  }

  boolean isAnswered() {
    return headers != null;
  }

  void cancel() {
    call.cancel("the reader has left", null);
  }
}
