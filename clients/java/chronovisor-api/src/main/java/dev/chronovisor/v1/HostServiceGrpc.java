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
      dev.chronovisor.v1.Host> getDrainHostMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DrainHost",
      requestType = dev.chronovisor.v1.DrainHostRequest.class,
      responseType = dev.chronovisor.v1.Host.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.DrainHostRequest,
      dev.chronovisor.v1.Host> getDrainHostMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.DrainHostRequest, dev.chronovisor.v1.Host> getDrainHostMethod;
    if ((getDrainHostMethod = HostServiceGrpc.getDrainHostMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getDrainHostMethod = HostServiceGrpc.getDrainHostMethod) == null) {
          HostServiceGrpc.getDrainHostMethod = getDrainHostMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.DrainHostRequest, dev.chronovisor.v1.Host>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DrainHost"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.DrainHostRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Host.getDefaultInstance()))
              .setSchemaDescriptor(new HostServiceMethodDescriptorSupplier("DrainHost"))
              .build();
        }
      }
    }
    return getDrainHostMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.FenceHostRequest,
      dev.chronovisor.v1.Host> getFenceHostMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "FenceHost",
      requestType = dev.chronovisor.v1.FenceHostRequest.class,
      responseType = dev.chronovisor.v1.Host.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.FenceHostRequest,
      dev.chronovisor.v1.Host> getFenceHostMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.FenceHostRequest, dev.chronovisor.v1.Host> getFenceHostMethod;
    if ((getFenceHostMethod = HostServiceGrpc.getFenceHostMethod) == null) {
      synchronized (HostServiceGrpc.class) {
        if ((getFenceHostMethod = HostServiceGrpc.getFenceHostMethod) == null) {
          HostServiceGrpc.getFenceHostMethod = getFenceHostMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.FenceHostRequest, dev.chronovisor.v1.Host>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "FenceHost"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.FenceHostRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Host.getDefaultInstance()))
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
     * Moves its VMs away. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
     * </pre>
     */
    default void drainHost(dev.chronovisor.v1.DrainHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDrainHostMethod(), responseObserver);
    }

    /**
     * <pre>
     * Says that the machine is off for certain: its VMs become FAILED and hold nothing. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
     * </pre>
     */
    default void fenceHost(dev.chronovisor.v1.FenceHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
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
     * Ends an empty host. Its history stays. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
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
     * Proposes live migrations that free hosts, or that bring VMs where their rules allow them. Changes nothing.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND.
     * </pre>
     */
    default void planRebalance(dev.chronovisor.v1.PlanRebalanceRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.PlanRebalanceResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getPlanRebalanceMethod(), responseObserver);
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
     * Moves its VMs away. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
     * </pre>
     */
    public void drainHost(dev.chronovisor.v1.DrainHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDrainHostMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Says that the machine is off for certain: its VMs become FAILED and hold nothing. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
     * </pre>
     */
    public void fenceHost(dev.chronovisor.v1.FenceHostRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host> responseObserver) {
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
     * Ends an empty host. Its history stays. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
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
     * Proposes live migrations that free hosts, or that bring VMs where their rules allow them. Changes nothing.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND.
     * </pre>
     */
    public void planRebalance(dev.chronovisor.v1.PlanRebalanceRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.PlanRebalanceResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getPlanRebalanceMethod(), getCallOptions()), request, responseObserver);
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
     * Moves its VMs away. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host drainHost(dev.chronovisor.v1.DrainHostRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDrainHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Says that the machine is off for certain: its VMs become FAILED and hold nothing. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host fenceHost(dev.chronovisor.v1.FenceHostRequest request) throws io.grpc.StatusException {
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
     * Ends an empty host. Its history stays. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
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
     * Proposes live migrations that free hosts, or that bring VMs where their rules allow them. Changes nothing.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND.
     * </pre>
     */
    public dev.chronovisor.v1.PlanRebalanceResponse planRebalance(dev.chronovisor.v1.PlanRebalanceRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getPlanRebalanceMethod(), getCallOptions(), request);
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
     * Moves its VMs away. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host drainHost(dev.chronovisor.v1.DrainHostRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDrainHostMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Says that the machine is off for certain: its VMs become FAILED and hold nothing. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
     * </pre>
     */
    public dev.chronovisor.v1.Host fenceHost(dev.chronovisor.v1.FenceHostRequest request) {
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
     * Ends an empty host. Its history stays. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
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
     * Proposes live migrations that free hosts, or that bring VMs where their rules allow them. Changes nothing.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND.
     * </pre>
     */
    public dev.chronovisor.v1.PlanRebalanceResponse planRebalance(dev.chronovisor.v1.PlanRebalanceRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getPlanRebalanceMethod(), getCallOptions(), request);
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
     * Moves its VMs away. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Host> drainHost(
        dev.chronovisor.v1.DrainHostRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDrainHostMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Says that the machine is off for certain: its VMs become FAILED and hold nothing. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Host> fenceHost(
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
     * Ends an empty host. Its history stays. Not implemented yet.
     * Errors: NOT_IMPLEMENTED.
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
     * Proposes live migrations that free hosts, or that bring VMs where their rules allow them. Changes nothing.
     * Errors: INVALID_FIELD, ZONE_NOT_FOUND.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.PlanRebalanceResponse> planRebalance(
        dev.chronovisor.v1.PlanRebalanceRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getPlanRebalanceMethod(), getCallOptions()), request);
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
  private static final int METHODID_PLAN_REBALANCE = 12;

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
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host>) responseObserver);
          break;
        case METHODID_FENCE_HOST:
          serviceImpl.fenceHost((dev.chronovisor.v1.FenceHostRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Host>) responseObserver);
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
        case METHODID_PLAN_REBALANCE:
          serviceImpl.planRebalance((dev.chronovisor.v1.PlanRebalanceRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.PlanRebalanceResponse>) responseObserver);
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
              dev.chronovisor.v1.Host>(
                service, METHODID_DRAIN_HOST)))
        .addMethod(
          getFenceHostMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.FenceHostRequest,
              dev.chronovisor.v1.Host>(
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
          getPlanRebalanceMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.PlanRebalanceRequest,
              dev.chronovisor.v1.PlanRebalanceResponse>(
                service, METHODID_PLAN_REBALANCE)))
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
              .addMethod(getPlanRebalanceMethod())
              .build();
        }
      }
    }
    return result;
  }
}
