package dev.chronovisor.client;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** One unary call with all its attempts, which share a deadline and a request id. */
final class UnaryCall<Q, R> extends ClientCall<Q, R> {
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private final CallInterceptor rules;
  private final MethodDescriptor<Q, R> method;
  private final CallOptions options;
  private final Channel next;
  // Attempts after the first are begun on another thread, and end with the caller's context all the
  // same.
  private final Context context = Context.current();
  // Every attempt is of what was known when the call began.
  private final String history;

  private Listener<R> listener;
  private Metadata headers;
  private Q message;
  private int attempts;
  private String bearer;
  private boolean renewed;

  // Both are changed by the caller's thread and by the timer's.
  private ClientCall<Q, R> current;
  private ScheduledFuture<?> pausing;
  private Status cancelled;

  UnaryCall(
      CallInterceptor rules, MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    this.rules = rules;
    this.method = method;
    this.options = options;
    this.next = next;
    this.history = rules.history().text();
  }

  @Override
  public void start(Listener<R> listener, Metadata headers) {
    this.listener = listener;
    this.headers = headers;
  }

  @Override
  public void request(int messages) {
    // Each attempt requests its one message itself.
  }

  @Override
  public void sendMessage(Q message) {
    this.message = withRequestId(message);
  }

  @Override
  public void halfClose() {
    attempt();
  }

  @Override
  public void cancel(String message, Throwable cause) {
    Status why = Status.CANCELLED.withDescription(message).withCause(cause);
    ClientCall<Q, R> running;
    boolean wasPausing;
    synchronized (this) {
      if (cancelled != null) {
        return;
      }
      cancelled = why;
      running = current;
      wasPausing = pausing != null && pausing.cancel(false);
      rules.pausing().remove(this);
    }
    if (running != null && !wasPausing) {
      running.cancel(message, cause);
    } else {
      close(why);
    }
  }

  private synchronized void attempt() {
    if (cancelled != null) {
      return;
    }
    pausing = null;
    rules.pausing().remove(this);
    attempts++;
    current = next.newCall(method, options);
    Metadata sent = new Metadata();
    sent.merge(headers);
    try {
      rules.address(sent, history);
    } catch (RuntimeException tokenFailed) {
      close(
          Status.UNAUTHENTICATED
              .withDescription("the token's provider failed")
              .withCause(tokenFailed));
      return;
    }
    bearer = sent.get(CallInterceptor.AUTHORIZATION);
    current.start(new Answer(), sent);
    // Of a unary call, a second message would be a fault of the server: with 2 it is seen.
    current.request(2);
    current.sendMessage(message);
    current.halfClose();
  }

  /** Ends the call for its caller, who hears of it where it hears of everything. */
  private void close(Status status) {
    Executor executor = options.getExecutor();
    Runnable end = () -> listener.onClose(status, new Metadata());
    if (executor == null) {
      end.run();
    } else {
      executor.execute(end);
    }
  }

  /**
   * UNAVAILABLE where a connection was cut: a server that says goodbye with an error ends calls as
   * INTERNAL here, without the details that all of a control plane's own errors have.
   */
  private static Status ofConnection(Status status, Metadata trailers) {
    boolean cut =
        status.getCode() == Status.Code.INTERNAL
            && !trailers.containsKey(DETAILS)
            && status.getDescription() != null
            && status.getDescription().contains("GOAWAY");
    return cut
        ? Status.UNAVAILABLE.withDescription(status.getDescription()).withCause(status.getCause())
        : status;
  }

  private final class Answer extends Listener<R> {
    private Metadata received;
    private R response;

    @Override
    public void onHeaders(Metadata received) {
      this.received = received;
    }

    @Override
    public void onMessage(R response) {
      if (this.response != null) {
        current.cancel("more than one message for a unary call", null);
      }
      this.response = response;
    }

    @Override
    public void onClose(Status reported, Metadata trailers) {
      Status status = ofConnection(reported, trailers);
      rules.history().learn(received);
      rules.history().learn(trailers);
      if (status.isOk()) {
        deliver(status, trailers);
        return;
      }
      Optional<Duration> pause = pauseAfter(status, trailers);
      boolean again;
      Status ended;
      synchronized (UnaryCall.this) {
        again = pause.isPresent() && cancelled == null && pause(pause.get());
        ended = cancelled == null ? status : cancelled;
      }
      if (!again) {
        deliver(ended, trailers);
      }
    }

    /** Whether there will be another attempt: not of a client that is closed. */
    private boolean pause(Duration pause) {
      Runnable attempt = context.wrap(UnaryCall.this::attempt);
      // First this: a client that is closed meanwhile either finds the call, or refuses the task.
      rules.pausing().add(UnaryCall.this);
      try {
        pausing = rules.timer().schedule(attempt, pause.toNanos(), TimeUnit.NANOSECONDS);
        return true;
      } catch (RejectedExecutionException closed) {
        rules.pausing().remove(UnaryCall.this);
        return false;
      }
    }

    private Optional<Duration> pauseAfter(Status status, Metadata trailers) {
      if (status.getCode() == Status.Code.UNAUTHENTICATED && !renewed) {
        // What is no longer taken may have a successor by now.
        renewed = true;
        attempts--;
        return rules.hasFreshToken(bearer) ? Optional.of(Duration.ZERO) : Optional.empty();
      }
      if (status.getCode() != Status.Code.UNAVAILABLE) {
        return Optional.empty();
      }
      // The channel would wait a second or more before it connects again.
      rules.reconnect().run();
      ChronovisorException failure = ChronovisorException.of(status, trailers, null);
      return rules
          .retry()
          .pauseAfter(attempts, failure)
          .filter(
              pause -> pause.toNanos() < options.getDeadline().timeRemaining(TimeUnit.NANOSECONDS));
    }

    private void deliver(Status status, Metadata trailers) {
      if (received != null) {
        listener.onHeaders(received);
      }
      if (status.isOk() && response != null) {
        listener.onMessage(response);
      }
      listener.onClose(status, trailers);
    }
  }

  /**
   * The request itself, or a copy with a new UUID where it has an empty {@code request_id}. See
   * AIP-155. A method whose requests have none reads, or can be repeated as it is.
   */
  @SuppressWarnings("unchecked") // A builder of a Q builds a Q.
  private static <Q> Q withRequestId(Q request) {
    if (!(request instanceof Message sent)) {
      return request;
    }
    FieldDescriptor field = sent.getDescriptorForType().findFieldByName("request_id");
    if (field == null || !"".equals(sent.getField(field))) {
      return request;
    }
    return (Q) sent.toBuilder().setField(field, UUID.randomUUID().toString()).build();
  }
}
