package dev.chronovisor.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Drives VMs through their lives. Mutating methods answer with an operation once the command is durable; the operation is done
 * when the VM has got there.
 * Of all methods of all services here:
 * - Who calls is proven: by a token in the metadata `authorization: Bearer TOKEN` (of an OpenID Connect issuer, or of a service
 *   account), by a client certificate, or by the local socket. Events record it, and how it was proven. Each method demands a
 *   permission, which its option `permission` names: see MethodPermission.
 * - Where a server is started with plain text on loopback (`--insecure`), callers without a token are believed, and may do
 *   everything. Who they are is in the metadata `chronovisor-actor`: `user:NAME`, `service:NAME` or `agent:HOST`, where NAME is 1 to
 *   128 of A-Z, a-z, 0-9 and `._&#64;+-`. Without it, it is `user:anonymous`; a command with anything else, such as `alice` alone, is
 *   INVALID_ACTOR. Reads record nobody, and take any.
 * - Every response has the metadata `chronovisor-history`: which history of the ledger its positions are of. Send the last one
 *   back, as it is, with every call. A position, page token or command of another history is then HISTORY_FORKED, after a
 *   restore, instead of being taken for something else.
 * - Names and positions that a response has can be given to any method. A `uid` is for ever; a name can be taken again.
 * - Errors carry `google.rpc.ErrorInfo` with domain `chronovisor.dev` and a reason: see ErrorReason, which also says which
 *   reasons every method can have.
 * - Repeat UNAVAILABLE, after the delay of RetryInfo where there is one. With a `request_id` a command can be repeated whenever
 *   its answer was lost.
 * - Pings (HTTP/2 keepalive): every 15 seconds is right. A client that pings more often than every 5 seconds is sent away
 *   (ENHANCE_YOUR_CALM). Responses are at most 4 MiB, as much as clients take by default.
 * Every method is implemented.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class VmServiceGrpc {

  private VmServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "chronovisor.v1.VmService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateVmRequest,
      com.google.longrunning.Operation> getCreateVmMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CreateVm",
      requestType = dev.chronovisor.v1.CreateVmRequest.class,
      responseType = com.google.longrunning.Operation.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateVmRequest,
      com.google.longrunning.Operation> getCreateVmMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateVmRequest, com.google.longrunning.Operation> getCreateVmMethod;
    if ((getCreateVmMethod = VmServiceGrpc.getCreateVmMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getCreateVmMethod = VmServiceGrpc.getCreateVmMethod) == null) {
          VmServiceGrpc.getCreateVmMethod = getCreateVmMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.CreateVmRequest, com.google.longrunning.Operation>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CreateVm"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CreateVmRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.google.longrunning.Operation.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("CreateVm"))
              .build();
        }
      }
    }
    return getCreateVmMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.BatchCreateVmsRequest,
      dev.chronovisor.v1.BatchCreateVmsResponse> getBatchCreateVmsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "BatchCreateVms",
      requestType = dev.chronovisor.v1.BatchCreateVmsRequest.class,
      responseType = dev.chronovisor.v1.BatchCreateVmsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.BatchCreateVmsRequest,
      dev.chronovisor.v1.BatchCreateVmsResponse> getBatchCreateVmsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.BatchCreateVmsRequest, dev.chronovisor.v1.BatchCreateVmsResponse> getBatchCreateVmsMethod;
    if ((getBatchCreateVmsMethod = VmServiceGrpc.getBatchCreateVmsMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getBatchCreateVmsMethod = VmServiceGrpc.getBatchCreateVmsMethod) == null) {
          VmServiceGrpc.getBatchCreateVmsMethod = getBatchCreateVmsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.BatchCreateVmsRequest, dev.chronovisor.v1.BatchCreateVmsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "BatchCreateVms"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.BatchCreateVmsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.BatchCreateVmsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("BatchCreateVms"))
              .build();
        }
      }
    }
    return getBatchCreateVmsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.BatchStartVmsRequest,
      dev.chronovisor.v1.BatchStartVmsResponse> getBatchStartVmsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "BatchStartVms",
      requestType = dev.chronovisor.v1.BatchStartVmsRequest.class,
      responseType = dev.chronovisor.v1.BatchStartVmsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.BatchStartVmsRequest,
      dev.chronovisor.v1.BatchStartVmsResponse> getBatchStartVmsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.BatchStartVmsRequest, dev.chronovisor.v1.BatchStartVmsResponse> getBatchStartVmsMethod;
    if ((getBatchStartVmsMethod = VmServiceGrpc.getBatchStartVmsMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getBatchStartVmsMethod = VmServiceGrpc.getBatchStartVmsMethod) == null) {
          VmServiceGrpc.getBatchStartVmsMethod = getBatchStartVmsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.BatchStartVmsRequest, dev.chronovisor.v1.BatchStartVmsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "BatchStartVms"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.BatchStartVmsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.BatchStartVmsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("BatchStartVms"))
              .build();
        }
      }
    }
    return getBatchStartVmsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.BatchStopVmsRequest,
      dev.chronovisor.v1.BatchStopVmsResponse> getBatchStopVmsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "BatchStopVms",
      requestType = dev.chronovisor.v1.BatchStopVmsRequest.class,
      responseType = dev.chronovisor.v1.BatchStopVmsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.BatchStopVmsRequest,
      dev.chronovisor.v1.BatchStopVmsResponse> getBatchStopVmsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.BatchStopVmsRequest, dev.chronovisor.v1.BatchStopVmsResponse> getBatchStopVmsMethod;
    if ((getBatchStopVmsMethod = VmServiceGrpc.getBatchStopVmsMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getBatchStopVmsMethod = VmServiceGrpc.getBatchStopVmsMethod) == null) {
          VmServiceGrpc.getBatchStopVmsMethod = getBatchStopVmsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.BatchStopVmsRequest, dev.chronovisor.v1.BatchStopVmsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "BatchStopVms"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.BatchStopVmsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.BatchStopVmsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("BatchStopVms"))
              .build();
        }
      }
    }
    return getBatchStopVmsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.BatchDeleteVmsRequest,
      dev.chronovisor.v1.BatchDeleteVmsResponse> getBatchDeleteVmsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "BatchDeleteVms",
      requestType = dev.chronovisor.v1.BatchDeleteVmsRequest.class,
      responseType = dev.chronovisor.v1.BatchDeleteVmsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.BatchDeleteVmsRequest,
      dev.chronovisor.v1.BatchDeleteVmsResponse> getBatchDeleteVmsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.BatchDeleteVmsRequest, dev.chronovisor.v1.BatchDeleteVmsResponse> getBatchDeleteVmsMethod;
    if ((getBatchDeleteVmsMethod = VmServiceGrpc.getBatchDeleteVmsMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getBatchDeleteVmsMethod = VmServiceGrpc.getBatchDeleteVmsMethod) == null) {
          VmServiceGrpc.getBatchDeleteVmsMethod = getBatchDeleteVmsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.BatchDeleteVmsRequest, dev.chronovisor.v1.BatchDeleteVmsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "BatchDeleteVms"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.BatchDeleteVmsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.BatchDeleteVmsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("BatchDeleteVms"))
              .build();
        }
      }
    }
    return getBatchDeleteVmsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ExecuteCommandsRequest,
      dev.chronovisor.v1.ExecuteCommandsResponse> getExecuteCommandsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ExecuteCommands",
      requestType = dev.chronovisor.v1.ExecuteCommandsRequest.class,
      responseType = dev.chronovisor.v1.ExecuteCommandsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ExecuteCommandsRequest,
      dev.chronovisor.v1.ExecuteCommandsResponse> getExecuteCommandsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ExecuteCommandsRequest, dev.chronovisor.v1.ExecuteCommandsResponse> getExecuteCommandsMethod;
    if ((getExecuteCommandsMethod = VmServiceGrpc.getExecuteCommandsMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getExecuteCommandsMethod = VmServiceGrpc.getExecuteCommandsMethod) == null) {
          VmServiceGrpc.getExecuteCommandsMethod = getExecuteCommandsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ExecuteCommandsRequest, dev.chronovisor.v1.ExecuteCommandsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ExecuteCommands"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ExecuteCommandsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ExecuteCommandsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("ExecuteCommands"))
              .build();
        }
      }
    }
    return getExecuteCommandsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetVmRequest,
      dev.chronovisor.v1.Vm> getGetVmMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetVm",
      requestType = dev.chronovisor.v1.GetVmRequest.class,
      responseType = dev.chronovisor.v1.Vm.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetVmRequest,
      dev.chronovisor.v1.Vm> getGetVmMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetVmRequest, dev.chronovisor.v1.Vm> getGetVmMethod;
    if ((getGetVmMethod = VmServiceGrpc.getGetVmMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getGetVmMethod = VmServiceGrpc.getGetVmMethod) == null) {
          VmServiceGrpc.getGetVmMethod = getGetVmMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetVmRequest, dev.chronovisor.v1.Vm>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetVm"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetVmRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Vm.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("GetVm"))
              .build();
        }
      }
    }
    return getGetVmMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetVmSecretsRequest,
      dev.chronovisor.v1.VmSecrets> getGetVmSecretsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetVmSecrets",
      requestType = dev.chronovisor.v1.GetVmSecretsRequest.class,
      responseType = dev.chronovisor.v1.VmSecrets.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetVmSecretsRequest,
      dev.chronovisor.v1.VmSecrets> getGetVmSecretsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetVmSecretsRequest, dev.chronovisor.v1.VmSecrets> getGetVmSecretsMethod;
    if ((getGetVmSecretsMethod = VmServiceGrpc.getGetVmSecretsMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getGetVmSecretsMethod = VmServiceGrpc.getGetVmSecretsMethod) == null) {
          VmServiceGrpc.getGetVmSecretsMethod = getGetVmSecretsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetVmSecretsRequest, dev.chronovisor.v1.VmSecrets>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetVmSecrets"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetVmSecretsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.VmSecrets.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("GetVmSecrets"))
              .build();
        }
      }
    }
    return getGetVmSecretsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ListVmsRequest,
      dev.chronovisor.v1.ListVmsResponse> getListVmsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListVms",
      requestType = dev.chronovisor.v1.ListVmsRequest.class,
      responseType = dev.chronovisor.v1.ListVmsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ListVmsRequest,
      dev.chronovisor.v1.ListVmsResponse> getListVmsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ListVmsRequest, dev.chronovisor.v1.ListVmsResponse> getListVmsMethod;
    if ((getListVmsMethod = VmServiceGrpc.getListVmsMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getListVmsMethod = VmServiceGrpc.getListVmsMethod) == null) {
          VmServiceGrpc.getListVmsMethod = getListVmsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ListVmsRequest, dev.chronovisor.v1.ListVmsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListVms"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListVmsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListVmsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("ListVms"))
              .build();
        }
      }
    }
    return getListVmsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateVmRequest,
      com.google.longrunning.Operation> getUpdateVmMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UpdateVm",
      requestType = dev.chronovisor.v1.UpdateVmRequest.class,
      responseType = com.google.longrunning.Operation.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateVmRequest,
      com.google.longrunning.Operation> getUpdateVmMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateVmRequest, com.google.longrunning.Operation> getUpdateVmMethod;
    if ((getUpdateVmMethod = VmServiceGrpc.getUpdateVmMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getUpdateVmMethod = VmServiceGrpc.getUpdateVmMethod) == null) {
          VmServiceGrpc.getUpdateVmMethod = getUpdateVmMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.UpdateVmRequest, com.google.longrunning.Operation>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UpdateVm"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.UpdateVmRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.google.longrunning.Operation.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("UpdateVm"))
              .build();
        }
      }
    }
    return getUpdateVmMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.StartVmRequest,
      com.google.longrunning.Operation> getStartVmMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "StartVm",
      requestType = dev.chronovisor.v1.StartVmRequest.class,
      responseType = com.google.longrunning.Operation.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.StartVmRequest,
      com.google.longrunning.Operation> getStartVmMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.StartVmRequest, com.google.longrunning.Operation> getStartVmMethod;
    if ((getStartVmMethod = VmServiceGrpc.getStartVmMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getStartVmMethod = VmServiceGrpc.getStartVmMethod) == null) {
          VmServiceGrpc.getStartVmMethod = getStartVmMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.StartVmRequest, com.google.longrunning.Operation>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "StartVm"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.StartVmRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.google.longrunning.Operation.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("StartVm"))
              .build();
        }
      }
    }
    return getStartVmMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.StopVmRequest,
      com.google.longrunning.Operation> getStopVmMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "StopVm",
      requestType = dev.chronovisor.v1.StopVmRequest.class,
      responseType = com.google.longrunning.Operation.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.StopVmRequest,
      com.google.longrunning.Operation> getStopVmMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.StopVmRequest, com.google.longrunning.Operation> getStopVmMethod;
    if ((getStopVmMethod = VmServiceGrpc.getStopVmMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getStopVmMethod = VmServiceGrpc.getStopVmMethod) == null) {
          VmServiceGrpc.getStopVmMethod = getStopVmMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.StopVmRequest, com.google.longrunning.Operation>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "StopVm"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.StopVmRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.google.longrunning.Operation.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("StopVm"))
              .build();
        }
      }
    }
    return getStopVmMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.RebootVmRequest,
      com.google.longrunning.Operation> getRebootVmMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RebootVm",
      requestType = dev.chronovisor.v1.RebootVmRequest.class,
      responseType = com.google.longrunning.Operation.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.RebootVmRequest,
      com.google.longrunning.Operation> getRebootVmMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.RebootVmRequest, com.google.longrunning.Operation> getRebootVmMethod;
    if ((getRebootVmMethod = VmServiceGrpc.getRebootVmMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getRebootVmMethod = VmServiceGrpc.getRebootVmMethod) == null) {
          VmServiceGrpc.getRebootVmMethod = getRebootVmMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.RebootVmRequest, com.google.longrunning.Operation>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RebootVm"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.RebootVmRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.google.longrunning.Operation.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("RebootVm"))
              .build();
        }
      }
    }
    return getRebootVmMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.PauseVmRequest,
      com.google.longrunning.Operation> getPauseVmMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "PauseVm",
      requestType = dev.chronovisor.v1.PauseVmRequest.class,
      responseType = com.google.longrunning.Operation.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.PauseVmRequest,
      com.google.longrunning.Operation> getPauseVmMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.PauseVmRequest, com.google.longrunning.Operation> getPauseVmMethod;
    if ((getPauseVmMethod = VmServiceGrpc.getPauseVmMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getPauseVmMethod = VmServiceGrpc.getPauseVmMethod) == null) {
          VmServiceGrpc.getPauseVmMethod = getPauseVmMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.PauseVmRequest, com.google.longrunning.Operation>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "PauseVm"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.PauseVmRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.google.longrunning.Operation.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("PauseVm"))
              .build();
        }
      }
    }
    return getPauseVmMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ResumeVmRequest,
      com.google.longrunning.Operation> getResumeVmMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ResumeVm",
      requestType = dev.chronovisor.v1.ResumeVmRequest.class,
      responseType = com.google.longrunning.Operation.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ResumeVmRequest,
      com.google.longrunning.Operation> getResumeVmMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ResumeVmRequest, com.google.longrunning.Operation> getResumeVmMethod;
    if ((getResumeVmMethod = VmServiceGrpc.getResumeVmMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getResumeVmMethod = VmServiceGrpc.getResumeVmMethod) == null) {
          VmServiceGrpc.getResumeVmMethod = getResumeVmMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ResumeVmRequest, com.google.longrunning.Operation>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ResumeVm"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ResumeVmRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.google.longrunning.Operation.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("ResumeVm"))
              .build();
        }
      }
    }
    return getResumeVmMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.MigrateVmRequest,
      com.google.longrunning.Operation> getMigrateVmMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "MigrateVm",
      requestType = dev.chronovisor.v1.MigrateVmRequest.class,
      responseType = com.google.longrunning.Operation.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.MigrateVmRequest,
      com.google.longrunning.Operation> getMigrateVmMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.MigrateVmRequest, com.google.longrunning.Operation> getMigrateVmMethod;
    if ((getMigrateVmMethod = VmServiceGrpc.getMigrateVmMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getMigrateVmMethod = VmServiceGrpc.getMigrateVmMethod) == null) {
          VmServiceGrpc.getMigrateVmMethod = getMigrateVmMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.MigrateVmRequest, com.google.longrunning.Operation>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "MigrateVm"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.MigrateVmRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.google.longrunning.Operation.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("MigrateVm"))
              .build();
        }
      }
    }
    return getMigrateVmMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteVmRequest,
      com.google.longrunning.Operation> getDeleteVmMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeleteVm",
      requestType = dev.chronovisor.v1.DeleteVmRequest.class,
      responseType = com.google.longrunning.Operation.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteVmRequest,
      com.google.longrunning.Operation> getDeleteVmMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteVmRequest, com.google.longrunning.Operation> getDeleteVmMethod;
    if ((getDeleteVmMethod = VmServiceGrpc.getDeleteVmMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getDeleteVmMethod = VmServiceGrpc.getDeleteVmMethod) == null) {
          VmServiceGrpc.getDeleteVmMethod = getDeleteVmMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.DeleteVmRequest, com.google.longrunning.Operation>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeleteVm"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.DeleteVmRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.google.longrunning.Operation.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("DeleteVm"))
              .build();
        }
      }
    }
    return getDeleteVmMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.WatchVmsRequest,
      dev.chronovisor.v1.WatchVmsResponse> getWatchVmsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "WatchVms",
      requestType = dev.chronovisor.v1.WatchVmsRequest.class,
      responseType = dev.chronovisor.v1.WatchVmsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.WatchVmsRequest,
      dev.chronovisor.v1.WatchVmsResponse> getWatchVmsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.WatchVmsRequest, dev.chronovisor.v1.WatchVmsResponse> getWatchVmsMethod;
    if ((getWatchVmsMethod = VmServiceGrpc.getWatchVmsMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getWatchVmsMethod = VmServiceGrpc.getWatchVmsMethod) == null) {
          VmServiceGrpc.getWatchVmsMethod = getWatchVmsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.WatchVmsRequest, dev.chronovisor.v1.WatchVmsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "WatchVms"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.WatchVmsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.WatchVmsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("WatchVms"))
              .build();
        }
      }
    }
    return getWatchVmsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ExplainPlacementRequest,
      dev.chronovisor.v1.ExplainPlacementResponse> getExplainPlacementMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ExplainPlacement",
      requestType = dev.chronovisor.v1.ExplainPlacementRequest.class,
      responseType = dev.chronovisor.v1.ExplainPlacementResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ExplainPlacementRequest,
      dev.chronovisor.v1.ExplainPlacementResponse> getExplainPlacementMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ExplainPlacementRequest, dev.chronovisor.v1.ExplainPlacementResponse> getExplainPlacementMethod;
    if ((getExplainPlacementMethod = VmServiceGrpc.getExplainPlacementMethod) == null) {
      synchronized (VmServiceGrpc.class) {
        if ((getExplainPlacementMethod = VmServiceGrpc.getExplainPlacementMethod) == null) {
          VmServiceGrpc.getExplainPlacementMethod = getExplainPlacementMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ExplainPlacementRequest, dev.chronovisor.v1.ExplainPlacementResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ExplainPlacement"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ExplainPlacementRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ExplainPlacementResponse.getDefaultInstance()))
              .setSchemaDescriptor(new VmServiceMethodDescriptorSupplier("ExplainPlacement"))
              .build();
        }
      }
    }
    return getExplainPlacementMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static VmServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<VmServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<VmServiceStub>() {
        @java.lang.Override
        public VmServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new VmServiceStub(channel, callOptions);
        }
      };
    return VmServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static VmServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<VmServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<VmServiceBlockingV2Stub>() {
        @java.lang.Override
        public VmServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new VmServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return VmServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static VmServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<VmServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<VmServiceBlockingStub>() {
        @java.lang.Override
        public VmServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new VmServiceBlockingStub(channel, callOptions);
        }
      };
    return VmServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static VmServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<VmServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<VmServiceFutureStub>() {
        @java.lang.Override
        public VmServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new VmServiceFutureStub(channel, callOptions);
        }
      };
    return VmServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Drives VMs through their lives. Mutating methods answer with an operation once the command is durable; the operation is done
   * when the VM has got there.
   * Of all methods of all services here:
   * - Who calls is proven: by a token in the metadata `authorization: Bearer TOKEN` (of an OpenID Connect issuer, or of a service
   *   account), by a client certificate, or by the local socket. Events record it, and how it was proven. Each method demands a
   *   permission, which its option `permission` names: see MethodPermission.
   * - Where a server is started with plain text on loopback (`--insecure`), callers without a token are believed, and may do
   *   everything. Who they are is in the metadata `chronovisor-actor`: `user:NAME`, `service:NAME` or `agent:HOST`, where NAME is 1 to
   *   128 of A-Z, a-z, 0-9 and `._&#64;+-`. Without it, it is `user:anonymous`; a command with anything else, such as `alice` alone, is
   *   INVALID_ACTOR. Reads record nobody, and take any.
   * - Every response has the metadata `chronovisor-history`: which history of the ledger its positions are of. Send the last one
   *   back, as it is, with every call. A position, page token or command of another history is then HISTORY_FORKED, after a
   *   restore, instead of being taken for something else.
   * - Names and positions that a response has can be given to any method. A `uid` is for ever; a name can be taken again.
   * - Errors carry `google.rpc.ErrorInfo` with domain `chronovisor.dev` and a reason: see ErrorReason, which also says which
   *   reasons every method can have.
   * - Repeat UNAVAILABLE, after the delay of RetryInfo where there is one. With a `request_id` a command can be repeated whenever
   *   its answer was lost.
   * - Pings (HTTP/2 keepalive): every 15 seconds is right. A client that pings more often than every 5 seconds is sent away
   *   (ENHANCE_YOUR_CALM). Responses are at most 4 MiB, as much as clients take by default.
   * Every method is implemented.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Records a VM's definition: STOPPED, holding nothing; with `start`, starts it in the same append, and it is created and
     * placed, or neither. Without `start` the operation is done at once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_ALREADY_EXISTS, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    default void createVm(dev.chronovisor.v1.CreateVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCreateVmMethod(), responseObserver);
    }

    /**
     * <pre>
     * Creates up to 1,000 VMs in one append, all or none unless `allow_partial`. Each item has its own operation. An error that one
     * item causes names it: `requests[3].vm_id`, and `item` in the ErrorInfo's metadata. See AIP-231.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_ALREADY_EXISTS, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    default void batchCreateVms(dev.chronovisor.v1.BatchCreateVmsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.BatchCreateVmsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getBatchCreateVmsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Starts up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, VM_DISK_IN_USE, GUEST_ELSEWHERE, HOSTS_UNREPORTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void batchStartVms(dev.chronovisor.v1.BatchStartVmsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.BatchStartVmsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getBatchStartVmsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Stops up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void batchStopVms(dev.chronovisor.v1.BatchStopVmsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.BatchStopVmsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getBatchStopVmsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Destroys up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, DELETION_PROTECTED, VM_DISK_IN_USE, ETAG_MISMATCH, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void batchDeleteVms(dev.chronovisor.v1.BatchDeleteVmsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.BatchDeleteVmsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getBatchDeleteVmsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Many commands over one call, answered as they commit, in any order: each with its own `tag`. At most 1,024 of them are
     * carried out at once; beyond that the server does not read on. A command that is refused has its error in its answer, with the
     * reasons of the method of its own, and the call goes on. The call ends when the client has sent its last command and each is
     * answered. Commands whose answers were lost can be sent again, with their `request_id`.
     * Errors: INVALID_ACTOR.
     * </pre>
     */
    default io.grpc.stub.StreamObserver<dev.chronovisor.v1.ExecuteCommandsRequest> executeCommands(
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ExecuteCommandsResponse> responseObserver) {
      return io.grpc.stub.ServerCalls.asyncUnimplementedStreamingCall(getExecuteCommandsMethod(), responseObserver);
    }

    /**
     * <pre>
     * One VM, now or as of a position or time. A DELETED one is found by `projects/{project}/vms/{uid}`.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void getVm(dev.chronovisor.v1.GetVmRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Vm> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetVmMethod(), responseObserver);
    }

    /**
     * <pre>
     * The secrets of a VM, as they are now; of a DELETED one, by its uid, until they are forgotten. The one read that gives them.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, SECRETS_FORGOTTEN, SECRETS_UNAVAILABLE.
     * </pre>
     */
    default void getVmSecrets(dev.chronovisor.v1.GetVmSecretsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.VmSecrets> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetVmSecretsMethod(), responseObserver);
    }

    /**
     * <pre>
     * The VMs of a project, or of all with parent `projects/-`, now or as of a position or time. All pages are of the first one's
     * position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void listVms(dev.chronovisor.v1.ListVmsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListVmsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListVmsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Changes labels, the expected lifetime, the availability and the user data, of a VM in any state but DELETED, and the spec of a
     * STOPPED VM:
     * those that the mask names, `*` for all, without a mask those that are set. A disk that is placed keeps its image and does not
     * shrink (INVALID_FIELD). It grows, of a RUNNING or PAUSED VM, too, and its guest sees that: INSUFFICIENT_RESOURCES when its host
     * has no room. vCPUs and memory count from the next start, which may be elsewhere. Rules that running VMs break from then on
     * are listed by their host; nothing is evicted. Nothing changed is a success that appends nothing. The operation is done at
     * once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, INSUFFICIENT_RESOURCES, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    default void updateVm(dev.chronovisor.v1.UpdateVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getUpdateVmMethod(), responseObserver);
    }

    /**
     * <pre>
     * Places the VM and starts it. On a RUNNING VM, a success that changes nothing; on a STARTING one, the operation that is under
     * way.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, VM_DISK_IN_USE, GUEST_ELSEWHERE, HOSTS_UNREPORTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void startVm(dev.chronovisor.v1.StartVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getStartVmMethod(), responseObserver);
    }

    /**
     * <pre>
     * Stops the VM; its compute is freed when its agent confirms, its disk is kept. On a STOPPED VM, a success that changes
     * nothing; on a STOPPING one, the operation that is under way, unless `grace_period` is shorter.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void stopVm(dev.chronovisor.v1.StopVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getStopVmMethod(), responseObserver);
    }

    /**
     * <pre>
     * Restarts the guest in place. Every request is a restart of its own.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void rebootVm(dev.chronovisor.v1.RebootVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRebootVmMethod(), responseObserver);
    }

    /**
     * <pre>
     * Freezes the guest's CPUs; it keeps all it holds. On a PAUSED VM that is to stay so, a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void pauseVm(dev.chronovisor.v1.PauseVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getPauseVmMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lets a PAUSED guest go on. On a RUNNING VM that is to stay so, a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void resumeVm(dev.chronovisor.v1.ResumeVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getResumeVmMethod(), responseObserver);
    }

    /**
     * <pre>
     * Moves a RUNNING or PAUSED VM to another host while it runs. Both hosts hold its capacity until it is over; a disk that they do
     * not share is copied. Whatever fails leads back to exactly one VM that runs. Its operation can be cancelled. NO_CAPACITY: no
     * host has room, by all its rules, the CPU models and machine types that both ends must have among them.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void migrateVm(dev.chronovisor.v1.MigrateVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getMigrateVmMethod(), responseObserver);
    }

    /**
     * <pre>
     * Destroys the VM in whatever state it is, its disk with it, and reclaims everything. Its history stays. On a DELETING VM, the
     * operation that is under way; a DELETED one is VM_NOT_FOUND, by its uid, too.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, DELETION_PROTECTED, VM_DISK_IN_USE, ETAG_MISMATCH, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void deleteVm(dev.chronovisor.v1.DeleteVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteVmMethod(), responseObserver);
    }

    /**
     * <pre>
     * VMs as they change, after a position, without a gap or a repeat. `start` says where to begin.
     * The stream does not end by itself. When it ends, open it again with `start` WATCH_START_AFTER_POSITION, after the greatest
     * position of a change or a checkpoint that was received: nothing is missed, and nothing comes twice. Do so on UNAVAILABLE, and
     * on what libraries make of a connection that was cut: CANCELLED, unless the caller cancelled (connect-node), UNKNOWN (tonic),
     * INTERNAL. At once the first time, then with growing delays, or after the delay of RetryInfo. Do not on INVALID_ARGUMENT,
     * NOT_FOUND, OUT_OF_RANGE, PERMISSION_DENIED, UNAUTHENTICATED, FAILED_PRECONDITION, UNIMPLEMENTED.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void watchVms(dev.chronovisor.v1.WatchVmsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.WatchVmsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getWatchVmsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Where a VM would be placed and why, or why a past placement was made. Nothing is changed. That no host fits is an answer, not
     * an error.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, PLACEMENT_NOT_FOUND, NO_SPARE_CAPACITY,
     * QUOTA_EXCEEDED, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void explainPlacement(dev.chronovisor.v1.ExplainPlacementRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ExplainPlacementResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getExplainPlacementMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service VmService.
   * <pre>
   * Drives VMs through their lives. Mutating methods answer with an operation once the command is durable; the operation is done
   * when the VM has got there.
   * Of all methods of all services here:
   * - Who calls is proven: by a token in the metadata `authorization: Bearer TOKEN` (of an OpenID Connect issuer, or of a service
   *   account), by a client certificate, or by the local socket. Events record it, and how it was proven. Each method demands a
   *   permission, which its option `permission` names: see MethodPermission.
   * - Where a server is started with plain text on loopback (`--insecure`), callers without a token are believed, and may do
   *   everything. Who they are is in the metadata `chronovisor-actor`: `user:NAME`, `service:NAME` or `agent:HOST`, where NAME is 1 to
   *   128 of A-Z, a-z, 0-9 and `._&#64;+-`. Without it, it is `user:anonymous`; a command with anything else, such as `alice` alone, is
   *   INVALID_ACTOR. Reads record nobody, and take any.
   * - Every response has the metadata `chronovisor-history`: which history of the ledger its positions are of. Send the last one
   *   back, as it is, with every call. A position, page token or command of another history is then HISTORY_FORKED, after a
   *   restore, instead of being taken for something else.
   * - Names and positions that a response has can be given to any method. A `uid` is for ever; a name can be taken again.
   * - Errors carry `google.rpc.ErrorInfo` with domain `chronovisor.dev` and a reason: see ErrorReason, which also says which
   *   reasons every method can have.
   * - Repeat UNAVAILABLE, after the delay of RetryInfo where there is one. With a `request_id` a command can be repeated whenever
   *   its answer was lost.
   * - Pings (HTTP/2 keepalive): every 15 seconds is right. A client that pings more often than every 5 seconds is sent away
   *   (ENHANCE_YOUR_CALM). Responses are at most 4 MiB, as much as clients take by default.
   * Every method is implemented.
   * </pre>
   */
  public static abstract class VmServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return VmServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service VmService.
   * <pre>
   * Drives VMs through their lives. Mutating methods answer with an operation once the command is durable; the operation is done
   * when the VM has got there.
   * Of all methods of all services here:
   * - Who calls is proven: by a token in the metadata `authorization: Bearer TOKEN` (of an OpenID Connect issuer, or of a service
   *   account), by a client certificate, or by the local socket. Events record it, and how it was proven. Each method demands a
   *   permission, which its option `permission` names: see MethodPermission.
   * - Where a server is started with plain text on loopback (`--insecure`), callers without a token are believed, and may do
   *   everything. Who they are is in the metadata `chronovisor-actor`: `user:NAME`, `service:NAME` or `agent:HOST`, where NAME is 1 to
   *   128 of A-Z, a-z, 0-9 and `._&#64;+-`. Without it, it is `user:anonymous`; a command with anything else, such as `alice` alone, is
   *   INVALID_ACTOR. Reads record nobody, and take any.
   * - Every response has the metadata `chronovisor-history`: which history of the ledger its positions are of. Send the last one
   *   back, as it is, with every call. A position, page token or command of another history is then HISTORY_FORKED, after a
   *   restore, instead of being taken for something else.
   * - Names and positions that a response has can be given to any method. A `uid` is for ever; a name can be taken again.
   * - Errors carry `google.rpc.ErrorInfo` with domain `chronovisor.dev` and a reason: see ErrorReason, which also says which
   *   reasons every method can have.
   * - Repeat UNAVAILABLE, after the delay of RetryInfo where there is one. With a `request_id` a command can be repeated whenever
   *   its answer was lost.
   * - Pings (HTTP/2 keepalive): every 15 seconds is right. A client that pings more often than every 5 seconds is sent away
   *   (ENHANCE_YOUR_CALM). Responses are at most 4 MiB, as much as clients take by default.
   * Every method is implemented.
   * </pre>
   */
  public static final class VmServiceStub
      extends io.grpc.stub.AbstractAsyncStub<VmServiceStub> {
    private VmServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected VmServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new VmServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Records a VM's definition: STOPPED, holding nothing; with `start`, starts it in the same append, and it is created and
     * placed, or neither. Without `start` the operation is done at once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_ALREADY_EXISTS, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public void createVm(dev.chronovisor.v1.CreateVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCreateVmMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Creates up to 1,000 VMs in one append, all or none unless `allow_partial`. Each item has its own operation. An error that one
     * item causes names it: `requests[3].vm_id`, and `item` in the ErrorInfo's metadata. See AIP-231.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_ALREADY_EXISTS, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public void batchCreateVms(dev.chronovisor.v1.BatchCreateVmsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.BatchCreateVmsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getBatchCreateVmsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Starts up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, VM_DISK_IN_USE, GUEST_ELSEWHERE, HOSTS_UNREPORTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void batchStartVms(dev.chronovisor.v1.BatchStartVmsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.BatchStartVmsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getBatchStartVmsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Stops up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void batchStopVms(dev.chronovisor.v1.BatchStopVmsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.BatchStopVmsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getBatchStopVmsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Destroys up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, DELETION_PROTECTED, VM_DISK_IN_USE, ETAG_MISMATCH, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void batchDeleteVms(dev.chronovisor.v1.BatchDeleteVmsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.BatchDeleteVmsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getBatchDeleteVmsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Many commands over one call, answered as they commit, in any order: each with its own `tag`. At most 1,024 of them are
     * carried out at once; beyond that the server does not read on. A command that is refused has its error in its answer, with the
     * reasons of the method of its own, and the call goes on. The call ends when the client has sent its last command and each is
     * answered. Commands whose answers were lost can be sent again, with their `request_id`.
     * Errors: INVALID_ACTOR.
     * </pre>
     */
    public io.grpc.stub.StreamObserver<dev.chronovisor.v1.ExecuteCommandsRequest> executeCommands(
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ExecuteCommandsResponse> responseObserver) {
      return io.grpc.stub.ClientCalls.asyncBidiStreamingCall(
          getChannel().newCall(getExecuteCommandsMethod(), getCallOptions()), responseObserver);
    }

    /**
     * <pre>
     * One VM, now or as of a position or time. A DELETED one is found by `projects/{project}/vms/{uid}`.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void getVm(dev.chronovisor.v1.GetVmRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Vm> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetVmMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The secrets of a VM, as they are now; of a DELETED one, by its uid, until they are forgotten. The one read that gives them.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, SECRETS_FORGOTTEN, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public void getVmSecrets(dev.chronovisor.v1.GetVmSecretsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.VmSecrets> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetVmSecretsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The VMs of a project, or of all with parent `projects/-`, now or as of a position or time. All pages are of the first one's
     * position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void listVms(dev.chronovisor.v1.ListVmsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListVmsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListVmsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Changes labels, the expected lifetime, the availability and the user data, of a VM in any state but DELETED, and the spec of a
     * STOPPED VM:
     * those that the mask names, `*` for all, without a mask those that are set. A disk that is placed keeps its image and does not
     * shrink (INVALID_FIELD). It grows, of a RUNNING or PAUSED VM, too, and its guest sees that: INSUFFICIENT_RESOURCES when its host
     * has no room. vCPUs and memory count from the next start, which may be elsewhere. Rules that running VMs break from then on
     * are listed by their host; nothing is evicted. Nothing changed is a success that appends nothing. The operation is done at
     * once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, INSUFFICIENT_RESOURCES, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public void updateVm(dev.chronovisor.v1.UpdateVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getUpdateVmMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Places the VM and starts it. On a RUNNING VM, a success that changes nothing; on a STARTING one, the operation that is under
     * way.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, VM_DISK_IN_USE, GUEST_ELSEWHERE, HOSTS_UNREPORTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void startVm(dev.chronovisor.v1.StartVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getStartVmMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Stops the VM; its compute is freed when its agent confirms, its disk is kept. On a STOPPED VM, a success that changes
     * nothing; on a STOPPING one, the operation that is under way, unless `grace_period` is shorter.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void stopVm(dev.chronovisor.v1.StopVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getStopVmMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Restarts the guest in place. Every request is a restart of its own.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void rebootVm(dev.chronovisor.v1.RebootVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRebootVmMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Freezes the guest's CPUs; it keeps all it holds. On a PAUSED VM that is to stay so, a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void pauseVm(dev.chronovisor.v1.PauseVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getPauseVmMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lets a PAUSED guest go on. On a RUNNING VM that is to stay so, a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void resumeVm(dev.chronovisor.v1.ResumeVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getResumeVmMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Moves a RUNNING or PAUSED VM to another host while it runs. Both hosts hold its capacity until it is over; a disk that they do
     * not share is copied. Whatever fails leads back to exactly one VM that runs. Its operation can be cancelled. NO_CAPACITY: no
     * host has room, by all its rules, the CPU models and machine types that both ends must have among them.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void migrateVm(dev.chronovisor.v1.MigrateVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getMigrateVmMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Destroys the VM in whatever state it is, its disk with it, and reclaims everything. Its history stays. On a DELETING VM, the
     * operation that is under way; a DELETED one is VM_NOT_FOUND, by its uid, too.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, DELETION_PROTECTED, VM_DISK_IN_USE, ETAG_MISMATCH, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void deleteVm(dev.chronovisor.v1.DeleteVmRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteVmMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * VMs as they change, after a position, without a gap or a repeat. `start` says where to begin.
     * The stream does not end by itself. When it ends, open it again with `start` WATCH_START_AFTER_POSITION, after the greatest
     * position of a change or a checkpoint that was received: nothing is missed, and nothing comes twice. Do so on UNAVAILABLE, and
     * on what libraries make of a connection that was cut: CANCELLED, unless the caller cancelled (connect-node), UNKNOWN (tonic),
     * INTERNAL. At once the first time, then with growing delays, or after the delay of RetryInfo. Do not on INVALID_ARGUMENT,
     * NOT_FOUND, OUT_OF_RANGE, PERMISSION_DENIED, UNAUTHENTICATED, FAILED_PRECONDITION, UNIMPLEMENTED.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void watchVms(dev.chronovisor.v1.WatchVmsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.WatchVmsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getWatchVmsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Where a VM would be placed and why, or why a past placement was made. Nothing is changed. That no host fits is an answer, not
     * an error.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, PLACEMENT_NOT_FOUND, NO_SPARE_CAPACITY,
     * QUOTA_EXCEEDED, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void explainPlacement(dev.chronovisor.v1.ExplainPlacementRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ExplainPlacementResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getExplainPlacementMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service VmService.
   * <pre>
   * Drives VMs through their lives. Mutating methods answer with an operation once the command is durable; the operation is done
   * when the VM has got there.
   * Of all methods of all services here:
   * - Who calls is proven: by a token in the metadata `authorization: Bearer TOKEN` (of an OpenID Connect issuer, or of a service
   *   account), by a client certificate, or by the local socket. Events record it, and how it was proven. Each method demands a
   *   permission, which its option `permission` names: see MethodPermission.
   * - Where a server is started with plain text on loopback (`--insecure`), callers without a token are believed, and may do
   *   everything. Who they are is in the metadata `chronovisor-actor`: `user:NAME`, `service:NAME` or `agent:HOST`, where NAME is 1 to
   *   128 of A-Z, a-z, 0-9 and `._&#64;+-`. Without it, it is `user:anonymous`; a command with anything else, such as `alice` alone, is
   *   INVALID_ACTOR. Reads record nobody, and take any.
   * - Every response has the metadata `chronovisor-history`: which history of the ledger its positions are of. Send the last one
   *   back, as it is, with every call. A position, page token or command of another history is then HISTORY_FORKED, after a
   *   restore, instead of being taken for something else.
   * - Names and positions that a response has can be given to any method. A `uid` is for ever; a name can be taken again.
   * - Errors carry `google.rpc.ErrorInfo` with domain `chronovisor.dev` and a reason: see ErrorReason, which also says which
   *   reasons every method can have.
   * - Repeat UNAVAILABLE, after the delay of RetryInfo where there is one. With a `request_id` a command can be repeated whenever
   *   its answer was lost.
   * - Pings (HTTP/2 keepalive): every 15 seconds is right. A client that pings more often than every 5 seconds is sent away
   *   (ENHANCE_YOUR_CALM). Responses are at most 4 MiB, as much as clients take by default.
   * Every method is implemented.
   * </pre>
   */
  public static final class VmServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<VmServiceBlockingV2Stub> {
    private VmServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected VmServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new VmServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Records a VM's definition: STOPPED, holding nothing; with `start`, starts it in the same append, and it is created and
     * placed, or neither. Without `start` the operation is done at once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_ALREADY_EXISTS, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public com.google.longrunning.Operation createVm(dev.chronovisor.v1.CreateVmRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCreateVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Creates up to 1,000 VMs in one append, all or none unless `allow_partial`. Each item has its own operation. An error that one
     * item causes names it: `requests[3].vm_id`, and `item` in the ErrorInfo's metadata. See AIP-231.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_ALREADY_EXISTS, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public dev.chronovisor.v1.BatchCreateVmsResponse batchCreateVms(dev.chronovisor.v1.BatchCreateVmsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getBatchCreateVmsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Starts up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, VM_DISK_IN_USE, GUEST_ELSEWHERE, HOSTS_UNREPORTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.BatchStartVmsResponse batchStartVms(dev.chronovisor.v1.BatchStartVmsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getBatchStartVmsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Stops up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.BatchStopVmsResponse batchStopVms(dev.chronovisor.v1.BatchStopVmsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getBatchStopVmsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Destroys up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, DELETION_PROTECTED, VM_DISK_IN_USE, ETAG_MISMATCH, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.BatchDeleteVmsResponse batchDeleteVms(dev.chronovisor.v1.BatchDeleteVmsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getBatchDeleteVmsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Many commands over one call, answered as they commit, in any order: each with its own `tag`. At most 1,024 of them are
     * carried out at once; beyond that the server does not read on. A command that is refused has its error in its answer, with the
     * reasons of the method of its own, and the call goes on. The call ends when the client has sent its last command and each is
     * answered. Commands whose answers were lost can be sent again, with their `request_id`.
     * Errors: INVALID_ACTOR.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<dev.chronovisor.v1.ExecuteCommandsRequest, dev.chronovisor.v1.ExecuteCommandsResponse>
        executeCommands() {
      return io.grpc.stub.ClientCalls.blockingBidiStreamingCall(
          getChannel(), getExecuteCommandsMethod(), getCallOptions());
    }

    /**
     * <pre>
     * One VM, now or as of a position or time. A DELETED one is found by `projects/{project}/vms/{uid}`.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.Vm getVm(dev.chronovisor.v1.GetVmRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The secrets of a VM, as they are now; of a DELETED one, by its uid, until they are forgotten. The one read that gives them.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, SECRETS_FORGOTTEN, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public dev.chronovisor.v1.VmSecrets getVmSecrets(dev.chronovisor.v1.GetVmSecretsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetVmSecretsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The VMs of a project, or of all with parent `projects/-`, now or as of a position or time. All pages are of the first one's
     * position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListVmsResponse listVms(dev.chronovisor.v1.ListVmsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListVmsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes labels, the expected lifetime, the availability and the user data, of a VM in any state but DELETED, and the spec of a
     * STOPPED VM:
     * those that the mask names, `*` for all, without a mask those that are set. A disk that is placed keeps its image and does not
     * shrink (INVALID_FIELD). It grows, of a RUNNING or PAUSED VM, too, and its guest sees that: INSUFFICIENT_RESOURCES when its host
     * has no room. vCPUs and memory count from the next start, which may be elsewhere. Rules that running VMs break from then on
     * are listed by their host; nothing is evicted. Nothing changed is a success that appends nothing. The operation is done at
     * once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, INSUFFICIENT_RESOURCES, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public com.google.longrunning.Operation updateVm(dev.chronovisor.v1.UpdateVmRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getUpdateVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Places the VM and starts it. On a RUNNING VM, a success that changes nothing; on a STARTING one, the operation that is under
     * way.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, VM_DISK_IN_USE, GUEST_ELSEWHERE, HOSTS_UNREPORTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation startVm(dev.chronovisor.v1.StartVmRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getStartVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Stops the VM; its compute is freed when its agent confirms, its disk is kept. On a STOPPED VM, a success that changes
     * nothing; on a STOPPING one, the operation that is under way, unless `grace_period` is shorter.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation stopVm(dev.chronovisor.v1.StopVmRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getStopVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Restarts the guest in place. Every request is a restart of its own.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation rebootVm(dev.chronovisor.v1.RebootVmRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRebootVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Freezes the guest's CPUs; it keeps all it holds. On a PAUSED VM that is to stay so, a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation pauseVm(dev.chronovisor.v1.PauseVmRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getPauseVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lets a PAUSED guest go on. On a RUNNING VM that is to stay so, a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation resumeVm(dev.chronovisor.v1.ResumeVmRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getResumeVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Moves a RUNNING or PAUSED VM to another host while it runs. Both hosts hold its capacity until it is over; a disk that they do
     * not share is copied. Whatever fails leads back to exactly one VM that runs. Its operation can be cancelled. NO_CAPACITY: no
     * host has room, by all its rules, the CPU models and machine types that both ends must have among them.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation migrateVm(dev.chronovisor.v1.MigrateVmRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getMigrateVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Destroys the VM in whatever state it is, its disk with it, and reclaims everything. Its history stays. On a DELETING VM, the
     * operation that is under way; a DELETED one is VM_NOT_FOUND, by its uid, too.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, DELETION_PROTECTED, VM_DISK_IN_USE, ETAG_MISMATCH, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation deleteVm(dev.chronovisor.v1.DeleteVmRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDeleteVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * VMs as they change, after a position, without a gap or a repeat. `start` says where to begin.
     * The stream does not end by itself. When it ends, open it again with `start` WATCH_START_AFTER_POSITION, after the greatest
     * position of a change or a checkpoint that was received: nothing is missed, and nothing comes twice. Do so on UNAVAILABLE, and
     * on what libraries make of a connection that was cut: CANCELLED, unless the caller cancelled (connect-node), UNKNOWN (tonic),
     * INTERNAL. At once the first time, then with growing delays, or after the delay of RetryInfo. Do not on INVALID_ARGUMENT,
     * NOT_FOUND, OUT_OF_RANGE, PERMISSION_DENIED, UNAUTHENTICATED, FAILED_PRECONDITION, UNIMPLEMENTED.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, dev.chronovisor.v1.WatchVmsResponse>
        watchVms(dev.chronovisor.v1.WatchVmsRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getWatchVmsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Where a VM would be placed and why, or why a past placement was made. Nothing is changed. That no host fits is an answer, not
     * an error.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, PLACEMENT_NOT_FOUND, NO_SPARE_CAPACITY,
     * QUOTA_EXCEEDED, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.ExplainPlacementResponse explainPlacement(dev.chronovisor.v1.ExplainPlacementRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getExplainPlacementMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service VmService.
   * <pre>
   * Drives VMs through their lives. Mutating methods answer with an operation once the command is durable; the operation is done
   * when the VM has got there.
   * Of all methods of all services here:
   * - Who calls is proven: by a token in the metadata `authorization: Bearer TOKEN` (of an OpenID Connect issuer, or of a service
   *   account), by a client certificate, or by the local socket. Events record it, and how it was proven. Each method demands a
   *   permission, which its option `permission` names: see MethodPermission.
   * - Where a server is started with plain text on loopback (`--insecure`), callers without a token are believed, and may do
   *   everything. Who they are is in the metadata `chronovisor-actor`: `user:NAME`, `service:NAME` or `agent:HOST`, where NAME is 1 to
   *   128 of A-Z, a-z, 0-9 and `._&#64;+-`. Without it, it is `user:anonymous`; a command with anything else, such as `alice` alone, is
   *   INVALID_ACTOR. Reads record nobody, and take any.
   * - Every response has the metadata `chronovisor-history`: which history of the ledger its positions are of. Send the last one
   *   back, as it is, with every call. A position, page token or command of another history is then HISTORY_FORKED, after a
   *   restore, instead of being taken for something else.
   * - Names and positions that a response has can be given to any method. A `uid` is for ever; a name can be taken again.
   * - Errors carry `google.rpc.ErrorInfo` with domain `chronovisor.dev` and a reason: see ErrorReason, which also says which
   *   reasons every method can have.
   * - Repeat UNAVAILABLE, after the delay of RetryInfo where there is one. With a `request_id` a command can be repeated whenever
   *   its answer was lost.
   * - Pings (HTTP/2 keepalive): every 15 seconds is right. A client that pings more often than every 5 seconds is sent away
   *   (ENHANCE_YOUR_CALM). Responses are at most 4 MiB, as much as clients take by default.
   * Every method is implemented.
   * </pre>
   */
  public static final class VmServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<VmServiceBlockingStub> {
    private VmServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected VmServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new VmServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Records a VM's definition: STOPPED, holding nothing; with `start`, starts it in the same append, and it is created and
     * placed, or neither. Without `start` the operation is done at once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_ALREADY_EXISTS, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public com.google.longrunning.Operation createVm(dev.chronovisor.v1.CreateVmRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCreateVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Creates up to 1,000 VMs in one append, all or none unless `allow_partial`. Each item has its own operation. An error that one
     * item causes names it: `requests[3].vm_id`, and `item` in the ErrorInfo's metadata. See AIP-231.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_ALREADY_EXISTS, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public dev.chronovisor.v1.BatchCreateVmsResponse batchCreateVms(dev.chronovisor.v1.BatchCreateVmsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getBatchCreateVmsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Starts up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, VM_DISK_IN_USE, GUEST_ELSEWHERE, HOSTS_UNREPORTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.BatchStartVmsResponse batchStartVms(dev.chronovisor.v1.BatchStartVmsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getBatchStartVmsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Stops up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.BatchStopVmsResponse batchStopVms(dev.chronovisor.v1.BatchStopVmsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getBatchStopVmsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Destroys up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, DELETION_PROTECTED, VM_DISK_IN_USE, ETAG_MISMATCH, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.BatchDeleteVmsResponse batchDeleteVms(dev.chronovisor.v1.BatchDeleteVmsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getBatchDeleteVmsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One VM, now or as of a position or time. A DELETED one is found by `projects/{project}/vms/{uid}`.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.Vm getVm(dev.chronovisor.v1.GetVmRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The secrets of a VM, as they are now; of a DELETED one, by its uid, until they are forgotten. The one read that gives them.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, SECRETS_FORGOTTEN, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public dev.chronovisor.v1.VmSecrets getVmSecrets(dev.chronovisor.v1.GetVmSecretsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetVmSecretsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The VMs of a project, or of all with parent `projects/-`, now or as of a position or time. All pages are of the first one's
     * position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListVmsResponse listVms(dev.chronovisor.v1.ListVmsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListVmsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes labels, the expected lifetime, the availability and the user data, of a VM in any state but DELETED, and the spec of a
     * STOPPED VM:
     * those that the mask names, `*` for all, without a mask those that are set. A disk that is placed keeps its image and does not
     * shrink (INVALID_FIELD). It grows, of a RUNNING or PAUSED VM, too, and its guest sees that: INSUFFICIENT_RESOURCES when its host
     * has no room. vCPUs and memory count from the next start, which may be elsewhere. Rules that running VMs break from then on
     * are listed by their host; nothing is evicted. Nothing changed is a success that appends nothing. The operation is done at
     * once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, INSUFFICIENT_RESOURCES, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public com.google.longrunning.Operation updateVm(dev.chronovisor.v1.UpdateVmRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getUpdateVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Places the VM and starts it. On a RUNNING VM, a success that changes nothing; on a STARTING one, the operation that is under
     * way.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, VM_DISK_IN_USE, GUEST_ELSEWHERE, HOSTS_UNREPORTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation startVm(dev.chronovisor.v1.StartVmRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getStartVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Stops the VM; its compute is freed when its agent confirms, its disk is kept. On a STOPPED VM, a success that changes
     * nothing; on a STOPPING one, the operation that is under way, unless `grace_period` is shorter.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation stopVm(dev.chronovisor.v1.StopVmRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getStopVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Restarts the guest in place. Every request is a restart of its own.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation rebootVm(dev.chronovisor.v1.RebootVmRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRebootVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Freezes the guest's CPUs; it keeps all it holds. On a PAUSED VM that is to stay so, a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation pauseVm(dev.chronovisor.v1.PauseVmRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getPauseVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lets a PAUSED guest go on. On a RUNNING VM that is to stay so, a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation resumeVm(dev.chronovisor.v1.ResumeVmRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getResumeVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Moves a RUNNING or PAUSED VM to another host while it runs. Both hosts hold its capacity until it is over; a disk that they do
     * not share is copied. Whatever fails leads back to exactly one VM that runs. Its operation can be cancelled. NO_CAPACITY: no
     * host has room, by all its rules, the CPU models and machine types that both ends must have among them.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation migrateVm(dev.chronovisor.v1.MigrateVmRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getMigrateVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Destroys the VM in whatever state it is, its disk with it, and reclaims everything. Its history stays. On a DELETING VM, the
     * operation that is under way; a DELETED one is VM_NOT_FOUND, by its uid, too.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, DELETION_PROTECTED, VM_DISK_IN_USE, ETAG_MISMATCH, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation deleteVm(dev.chronovisor.v1.DeleteVmRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * VMs as they change, after a position, without a gap or a repeat. `start` says where to begin.
     * The stream does not end by itself. When it ends, open it again with `start` WATCH_START_AFTER_POSITION, after the greatest
     * position of a change or a checkpoint that was received: nothing is missed, and nothing comes twice. Do so on UNAVAILABLE, and
     * on what libraries make of a connection that was cut: CANCELLED, unless the caller cancelled (connect-node), UNKNOWN (tonic),
     * INTERNAL. At once the first time, then with growing delays, or after the delay of RetryInfo. Do not on INVALID_ARGUMENT,
     * NOT_FOUND, OUT_OF_RANGE, PERMISSION_DENIED, UNAUTHENTICATED, FAILED_PRECONDITION, UNIMPLEMENTED.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public java.util.Iterator<dev.chronovisor.v1.WatchVmsResponse> watchVms(
        dev.chronovisor.v1.WatchVmsRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getWatchVmsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Where a VM would be placed and why, or why a past placement was made. Nothing is changed. That no host fits is an answer, not
     * an error.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, PLACEMENT_NOT_FOUND, NO_SPARE_CAPACITY,
     * QUOTA_EXCEEDED, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.ExplainPlacementResponse explainPlacement(dev.chronovisor.v1.ExplainPlacementRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getExplainPlacementMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service VmService.
   * <pre>
   * Drives VMs through their lives. Mutating methods answer with an operation once the command is durable; the operation is done
   * when the VM has got there.
   * Of all methods of all services here:
   * - Who calls is proven: by a token in the metadata `authorization: Bearer TOKEN` (of an OpenID Connect issuer, or of a service
   *   account), by a client certificate, or by the local socket. Events record it, and how it was proven. Each method demands a
   *   permission, which its option `permission` names: see MethodPermission.
   * - Where a server is started with plain text on loopback (`--insecure`), callers without a token are believed, and may do
   *   everything. Who they are is in the metadata `chronovisor-actor`: `user:NAME`, `service:NAME` or `agent:HOST`, where NAME is 1 to
   *   128 of A-Z, a-z, 0-9 and `._&#64;+-`. Without it, it is `user:anonymous`; a command with anything else, such as `alice` alone, is
   *   INVALID_ACTOR. Reads record nobody, and take any.
   * - Every response has the metadata `chronovisor-history`: which history of the ledger its positions are of. Send the last one
   *   back, as it is, with every call. A position, page token or command of another history is then HISTORY_FORKED, after a
   *   restore, instead of being taken for something else.
   * - Names and positions that a response has can be given to any method. A `uid` is for ever; a name can be taken again.
   * - Errors carry `google.rpc.ErrorInfo` with domain `chronovisor.dev` and a reason: see ErrorReason, which also says which
   *   reasons every method can have.
   * - Repeat UNAVAILABLE, after the delay of RetryInfo where there is one. With a `request_id` a command can be repeated whenever
   *   its answer was lost.
   * - Pings (HTTP/2 keepalive): every 15 seconds is right. A client that pings more often than every 5 seconds is sent away
   *   (ENHANCE_YOUR_CALM). Responses are at most 4 MiB, as much as clients take by default.
   * Every method is implemented.
   * </pre>
   */
  public static final class VmServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<VmServiceFutureStub> {
    private VmServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected VmServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new VmServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Records a VM's definition: STOPPED, holding nothing; with `start`, starts it in the same append, and it is created and
     * placed, or neither. Without `start` the operation is done at once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_ALREADY_EXISTS, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.google.longrunning.Operation> createVm(
        dev.chronovisor.v1.CreateVmRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCreateVmMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Creates up to 1,000 VMs in one append, all or none unless `allow_partial`. Each item has its own operation. An error that one
     * item causes names it: `requests[3].vm_id`, and `item` in the ErrorInfo's metadata. See AIP-231.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_ALREADY_EXISTS, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.BatchCreateVmsResponse> batchCreateVms(
        dev.chronovisor.v1.BatchCreateVmsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getBatchCreateVmsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Starts up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, VM_DISK_IN_USE, GUEST_ELSEWHERE, HOSTS_UNREPORTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.BatchStartVmsResponse> batchStartVms(
        dev.chronovisor.v1.BatchStartVmsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getBatchStartVmsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Stops up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.BatchStopVmsResponse> batchStopVms(
        dev.chronovisor.v1.BatchStopVmsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getBatchStopVmsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Destroys up to 1,000 VMs in one append, all or none unless `allow_partial`. Errors of items as in BatchCreateVms.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, DELETION_PROTECTED, VM_DISK_IN_USE, ETAG_MISMATCH, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.BatchDeleteVmsResponse> batchDeleteVms(
        dev.chronovisor.v1.BatchDeleteVmsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getBatchDeleteVmsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * One VM, now or as of a position or time. A DELETED one is found by `projects/{project}/vms/{uid}`.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Vm> getVm(
        dev.chronovisor.v1.GetVmRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetVmMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The secrets of a VM, as they are now; of a DELETED one, by its uid, until they are forgotten. The one read that gives them.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, SECRETS_FORGOTTEN, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.VmSecrets> getVmSecrets(
        dev.chronovisor.v1.GetVmSecretsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetVmSecretsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The VMs of a project, or of all with parent `projects/-`, now or as of a position or time. All pages are of the first one's
     * position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ListVmsResponse> listVms(
        dev.chronovisor.v1.ListVmsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListVmsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Changes labels, the expected lifetime, the availability and the user data, of a VM in any state but DELETED, and the spec of a
     * STOPPED VM:
     * those that the mask names, `*` for all, without a mask those that are set. A disk that is placed keeps its image and does not
     * shrink (INVALID_FIELD). It grows, of a RUNNING or PAUSED VM, too, and its guest sees that: INSUFFICIENT_RESOURCES when its host
     * has no room. vCPUs and memory count from the next start, which may be elsewhere. Rules that running VMs break from then on
     * are listed by their host; nothing is evicted. Nothing changed is a success that appends nothing. The operation is done at
     * once.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, INSUFFICIENT_RESOURCES, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED, SECRETS_UNAVAILABLE.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.google.longrunning.Operation> updateVm(
        dev.chronovisor.v1.UpdateVmRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getUpdateVmMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Places the VM and starts it. On a RUNNING VM, a success that changes nothing; on a STARTING one, the operation that is under
     * way.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, NO_SPARE_CAPACITY, QUOTA_EXCEEDED,
     * ADDRESS_IN_USE, ADDRESSES_EXHAUSTED, VM_DISK_IN_USE, GUEST_ELSEWHERE, HOSTS_UNREPORTED, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.google.longrunning.Operation> startVm(
        dev.chronovisor.v1.StartVmRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getStartVmMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Stops the VM; its compute is freed when its agent confirms, its disk is kept. On a STOPPED VM, a success that changes
     * nothing; on a STOPPING one, the operation that is under way, unless `grace_period` is shorter.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.google.longrunning.Operation> stopVm(
        dev.chronovisor.v1.StopVmRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getStopVmMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Restarts the guest in place. Every request is a restart of its own.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.google.longrunning.Operation> rebootVm(
        dev.chronovisor.v1.RebootVmRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRebootVmMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Freezes the guest's CPUs; it keeps all it holds. On a PAUSED VM that is to stay so, a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.google.longrunning.Operation> pauseVm(
        dev.chronovisor.v1.PauseVmRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getPauseVmMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lets a PAUSED guest go on. On a RUNNING VM that is to stay so, a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, GUEST_ELSEWHERE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.google.longrunning.Operation> resumeVm(
        dev.chronovisor.v1.ResumeVmRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getResumeVmMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Moves a RUNNING or PAUSED VM to another host while it runs. Both hosts hold its capacity until it is over; a disk that they do
     * not share is copied. Whatever fails leads back to exactly one VM that runs. Its operation can be cancelled. NO_CAPACITY: no
     * host has room, by all its rules, the CPU models and machine types that both ends must have among them.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, NO_CAPACITY, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.google.longrunning.Operation> migrateVm(
        dev.chronovisor.v1.MigrateVmRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getMigrateVmMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Destroys the VM in whatever state it is, its disk with it, and reclaims everything. Its history stays. On a DELETING VM, the
     * operation that is under way; a DELETED one is VM_NOT_FOUND, by its uid, too.
     * Errors: INVALID_ACTOR, INVALID_FIELD, VM_NOT_FOUND, WRONG_STATE, DELETION_PROTECTED, VM_DISK_IN_USE, ETAG_MISMATCH, GUEST_ELSEWHERE,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.google.longrunning.Operation> deleteVm(
        dev.chronovisor.v1.DeleteVmRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteVmMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Where a VM would be placed and why, or why a past placement was made. Nothing is changed. That no host fits is an answer, not
     * an error.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, PLACEMENT_NOT_FOUND, NO_SPARE_CAPACITY,
     * QUOTA_EXCEEDED, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ExplainPlacementResponse> explainPlacement(
        dev.chronovisor.v1.ExplainPlacementRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getExplainPlacementMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_CREATE_VM = 0;
  private static final int METHODID_BATCH_CREATE_VMS = 1;
  private static final int METHODID_BATCH_START_VMS = 2;
  private static final int METHODID_BATCH_STOP_VMS = 3;
  private static final int METHODID_BATCH_DELETE_VMS = 4;
  private static final int METHODID_GET_VM = 5;
  private static final int METHODID_GET_VM_SECRETS = 6;
  private static final int METHODID_LIST_VMS = 7;
  private static final int METHODID_UPDATE_VM = 8;
  private static final int METHODID_START_VM = 9;
  private static final int METHODID_STOP_VM = 10;
  private static final int METHODID_REBOOT_VM = 11;
  private static final int METHODID_PAUSE_VM = 12;
  private static final int METHODID_RESUME_VM = 13;
  private static final int METHODID_MIGRATE_VM = 14;
  private static final int METHODID_DELETE_VM = 15;
  private static final int METHODID_WATCH_VMS = 16;
  private static final int METHODID_EXPLAIN_PLACEMENT = 17;
  private static final int METHODID_EXECUTE_COMMANDS = 18;

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
        case METHODID_CREATE_VM:
          serviceImpl.createVm((dev.chronovisor.v1.CreateVmRequest) request,
              (io.grpc.stub.StreamObserver<com.google.longrunning.Operation>) responseObserver);
          break;
        case METHODID_BATCH_CREATE_VMS:
          serviceImpl.batchCreateVms((dev.chronovisor.v1.BatchCreateVmsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.BatchCreateVmsResponse>) responseObserver);
          break;
        case METHODID_BATCH_START_VMS:
          serviceImpl.batchStartVms((dev.chronovisor.v1.BatchStartVmsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.BatchStartVmsResponse>) responseObserver);
          break;
        case METHODID_BATCH_STOP_VMS:
          serviceImpl.batchStopVms((dev.chronovisor.v1.BatchStopVmsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.BatchStopVmsResponse>) responseObserver);
          break;
        case METHODID_BATCH_DELETE_VMS:
          serviceImpl.batchDeleteVms((dev.chronovisor.v1.BatchDeleteVmsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.BatchDeleteVmsResponse>) responseObserver);
          break;
        case METHODID_GET_VM:
          serviceImpl.getVm((dev.chronovisor.v1.GetVmRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Vm>) responseObserver);
          break;
        case METHODID_GET_VM_SECRETS:
          serviceImpl.getVmSecrets((dev.chronovisor.v1.GetVmSecretsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.VmSecrets>) responseObserver);
          break;
        case METHODID_LIST_VMS:
          serviceImpl.listVms((dev.chronovisor.v1.ListVmsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListVmsResponse>) responseObserver);
          break;
        case METHODID_UPDATE_VM:
          serviceImpl.updateVm((dev.chronovisor.v1.UpdateVmRequest) request,
              (io.grpc.stub.StreamObserver<com.google.longrunning.Operation>) responseObserver);
          break;
        case METHODID_START_VM:
          serviceImpl.startVm((dev.chronovisor.v1.StartVmRequest) request,
              (io.grpc.stub.StreamObserver<com.google.longrunning.Operation>) responseObserver);
          break;
        case METHODID_STOP_VM:
          serviceImpl.stopVm((dev.chronovisor.v1.StopVmRequest) request,
              (io.grpc.stub.StreamObserver<com.google.longrunning.Operation>) responseObserver);
          break;
        case METHODID_REBOOT_VM:
          serviceImpl.rebootVm((dev.chronovisor.v1.RebootVmRequest) request,
              (io.grpc.stub.StreamObserver<com.google.longrunning.Operation>) responseObserver);
          break;
        case METHODID_PAUSE_VM:
          serviceImpl.pauseVm((dev.chronovisor.v1.PauseVmRequest) request,
              (io.grpc.stub.StreamObserver<com.google.longrunning.Operation>) responseObserver);
          break;
        case METHODID_RESUME_VM:
          serviceImpl.resumeVm((dev.chronovisor.v1.ResumeVmRequest) request,
              (io.grpc.stub.StreamObserver<com.google.longrunning.Operation>) responseObserver);
          break;
        case METHODID_MIGRATE_VM:
          serviceImpl.migrateVm((dev.chronovisor.v1.MigrateVmRequest) request,
              (io.grpc.stub.StreamObserver<com.google.longrunning.Operation>) responseObserver);
          break;
        case METHODID_DELETE_VM:
          serviceImpl.deleteVm((dev.chronovisor.v1.DeleteVmRequest) request,
              (io.grpc.stub.StreamObserver<com.google.longrunning.Operation>) responseObserver);
          break;
        case METHODID_WATCH_VMS:
          serviceImpl.watchVms((dev.chronovisor.v1.WatchVmsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.WatchVmsResponse>) responseObserver);
          break;
        case METHODID_EXPLAIN_PLACEMENT:
          serviceImpl.explainPlacement((dev.chronovisor.v1.ExplainPlacementRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ExplainPlacementResponse>) responseObserver);
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
        case METHODID_EXECUTE_COMMANDS:
          return (io.grpc.stub.StreamObserver<Req>) serviceImpl.executeCommands(
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ExecuteCommandsResponse>) responseObserver);
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getCreateVmMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.CreateVmRequest,
              com.google.longrunning.Operation>(
                service, METHODID_CREATE_VM)))
        .addMethod(
          getBatchCreateVmsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.BatchCreateVmsRequest,
              dev.chronovisor.v1.BatchCreateVmsResponse>(
                service, METHODID_BATCH_CREATE_VMS)))
        .addMethod(
          getBatchStartVmsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.BatchStartVmsRequest,
              dev.chronovisor.v1.BatchStartVmsResponse>(
                service, METHODID_BATCH_START_VMS)))
        .addMethod(
          getBatchStopVmsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.BatchStopVmsRequest,
              dev.chronovisor.v1.BatchStopVmsResponse>(
                service, METHODID_BATCH_STOP_VMS)))
        .addMethod(
          getBatchDeleteVmsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.BatchDeleteVmsRequest,
              dev.chronovisor.v1.BatchDeleteVmsResponse>(
                service, METHODID_BATCH_DELETE_VMS)))
        .addMethod(
          getExecuteCommandsMethod(),
          io.grpc.stub.ServerCalls.asyncBidiStreamingCall(
            new MethodHandlers<
              dev.chronovisor.v1.ExecuteCommandsRequest,
              dev.chronovisor.v1.ExecuteCommandsResponse>(
                service, METHODID_EXECUTE_COMMANDS)))
        .addMethod(
          getGetVmMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetVmRequest,
              dev.chronovisor.v1.Vm>(
                service, METHODID_GET_VM)))
        .addMethod(
          getGetVmSecretsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetVmSecretsRequest,
              dev.chronovisor.v1.VmSecrets>(
                service, METHODID_GET_VM_SECRETS)))
        .addMethod(
          getListVmsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ListVmsRequest,
              dev.chronovisor.v1.ListVmsResponse>(
                service, METHODID_LIST_VMS)))
        .addMethod(
          getUpdateVmMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.UpdateVmRequest,
              com.google.longrunning.Operation>(
                service, METHODID_UPDATE_VM)))
        .addMethod(
          getStartVmMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.StartVmRequest,
              com.google.longrunning.Operation>(
                service, METHODID_START_VM)))
        .addMethod(
          getStopVmMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.StopVmRequest,
              com.google.longrunning.Operation>(
                service, METHODID_STOP_VM)))
        .addMethod(
          getRebootVmMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.RebootVmRequest,
              com.google.longrunning.Operation>(
                service, METHODID_REBOOT_VM)))
        .addMethod(
          getPauseVmMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.PauseVmRequest,
              com.google.longrunning.Operation>(
                service, METHODID_PAUSE_VM)))
        .addMethod(
          getResumeVmMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ResumeVmRequest,
              com.google.longrunning.Operation>(
                service, METHODID_RESUME_VM)))
        .addMethod(
          getMigrateVmMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.MigrateVmRequest,
              com.google.longrunning.Operation>(
                service, METHODID_MIGRATE_VM)))
        .addMethod(
          getDeleteVmMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.DeleteVmRequest,
              com.google.longrunning.Operation>(
                service, METHODID_DELETE_VM)))
        .addMethod(
          getWatchVmsMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              dev.chronovisor.v1.WatchVmsRequest,
              dev.chronovisor.v1.WatchVmsResponse>(
                service, METHODID_WATCH_VMS)))
        .addMethod(
          getExplainPlacementMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ExplainPlacementRequest,
              dev.chronovisor.v1.ExplainPlacementResponse>(
                service, METHODID_EXPLAIN_PLACEMENT)))
        .build();
  }

  private static abstract class VmServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    VmServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.chronovisor.v1.VmServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("VmService");
    }
  }

  private static final class VmServiceFileDescriptorSupplier
      extends VmServiceBaseDescriptorSupplier {
    VmServiceFileDescriptorSupplier() {}
  }

  private static final class VmServiceMethodDescriptorSupplier
      extends VmServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    VmServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (VmServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new VmServiceFileDescriptorSupplier())
              .addMethod(getCreateVmMethod())
              .addMethod(getBatchCreateVmsMethod())
              .addMethod(getBatchStartVmsMethod())
              .addMethod(getBatchStopVmsMethod())
              .addMethod(getBatchDeleteVmsMethod())
              .addMethod(getExecuteCommandsMethod())
              .addMethod(getGetVmMethod())
              .addMethod(getGetVmSecretsMethod())
              .addMethod(getListVmsMethod())
              .addMethod(getUpdateVmMethod())
              .addMethod(getStartVmMethod())
              .addMethod(getStopVmMethod())
              .addMethod(getRebootVmMethod())
              .addMethod(getPauseVmMethod())
              .addMethod(getResumeVmMethod())
              .addMethod(getMigrateVmMethod())
              .addMethod(getDeleteVmMethod())
              .addMethod(getWatchVmsMethod())
              .addMethod(getExplainPlacementMethod())
              .build();
        }
      }
    }
    return result;
  }
}
