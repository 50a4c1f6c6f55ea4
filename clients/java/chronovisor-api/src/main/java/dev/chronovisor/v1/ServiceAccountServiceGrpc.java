package dev.chronovisor.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Keeps the service accounts of projects, and their tokens. Who calls, histories, errors and pings are as VmService has them.
 * A program sends its token as the metadata `authorization: Bearer cvsa_...`. The ledger has only the SHA-256 of it. A token is
 * `cvsa_`, the 12 characters of its id, 43 characters of 256 random bits, and 6 characters that are the CRC32 of all before them, each
 * of 0-9, A-Z and a-z: scanners for leaked secrets find it by `cvsa_[0-9A-Za-z]{61}`, and know a false alarm by its checksum.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class ServiceAccountServiceGrpc {

  private ServiceAccountServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "chronovisor.v1.ServiceAccountService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateServiceAccountRequest,
      dev.chronovisor.v1.ServiceAccount> getCreateServiceAccountMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CreateServiceAccount",
      requestType = dev.chronovisor.v1.CreateServiceAccountRequest.class,
      responseType = dev.chronovisor.v1.ServiceAccount.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateServiceAccountRequest,
      dev.chronovisor.v1.ServiceAccount> getCreateServiceAccountMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateServiceAccountRequest, dev.chronovisor.v1.ServiceAccount> getCreateServiceAccountMethod;
    if ((getCreateServiceAccountMethod = ServiceAccountServiceGrpc.getCreateServiceAccountMethod) == null) {
      synchronized (ServiceAccountServiceGrpc.class) {
        if ((getCreateServiceAccountMethod = ServiceAccountServiceGrpc.getCreateServiceAccountMethod) == null) {
          ServiceAccountServiceGrpc.getCreateServiceAccountMethod = getCreateServiceAccountMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.CreateServiceAccountRequest, dev.chronovisor.v1.ServiceAccount>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CreateServiceAccount"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CreateServiceAccountRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ServiceAccount.getDefaultInstance()))
              .setSchemaDescriptor(new ServiceAccountServiceMethodDescriptorSupplier("CreateServiceAccount"))
              .build();
        }
      }
    }
    return getCreateServiceAccountMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetServiceAccountRequest,
      dev.chronovisor.v1.ServiceAccount> getGetServiceAccountMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetServiceAccount",
      requestType = dev.chronovisor.v1.GetServiceAccountRequest.class,
      responseType = dev.chronovisor.v1.ServiceAccount.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetServiceAccountRequest,
      dev.chronovisor.v1.ServiceAccount> getGetServiceAccountMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetServiceAccountRequest, dev.chronovisor.v1.ServiceAccount> getGetServiceAccountMethod;
    if ((getGetServiceAccountMethod = ServiceAccountServiceGrpc.getGetServiceAccountMethod) == null) {
      synchronized (ServiceAccountServiceGrpc.class) {
        if ((getGetServiceAccountMethod = ServiceAccountServiceGrpc.getGetServiceAccountMethod) == null) {
          ServiceAccountServiceGrpc.getGetServiceAccountMethod = getGetServiceAccountMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetServiceAccountRequest, dev.chronovisor.v1.ServiceAccount>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetServiceAccount"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetServiceAccountRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ServiceAccount.getDefaultInstance()))
              .setSchemaDescriptor(new ServiceAccountServiceMethodDescriptorSupplier("GetServiceAccount"))
              .build();
        }
      }
    }
    return getGetServiceAccountMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ListServiceAccountsRequest,
      dev.chronovisor.v1.ListServiceAccountsResponse> getListServiceAccountsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListServiceAccounts",
      requestType = dev.chronovisor.v1.ListServiceAccountsRequest.class,
      responseType = dev.chronovisor.v1.ListServiceAccountsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ListServiceAccountsRequest,
      dev.chronovisor.v1.ListServiceAccountsResponse> getListServiceAccountsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ListServiceAccountsRequest, dev.chronovisor.v1.ListServiceAccountsResponse> getListServiceAccountsMethod;
    if ((getListServiceAccountsMethod = ServiceAccountServiceGrpc.getListServiceAccountsMethod) == null) {
      synchronized (ServiceAccountServiceGrpc.class) {
        if ((getListServiceAccountsMethod = ServiceAccountServiceGrpc.getListServiceAccountsMethod) == null) {
          ServiceAccountServiceGrpc.getListServiceAccountsMethod = getListServiceAccountsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ListServiceAccountsRequest, dev.chronovisor.v1.ListServiceAccountsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListServiceAccounts"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListServiceAccountsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListServiceAccountsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ServiceAccountServiceMethodDescriptorSupplier("ListServiceAccounts"))
              .build();
        }
      }
    }
    return getListServiceAccountsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateServiceAccountRequest,
      dev.chronovisor.v1.ServiceAccount> getUpdateServiceAccountMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UpdateServiceAccount",
      requestType = dev.chronovisor.v1.UpdateServiceAccountRequest.class,
      responseType = dev.chronovisor.v1.ServiceAccount.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateServiceAccountRequest,
      dev.chronovisor.v1.ServiceAccount> getUpdateServiceAccountMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateServiceAccountRequest, dev.chronovisor.v1.ServiceAccount> getUpdateServiceAccountMethod;
    if ((getUpdateServiceAccountMethod = ServiceAccountServiceGrpc.getUpdateServiceAccountMethod) == null) {
      synchronized (ServiceAccountServiceGrpc.class) {
        if ((getUpdateServiceAccountMethod = ServiceAccountServiceGrpc.getUpdateServiceAccountMethod) == null) {
          ServiceAccountServiceGrpc.getUpdateServiceAccountMethod = getUpdateServiceAccountMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.UpdateServiceAccountRequest, dev.chronovisor.v1.ServiceAccount>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UpdateServiceAccount"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.UpdateServiceAccountRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ServiceAccount.getDefaultInstance()))
              .setSchemaDescriptor(new ServiceAccountServiceMethodDescriptorSupplier("UpdateServiceAccount"))
              .build();
        }
      }
    }
    return getUpdateServiceAccountMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteServiceAccountRequest,
      dev.chronovisor.v1.ServiceAccount> getDeleteServiceAccountMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeleteServiceAccount",
      requestType = dev.chronovisor.v1.DeleteServiceAccountRequest.class,
      responseType = dev.chronovisor.v1.ServiceAccount.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteServiceAccountRequest,
      dev.chronovisor.v1.ServiceAccount> getDeleteServiceAccountMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteServiceAccountRequest, dev.chronovisor.v1.ServiceAccount> getDeleteServiceAccountMethod;
    if ((getDeleteServiceAccountMethod = ServiceAccountServiceGrpc.getDeleteServiceAccountMethod) == null) {
      synchronized (ServiceAccountServiceGrpc.class) {
        if ((getDeleteServiceAccountMethod = ServiceAccountServiceGrpc.getDeleteServiceAccountMethod) == null) {
          ServiceAccountServiceGrpc.getDeleteServiceAccountMethod = getDeleteServiceAccountMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.DeleteServiceAccountRequest, dev.chronovisor.v1.ServiceAccount>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeleteServiceAccount"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.DeleteServiceAccountRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ServiceAccount.getDefaultInstance()))
              .setSchemaDescriptor(new ServiceAccountServiceMethodDescriptorSupplier("DeleteServiceAccount"))
              .build();
        }
      }
    }
    return getDeleteServiceAccountMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateServiceAccountTokenRequest,
      dev.chronovisor.v1.CreateServiceAccountTokenResponse> getCreateServiceAccountTokenMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CreateServiceAccountToken",
      requestType = dev.chronovisor.v1.CreateServiceAccountTokenRequest.class,
      responseType = dev.chronovisor.v1.CreateServiceAccountTokenResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateServiceAccountTokenRequest,
      dev.chronovisor.v1.CreateServiceAccountTokenResponse> getCreateServiceAccountTokenMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateServiceAccountTokenRequest, dev.chronovisor.v1.CreateServiceAccountTokenResponse> getCreateServiceAccountTokenMethod;
    if ((getCreateServiceAccountTokenMethod = ServiceAccountServiceGrpc.getCreateServiceAccountTokenMethod) == null) {
      synchronized (ServiceAccountServiceGrpc.class) {
        if ((getCreateServiceAccountTokenMethod = ServiceAccountServiceGrpc.getCreateServiceAccountTokenMethod) == null) {
          ServiceAccountServiceGrpc.getCreateServiceAccountTokenMethod = getCreateServiceAccountTokenMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.CreateServiceAccountTokenRequest, dev.chronovisor.v1.CreateServiceAccountTokenResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CreateServiceAccountToken"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CreateServiceAccountTokenRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CreateServiceAccountTokenResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ServiceAccountServiceMethodDescriptorSupplier("CreateServiceAccountToken"))
              .build();
        }
      }
    }
    return getCreateServiceAccountTokenMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ListServiceAccountTokensRequest,
      dev.chronovisor.v1.ListServiceAccountTokensResponse> getListServiceAccountTokensMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListServiceAccountTokens",
      requestType = dev.chronovisor.v1.ListServiceAccountTokensRequest.class,
      responseType = dev.chronovisor.v1.ListServiceAccountTokensResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ListServiceAccountTokensRequest,
      dev.chronovisor.v1.ListServiceAccountTokensResponse> getListServiceAccountTokensMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ListServiceAccountTokensRequest, dev.chronovisor.v1.ListServiceAccountTokensResponse> getListServiceAccountTokensMethod;
    if ((getListServiceAccountTokensMethod = ServiceAccountServiceGrpc.getListServiceAccountTokensMethod) == null) {
      synchronized (ServiceAccountServiceGrpc.class) {
        if ((getListServiceAccountTokensMethod = ServiceAccountServiceGrpc.getListServiceAccountTokensMethod) == null) {
          ServiceAccountServiceGrpc.getListServiceAccountTokensMethod = getListServiceAccountTokensMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ListServiceAccountTokensRequest, dev.chronovisor.v1.ListServiceAccountTokensResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListServiceAccountTokens"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListServiceAccountTokensRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListServiceAccountTokensResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ServiceAccountServiceMethodDescriptorSupplier("ListServiceAccountTokens"))
              .build();
        }
      }
    }
    return getListServiceAccountTokensMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.RevokeServiceAccountTokenRequest,
      dev.chronovisor.v1.ServiceAccountToken> getRevokeServiceAccountTokenMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RevokeServiceAccountToken",
      requestType = dev.chronovisor.v1.RevokeServiceAccountTokenRequest.class,
      responseType = dev.chronovisor.v1.ServiceAccountToken.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.RevokeServiceAccountTokenRequest,
      dev.chronovisor.v1.ServiceAccountToken> getRevokeServiceAccountTokenMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.RevokeServiceAccountTokenRequest, dev.chronovisor.v1.ServiceAccountToken> getRevokeServiceAccountTokenMethod;
    if ((getRevokeServiceAccountTokenMethod = ServiceAccountServiceGrpc.getRevokeServiceAccountTokenMethod) == null) {
      synchronized (ServiceAccountServiceGrpc.class) {
        if ((getRevokeServiceAccountTokenMethod = ServiceAccountServiceGrpc.getRevokeServiceAccountTokenMethod) == null) {
          ServiceAccountServiceGrpc.getRevokeServiceAccountTokenMethod = getRevokeServiceAccountTokenMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.RevokeServiceAccountTokenRequest, dev.chronovisor.v1.ServiceAccountToken>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RevokeServiceAccountToken"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.RevokeServiceAccountTokenRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ServiceAccountToken.getDefaultInstance()))
              .setSchemaDescriptor(new ServiceAccountServiceMethodDescriptorSupplier("RevokeServiceAccountToken"))
              .build();
        }
      }
    }
    return getRevokeServiceAccountTokenMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static ServiceAccountServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ServiceAccountServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ServiceAccountServiceStub>() {
        @java.lang.Override
        public ServiceAccountServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ServiceAccountServiceStub(channel, callOptions);
        }
      };
    return ServiceAccountServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static ServiceAccountServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ServiceAccountServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ServiceAccountServiceBlockingV2Stub>() {
        @java.lang.Override
        public ServiceAccountServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ServiceAccountServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return ServiceAccountServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static ServiceAccountServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ServiceAccountServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ServiceAccountServiceBlockingStub>() {
        @java.lang.Override
        public ServiceAccountServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ServiceAccountServiceBlockingStub(channel, callOptions);
        }
      };
    return ServiceAccountServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static ServiceAccountServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ServiceAccountServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ServiceAccountServiceFutureStub>() {
        @java.lang.Override
        public ServiceAccountServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ServiceAccountServiceFutureStub(channel, callOptions);
        }
      };
    return ServiceAccountServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Keeps the service accounts of projects, and their tokens. Who calls, histories, errors and pings are as VmService has them.
   * A program sends its token as the metadata `authorization: Bearer cvsa_...`. The ledger has only the SHA-256 of it. A token is
   * `cvsa_`, the 12 characters of its id, 43 characters of 256 random bits, and 6 characters that are the CRC32 of all before them, each
   * of 0-9, A-Z and a-z: scanners for leaked secrets find it by `cvsa_[0-9A-Za-z]{61}`, and know a false alarm by its checksum.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Creates a service account, which has no tokens, and may do nothing until a binding is given to it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, SERVICE_ACCOUNT_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void createServiceAccount(dev.chronovisor.v1.CreateServiceAccountRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccount> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCreateServiceAccountMethod(), responseObserver);
    }

    /**
     * <pre>
     * One service account, now or as of a position or time.
     * Errors: INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void getServiceAccount(dev.chronovisor.v1.GetServiceAccountRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccount> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetServiceAccountMethod(), responseObserver);
    }

    /**
     * <pre>
     * The service accounts of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void listServiceAccounts(dev.chronovisor.v1.ListServiceAccountsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListServiceAccountsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListServiceAccountsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Changes display name and `disabled`: those that the mask names, `*` for all, without a mask those that are set. One that is
     * disabled is refused from the next call on, on every server of the ledger, and its open streams end. Nothing changed is a success
     * that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void updateServiceAccount(dev.chronovisor.v1.UpdateServiceAccountRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccount> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getUpdateServiceAccountMethod(), responseObserver);
    }

    /**
     * <pre>
     * Ends a service account and all its tokens, at once. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void deleteServiceAccount(dev.chronovisor.v1.DeleteServiceAccountRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccount> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteServiceAccountMethod(), responseObserver);
    }

    /**
     * <pre>
     * Creates a token, and answers with it: once, and never again. A repeat with the same `request_id` is answered with
     * `shown_before` and without the token, which nobody has any more if the first answer was lost: revoke it, and create another.
     * At most 20 of an account's tokens live at once: INVALID_FIELD.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void createServiceAccountToken(dev.chronovisor.v1.CreateServiceAccountTokenRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.CreateServiceAccountTokenResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCreateServiceAccountTokenMethod(), responseObserver);
    }

    /**
     * <pre>
     * The tokens of a service account, now or as of a position or time, without the tokens themselves. Of those that have expired or
     * were revoked, the last 50 are kept. All pages are of the first one's position.
     * Errors: INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void listServiceAccountTokens(dev.chronovisor.v1.ListServiceAccountTokensRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListServiceAccountTokensResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListServiceAccountTokensMethod(), responseObserver);
    }

    /**
     * <pre>
     * Ends a token at once: the next call with it is refused with TOKEN_REVOKED, on every server of the ledger, and open streams that
     * came with it end. One that was revoked before is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void revokeServiceAccountToken(dev.chronovisor.v1.RevokeServiceAccountTokenRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccountToken> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRevokeServiceAccountTokenMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service ServiceAccountService.
   * <pre>
   * Keeps the service accounts of projects, and their tokens. Who calls, histories, errors and pings are as VmService has them.
   * A program sends its token as the metadata `authorization: Bearer cvsa_...`. The ledger has only the SHA-256 of it. A token is
   * `cvsa_`, the 12 characters of its id, 43 characters of 256 random bits, and 6 characters that are the CRC32 of all before them, each
   * of 0-9, A-Z and a-z: scanners for leaked secrets find it by `cvsa_[0-9A-Za-z]{61}`, and know a false alarm by its checksum.
   * </pre>
   */
  public static abstract class ServiceAccountServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return ServiceAccountServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service ServiceAccountService.
   * <pre>
   * Keeps the service accounts of projects, and their tokens. Who calls, histories, errors and pings are as VmService has them.
   * A program sends its token as the metadata `authorization: Bearer cvsa_...`. The ledger has only the SHA-256 of it. A token is
   * `cvsa_`, the 12 characters of its id, 43 characters of 256 random bits, and 6 characters that are the CRC32 of all before them, each
   * of 0-9, A-Z and a-z: scanners for leaked secrets find it by `cvsa_[0-9A-Za-z]{61}`, and know a false alarm by its checksum.
   * </pre>
   */
  public static final class ServiceAccountServiceStub
      extends io.grpc.stub.AbstractAsyncStub<ServiceAccountServiceStub> {
    private ServiceAccountServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ServiceAccountServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ServiceAccountServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates a service account, which has no tokens, and may do nothing until a binding is given to it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, SERVICE_ACCOUNT_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void createServiceAccount(dev.chronovisor.v1.CreateServiceAccountRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccount> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCreateServiceAccountMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * One service account, now or as of a position or time.
     * Errors: INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void getServiceAccount(dev.chronovisor.v1.GetServiceAccountRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccount> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetServiceAccountMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The service accounts of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void listServiceAccounts(dev.chronovisor.v1.ListServiceAccountsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListServiceAccountsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListServiceAccountsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Changes display name and `disabled`: those that the mask names, `*` for all, without a mask those that are set. One that is
     * disabled is refused from the next call on, on every server of the ledger, and its open streams end. Nothing changed is a success
     * that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void updateServiceAccount(dev.chronovisor.v1.UpdateServiceAccountRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccount> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getUpdateServiceAccountMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Ends a service account and all its tokens, at once. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void deleteServiceAccount(dev.chronovisor.v1.DeleteServiceAccountRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccount> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteServiceAccountMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Creates a token, and answers with it: once, and never again. A repeat with the same `request_id` is answered with
     * `shown_before` and without the token, which nobody has any more if the first answer was lost: revoke it, and create another.
     * At most 20 of an account's tokens live at once: INVALID_FIELD.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void createServiceAccountToken(dev.chronovisor.v1.CreateServiceAccountTokenRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.CreateServiceAccountTokenResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCreateServiceAccountTokenMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The tokens of a service account, now or as of a position or time, without the tokens themselves. Of those that have expired or
     * were revoked, the last 50 are kept. All pages are of the first one's position.
     * Errors: INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void listServiceAccountTokens(dev.chronovisor.v1.ListServiceAccountTokensRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListServiceAccountTokensResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListServiceAccountTokensMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Ends a token at once: the next call with it is refused with TOKEN_REVOKED, on every server of the ledger, and open streams that
     * came with it end. One that was revoked before is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void revokeServiceAccountToken(dev.chronovisor.v1.RevokeServiceAccountTokenRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccountToken> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRevokeServiceAccountTokenMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service ServiceAccountService.
   * <pre>
   * Keeps the service accounts of projects, and their tokens. Who calls, histories, errors and pings are as VmService has them.
   * A program sends its token as the metadata `authorization: Bearer cvsa_...`. The ledger has only the SHA-256 of it. A token is
   * `cvsa_`, the 12 characters of its id, 43 characters of 256 random bits, and 6 characters that are the CRC32 of all before them, each
   * of 0-9, A-Z and a-z: scanners for leaked secrets find it by `cvsa_[0-9A-Za-z]{61}`, and know a false alarm by its checksum.
   * </pre>
   */
  public static final class ServiceAccountServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<ServiceAccountServiceBlockingV2Stub> {
    private ServiceAccountServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ServiceAccountServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ServiceAccountServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates a service account, which has no tokens, and may do nothing until a binding is given to it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, SERVICE_ACCOUNT_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.ServiceAccount createServiceAccount(dev.chronovisor.v1.CreateServiceAccountRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCreateServiceAccountMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One service account, now or as of a position or time.
     * Errors: INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ServiceAccount getServiceAccount(dev.chronovisor.v1.GetServiceAccountRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetServiceAccountMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The service accounts of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListServiceAccountsResponse listServiceAccounts(dev.chronovisor.v1.ListServiceAccountsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListServiceAccountsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes display name and `disabled`: those that the mask names, `*` for all, without a mask those that are set. One that is
     * disabled is refused from the next call on, on every server of the ledger, and its open streams end. Nothing changed is a success
     * that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.ServiceAccount updateServiceAccount(dev.chronovisor.v1.UpdateServiceAccountRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getUpdateServiceAccountMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a service account and all its tokens, at once. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.ServiceAccount deleteServiceAccount(dev.chronovisor.v1.DeleteServiceAccountRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDeleteServiceAccountMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Creates a token, and answers with it: once, and never again. A repeat with the same `request_id` is answered with
     * `shown_before` and without the token, which nobody has any more if the first answer was lost: revoke it, and create another.
     * At most 20 of an account's tokens live at once: INVALID_FIELD.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.CreateServiceAccountTokenResponse createServiceAccountToken(dev.chronovisor.v1.CreateServiceAccountTokenRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCreateServiceAccountTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The tokens of a service account, now or as of a position or time, without the tokens themselves. Of those that have expired or
     * were revoked, the last 50 are kept. All pages are of the first one's position.
     * Errors: INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListServiceAccountTokensResponse listServiceAccountTokens(dev.chronovisor.v1.ListServiceAccountTokensRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListServiceAccountTokensMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a token at once: the next call with it is refused with TOKEN_REVOKED, on every server of the ledger, and open streams that
     * came with it end. One that was revoked before is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.ServiceAccountToken revokeServiceAccountToken(dev.chronovisor.v1.RevokeServiceAccountTokenRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRevokeServiceAccountTokenMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service ServiceAccountService.
   * <pre>
   * Keeps the service accounts of projects, and their tokens. Who calls, histories, errors and pings are as VmService has them.
   * A program sends its token as the metadata `authorization: Bearer cvsa_...`. The ledger has only the SHA-256 of it. A token is
   * `cvsa_`, the 12 characters of its id, 43 characters of 256 random bits, and 6 characters that are the CRC32 of all before them, each
   * of 0-9, A-Z and a-z: scanners for leaked secrets find it by `cvsa_[0-9A-Za-z]{61}`, and know a false alarm by its checksum.
   * </pre>
   */
  public static final class ServiceAccountServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<ServiceAccountServiceBlockingStub> {
    private ServiceAccountServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ServiceAccountServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ServiceAccountServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates a service account, which has no tokens, and may do nothing until a binding is given to it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, SERVICE_ACCOUNT_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.ServiceAccount createServiceAccount(dev.chronovisor.v1.CreateServiceAccountRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCreateServiceAccountMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One service account, now or as of a position or time.
     * Errors: INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ServiceAccount getServiceAccount(dev.chronovisor.v1.GetServiceAccountRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetServiceAccountMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The service accounts of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListServiceAccountsResponse listServiceAccounts(dev.chronovisor.v1.ListServiceAccountsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListServiceAccountsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes display name and `disabled`: those that the mask names, `*` for all, without a mask those that are set. One that is
     * disabled is refused from the next call on, on every server of the ledger, and its open streams end. Nothing changed is a success
     * that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.ServiceAccount updateServiceAccount(dev.chronovisor.v1.UpdateServiceAccountRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getUpdateServiceAccountMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a service account and all its tokens, at once. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.ServiceAccount deleteServiceAccount(dev.chronovisor.v1.DeleteServiceAccountRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteServiceAccountMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Creates a token, and answers with it: once, and never again. A repeat with the same `request_id` is answered with
     * `shown_before` and without the token, which nobody has any more if the first answer was lost: revoke it, and create another.
     * At most 20 of an account's tokens live at once: INVALID_FIELD.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.CreateServiceAccountTokenResponse createServiceAccountToken(dev.chronovisor.v1.CreateServiceAccountTokenRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCreateServiceAccountTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The tokens of a service account, now or as of a position or time, without the tokens themselves. Of those that have expired or
     * were revoked, the last 50 are kept. All pages are of the first one's position.
     * Errors: INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListServiceAccountTokensResponse listServiceAccountTokens(dev.chronovisor.v1.ListServiceAccountTokensRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListServiceAccountTokensMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a token at once: the next call with it is refused with TOKEN_REVOKED, on every server of the ledger, and open streams that
     * came with it end. One that was revoked before is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.ServiceAccountToken revokeServiceAccountToken(dev.chronovisor.v1.RevokeServiceAccountTokenRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRevokeServiceAccountTokenMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service ServiceAccountService.
   * <pre>
   * Keeps the service accounts of projects, and their tokens. Who calls, histories, errors and pings are as VmService has them.
   * A program sends its token as the metadata `authorization: Bearer cvsa_...`. The ledger has only the SHA-256 of it. A token is
   * `cvsa_`, the 12 characters of its id, 43 characters of 256 random bits, and 6 characters that are the CRC32 of all before them, each
   * of 0-9, A-Z and a-z: scanners for leaked secrets find it by `cvsa_[0-9A-Za-z]{61}`, and know a false alarm by its checksum.
   * </pre>
   */
  public static final class ServiceAccountServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<ServiceAccountServiceFutureStub> {
    private ServiceAccountServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ServiceAccountServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ServiceAccountServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates a service account, which has no tokens, and may do nothing until a binding is given to it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, SERVICE_ACCOUNT_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ServiceAccount> createServiceAccount(
        dev.chronovisor.v1.CreateServiceAccountRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCreateServiceAccountMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * One service account, now or as of a position or time.
     * Errors: INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ServiceAccount> getServiceAccount(
        dev.chronovisor.v1.GetServiceAccountRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetServiceAccountMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The service accounts of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ListServiceAccountsResponse> listServiceAccounts(
        dev.chronovisor.v1.ListServiceAccountsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListServiceAccountsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Changes display name and `disabled`: those that the mask names, `*` for all, without a mask those that are set. One that is
     * disabled is refused from the next call on, on every server of the ledger, and its open streams end. Nothing changed is a success
     * that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ServiceAccount> updateServiceAccount(
        dev.chronovisor.v1.UpdateServiceAccountRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getUpdateServiceAccountMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Ends a service account and all its tokens, at once. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ServiceAccount> deleteServiceAccount(
        dev.chronovisor.v1.DeleteServiceAccountRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteServiceAccountMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Creates a token, and answers with it: once, and never again. A repeat with the same `request_id` is answered with
     * `shown_before` and without the token, which nobody has any more if the first answer was lost: revoke it, and create another.
     * At most 20 of an account's tokens live at once: INVALID_FIELD.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.CreateServiceAccountTokenResponse> createServiceAccountToken(
        dev.chronovisor.v1.CreateServiceAccountTokenRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCreateServiceAccountTokenMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The tokens of a service account, now or as of a position or time, without the tokens themselves. Of those that have expired or
     * were revoked, the last 50 are kept. All pages are of the first one's position.
     * Errors: INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ListServiceAccountTokensResponse> listServiceAccountTokens(
        dev.chronovisor.v1.ListServiceAccountTokensRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListServiceAccountTokensMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Ends a token at once: the next call with it is refused with TOKEN_REVOKED, on every server of the ledger, and open streams that
     * came with it end. One that was revoked before is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SERVICE_ACCOUNT_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ServiceAccountToken> revokeServiceAccountToken(
        dev.chronovisor.v1.RevokeServiceAccountTokenRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRevokeServiceAccountTokenMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_CREATE_SERVICE_ACCOUNT = 0;
  private static final int METHODID_GET_SERVICE_ACCOUNT = 1;
  private static final int METHODID_LIST_SERVICE_ACCOUNTS = 2;
  private static final int METHODID_UPDATE_SERVICE_ACCOUNT = 3;
  private static final int METHODID_DELETE_SERVICE_ACCOUNT = 4;
  private static final int METHODID_CREATE_SERVICE_ACCOUNT_TOKEN = 5;
  private static final int METHODID_LIST_SERVICE_ACCOUNT_TOKENS = 6;
  private static final int METHODID_REVOKE_SERVICE_ACCOUNT_TOKEN = 7;

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
        case METHODID_CREATE_SERVICE_ACCOUNT:
          serviceImpl.createServiceAccount((dev.chronovisor.v1.CreateServiceAccountRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccount>) responseObserver);
          break;
        case METHODID_GET_SERVICE_ACCOUNT:
          serviceImpl.getServiceAccount((dev.chronovisor.v1.GetServiceAccountRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccount>) responseObserver);
          break;
        case METHODID_LIST_SERVICE_ACCOUNTS:
          serviceImpl.listServiceAccounts((dev.chronovisor.v1.ListServiceAccountsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListServiceAccountsResponse>) responseObserver);
          break;
        case METHODID_UPDATE_SERVICE_ACCOUNT:
          serviceImpl.updateServiceAccount((dev.chronovisor.v1.UpdateServiceAccountRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccount>) responseObserver);
          break;
        case METHODID_DELETE_SERVICE_ACCOUNT:
          serviceImpl.deleteServiceAccount((dev.chronovisor.v1.DeleteServiceAccountRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccount>) responseObserver);
          break;
        case METHODID_CREATE_SERVICE_ACCOUNT_TOKEN:
          serviceImpl.createServiceAccountToken((dev.chronovisor.v1.CreateServiceAccountTokenRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.CreateServiceAccountTokenResponse>) responseObserver);
          break;
        case METHODID_LIST_SERVICE_ACCOUNT_TOKENS:
          serviceImpl.listServiceAccountTokens((dev.chronovisor.v1.ListServiceAccountTokensRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListServiceAccountTokensResponse>) responseObserver);
          break;
        case METHODID_REVOKE_SERVICE_ACCOUNT_TOKEN:
          serviceImpl.revokeServiceAccountToken((dev.chronovisor.v1.RevokeServiceAccountTokenRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ServiceAccountToken>) responseObserver);
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
          getCreateServiceAccountMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.CreateServiceAccountRequest,
              dev.chronovisor.v1.ServiceAccount>(
                service, METHODID_CREATE_SERVICE_ACCOUNT)))
        .addMethod(
          getGetServiceAccountMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetServiceAccountRequest,
              dev.chronovisor.v1.ServiceAccount>(
                service, METHODID_GET_SERVICE_ACCOUNT)))
        .addMethod(
          getListServiceAccountsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ListServiceAccountsRequest,
              dev.chronovisor.v1.ListServiceAccountsResponse>(
                service, METHODID_LIST_SERVICE_ACCOUNTS)))
        .addMethod(
          getUpdateServiceAccountMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.UpdateServiceAccountRequest,
              dev.chronovisor.v1.ServiceAccount>(
                service, METHODID_UPDATE_SERVICE_ACCOUNT)))
        .addMethod(
          getDeleteServiceAccountMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.DeleteServiceAccountRequest,
              dev.chronovisor.v1.ServiceAccount>(
                service, METHODID_DELETE_SERVICE_ACCOUNT)))
        .addMethod(
          getCreateServiceAccountTokenMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.CreateServiceAccountTokenRequest,
              dev.chronovisor.v1.CreateServiceAccountTokenResponse>(
                service, METHODID_CREATE_SERVICE_ACCOUNT_TOKEN)))
        .addMethod(
          getListServiceAccountTokensMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ListServiceAccountTokensRequest,
              dev.chronovisor.v1.ListServiceAccountTokensResponse>(
                service, METHODID_LIST_SERVICE_ACCOUNT_TOKENS)))
        .addMethod(
          getRevokeServiceAccountTokenMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.RevokeServiceAccountTokenRequest,
              dev.chronovisor.v1.ServiceAccountToken>(
                service, METHODID_REVOKE_SERVICE_ACCOUNT_TOKEN)))
        .build();
  }

  private static abstract class ServiceAccountServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    ServiceAccountServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.chronovisor.v1.ServiceAccountServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("ServiceAccountService");
    }
  }

  private static final class ServiceAccountServiceFileDescriptorSupplier
      extends ServiceAccountServiceBaseDescriptorSupplier {
    ServiceAccountServiceFileDescriptorSupplier() {}
  }

  private static final class ServiceAccountServiceMethodDescriptorSupplier
      extends ServiceAccountServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    ServiceAccountServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (ServiceAccountServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new ServiceAccountServiceFileDescriptorSupplier())
              .addMethod(getCreateServiceAccountMethod())
              .addMethod(getGetServiceAccountMethod())
              .addMethod(getListServiceAccountsMethod())
              .addMethod(getUpdateServiceAccountMethod())
              .addMethod(getDeleteServiceAccountMethod())
              .addMethod(getCreateServiceAccountTokenMethod())
              .addMethod(getListServiceAccountTokensMethod())
              .addMethod(getRevokeServiceAccountTokenMethod())
              .build();
        }
      }
    }
    return result;
  }
}
