package dev.chronovisor.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Keeps the machines that run VMs. Who calls, histories, errors and pings are as VmService has them.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class HostServiceGrpc {

  private HostServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "chronovisor.v1.HostService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.RegisterHostRequest,
      dev.chronovisor.v1.Host> getRegisterHostMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RegisterHost",
      requestType = dev.chronovisor.v1.RegisterHostRequest.class,
      responseType = dev.chronovisor.v1.Host.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.RegisterHostRequest,
      dev.chronovisor.v1.Host> getRegisterHostMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.RegisterHostRequest, dev.chronovisor.v1.Host> getRegisterHostMethod;
    if ((getRegisterHostMethod = HostServiceGrpc.getRegisterHostMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getRegisterHostMethod = HostServiceGrpc.getRegisterHostMethod) == null) {
          HostServiceGrpc.getRegisterHostMethod = getRegisterHostMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.RegisterHostRequest, dev.chronovisor.v1.Host>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RegisterHost"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.RegisterHostRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Host.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("RegisterHost"))
              .build();
        }
      }
    }
    return getRegisterHostMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetHostRequest,
      dev.chronovisor.v1.Host> getGetHostMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetHost",
      requestType = dev.chronovisor.v1.GetHostRequest.class,
      responseType = dev.chronovisor.v1.Host.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetHostRequest,
      dev.chronovisor.v1.Host> getGetHostMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetHostRequest, dev.chronovisor.v1.Host> getGetHostMethod;
    if ((getGetHostMethod = HostServiceGrpc.getGetHostMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getGetHostMethod = HostServiceGrpc.getGetHostMethod) == null) {
          HostServiceGrpc.getGetHostMethod = getGetHostMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetHostRequest, dev.chronovisor.v1.Host>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetHost"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetHostRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Host.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("GetHost"))
              .build();
        }
      }
    }
    return getGetHostMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ListHostsRequest,
      dev.chronovisor.v1.ListHostsResponse> getListHostsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListHosts",
      requestType = dev.chronovisor.v1.ListHostsRequest.class,
      responseType = dev.chronovisor.v1.ListHostsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ListHostsRequest,
      dev.chronovisor.v1.ListHostsResponse> getListHostsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ListHostsRequest, dev.chronovisor.v1.ListHostsResponse> getListHostsMethod;
    if ((getListHostsMethod = HostServiceGrpc.getListHostsMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getListHostsMethod = HostServiceGrpc.getListHostsMethod) == null) {
          HostServiceGrpc.getListHostsMethod = getListHostsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ListHostsRequest, dev.chronovisor.v1.ListHostsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListHosts"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListHostsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListHostsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("ListHosts"))
              .build();
        }
      }
    }
    return getListHostsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateHostRequest,
      dev.chronovisor.v1.Host> getUpdateHostMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UpdateHost",
      requestType = dev.chronovisor.v1.UpdateHostRequest.class,
      responseType = dev.chronovisor.v1.Host.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateHostRequest,
      dev.chronovisor.v1.Host> getUpdateHostMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateHostRequest, dev.chronovisor.v1.Host> getUpdateHostMethod;
    if ((getUpdateHostMethod = HostServiceGrpc.getUpdateHostMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getUpdateHostMethod = HostServiceGrpc.getUpdateHostMethod) == null) {
          HostServiceGrpc.getUpdateHostMethod = getUpdateHostMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.UpdateHostRequest, dev.chronovisor.v1.Host>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UpdateHost"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.UpdateHostRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Host.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("UpdateHost"))
              .build();
        }
      }
    }
    return getUpdateHostMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.CordonHostRequest,
      dev.chronovisor.v1.Host> getCordonHostMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CordonHost",
      requestType = dev.chronovisor.v1.CordonHostRequest.class,
      responseType = dev.chronovisor.v1.Host.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.CordonHostRequest,
      dev.chronovisor.v1.Host> getCordonHostMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.CordonHostRequest, dev.chronovisor.v1.Host> getCordonHostMethod;
    if ((getCordonHostMethod = HostServiceGrpc.getCordonHostMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getCordonHostMethod = HostServiceGrpc.getCordonHostMethod) == null) {
          HostServiceGrpc.getCordonHostMethod = getCordonHostMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.CordonHostRequest, dev.chronovisor.v1.Host>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CordonHost"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CordonHostRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Host.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("CordonHost"))
              .build();
        }
      }
    }
    return getCordonHostMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.UncordonHostRequest,
      dev.chronovisor.v1.Host> getUncordonHostMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UncordonHost",
      requestType = dev.chronovisor.v1.UncordonHostRequest.class,
      responseType = dev.chronovisor.v1.Host.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.UncordonHostRequest,
      dev.chronovisor.v1.Host> getUncordonHostMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.UncordonHostRequest, dev.chronovisor.v1.Host> getUncordonHostMethod;
    if ((getUncordonHostMethod = HostServiceGrpc.getUncordonHostMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getUncordonHostMethod = HostServiceGrpc.getUncordonHostMethod) == null) {
          HostServiceGrpc.getUncordonHostMethod = getUncordonHostMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.UncordonHostRequest, dev.chronovisor.v1.Host>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UncordonHost"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.UncordonHostRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Host.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("UncordonHost"))
              .build();
        }
      }
    }
    return getUncordonHostMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.DrainHostRequest,
      com.google.longrunning.Operation> getDrainHostMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DrainHost",
      requestType = dev.chronovisor.v1.DrainHostRequest.class,
      responseType = com.google.longrunning.Operation.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.DrainHostRequest,
      com.google.longrunning.Operation> getDrainHostMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.DrainHostRequest, com.google.longrunning.Operation> getDrainHostMethod;
    if ((getDrainHostMethod = HostServiceGrpc.getDrainHostMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getDrainHostMethod = HostServiceGrpc.getDrainHostMethod) == null) {
          HostServiceGrpc.getDrainHostMethod = getDrainHostMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.DrainHostRequest, com.google.longrunning.Operation>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DrainHost"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.DrainHostRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.google.longrunning.Operation.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("DrainHost"))
              .build();
        }
      }
    }
    return getDrainHostMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.FenceHostRequest,
      com.google.longrunning.Operation> getFenceHostMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "FenceHost",
      requestType = dev.chronovisor.v1.FenceHostRequest.class,
      responseType = com.google.longrunning.Operation.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.FenceHostRequest,
      com.google.longrunning.Operation> getFenceHostMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.FenceHostRequest, com.google.longrunning.Operation> getFenceHostMethod;
    if ((getFenceHostMethod = HostServiceGrpc.getFenceHostMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getFenceHostMethod = HostServiceGrpc.getFenceHostMethod) == null) {
          HostServiceGrpc.getFenceHostMethod = getFenceHostMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.FenceHostRequest, com.google.longrunning.Operation>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "FenceHost"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.FenceHostRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.google.longrunning.Operation.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("FenceHost"))
              .build();
        }
      }
    }
    return getFenceHostMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ReplaceHostMachineRequest,
      dev.chronovisor.v1.Host> getReplaceHostMachineMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ReplaceHostMachine",
      requestType = dev.chronovisor.v1.ReplaceHostMachineRequest.class,
      responseType = dev.chronovisor.v1.Host.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ReplaceHostMachineRequest,
      dev.chronovisor.v1.Host> getReplaceHostMachineMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ReplaceHostMachineRequest, dev.chronovisor.v1.Host> getReplaceHostMachineMethod;
    if ((getReplaceHostMachineMethod = HostServiceGrpc.getReplaceHostMachineMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getReplaceHostMachineMethod = HostServiceGrpc.getReplaceHostMachineMethod) == null) {
          HostServiceGrpc.getReplaceHostMachineMethod = getReplaceHostMachineMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ReplaceHostMachineRequest, dev.chronovisor.v1.Host>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ReplaceHostMachine"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ReplaceHostMachineRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Host.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("ReplaceHostMachine"))
              .build();
        }
      }
    }
    return getReplaceHostMachineMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.DecommissionHostRequest,
      dev.chronovisor.v1.Host> getDecommissionHostMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DecommissionHost",
      requestType = dev.chronovisor.v1.DecommissionHostRequest.class,
      responseType = dev.chronovisor.v1.Host.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.DecommissionHostRequest,
      dev.chronovisor.v1.Host> getDecommissionHostMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.DecommissionHostRequest, dev.chronovisor.v1.Host> getDecommissionHostMethod;
    if ((getDecommissionHostMethod = HostServiceGrpc.getDecommissionHostMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getDecommissionHostMethod = HostServiceGrpc.getDecommissionHostMethod) == null) {
          HostServiceGrpc.getDecommissionHostMethod = getDecommissionHostMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.DecommissionHostRequest, dev.chronovisor.v1.Host>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DecommissionHost"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.DecommissionHostRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Host.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("DecommissionHost"))
              .build();
        }
      }
    }
    return getDecommissionHostMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ListUnexpectedGuestsRequest,
      dev.chronovisor.v1.ListUnexpectedGuestsResponse> getListUnexpectedGuestsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListUnexpectedGuests",
      requestType = dev.chronovisor.v1.ListUnexpectedGuestsRequest.class,
      responseType = dev.chronovisor.v1.ListUnexpectedGuestsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ListUnexpectedGuestsRequest,
      dev.chronovisor.v1.ListUnexpectedGuestsResponse> getListUnexpectedGuestsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ListUnexpectedGuestsRequest, dev.chronovisor.v1.ListUnexpectedGuestsResponse> getListUnexpectedGuestsMethod;
    if ((getListUnexpectedGuestsMethod = HostServiceGrpc.getListUnexpectedGuestsMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getListUnexpectedGuestsMethod = HostServiceGrpc.getListUnexpectedGuestsMethod) == null) {
          HostServiceGrpc.getListUnexpectedGuestsMethod = getListUnexpectedGuestsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ListUnexpectedGuestsRequest, dev.chronovisor.v1.ListUnexpectedGuestsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListUnexpectedGuests"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListUnexpectedGuestsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListUnexpectedGuestsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("ListUnexpectedGuests"))
              .build();
        }
      }
    }
    return getListUnexpectedGuestsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ReconcileHostRequest,
      dev.chronovisor.v1.Host> getReconcileHostMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ReconcileHost",
      requestType = dev.chronovisor.v1.ReconcileHostRequest.class,
      responseType = dev.chronovisor.v1.Host.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ReconcileHostRequest,
      dev.chronovisor.v1.Host> getReconcileHostMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ReconcileHostRequest, dev.chronovisor.v1.Host> getReconcileHostMethod;
    if ((getReconcileHostMethod = HostServiceGrpc.getReconcileHostMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getReconcileHostMethod = HostServiceGrpc.getReconcileHostMethod) == null) {
          HostServiceGrpc.getReconcileHostMethod = getReconcileHostMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ReconcileHostRequest, dev.chronovisor.v1.Host>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ReconcileHost"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ReconcileHostRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Host.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("ReconcileHost"))
              .build();
        }
      }
    }
    return getReconcileHostMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.CheckHostRequest,
      dev.chronovisor.v1.CheckHostResponse> getCheckHostMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CheckHost",
      requestType = dev.chronovisor.v1.CheckHostRequest.class,
      responseType = dev.chronovisor.v1.CheckHostResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.CheckHostRequest,
      dev.chronovisor.v1.CheckHostResponse> getCheckHostMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.CheckHostRequest, dev.chronovisor.v1.CheckHostResponse> getCheckHostMethod;
    if ((getCheckHostMethod = HostServiceGrpc.getCheckHostMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getCheckHostMethod = HostServiceGrpc.getCheckHostMethod) == null) {
          HostServiceGrpc.getCheckHostMethod = getCheckHostMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.CheckHostRequest, dev.chronovisor.v1.CheckHostResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CheckHost"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CheckHostRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CheckHostResponse.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("CheckHost"))
              .build();
        }
      }
    }
    return getCheckHostMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.PlanRebalanceRequest,
      dev.chronovisor.v1.PlanRebalanceResponse> getPlanRebalanceMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "PlanRebalance",
      requestType = dev.chronovisor.v1.PlanRebalanceRequest.class,
      responseType = dev.chronovisor.v1.PlanRebalanceResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.PlanRebalanceRequest,
      dev.chronovisor.v1.PlanRebalanceResponse> getPlanRebalanceMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.PlanRebalanceRequest, dev.chronovisor.v1.PlanRebalanceResponse> getPlanRebalanceMethod;
    if ((getPlanRebalanceMethod = HostServiceGrpc.getPlanRebalanceMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getPlanRebalanceMethod = HostServiceGrpc.getPlanRebalanceMethod) == null) {
          HostServiceGrpc.getPlanRebalanceMethod = getPlanRebalanceMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.PlanRebalanceRequest, dev.chronovisor.v1.PlanRebalanceResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "PlanRebalance"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.PlanRebalanceRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.PlanRebalanceResponse.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("PlanRebalance"))
              .build();
        }
      }
    }
    return getPlanRebalanceMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.RunRebalanceRequest,
      com.google.longrunning.Operation> getRunRebalanceMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RunRebalance",
      requestType = dev.chronovisor.v1.RunRebalanceRequest.class,
      responseType = com.google.longrunning.Operation.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.RunRebalanceRequest,
      com.google.longrunning.Operation> getRunRebalanceMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.RunRebalanceRequest, com.google.longrunning.Operation> getRunRebalanceMethod;
    if ((getRunRebalanceMethod = HostServiceGrpc.getRunRebalanceMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getRunRebalanceMethod = HostServiceGrpc.getRunRebalanceMethod) == null) {
          HostServiceGrpc.getRunRebalanceMethod = getRunRebalanceMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.RunRebalanceRequest, com.google.longrunning.Operation>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RunRebalance"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.RunRebalanceRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.google.longrunning.Operation.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("RunRebalance"))
              .build();
        }
      }
    }
    return getRunRebalanceMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateHostTokenRequest,
      dev.chronovisor.v1.HostToken> getCreateHostTokenMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CreateHostToken",
      requestType = dev.chronovisor.v1.CreateHostTokenRequest.class,
      responseType = dev.chronovisor.v1.HostToken.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateHostTokenRequest,
      dev.chronovisor.v1.HostToken> getCreateHostTokenMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateHostTokenRequest, dev.chronovisor.v1.HostToken> getCreateHostTokenMethod;
    if ((getCreateHostTokenMethod = HostServiceGrpc.getCreateHostTokenMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getCreateHostTokenMethod = HostServiceGrpc.getCreateHostTokenMethod) == null) {
          HostServiceGrpc.getCreateHostTokenMethod = getCreateHostTokenMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.CreateHostTokenRequest, dev.chronovisor.v1.HostToken>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CreateHostToken"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CreateHostTokenRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.HostToken.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("CreateHostToken"))
              .build();
        }
      }
    }
    return getCreateHostTokenMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetHostCredentialsRequest,
      dev.chronovisor.v1.HostCredentials> getGetHostCredentialsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetHostCredentials",
      requestType = dev.chronovisor.v1.GetHostCredentialsRequest.class,
      responseType = dev.chronovisor.v1.HostCredentials.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetHostCredentialsRequest,
      dev.chronovisor.v1.HostCredentials> getGetHostCredentialsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetHostCredentialsRequest, dev.chronovisor.v1.HostCredentials> getGetHostCredentialsMethod;
    if ((getGetHostCredentialsMethod = HostServiceGrpc.getGetHostCredentialsMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getGetHostCredentialsMethod = HostServiceGrpc.getGetHostCredentialsMethod) == null) {
          HostServiceGrpc.getGetHostCredentialsMethod = getGetHostCredentialsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetHostCredentialsRequest, dev.chronovisor.v1.HostCredentials>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetHostCredentials"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetHostCredentialsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.HostCredentials.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("GetHostCredentials"))
              .build();
        }
      }
    }
    return getGetHostCredentialsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.RevokeHostCredentialsRequest,
      dev.chronovisor.v1.HostCredentials> getRevokeHostCredentialsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RevokeHostCredentials",
      requestType = dev.chronovisor.v1.RevokeHostCredentialsRequest.class,
      responseType = dev.chronovisor.v1.HostCredentials.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.RevokeHostCredentialsRequest,
      dev.chronovisor.v1.HostCredentials> getRevokeHostCredentialsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.RevokeHostCredentialsRequest, dev.chronovisor.v1.HostCredentials> getRevokeHostCredentialsMethod;
    if ((getRevokeHostCredentialsMethod = HostServiceGrpc.getRevokeHostCredentialsMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getRevokeHostCredentialsMethod = HostServiceGrpc.getRevokeHostCredentialsMethod) == null) {
          HostServiceGrpc.getRevokeHostCredentialsMethod = getRevokeHostCredentialsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.RevokeHostCredentialsRequest, dev.chronovisor.v1.HostCredentials>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RevokeHostCredentials"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.RevokeHostCredentialsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.HostCredentials.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("RevokeHostCredentials"))
              .build();
        }
      }
    }
    return getRevokeHostCredentialsMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static HostServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<HostServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<HostServiceStub>() {
        @java.lang.Override
        public HostServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new HostServiceStub(channel, callOptions);
        }
      };
    return HostServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static HostServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<HostServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<HostServiceBlockingV2Stub>() {
        @java.lang.Override
        public HostServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new HostServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return HostServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static HostServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<HostServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<HostServiceBlockingStub>() {
        @java.lang.Override
        public HostServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new HostServiceBlockingStub(channel, callOptions);
        }
      };
    return HostServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static HostServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<HostServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<HostServiceFutureStub>() {
        @java.lang.Override
        public HostServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new HostServiceFutureStub(channel, callOptions);
        }
      };
    return HostServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Keeps the machines that run VMs. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Makes a host known, ACTIVE. The same host with the same inventory again is a success that changes nothing. Agents register
     * their hosts by themselves: see AgentService.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * HOST_ALREADY_EXISTS is for other totals.
     * </pre>
     */
    default void registerHost(dev.chronovisor.v1.RegisterHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRegisterHostMethod(), responseObserver);
    }

    /**
     * <pre>
     * One host, now or as of a position or time.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void getHost(dev.chronovisor.v1.GetHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetHostMethod(), responseObserver);
    }

    /**
     * <pre>
     * All hosts, or those a filter picks, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    default void listHosts(dev.chronovisor.v1.ListHostsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListHostsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListHostsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Changes inventory (all of it), zone, labels, traits and dedicated project: those that the mask names, `*` for all, without a
     * mask those that are set. Rules of running VMs that the host breaks from then on are listed in `violations`; nothing is
     * evicted. The agent has the last word on what it reports: totals, traits, and what it was started with (zone, labels,
     * reserves, ratios), each time that it connects. More than the total that it reported last is refused. INSUFFICIENT_RESOURCES:
     * more is held than would fit.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, INSUFFICIENT_RESOURCES, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void updateHost(dev.chronovisor.v1.UpdateHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getUpdateHostMethod(), responseObserver);
    }

    /**
     * <pre>
     * Takes no new VMs from now on, and keeps what it has. A host that is CORDONED already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void cordonHost(dev.chronovisor.v1.CordonHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCordonHostMethod(), responseObserver);
    }

    /**
     * <pre>
     * Takes VMs again. A host that is ACTIVE already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void uncordonHost(dev.chronovisor.v1.UncordonHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getUncordonHostMethod(), responseObserver);
    }

    /**
     * <pre>
     * Takes no new VMs from now on, and moves away those that it has: see Availability. Done when none holds compute there: the host is
     * in MAINTENANCE then, until it is uncordoned. Goes on after a restart of the control plane, and when the host is lost and
     * regained. Its operation can be cancelled: the host is CORDONED then. A drain that is under way already is answered as it is;
     * a host in MAINTENANCE is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void drainHost(dev.chronovisor.v1.DrainHostRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDrainHostMethod(), responseObserver);
    }

    /**
     * <pre>
     * Makes certain that the machine is off, or takes the caller's word for it. Once that is confirmed, and not before, the VMs that
     * it ran are FAILED and hold no compute, and are started elsewhere where their `availability` says so. A host that is FENCED
     * already is a success that changes nothing. HOST_CONNECTED: its agent is connected, so that the caller's word is
     * contradicted.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, HOST_CONNECTED, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void fenceHost(dev.chronovisor.v1.FenceHostRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getFenceHostMethod(), responseObserver);
    }

    /**
     * <pre>
     * Releases a host from its machine: the next other machine whose agent connects as this host is bound to it, and the old one is
     * refused. For a machine that was exchanged or installed anew. Stop the old machine's agent first: HOST_ALREADY_CONNECTED
     * otherwise. Called again before an agent has connected, it accepts any machine, the old one too. HOST_IN_USE: it holds
     * capacity for VMs, and `held_vms` does not say what becomes of them.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, HOST_IN_USE, HOST_ALREADY_CONNECTED,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void replaceHostMachine(dev.chronovisor.v1.ReplaceHostMachineRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getReplaceHostMachineMethod(), responseObserver);
    }

    /**
     * <pre>
     * Ends a host that holds nothing, and takes no VMs: its capacity is not counted any more, and no agent can connect as it. Its
     * history stays, and its name. A host that is DECOMMISSIONED already is a success that changes nothing. HOST_IN_USE: it holds
     * something.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, HOST_IN_USE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void decommissionHost(dev.chronovisor.v1.DecommissionHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDecommissionHostMethod(), responseObserver);
    }

    /**
     * <pre>
     * Guests that agents report and the ledger does not expect where they are.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND.
     * </pre>
     */
    default void listUnexpectedGuests(dev.chronovisor.v1.ListUnexpectedGuestsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListUnexpectedGuestsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListUnexpectedGuestsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Decides what becomes of a host's unexpected guests. A guest that is as decided already is a success that changes nothing.
     * VM_NOT_FOUND: only a VM of the ledger adopts a guest. WRONG_STATE: the VM is in transit, or holds compute on another host.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, GUEST_NOT_FOUND, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH,
     * INSUFFICIENT_RESOURCES, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void reconcileHost(dev.chronovisor.v1.ReconcileHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getReconcileHostMethod(), responseObserver);
    }

    /**
     * <pre>
     * Compares what is desired of a host's guests with what its agent reported last. Changes nothing.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND.
     * </pre>
     */
    default void checkHost(dev.chronovisor.v1.CheckHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.CheckHostResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCheckHostMethod(), responseObserver);
    }

    /**
     * <pre>
     * Proposes live migrations that free hosts, or that bring VMs where their rules allow them. Changes nothing.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND.
     * </pre>
     */
    default void planRebalance(dev.chronovisor.v1.PlanRebalanceRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.PlanRebalanceResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getPlanRebalanceMethod(), responseObserver);
    }

    /**
     * <pre>
     * Plans migrations as PlanRebalance does, and carries them out: each is looked at again when its turn comes, and left out where it
     * would not help any more, or does not fit. The operation is done when all are over; it succeeds whatever became of each, which its
     * response says. It goes on after a restart of the control plane. CancelOperation lets no more begin; what is under way goes on to
     * its end, and then the operation is done with CANCELLED. Of these operations, which have no target, ListOperations has none.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ZONE_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void runRebalance(dev.chronovisor.v1.RunRebalanceRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRunRebalanceMethod(), responseObserver);
    }

    /**
     * <pre>
     * A token by which the machine of one host joins: `chronovisor-agent join`. It can be used once, before it expires, and is in this answer
     * alone. A host can have 10 that are not used yet.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED. NO_CERTIFICATE_AUTHORITY: this control plane has none of its own, and signs no certificates.
     * </pre>
     */
    default void createHostToken(dev.chronovisor.v1.CreateHostTokenRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.HostToken> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCreateHostTokenMethod(), responseObserver);
    }

    /**
     * <pre>
     * The tokens and certificates of a host, without the tokens themselves.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND. HOST_NOT_FOUND: no such host is known, and none was given a token.
     * </pre>
     */
    default void getHostCredentials(dev.chronovisor.v1.GetHostCredentialsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.HostCredentials> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetHostCredentialsMethod(), responseObserver);
    }

    /**
     * <pre>
     * From now on, the host's certificates and tokens prove nothing: its agent's stream ends at once, and new calls are
     * CERTIFICATE_REVOKED. Guests run on. With a new token, the host joins again. DecommissionHost and ReplaceHostMachine do the same. What
     * is revoked already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void revokeHostCredentials(dev.chronovisor.v1.RevokeHostCredentialsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.HostCredentials> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRevokeHostCredentialsMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service HostService.
   * <pre>
   * Keeps the machines that run VMs. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static abstract class HostServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return HostServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service HostService.
   * <pre>
   * Keeps the machines that run VMs. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class HostServiceStub
      extends io.grpc.stub.AbstractAsyncStub<HostServiceStub> {
    private HostServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected HostServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new HostServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Makes a host known, ACTIVE. The same host with the same inventory again is a success that changes nothing. Agents register
     * their hosts by themselves: see AgentService.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * HOST_ALREADY_EXISTS is for other totals.
     * </pre>
     */
    public void registerHost(dev.chronovisor.v1.RegisterHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRegisterHostMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * One host, now or as of a position or time.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void getHost(dev.chronovisor.v1.GetHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetHostMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * All hosts, or those a filter picks, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    public void listHosts(dev.chronovisor.v1.ListHostsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListHostsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListHostsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Changes inventory (all of it), zone, labels, traits and dedicated project: those that the mask names, `*` for all, without a
     * mask those that are set. Rules of running VMs that the host breaks from then on are listed in `violations`; nothing is
     * evicted. The agent has the last word on what it reports: totals, traits, and what it was started with (zone, labels,
     * reserves, ratios), each time that it connects. More than the total that it reported last is refused. INSUFFICIENT_RESOURCES:
     * more is held than would fit.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, INSUFFICIENT_RESOURCES, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void updateHost(dev.chronovisor.v1.UpdateHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getUpdateHostMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Takes no new VMs from now on, and keeps what it has. A host that is CORDONED already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void cordonHost(dev.chronovisor.v1.CordonHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCordonHostMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Takes VMs again. A host that is ACTIVE already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void uncordonHost(dev.chronovisor.v1.UncordonHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getUncordonHostMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Takes no new VMs from now on, and moves away those that it has: see Availability. Done when none holds compute there: the host is
     * in MAINTENANCE then, until it is uncordoned. Goes on after a restart of the control plane, and when the host is lost and
     * regained. Its operation can be cancelled: the host is CORDONED then. A drain that is under way already is answered as it is;
     * a host in MAINTENANCE is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void drainHost(dev.chronovisor.v1.DrainHostRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDrainHostMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Makes certain that the machine is off, or takes the caller's word for it. Once that is confirmed, and not before, the VMs that
     * it ran are FAILED and hold no compute, and are started elsewhere where their `availability` says so. A host that is FENCED
     * already is a success that changes nothing. HOST_CONNECTED: its agent is connected, so that the caller's word is
     * contradicted.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, HOST_CONNECTED, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void fenceHost(dev.chronovisor.v1.FenceHostRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getFenceHostMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Releases a host from its machine: the next other machine whose agent connects as this host is bound to it, and the old one is
     * refused. For a machine that was exchanged or installed anew. Stop the old machine's agent first: HOST_ALREADY_CONNECTED
     * otherwise. Called again before an agent has connected, it accepts any machine, the old one too. HOST_IN_USE: it holds
     * capacity for VMs, and `held_vms` does not say what becomes of them.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, HOST_IN_USE, HOST_ALREADY_CONNECTED,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void replaceHostMachine(dev.chronovisor.v1.ReplaceHostMachineRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getReplaceHostMachineMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Ends a host that holds nothing, and takes no VMs: its capacity is not counted any more, and no agent can connect as it. Its
     * history stays, and its name. A host that is DECOMMISSIONED already is a success that changes nothing. HOST_IN_USE: it holds
     * something.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, HOST_IN_USE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void decommissionHost(dev.chronovisor.v1.DecommissionHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDecommissionHostMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Guests that agents report and the ledger does not expect where they are.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND.
     * </pre>
     */
    public void listUnexpectedGuests(dev.chronovisor.v1.ListUnexpectedGuestsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListUnexpectedGuestsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListUnexpectedGuestsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Decides what becomes of a host's unexpected guests. A guest that is as decided already is a success that changes nothing.
     * VM_NOT_FOUND: only a VM of the ledger adopts a guest. WRONG_STATE: the VM is in transit, or holds compute on another host.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, GUEST_NOT_FOUND, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH,
     * INSUFFICIENT_RESOURCES, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void reconcileHost(dev.chronovisor.v1.ReconcileHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getReconcileHostMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Compares what is desired of a host's guests with what its agent reported last. Changes nothing.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND.
     * </pre>
     */
    public void checkHost(dev.chronovisor.v1.CheckHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.CheckHostResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCheckHostMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Proposes live migrations that free hosts, or that bring VMs where their rules allow them. Changes nothing.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND.
     * </pre>
     */
    public void planRebalance(dev.chronovisor.v1.PlanRebalanceRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.PlanRebalanceResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getPlanRebalanceMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Plans migrations as PlanRebalance does, and carries them out: each is looked at again when its turn comes, and left out where it
     * would not help any more, or does not fit. The operation is done when all are over; it succeeds whatever became of each, which its
     * response says. It goes on after a restart of the control plane. CancelOperation lets no more begin; what is under way goes on to
     * its end, and then the operation is done with CANCELLED. Of these operations, which have no target, ListOperations has none.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ZONE_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void runRebalance(dev.chronovisor.v1.RunRebalanceRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRunRebalanceMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * A token by which the machine of one host joins: `chronovisor-agent join`. It can be used once, before it expires, and is in this answer
     * alone. A host can have 10 that are not used yet.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED. NO_CERTIFICATE_AUTHORITY: this control plane has none of its own, and signs no certificates.
     * </pre>
     */
    public void createHostToken(dev.chronovisor.v1.CreateHostTokenRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.HostToken> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCreateHostTokenMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The tokens and certificates of a host, without the tokens themselves.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND. HOST_NOT_FOUND: no such host is known, and none was given a token.
     * </pre>
     */
    public void getHostCredentials(dev.chronovisor.v1.GetHostCredentialsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.HostCredentials> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetHostCredentialsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * From now on, the host's certificates and tokens prove nothing: its agent's stream ends at once, and new calls are
     * CERTIFICATE_REVOKED. Guests run on. With a new token, the host joins again. DecommissionHost and ReplaceHostMachine do the same. What
     * is revoked already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void revokeHostCredentials(dev.chronovisor.v1.RevokeHostCredentialsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.HostCredentials> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRevokeHostCredentialsMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service HostService.
   * <pre>
   * Keeps the machines that run VMs. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class HostServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<HostServiceBlockingV2Stub> {
    private HostServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected HostServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new HostServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Makes a host known, ACTIVE. The same host with the same inventory again is a success that changes nothing. Agents register
     * their hosts by themselves: see AgentService.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * HOST_ALREADY_EXISTS is for other totals.
     * </pre>
     */
    public dev.chronovisor.v1.Host registerHost(dev.chronovisor.v1.RegisterHostRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRegisterHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One host, now or as of a position or time.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.Host getHost(dev.chronovisor.v1.GetHostRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * All hosts, or those a filter picks, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListHostsResponse listHosts(dev.chronovisor.v1.ListHostsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListHostsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes inventory (all of it), zone, labels, traits and dedicated project: those that the mask names, `*` for all, without a
     * mask those that are set. Rules of running VMs that the host breaks from then on are listed in `violations`; nothing is
     * evicted. The agent has the last word on what it reports: totals, traits, and what it was started with (zone, labels,
     * reserves, ratios), each time that it connects. More than the total that it reported last is refused. INSUFFICIENT_RESOURCES:
     * more is held than would fit.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, INSUFFICIENT_RESOURCES, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host updateHost(dev.chronovisor.v1.UpdateHostRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getUpdateHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Takes no new VMs from now on, and keeps what it has. A host that is CORDONED already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host cordonHost(dev.chronovisor.v1.CordonHostRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCordonHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Takes VMs again. A host that is ACTIVE already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host uncordonHost(dev.chronovisor.v1.UncordonHostRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getUncordonHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Takes no new VMs from now on, and moves away those that it has: see Availability. Done when none holds compute there: the host is
     * in MAINTENANCE then, until it is uncordoned. Goes on after a restart of the control plane, and when the host is lost and
     * regained. Its operation can be cancelled: the host is CORDONED then. A drain that is under way already is answered as it is;
     * a host in MAINTENANCE is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation drainHost(dev.chronovisor.v1.DrainHostRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDrainHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Makes certain that the machine is off, or takes the caller's word for it. Once that is confirmed, and not before, the VMs that
     * it ran are FAILED and hold no compute, and are started elsewhere where their `availability` says so. A host that is FENCED
     * already is a success that changes nothing. HOST_CONNECTED: its agent is connected, so that the caller's word is
     * contradicted.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, HOST_CONNECTED, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation fenceHost(dev.chronovisor.v1.FenceHostRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getFenceHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Releases a host from its machine: the next other machine whose agent connects as this host is bound to it, and the old one is
     * refused. For a machine that was exchanged or installed anew. Stop the old machine's agent first: HOST_ALREADY_CONNECTED
     * otherwise. Called again before an agent has connected, it accepts any machine, the old one too. HOST_IN_USE: it holds
     * capacity for VMs, and `held_vms` does not say what becomes of them.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, HOST_IN_USE, HOST_ALREADY_CONNECTED,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host replaceHostMachine(dev.chronovisor.v1.ReplaceHostMachineRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getReplaceHostMachineMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a host that holds nothing, and takes no VMs: its capacity is not counted any more, and no agent can connect as it. Its
     * history stays, and its name. A host that is DECOMMISSIONED already is a success that changes nothing. HOST_IN_USE: it holds
     * something.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, HOST_IN_USE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host decommissionHost(dev.chronovisor.v1.DecommissionHostRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDecommissionHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Guests that agents report and the ledger does not expect where they are.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND.
     * </pre>
     */
    public dev.chronovisor.v1.ListUnexpectedGuestsResponse listUnexpectedGuests(dev.chronovisor.v1.ListUnexpectedGuestsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListUnexpectedGuestsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Decides what becomes of a host's unexpected guests. A guest that is as decided already is a success that changes nothing.
     * VM_NOT_FOUND: only a VM of the ledger adopts a guest. WRONG_STATE: the VM is in transit, or holds compute on another host.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, GUEST_NOT_FOUND, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH,
     * INSUFFICIENT_RESOURCES, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host reconcileHost(dev.chronovisor.v1.ReconcileHostRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getReconcileHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Compares what is desired of a host's guests with what its agent reported last. Changes nothing.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND.
     * </pre>
     */
    public dev.chronovisor.v1.CheckHostResponse checkHost(dev.chronovisor.v1.CheckHostRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCheckHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Proposes live migrations that free hosts, or that bring VMs where their rules allow them. Changes nothing.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND.
     * </pre>
     */
    public dev.chronovisor.v1.PlanRebalanceResponse planRebalance(dev.chronovisor.v1.PlanRebalanceRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getPlanRebalanceMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Plans migrations as PlanRebalance does, and carries them out: each is looked at again when its turn comes, and left out where it
     * would not help any more, or does not fit. The operation is done when all are over; it succeeds whatever became of each, which its
     * response says. It goes on after a restart of the control plane. CancelOperation lets no more begin; what is under way goes on to
     * its end, and then the operation is done with CANCELLED. Of these operations, which have no target, ListOperations has none.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ZONE_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation runRebalance(dev.chronovisor.v1.RunRebalanceRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRunRebalanceMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * A token by which the machine of one host joins: `chronovisor-agent join`. It can be used once, before it expires, and is in this answer
     * alone. A host can have 10 that are not used yet.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED. NO_CERTIFICATE_AUTHORITY: this control plane has none of its own, and signs no certificates.
     * </pre>
     */
    public dev.chronovisor.v1.HostToken createHostToken(dev.chronovisor.v1.CreateHostTokenRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCreateHostTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The tokens and certificates of a host, without the tokens themselves.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND. HOST_NOT_FOUND: no such host is known, and none was given a token.
     * </pre>
     */
    public dev.chronovisor.v1.HostCredentials getHostCredentials(dev.chronovisor.v1.GetHostCredentialsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetHostCredentialsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * From now on, the host's certificates and tokens prove nothing: its agent's stream ends at once, and new calls are
     * CERTIFICATE_REVOKED. Guests run on. With a new token, the host joins again. DecommissionHost and ReplaceHostMachine do the same. What
     * is revoked already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.HostCredentials revokeHostCredentials(dev.chronovisor.v1.RevokeHostCredentialsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRevokeHostCredentialsMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service HostService.
   * <pre>
   * Keeps the machines that run VMs. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class HostServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<HostServiceBlockingStub> {
    private HostServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected HostServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new HostServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Makes a host known, ACTIVE. The same host with the same inventory again is a success that changes nothing. Agents register
     * their hosts by themselves: see AgentService.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * HOST_ALREADY_EXISTS is for other totals.
     * </pre>
     */
    public dev.chronovisor.v1.Host registerHost(dev.chronovisor.v1.RegisterHostRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRegisterHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One host, now or as of a position or time.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.Host getHost(dev.chronovisor.v1.GetHostRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * All hosts, or those a filter picks, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListHostsResponse listHosts(dev.chronovisor.v1.ListHostsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListHostsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes inventory (all of it), zone, labels, traits and dedicated project: those that the mask names, `*` for all, without a
     * mask those that are set. Rules of running VMs that the host breaks from then on are listed in `violations`; nothing is
     * evicted. The agent has the last word on what it reports: totals, traits, and what it was started with (zone, labels,
     * reserves, ratios), each time that it connects. More than the total that it reported last is refused. INSUFFICIENT_RESOURCES:
     * more is held than would fit.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, INSUFFICIENT_RESOURCES, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host updateHost(dev.chronovisor.v1.UpdateHostRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getUpdateHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Takes no new VMs from now on, and keeps what it has. A host that is CORDONED already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host cordonHost(dev.chronovisor.v1.CordonHostRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCordonHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Takes VMs again. A host that is ACTIVE already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host uncordonHost(dev.chronovisor.v1.UncordonHostRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getUncordonHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Takes no new VMs from now on, and moves away those that it has: see Availability. Done when none holds compute there: the host is
     * in MAINTENANCE then, until it is uncordoned. Goes on after a restart of the control plane, and when the host is lost and
     * regained. Its operation can be cancelled: the host is CORDONED then. A drain that is under way already is answered as it is;
     * a host in MAINTENANCE is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation drainHost(dev.chronovisor.v1.DrainHostRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDrainHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Makes certain that the machine is off, or takes the caller's word for it. Once that is confirmed, and not before, the VMs that
     * it ran are FAILED and hold no compute, and are started elsewhere where their `availability` says so. A host that is FENCED
     * already is a success that changes nothing. HOST_CONNECTED: its agent is connected, so that the caller's word is
     * contradicted.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, HOST_CONNECTED, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation fenceHost(dev.chronovisor.v1.FenceHostRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getFenceHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Releases a host from its machine: the next other machine whose agent connects as this host is bound to it, and the old one is
     * refused. For a machine that was exchanged or installed anew. Stop the old machine's agent first: HOST_ALREADY_CONNECTED
     * otherwise. Called again before an agent has connected, it accepts any machine, the old one too. HOST_IN_USE: it holds
     * capacity for VMs, and `held_vms` does not say what becomes of them.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, HOST_IN_USE, HOST_ALREADY_CONNECTED,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host replaceHostMachine(dev.chronovisor.v1.ReplaceHostMachineRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getReplaceHostMachineMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a host that holds nothing, and takes no VMs: its capacity is not counted any more, and no agent can connect as it. Its
     * history stays, and its name. A host that is DECOMMISSIONED already is a success that changes nothing. HOST_IN_USE: it holds
     * something.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, HOST_IN_USE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host decommissionHost(dev.chronovisor.v1.DecommissionHostRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDecommissionHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Guests that agents report and the ledger does not expect where they are.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND.
     * </pre>
     */
    public dev.chronovisor.v1.ListUnexpectedGuestsResponse listUnexpectedGuests(dev.chronovisor.v1.ListUnexpectedGuestsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListUnexpectedGuestsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Decides what becomes of a host's unexpected guests. A guest that is as decided already is a success that changes nothing.
     * VM_NOT_FOUND: only a VM of the ledger adopts a guest. WRONG_STATE: the VM is in transit, or holds compute on another host.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, GUEST_NOT_FOUND, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH,
     * INSUFFICIENT_RESOURCES, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host reconcileHost(dev.chronovisor.v1.ReconcileHostRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getReconcileHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Compares what is desired of a host's guests with what its agent reported last. Changes nothing.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND.
     * </pre>
     */
    public dev.chronovisor.v1.CheckHostResponse checkHost(dev.chronovisor.v1.CheckHostRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCheckHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Proposes live migrations that free hosts, or that bring VMs where their rules allow them. Changes nothing.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND.
     * </pre>
     */
    public dev.chronovisor.v1.PlanRebalanceResponse planRebalance(dev.chronovisor.v1.PlanRebalanceRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getPlanRebalanceMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Plans migrations as PlanRebalance does, and carries them out: each is looked at again when its turn comes, and left out where it
     * would not help any more, or does not fit. The operation is done when all are over; it succeeds whatever became of each, which its
     * response says. It goes on after a restart of the control plane. CancelOperation lets no more begin; what is under way goes on to
     * its end, and then the operation is done with CANCELLED. Of these operations, which have no target, ListOperations has none.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ZONE_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation runRebalance(dev.chronovisor.v1.RunRebalanceRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRunRebalanceMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * A token by which the machine of one host joins: `chronovisor-agent join`. It can be used once, before it expires, and is in this answer
     * alone. A host can have 10 that are not used yet.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED. NO_CERTIFICATE_AUTHORITY: this control plane has none of its own, and signs no certificates.
     * </pre>
     */
    public dev.chronovisor.v1.HostToken createHostToken(dev.chronovisor.v1.CreateHostTokenRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCreateHostTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The tokens and certificates of a host, without the tokens themselves.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND. HOST_NOT_FOUND: no such host is known, and none was given a token.
     * </pre>
     */
    public dev.chronovisor.v1.HostCredentials getHostCredentials(dev.chronovisor.v1.GetHostCredentialsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetHostCredentialsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * From now on, the host's certificates and tokens prove nothing: its agent's stream ends at once, and new calls are
     * CERTIFICATE_REVOKED. Guests run on. With a new token, the host joins again. DecommissionHost and ReplaceHostMachine do the same. What
     * is revoked already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.HostCredentials revokeHostCredentials(dev.chronovisor.v1.RevokeHostCredentialsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRevokeHostCredentialsMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service HostService.
   * <pre>
   * Keeps the machines that run VMs. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class HostServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<HostServiceFutureStub> {
    private HostServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected HostServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new HostServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Makes a host known, ACTIVE. The same host with the same inventory again is a success that changes nothing. Agents register
     * their hosts by themselves: see AgentService.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * HOST_ALREADY_EXISTS is for other totals.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Host> registerHost(
        dev.chronovisor.v1.RegisterHostRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRegisterHostMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * One host, now or as of a position or time.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Host> getHost(
        dev.chronovisor.v1.GetHostRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetHostMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * All hosts, or those a filter picks, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ListHostsResponse> listHosts(
        dev.chronovisor.v1.ListHostsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListHostsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Changes inventory (all of it), zone, labels, traits and dedicated project: those that the mask names, `*` for all, without a
     * mask those that are set. Rules of running VMs that the host breaks from then on are listed in `violations`; nothing is
     * evicted. The agent has the last word on what it reports: totals, traits, and what it was started with (zone, labels,
     * reserves, ratios), each time that it connects. More than the total that it reported last is refused. INSUFFICIENT_RESOURCES:
     * more is held than would fit.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, INSUFFICIENT_RESOURCES, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Host> updateHost(
        dev.chronovisor.v1.UpdateHostRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getUpdateHostMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Takes no new VMs from now on, and keeps what it has. A host that is CORDONED already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Host> cordonHost(
        dev.chronovisor.v1.CordonHostRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCordonHostMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Takes VMs again. A host that is ACTIVE already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Host> uncordonHost(
        dev.chronovisor.v1.UncordonHostRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getUncordonHostMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Takes no new VMs from now on, and moves away those that it has: see Availability. Done when none holds compute there: the host is
     * in MAINTENANCE then, until it is uncordoned. Goes on after a restart of the control plane, and when the host is lost and
     * regained. Its operation can be cancelled: the host is CORDONED then. A drain that is under way already is answered as it is;
     * a host in MAINTENANCE is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.google.longrunning.Operation> drainHost(
        dev.chronovisor.v1.DrainHostRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDrainHostMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Makes certain that the machine is off, or takes the caller's word for it. Once that is confirmed, and not before, the VMs that
     * it ran are FAILED and hold no compute, and are started elsewhere where their `availability` says so. A host that is FENCED
     * already is a success that changes nothing. HOST_CONNECTED: its agent is connected, so that the caller's word is
     * contradicted.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, HOST_CONNECTED, WRONG_STATE, ETAG_MISMATCH, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.google.longrunning.Operation> fenceHost(
        dev.chronovisor.v1.FenceHostRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getFenceHostMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Releases a host from its machine: the next other machine whose agent connects as this host is bound to it, and the old one is
     * refused. For a machine that was exchanged or installed anew. Stop the old machine's agent first: HOST_ALREADY_CONNECTED
     * otherwise. Called again before an agent has connected, it accepts any machine, the old one too. HOST_IN_USE: it holds
     * capacity for VMs, and `held_vms` does not say what becomes of them.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, HOST_IN_USE, HOST_ALREADY_CONNECTED,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Host> replaceHostMachine(
        dev.chronovisor.v1.ReplaceHostMachineRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getReplaceHostMachineMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Ends a host that holds nothing, and takes no VMs: its capacity is not counted any more, and no agent can connect as it. Its
     * history stays, and its name. A host that is DECOMMISSIONED already is a success that changes nothing. HOST_IN_USE: it holds
     * something.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH, HOST_IN_USE, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Host> decommissionHost(
        dev.chronovisor.v1.DecommissionHostRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDecommissionHostMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Guests that agents report and the ledger does not expect where they are.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ListUnexpectedGuestsResponse> listUnexpectedGuests(
        dev.chronovisor.v1.ListUnexpectedGuestsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListUnexpectedGuestsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Decides what becomes of a host's unexpected guests. A guest that is as decided already is a success that changes nothing.
     * VM_NOT_FOUND: only a VM of the ledger adopts a guest. WRONG_STATE: the VM is in transit, or holds compute on another host.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, GUEST_NOT_FOUND, VM_NOT_FOUND, WRONG_STATE, ETAG_MISMATCH,
     * INSUFFICIENT_RESOURCES, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Host> reconcileHost(
        dev.chronovisor.v1.ReconcileHostRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getReconcileHostMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Compares what is desired of a host's guests with what its agent reported last. Changes nothing.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.CheckHostResponse> checkHost(
        dev.chronovisor.v1.CheckHostRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCheckHostMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Proposes live migrations that free hosts, or that bring VMs where their rules allow them. Changes nothing.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.PlanRebalanceResponse> planRebalance(
        dev.chronovisor.v1.PlanRebalanceRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getPlanRebalanceMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Plans migrations as PlanRebalance does, and carries them out: each is looked at again when its turn comes, and left out where it
     * would not help any more, or does not fit. The operation is done when all are over; it succeeds whatever became of each, which its
     * response says. It goes on after a restart of the control plane. CancelOperation lets no more begin; what is under way goes on to
     * its end, and then the operation is done with CANCELLED. Of these operations, which have no target, ListOperations has none.
     * Errors: INVALID_ACTOR, INVALID_FIELD, ZONE_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.google.longrunning.Operation> runRebalance(
        dev.chronovisor.v1.RunRebalanceRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRunRebalanceMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * A token by which the machine of one host joins: `chronovisor-agent join`. It can be used once, before it expires, and is in this answer
     * alone. A host can have 10 that are not used yet.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_DECOMMISSIONED, NO_CERTIFICATE_AUTHORITY, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED. NO_CERTIFICATE_AUTHORITY: this control plane has none of its own, and signs no certificates.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.HostToken> createHostToken(
        dev.chronovisor.v1.CreateHostTokenRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCreateHostTokenMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The tokens and certificates of a host, without the tokens themselves.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND. HOST_NOT_FOUND: no such host is known, and none was given a token.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.HostCredentials> getHostCredentials(
        dev.chronovisor.v1.GetHostCredentialsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetHostCredentialsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * From now on, the host's certificates and tokens prove nothing: its agent's stream ends at once, and new calls are
     * CERTIFICATE_REVOKED. Guests run on. With a new token, the host joins again. DecommissionHost and ReplaceHostMachine do the same. What
     * is revoked already is a success that changes nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, HOST_NOT_FOUND, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.HostCredentials> revokeHostCredentials(
        dev.chronovisor.v1.RevokeHostCredentialsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRevokeHostCredentialsMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_REGISTER_HOST = 0;
  private static final int METHODID_GET_HOST = 1;
  private static final int METHODID_LIST_HOSTS = 2;
  private static final int METHODID_UPDATE_HOST = 3;
  private static final int METHODID_CORDON_HOST = 4;
  private static final int METHODID_UNCORDON_HOST = 5;
  private static final int METHODID_DRAIN_HOST = 6;
  private static final int METHODID_FENCE_HOST = 7;
  private static final int METHODID_REPLACE_HOST_MACHINE = 8;
  private static final int METHODID_DECOMMISSION_HOST = 9;
  private static final int METHODID_LIST_UNEXPECTED_GUESTS = 10;
  private static final int METHODID_RECONCILE_HOST = 11;
  private static final int METHODID_CHECK_HOST = 12;
  private static final int METHODID_PLAN_REBALANCE = 13;
  private static final int METHODID_RUN_REBALANCE = 14;
  private static final int METHODID_CREATE_HOST_TOKEN = 15;
  private static final int METHODID_GET_HOST_CREDENTIALS = 16;
  private static final int METHODID_REVOKE_HOST_CREDENTIALS = 17;

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
        case METHODID_REGISTER_HOST:
          serviceImpl.registerHost((dev.chronovisor.v1.RegisterHostRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host>) responseObserver);
          break;
        case METHODID_GET_HOST:
          serviceImpl.getHost((dev.chronovisor.v1.GetHostRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host>) responseObserver);
          break;
        case METHODID_LIST_HOSTS:
          serviceImpl.listHosts((dev.chronovisor.v1.ListHostsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListHostsResponse>) responseObserver);
          break;
        case METHODID_UPDATE_HOST:
          serviceImpl.updateHost((dev.chronovisor.v1.UpdateHostRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host>) responseObserver);
          break;
        case METHODID_CORDON_HOST:
          serviceImpl.cordonHost((dev.chronovisor.v1.CordonHostRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host>) responseObserver);
          break;
        case METHODID_UNCORDON_HOST:
          serviceImpl.uncordonHost((dev.chronovisor.v1.UncordonHostRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host>) responseObserver);
          break;
        case METHODID_DRAIN_HOST:
          serviceImpl.drainHost((dev.chronovisor.v1.DrainHostRequest) request,
              (io.grpc.stub.StreamObserver<com.google.longrunning.Operation>) responseObserver);
          break;
        case METHODID_FENCE_HOST:
          serviceImpl.fenceHost((dev.chronovisor.v1.FenceHostRequest) request,
              (io.grpc.stub.StreamObserver<com.google.longrunning.Operation>) responseObserver);
          break;
        case METHODID_REPLACE_HOST_MACHINE:
          serviceImpl.replaceHostMachine((dev.chronovisor.v1.ReplaceHostMachineRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host>) responseObserver);
          break;
        case METHODID_DECOMMISSION_HOST:
          serviceImpl.decommissionHost((dev.chronovisor.v1.DecommissionHostRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host>) responseObserver);
          break;
        case METHODID_LIST_UNEXPECTED_GUESTS:
          serviceImpl.listUnexpectedGuests((dev.chronovisor.v1.ListUnexpectedGuestsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListUnexpectedGuestsResponse>) responseObserver);
          break;
        case METHODID_RECONCILE_HOST:
          serviceImpl.reconcileHost((dev.chronovisor.v1.ReconcileHostRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host>) responseObserver);
          break;
        case METHODID_CHECK_HOST:
          serviceImpl.checkHost((dev.chronovisor.v1.CheckHostRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.CheckHostResponse>) responseObserver);
          break;
        case METHODID_PLAN_REBALANCE:
          serviceImpl.planRebalance((dev.chronovisor.v1.PlanRebalanceRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.PlanRebalanceResponse>) responseObserver);
          break;
        case METHODID_RUN_REBALANCE:
          serviceImpl.runRebalance((dev.chronovisor.v1.RunRebalanceRequest) request,
              (io.grpc.stub.StreamObserver<com.google.longrunning.Operation>) responseObserver);
          break;
        case METHODID_CREATE_HOST_TOKEN:
          serviceImpl.createHostToken((dev.chronovisor.v1.CreateHostTokenRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.HostToken>) responseObserver);
          break;
        case METHODID_GET_HOST_CREDENTIALS:
          serviceImpl.getHostCredentials((dev.chronovisor.v1.GetHostCredentialsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.HostCredentials>) responseObserver);
          break;
        case METHODID_REVOKE_HOST_CREDENTIALS:
          serviceImpl.revokeHostCredentials((dev.chronovisor.v1.RevokeHostCredentialsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.HostCredentials>) responseObserver);
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
          getRegisterHostMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.RegisterHostRequest,
              dev.chronovisor.v1.Host>(
                service, METHODID_REGISTER_HOST)))
        .addMethod(
          getGetHostMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetHostRequest,
              dev.chronovisor.v1.Host>(
                service, METHODID_GET_HOST)))
        .addMethod(
          getListHostsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ListHostsRequest,
              dev.chronovisor.v1.ListHostsResponse>(
                service, METHODID_LIST_HOSTS)))
        .addMethod(
          getUpdateHostMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.UpdateHostRequest,
              dev.chronovisor.v1.Host>(
                service, METHODID_UPDATE_HOST)))
        .addMethod(
          getCordonHostMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.CordonHostRequest,
              dev.chronovisor.v1.Host>(
                service, METHODID_CORDON_HOST)))
        .addMethod(
          getUncordonHostMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.UncordonHostRequest,
              dev.chronovisor.v1.Host>(
                service, METHODID_UNCORDON_HOST)))
        .addMethod(
          getDrainHostMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.DrainHostRequest,
              com.google.longrunning.Operation>(
                service, METHODID_DRAIN_HOST)))
        .addMethod(
          getFenceHostMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.FenceHostRequest,
              com.google.longrunning.Operation>(
                service, METHODID_FENCE_HOST)))
        .addMethod(
          getReplaceHostMachineMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ReplaceHostMachineRequest,
              dev.chronovisor.v1.Host>(
                service, METHODID_REPLACE_HOST_MACHINE)))
        .addMethod(
          getDecommissionHostMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.DecommissionHostRequest,
              dev.chronovisor.v1.Host>(
                service, METHODID_DECOMMISSION_HOST)))
        .addMethod(
          getListUnexpectedGuestsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ListUnexpectedGuestsRequest,
              dev.chronovisor.v1.ListUnexpectedGuestsResponse>(
                service, METHODID_LIST_UNEXPECTED_GUESTS)))
        .addMethod(
          getReconcileHostMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ReconcileHostRequest,
              dev.chronovisor.v1.Host>(
                service, METHODID_RECONCILE_HOST)))
        .addMethod(
          getCheckHostMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.CheckHostRequest,
              dev.chronovisor.v1.CheckHostResponse>(
                service, METHODID_CHECK_HOST)))
        .addMethod(
          getPlanRebalanceMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.PlanRebalanceRequest,
              dev.chronovisor.v1.PlanRebalanceResponse>(
                service, METHODID_PLAN_REBALANCE)))
        .addMethod(
          getRunRebalanceMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.RunRebalanceRequest,
              com.google.longrunning.Operation>(
                service, METHODID_RUN_REBALANCE)))
        .addMethod(
          getCreateHostTokenMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.CreateHostTokenRequest,
              dev.chronovisor.v1.HostToken>(
                service, METHODID_CREATE_HOST_TOKEN)))
        .addMethod(
          getGetHostCredentialsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetHostCredentialsRequest,
              dev.chronovisor.v1.HostCredentials>(
                service, METHODID_GET_HOST_CREDENTIALS)))
        .addMethod(
          getRevokeHostCredentialsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.RevokeHostCredentialsRequest,
              dev.chronovisor.v1.HostCredentials>(
                service, METHODID_REVOKE_HOST_CREDENTIALS)))
        .build();
  }

  private static abstract class HostServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    HostServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.chronovisor.v1.HostServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("HostService");
    }
  }

  private static final class HostServiceFileDescriptorSupplier
      extends HostServiceBaseDescriptorSupplier {
    HostServiceFileDescriptorSupplier() {}
  }

  private static final class HostServiceMethodDescriptorSupplier
      extends HostServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    HostServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (HostServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new HostServiceFileDescriptorSupplier())
              .addMethod(getRegisterHostMethod())
              .addMethod(getGetHostMethod())
              .addMethod(getListHostsMethod())
              .addMethod(getUpdateHostMethod())
              .addMethod(getCordonHostMethod())
              .addMethod(getUncordonHostMethod())
              .addMethod(getDrainHostMethod())
              .addMethod(getFenceHostMethod())
              .addMethod(getReplaceHostMachineMethod())
              .addMethod(getDecommissionHostMethod())
              .addMethod(getListUnexpectedGuestsMethod())
              .addMethod(getReconcileHostMethod())
              .addMethod(getCheckHostMethod())
              .addMethod(getPlanRebalanceMethod())
              .addMethod(getRunRebalanceMethod())
              .addMethod(getCreateHostTokenMethod())
              .addMethod(getGetHostCredentialsMethod())
              .addMethod(getRevokeHostCredentialsMethod())
              .build();
        }
      }
    }
    return result;
  }
}
