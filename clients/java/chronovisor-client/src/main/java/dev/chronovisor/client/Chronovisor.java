package dev.chronovisor.client;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * A connection to a control plane. Safe to share between threads; {@link #close()} ends it.
 *
 * <pre>{@code
 * try (Chronovisor chronovisor = Chronovisor.connect()) {
 *   Vm vm = chronovisor.vms().start("shop/web-1").await();
 * }
 * }</pre>
 *
 * <p>{@link #vms()}, {@link #hosts()}, {@link #projects()}, {@link #utilization()} and {@link
 * #history()} have the common verbs; {@link #call}, {@link #list} and {@link #watch} take any
 * method of the API by its generated descriptor. Every call carries who calls, has a deadline, gets
 * a {@code request_id} where it changes something and has none, is tried again while the server is
 * UNAVAILABLE, and throws {@link ChronovisorException} when it fails.
 */
public final class Chronovisor implements AutoCloseable {
  private final ManagedChannel managed;
  private final Channel channel;
  private final ScheduledThreadPoolExecutor timer;
  private final Set<UnaryCall<?, ?>> pausing = ConcurrentHashMap.newKeySet();
  private final RetryPolicy retry;
  private final Vms vms;
  private final Hosts hosts;
  private final Projects projects;
  private final ServiceAccounts serviceAccounts;
  private final Networks networks;
  private final Access access;
  private final Utilizations utilization;
  private final History history;
  private final Operations operations;

  Chronovisor(ManagedChannel managed, ConnectOptions options) {
    this.managed = managed;
    retry = options.retry();
    timer = new ScheduledThreadPoolExecutor(1, Chronovisor::daemon);
    timer.setRemoveOnCancelPolicy(true);
    channel =
        ClientInterceptors.intercept(
            managed,
            new CallInterceptor(
                options.actor(),
                options.timeout(),
                retry,
                options.token(),
                new KnownHistory(),
                timer,
                pausing,
                this::reconnect));
    operations = new Operations(this);
    vms = new Vms(this, options.project());
    hosts = new Hosts(this);
    projects = new Projects(this);
    serviceAccounts = new ServiceAccounts(this);
    networks = new Networks(this);
    access = new Access(this);
    utilization = new Utilizations(this);
    history = new History(this, options.project());
  }

  /**
   * Connects to the servers of the environment's CHRONOVISOR_SERVER, by default 127.0.0.1:7460.
   * Nothing is sent before the first call.
   */
  public static Chronovisor connect() {
    return builder().connect();
  }

  /** Connects to the first of these servers that answers, {@code host:port} each. */
  public static Chronovisor connect(String... servers) {
    return builder().servers(servers).connect();
  }

  /** Everything that can be chosen of a connection. */
  public static ConnectOptions builder() {
    return new ConnectOptions(System.getenv());
  }

  /** VMs: create, start, stop, destroy, and the rest of their lives. */
  public Vms vms() {
    return vms;
  }

  /** The machines that VMs run on. */
  public Hosts hosts() {
    return hosts;
  }

  /** The tenants that VMs belong to, and their quotas. */
  public Projects projects() {
    return projects;
  }

  /** The names that programs call by, and their tokens. */
  public ServiceAccounts serviceAccounts() {
    return serviceAccounts;
  }

  /** Networks of VMs, and security groups. */
  public Networks networks() {
    return networks;
  }

  /** Who may do what, and roles. */
  public Access access() {
    return access;
  }

  /** How much there is, how much of it is allocated, and what was used. */
  public Utilizations utilization() {
    return utilization;
  }

  /** The ledger: what happened, and the proof of it. */
  public History history() {
    return history;
  }

  /** What goes on after its call was answered. */
  public Operations operations() {
    return operations;
  }

  /**
   * Calls any unary method, such as {@code VmServiceGrpc.getGetVmMethod()}.
   *
   * @throws ChronovisorException when it is refused, or fails
   */
  public <Q, R> R call(MethodDescriptor<Q, R> method, Q request) {
    return call(method, request, CallOptions.DEFAULT);
  }

  /** The same, with a deadline of its own for all attempts together. */
  public <Q, R> R call(MethodDescriptor<Q, R> method, Q request, Duration timeout) {
    return call(
        method,
        request,
        CallOptions.DEFAULT.withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS));
  }

  private <Q, R> R call(MethodDescriptor<Q, R> method, Q request, CallOptions options) {
    try {
      return ClientCalls.blockingUnaryCall(channel, method, options, request);
    } catch (StatusRuntimeException error) {
      throw ChronovisorException.of(error);
    }
  }

  /**
   * The same without blocking. The future fails with {@link ChronovisorException}; cancelling it
   * cancels the call.
   */
  public <Q, R> CompletableFuture<R> callAsync(MethodDescriptor<Q, R> method, Q request) {
    ClientCall<Q, R> call = channel.newCall(method, CallOptions.DEFAULT);
    CompletableFuture<R> future = new CompletableFuture<>();
    future.whenComplete(
        (response, error) -> {
          if (future.isCancelled()) {
            call.cancel("the caller has cancelled it", null);
          }
        });
    ClientCalls.asyncUnaryCall(call, request, new Completion<>(future));
    return future;
  }

  private record Completion<R>(CompletableFuture<R> future) implements StreamObserver<R> {
    @Override
    public void onNext(R response) {
      future.complete(response);
    }

    @Override
    public void onError(Throwable error) {
      Status status = Status.fromThrowable(error);
      Metadata trailers = Status.trailersFromThrowable(error);
      future.completeExceptionally(ChronovisorException.of(status, trailers, error));
    }

    @Override
    public void onCompleted() {}
  }

  /**
   * The items of any list method, such as {@code list(VmServiceGrpc.getListVmsMethod(), request,
   * ListVmsResponse::getVmsList)}.
   */
  @SuppressWarnings("unchecked") // A builder of a Q builds a Q.
  public <Q extends Message, R extends Message, T> Pager<R, T> list(
      MethodDescriptor<Q, R> method, Q request, Function<R, List<T>> items) {
    return new Pager<>(page -> call(method, (Q) page), request, items);
  }

  /**
   * The responses of any watch, such as {@code HistoryServiceGrpc.getWatchEventsMethod()}, with
   * checkpoints and all, over every interruption. {@code onStatus} is called by the thread that
   * reads.
   */
  public <Q extends Message, R extends Message> Watch<R> watch(
      MethodDescriptor<Q, R> method, Q request, Consumer<WatchStatus> onStatus) {
    return watch(method, request, onStatus, List::of, response -> 0);
  }

  /**
   * The items of any watch, such as {@code watch(HistoryServiceGrpc.getWatchEventsMethod(),
   * request, Event.class)}, over every interruption.
   */
  public <Q extends Message, R extends Message, T extends Message> Watch<T> watch(
      MethodDescriptor<Q, R> method, Q request, Class<T> item) {
    return watch(method, request, item, status -> {});
  }

  /** The same. {@code onStatus} is called by the thread that reads. */
  public <Q extends Message, R extends Message, T extends Message> Watch<T> watch(
      MethodDescriptor<Q, R> method, Q request, Class<T> item, Consumer<WatchStatus> onStatus) {
    return watch(
        method,
        WatchMethod.batched(request),
        onStatus,
        response -> WatchMethod.items(response).stream().map(item::cast).toList(),
        WatchMethod::position);
  }

  private <Q extends Message, R extends Message, T> Watch<T> watch(
      MethodDescriptor<Q, R> method,
      Q request,
      Consumer<WatchStatus> onStatus,
      Function<R, List<T>> items,
      ToLongFunction<T> positions) {
    return new Watch<>(
        new ResumingStream<>(
            channel, method, request, retry, this::reconnect, managed::isShutdown, onStatus),
        items,
        positions);
  }

  /**
   * Any method with a stream of responses, once, such as {@code
   * HistoryServiceGrpc.getWhatIfMethod()}: it ends when the server ends it, and throws {@link
   * ChronovisorException} when it fails.
   */
  public <Q, R> Watch<R> stream(MethodDescriptor<Q, R> method, Q request) {
    StreamCall<Q, R> call =
        new StreamCall<>(channel, method, CallOptions.DEFAULT, new Metadata(), request);
    return new Watch<>(new SingleStream<>(call), List::of, response -> 0);
  }

  /**
   * The channel with all that this class adds to a call, for generated stubs: {@code
   * VmServiceGrpc.newFutureStub(chronovisor.channel())}. Stubs throw gRPC's own
   * StatusRuntimeException: {@link ChronovisorException#of} has what is in it.
   */
  public Channel channel() {
    return channel;
  }

  /** Ends the connection and every call on it; watches end as if they were closed. */
  @Override
  public void close() {
    timer.shutdown();
    managed.shutdownNow();
    pausing.forEach(call -> call.cancel("the client was closed", null));
  }

  /**
   * Connects now, where the channel has failed to and waits: for a second at first, then longer.
   */
  private void reconnect() {
    if (managed.getState(true) == ConnectivityState.TRANSIENT_FAILURE) {
      managed.resetConnectBackoff();
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "chronovisor-timer");
    thread.setDaemon(true);
    return thread;
  }
}
