package dev.chronovisor.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Deadline;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The interceptor of every call: who calls, the ledger's history, and for unary calls a deadline, a
 * request id and retries. A stream has no deadline of its own.
 *
 * @param token of the {@code authorization} metadata; null where there is none
 * @param pausing calls between two attempts: a client that is closed ends them
 * @param reconnect makes the channel connect at once, whatever it waits for
 */
record CallInterceptor(
    String actor,
    Duration timeout,
    RetryPolicy retry,
    Supplier<String> token,
    KnownHistory history,
    ScheduledExecutorService timer,
    Set<UnaryCall<?, ?>> pausing,
    Runnable reconnect)
    implements ClientInterceptor {

  private static final Metadata.Key<String> ACTOR =
      Metadata.Key.of("chronovisor-actor", Metadata.ASCII_STRING_MARSHALLER);
  static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    if (method.getType() != MethodType.UNARY) {
      return new StreamingCall<>(next.newCall(method, options));
    }
    Deadline deadline = options.getDeadline();
    if (deadline == null) {
      deadline = Deadline.after(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }
    return new UnaryCall<>(this, method, options.withDeadline(deadline), next);
  }

  /** Says in the metadata of a call who calls, and which history is known. */
  void address(Metadata headers, String known) {
    headers.put(ACTOR, actor);
    if (token != null) {
      headers.put(AUTHORIZATION, bearer());
    }
    // A stream that is resumed says itself of which history it is.
    if (!known.isEmpty() && !headers.containsKey(KnownHistory.KEY)) {
      headers.put(KnownHistory.KEY, known);
    }
  }

  private String bearer() {
    return "Bearer " + token.get();
  }

  /** Whether there is another token by now than the one that was sent. */
  boolean hasFreshToken(String sent) {
    try {
      return token != null && !bearer().equals(sent);
    } catch (RuntimeException tokenFailed) {
      return false;
    }
  }

  private final class StreamingCall<Q, R> extends SimpleForwardingClientCall<Q, R> {
    StreamingCall(ClientCall<Q, R> call) {
      super(call);
    }

    @Override
    public void start(Listener<R> listener, Metadata headers) {
      address(headers, history.text());
      super.start(
          new SimpleForwardingClientCallListener<R>(listener) {
            @Override
            public void onHeaders(Metadata received) {
              history.learn(received);
              super.onHeaders(received);
            }

            @Override
            public void onClose(io.grpc.Status status, Metadata trailers) {
              history.learn(trailers);
              super.onClose(status, trailers);
            }
          },
          headers);
    }
  }
}
