package dev.chronovisor.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Answers how much there is (R_total = sum of R_i), how much of it is allocated, and eta = allocated / R_total. Who calls,
 * histories, errors and pings are as VmService has them.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class UtilizationServiceGrpc {

  private UtilizationServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "chronovisor.v1.UtilizationService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetUtilizationRequest,
      dev.chronovisor.v1.Utilization> getGetUtilizationMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetUtilization",
      requestType = dev.chronovisor.v1.GetUtilizationRequest.class,
      responseType = dev.chronovisor.v1.Utilization.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetUtilizationRequest,
      dev.chronovisor.v1.Utilization> getGetUtilizationMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetUtilizationRequest, dev.chronovisor.v1.Utilization> getGetUtilizationMethod;
    if ((getGetUtilizationMethod = UtilizationServiceGrpc.getGetUtilizationMethod) == null) {
      synchronized (UtilizationServiceGrpc.class) {
        if ((getGetUtilizationMethod = UtilizationServiceGrpc.getGetUtilizationMethod) == null) {
          UtilizationServiceGrpc.getGetUtilizationMethod = getGetUtilizationMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetUtilizationRequest, dev.chronovisor.v1.Utilization>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetUtilization"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetUtilizationRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Utilization.getDefaultInstance()))
              .setSchemaDescriptor(new UtilizationServiceMethodDescriptorSupplier("GetUtilization"))
              .build();
        }
      }
    }
    return getGetUtilizationMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ListUtilizationRequest,
      dev.chronovisor.v1.ListUtilizationResponse> getListUtilizationMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListUtilization",
      requestType = dev.chronovisor.v1.ListUtilizationRequest.class,
      responseType = dev.chronovisor.v1.ListUtilizationResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ListUtilizationRequest,
      dev.chronovisor.v1.ListUtilizationResponse> getListUtilizationMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ListUtilizationRequest, dev.chronovisor.v1.ListUtilizationResponse> getListUtilizationMethod;
    if ((getListUtilizationMethod = UtilizationServiceGrpc.getListUtilizationMethod) == null) {
      synchronized (UtilizationServiceGrpc.class) {
        if ((getListUtilizationMethod = UtilizationServiceGrpc.getListUtilizationMethod) == null) {
          UtilizationServiceGrpc.getListUtilizationMethod = getListUtilizationMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ListUtilizationRequest, dev.chronovisor.v1.ListUtilizationResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListUtilization"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListUtilizationRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListUtilizationResponse.getDefaultInstance()))
              .setSchemaDescriptor(new UtilizationServiceMethodDescriptorSupplier("ListUtilization"))
              .build();
        }
      }
    }
    return getListUtilizationMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.WatchUtilizationRequest,
      dev.chronovisor.v1.WatchUtilizationResponse> getWatchUtilizationMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "WatchUtilization",
      requestType = dev.chronovisor.v1.WatchUtilizationRequest.class,
      responseType = dev.chronovisor.v1.WatchUtilizationResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.WatchUtilizationRequest,
      dev.chronovisor.v1.WatchUtilizationResponse> getWatchUtilizationMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.WatchUtilizationRequest, dev.chronovisor.v1.WatchUtilizationResponse> getWatchUtilizationMethod;
    if ((getWatchUtilizationMethod = UtilizationServiceGrpc.getWatchUtilizationMethod) == null) {
      synchronized (UtilizationServiceGrpc.class) {
        if ((getWatchUtilizationMethod = UtilizationServiceGrpc.getWatchUtilizationMethod) == null) {
          UtilizationServiceGrpc.getWatchUtilizationMethod = getWatchUtilizationMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.WatchUtilizationRequest, dev.chronovisor.v1.WatchUtilizationResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "WatchUtilization"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.WatchUtilizationRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.WatchUtilizationResponse.getDefaultInstance()))
              .setSchemaDescriptor(new UtilizationServiceMethodDescriptorSupplier("WatchUtilization"))
              .build();
        }
      }
    }
    return getWatchUtilizationMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetUsageRequest,
      dev.chronovisor.v1.GetUsageResponse> getGetUsageMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetUsage",
      requestType = dev.chronovisor.v1.GetUsageRequest.class,
      responseType = dev.chronovisor.v1.GetUsageResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetUsageRequest,
      dev.chronovisor.v1.GetUsageResponse> getGetUsageMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetUsageRequest, dev.chronovisor.v1.GetUsageResponse> getGetUsageMethod;
    if ((getGetUsageMethod = UtilizationServiceGrpc.getGetUsageMethod) == null) {
      synchronized (UtilizationServiceGrpc.class) {
        if ((getGetUsageMethod = UtilizationServiceGrpc.getGetUsageMethod) == null) {
          UtilizationServiceGrpc.getGetUsageMethod = getGetUsageMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetUsageRequest, dev.chronovisor.v1.GetUsageResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetUsage"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetUsageRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetUsageResponse.getDefaultInstance()))
              .setSchemaDescriptor(new UtilizationServiceMethodDescriptorSupplier("GetUsage"))
              .build();
        }
      }
    }
    return getGetUsageMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ListSamplesRequest,
      dev.chronovisor.v1.ListSamplesResponse> getListSamplesMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListSamples",
      requestType = dev.chronovisor.v1.ListSamplesRequest.class,
      responseType = dev.chronovisor.v1.ListSamplesResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ListSamplesRequest,
      dev.chronovisor.v1.ListSamplesResponse> getListSamplesMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ListSamplesRequest, dev.chronovisor.v1.ListSamplesResponse> getListSamplesMethod;
    if ((getListSamplesMethod = UtilizationServiceGrpc.getListSamplesMethod) == null) {
      synchronized (UtilizationServiceGrpc.class) {
        if ((getListSamplesMethod = UtilizationServiceGrpc.getListSamplesMethod) == null) {
          UtilizationServiceGrpc.getListSamplesMethod = getListSamplesMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ListSamplesRequest, dev.chronovisor.v1.ListSamplesResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListSamples"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListSamplesRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListSamplesResponse.getDefaultInstance()))
              .setSchemaDescriptor(new UtilizationServiceMethodDescriptorSupplier("ListSamples"))
              .build();
        }
      }
    }
    return getListSamplesMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.CheckSpareCapacityRequest,
      dev.chronovisor.v1.CheckSpareCapacityResponse> getCheckSpareCapacityMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CheckSpareCapacity",
      requestType = dev.chronovisor.v1.CheckSpareCapacityRequest.class,
      responseType = dev.chronovisor.v1.CheckSpareCapacityResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.CheckSpareCapacityRequest,
      dev.chronovisor.v1.CheckSpareCapacityResponse> getCheckSpareCapacityMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.CheckSpareCapacityRequest, dev.chronovisor.v1.CheckSpareCapacityResponse> getCheckSpareCapacityMethod;
    if ((getCheckSpareCapacityMethod = UtilizationServiceGrpc.getCheckSpareCapacityMethod) == null) {
      synchronized (UtilizationServiceGrpc.class) {
        if ((getCheckSpareCapacityMethod = UtilizationServiceGrpc.getCheckSpareCapacityMethod) == null) {
          UtilizationServiceGrpc.getCheckSpareCapacityMethod = getCheckSpareCapacityMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.CheckSpareCapacityRequest, dev.chronovisor.v1.CheckSpareCapacityResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CheckSpareCapacity"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CheckSpareCapacityRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CheckSpareCapacityResponse.getDefaultInstance()))
              .setSchemaDescriptor(new UtilizationServiceMethodDescriptorSupplier("CheckSpareCapacity"))
              .build();
        }
      }
    }
    return getCheckSpareCapacityMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetUtilizationCheckRequest,
      dev.chronovisor.v1.UtilizationCheck> getGetUtilizationCheckMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetUtilizationCheck",
      requestType = dev.chronovisor.v1.GetUtilizationCheckRequest.class,
      responseType = dev.chronovisor.v1.UtilizationCheck.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetUtilizationCheckRequest,
      dev.chronovisor.v1.UtilizationCheck> getGetUtilizationCheckMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetUtilizationCheckRequest, dev.chronovisor.v1.UtilizationCheck> getGetUtilizationCheckMethod;
    if ((getGetUtilizationCheckMethod = UtilizationServiceGrpc.getGetUtilizationCheckMethod) == null) {
      synchronized (UtilizationServiceGrpc.class) {
        if ((getGetUtilizationCheckMethod = UtilizationServiceGrpc.getGetUtilizationCheckMethod) == null) {
          UtilizationServiceGrpc.getGetUtilizationCheckMethod = getGetUtilizationCheckMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetUtilizationCheckRequest, dev.chronovisor.v1.UtilizationCheck>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetUtilizationCheck"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetUtilizationCheckRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.UtilizationCheck.getDefaultInstance()))
              .setSchemaDescriptor(new UtilizationServiceMethodDescriptorSupplier("GetUtilizationCheck"))
              .build();
        }
      }
    }
    return getGetUtilizationCheckMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static UtilizationServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<UtilizationServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<UtilizationServiceStub>() {
        @java.lang.Override
        public UtilizationServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new UtilizationServiceStub(channel, callOptions);
        }
      };
    return UtilizationServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static UtilizationServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<UtilizationServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<UtilizationServiceBlockingV2Stub>() {
        @java.lang.Override
        public UtilizationServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new UtilizationServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return UtilizationServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static UtilizationServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<UtilizationServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<UtilizationServiceBlockingStub>() {
        @java.lang.Override
        public UtilizationServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new UtilizationServiceBlockingStub(channel, callOptions);
        }
      };
    return UtilizationServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static UtilizationServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<UtilizationServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<UtilizationServiceFutureStub>() {
        @java.lang.Override
        public UtilizationServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new UtilizationServiceFutureStub(channel, callOptions);
        }
      };
    return UtilizationServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Answers how much there is (R_total = sum of R_i), how much of it is allocated, and eta = allocated / R_total. Who calls,
   * histories, errors and pings are as VmService has them.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * The totals of the fleet, a host, a zone or a project, now or as of a position or time.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, PROJECT_NOT_FOUND, ZONE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void getUtilization(dev.chronovisor.v1.GetUtilizationRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Utilization> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetUtilizationMethod(), responseObserver);
    }

    /**
     * <pre>
     * The totals of every host, zone or project, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    default void listUtilization(dev.chronovisor.v1.ListUtilizationRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListUtilizationResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListUtilizationMethod(), responseObserver);
    }

    /**
     * <pre>
     * Totals as they change. `start`, `from_position` or `from_time` say where to begin. Where changes come faster than they can be
     * sent, or than `minimum_interval`, the latest totals win; each message has the position of its totals. Never FellBehind. What
     * is used is in a snapshot of now alone: samples are no changes, and none is sent for them.
     * The stream does not end by itself. When it ends, open it again with `start` WATCH_START_AFTER_POSITION, after the greatest
     * position of a message or a checkpoint that was received: nothing is missed, and nothing comes twice. Do so on UNAVAILABLE,
     * and on what libraries make of a connection that was cut: CANCELLED, unless the caller cancelled (connect-node), UNKNOWN
     * (tonic), INTERNAL. At once the first time, then with growing delays, or after the delay of RetryInfo. Do not on
     * INVALID_ARGUMENT, NOT_FOUND, OUT_OF_RANGE, PERMISSION_DENIED, UNAUTHENTICATED, FAILED_PRECONDITION, UNIMPLEMENTED.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, PROJECT_NOT_FOUND, ZONE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void watchUtilization(dev.chronovisor.v1.WatchUtilizationRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.WatchUtilizationResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getWatchUtilizationMethod(), responseObserver);
    }

    /**
     * <pre>
     * Exact integrals over a window: vCPU-hours, GiB-hours, address-hours. The answer to the same request never changes.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND.
     * </pre>
     */
    default void getUsage(dev.chronovisor.v1.GetUsageRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.GetUsageResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetUsageMethod(), responseObserver);
    }

    /**
     * <pre>
     * What the agent measured of a VM or a host lately: up to 60 samples, fewer where there are very many VMs. Samples are not
     * events: the server that the agent is connected to has them in memory, and forgets them when it ends.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND.
     * </pre>
     */
    default void listSamples(dev.chronovisor.v1.ListSamplesRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListSamplesResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListSamplesMethod(), responseObserver);
    }

    /**
     * <pre>
     * Whether every VM of what fails could be placed again on the rest, now or as of a position or time: each failure is tried on a
     * copy of the fleet, and what would find no place is named. Takes long where the fleet is large: one runs at a time.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void checkSpareCapacity(dev.chronovisor.v1.CheckSpareCapacityRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.CheckSpareCapacityResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCheckSpareCapacityMethod(), responseObserver);
    }

    /**
     * <pre>
     * How the totals compared with a fold of the whole ledger when they were last checked, in the background.
     * Errors: none of its own.
     * </pre>
     */
    default void getUtilizationCheck(dev.chronovisor.v1.GetUtilizationCheckRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.UtilizationCheck> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetUtilizationCheckMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service UtilizationService.
   * <pre>
   * Answers how much there is (R_total = sum of R_i), how much of it is allocated, and eta = allocated / R_total. Who calls,
   * histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static abstract class UtilizationServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return UtilizationServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service UtilizationService.
   * <pre>
   * Answers how much there is (R_total = sum of R_i), how much of it is allocated, and eta = allocated / R_total. Who calls,
   * histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class UtilizationServiceStub
      extends io.grpc.stub.AbstractAsyncStub<UtilizationServiceStub> {
    private UtilizationServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected UtilizationServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new UtilizationServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * The totals of the fleet, a host, a zone or a project, now or as of a position or time.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, PROJECT_NOT_FOUND, ZONE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void getUtilization(dev.chronovisor.v1.GetUtilizationRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Utilization> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetUtilizationMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The totals of every host, zone or project, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    public void listUtilization(dev.chronovisor.v1.ListUtilizationRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListUtilizationResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListUtilizationMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Totals as they change. `start`, `from_position` or `from_time` say where to begin. Where changes come faster than they can be
     * sent, or than `minimum_interval`, the latest totals win; each message has the position of its totals. Never FellBehind. What
     * is used is in a snapshot of now alone: samples are no changes, and none is sent for them.
     * The stream does not end by itself. When it ends, open it again with `start` WATCH_START_AFTER_POSITION, after the greatest
     * position of a message or a checkpoint that was received: nothing is missed, and nothing comes twice. Do so on UNAVAILABLE,
     * and on what libraries make of a connection that was cut: CANCELLED, unless the caller cancelled (connect-node), UNKNOWN
     * (tonic), INTERNAL. At once the first time, then with growing delays, or after the delay of RetryInfo. Do not on
     * INVALID_ARGUMENT, NOT_FOUND, OUT_OF_RANGE, PERMISSION_DENIED, UNAUTHENTICATED, FAILED_PRECONDITION, UNIMPLEMENTED.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, PROJECT_NOT_FOUND, ZONE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void watchUtilization(dev.chronovisor.v1.WatchUtilizationRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.WatchUtilizationResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getWatchUtilizationMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Exact integrals over a window: vCPU-hours, GiB-hours, address-hours. The answer to the same request never changes.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND.
     * </pre>
     */
    public void getUsage(dev.chronovisor.v1.GetUsageRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.GetUsageResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetUsageMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * What the agent measured of a VM or a host lately: up to 60 samples, fewer where there are very many VMs. Samples are not
     * events: the server that the agent is connected to has them in memory, and forgets them when it ends.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND.
     * </pre>
     */
    public void listSamples(dev.chronovisor.v1.ListSamplesRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListSamplesResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListSamplesMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Whether every VM of what fails could be placed again on the rest, now or as of a position or time: each failure is tried on a
     * copy of the fleet, and what would find no place is named. Takes long where the fleet is large: one runs at a time.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void checkSpareCapacity(dev.chronovisor.v1.CheckSpareCapacityRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.CheckSpareCapacityResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCheckSpareCapacityMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * How the totals compared with a fold of the whole ledger when they were last checked, in the background.
     * Errors: none of its own.
     * </pre>
     */
    public void getUtilizationCheck(dev.chronovisor.v1.GetUtilizationCheckRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.UtilizationCheck> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetUtilizationCheckMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service UtilizationService.
   * <pre>
   * Answers how much there is (R_total = sum of R_i), how much of it is allocated, and eta = allocated / R_total. Who calls,
   * histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class UtilizationServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<UtilizationServiceBlockingV2Stub> {
    private UtilizationServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected UtilizationServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new UtilizationServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * The totals of the fleet, a host, a zone or a project, now or as of a position or time.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, PROJECT_NOT_FOUND, ZONE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.Utilization getUtilization(dev.chronovisor.v1.GetUtilizationRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetUtilizationMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The totals of every host, zone or project, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListUtilizationResponse listUtilization(dev.chronovisor.v1.ListUtilizationRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListUtilizationMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Totals as they change. `start`, `from_position` or `from_time` say where to begin. Where changes come faster than they can be
     * sent, or than `minimum_interval`, the latest totals win; each message has the position of its totals. Never FellBehind. What
     * is used is in a snapshot of now alone: samples are no changes, and none is sent for them.
     * The stream does not end by itself. When it ends, open it again with `start` WATCH_START_AFTER_POSITION, after the greatest
     * position of a message or a checkpoint that was received: nothing is missed, and nothing comes twice. Do so on UNAVAILABLE,
     * and on what libraries make of a connection that was cut: CANCELLED, unless the caller cancelled (connect-node), UNKNOWN
     * (tonic), INTERNAL. At once the first time, then with growing delays, or after the delay of RetryInfo. Do not on
     * INVALID_ARGUMENT, NOT_FOUND, OUT_OF_RANGE, PERMISSION_DENIED, UNAUTHENTICATED, FAILED_PRECONDITION, UNIMPLEMENTED.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, PROJECT_NOT_FOUND, ZONE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, dev.chronovisor.v1.WatchUtilizationResponse>
        watchUtilization(dev.chronovisor.v1.WatchUtilizationRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getWatchUtilizationMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Exact integrals over a window: vCPU-hours, GiB-hours, address-hours. The answer to the same request never changes.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND.
     * </pre>
     */
    public dev.chronovisor.v1.GetUsageResponse getUsage(dev.chronovisor.v1.GetUsageRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetUsageMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * What the agent measured of a VM or a host lately: up to 60 samples, fewer where there are very many VMs. Samples are not
     * events: the server that the agent is connected to has them in memory, and forgets them when it ends.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND.
     * </pre>
     */
    public dev.chronovisor.v1.ListSamplesResponse listSamples(dev.chronovisor.v1.ListSamplesRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListSamplesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Whether every VM of what fails could be placed again on the rest, now or as of a position or time: each failure is tried on a
     * copy of the fleet, and what would find no place is named. Takes long where the fleet is large: one runs at a time.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.CheckSpareCapacityResponse checkSpareCapacity(dev.chronovisor.v1.CheckSpareCapacityRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCheckSpareCapacityMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * How the totals compared with a fold of the whole ledger when they were last checked, in the background.
     * Errors: none of its own.
     * </pre>
     */
    public dev.chronovisor.v1.UtilizationCheck getUtilizationCheck(dev.chronovisor.v1.GetUtilizationCheckRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetUtilizationCheckMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service UtilizationService.
   * <pre>
   * Answers how much there is (R_total = sum of R_i), how much of it is allocated, and eta = allocated / R_total. Who calls,
   * histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class UtilizationServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<UtilizationServiceBlockingStub> {
    private UtilizationServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected UtilizationServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new UtilizationServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * The totals of the fleet, a host, a zone or a project, now or as of a position or time.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, PROJECT_NOT_FOUND, ZONE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.Utilization getUtilization(dev.chronovisor.v1.GetUtilizationRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetUtilizationMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The totals of every host, zone or project, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListUtilizationResponse listUtilization(dev.chronovisor.v1.ListUtilizationRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListUtilizationMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Totals as they change. `start`, `from_position` or `from_time` say where to begin. Where changes come faster than they can be
     * sent, or than `minimum_interval`, the latest totals win; each message has the position of its totals. Never FellBehind. What
     * is used is in a snapshot of now alone: samples are no changes, and none is sent for them.
     * The stream does not end by itself. When it ends, open it again with `start` WATCH_START_AFTER_POSITION, after the greatest
     * position of a message or a checkpoint that was received: nothing is missed, and nothing comes twice. Do so on UNAVAILABLE,
     * and on what libraries make of a connection that was cut: CANCELLED, unless the caller cancelled (connect-node), UNKNOWN
     * (tonic), INTERNAL. At once the first time, then with growing delays, or after the delay of RetryInfo. Do not on
     * INVALID_ARGUMENT, NOT_FOUND, OUT_OF_RANGE, PERMISSION_DENIED, UNAUTHENTICATED, FAILED_PRECONDITION, UNIMPLEMENTED.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, PROJECT_NOT_FOUND, ZONE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public java.util.Iterator<dev.chronovisor.v1.WatchUtilizationResponse> watchUtilization(
        dev.chronovisor.v1.WatchUtilizationRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getWatchUtilizationMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Exact integrals over a window: vCPU-hours, GiB-hours, address-hours. The answer to the same request never changes.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND.
     * </pre>
     */
    public dev.chronovisor.v1.GetUsageResponse getUsage(dev.chronovisor.v1.GetUsageRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetUsageMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * What the agent measured of a VM or a host lately: up to 60 samples, fewer where there are very many VMs. Samples are not
     * events: the server that the agent is connected to has them in memory, and forgets them when it ends.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND.
     * </pre>
     */
    public dev.chronovisor.v1.ListSamplesResponse listSamples(dev.chronovisor.v1.ListSamplesRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListSamplesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Whether every VM of what fails could be placed again on the rest, now or as of a position or time: each failure is tried on a
     * copy of the fleet, and what would find no place is named. Takes long where the fleet is large: one runs at a time.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.CheckSpareCapacityResponse checkSpareCapacity(dev.chronovisor.v1.CheckSpareCapacityRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCheckSpareCapacityMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * How the totals compared with a fold of the whole ledger when they were last checked, in the background.
     * Errors: none of its own.
     * </pre>
     */
    public dev.chronovisor.v1.UtilizationCheck getUtilizationCheck(dev.chronovisor.v1.GetUtilizationCheckRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetUtilizationCheckMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service UtilizationService.
   * <pre>
   * Answers how much there is (R_total = sum of R_i), how much of it is allocated, and eta = allocated / R_total. Who calls,
   * histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class UtilizationServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<UtilizationServiceFutureStub> {
    private UtilizationServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected UtilizationServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new UtilizationServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * The totals of the fleet, a host, a zone or a project, now or as of a position or time.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, PROJECT_NOT_FOUND, ZONE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Utilization> getUtilization(
        dev.chronovisor.v1.GetUtilizationRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetUtilizationMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The totals of every host, zone or project, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ListUtilizationResponse> listUtilization(
        dev.chronovisor.v1.ListUtilizationRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListUtilizationMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Exact integrals over a window: vCPU-hours, GiB-hours, address-hours. The answer to the same request never changes.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.GetUsageResponse> getUsage(
        dev.chronovisor.v1.GetUsageRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetUsageMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * What the agent measured of a VM or a host lately: up to 60 samples, fewer where there are very many VMs. Samples are not
     * events: the server that the agent is connected to has them in memory, and forgets them when it ends.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ListSamplesResponse> listSamples(
        dev.chronovisor.v1.ListSamplesRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListSamplesMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Whether every VM of what fails could be placed again on the rest, now or as of a position or time: each failure is tried on a
     * copy of the fleet, and what would find no place is named. Takes long where the fleet is large: one runs at a time.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.CheckSpareCapacityResponse> checkSpareCapacity(
        dev.chronovisor.v1.CheckSpareCapacityRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCheckSpareCapacityMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * How the totals compared with a fold of the whole ledger when they were last checked, in the background.
     * Errors: none of its own.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.UtilizationCheck> getUtilizationCheck(
        dev.chronovisor.v1.GetUtilizationCheckRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetUtilizationCheckMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_GET_UTILIZATION = 0;
  private static final int METHODID_LIST_UTILIZATION = 1;
  private static final int METHODID_WATCH_UTILIZATION = 2;
  private static final int METHODID_GET_USAGE = 3;
  private static final int METHODID_LIST_SAMPLES = 4;
  private static final int METHODID_CHECK_SPARE_CAPACITY = 5;
  private static final int METHODID_GET_UTILIZATION_CHECK = 6;

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
        case METHODID_GET_UTILIZATION:
          serviceImpl.getUtilization((dev.chronovisor.v1.GetUtilizationRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Utilization>) responseObserver);
          break;
        case METHODID_LIST_UTILIZATION:
          serviceImpl.listUtilization((dev.chronovisor.v1.ListUtilizationRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListUtilizationResponse>) responseObserver);
          break;
        case METHODID_WATCH_UTILIZATION:
          serviceImpl.watchUtilization((dev.chronovisor.v1.WatchUtilizationRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.WatchUtilizationResponse>) responseObserver);
          break;
        case METHODID_GET_USAGE:
          serviceImpl.getUsage((dev.chronovisor.v1.GetUsageRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.GetUsageResponse>) responseObserver);
          break;
        case METHODID_LIST_SAMPLES:
          serviceImpl.listSamples((dev.chronovisor.v1.ListSamplesRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListSamplesResponse>) responseObserver);
          break;
        case METHODID_CHECK_SPARE_CAPACITY:
          serviceImpl.checkSpareCapacity((dev.chronovisor.v1.CheckSpareCapacityRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.CheckSpareCapacityResponse>) responseObserver);
          break;
        case METHODID_GET_UTILIZATION_CHECK:
          serviceImpl.getUtilizationCheck((dev.chronovisor.v1.GetUtilizationCheckRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.UtilizationCheck>) responseObserver);
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
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getGetUtilizationMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetUtilizationRequest,
              dev.chronovisor.v1.Utilization>(
                service, METHODID_GET_UTILIZATION)))
        .addMethod(
          getListUtilizationMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ListUtilizationRequest,
              dev.chronovisor.v1.ListUtilizationResponse>(
                service, METHODID_LIST_UTILIZATION)))
        .addMethod(
          getWatchUtilizationMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              dev.chronovisor.v1.WatchUtilizationRequest,
              dev.chronovisor.v1.WatchUtilizationResponse>(
                service, METHODID_WATCH_UTILIZATION)))
        .addMethod(
          getGetUsageMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetUsageRequest,
              dev.chronovisor.v1.GetUsageResponse>(
                service, METHODID_GET_USAGE)))
        .addMethod(
          getListSamplesMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ListSamplesRequest,
              dev.chronovisor.v1.ListSamplesResponse>(
                service, METHODID_LIST_SAMPLES)))
        .addMethod(
          getCheckSpareCapacityMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.CheckSpareCapacityRequest,
              dev.chronovisor.v1.CheckSpareCapacityResponse>(
                service, METHODID_CHECK_SPARE_CAPACITY)))
        .addMethod(
          getGetUtilizationCheckMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetUtilizationCheckRequest,
              dev.chronovisor.v1.UtilizationCheck>(
                service, METHODID_GET_UTILIZATION_CHECK)))
        .build();
  }

  private static abstract class UtilizationServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    UtilizationServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.chronovisor.v1.UtilizationServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("UtilizationService");
    }
  }

  private static final class UtilizationServiceFileDescriptorSupplier
      extends UtilizationServiceBaseDescriptorSupplier {
    UtilizationServiceFileDescriptorSupplier() {}
  }

  private static final class UtilizationServiceMethodDescriptorSupplier
      extends UtilizationServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    UtilizationServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (UtilizationServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new UtilizationServiceFileDescriptorSupplier())
              .addMethod(getGetUtilizationMethod())
              .addMethod(getListUtilizationMethod())
              .addMethod(getWatchUtilizationMethod())
              .addMethod(getGetUsageMethod())
              .addMethod(getListSamplesMethod())
              .addMethod(getCheckSpareCapacityMethod())
              .addMethod(getGetUtilizationCheckMethod())
              .build();
        }
      }
    }
    return result;
  }
}
