package dev.chronovisor.client;

import com.google.longrunning.OperationsGrpc;
import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import dev.chronovisor.v1.HistoryServiceGrpc;
import dev.chronovisor.v1.VmServiceGrpc;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A server on a port of its own whose answers are the test's, and that remembers its calls. */
final class FakePlane implements AutoCloseable {
  private static final Context.Key<Metadata> HEADERS = Context.key("headers");
  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          VmServiceGrpc.getServiceDescriptor(),
          HistoryServiceGrpc.getServiceDescriptor(),
          OperationsGrpc.getServiceDescriptor());

  interface Handler<Q, R> {
    void answer(Q request, StreamObserver<R> to) throws InterruptedException;
  }

  record Call(String method, Message request, Metadata headers) {
    String header(String name) {
      return headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    }
  }

  final List<Call> calls = new CopyOnWriteArrayList<>();
  private final Map<String, Handler<Object, Object>> handlers = new ConcurrentHashMap<>();
  private final Metadata initial = new Metadata();
  private final ServerCredentials credentials;
  private final int port;
  private Server server;

  FakePlane() throws IOException {
    this(InsecureServerCredentials.create());
  }

  FakePlane(ServerCredentials credentials) throws IOException {
    this.credentials = credentials;
    port = freePort();
    start();
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  @SuppressWarnings("unchecked") // The handler is found again by its method.
  <Q, R> FakePlane on(MethodDescriptor<Q, R> method, Handler<Q, R> handler) {
    handlers.put(method.getFullMethodName(), (Handler<Object, Object>) (Handler<?, ?>) handler);
    return this;
  }

  /** Every answer has this in its initial metadata. */
  FakePlane header(String name, String value) {
    initial.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    return this;
  }

  void start() throws IOException {
    var builder = Grpc.newServerBuilderForPort(port, credentials).intercept(new Headers());
    for (ServiceDescriptor service : SERVICES) {
      ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(service);
      service.getMethods().forEach(method -> add(definition, method));
      builder.addService(definition.build());
    }
    server = builder.build().start();
  }

  private <Q, R> void add(ServerServiceDefinition.Builder to, MethodDescriptor<Q, R> method) {
    ServerCallHandler<Q, R> handler =
        switch (method.getType()) {
          case UNARY ->
              ServerCalls.asyncUnaryCall((request, answer) -> handle(method, request, answer));
          case SERVER_STREAMING ->
              ServerCalls.asyncServerStreamingCall(
                  (request, answer) -> handle(method, request, answer));
          default -> (call, headers) -> new ServerCall.Listener<>() {};
        };
    to.addMethod(method, handler);
  }

  @SuppressWarnings("unchecked") // The handler was given for the method.
  private <Q, R> void handle(MethodDescriptor<Q, R> method, Q request, StreamObserver<R> answer) {
    calls.add(new Call(method.getBareMethodName(), (Message) request, HEADERS.get()));
    Handler<Object, Object> handler = handlers.get(method.getFullMethodName());
    if (handler == null) {
      answer.onError(Status.UNIMPLEMENTED.asRuntimeException());
      return;
    }
    try {
      handler.answer(request, (StreamObserver<Object>) answer);
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  /** As if it were killed: calls are cut, and nobody answers. */
  void stop() {
    server.shutdownNow();
    try {
      server.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stop();
  }

  static StatusRuntimeException error(Status.Code code, String reason, Message... details) {
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(code.value())
            .setMessage("it is so")
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain("chronovisor.dev")
                        .setReason(reason)
                        .putMetadata("name", "projects/shop/vms/web-1")
                        .build()));
    for (Message detail : details) {
      status.addDetails(Any.pack(detail));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  private final class Headers implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      ServerCall<Q, R> marked =
          new io.grpc.ForwardingServerCall.SimpleForwardingServerCall<>(call) {
            @Override
            public void sendHeaders(Metadata sent) {
              sent.merge(initial);
              super.sendHeaders(sent);
            }
          };
      return Contexts.interceptCall(
          Context.current().withValue(HEADERS, headers), marked, headers, next);
    }
  }
}
