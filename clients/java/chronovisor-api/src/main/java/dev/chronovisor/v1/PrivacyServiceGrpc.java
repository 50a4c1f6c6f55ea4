package dev.chronovisor.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * The names of people are in the ledger as pseudonyms, and resolve to names as long as the person's key is there.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class PrivacyServiceGrpc {

  private PrivacyServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "chronovisor.v1.PrivacyService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ForgetPersonRequest,
      dev.chronovisor.v1.ForgetPersonResponse> getForgetPersonMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ForgetPerson",
      requestType = dev.chronovisor.v1.ForgetPersonRequest.class,
      responseType = dev.chronovisor.v1.ForgetPersonResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ForgetPersonRequest,
      dev.chronovisor.v1.ForgetPersonResponse> getForgetPersonMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ForgetPersonRequest, dev.chronovisor.v1.ForgetPersonResponse> getForgetPersonMethod;
    if ((getForgetPersonMethod = PrivacyServiceGrpc.getForgetPersonMethod) == null) {
      synchronized (PrivacyServiceGrpc.class) {
        if ((getForgetPersonMethod = PrivacyServiceGrpc.getForgetPersonMethod) == null) {
          PrivacyServiceGrpc.getForgetPersonMethod = getForgetPersonMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ForgetPersonRequest, dev.chronovisor.v1.ForgetPersonResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ForgetPerson"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ForgetPersonRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ForgetPersonResponse.getDefaultInstance()))
              .setSchemaDescriptor(new PrivacyServiceMethodDescriptorSupplier("ForgetPerson"))
              .build();
        }
      }
    }
    return getForgetPersonMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static PrivacyServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<PrivacyServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<PrivacyServiceStub>() {
        @java.lang.Override
        public PrivacyServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new PrivacyServiceStub(channel, callOptions);
        }
      };
    return PrivacyServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static PrivacyServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<PrivacyServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<PrivacyServiceBlockingV2Stub>() {
        @java.lang.Override
        public PrivacyServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new PrivacyServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return PrivacyServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static PrivacyServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<PrivacyServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<PrivacyServiceBlockingStub>() {
        @java.lang.Override
        public PrivacyServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new PrivacyServiceBlockingStub(channel, callOptions);
        }
      };
    return PrivacyServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static PrivacyServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<PrivacyServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<PrivacyServiceFutureStub>() {
        @java.lang.Override
        public PrivacyServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new PrivacyServiceFutureStub(channel, callOptions);
        }
      };
    return PrivacyServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * The names of people are in the ledger as pseudonyms, and resolve to names as long as the person's key is there.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Forgets the name of a person: whatever that person did is still there, and nothing leads to who it was. This cannot be
     * undone. Should the person do something later, that is by another pseudonym. Events of before there were pseudonyms keep the name;
     * and names in free texts, such as reasons, and in access policies stay as they are.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PERSON_NOT_FOUND, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    default void forgetPerson(dev.chronovisor.v1.ForgetPersonRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ForgetPersonResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getForgetPersonMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service PrivacyService.
   * <pre>
   * The names of people are in the ledger as pseudonyms, and resolve to names as long as the person's key is there.
   * </pre>
   */
  public static abstract class PrivacyServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return PrivacyServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service PrivacyService.
   * <pre>
   * The names of people are in the ledger as pseudonyms, and resolve to names as long as the person's key is there.
   * </pre>
   */
  public static final class PrivacyServiceStub
      extends io.grpc.stub.AbstractAsyncStub<PrivacyServiceStub> {
    private PrivacyServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected PrivacyServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new PrivacyServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Forgets the name of a person: whatever that person did is still there, and nothing leads to who it was. This cannot be
     * undone. Should the person do something later, that is by another pseudonym. Events of before there were pseudonyms keep the name;
     * and names in free texts, such as reasons, and in access policies stay as they are.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PERSON_NOT_FOUND, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public void forgetPerson(dev.chronovisor.v1.ForgetPersonRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ForgetPersonResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getForgetPersonMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service PrivacyService.
   * <pre>
   * The names of people are in the ledger as pseudonyms, and resolve to names as long as the person's key is there.
   * </pre>
   */
  public static final class PrivacyServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<PrivacyServiceBlockingV2Stub> {
    private PrivacyServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected PrivacyServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new PrivacyServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Forgets the name of a person: whatever that person did is still there, and nothing leads to who it was. This cannot be
     * undone. Should the person do something later, that is by another pseudonym. Events of before there were pseudonyms keep the name;
     * and names in free texts, such as reasons, and in access policies stay as they are.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PERSON_NOT_FOUND, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public dev.chronovisor.v1.ForgetPersonResponse forgetPerson(dev.chronovisor.v1.ForgetPersonRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getForgetPersonMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service PrivacyService.
   * <pre>
   * The names of people are in the ledger as pseudonyms, and resolve to names as long as the person's key is there.
   * </pre>
   */
  public static final class PrivacyServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<PrivacyServiceBlockingStub> {
    private PrivacyServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected PrivacyServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new PrivacyServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Forgets the name of a person: whatever that person did is still there, and nothing leads to who it was. This cannot be
     * undone. Should the person do something later, that is by another pseudonym. Events of before there were pseudonyms keep the name;
     * and names in free texts, such as reasons, and in access policies stay as they are.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PERSON_NOT_FOUND, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public dev.chronovisor.v1.ForgetPersonResponse forgetPerson(dev.chronovisor.v1.ForgetPersonRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getForgetPersonMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service PrivacyService.
   * <pre>
   * The names of people are in the ledger as pseudonyms, and resolve to names as long as the person's key is there.
   * </pre>
   */
  public static final class PrivacyServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<PrivacyServiceFutureStub> {
    private PrivacyServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected PrivacyServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new PrivacyServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Forgets the name of a person: whatever that person did is still there, and nothing leads to who it was. This cannot be
     * undone. Should the person do something later, that is by another pseudonym. Events of before there were pseudonyms keep the name;
     * and names in free texts, such as reasons, and in access policies stay as they are.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PERSON_NOT_FOUND, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ForgetPersonResponse> forgetPerson(
        dev.chronovisor.v1.ForgetPersonRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getForgetPersonMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_FORGET_PERSON = 0;

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
        case METHODID_FORGET_PERSON:
          serviceImpl.forgetPerson((dev.chronovisor.v1.ForgetPersonRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ForgetPersonResponse>) responseObserver);
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
          getForgetPersonMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ForgetPersonRequest,
              dev.chronovisor.v1.ForgetPersonResponse>(
                service, METHODID_FORGET_PERSON)))
        .build();
  }

  private static abstract class PrivacyServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    PrivacyServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.chronovisor.v1.PrivacyServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("PrivacyService");
    }
  }

  private static final class PrivacyServiceFileDescriptorSupplier
      extends PrivacyServiceBaseDescriptorSupplier {
    PrivacyServiceFileDescriptorSupplier() {}
  }

  private static final class PrivacyServiceMethodDescriptorSupplier
      extends PrivacyServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    PrivacyServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (PrivacyServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new PrivacyServiceFileDescriptorSupplier())
              .addMethod(getForgetPersonMethod())
              .build();
        }
      }
    }
    return result;
  }
}
