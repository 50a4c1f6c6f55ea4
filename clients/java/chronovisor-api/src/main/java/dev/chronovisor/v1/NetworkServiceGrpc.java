package dev.chronovisor.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Keeps the networks of projects and their security groups. Who calls, histories, errors and pings are as VmService has them.
 * A VM's cards are part of its spec, and hold their addresses from the VM's first start until it is destroyed: the start and the addresses are
 * one append, so no two cards of a network ever hold one address, now or at any past position.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class NetworkServiceGrpc {

  private NetworkServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "chronovisor.v1.NetworkService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateNetworkRequest,
      dev.chronovisor.v1.Network> getCreateNetworkMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CreateNetwork",
      requestType = dev.chronovisor.v1.CreateNetworkRequest.class,
      responseType = dev.chronovisor.v1.Network.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateNetworkRequest,
      dev.chronovisor.v1.Network> getCreateNetworkMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateNetworkRequest, dev.chronovisor.v1.Network> getCreateNetworkMethod;
    if ((getCreateNetworkMethod = NetworkServiceGrpc.getCreateNetworkMethod) == null) {
      synchronized (NetworkServiceGrpc.class) {
        if ((getCreateNetworkMethod = NetworkServiceGrpc.getCreateNetworkMethod) == null) {
          NetworkServiceGrpc.getCreateNetworkMethod = getCreateNetworkMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.CreateNetworkRequest, dev.chronovisor.v1.Network>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CreateNetwork"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CreateNetworkRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Network.getDefaultInstance()))
              .setSchemaDescriptor(new NetworkServiceMethodDescriptorSupplier("CreateNetwork"))
              .build();
        }
      }
    }
    return getCreateNetworkMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetNetworkRequest,
      dev.chronovisor.v1.Network> getGetNetworkMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetNetwork",
      requestType = dev.chronovisor.v1.GetNetworkRequest.class,
      responseType = dev.chronovisor.v1.Network.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetNetworkRequest,
      dev.chronovisor.v1.Network> getGetNetworkMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetNetworkRequest, dev.chronovisor.v1.Network> getGetNetworkMethod;
    if ((getGetNetworkMethod = NetworkServiceGrpc.getGetNetworkMethod) == null) {
      synchronized (NetworkServiceGrpc.class) {
        if ((getGetNetworkMethod = NetworkServiceGrpc.getGetNetworkMethod) == null) {
          NetworkServiceGrpc.getGetNetworkMethod = getGetNetworkMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetNetworkRequest, dev.chronovisor.v1.Network>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetNetwork"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetNetworkRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Network.getDefaultInstance()))
              .setSchemaDescriptor(new NetworkServiceMethodDescriptorSupplier("GetNetwork"))
              .build();
        }
      }
    }
    return getGetNetworkMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ListNetworksRequest,
      dev.chronovisor.v1.ListNetworksResponse> getListNetworksMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListNetworks",
      requestType = dev.chronovisor.v1.ListNetworksRequest.class,
      responseType = dev.chronovisor.v1.ListNetworksResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ListNetworksRequest,
      dev.chronovisor.v1.ListNetworksResponse> getListNetworksMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ListNetworksRequest, dev.chronovisor.v1.ListNetworksResponse> getListNetworksMethod;
    if ((getListNetworksMethod = NetworkServiceGrpc.getListNetworksMethod) == null) {
      synchronized (NetworkServiceGrpc.class) {
        if ((getListNetworksMethod = NetworkServiceGrpc.getListNetworksMethod) == null) {
          NetworkServiceGrpc.getListNetworksMethod = getListNetworksMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ListNetworksRequest, dev.chronovisor.v1.ListNetworksResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListNetworks"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListNetworksRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListNetworksResponse.getDefaultInstance()))
              .setSchemaDescriptor(new NetworkServiceMethodDescriptorSupplier("ListNetworks"))
              .build();
        }
      }
    }
    return getListNetworksMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateNetworkRequest,
      dev.chronovisor.v1.Network> getUpdateNetworkMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UpdateNetwork",
      requestType = dev.chronovisor.v1.UpdateNetworkRequest.class,
      responseType = dev.chronovisor.v1.Network.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateNetworkRequest,
      dev.chronovisor.v1.Network> getUpdateNetworkMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateNetworkRequest, dev.chronovisor.v1.Network> getUpdateNetworkMethod;
    if ((getUpdateNetworkMethod = NetworkServiceGrpc.getUpdateNetworkMethod) == null) {
      synchronized (NetworkServiceGrpc.class) {
        if ((getUpdateNetworkMethod = NetworkServiceGrpc.getUpdateNetworkMethod) == null) {
          NetworkServiceGrpc.getUpdateNetworkMethod = getUpdateNetworkMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.UpdateNetworkRequest, dev.chronovisor.v1.Network>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UpdateNetwork"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.UpdateNetworkRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Network.getDefaultInstance()))
              .setSchemaDescriptor(new NetworkServiceMethodDescriptorSupplier("UpdateNetwork"))
              .build();
        }
      }
    }
    return getUpdateNetworkMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteNetworkRequest,
      dev.chronovisor.v1.Network> getDeleteNetworkMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeleteNetwork",
      requestType = dev.chronovisor.v1.DeleteNetworkRequest.class,
      responseType = dev.chronovisor.v1.Network.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteNetworkRequest,
      dev.chronovisor.v1.Network> getDeleteNetworkMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteNetworkRequest, dev.chronovisor.v1.Network> getDeleteNetworkMethod;
    if ((getDeleteNetworkMethod = NetworkServiceGrpc.getDeleteNetworkMethod) == null) {
      synchronized (NetworkServiceGrpc.class) {
        if ((getDeleteNetworkMethod = NetworkServiceGrpc.getDeleteNetworkMethod) == null) {
          NetworkServiceGrpc.getDeleteNetworkMethod = getDeleteNetworkMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.DeleteNetworkRequest, dev.chronovisor.v1.Network>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeleteNetwork"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.DeleteNetworkRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Network.getDefaultInstance()))
              .setSchemaDescriptor(new NetworkServiceMethodDescriptorSupplier("DeleteNetwork"))
              .build();
        }
      }
    }
    return getDeleteNetworkMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ListNetworkAddressesRequest,
      dev.chronovisor.v1.ListNetworkAddressesResponse> getListNetworkAddressesMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListNetworkAddresses",
      requestType = dev.chronovisor.v1.ListNetworkAddressesRequest.class,
      responseType = dev.chronovisor.v1.ListNetworkAddressesResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ListNetworkAddressesRequest,
      dev.chronovisor.v1.ListNetworkAddressesResponse> getListNetworkAddressesMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ListNetworkAddressesRequest, dev.chronovisor.v1.ListNetworkAddressesResponse> getListNetworkAddressesMethod;
    if ((getListNetworkAddressesMethod = NetworkServiceGrpc.getListNetworkAddressesMethod) == null) {
      synchronized (NetworkServiceGrpc.class) {
        if ((getListNetworkAddressesMethod = NetworkServiceGrpc.getListNetworkAddressesMethod) == null) {
          NetworkServiceGrpc.getListNetworkAddressesMethod = getListNetworkAddressesMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ListNetworkAddressesRequest, dev.chronovisor.v1.ListNetworkAddressesResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListNetworkAddresses"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListNetworkAddressesRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListNetworkAddressesResponse.getDefaultInstance()))
              .setSchemaDescriptor(new NetworkServiceMethodDescriptorSupplier("ListNetworkAddresses"))
              .build();
        }
      }
    }
    return getListNetworkAddressesMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.CheckReachRequest,
      dev.chronovisor.v1.CheckReachResponse> getCheckReachMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CheckReach",
      requestType = dev.chronovisor.v1.CheckReachRequest.class,
      responseType = dev.chronovisor.v1.CheckReachResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.CheckReachRequest,
      dev.chronovisor.v1.CheckReachResponse> getCheckReachMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.CheckReachRequest, dev.chronovisor.v1.CheckReachResponse> getCheckReachMethod;
    if ((getCheckReachMethod = NetworkServiceGrpc.getCheckReachMethod) == null) {
      synchronized (NetworkServiceGrpc.class) {
        if ((getCheckReachMethod = NetworkServiceGrpc.getCheckReachMethod) == null) {
          NetworkServiceGrpc.getCheckReachMethod = getCheckReachMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.CheckReachRequest, dev.chronovisor.v1.CheckReachResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CheckReach"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CheckReachRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CheckReachResponse.getDefaultInstance()))
              .setSchemaDescriptor(new NetworkServiceMethodDescriptorSupplier("CheckReach"))
              .build();
        }
      }
    }
    return getCheckReachMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ListReachRequest,
      dev.chronovisor.v1.ListReachResponse> getListReachMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListReach",
      requestType = dev.chronovisor.v1.ListReachRequest.class,
      responseType = dev.chronovisor.v1.ListReachResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ListReachRequest,
      dev.chronovisor.v1.ListReachResponse> getListReachMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ListReachRequest, dev.chronovisor.v1.ListReachResponse> getListReachMethod;
    if ((getListReachMethod = NetworkServiceGrpc.getListReachMethod) == null) {
      synchronized (NetworkServiceGrpc.class) {
        if ((getListReachMethod = NetworkServiceGrpc.getListReachMethod) == null) {
          NetworkServiceGrpc.getListReachMethod = getListReachMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ListReachRequest, dev.chronovisor.v1.ListReachResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListReach"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListReachRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListReachResponse.getDefaultInstance()))
              .setSchemaDescriptor(new NetworkServiceMethodDescriptorSupplier("ListReach"))
              .build();
        }
      }
    }
    return getListReachMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateSecurityGroupRequest,
      dev.chronovisor.v1.SecurityGroup> getCreateSecurityGroupMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CreateSecurityGroup",
      requestType = dev.chronovisor.v1.CreateSecurityGroupRequest.class,
      responseType = dev.chronovisor.v1.SecurityGroup.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateSecurityGroupRequest,
      dev.chronovisor.v1.SecurityGroup> getCreateSecurityGroupMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateSecurityGroupRequest, dev.chronovisor.v1.SecurityGroup> getCreateSecurityGroupMethod;
    if ((getCreateSecurityGroupMethod = NetworkServiceGrpc.getCreateSecurityGroupMethod) == null) {
      synchronized (NetworkServiceGrpc.class) {
        if ((getCreateSecurityGroupMethod = NetworkServiceGrpc.getCreateSecurityGroupMethod) == null) {
          NetworkServiceGrpc.getCreateSecurityGroupMethod = getCreateSecurityGroupMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.CreateSecurityGroupRequest, dev.chronovisor.v1.SecurityGroup>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CreateSecurityGroup"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CreateSecurityGroupRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.SecurityGroup.getDefaultInstance()))
              .setSchemaDescriptor(new NetworkServiceMethodDescriptorSupplier("CreateSecurityGroup"))
              .build();
        }
      }
    }
    return getCreateSecurityGroupMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetSecurityGroupRequest,
      dev.chronovisor.v1.SecurityGroup> getGetSecurityGroupMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetSecurityGroup",
      requestType = dev.chronovisor.v1.GetSecurityGroupRequest.class,
      responseType = dev.chronovisor.v1.SecurityGroup.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetSecurityGroupRequest,
      dev.chronovisor.v1.SecurityGroup> getGetSecurityGroupMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetSecurityGroupRequest, dev.chronovisor.v1.SecurityGroup> getGetSecurityGroupMethod;
    if ((getGetSecurityGroupMethod = NetworkServiceGrpc.getGetSecurityGroupMethod) == null) {
      synchronized (NetworkServiceGrpc.class) {
        if ((getGetSecurityGroupMethod = NetworkServiceGrpc.getGetSecurityGroupMethod) == null) {
          NetworkServiceGrpc.getGetSecurityGroupMethod = getGetSecurityGroupMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetSecurityGroupRequest, dev.chronovisor.v1.SecurityGroup>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetSecurityGroup"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetSecurityGroupRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.SecurityGroup.getDefaultInstance()))
              .setSchemaDescriptor(new NetworkServiceMethodDescriptorSupplier("GetSecurityGroup"))
              .build();
        }
      }
    }
    return getGetSecurityGroupMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ListSecurityGroupsRequest,
      dev.chronovisor.v1.ListSecurityGroupsResponse> getListSecurityGroupsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListSecurityGroups",
      requestType = dev.chronovisor.v1.ListSecurityGroupsRequest.class,
      responseType = dev.chronovisor.v1.ListSecurityGroupsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ListSecurityGroupsRequest,
      dev.chronovisor.v1.ListSecurityGroupsResponse> getListSecurityGroupsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ListSecurityGroupsRequest, dev.chronovisor.v1.ListSecurityGroupsResponse> getListSecurityGroupsMethod;
    if ((getListSecurityGroupsMethod = NetworkServiceGrpc.getListSecurityGroupsMethod) == null) {
      synchronized (NetworkServiceGrpc.class) {
        if ((getListSecurityGroupsMethod = NetworkServiceGrpc.getListSecurityGroupsMethod) == null) {
          NetworkServiceGrpc.getListSecurityGroupsMethod = getListSecurityGroupsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ListSecurityGroupsRequest, dev.chronovisor.v1.ListSecurityGroupsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListSecurityGroups"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListSecurityGroupsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListSecurityGroupsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new NetworkServiceMethodDescriptorSupplier("ListSecurityGroups"))
              .build();
        }
      }
    }
    return getListSecurityGroupsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateSecurityGroupRequest,
      dev.chronovisor.v1.SecurityGroup> getUpdateSecurityGroupMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UpdateSecurityGroup",
      requestType = dev.chronovisor.v1.UpdateSecurityGroupRequest.class,
      responseType = dev.chronovisor.v1.SecurityGroup.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateSecurityGroupRequest,
      dev.chronovisor.v1.SecurityGroup> getUpdateSecurityGroupMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateSecurityGroupRequest, dev.chronovisor.v1.SecurityGroup> getUpdateSecurityGroupMethod;
    if ((getUpdateSecurityGroupMethod = NetworkServiceGrpc.getUpdateSecurityGroupMethod) == null) {
      synchronized (NetworkServiceGrpc.class) {
        if ((getUpdateSecurityGroupMethod = NetworkServiceGrpc.getUpdateSecurityGroupMethod) == null) {
          NetworkServiceGrpc.getUpdateSecurityGroupMethod = getUpdateSecurityGroupMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.UpdateSecurityGroupRequest, dev.chronovisor.v1.SecurityGroup>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UpdateSecurityGroup"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.UpdateSecurityGroupRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.SecurityGroup.getDefaultInstance()))
              .setSchemaDescriptor(new NetworkServiceMethodDescriptorSupplier("UpdateSecurityGroup"))
              .build();
        }
      }
    }
    return getUpdateSecurityGroupMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteSecurityGroupRequest,
      dev.chronovisor.v1.SecurityGroup> getDeleteSecurityGroupMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeleteSecurityGroup",
      requestType = dev.chronovisor.v1.DeleteSecurityGroupRequest.class,
      responseType = dev.chronovisor.v1.SecurityGroup.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteSecurityGroupRequest,
      dev.chronovisor.v1.SecurityGroup> getDeleteSecurityGroupMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteSecurityGroupRequest, dev.chronovisor.v1.SecurityGroup> getDeleteSecurityGroupMethod;
    if ((getDeleteSecurityGroupMethod = NetworkServiceGrpc.getDeleteSecurityGroupMethod) == null) {
      synchronized (NetworkServiceGrpc.class) {
        if ((getDeleteSecurityGroupMethod = NetworkServiceGrpc.getDeleteSecurityGroupMethod) == null) {
          NetworkServiceGrpc.getDeleteSecurityGroupMethod = getDeleteSecurityGroupMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.DeleteSecurityGroupRequest, dev.chronovisor.v1.SecurityGroup>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeleteSecurityGroup"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.DeleteSecurityGroupRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.SecurityGroup.getDefaultInstance()))
              .setSchemaDescriptor(new NetworkServiceMethodDescriptorSupplier("DeleteSecurityGroup"))
              .build();
        }
      }
    }
    return getDeleteSecurityGroupMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static NetworkServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<NetworkServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<NetworkServiceStub>() {
        @java.lang.Override
        public NetworkServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new NetworkServiceStub(channel, callOptions);
        }
      };
    return NetworkServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static NetworkServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<NetworkServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<NetworkServiceBlockingV2Stub>() {
        @java.lang.Override
        public NetworkServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new NetworkServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return NetworkServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static NetworkServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<NetworkServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<NetworkServiceBlockingStub>() {
        @java.lang.Override
        public NetworkServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new NetworkServiceBlockingStub(channel, callOptions);
        }
      };
    return NetworkServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static NetworkServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<NetworkServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<NetworkServiceFutureStub>() {
        @java.lang.Override
        public NetworkServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new NetworkServiceFutureStub(channel, callOptions);
        }
      };
    return NetworkServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Keeps the networks of projects and their security groups. Who calls, histories, errors and pings are as VmService has them.
   * A VM's cards are part of its spec, and hold their addresses from the VM's first start until it is destroyed: the start and the addresses are
   * one append, so no two cards of a network ever hold one address, now or at any past position.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Creates a network. Nothing of it is on any host before a VM has a card on it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, NETWORK_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void createNetwork(dev.chronovisor.v1.CreateNetworkRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Network> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCreateNetworkMethod(), responseObserver);
    }

    /**
     * <pre>
     * One network, now or as of a position or time.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void getNetwork(dev.chronovisor.v1.GetNetworkRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Network> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetNetworkMethod(), responseObserver);
    }

    /**
     * <pre>
     * The networks of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void listNetworks(dev.chronovisor.v1.ListNetworksRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListNetworksResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListNetworksMethod(), responseObserver);
    }

    /**
     * <pre>
     * Changes reserved ranges, description and labels: those that the mask names, `*` for all, without a mask those that are set. What a
     * network is connected to, and its addresses, never change. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NETWORK_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void updateNetwork(dev.chronovisor.v1.UpdateNetworkRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Network> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getUpdateNetworkMethod(), responseObserver);
    }

    /**
     * <pre>
     * Ends a network that no VM's spec has a card on. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NETWORK_NOT_FOUND, NETWORK_IN_USE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void deleteNetwork(dev.chronovisor.v1.DeleteNetworkRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Network> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteNetworkMethod(), responseObserver);
    }

    /**
     * <pre>
     * The addresses that are held of a network, now or as of a position or time, by card. All pages are of the first one's position.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void listNetworkAddresses(dev.chronovisor.v1.ListNetworkAddressesRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListNetworkAddressesResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListNetworkAddressesMethod(), responseObserver);
    }

    /**
     * <pre>
     * Whether one reaches another over networks, now or as of a position or time, and which rules decide it: by the rules, the groups of cards
     * and the addresses of that moment, as hosts apply them.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void checkReach(dev.chronovisor.v1.CheckReachRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.CheckReachResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCheckReachMethod(), responseObserver);
    }

    /**
     * <pre>
     * Which VMs of a network reach which others over it, and by what, now or as of a position or time. Pairs that do not are left out. All pages
     * are of the first one's position; one may have fewer than were requested, and not be the last. A network with cards of more than 4,096
     * VMs is refused with INVALID_FIELD: CheckReach answers of two of them.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void listReach(dev.chronovisor.v1.ListReachRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListReachResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListReachMethod(), responseObserver);
    }

    /**
     * <pre>
     * Creates a security group. It counts for the cards that are in it, by their VMs' specs. Its rules may name the group itself.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, SECURITY_GROUP_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void createSecurityGroup(dev.chronovisor.v1.CreateSecurityGroupRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.SecurityGroup> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCreateSecurityGroupMethod(), responseObserver);
    }

    /**
     * <pre>
     * One security group, now or as of a position or time.
     * Errors: INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void getSecurityGroup(dev.chronovisor.v1.GetSecurityGroupRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.SecurityGroup> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetSecurityGroupMethod(), responseObserver);
    }

    /**
     * <pre>
     * The security groups of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void listSecurityGroups(dev.chronovisor.v1.ListSecurityGroupsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListSecurityGroupsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListSecurityGroupsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Changes rules, description and labels: those that the mask names, `*` for all, without a mask those that are set. Hosts follow within
     * seconds; connections that no rule allows any more end. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void updateSecurityGroup(dev.chronovisor.v1.UpdateSecurityGroupRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.SecurityGroup> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getUpdateSecurityGroupMethod(), responseObserver);
    }

    /**
     * <pre>
     * Ends a security group that no VM's spec and no rule of another group names. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, SECURITY_GROUP_IN_USE, ETAG_MISMATCH, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void deleteSecurityGroup(dev.chronovisor.v1.DeleteSecurityGroupRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.SecurityGroup> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteSecurityGroupMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service NetworkService.
   * <pre>
   * Keeps the networks of projects and their security groups. Who calls, histories, errors and pings are as VmService has them.
   * A VM's cards are part of its spec, and hold their addresses from the VM's first start until it is destroyed: the start and the addresses are
   * one append, so no two cards of a network ever hold one address, now or at any past position.
   * </pre>
   */
  public static abstract class NetworkServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return NetworkServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service NetworkService.
   * <pre>
   * Keeps the networks of projects and their security groups. Who calls, histories, errors and pings are as VmService has them.
   * A VM's cards are part of its spec, and hold their addresses from the VM's first start until it is destroyed: the start and the addresses are
   * one append, so no two cards of a network ever hold one address, now or at any past position.
   * </pre>
   */
  public static final class NetworkServiceStub
      extends io.grpc.stub.AbstractAsyncStub<NetworkServiceStub> {
    private NetworkServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected NetworkServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new NetworkServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates a network. Nothing of it is on any host before a VM has a card on it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, NETWORK_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void createNetwork(dev.chronovisor.v1.CreateNetworkRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Network> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCreateNetworkMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * One network, now or as of a position or time.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void getNetwork(dev.chronovisor.v1.GetNetworkRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Network> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetNetworkMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The networks of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void listNetworks(dev.chronovisor.v1.ListNetworksRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListNetworksResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListNetworksMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Changes reserved ranges, description and labels: those that the mask names, `*` for all, without a mask those that are set. What a
     * network is connected to, and its addresses, never change. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NETWORK_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void updateNetwork(dev.chronovisor.v1.UpdateNetworkRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Network> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getUpdateNetworkMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Ends a network that no VM's spec has a card on. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NETWORK_NOT_FOUND, NETWORK_IN_USE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void deleteNetwork(dev.chronovisor.v1.DeleteNetworkRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Network> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteNetworkMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The addresses that are held of a network, now or as of a position or time, by card. All pages are of the first one's position.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void listNetworkAddresses(dev.chronovisor.v1.ListNetworkAddressesRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListNetworkAddressesResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListNetworkAddressesMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Whether one reaches another over networks, now or as of a position or time, and which rules decide it: by the rules, the groups of cards
     * and the addresses of that moment, as hosts apply them.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void checkReach(dev.chronovisor.v1.CheckReachRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.CheckReachResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCheckReachMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Which VMs of a network reach which others over it, and by what, now or as of a position or time. Pairs that do not are left out. All pages
     * are of the first one's position; one may have fewer than were requested, and not be the last. A network with cards of more than 4,096
     * VMs is refused with INVALID_FIELD: CheckReach answers of two of them.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void listReach(dev.chronovisor.v1.ListReachRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListReachResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListReachMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Creates a security group. It counts for the cards that are in it, by their VMs' specs. Its rules may name the group itself.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, SECURITY_GROUP_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void createSecurityGroup(dev.chronovisor.v1.CreateSecurityGroupRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.SecurityGroup> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCreateSecurityGroupMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * One security group, now or as of a position or time.
     * Errors: INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void getSecurityGroup(dev.chronovisor.v1.GetSecurityGroupRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.SecurityGroup> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetSecurityGroupMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The security groups of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void listSecurityGroups(dev.chronovisor.v1.ListSecurityGroupsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListSecurityGroupsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListSecurityGroupsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Changes rules, description and labels: those that the mask names, `*` for all, without a mask those that are set. Hosts follow within
     * seconds; connections that no rule allows any more end. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void updateSecurityGroup(dev.chronovisor.v1.UpdateSecurityGroupRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.SecurityGroup> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getUpdateSecurityGroupMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Ends a security group that no VM's spec and no rule of another group names. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, SECURITY_GROUP_IN_USE, ETAG_MISMATCH, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void deleteSecurityGroup(dev.chronovisor.v1.DeleteSecurityGroupRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.SecurityGroup> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteSecurityGroupMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service NetworkService.
   * <pre>
   * Keeps the networks of projects and their security groups. Who calls, histories, errors and pings are as VmService has them.
   * A VM's cards are part of its spec, and hold their addresses from the VM's first start until it is destroyed: the start and the addresses are
   * one append, so no two cards of a network ever hold one address, now or at any past position.
   * </pre>
   */
  public static final class NetworkServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<NetworkServiceBlockingV2Stub> {
    private NetworkServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected NetworkServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new NetworkServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates a network. Nothing of it is on any host before a VM has a card on it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, NETWORK_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Network createNetwork(dev.chronovisor.v1.CreateNetworkRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCreateNetworkMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One network, now or as of a position or time.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.Network getNetwork(dev.chronovisor.v1.GetNetworkRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetNetworkMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The networks of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListNetworksResponse listNetworks(dev.chronovisor.v1.ListNetworksRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListNetworksMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes reserved ranges, description and labels: those that the mask names, `*` for all, without a mask those that are set. What a
     * network is connected to, and its addresses, never change. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NETWORK_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Network updateNetwork(dev.chronovisor.v1.UpdateNetworkRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getUpdateNetworkMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a network that no VM's spec has a card on. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NETWORK_NOT_FOUND, NETWORK_IN_USE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Network deleteNetwork(dev.chronovisor.v1.DeleteNetworkRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDeleteNetworkMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The addresses that are held of a network, now or as of a position or time, by card. All pages are of the first one's position.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListNetworkAddressesResponse listNetworkAddresses(dev.chronovisor.v1.ListNetworkAddressesRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListNetworkAddressesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Whether one reaches another over networks, now or as of a position or time, and which rules decide it: by the rules, the groups of cards
     * and the addresses of that moment, as hosts apply them.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.CheckReachResponse checkReach(dev.chronovisor.v1.CheckReachRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCheckReachMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Which VMs of a network reach which others over it, and by what, now or as of a position or time. Pairs that do not are left out. All pages
     * are of the first one's position; one may have fewer than were requested, and not be the last. A network with cards of more than 4,096
     * VMs is refused with INVALID_FIELD: CheckReach answers of two of them.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListReachResponse listReach(dev.chronovisor.v1.ListReachRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListReachMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Creates a security group. It counts for the cards that are in it, by their VMs' specs. Its rules may name the group itself.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, SECURITY_GROUP_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.SecurityGroup createSecurityGroup(dev.chronovisor.v1.CreateSecurityGroupRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCreateSecurityGroupMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One security group, now or as of a position or time.
     * Errors: INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.SecurityGroup getSecurityGroup(dev.chronovisor.v1.GetSecurityGroupRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetSecurityGroupMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The security groups of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListSecurityGroupsResponse listSecurityGroups(dev.chronovisor.v1.ListSecurityGroupsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListSecurityGroupsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes rules, description and labels: those that the mask names, `*` for all, without a mask those that are set. Hosts follow within
     * seconds; connections that no rule allows any more end. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.SecurityGroup updateSecurityGroup(dev.chronovisor.v1.UpdateSecurityGroupRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getUpdateSecurityGroupMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a security group that no VM's spec and no rule of another group names. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, SECURITY_GROUP_IN_USE, ETAG_MISMATCH, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.SecurityGroup deleteSecurityGroup(dev.chronovisor.v1.DeleteSecurityGroupRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDeleteSecurityGroupMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service NetworkService.
   * <pre>
   * Keeps the networks of projects and their security groups. Who calls, histories, errors and pings are as VmService has them.
   * A VM's cards are part of its spec, and hold their addresses from the VM's first start until it is destroyed: the start and the addresses are
   * one append, so no two cards of a network ever hold one address, now or at any past position.
   * </pre>
   */
  public static final class NetworkServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<NetworkServiceBlockingStub> {
    private NetworkServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected NetworkServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new NetworkServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates a network. Nothing of it is on any host before a VM has a card on it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, NETWORK_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Network createNetwork(dev.chronovisor.v1.CreateNetworkRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCreateNetworkMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One network, now or as of a position or time.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.Network getNetwork(dev.chronovisor.v1.GetNetworkRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetNetworkMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The networks of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListNetworksResponse listNetworks(dev.chronovisor.v1.ListNetworksRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListNetworksMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes reserved ranges, description and labels: those that the mask names, `*` for all, without a mask those that are set. What a
     * network is connected to, and its addresses, never change. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NETWORK_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Network updateNetwork(dev.chronovisor.v1.UpdateNetworkRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getUpdateNetworkMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a network that no VM's spec has a card on. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NETWORK_NOT_FOUND, NETWORK_IN_USE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Network deleteNetwork(dev.chronovisor.v1.DeleteNetworkRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteNetworkMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The addresses that are held of a network, now or as of a position or time, by card. All pages are of the first one's position.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListNetworkAddressesResponse listNetworkAddresses(dev.chronovisor.v1.ListNetworkAddressesRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListNetworkAddressesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Whether one reaches another over networks, now or as of a position or time, and which rules decide it: by the rules, the groups of cards
     * and the addresses of that moment, as hosts apply them.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.CheckReachResponse checkReach(dev.chronovisor.v1.CheckReachRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCheckReachMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Which VMs of a network reach which others over it, and by what, now or as of a position or time. Pairs that do not are left out. All pages
     * are of the first one's position; one may have fewer than were requested, and not be the last. A network with cards of more than 4,096
     * VMs is refused with INVALID_FIELD: CheckReach answers of two of them.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListReachResponse listReach(dev.chronovisor.v1.ListReachRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListReachMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Creates a security group. It counts for the cards that are in it, by their VMs' specs. Its rules may name the group itself.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, SECURITY_GROUP_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.SecurityGroup createSecurityGroup(dev.chronovisor.v1.CreateSecurityGroupRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCreateSecurityGroupMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One security group, now or as of a position or time.
     * Errors: INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.SecurityGroup getSecurityGroup(dev.chronovisor.v1.GetSecurityGroupRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetSecurityGroupMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The security groups of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListSecurityGroupsResponse listSecurityGroups(dev.chronovisor.v1.ListSecurityGroupsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListSecurityGroupsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes rules, description and labels: those that the mask names, `*` for all, without a mask those that are set. Hosts follow within
     * seconds; connections that no rule allows any more end. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.SecurityGroup updateSecurityGroup(dev.chronovisor.v1.UpdateSecurityGroupRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getUpdateSecurityGroupMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a security group that no VM's spec and no rule of another group names. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, SECURITY_GROUP_IN_USE, ETAG_MISMATCH, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.SecurityGroup deleteSecurityGroup(dev.chronovisor.v1.DeleteSecurityGroupRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteSecurityGroupMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service NetworkService.
   * <pre>
   * Keeps the networks of projects and their security groups. Who calls, histories, errors and pings are as VmService has them.
   * A VM's cards are part of its spec, and hold their addresses from the VM's first start until it is destroyed: the start and the addresses are
   * one append, so no two cards of a network ever hold one address, now or at any past position.
   * </pre>
   */
  public static final class NetworkServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<NetworkServiceFutureStub> {
    private NetworkServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected NetworkServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new NetworkServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates a network. Nothing of it is on any host before a VM has a card on it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, NETWORK_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Network> createNetwork(
        dev.chronovisor.v1.CreateNetworkRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCreateNetworkMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * One network, now or as of a position or time.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Network> getNetwork(
        dev.chronovisor.v1.GetNetworkRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetNetworkMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The networks of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ListNetworksResponse> listNetworks(
        dev.chronovisor.v1.ListNetworksRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListNetworksMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Changes reserved ranges, description and labels: those that the mask names, `*` for all, without a mask those that are set. What a
     * network is connected to, and its addresses, never change. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NETWORK_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Network> updateNetwork(
        dev.chronovisor.v1.UpdateNetworkRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getUpdateNetworkMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Ends a network that no VM's spec has a card on. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, NETWORK_NOT_FOUND, NETWORK_IN_USE, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Network> deleteNetwork(
        dev.chronovisor.v1.DeleteNetworkRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteNetworkMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The addresses that are held of a network, now or as of a position or time, by card. All pages are of the first one's position.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ListNetworkAddressesResponse> listNetworkAddresses(
        dev.chronovisor.v1.ListNetworkAddressesRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListNetworkAddressesMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Whether one reaches another over networks, now or as of a position or time, and which rules decide it: by the rules, the groups of cards
     * and the addresses of that moment, as hosts apply them.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.CheckReachResponse> checkReach(
        dev.chronovisor.v1.CheckReachRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCheckReachMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Which VMs of a network reach which others over it, and by what, now or as of a position or time. Pairs that do not are left out. All pages
     * are of the first one's position; one may have fewer than were requested, and not be the last. A network with cards of more than 4,096
     * VMs is refused with INVALID_FIELD: CheckReach answers of two of them.
     * Errors: INVALID_FIELD, NETWORK_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ListReachResponse> listReach(
        dev.chronovisor.v1.ListReachRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListReachMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Creates a security group. It counts for the cards that are in it, by their VMs' specs. Its rules may name the group itself.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, SECURITY_GROUP_ALREADY_EXISTS, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.SecurityGroup> createSecurityGroup(
        dev.chronovisor.v1.CreateSecurityGroupRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCreateSecurityGroupMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * One security group, now or as of a position or time.
     * Errors: INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.SecurityGroup> getSecurityGroup(
        dev.chronovisor.v1.GetSecurityGroupRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetSecurityGroupMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The security groups of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ListSecurityGroupsResponse> listSecurityGroups(
        dev.chronovisor.v1.ListSecurityGroupsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListSecurityGroupsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Changes rules, description and labels: those that the mask names, `*` for all, without a mask those that are set. Hosts follow within
     * seconds; connections that no rule allows any more end. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.SecurityGroup> updateSecurityGroup(
        dev.chronovisor.v1.UpdateSecurityGroupRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getUpdateSecurityGroupMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Ends a security group that no VM's spec and no rule of another group names. Its history stays.
     * Errors: INVALID_ACTOR, INVALID_FIELD, SECURITY_GROUP_NOT_FOUND, SECURITY_GROUP_IN_USE, ETAG_MISMATCH, REQUEST_ID_REUSED,
     * CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.SecurityGroup> deleteSecurityGroup(
        dev.chronovisor.v1.DeleteSecurityGroupRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteSecurityGroupMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_CREATE_NETWORK = 0;
  private static final int METHODID_GET_NETWORK = 1;
  private static final int METHODID_LIST_NETWORKS = 2;
  private static final int METHODID_UPDATE_NETWORK = 3;
  private static final int METHODID_DELETE_NETWORK = 4;
  private static final int METHODID_LIST_NETWORK_ADDRESSES = 5;
  private static final int METHODID_CHECK_REACH = 6;
  private static final int METHODID_LIST_REACH = 7;
  private static final int METHODID_CREATE_SECURITY_GROUP = 8;
  private static final int METHODID_GET_SECURITY_GROUP = 9;
  private static final int METHODID_LIST_SECURITY_GROUPS = 10;
  private static final int METHODID_UPDATE_SECURITY_GROUP = 11;
  private static final int METHODID_DELETE_SECURITY_GROUP = 12;

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
        case METHODID_CREATE_NETWORK:
          serviceImpl.createNetwork((dev.chronovisor.v1.CreateNetworkRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Network>) responseObserver);
          break;
        case METHODID_GET_NETWORK:
          serviceImpl.getNetwork((dev.chronovisor.v1.GetNetworkRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Network>) responseObserver);
          break;
        case METHODID_LIST_NETWORKS:
          serviceImpl.listNetworks((dev.chronovisor.v1.ListNetworksRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListNetworksResponse>) responseObserver);
          break;
        case METHODID_UPDATE_NETWORK:
          serviceImpl.updateNetwork((dev.chronovisor.v1.UpdateNetworkRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Network>) responseObserver);
          break;
        case METHODID_DELETE_NETWORK:
          serviceImpl.deleteNetwork((dev.chronovisor.v1.DeleteNetworkRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Network>) responseObserver);
          break;
        case METHODID_LIST_NETWORK_ADDRESSES:
          serviceImpl.listNetworkAddresses((dev.chronovisor.v1.ListNetworkAddressesRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListNetworkAddressesResponse>) responseObserver);
          break;
        case METHODID_CHECK_REACH:
          serviceImpl.checkReach((dev.chronovisor.v1.CheckReachRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.CheckReachResponse>) responseObserver);
          break;
        case METHODID_LIST_REACH:
          serviceImpl.listReach((dev.chronovisor.v1.ListReachRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListReachResponse>) responseObserver);
          break;
        case METHODID_CREATE_SECURITY_GROUP:
          serviceImpl.createSecurityGroup((dev.chronovisor.v1.CreateSecurityGroupRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.SecurityGroup>) responseObserver);
          break;
        case METHODID_GET_SECURITY_GROUP:
          serviceImpl.getSecurityGroup((dev.chronovisor.v1.GetSecurityGroupRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.SecurityGroup>) responseObserver);
          break;
        case METHODID_LIST_SECURITY_GROUPS:
          serviceImpl.listSecurityGroups((dev.chronovisor.v1.ListSecurityGroupsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListSecurityGroupsResponse>) responseObserver);
          break;
        case METHODID_UPDATE_SECURITY_GROUP:
          serviceImpl.updateSecurityGroup((dev.chronovisor.v1.UpdateSecurityGroupRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.SecurityGroup>) responseObserver);
          break;
        case METHODID_DELETE_SECURITY_GROUP:
          serviceImpl.deleteSecurityGroup((dev.chronovisor.v1.DeleteSecurityGroupRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.SecurityGroup>) responseObserver);
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
          getCreateNetworkMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.CreateNetworkRequest,
              dev.chronovisor.v1.Network>(
                service, METHODID_CREATE_NETWORK)))
        .addMethod(
          getGetNetworkMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetNetworkRequest,
              dev.chronovisor.v1.Network>(
                service, METHODID_GET_NETWORK)))
        .addMethod(
          getListNetworksMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ListNetworksRequest,
              dev.chronovisor.v1.ListNetworksResponse>(
                service, METHODID_LIST_NETWORKS)))
        .addMethod(
          getUpdateNetworkMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.UpdateNetworkRequest,
              dev.chronovisor.v1.Network>(
                service, METHODID_UPDATE_NETWORK)))
        .addMethod(
          getDeleteNetworkMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.DeleteNetworkRequest,
              dev.chronovisor.v1.Network>(
                service, METHODID_DELETE_NETWORK)))
        .addMethod(
          getListNetworkAddressesMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ListNetworkAddressesRequest,
              dev.chronovisor.v1.ListNetworkAddressesResponse>(
                service, METHODID_LIST_NETWORK_ADDRESSES)))
        .addMethod(
          getCheckReachMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.CheckReachRequest,
              dev.chronovisor.v1.CheckReachResponse>(
                service, METHODID_CHECK_REACH)))
        .addMethod(
          getListReachMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ListReachRequest,
              dev.chronovisor.v1.ListReachResponse>(
                service, METHODID_LIST_REACH)))
        .addMethod(
          getCreateSecurityGroupMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.CreateSecurityGroupRequest,
              dev.chronovisor.v1.SecurityGroup>(
                service, METHODID_CREATE_SECURITY_GROUP)))
        .addMethod(
          getGetSecurityGroupMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetSecurityGroupRequest,
              dev.chronovisor.v1.SecurityGroup>(
                service, METHODID_GET_SECURITY_GROUP)))
        .addMethod(
          getListSecurityGroupsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ListSecurityGroupsRequest,
              dev.chronovisor.v1.ListSecurityGroupsResponse>(
                service, METHODID_LIST_SECURITY_GROUPS)))
        .addMethod(
          getUpdateSecurityGroupMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.UpdateSecurityGroupRequest,
              dev.chronovisor.v1.SecurityGroup>(
                service, METHODID_UPDATE_SECURITY_GROUP)))
        .addMethod(
          getDeleteSecurityGroupMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.DeleteSecurityGroupRequest,
              dev.chronovisor.v1.SecurityGroup>(
                service, METHODID_DELETE_SECURITY_GROUP)))
        .build();
  }

  private static abstract class NetworkServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    NetworkServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.chronovisor.v1.NetworkServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("NetworkService");
    }
  }

  private static final class NetworkServiceFileDescriptorSupplier
      extends NetworkServiceBaseDescriptorSupplier {
    NetworkServiceFileDescriptorSupplier() {}
  }

  private static final class NetworkServiceMethodDescriptorSupplier
      extends NetworkServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    NetworkServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (NetworkServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new NetworkServiceFileDescriptorSupplier())
              .addMethod(getCreateNetworkMethod())
              .addMethod(getGetNetworkMethod())
              .addMethod(getListNetworksMethod())
              .addMethod(getUpdateNetworkMethod())
              .addMethod(getDeleteNetworkMethod())
              .addMethod(getListNetworkAddressesMethod())
              .addMethod(getCheckReachMethod())
              .addMethod(getListReachMethod())
              .addMethod(getCreateSecurityGroupMethod())
              .addMethod(getGetSecurityGroupMethod())
              .addMethod(getListSecurityGroupsMethod())
              .addMethod(getUpdateSecurityGroupMethod())
              .addMethod(getDeleteSecurityGroupMethod())
              .build();
        }
      }
    }
    return result;
  }
}
