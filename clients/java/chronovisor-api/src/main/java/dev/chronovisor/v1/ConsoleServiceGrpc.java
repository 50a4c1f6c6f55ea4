package dev.chronovisor.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Consoles, through the agents of the hosts that the VMs are on. The ledger has who opened which console of which VM, when, from where
 * and for how long, and how much went through it (ConsoleOpened, ConsoleClosed, ConsoleScreenshotTaken, ConsoleTicketCreated, ConsoleProgramRequested); what that was is nowhere. Who calls, histories, errors
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

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.OpenScreenRequest,
      dev.chronovisor.v1.OpenScreenResponse> getOpenScreenMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "OpenScreen",
      requestType = dev.chronovisor.v1.OpenScreenRequest.class,
      responseType = dev.chronovisor.v1.OpenScreenResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.OpenScreenRequest,
      dev.chronovisor.v1.OpenScreenResponse> getOpenScreenMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.OpenScreenRequest, dev.chronovisor.v1.OpenScreenResponse> getOpenScreenMethod;
    if ((getOpenScreenMethod = ConsoleServiceGrpc.getOpenScreenMethod) == null) {
      synchronized (ConsoleServiceGrpc.class) {
        if ((getOpenScreenMethod = ConsoleServiceGrpc.getOpenScreenMethod) == null) {
          ConsoleServiceGrpc.getOpenScreenMethod = getOpenScreenMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.OpenScreenRequest, dev.chronovisor.v1.OpenScreenResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "OpenScreen"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.OpenScreenRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.OpenScreenResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ConsoleServiceMethodDescriptorSupplier("OpenScreen"))
              .build();
        }
      }
    }
    return getOpenScreenMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetScreenshotRequest,
      dev.chronovisor.v1.GetScreenshotResponse> getGetScreenshotMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetScreenshot",
      requestType = dev.chronovisor.v1.GetScreenshotRequest.class,
      responseType = dev.chronovisor.v1.GetScreenshotResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetScreenshotRequest,
      dev.chronovisor.v1.GetScreenshotResponse> getGetScreenshotMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetScreenshotRequest, dev.chronovisor.v1.GetScreenshotResponse> getGetScreenshotMethod;
    if ((getGetScreenshotMethod = ConsoleServiceGrpc.getGetScreenshotMethod) == null) {
      synchronized (ConsoleServiceGrpc.class) {
        if ((getGetScreenshotMethod = ConsoleServiceGrpc.getGetScreenshotMethod) == null) {
          ConsoleServiceGrpc.getGetScreenshotMethod = getGetScreenshotMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetScreenshotRequest, dev.chronovisor.v1.GetScreenshotResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetScreenshot"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetScreenshotRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetScreenshotResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ConsoleServiceMethodDescriptorSupplier("GetScreenshot"))
              .build();
        }
      }
    }
    return getGetScreenshotMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.RunProgramRequest,
      dev.chronovisor.v1.RunProgramResponse> getRunProgramMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RunProgram",
      requestType = dev.chronovisor.v1.RunProgramRequest.class,
      responseType = dev.chronovisor.v1.RunProgramResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.RunProgramRequest,
      dev.chronovisor.v1.RunProgramResponse> getRunProgramMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.RunProgramRequest, dev.chronovisor.v1.RunProgramResponse> getRunProgramMethod;
    if ((getRunProgramMethod = ConsoleServiceGrpc.getRunProgramMethod) == null) {
      synchronized (ConsoleServiceGrpc.class) {
        if ((getRunProgramMethod = ConsoleServiceGrpc.getRunProgramMethod) == null) {
          ConsoleServiceGrpc.getRunProgramMethod = getRunProgramMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.RunProgramRequest, dev.chronovisor.v1.RunProgramResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RunProgram"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.RunProgramRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.RunProgramResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ConsoleServiceMethodDescriptorSupplier("RunProgram"))
              .build();
        }
      }
    }
    return getRunProgramMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.OpenPortRequest,
      dev.chronovisor.v1.OpenPortResponse> getOpenPortMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "OpenPort",
      requestType = dev.chronovisor.v1.OpenPortRequest.class,
      responseType = dev.chronovisor.v1.OpenPortResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.OpenPortRequest,
      dev.chronovisor.v1.OpenPortResponse> getOpenPortMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.OpenPortRequest, dev.chronovisor.v1.OpenPortResponse> getOpenPortMethod;
    if ((getOpenPortMethod = ConsoleServiceGrpc.getOpenPortMethod) == null) {
      synchronized (ConsoleServiceGrpc.class) {
        if ((getOpenPortMethod = ConsoleServiceGrpc.getOpenPortMethod) == null) {
          ConsoleServiceGrpc.getOpenPortMethod = getOpenPortMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.OpenPortRequest, dev.chronovisor.v1.OpenPortResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "OpenPort"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.OpenPortRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.OpenPortResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ConsoleServiceMethodDescriptorSupplier("OpenPort"))
              .build();
        }
      }
    }
    return getOpenPortMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateConsoleTicketRequest,
      dev.chronovisor.v1.ConsoleTicket> getCreateConsoleTicketMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CreateConsoleTicket",
      requestType = dev.chronovisor.v1.CreateConsoleTicketRequest.class,
      responseType = dev.chronovisor.v1.ConsoleTicket.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateConsoleTicketRequest,
      dev.chronovisor.v1.ConsoleTicket> getCreateConsoleTicketMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateConsoleTicketRequest, dev.chronovisor.v1.ConsoleTicket> getCreateConsoleTicketMethod;
    if ((getCreateConsoleTicketMethod = ConsoleServiceGrpc.getCreateConsoleTicketMethod) == null) {
      synchronized (ConsoleServiceGrpc.class) {
        if ((getCreateConsoleTicketMethod = ConsoleServiceGrpc.getCreateConsoleTicketMethod) == null) {
          ConsoleServiceGrpc.getCreateConsoleTicketMethod = getCreateConsoleTicketMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.CreateConsoleTicketRequest, dev.chronovisor.v1.ConsoleTicket>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CreateConsoleTicket"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CreateConsoleTicketRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ConsoleTicket.getDefaultInstance()))
              .setSchemaDescriptor(new ConsoleServiceMethodDescriptorSupplier("CreateConsoleTicket"))
              .build();
        }
      }
    }
    return getCreateConsoleTicketMethod;
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
   * and for how long, and how much went through it (ConsoleOpened, ConsoleClosed, ConsoleScreenshotTaken, ConsoleTicketCreated, ConsoleProgramRequested); what that was is nowhere. Who calls, histories, errors
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

    /**
     * <pre>
     * The screen of a VM that runs, as bytes of the RFB protocol (RFC 6143) that VNC viewers speak. The client begins with `open`, and sends what its
     * viewer sends; the server answers `opened`, and sends what the VM's screen sends. At most 8 have one open, each its own. One of them
     * writes, as in OpenSerialConsole: of the others, keys, the pointer, the clipboard and sizes are left out.
     * Nothing is left out of what comes: whoever does not read is sent less often. Whoever sends faster than it is taken waits: some KiB
     * are on their way at a time.
     * The stream ends after `ended`, which says why; or when the client goes.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenScreenRequest> openScreen(
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenScreenResponse> responseObserver) {
      return io.grpc.stub.ServerCalls.asyncUnimplementedStreamingCall(getOpenScreenMethod(), responseObserver);
    }

    /**
     * <pre>
     * What the screen of a VM that runs shows now. The ledger has who looked (ConsoleScreenshotTaken), before it is shown.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void getScreenshot(dev.chronovisor.v1.GetScreenshotRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.GetScreenshotResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetScreenshotMethod(), responseObserver);
    }

    /**
     * <pre>
     * Runs a program in a VM that runs, by QEMU's guest agent: as whoever that runs as, which is root as a rule. The answer is what the guest says
     * of it. The ledger has who ran which program (ConsoleProgramRequested), before it is run; never its arguments, nor what it read and wrote.
     * It is begun once at most for each `request_id`: a call that was not answered may have begun it, and is refused with REQUEST_ID_REUSED when it
     * is repeated. Whoever gives it up does not end the program. CONSOLE_UNAVAILABLE where no guest agent answers in the guest, or refuses.
     * Errors: INVALID_ACTOR, INVALID_FIELD, REQUEST_ID_REUSED, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void runProgram(dev.chronovisor.v1.RunProgramRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.RunProgramResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRunProgramMethod(), responseObserver);
    }

    /**
     * <pre>
     * A connection to a TCP port of a VM that runs, from its host, so that it is reached wherever the control plane is: for SSH, say. The client
     * begins with `open`, and sends `data`; the server answers `opened` once the VM has taken the connection, and sends what the VM sends.
     * A client that has sent all closes its half of the stream, and is sent the rest. At most 64 of a VM are open.
     * It takes a card on a network of NETWORK_KIND_NAT or NETWORK_KIND_ISOLATED, and comes from the network's gateway: its permission allows
     * it, whatever security groups do. Of a card on a NETWORK_KIND_USER one, ports that the card publishes are reached, and of a
     * NETWORK_KIND_BRIDGED one none. Otherwise it is CONSOLE_UNSUPPORTED, which says so; CONSOLE_UNAVAILABLE where the VM does not take
     * the connection within 10 s.
     * Nothing is left out: whoever does not read is sent less often. Whoever sends faster than it is taken waits: some KiB are on their way
     * at a time. The stream ends after `ended`, which says why; or when the client goes.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenPortRequest> openPort(
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenPortResponse> responseObserver) {
      return io.grpc.stub.ServerCalls.asyncUnimplementedStreamingCall(getOpenPortMethod(), responseObserver);
    }

    /**
     * <pre>
     * A ticket that opens one serial console or screen of a VM in the caller's name: where no credential can be sent, as by a WebSocket of a
     * page. It is sent as metadata, `chronovisor-console-ticket`, of OpenSerialConsole or OpenScreen, or as a WebSocket's subprotocol. It can
     * be used once, within 30 s, on the server that made it, and is in this answer alone; what it opens is what the request says, whatever
     * the opening does. It demands the permissions that opening demands, and they are checked again then. The ledger has who created it
     * (ConsoleTicketCreated). A caller can have 32 that are not used yet.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, CONSOLE_UNSUPPORTED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void createConsoleTicket(dev.chronovisor.v1.CreateConsoleTicketRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ConsoleTicket> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCreateConsoleTicketMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service ConsoleService.
   * <pre>
   * Consoles, through the agents of the hosts that the VMs are on. The ledger has who opened which console of which VM, when, from where
   * and for how long, and how much went through it (ConsoleOpened, ConsoleClosed, ConsoleScreenshotTaken, ConsoleTicketCreated, ConsoleProgramRequested); what that was is nowhere. Who calls, histories, errors
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
   * and for how long, and how much went through it (ConsoleOpened, ConsoleClosed, ConsoleScreenshotTaken, ConsoleTicketCreated, ConsoleProgramRequested); what that was is nowhere. Who calls, histories, errors
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

    /**
     * <pre>
     * The screen of a VM that runs, as bytes of the RFB protocol (RFC 6143) that VNC viewers speak. The client begins with `open`, and sends what its
     * viewer sends; the server answers `opened`, and sends what the VM's screen sends. At most 8 have one open, each its own. One of them
     * writes, as in OpenSerialConsole: of the others, keys, the pointer, the clipboard and sizes are left out.
     * Nothing is left out of what comes: whoever does not read is sent less often. Whoever sends faster than it is taken waits: some KiB
     * are on their way at a time.
     * The stream ends after `ended`, which says why; or when the client goes.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenScreenRequest> openScreen(
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenScreenResponse> responseObserver) {
      return io.grpc.stub.ClientCalls.asyncBidiStreamingCall(
          getChannel().newCall(getOpenScreenMethod(), getCallOptions()), responseObserver);
    }

    /**
     * <pre>
     * What the screen of a VM that runs shows now. The ledger has who looked (ConsoleScreenshotTaken), before it is shown.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void getScreenshot(dev.chronovisor.v1.GetScreenshotRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.GetScreenshotResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetScreenshotMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Runs a program in a VM that runs, by QEMU's guest agent: as whoever that runs as, which is root as a rule. The answer is what the guest says
     * of it. The ledger has who ran which program (ConsoleProgramRequested), before it is run; never its arguments, nor what it read and wrote.
     * It is begun once at most for each `request_id`: a call that was not answered may have begun it, and is refused with REQUEST_ID_REUSED when it
     * is repeated. Whoever gives it up does not end the program. CONSOLE_UNAVAILABLE where no guest agent answers in the guest, or refuses.
     * Errors: INVALID_ACTOR, INVALID_FIELD, REQUEST_ID_REUSED, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void runProgram(dev.chronovisor.v1.RunProgramRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.RunProgramResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRunProgramMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * A connection to a TCP port of a VM that runs, from its host, so that it is reached wherever the control plane is: for SSH, say. The client
     * begins with `open`, and sends `data`; the server answers `opened` once the VM has taken the connection, and sends what the VM sends.
     * A client that has sent all closes its half of the stream, and is sent the rest. At most 64 of a VM are open.
     * It takes a card on a network of NETWORK_KIND_NAT or NETWORK_KIND_ISOLATED, and comes from the network's gateway: its permission allows
     * it, whatever security groups do. Of a card on a NETWORK_KIND_USER one, ports that the card publishes are reached, and of a
     * NETWORK_KIND_BRIDGED one none. Otherwise it is CONSOLE_UNSUPPORTED, which says so; CONSOLE_UNAVAILABLE where the VM does not take
     * the connection within 10 s.
     * Nothing is left out: whoever does not read is sent less often. Whoever sends faster than it is taken waits: some KiB are on their way
     * at a time. The stream ends after `ended`, which says why; or when the client goes.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenPortRequest> openPort(
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenPortResponse> responseObserver) {
      return io.grpc.stub.ClientCalls.asyncBidiStreamingCall(
          getChannel().newCall(getOpenPortMethod(), getCallOptions()), responseObserver);
    }

    /**
     * <pre>
     * A ticket that opens one serial console or screen of a VM in the caller's name: where no credential can be sent, as by a WebSocket of a
     * page. It is sent as metadata, `chronovisor-console-ticket`, of OpenSerialConsole or OpenScreen, or as a WebSocket's subprotocol. It can
     * be used once, within 30 s, on the server that made it, and is in this answer alone; what it opens is what the request says, whatever
     * the opening does. It demands the permissions that opening demands, and they are checked again then. The ledger has who created it
     * (ConsoleTicketCreated). A caller can have 32 that are not used yet.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, CONSOLE_UNSUPPORTED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void createConsoleTicket(dev.chronovisor.v1.CreateConsoleTicketRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ConsoleTicket> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCreateConsoleTicketMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service ConsoleService.
   * <pre>
   * Consoles, through the agents of the hosts that the VMs are on. The ledger has who opened which console of which VM, when, from where
   * and for how long, and how much went through it (ConsoleOpened, ConsoleClosed, ConsoleScreenshotTaken, ConsoleTicketCreated, ConsoleProgramRequested); what that was is nowhere. Who calls, histories, errors
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

    /**
     * <pre>
     * The screen of a VM that runs, as bytes of the RFB protocol (RFC 6143) that VNC viewers speak. The client begins with `open`, and sends what its
     * viewer sends; the server answers `opened`, and sends what the VM's screen sends. At most 8 have one open, each its own. One of them
     * writes, as in OpenSerialConsole: of the others, keys, the pointer, the clipboard and sizes are left out.
     * Nothing is left out of what comes: whoever does not read is sent less often. Whoever sends faster than it is taken waits: some KiB
     * are on their way at a time.
     * The stream ends after `ended`, which says why; or when the client goes.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<dev.chronovisor.v1.OpenScreenRequest, dev.chronovisor.v1.OpenScreenResponse>
        openScreen() {
      return io.grpc.stub.ClientCalls.blockingBidiStreamingCall(
          getChannel(), getOpenScreenMethod(), getCallOptions());
    }

    /**
     * <pre>
     * What the screen of a VM that runs shows now. The ledger has who looked (ConsoleScreenshotTaken), before it is shown.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.GetScreenshotResponse getScreenshot(dev.chronovisor.v1.GetScreenshotRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetScreenshotMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Runs a program in a VM that runs, by QEMU's guest agent: as whoever that runs as, which is root as a rule. The answer is what the guest says
     * of it. The ledger has who ran which program (ConsoleProgramRequested), before it is run; never its arguments, nor what it read and wrote.
     * It is begun once at most for each `request_id`: a call that was not answered may have begun it, and is refused with REQUEST_ID_REUSED when it
     * is repeated. Whoever gives it up does not end the program. CONSOLE_UNAVAILABLE where no guest agent answers in the guest, or refuses.
     * Errors: INVALID_ACTOR, INVALID_FIELD, REQUEST_ID_REUSED, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.RunProgramResponse runProgram(dev.chronovisor.v1.RunProgramRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRunProgramMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * A connection to a TCP port of a VM that runs, from its host, so that it is reached wherever the control plane is: for SSH, say. The client
     * begins with `open`, and sends `data`; the server answers `opened` once the VM has taken the connection, and sends what the VM sends.
     * A client that has sent all closes its half of the stream, and is sent the rest. At most 64 of a VM are open.
     * It takes a card on a network of NETWORK_KIND_NAT or NETWORK_KIND_ISOLATED, and comes from the network's gateway: its permission allows
     * it, whatever security groups do. Of a card on a NETWORK_KIND_USER one, ports that the card publishes are reached, and of a
     * NETWORK_KIND_BRIDGED one none. Otherwise it is CONSOLE_UNSUPPORTED, which says so; CONSOLE_UNAVAILABLE where the VM does not take
     * the connection within 10 s.
     * Nothing is left out: whoever does not read is sent less often. Whoever sends faster than it is taken waits: some KiB are on their way
     * at a time. The stream ends after `ended`, which says why; or when the client goes.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<dev.chronovisor.v1.OpenPortRequest, dev.chronovisor.v1.OpenPortResponse>
        openPort() {
      return io.grpc.stub.ClientCalls.blockingBidiStreamingCall(
          getChannel(), getOpenPortMethod(), getCallOptions());
    }

    /**
     * <pre>
     * A ticket that opens one serial console or screen of a VM in the caller's name: where no credential can be sent, as by a WebSocket of a
     * page. It is sent as metadata, `chronovisor-console-ticket`, of OpenSerialConsole or OpenScreen, or as a WebSocket's subprotocol. It can
     * be used once, within 30 s, on the server that made it, and is in this answer alone; what it opens is what the request says, whatever
     * the opening does. It demands the permissions that opening demands, and they are checked again then. The ledger has who created it
     * (ConsoleTicketCreated). A caller can have 32 that are not used yet.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, CONSOLE_UNSUPPORTED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.ConsoleTicket createConsoleTicket(dev.chronovisor.v1.CreateConsoleTicketRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCreateConsoleTicketMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service ConsoleService.
   * <pre>
   * Consoles, through the agents of the hosts that the VMs are on. The ledger has who opened which console of which VM, when, from where
   * and for how long, and how much went through it (ConsoleOpened, ConsoleClosed, ConsoleScreenshotTaken, ConsoleTicketCreated, ConsoleProgramRequested); what that was is nowhere. Who calls, histories, errors
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

    /**
     * <pre>
     * What the screen of a VM that runs shows now. The ledger has who looked (ConsoleScreenshotTaken), before it is shown.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.GetScreenshotResponse getScreenshot(dev.chronovisor.v1.GetScreenshotRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetScreenshotMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Runs a program in a VM that runs, by QEMU's guest agent: as whoever that runs as, which is root as a rule. The answer is what the guest says
     * of it. The ledger has who ran which program (ConsoleProgramRequested), before it is run; never its arguments, nor what it read and wrote.
     * It is begun once at most for each `request_id`: a call that was not answered may have begun it, and is refused with REQUEST_ID_REUSED when it
     * is repeated. Whoever gives it up does not end the program. CONSOLE_UNAVAILABLE where no guest agent answers in the guest, or refuses.
     * Errors: INVALID_ACTOR, INVALID_FIELD, REQUEST_ID_REUSED, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.RunProgramResponse runProgram(dev.chronovisor.v1.RunProgramRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRunProgramMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * A ticket that opens one serial console or screen of a VM in the caller's name: where no credential can be sent, as by a WebSocket of a
     * page. It is sent as metadata, `chronovisor-console-ticket`, of OpenSerialConsole or OpenScreen, or as a WebSocket's subprotocol. It can
     * be used once, within 30 s, on the server that made it, and is in this answer alone; what it opens is what the request says, whatever
     * the opening does. It demands the permissions that opening demands, and they are checked again then. The ledger has who created it
     * (ConsoleTicketCreated). A caller can have 32 that are not used yet.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, CONSOLE_UNSUPPORTED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.ConsoleTicket createConsoleTicket(dev.chronovisor.v1.CreateConsoleTicketRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCreateConsoleTicketMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service ConsoleService.
   * <pre>
   * Consoles, through the agents of the hosts that the VMs are on. The ledger has who opened which console of which VM, when, from where
   * and for how long, and how much went through it (ConsoleOpened, ConsoleClosed, ConsoleScreenshotTaken, ConsoleTicketCreated, ConsoleProgramRequested); what that was is nowhere. Who calls, histories, errors
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

    /**
     * <pre>
     * What the screen of a VM that runs shows now. The ledger has who looked (ConsoleScreenshotTaken), before it is shown.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.GetScreenshotResponse> getScreenshot(
        dev.chronovisor.v1.GetScreenshotRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetScreenshotMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Runs a program in a VM that runs, by QEMU's guest agent: as whoever that runs as, which is root as a rule. The answer is what the guest says
     * of it. The ledger has who ran which program (ConsoleProgramRequested), before it is run; never its arguments, nor what it read and wrote.
     * It is begun once at most for each `request_id`: a call that was not answered may have begun it, and is refused with REQUEST_ID_REUSED when it
     * is repeated. Whoever gives it up does not end the program. CONSOLE_UNAVAILABLE where no guest agent answers in the guest, or refuses.
     * Errors: INVALID_ACTOR, INVALID_FIELD, REQUEST_ID_REUSED, VM_NOT_FOUND, WRONG_STATE, CONSOLE_UNSUPPORTED, CONSOLE_UNAVAILABLE, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.RunProgramResponse> runProgram(
        dev.chronovisor.v1.RunProgramRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRunProgramMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * A ticket that opens one serial console or screen of a VM in the caller's name: where no credential can be sent, as by a WebSocket of a
     * page. It is sent as metadata, `chronovisor-console-ticket`, of OpenSerialConsole or OpenScreen, or as a WebSocket's subprotocol. It can
     * be used once, within 30 s, on the server that made it, and is in this answer alone; what it opens is what the request says, whatever
     * the opening does. It demands the permissions that opening demands, and they are checked again then. The ledger has who created it
     * (ConsoleTicketCreated). A caller can have 32 that are not used yet.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, CONSOLE_UNSUPPORTED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ConsoleTicket> createConsoleTicket(
        dev.chronovisor.v1.CreateConsoleTicketRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCreateConsoleTicketMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_READ_CONSOLE_LOG = 0;
  private static final int METHODID_GET_SCREENSHOT = 1;
  private static final int METHODID_RUN_PROGRAM = 2;
  private static final int METHODID_CREATE_CONSOLE_TICKET = 3;
  private static final int METHODID_OPEN_SERIAL_CONSOLE = 4;
  private static final int METHODID_OPEN_SCREEN = 5;
  private static final int METHODID_OPEN_PORT = 6;

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
        case METHODID_GET_SCREENSHOT:
          serviceImpl.getScreenshot((dev.chronovisor.v1.GetScreenshotRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.GetScreenshotResponse>) responseObserver);
          break;
        case METHODID_RUN_PROGRAM:
          serviceImpl.runProgram((dev.chronovisor.v1.RunProgramRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.RunProgramResponse>) responseObserver);
          break;
        case METHODID_CREATE_CONSOLE_TICKET:
          serviceImpl.createConsoleTicket((dev.chronovisor.v1.CreateConsoleTicketRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ConsoleTicket>) responseObserver);
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
        case METHODID_OPEN_SCREEN:
          return (io.grpc.stub.StreamObserver<Req>) serviceImpl.openScreen(
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenScreenResponse>) responseObserver);
        case METHODID_OPEN_PORT:
          return (io.grpc.stub.StreamObserver<Req>) serviceImpl.openPort(
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.OpenPortResponse>) responseObserver);
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
        .addMethod(
          getOpenScreenMethod(),
          io.grpc.stub.ServerCalls.asyncBidiStreamingCall(
            new MethodHandlers<
              dev.chronovisor.v1.OpenScreenRequest,
              dev.chronovisor.v1.OpenScreenResponse>(
                service, METHODID_OPEN_SCREEN)))
        .addMethod(
          getGetScreenshotMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetScreenshotRequest,
              dev.chronovisor.v1.GetScreenshotResponse>(
                service, METHODID_GET_SCREENSHOT)))
        .addMethod(
          getRunProgramMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.RunProgramRequest,
              dev.chronovisor.v1.RunProgramResponse>(
                service, METHODID_RUN_PROGRAM)))
        .addMethod(
          getOpenPortMethod(),
          io.grpc.stub.ServerCalls.asyncBidiStreamingCall(
            new MethodHandlers<
              dev.chronovisor.v1.OpenPortRequest,
              dev.chronovisor.v1.OpenPortResponse>(
                service, METHODID_OPEN_PORT)))
        .addMethod(
          getCreateConsoleTicketMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.CreateConsoleTicketRequest,
              dev.chronovisor.v1.ConsoleTicket>(
                service, METHODID_CREATE_CONSOLE_TICKET)))
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
              .addMethod(getOpenScreenMethod())
              .addMethod(getGetScreenshotMethod())
              .addMethod(getRunProgramMethod())
              .addMethod(getOpenPortMethod())
              .addMethod(getCreateConsoleTicketMethod())
              .build();
        }
      }
    }
    return result;
  }
}
