package dev.chronovisor.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * The service that host agents connect to: no other client needs it.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class AgentServiceGrpc {

  private AgentServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "chronovisor.v1.AgentService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ConnectRequest,
      dev.chronovisor.v1.ConnectResponse> getOpenSessionMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "OpenSession",
      requestType = dev.chronovisor.v1.ConnectRequest.class,
      responseType = dev.chronovisor.v1.ConnectResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ConnectRequest,
      dev.chronovisor.v1.ConnectResponse> getOpenSessionMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ConnectRequest, dev.chronovisor.v1.ConnectResponse> getOpenSessionMethod;
    if ((getOpenSessionMethod = AgentServiceGrpc.getOpenSessionMethod) == null) {
      synchronized (AgentServiceGrpc.class) {
        if ((getOpenSessionMethod = AgentServiceGrpc.getOpenSessionMethod) == null) {
          AgentServiceGrpc.getOpenSessionMethod = getOpenSessionMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ConnectRequest, dev.chronovisor.v1.ConnectResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "OpenSession"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ConnectRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ConnectResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AgentServiceMethodDescriptorSupplier("OpenSession"))
              .build();
        }
      }
    }
    return getOpenSessionMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.TunnelData,
      dev.chronovisor.v1.TunnelData> getOpenTunnelMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "OpenTunnel",
      requestType = dev.chronovisor.v1.TunnelData.class,
      responseType = dev.chronovisor.v1.TunnelData.class,
      methodType = io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.TunnelData,
      dev.chronovisor.v1.TunnelData> getOpenTunnelMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.TunnelData, dev.chronovisor.v1.TunnelData> getOpenTunnelMethod;
    if ((getOpenTunnelMethod = AgentServiceGrpc.getOpenTunnelMethod) == null) {
      synchronized (AgentServiceGrpc.class) {
        if ((getOpenTunnelMethod = AgentServiceGrpc.getOpenTunnelMethod) == null) {
          AgentServiceGrpc.getOpenTunnelMethod = getOpenTunnelMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.TunnelData, dev.chronovisor.v1.TunnelData>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "OpenTunnel"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.TunnelData.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.TunnelData.getDefaultInstance()))
              .setSchemaDescriptor(new AgentServiceMethodDescriptorSupplier("OpenTunnel"))
              .build();
        }
      }
    }
    return getOpenTunnelMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.FetchImageRequest,
      dev.chronovisor.v1.FetchImageResponse> getFetchImageMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "FetchImage",
      requestType = dev.chronovisor.v1.FetchImageRequest.class,
      responseType = dev.chronovisor.v1.FetchImageResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.FetchImageRequest,
      dev.chronovisor.v1.FetchImageResponse> getFetchImageMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.FetchImageRequest, dev.chronovisor.v1.FetchImageResponse> getFetchImageMethod;
    if ((getFetchImageMethod = AgentServiceGrpc.getFetchImageMethod) == null) {
      synchronized (AgentServiceGrpc.class) {
        if ((getFetchImageMethod = AgentServiceGrpc.getFetchImageMethod) == null) {
          AgentServiceGrpc.getFetchImageMethod = getFetchImageMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.FetchImageRequest, dev.chronovisor.v1.FetchImageResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "FetchImage"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.FetchImageRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.FetchImageResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AgentServiceMethodDescriptorSupplier("FetchImage"))
              .build();
        }
      }
    }
    return getFetchImageMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.EnrollHostRequest,
      dev.chronovisor.v1.EnrollHostResponse> getEnrollHostMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "EnrollHost",
      requestType = dev.chronovisor.v1.EnrollHostRequest.class,
      responseType = dev.chronovisor.v1.EnrollHostResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.EnrollHostRequest,
      dev.chronovisor.v1.EnrollHostResponse> getEnrollHostMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.EnrollHostRequest, dev.chronovisor.v1.EnrollHostResponse> getEnrollHostMethod;
    if ((getEnrollHostMethod = AgentServiceGrpc.getEnrollHostMethod) == null) {
      synchronized (AgentServiceGrpc.class) {
        if ((getEnrollHostMethod = AgentServiceGrpc.getEnrollHostMethod) == null) {
          AgentServiceGrpc.getEnrollHostMethod = getEnrollHostMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.EnrollHostRequest, dev.chronovisor.v1.EnrollHostResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "EnrollHost"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.EnrollHostRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.EnrollHostResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AgentServiceMethodDescriptorSupplier("EnrollHost"))
              .build();
        }
      }
    }
    return getEnrollHostMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.RenewHostCertificateRequest,
      dev.chronovisor.v1.RenewHostCertificateResponse> getRenewHostCertificateMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RenewHostCertificate",
      requestType = dev.chronovisor.v1.RenewHostCertificateRequest.class,
      responseType = dev.chronovisor.v1.RenewHostCertificateResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.RenewHostCertificateRequest,
      dev.chronovisor.v1.RenewHostCertificateResponse> getRenewHostCertificateMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.RenewHostCertificateRequest, dev.chronovisor.v1.RenewHostCertificateResponse> getRenewHostCertificateMethod;
    if ((getRenewHostCertificateMethod = AgentServiceGrpc.getRenewHostCertificateMethod) == null) {
      synchronized (AgentServiceGrpc.class) {
        if ((getRenewHostCertificateMethod = AgentServiceGrpc.getRenewHostCertificateMethod) == null) {
          AgentServiceGrpc.getRenewHostCertificateMethod = getRenewHostCertificateMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.RenewHostCertificateRequest, dev.chronovisor.v1.RenewHostCertificateResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RenewHostCertificate"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.RenewHostCertificateRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.RenewHostCertificateResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AgentServiceMethodDescriptorSupplier("RenewHostCertificate"))
              .build();
        }
      }
    }
    return getRenewHostCertificateMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static AgentServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AgentServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AgentServiceStub>() {
        @java.lang.Override
        public AgentServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AgentServiceStub(channel, callOptions);
        }
      };
    return AgentServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static AgentServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AgentServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AgentServiceBlockingV2Stub>() {
        @java.lang.Override
        public AgentServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AgentServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return AgentServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static AgentServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AgentServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AgentServiceBlockingStub>() {
        @java.lang.Override
        public AgentServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AgentServiceBlockingStub(channel, callOptions);
        }
      };
    return AgentServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static AgentServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AgentServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AgentServiceFutureStub>() {
        @java.lang.Override
        public AgentServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AgentServiceFutureStub(channel, callOptions);
        }
      };
    return AgentServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * The service that host agents connect to: no other client needs it.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * One stream for as long as the agent lives. The agent begins with `hello`; the server answers `welcome`, then `desired_state`
     * with every guest of the host, then a `desired_guest` for each change. The agent makes its host so, and reports what it sees.
     * Both sides repeat themselves freely: every message can be applied twice.
     * A host has one machine: it is bound to the first identity that is reported (`machine_ids`); the agent of another is
     * HOST_MACHINE_MISMATCH: see ReplaceHostMachine. And a host has one agent: while a stream is open, another agent is refused
     * until that has ended, or keepalive has found it dead (HOST_ALREADY_CONNECTED); the same agent (`agent_instance`) takes over
     * from its own older stream, which ends with AGENT_SUPERSEDED. Whatever else an older stream sends is ignored. An agent that
     * contradicts itself about its guests hundreds of times is AGENT_QUARANTINED. HISTORY_FORKED: the ledger was restored; connect
     * again, and report everything.
     * It was released as `Connect`, and is still served by that name, with the same messages, for older agents. It is not listed
     * here: generated Rust clients have a constructor of that name. An agent that has to work with older servers, too, calls
     * `Connect` where `OpenSession` is UNIMPLEMENTED.
     * Whoever calls must be the agent of that host by its certificate, or of this machine by the local socket: NOT_YOURS. A
     * certificate that ends or is revoked ends the stream (CERTIFICATE_EXPIRED, CERTIFICATE_REVOKED): renew it, and open another
     * before, which takes over.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NOT_YOURS, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED,
     * HOST_MACHINE_MISMATCH, HOST_ALREADY_CONNECTED, AGENT_SUPERSEDED,
     * AGENT_QUARANTINED, HOST_DECOMMISSIONED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default io.grpc.stub.StreamObserver<dev.chronovisor.v1.ConnectRequest> openSession(
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ConnectResponse> responseObserver) {
      return io.grpc.stub.ServerCalls.asyncUnimplementedStreamingCall(getOpenSessionMethod(), responseObserver);
    }

    /**
     * <pre>
     * Carries what a `tunnel_request` requests, such as a guest's console, between the control plane and the agent that it was sent to. The
     * agent begins with `tunnel_id`. It ends when either side ends it. An agent that cannot do it sends `end` after that.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NOT_YOURS, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, TUNNEL_NOT_FOUND.
     * </pre>
     */
    default io.grpc.stub.StreamObserver<dev.chronovisor.v1.TunnelData> openTunnel(
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.TunnelData> responseObserver) {
      return io.grpc.stub.ServerCalls.asyncUnimplementedStreamingCall(getOpenTunnelMethod(), responseObserver);
    }

    /**
     * <pre>
     * The bytes of an image, from `offset` on: of one that a guest of the host is made from, and of no other (NOT_YOURS). The stream ends with the
     * image. An agent goes on after the last byte that it has, and uses nothing before the SHA-256 of all of them is the right one.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NOT_YOURS, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, HOST_NOT_FOUND,
     * IMAGE_UNAVAILABLE.
     * </pre>
     */
    default void fetchImage(dev.chronovisor.v1.FetchImageRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.FetchImageResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getFetchImageMethod(), responseObserver);
    }

    /**
     * <pre>
     * Gives a host its first certificate, for a token of CreateHostToken, which is used then. It needs no other credential, and is served
     * where people connect, as the listener for agents demands a certificate. Certificates that the host had before are revoked.
     * Errors: INVALID_FIELD, HOST_TOKEN_INVALID, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void enrollHost(dev.chronovisor.v1.EnrollHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.EnrollHostResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getEnrollHostMethod(), responseObserver);
    }

    /**
     * <pre>
     * Gives a host its next certificate, by the present one, which holds until its end; those before it are revoked.
     * Errors: INVALID_FIELD, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void renewHostCertificate(dev.chronovisor.v1.RenewHostCertificateRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.RenewHostCertificateResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRenewHostCertificateMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service AgentService.
   * <pre>
   * The service that host agents connect to: no other client needs it.
   * </pre>
   */
  public static abstract class AgentServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return AgentServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service AgentService.
   * <pre>
   * The service that host agents connect to: no other client needs it.
   * </pre>
   */
  public static final class AgentServiceStub
      extends io.grpc.stub.AbstractAsyncStub<AgentServiceStub> {
    private AgentServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AgentServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AgentServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * One stream for as long as the agent lives. The agent begins with `hello`; the server answers `welcome`, then `desired_state`
     * with every guest of the host, then a `desired_guest` for each change. The agent makes its host so, and reports what it sees.
     * Both sides repeat themselves freely: every message can be applied twice.
     * A host has one machine: it is bound to the first identity that is reported (`machine_ids`); the agent of another is
     * HOST_MACHINE_MISMATCH: see ReplaceHostMachine. And a host has one agent: while a stream is open, another agent is refused
     * until that has ended, or keepalive has found it dead (HOST_ALREADY_CONNECTED); the same agent (`agent_instance`) takes over
     * from its own older stream, which ends with AGENT_SUPERSEDED. Whatever else an older stream sends is ignored. An agent that
     * contradicts itself about its guests hundreds of times is AGENT_QUARANTINED. HISTORY_FORKED: the ledger was restored; connect
     * again, and report everything.
     * It was released as `Connect`, and is still served by that name, with the same messages, for older agents. It is not listed
     * here: generated Rust clients have a constructor of that name. An agent that has to work with older servers, too, calls
     * `Connect` where `OpenSession` is UNIMPLEMENTED.
     * Whoever calls must be the agent of that host by its certificate, or of this machine by the local socket: NOT_YOURS. A
     * certificate that ends or is revoked ends the stream (CERTIFICATE_EXPIRED, CERTIFICATE_REVOKED): renew it, and open another
     * before, which takes over.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NOT_YOURS, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED,
     * HOST_MACHINE_MISMATCH, HOST_ALREADY_CONNECTED, AGENT_SUPERSEDED,
     * AGENT_QUARANTINED, HOST_DECOMMISSIONED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public io.grpc.stub.StreamObserver<dev.chronovisor.v1.ConnectRequest> openSession(
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ConnectResponse> responseObserver) {
      return io.grpc.stub.ClientCalls.asyncBidiStreamingCall(
          getChannel().newCall(getOpenSessionMethod(), getCallOptions()), responseObserver);
    }

    /**
     * <pre>
     * Carries what a `tunnel_request` requests, such as a guest's console, between the control plane and the agent that it was sent to. The
     * agent begins with `tunnel_id`. It ends when either side ends it. An agent that cannot do it sends `end` after that.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NOT_YOURS, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, TUNNEL_NOT_FOUND.
     * </pre>
     */
    public io.grpc.stub.StreamObserver<dev.chronovisor.v1.TunnelData> openTunnel(
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.TunnelData> responseObserver) {
      return io.grpc.stub.ClientCalls.asyncBidiStreamingCall(
          getChannel().newCall(getOpenTunnelMethod(), getCallOptions()), responseObserver);
    }

    /**
     * <pre>
     * The bytes of an image, from `offset` on: of one that a guest of the host is made from, and of no other (NOT_YOURS). The stream ends with the
     * image. An agent goes on after the last byte that it has, and uses nothing before the SHA-256 of all of them is the right one.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NOT_YOURS, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, HOST_NOT_FOUND,
     * IMAGE_UNAVAILABLE.
     * </pre>
     */
    public void fetchImage(dev.chronovisor.v1.FetchImageRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.FetchImageResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getFetchImageMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Gives a host its first certificate, for a token of CreateHostToken, which is used then. It needs no other credential, and is served
     * where people connect, as the listener for agents demands a certificate. Certificates that the host had before are revoked.
     * Errors: INVALID_FIELD, HOST_TOKEN_INVALID, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void enrollHost(dev.chronovisor.v1.EnrollHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.EnrollHostResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getEnrollHostMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Gives a host its next certificate, by the present one, which holds until its end; those before it are revoked.
     * Errors: INVALID_FIELD, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void renewHostCertificate(dev.chronovisor.v1.RenewHostCertificateRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.RenewHostCertificateResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRenewHostCertificateMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service AgentService.
   * <pre>
   * The service that host agents connect to: no other client needs it.
   * </pre>
   */
  public static final class AgentServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<AgentServiceBlockingV2Stub> {
    private AgentServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AgentServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AgentServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * One stream for as long as the agent lives. The agent begins with `hello`; the server answers `welcome`, then `desired_state`
     * with every guest of the host, then a `desired_guest` for each change. The agent makes its host so, and reports what it sees.
     * Both sides repeat themselves freely: every message can be applied twice.
     * A host has one machine: it is bound to the first identity that is reported (`machine_ids`); the agent of another is
     * HOST_MACHINE_MISMATCH: see ReplaceHostMachine. And a host has one agent: while a stream is open, another agent is refused
     * until that has ended, or keepalive has found it dead (HOST_ALREADY_CONNECTED); the same agent (`agent_instance`) takes over
     * from its own older stream, which ends with AGENT_SUPERSEDED. Whatever else an older stream sends is ignored. An agent that
     * contradicts itself about its guests hundreds of times is AGENT_QUARANTINED. HISTORY_FORKED: the ledger was restored; connect
     * again, and report everything.
     * It was released as `Connect`, and is still served by that name, with the same messages, for older agents. It is not listed
     * here: generated Rust clients have a constructor of that name. An agent that has to work with older servers, too, calls
     * `Connect` where `OpenSession` is UNIMPLEMENTED.
     * Whoever calls must be the agent of that host by its certificate, or of this machine by the local socket: NOT_YOURS. A
     * certificate that ends or is revoked ends the stream (CERTIFICATE_EXPIRED, CERTIFICATE_REVOKED): renew it, and open another
     * before, which takes over.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NOT_YOURS, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED,
     * HOST_MACHINE_MISMATCH, HOST_ALREADY_CONNECTED, AGENT_SUPERSEDED,
     * AGENT_QUARANTINED, HOST_DECOMMISSIONED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<dev.chronovisor.v1.ConnectRequest, dev.chronovisor.v1.ConnectResponse>
        openSession() {
      return io.grpc.stub.ClientCalls.blockingBidiStreamingCall(
          getChannel(), getOpenSessionMethod(), getCallOptions());
    }

    /**
     * <pre>
     * Carries what a `tunnel_request` requests, such as a guest's console, between the control plane and the agent that it was sent to. The
     * agent begins with `tunnel_id`. It ends when either side ends it. An agent that cannot do it sends `end` after that.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NOT_YOURS, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, TUNNEL_NOT_FOUND.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<dev.chronovisor.v1.TunnelData, dev.chronovisor.v1.TunnelData>
        openTunnel() {
      return io.grpc.stub.ClientCalls.blockingBidiStreamingCall(
          getChannel(), getOpenTunnelMethod(), getCallOptions());
    }

    /**
     * <pre>
     * The bytes of an image, from `offset` on: of one that a guest of the host is made from, and of no other (NOT_YOURS). The stream ends with the
     * image. An agent goes on after the last byte that it has, and uses nothing before the SHA-256 of all of them is the right one.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NOT_YOURS, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, HOST_NOT_FOUND,
     * IMAGE_UNAVAILABLE.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, dev.chronovisor.v1.FetchImageResponse>
        fetchImage(dev.chronovisor.v1.FetchImageRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getFetchImageMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Gives a host its first certificate, for a token of CreateHostToken, which is used then. It needs no other credential, and is served
     * where people connect, as the listener for agents demands a certificate. Certificates that the host had before are revoked.
     * Errors: INVALID_FIELD, HOST_TOKEN_INVALID, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.EnrollHostResponse enrollHost(dev.chronovisor.v1.EnrollHostRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getEnrollHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Gives a host its next certificate, by the present one, which holds until its end; those before it are revoked.
     * Errors: INVALID_FIELD, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.RenewHostCertificateResponse renewHostCertificate(dev.chronovisor.v1.RenewHostCertificateRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRenewHostCertificateMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service AgentService.
   * <pre>
   * The service that host agents connect to: no other client needs it.
   * </pre>
   */
  public static final class AgentServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<AgentServiceBlockingStub> {
    private AgentServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AgentServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AgentServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * The bytes of an image, from `offset` on: of one that a guest of the host is made from, and of no other (NOT_YOURS). The stream ends with the
     * image. An agent goes on after the last byte that it has, and uses nothing before the SHA-256 of all of them is the right one.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NOT_YOURS, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, HOST_NOT_FOUND,
     * IMAGE_UNAVAILABLE.
     * </pre>
     */
    public java.util.Iterator<dev.chronovisor.v1.FetchImageResponse> fetchImage(
        dev.chronovisor.v1.FetchImageRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getFetchImageMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Gives a host its first certificate, for a token of CreateHostToken, which is used then. It needs no other credential, and is served
     * where people connect, as the listener for agents demands a certificate. Certificates that the host had before are revoked.
     * Errors: INVALID_FIELD, HOST_TOKEN_INVALID, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.EnrollHostResponse enrollHost(dev.chronovisor.v1.EnrollHostRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getEnrollHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Gives a host its next certificate, by the present one, which holds until its end; those before it are revoked.
     * Errors: INVALID_FIELD, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.RenewHostCertificateResponse renewHostCertificate(dev.chronovisor.v1.RenewHostCertificateRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRenewHostCertificateMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service AgentService.
   * <pre>
   * The service that host agents connect to: no other client needs it.
   * </pre>
   */
  public static final class AgentServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<AgentServiceFutureStub> {
    private AgentServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AgentServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AgentServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Gives a host its first certificate, for a token of CreateHostToken, which is used then. It needs no other credential, and is served
     * where people connect, as the listener for agents demands a certificate. Certificates that the host had before are revoked.
     * Errors: INVALID_FIELD, HOST_TOKEN_INVALID, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.EnrollHostResponse> enrollHost(
        dev.chronovisor.v1.EnrollHostRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getEnrollHostMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Gives a host its next certificate, by the present one, which holds until its end; those before it are revoked.
     * Errors: INVALID_FIELD, CERTIFICATE_REQUIRED, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.RenewHostCertificateResponse> renewHostCertificate(
        dev.chronovisor.v1.RenewHostCertificateRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRenewHostCertificateMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_FETCH_IMAGE = 0;
  private static final int METHODID_ENROLL_HOST = 1;
  private static final int METHODID_RENEW_HOST_CERTIFICATE = 2;
  private static final int METHODID_OPEN_SESSION = 3;
  private static final int METHODID_OPEN_TUNNEL = 4;

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
        case METHODID_FETCH_IMAGE:
          serviceImpl.fetchImage((dev.chronovisor.v1.FetchImageRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.FetchImageResponse>) responseObserver);
          break;
        case METHODID_ENROLL_HOST:
          serviceImpl.enrollHost((dev.chronovisor.v1.EnrollHostRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.EnrollHostResponse>) responseObserver);
          break;
        case METHODID_RENEW_HOST_CERTIFICATE:
          serviceImpl.renewHostCertificate((dev.chronovisor.v1.RenewHostCertificateRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.RenewHostCertificateResponse>) responseObserver);
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
        case METHODID_OPEN_SESSION:
          return (io.grpc.stub.StreamObserver<Req>) serviceImpl.openSession(
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ConnectResponse>) responseObserver);
        case METHODID_OPEN_TUNNEL:
          return (io.grpc.stub.StreamObserver<Req>) serviceImpl.openTunnel(
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.TunnelData>) responseObserver);
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getOpenSessionMethod(),
          io.grpc.stub.ServerCalls.asyncBidiStreamingCall(
            new MethodHandlers<
              dev.chronovisor.v1.ConnectRequest,
              dev.chronovisor.v1.ConnectResponse>(
                service, METHODID_OPEN_SESSION)))
        .addMethod(
          getOpenTunnelMethod(),
          io.grpc.stub.ServerCalls.asyncBidiStreamingCall(
            new MethodHandlers<
              dev.chronovisor.v1.TunnelData,
              dev.chronovisor.v1.TunnelData>(
                service, METHODID_OPEN_TUNNEL)))
        .addMethod(
          getFetchImageMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              dev.chronovisor.v1.FetchImageRequest,
              dev.chronovisor.v1.FetchImageResponse>(
                service, METHODID_FETCH_IMAGE)))
        .addMethod(
          getEnrollHostMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.EnrollHostRequest,
              dev.chronovisor.v1.EnrollHostResponse>(
                service, METHODID_ENROLL_HOST)))
        .addMethod(
          getRenewHostCertificateMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.RenewHostCertificateRequest,
              dev.chronovisor.v1.RenewHostCertificateResponse>(
                service, METHODID_RENEW_HOST_CERTIFICATE)))
        .build();
  }

  private static abstract class AgentServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    AgentServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.chronovisor.v1.AgentServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("AgentService");
    }
  }

  private static final class AgentServiceFileDescriptorSupplier
      extends AgentServiceBaseDescriptorSupplier {
    AgentServiceFileDescriptorSupplier() {}
  }

  private static final class AgentServiceMethodDescriptorSupplier
      extends AgentServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    AgentServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (AgentServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new AgentServiceFileDescriptorSupplier())
              .addMethod(getOpenSessionMethod())
              .addMethod(getOpenTunnelMethod())
              .addMethod(getFetchImageMethod())
              .addMethod(getEnrollHostMethod())
              .addMethod(getRenewHostCertificateMethod())
              .build();
        }
      }
    }
    return result;
  }
}
