package dev.chronovisor.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Consoles, through the agents of the hosts that the VMs are on. The ledger has who opened which console of which VM, when, from where
 * and for how long, and how much went through it (ConsoleOpened, ConsoleClosed); what that was is nowhere. Who calls, histories, errors
 * and pings are as VmService has them.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class ConsoleServiceGrpc {

  private ConsoleServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "chronovisor.v1.ConsoleService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.OpenSerialConsoleRequest,
      dev.chronovisor.v1.OpenSerialConsoleResponse> getOpenSerialConsoleMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "OpenSerialConsole",
      requestType = dev.chronovisor.v1.OpenSerialConsoleRequest.class,
      responseType = dev.chronovisor.v1.OpenSerialConsoleResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.OpenSerialConsoleRequest,
      dev.chronovisor.v1.OpenSerialConsoleResponse> getOpenSerialConsoleMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.OpenSerialConsoleRequest, dev.chronovisor.v1.OpenSerialConsoleResponse> getOpenSerialConsoleMethod;
    if ((getOpenSerialConsoleMethod = ConsoleServiceGrpc.getOpenSerialConsoleMethod) == null) {
      synchronized (ConsoleServiceGrpc.class) {
        if ((getOpenSerialConsoleMethod = ConsoleServiceGrpc.getOpenSerialConsoleMethod) == null) {
          ConsoleServiceGrpc.getOpenSerialConsoleMethod = getOpenSerialConsoleMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.OpenSerialConsoleRequest, dev.chronovisor.v1.OpenSerialConsoleResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "OpenSerialConsole"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.OpenSerialConsoleRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.OpenSerialConsoleResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ConsoleServiceMethodDescriptorSupplier("OpenSerialConsole"))
              .build();
        }
      }
    }
    return getOpenSerialConsoleMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ReadConsoleLogRequest,
      dev.chronovisor.v1.ReadConsoleLogResponse> getReadConsoleLogMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ReadConsoleLog",
      requestType = dev.chronovisor.v1.ReadConsoleLogRequest.class,
      responseType = dev.chronovisor.v1.ReadConsoleLogResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ReadConsoleLogRequest,
      dev.chronovisor.v1.ReadConsoleLogResponse> getReadConsoleLogMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ReadConsoleLogRequest, dev.chronovisor.v1.ReadConsoleLogResponse> getReadConsoleLogMethod;
    if ((getReadConsoleLogMethod = ConsoleServiceGrpc.getReadConsoleLogMethod) == null) {
      synchronized (ConsoleServiceGrpc.class) {
        if ((getReadConsoleLogMethod = ConsoleServiceGrpc.getReadConsoleLogMethod) == null) {
          ConsoleServiceGrpc.getReadConsoleLogMethod = getReadConsoleLogMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ReadConsoleLogRequest, dev.chronovisor.v1.ReadConsoleLogResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ReadConsoleLog"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ReadConsoleLogRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ReadConsoleLogResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ConsoleServiceMethodDescriptorSupplier("ReadConsoleLog"))
              .build();
        }
      }
    }
    return getReadConsoleLogMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static ConsoleServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ConsoleServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ConsoleServiceStub>() {
        @java.lang.Override
        public ConsoleServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ConsoleServiceStub(channel, callOptions);
        }
      };
    return ConsoleServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static ConsoleServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ConsoleServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ConsoleServiceBlockingV2Stub>() {
        @java.lang.Override
        public ConsoleServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ConsoleServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return ConsoleServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static ConsoleServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ConsoleServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ConsoleServiceBlockingStub>() {
        @java.lang.Override
        public ConsoleServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ConsoleServiceBlockingStub(channel, callOptions);
        }
      };
    return ConsoleServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static ConsoleServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ConsoleServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ConsoleServiceFutureStub>() {
        @java.lang.Override
        public ConsoleServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ConsoleServiceFutureStub(channel, callOptions);
        }
      };
    return ConsoleServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Consoles, through the agents of the hosts that the VMs are on. The ledger has who opened which console of which VM, when, from where
   * and for how long, and how much went through it (ConsoleOpened, ConsoleClosed); what that was is nowhere. Who calls, histories, errors
   * and pings are as VmService has them.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * The serial console of a VM that runs. The client begins with `open`, and sends `input`; the server answers `opened`, and sends what
     * the guest writes, to all who have its console open: at most 16. One of them writes. The others watch; whoever takes over (see
     * ConsoleMode) has the former writer watch from then on, and is sent `writer_changed`, as is who writes next when a writer
     * leaves.
     * Whoever does not read misses something, and keeps nobody waiting: what is not sent yet is kept for 256 KiB, and `skipped` says how
     * much is missing. ReadConsoleLog has it. Whoever sends faster than the guest takes waits: some KiB are on their way at a time.
     * The stream ends after `ended`, which says why; or when the client goes.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenSerialConsoleRequest> openSerialConsole(
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenSerialConsoleResponse> responseObserver) {
      return io.grpc.stub.ServerCalls.asyncUnimplementedStreamingCall(getOpenSerialConsoleMethod(), responseObserver);
    }

    /**
     * <pre>
     * What a VM has written to its serial port, from any byte that its host has: some MiB. It goes on from start to start of the VM, and
     * begins anew on another host. Of a VM that is stopped, too, as long as its host has its disk.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void readConsoleLog(dev.chronovisor.v1.ReadConsoleLogRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ReadConsoleLogResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getReadConsoleLogMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service ConsoleService.
   * <pre>
   * Consoles, through the agents of the hosts that the VMs are on. The ledger has who opened which console of which VM, when, from where
   * and for how long, and how much went through it (ConsoleOpened, ConsoleClosed); what that was is nowhere. Who calls, histories, errors
   * and pings are as VmService has them.
   * </pre>
   */
  public static abstract class ConsoleServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return ConsoleServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service ConsoleService.
   * <pre>
   * Consoles, through the agents of the hosts that the VMs are on. The ledger has who opened which console of which VM, when, from where
   * and for how long, and how much went through it (ConsoleOpened, ConsoleClosed); what that was is nowhere. Who calls, histories, errors
   * and pings are as VmService has them.
   * </pre>
   */
  public static final class ConsoleServiceStub
      extends io.grpc.stub.AbstractAsyncStub<ConsoleServiceStub> {
    private ConsoleServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ConsoleServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ConsoleServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * The serial console of a VM that runs. The client begins with `open`, and sends `input`; the server answers `opened`, and sends what
     * the guest writes, to all who have its console open: at most 16. One of them writes. The others watch; whoever takes over (see
     * ConsoleMode) has the former writer watch from then on, and is sent `writer_changed`, as is who writes next when a writer
     * leaves.
     * Whoever does not read misses something, and keeps nobody waiting: what is not sent yet is kept for 256 KiB, and `skipped` says how
     * much is missing. ReadConsoleLog has it. Whoever sends faster than the guest takes waits: some KiB are on their way at a time.
     * The stream ends after `ended`, which says why; or when the client goes.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenSerialConsoleRequest> openSerialConsole(
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenSerialConsoleResponse> responseObserver) {
      return io.grpc.stub.ClientCalls.asyncBidiStreamingCall(
          getChannel().newCall(getOpenSerialConsoleMethod(), getCallOptions()), responseObserver);
    }

    /**
     * <pre>
     * What a VM has written to its serial port, from any byte that its host has: some MiB. It goes on from start to start of the VM, and
     * begins anew on another host. Of a VM that is stopped, too, as long as its host has its disk.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void readConsoleLog(dev.chronovisor.v1.ReadConsoleLogRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ReadConsoleLogResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getReadConsoleLogMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service ConsoleService.
   * <pre>
   * Consoles, through the agents of the hosts that the VMs are on. The ledger has who opened which console of which VM, when, from where
   * and for how long, and how much went through it (ConsoleOpened, ConsoleClosed); what that was is nowhere. Who calls, histories, errors
   * and pings are as VmService has them.
   * </pre>
   */
  public static final class ConsoleServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<ConsoleServiceBlockingV2Stub> {
    private ConsoleServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ConsoleServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ConsoleServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * The serial console of a VM that runs. The client begins with `open`, and sends `input`; the server answers `opened`, and sends what
     * the guest writes, to all who have its console open: at most 16. One of them writes. The others watch; whoever takes over (see
     * ConsoleMode) has the former writer watch from then on, and is sent `writer_changed`, as is who writes next when a writer
     * leaves.
     * Whoever does not read misses something, and keeps nobody waiting: what is not sent yet is kept for 256 KiB, and `skipped` says how
     * much is missing. ReadConsoleLog has it. Whoever sends faster than the guest takes waits: some KiB are on their way at a time.
     * The stream ends after `ended`, which says why; or when the client goes.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<dev.chronovisor.v1.OpenSerialConsoleRequest, dev.chronovisor.v1.OpenSerialConsoleResponse>
        openSerialConsole() {
      return io.grpc.stub.ClientCalls.blockingBidiStreamingCall(
          getChannel(), getOpenSerialConsoleMethod(), getCallOptions());
    }

    /**
     * <pre>
     * What a VM has written to its serial port, from any byte that its host has: some MiB. It goes on from start to start of the VM, and
     * begins anew on another host. Of a VM that is stopped, too, as long as its host has its disk.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, dev.chronovisor.v1.ReadConsoleLogResponse>
        readConsoleLog(dev.chronovisor.v1.ReadConsoleLogRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getReadConsoleLogMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service ConsoleService.
   * <pre>
   * Consoles, through the agents of the hosts that the VMs are on. The ledger has who opened which console of which VM, when, from where
   * and for how long, and how much went through it (ConsoleOpened, ConsoleClosed); what that was is nowhere. Who calls, histories, errors
   * and pings are as VmService has them.
   * </pre>
   */
  public static final class ConsoleServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<ConsoleServiceBlockingStub> {
    private ConsoleServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ConsoleServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ConsoleServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * What a VM has written to its serial port, from any byte that its host has: some MiB. It goes on from start to start of the VM, and
     * begins anew on another host. Of a VM that is stopped, too, as long as its host has its disk.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public java.util.Iterator<dev.chronovisor.v1.ReadConsoleLogResponse> readConsoleLog(
        dev.chronovisor.v1.ReadConsoleLogRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getReadConsoleLogMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service ConsoleService.
   * <pre>
   * Consoles, through the agents of the hosts that the VMs are on. The ledger has who opened which console of which VM, when, from where
   * and for how long, and how much went through it (ConsoleOpened, ConsoleClosed); what that was is nowhere. Who calls, histories, errors
   * and pings are as VmService has them.
   * </pre>
   */
  public static final class ConsoleServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<ConsoleServiceFutureStub> {
    private ConsoleServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ConsoleServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ConsoleServiceFutureStub(channel, callOptions);
    }
  }

  private static final int METHODID_READ_CONSOLE_LOG = 0;
  private static final int METHODID_OPEN_SERIAL_CONSOLE = 1;

  private static final class MethodHandlers<Req, Resp> implements
      io.grpc.stub.ServerCalls.UnaryMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ServerStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ClientStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.BidiStreamingMethod<Req, Resp> {
    private final AsyncService serviceImpl;
    private final int methodId;

    MethodHandlers(AsyncService serviceImpl, int methodId) {
      this.serviceImpl = serviceImpl;
      this.methodId = methodId;
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public void invoke(Req request, io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        case METHODID_READ_CONSOLE_LOG:
          serviceImpl.readConsoleLog((dev.chronovisor.v1.ReadConsoleLogRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ReadConsoleLogResponse>) responseObserver);
          break;
        default:
          throw new AssertionError();
      }
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public io.grpc.stub.StreamObserver<Req> invoke(
        io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        case METHODID_OPEN_SERIAL_CONSOLE:
          return (io.grpc.stub.StreamObserver<Req>) serviceImpl.openSerialConsole(
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenSerialConsoleResponse>) responseObserver);
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getOpenSerialConsoleMethod(),
          io.grpc.stub.ServerCalls.asyncBidiStreamingCall(
            new MethodHandlers<
              dev.chronovisor.v1.OpenSerialConsoleRequest,
              dev.chronovisor.v1.OpenSerialConsoleResponse>(
                service, METHODID_OPEN_SERIAL_CONSOLE)))
        .addMethod(
          getReadConsoleLogMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              dev.chronovisor.v1.ReadConsoleLogRequest,
              dev.chronovisor.v1.ReadConsoleLogResponse>(
                service, METHODID_READ_CONSOLE_LOG)))
        .build();
  }

  private static abstract class ConsoleServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    ConsoleServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.chronovisor.v1.ConsoleServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("ConsoleService");
    }
  }

  private static final class ConsoleServiceFileDescriptorSupplier
      extends ConsoleServiceBaseDescriptorSupplier {
    ConsoleServiceFileDescriptorSupplier() {}
  }

  private static final class ConsoleServiceMethodDescriptorSupplier
      extends ConsoleServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    ConsoleServiceMethodDescriptorSupplier(java.lang.String methodName) {
      this.methodName = methodName;
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.MethodDescriptor getMethodDescriptor() {
      return getServiceDescriptor().findMethodByName(methodName);
    }
  }

  private static volatile io.grpc.ServiceDescriptor serviceDescriptor;

  public static io.grpc.ServiceDescriptor getServiceDescriptor() {
    io.grpc.ServiceDescriptor result = serviceDescriptor;
    if (result == null) {
      synchronized (ConsoleServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new ConsoleServiceFileDescriptorSupplier())
              .addMethod(getOpenSerialConsoleMethod())
              .addMethod(getReadConsoleLogMethod())
              .build();
        }
      }
    }
    return result;
  }
}
