package dev.chronovisor.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Explains access, and keeps custom roles. Bindings of roles to members are read and written by `google.iam.v1.IAMPolicy`, on `projects/{project}`
 * or on the root, whose name is `/`. Who calls, histories, errors and pings are as VmService has them.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class AccessServiceGrpc {

  private AccessServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "chronovisor.v1.AccessService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.WhoAmIRequest,
      dev.chronovisor.v1.WhoAmIResponse> getWhoAmIMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "WhoAmI",
      requestType = dev.chronovisor.v1.WhoAmIRequest.class,
      responseType = dev.chronovisor.v1.WhoAmIResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.WhoAmIRequest,
      dev.chronovisor.v1.WhoAmIResponse> getWhoAmIMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.WhoAmIRequest, dev.chronovisor.v1.WhoAmIResponse> getWhoAmIMethod;
    if ((getWhoAmIMethod = AccessServiceGrpc.getWhoAmIMethod) == null) {
      synchronized (AccessServiceGrpc.class) {
        if ((getWhoAmIMethod = AccessServiceGrpc.getWhoAmIMethod) == null) {
          AccessServiceGrpc.getWhoAmIMethod = getWhoAmIMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.WhoAmIRequest, dev.chronovisor.v1.WhoAmIResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "WhoAmI"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.WhoAmIRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.WhoAmIResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AccessServiceMethodDescriptorSupplier("WhoAmI"))
              .build();
        }
      }
    }
    return getWhoAmIMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ExplainAccessRequest,
      dev.chronovisor.v1.ExplainAccessResponse> getExplainAccessMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ExplainAccess",
      requestType = dev.chronovisor.v1.ExplainAccessRequest.class,
      responseType = dev.chronovisor.v1.ExplainAccessResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ExplainAccessRequest,
      dev.chronovisor.v1.ExplainAccessResponse> getExplainAccessMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ExplainAccessRequest, dev.chronovisor.v1.ExplainAccessResponse> getExplainAccessMethod;
    if ((getExplainAccessMethod = AccessServiceGrpc.getExplainAccessMethod) == null) {
      synchronized (AccessServiceGrpc.class) {
        if ((getExplainAccessMethod = AccessServiceGrpc.getExplainAccessMethod) == null) {
          AccessServiceGrpc.getExplainAccessMethod = getExplainAccessMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ExplainAccessRequest, dev.chronovisor.v1.ExplainAccessResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ExplainAccess"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ExplainAccessRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ExplainAccessResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AccessServiceMethodDescriptorSupplier("ExplainAccess"))
              .build();
        }
      }
    }
    return getExplainAccessMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ListRolesRequest,
      dev.chronovisor.v1.ListRolesResponse> getListRolesMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListRoles",
      requestType = dev.chronovisor.v1.ListRolesRequest.class,
      responseType = dev.chronovisor.v1.ListRolesResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ListRolesRequest,
      dev.chronovisor.v1.ListRolesResponse> getListRolesMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ListRolesRequest, dev.chronovisor.v1.ListRolesResponse> getListRolesMethod;
    if ((getListRolesMethod = AccessServiceGrpc.getListRolesMethod) == null) {
      synchronized (AccessServiceGrpc.class) {
        if ((getListRolesMethod = AccessServiceGrpc.getListRolesMethod) == null) {
          AccessServiceGrpc.getListRolesMethod = getListRolesMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ListRolesRequest, dev.chronovisor.v1.ListRolesResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListRoles"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListRolesRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListRolesResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AccessServiceMethodDescriptorSupplier("ListRoles"))
              .build();
        }
      }
    }
    return getListRolesMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateRoleRequest,
      dev.chronovisor.v1.Role> getCreateRoleMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CreateRole",
      requestType = dev.chronovisor.v1.CreateRoleRequest.class,
      responseType = dev.chronovisor.v1.Role.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateRoleRequest,
      dev.chronovisor.v1.Role> getCreateRoleMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateRoleRequest, dev.chronovisor.v1.Role> getCreateRoleMethod;
    if ((getCreateRoleMethod = AccessServiceGrpc.getCreateRoleMethod) == null) {
      synchronized (AccessServiceGrpc.class) {
        if ((getCreateRoleMethod = AccessServiceGrpc.getCreateRoleMethod) == null) {
          AccessServiceGrpc.getCreateRoleMethod = getCreateRoleMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.CreateRoleRequest, dev.chronovisor.v1.Role>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CreateRole"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CreateRoleRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Role.getDefaultInstance()))
              .setSchemaDescriptor(new AccessServiceMethodDescriptorSupplier("CreateRole"))
              .build();
        }
      }
    }
    return getCreateRoleMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateRoleRequest,
      dev.chronovisor.v1.Role> getUpdateRoleMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UpdateRole",
      requestType = dev.chronovisor.v1.UpdateRoleRequest.class,
      responseType = dev.chronovisor.v1.Role.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateRoleRequest,
      dev.chronovisor.v1.Role> getUpdateRoleMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateRoleRequest, dev.chronovisor.v1.Role> getUpdateRoleMethod;
    if ((getUpdateRoleMethod = AccessServiceGrpc.getUpdateRoleMethod) == null) {
      synchronized (AccessServiceGrpc.class) {
        if ((getUpdateRoleMethod = AccessServiceGrpc.getUpdateRoleMethod) == null) {
          AccessServiceGrpc.getUpdateRoleMethod = getUpdateRoleMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.UpdateRoleRequest, dev.chronovisor.v1.Role>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UpdateRole"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.UpdateRoleRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Role.getDefaultInstance()))
              .setSchemaDescriptor(new AccessServiceMethodDescriptorSupplier("UpdateRole"))
              .build();
        }
      }
    }
    return getUpdateRoleMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteRoleRequest,
      dev.chronovisor.v1.Role> getDeleteRoleMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeleteRole",
      requestType = dev.chronovisor.v1.DeleteRoleRequest.class,
      responseType = dev.chronovisor.v1.Role.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteRoleRequest,
      dev.chronovisor.v1.Role> getDeleteRoleMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteRoleRequest, dev.chronovisor.v1.Role> getDeleteRoleMethod;
    if ((getDeleteRoleMethod = AccessServiceGrpc.getDeleteRoleMethod) == null) {
      synchronized (AccessServiceGrpc.class) {
        if ((getDeleteRoleMethod = AccessServiceGrpc.getDeleteRoleMethod) == null) {
          AccessServiceGrpc.getDeleteRoleMethod = getDeleteRoleMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.DeleteRoleRequest, dev.chronovisor.v1.Role>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeleteRole"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.DeleteRoleRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Role.getDefaultInstance()))
              .setSchemaDescriptor(new AccessServiceMethodDescriptorSupplier("DeleteRole"))
              .build();
        }
      }
    }
    return getDeleteRoleMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static AccessServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AccessServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AccessServiceStub>() {
        @java.lang.Override
        public AccessServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AccessServiceStub(channel, callOptions);
        }
      };
    return AccessServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static AccessServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AccessServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AccessServiceBlockingV2Stub>() {
        @java.lang.Override
        public AccessServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AccessServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return AccessServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static AccessServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AccessServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AccessServiceBlockingStub>() {
        @java.lang.Override
        public AccessServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AccessServiceBlockingStub(channel, callOptions);
        }
      };
    return AccessServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static AccessServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AccessServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AccessServiceFutureStub>() {
        @java.lang.Override
        public AccessServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AccessServiceFutureStub(channel, callOptions);
        }
      };
    return AccessServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Explains access, and keeps custom roles. Bindings of roles to members are read and written by `google.iam.v1.IAMPolicy`, on `projects/{project}`
   * or on the root, whose name is `/`. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Who the caller is to this server, how that was proven, and what it may do.
     * Errors: none of its own.
     * </pre>
     */
    default void whoAmI(dev.chronovisor.v1.WhoAmIRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.WhoAmIResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getWhoAmIMethod(), responseObserver);
    }

    /**
     * <pre>
     * Whether a principal has a permission on a resource, now or as of a position or time, and by which binding since when.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void explainAccess(dev.chronovisor.v1.ExplainAccessRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ExplainAccessResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getExplainAccessMethod(), responseObserver);
    }

    /**
     * <pre>
     * The roles that there are: those that are there from the first start, then custom ones.
     * Errors: none of its own.
     * </pre>
     */
    default void listRoles(dev.chronovisor.v1.ListRolesRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListRolesResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListRolesMethod(), responseObserver);
    }

    /**
     * <pre>
     * Makes a custom role, a list of permissions.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void createRole(dev.chronovisor.v1.CreateRoleRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Role> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCreateRoleMethod(), responseObserver);
    }

    /**
     * <pre>
     * Changes title and permissions of a custom role: whoever is bound to it has the new ones at once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void updateRole(dev.chronovisor.v1.UpdateRoleRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Role> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getUpdateRoleMethod(), responseObserver);
    }

    /**
     * <pre>
     * Ends a custom role: bindings of it grant nothing any more.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void deleteRole(dev.chronovisor.v1.DeleteRoleRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Role> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteRoleMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service AccessService.
   * <pre>
   * Explains access, and keeps custom roles. Bindings of roles to members are read and written by `google.iam.v1.IAMPolicy`, on `projects/{project}`
   * or on the root, whose name is `/`. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static abstract class AccessServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return AccessServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service AccessService.
   * <pre>
   * Explains access, and keeps custom roles. Bindings of roles to members are read and written by `google.iam.v1.IAMPolicy`, on `projects/{project}`
   * or on the root, whose name is `/`. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class AccessServiceStub
      extends io.grpc.stub.AbstractAsyncStub<AccessServiceStub> {
    private AccessServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AccessServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AccessServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Who the caller is to this server, how that was proven, and what it may do.
     * Errors: none of its own.
     * </pre>
     */
    public void whoAmI(dev.chronovisor.v1.WhoAmIRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.WhoAmIResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getWhoAmIMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Whether a principal has a permission on a resource, now or as of a position or time, and by which binding since when.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void explainAccess(dev.chronovisor.v1.ExplainAccessRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ExplainAccessResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getExplainAccessMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The roles that there are: those that are there from the first start, then custom ones.
     * Errors: none of its own.
     * </pre>
     */
    public void listRoles(dev.chronovisor.v1.ListRolesRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListRolesResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListRolesMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Makes a custom role, a list of permissions.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void createRole(dev.chronovisor.v1.CreateRoleRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Role> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCreateRoleMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Changes title and permissions of a custom role: whoever is bound to it has the new ones at once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void updateRole(dev.chronovisor.v1.UpdateRoleRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Role> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getUpdateRoleMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Ends a custom role: bindings of it grant nothing any more.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void deleteRole(dev.chronovisor.v1.DeleteRoleRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Role> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteRoleMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service AccessService.
   * <pre>
   * Explains access, and keeps custom roles. Bindings of roles to members are read and written by `google.iam.v1.IAMPolicy`, on `projects/{project}`
   * or on the root, whose name is `/`. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class AccessServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<AccessServiceBlockingV2Stub> {
    private AccessServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AccessServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AccessServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Who the caller is to this server, how that was proven, and what it may do.
     * Errors: none of its own.
     * </pre>
     */
    public dev.chronovisor.v1.WhoAmIResponse whoAmI(dev.chronovisor.v1.WhoAmIRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getWhoAmIMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Whether a principal has a permission on a resource, now or as of a position or time, and by which binding since when.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ExplainAccessResponse explainAccess(dev.chronovisor.v1.ExplainAccessRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getExplainAccessMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The roles that there are: those that are there from the first start, then custom ones.
     * Errors: none of its own.
     * </pre>
     */
    public dev.chronovisor.v1.ListRolesResponse listRoles(dev.chronovisor.v1.ListRolesRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListRolesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Makes a custom role, a list of permissions.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Role createRole(dev.chronovisor.v1.CreateRoleRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCreateRoleMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes title and permissions of a custom role: whoever is bound to it has the new ones at once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Role updateRole(dev.chronovisor.v1.UpdateRoleRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getUpdateRoleMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a custom role: bindings of it grant nothing any more.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Role deleteRole(dev.chronovisor.v1.DeleteRoleRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDeleteRoleMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service AccessService.
   * <pre>
   * Explains access, and keeps custom roles. Bindings of roles to members are read and written by `google.iam.v1.IAMPolicy`, on `projects/{project}`
   * or on the root, whose name is `/`. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class AccessServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<AccessServiceBlockingStub> {
    private AccessServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AccessServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AccessServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Who the caller is to this server, how that was proven, and what it may do.
     * Errors: none of its own.
     * </pre>
     */
    public dev.chronovisor.v1.WhoAmIResponse whoAmI(dev.chronovisor.v1.WhoAmIRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getWhoAmIMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Whether a principal has a permission on a resource, now or as of a position or time, and by which binding since when.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ExplainAccessResponse explainAccess(dev.chronovisor.v1.ExplainAccessRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getExplainAccessMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The roles that there are: those that are there from the first start, then custom ones.
     * Errors: none of its own.
     * </pre>
     */
    public dev.chronovisor.v1.ListRolesResponse listRoles(dev.chronovisor.v1.ListRolesRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListRolesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Makes a custom role, a list of permissions.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Role createRole(dev.chronovisor.v1.CreateRoleRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCreateRoleMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes title and permissions of a custom role: whoever is bound to it has the new ones at once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Role updateRole(dev.chronovisor.v1.UpdateRoleRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getUpdateRoleMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a custom role: bindings of it grant nothing any more.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Role deleteRole(dev.chronovisor.v1.DeleteRoleRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteRoleMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service AccessService.
   * <pre>
   * Explains access, and keeps custom roles. Bindings of roles to members are read and written by `google.iam.v1.IAMPolicy`, on `projects/{project}`
   * or on the root, whose name is `/`. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class AccessServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<AccessServiceFutureStub> {
    private AccessServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AccessServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AccessServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Who the caller is to this server, how that was proven, and what it may do.
     * Errors: none of its own.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.WhoAmIResponse> whoAmI(
        dev.chronovisor.v1.WhoAmIRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getWhoAmIMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Whether a principal has a permission on a resource, now or as of a position or time, and by which binding since when.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ExplainAccessResponse> explainAccess(
        dev.chronovisor.v1.ExplainAccessRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getExplainAccessMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The roles that there are: those that are there from the first start, then custom ones.
     * Errors: none of its own.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ListRolesResponse> listRoles(
        dev.chronovisor.v1.ListRolesRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListRolesMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Makes a custom role, a list of permissions.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Role> createRole(
        dev.chronovisor.v1.CreateRoleRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCreateRoleMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Changes title and permissions of a custom role: whoever is bound to it has the new ones at once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Role> updateRole(
        dev.chronovisor.v1.UpdateRoleRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getUpdateRoleMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Ends a custom role: bindings of it grant nothing any more.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ROLE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Role> deleteRole(
        dev.chronovisor.v1.DeleteRoleRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteRoleMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_WHO_AM_I = 0;
  private static final int METHODID_EXPLAIN_ACCESS = 1;
  private static final int METHODID_LIST_ROLES = 2;
  private static final int METHODID_CREATE_ROLE = 3;
  private static final int METHODID_UPDATE_ROLE = 4;
  private static final int METHODID_DELETE_ROLE = 5;

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
        case METHODID_WHO_AM_I:
          serviceImpl.whoAmI((dev.chronovisor.v1.WhoAmIRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.WhoAmIResponse>) responseObserver);
          break;
        case METHODID_EXPLAIN_ACCESS:
          serviceImpl.explainAccess((dev.chronovisor.v1.ExplainAccessRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ExplainAccessResponse>) responseObserver);
          break;
        case METHODID_LIST_ROLES:
          serviceImpl.listRoles((dev.chronovisor.v1.ListRolesRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListRolesResponse>) responseObserver);
          break;
        case METHODID_CREATE_ROLE:
          serviceImpl.createRole((dev.chronovisor.v1.CreateRoleRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Role>) responseObserver);
          break;
        case METHODID_UPDATE_ROLE:
          serviceImpl.updateRole((dev.chronovisor.v1.UpdateRoleRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Role>) responseObserver);
          break;
        case METHODID_DELETE_ROLE:
          serviceImpl.deleteRole((dev.chronovisor.v1.DeleteRoleRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Role>) responseObserver);
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
          getWhoAmIMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.WhoAmIRequest,
              dev.chronovisor.v1.WhoAmIResponse>(
                service, METHODID_WHO_AM_I)))
        .addMethod(
          getExplainAccessMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ExplainAccessRequest,
              dev.chronovisor.v1.ExplainAccessResponse>(
                service, METHODID_EXPLAIN_ACCESS)))
        .addMethod(
          getListRolesMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ListRolesRequest,
              dev.chronovisor.v1.ListRolesResponse>(
                service, METHODID_LIST_ROLES)))
        .addMethod(
          getCreateRoleMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.CreateRoleRequest,
              dev.chronovisor.v1.Role>(
                service, METHODID_CREATE_ROLE)))
        .addMethod(
          getUpdateRoleMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.UpdateRoleRequest,
              dev.chronovisor.v1.Role>(
                service, METHODID_UPDATE_ROLE)))
        .addMethod(
          getDeleteRoleMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.DeleteRoleRequest,
              dev.chronovisor.v1.Role>(
                service, METHODID_DELETE_ROLE)))
        .build();
  }

  private static abstract class AccessServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    AccessServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.chronovisor.v1.AccessServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("AccessService");
    }
  }

  private static final class AccessServiceFileDescriptorSupplier
      extends AccessServiceBaseDescriptorSupplier {
    AccessServiceFileDescriptorSupplier() {}
  }

  private static final class AccessServiceMethodDescriptorSupplier
      extends AccessServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    AccessServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (AccessServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new AccessServiceFileDescriptorSupplier())
              .addMethod(getWhoAmIMethod())
              .addMethod(getExplainAccessMethod())
              .addMethod(getListRolesMethod())
              .addMethod(getCreateRoleMethod())
              .addMethod(getUpdateRoleMethod())
              .addMethod(getDeleteRoleMethod())
              .build();
        }
      }
    }
    return result;
  }
}
