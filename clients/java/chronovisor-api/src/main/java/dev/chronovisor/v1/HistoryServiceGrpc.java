package dev.chronovisor.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Reads what happened. Nothing here changes anything. Who calls, histories, errors and pings are as VmService has them.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class HistoryServiceGrpc {

  private HistoryServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "chronovisor.v1.HistoryService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ListEventsRequest,
      dev.chronovisor.v1.ListEventsResponse> getListEventsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListEvents",
      requestType = dev.chronovisor.v1.ListEventsRequest.class,
      responseType = dev.chronovisor.v1.ListEventsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ListEventsRequest,
      dev.chronovisor.v1.ListEventsResponse> getListEventsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ListEventsRequest, dev.chronovisor.v1.ListEventsResponse> getListEventsMethod;
    if ((getListEventsMethod = HistoryServiceGrpc.getListEventsMethod) == null) {
      synchronized (HistoryServiceGrpc.class) {
        if ((getListEventsMethod = HistoryServiceGrpc.getListEventsMethod) == null) {
          HistoryServiceGrpc.getListEventsMethod = getListEventsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ListEventsRequest, dev.chronovisor.v1.ListEventsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListEvents"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListEventsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListEventsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new HistoryServiceMethodDescriptorSupplier("ListEvents"))
              .build();
        }
      }
    }
    return getListEventsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.WatchEventsRequest,
      dev.chronovisor.v1.WatchEventsResponse> getWatchEventsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "WatchEvents",
      requestType = dev.chronovisor.v1.WatchEventsRequest.class,
      responseType = dev.chronovisor.v1.WatchEventsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.WatchEventsRequest,
      dev.chronovisor.v1.WatchEventsResponse> getWatchEventsMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.WatchEventsRequest, dev.chronovisor.v1.WatchEventsResponse> getWatchEventsMethod;
    if ((getWatchEventsMethod = HistoryServiceGrpc.getWatchEventsMethod) == null) {
      synchronized (HistoryServiceGrpc.class) {
        if ((getWatchEventsMethod = HistoryServiceGrpc.getWatchEventsMethod) == null) {
          HistoryServiceGrpc.getWatchEventsMethod = getWatchEventsMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.WatchEventsRequest, dev.chronovisor.v1.WatchEventsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "WatchEvents"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.WatchEventsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.WatchEventsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new HistoryServiceMethodDescriptorSupplier("WatchEvents"))
              .build();
        }
      }
    }
    return getWatchEventsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ReplayVmRequest,
      dev.chronovisor.v1.ReplayVmResponse> getReplayVmMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ReplayVm",
      requestType = dev.chronovisor.v1.ReplayVmRequest.class,
      responseType = dev.chronovisor.v1.ReplayVmResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ReplayVmRequest,
      dev.chronovisor.v1.ReplayVmResponse> getReplayVmMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ReplayVmRequest, dev.chronovisor.v1.ReplayVmResponse> getReplayVmMethod;
    if ((getReplayVmMethod = HistoryServiceGrpc.getReplayVmMethod) == null) {
      synchronized (HistoryServiceGrpc.class) {
        if ((getReplayVmMethod = HistoryServiceGrpc.getReplayVmMethod) == null) {
          HistoryServiceGrpc.getReplayVmMethod = getReplayVmMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ReplayVmRequest, dev.chronovisor.v1.ReplayVmResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ReplayVm"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ReplayVmRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ReplayVmResponse.getDefaultInstance()))
              .setSchemaDescriptor(new HistoryServiceMethodDescriptorSupplier("ReplayVm"))
              .build();
        }
      }
    }
    return getReplayVmMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.DiffStateRequest,
      dev.chronovisor.v1.DiffStateResponse> getDiffStateMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DiffState",
      requestType = dev.chronovisor.v1.DiffStateRequest.class,
      responseType = dev.chronovisor.v1.DiffStateResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.DiffStateRequest,
      dev.chronovisor.v1.DiffStateResponse> getDiffStateMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.DiffStateRequest, dev.chronovisor.v1.DiffStateResponse> getDiffStateMethod;
    if ((getDiffStateMethod = HistoryServiceGrpc.getDiffStateMethod) == null) {
      synchronized (HistoryServiceGrpc.class) {
        if ((getDiffStateMethod = HistoryServiceGrpc.getDiffStateMethod) == null) {
          HistoryServiceGrpc.getDiffStateMethod = getDiffStateMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.DiffStateRequest, dev.chronovisor.v1.DiffStateResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DiffState"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.DiffStateRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.DiffStateResponse.getDefaultInstance()))
              .setSchemaDescriptor(new HistoryServiceMethodDescriptorSupplier("DiffState"))
              .build();
        }
      }
    }
    return getDiffStateMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetTimelineRequest,
      dev.chronovisor.v1.GetTimelineResponse> getGetTimelineMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetTimeline",
      requestType = dev.chronovisor.v1.GetTimelineRequest.class,
      responseType = dev.chronovisor.v1.GetTimelineResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetTimelineRequest,
      dev.chronovisor.v1.GetTimelineResponse> getGetTimelineMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetTimelineRequest, dev.chronovisor.v1.GetTimelineResponse> getGetTimelineMethod;
    if ((getGetTimelineMethod = HistoryServiceGrpc.getGetTimelineMethod) == null) {
      synchronized (HistoryServiceGrpc.class) {
        if ((getGetTimelineMethod = HistoryServiceGrpc.getGetTimelineMethod) == null) {
          HistoryServiceGrpc.getGetTimelineMethod = getGetTimelineMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetTimelineRequest, dev.chronovisor.v1.GetTimelineResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetTimeline"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetTimelineRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetTimelineResponse.getDefaultInstance()))
              .setSchemaDescriptor(new HistoryServiceMethodDescriptorSupplier("GetTimeline"))
              .build();
        }
      }
    }
    return getGetTimelineMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetSealRequest,
      dev.chronovisor.v1.Seal> getGetSealMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetSeal",
      requestType = dev.chronovisor.v1.GetSealRequest.class,
      responseType = dev.chronovisor.v1.Seal.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetSealRequest,
      dev.chronovisor.v1.Seal> getGetSealMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetSealRequest, dev.chronovisor.v1.Seal> getGetSealMethod;
    if ((getGetSealMethod = HistoryServiceGrpc.getGetSealMethod) == null) {
      synchronized (HistoryServiceGrpc.class) {
        if ((getGetSealMethod = HistoryServiceGrpc.getGetSealMethod) == null) {
          HistoryServiceGrpc.getGetSealMethod = getGetSealMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetSealRequest, dev.chronovisor.v1.Seal>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetSeal"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetSealRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Seal.getDefaultInstance()))
              .setSchemaDescriptor(new HistoryServiceMethodDescriptorSupplier("GetSeal"))
              .build();
        }
      }
    }
    return getGetSealMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.VerifyLedgerRequest,
      dev.chronovisor.v1.VerifyLedgerResponse> getVerifyLedgerMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "VerifyLedger",
      requestType = dev.chronovisor.v1.VerifyLedgerRequest.class,
      responseType = dev.chronovisor.v1.VerifyLedgerResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.VerifyLedgerRequest,
      dev.chronovisor.v1.VerifyLedgerResponse> getVerifyLedgerMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.VerifyLedgerRequest, dev.chronovisor.v1.VerifyLedgerResponse> getVerifyLedgerMethod;
    if ((getVerifyLedgerMethod = HistoryServiceGrpc.getVerifyLedgerMethod) == null) {
      synchronized (HistoryServiceGrpc.class) {
        if ((getVerifyLedgerMethod = HistoryServiceGrpc.getVerifyLedgerMethod) == null) {
          HistoryServiceGrpc.getVerifyLedgerMethod = getVerifyLedgerMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.VerifyLedgerRequest, dev.chronovisor.v1.VerifyLedgerResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "VerifyLedger"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.VerifyLedgerRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.VerifyLedgerResponse.getDefaultInstance()))
              .setSchemaDescriptor(new HistoryServiceMethodDescriptorSupplier("VerifyLedger"))
              .build();
        }
      }
    }
    return getVerifyLedgerMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetLedgerCheckRequest,
      dev.chronovisor.v1.LedgerCheck> getGetLedgerCheckMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetLedgerCheck",
      requestType = dev.chronovisor.v1.GetLedgerCheckRequest.class,
      responseType = dev.chronovisor.v1.LedgerCheck.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetLedgerCheckRequest,
      dev.chronovisor.v1.LedgerCheck> getGetLedgerCheckMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetLedgerCheckRequest, dev.chronovisor.v1.LedgerCheck> getGetLedgerCheckMethod;
    if ((getGetLedgerCheckMethod = HistoryServiceGrpc.getGetLedgerCheckMethod) == null) {
      synchronized (HistoryServiceGrpc.class) {
        if ((getGetLedgerCheckMethod = HistoryServiceGrpc.getGetLedgerCheckMethod) == null) {
          HistoryServiceGrpc.getGetLedgerCheckMethod = getGetLedgerCheckMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetLedgerCheckRequest, dev.chronovisor.v1.LedgerCheck>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetLedgerCheck"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetLedgerCheckRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.LedgerCheck.getDefaultInstance()))
              .setSchemaDescriptor(new HistoryServiceMethodDescriptorSupplier("GetLedgerCheck"))
              .build();
        }
      }
    }
    return getGetLedgerCheckMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ProveEventRequest,
      dev.chronovisor.v1.ProveEventResponse> getProveEventMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ProveEvent",
      requestType = dev.chronovisor.v1.ProveEventRequest.class,
      responseType = dev.chronovisor.v1.ProveEventResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ProveEventRequest,
      dev.chronovisor.v1.ProveEventResponse> getProveEventMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ProveEventRequest, dev.chronovisor.v1.ProveEventResponse> getProveEventMethod;
    if ((getProveEventMethod = HistoryServiceGrpc.getProveEventMethod) == null) {
      synchronized (HistoryServiceGrpc.class) {
        if ((getProveEventMethod = HistoryServiceGrpc.getProveEventMethod) == null) {
          HistoryServiceGrpc.getProveEventMethod = getProveEventMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ProveEventRequest, dev.chronovisor.v1.ProveEventResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ProveEvent"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ProveEventRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ProveEventResponse.getDefaultInstance()))
              .setSchemaDescriptor(new HistoryServiceMethodDescriptorSupplier("ProveEvent"))
              .build();
        }
      }
    }
    return getProveEventMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetSignedHeadRequest,
      dev.chronovisor.v1.SignedHead> getGetSignedHeadMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetSignedHead",
      requestType = dev.chronovisor.v1.GetSignedHeadRequest.class,
      responseType = dev.chronovisor.v1.SignedHead.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetSignedHeadRequest,
      dev.chronovisor.v1.SignedHead> getGetSignedHeadMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetSignedHeadRequest, dev.chronovisor.v1.SignedHead> getGetSignedHeadMethod;
    if ((getGetSignedHeadMethod = HistoryServiceGrpc.getGetSignedHeadMethod) == null) {
      synchronized (HistoryServiceGrpc.class) {
        if ((getGetSignedHeadMethod = HistoryServiceGrpc.getGetSignedHeadMethod) == null) {
          HistoryServiceGrpc.getGetSignedHeadMethod = getGetSignedHeadMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetSignedHeadRequest, dev.chronovisor.v1.SignedHead>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetSignedHead"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetSignedHeadRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.SignedHead.getDefaultInstance()))
              .setSchemaDescriptor(new HistoryServiceMethodDescriptorSupplier("GetSignedHead"))
              .build();
        }
      }
    }
    return getGetSignedHeadMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetConsistencyProofRequest,
      dev.chronovisor.v1.ConsistencyProof> getGetConsistencyProofMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetConsistencyProof",
      requestType = dev.chronovisor.v1.GetConsistencyProofRequest.class,
      responseType = dev.chronovisor.v1.ConsistencyProof.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetConsistencyProofRequest,
      dev.chronovisor.v1.ConsistencyProof> getGetConsistencyProofMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetConsistencyProofRequest, dev.chronovisor.v1.ConsistencyProof> getGetConsistencyProofMethod;
    if ((getGetConsistencyProofMethod = HistoryServiceGrpc.getGetConsistencyProofMethod) == null) {
      synchronized (HistoryServiceGrpc.class) {
        if ((getGetConsistencyProofMethod = HistoryServiceGrpc.getGetConsistencyProofMethod) == null) {
          HistoryServiceGrpc.getGetConsistencyProofMethod = getGetConsistencyProofMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetConsistencyProofRequest, dev.chronovisor.v1.ConsistencyProof>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetConsistencyProof"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetConsistencyProofRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ConsistencyProof.getDefaultInstance()))
              .setSchemaDescriptor(new HistoryServiceMethodDescriptorSupplier("GetConsistencyProof"))
              .build();
        }
      }
    }
    return getGetConsistencyProofMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetInclusionProofRequest,
      dev.chronovisor.v1.InclusionProof> getGetInclusionProofMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetInclusionProof",
      requestType = dev.chronovisor.v1.GetInclusionProofRequest.class,
      responseType = dev.chronovisor.v1.InclusionProof.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetInclusionProofRequest,
      dev.chronovisor.v1.InclusionProof> getGetInclusionProofMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetInclusionProofRequest, dev.chronovisor.v1.InclusionProof> getGetInclusionProofMethod;
    if ((getGetInclusionProofMethod = HistoryServiceGrpc.getGetInclusionProofMethod) == null) {
      synchronized (HistoryServiceGrpc.class) {
        if ((getGetInclusionProofMethod = HistoryServiceGrpc.getGetInclusionProofMethod) == null) {
          HistoryServiceGrpc.getGetInclusionProofMethod = getGetInclusionProofMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetInclusionProofRequest, dev.chronovisor.v1.InclusionProof>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetInclusionProof"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetInclusionProofRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.InclusionProof.getDefaultInstance()))
              .setSchemaDescriptor(new HistoryServiceMethodDescriptorSupplier("GetInclusionProof"))
              .build();
        }
      }
    }
    return getGetInclusionProofMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.WhatIfRequest,
      dev.chronovisor.v1.WhatIfResponse> getWhatIfMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "WhatIf",
      requestType = dev.chronovisor.v1.WhatIfRequest.class,
      responseType = dev.chronovisor.v1.WhatIfResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.WhatIfRequest,
      dev.chronovisor.v1.WhatIfResponse> getWhatIfMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.WhatIfRequest, dev.chronovisor.v1.WhatIfResponse> getWhatIfMethod;
    if ((getWhatIfMethod = HistoryServiceGrpc.getWhatIfMethod) == null) {
      synchronized (HistoryServiceGrpc.class) {
        if ((getWhatIfMethod = HistoryServiceGrpc.getWhatIfMethod) == null) {
          HistoryServiceGrpc.getWhatIfMethod = getWhatIfMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.WhatIfRequest, dev.chronovisor.v1.WhatIfResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "WhatIf"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.WhatIfRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.WhatIfResponse.getDefaultInstance()))
              .setSchemaDescriptor(new HistoryServiceMethodDescriptorSupplier("WhatIf"))
              .build();
        }
      }
    }
    return getWhatIfMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static HistoryServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<HistoryServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<HistoryServiceStub>() {
        @java.lang.Override
        public HistoryServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new HistoryServiceStub(channel, callOptions);
        }
      };
    return HistoryServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static HistoryServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<HistoryServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<HistoryServiceBlockingV2Stub>() {
        @java.lang.Override
        public HistoryServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new HistoryServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return HistoryServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static HistoryServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<HistoryServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<HistoryServiceBlockingStub>() {
        @java.lang.Override
        public HistoryServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new HistoryServiceBlockingStub(channel, callOptions);
        }
      };
    return HistoryServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static HistoryServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<HistoryServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<HistoryServiceFutureStub>() {
        @java.lang.Override
        public HistoryServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new HistoryServiceFutureStub(channel, callOptions);
        }
      };
    return HistoryServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Reads what happened. Nothing here changes anything. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * The events of a VM, a host, a service account, a network, a security group, a project or the whole fleet, oldest first, or newest
     * first on request.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, EVENT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void listEvents(dev.chronovisor.v1.ListEventsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListEventsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListEventsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Events as they are committed, after a position, without a gap or a repeat. `start` says where to begin.
     * The stream does not end by itself. When it ends, open it again with `start` WATCH_START_AFTER_POSITION, after the greatest
     * position of an event or a checkpoint that was received: nothing is missed, and nothing comes twice. Do so on UNAVAILABLE, and
     * on what libraries make of a connection that was cut: CANCELLED, unless the caller cancelled (connect-node), UNKNOWN (tonic),
     * INTERNAL. At once the first time, then with growing delays, or after the delay of RetryInfo. Do not on INVALID_ARGUMENT,
     * NOT_FOUND, OUT_OF_RANGE, PERMISSION_DENIED, UNAUTHENTICATED, FAILED_PRECONDITION, UNIMPLEMENTED.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void watchEvents(dev.chronovisor.v1.WatchEventsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.WatchEventsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getWatchEventsMethod(), responseObserver);
    }

    /**
     * <pre>
     * A VM's life, step by step, with its state before and after each. A destroyed VM's, too.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void replayVm(dev.chronovisor.v1.ReplayVmRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ReplayVmResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getReplayVmMethod(), responseObserver);
    }

    /**
     * <pre>
     * What changed between two positions: how the state at one differs from the state at the other, field by field.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void diffState(dev.chronovisor.v1.DiffStateRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.DiffStateResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDiffStateMethod(), responseObserver);
    }

    /**
     * <pre>
     * How many events of a scope were committed when, by category, in buckets of equal time; and those that matter most. Takes no
     * longer on a longer ledger, but for what is in a project, such as a VM, whose own events are counted.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void getTimeline(dev.chronovisor.v1.GetTimelineRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.GetTimelineResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetTimelineMethod(), responseObserver);
    }

    /**
     * <pre>
     * The seal over a position.
     * Errors: INVALID_FIELD, SEAL_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void getSeal(dev.chronovisor.v1.GetSealRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Seal> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetSealMethod(), responseObserver);
    }

    /**
     * <pre>
     * Walks the chain of seals and every event under it; from the first event on, folds them too, and checks what the rules promise
     * of every history. That something does not hold is an answer, not an error.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    default void verifyLedger(dev.chronovisor.v1.VerifyLedgerRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.VerifyLedgerResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getVerifyLedgerMethod(), responseObserver);
    }

    /**
     * <pre>
     * What the control plane itself has found of its ledger, since it started: its end at the start, the whole in the background.
     * Cheap: nothing is read.
     * Errors: none of its own.
     * </pre>
     */
    default void getLedgerCheck(dev.chronovisor.v1.GetLedgerCheckRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.LedgerCheck> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetLedgerCheckMethod(), responseObserver);
    }

    /**
     * <pre>
     * An inclusion proof of one event under its seal: see ProveEventResponse.
     * Errors: INVALID_FIELD, EVENT_NOT_FOUND, SEAL_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void proveEvent(dev.chronovisor.v1.ProveEventRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ProveEventResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getProveEventMethod(), responseObserver);
    }

    /**
     * <pre>
     * The ledger up to its last seal as one signed value. Keep it elsewhere: see GetConsistencyProof. Cheap.
     * Errors: SEAL_NOT_FOUND, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void getSignedHead(dev.chronovisor.v1.GetSignedHeadRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.SignedHead> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetSignedHeadMethod(), responseObserver);
    }

    /**
     * <pre>
     * That the ledger of one head is the beginning of that of another. Between a head that was kept and the newest, it shows that
     * nothing that the first one covers was altered, cut or left out. Takes no longer on a larger ledger.
     * Errors: INVALID_FIELD, TREE_SIZE_AHEAD, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void getConsistencyProof(dev.chronovisor.v1.GetConsistencyProofRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ConsistencyProof> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetConsistencyProofMethod(), responseObserver);
    }

    /**
     * <pre>
     * That an event is in the ledger that a head was signed over. Takes no longer on a larger ledger.
     * Errors: INVALID_FIELD, EVENT_NOT_FOUND, POSITION_AHEAD, TREE_SIZE_AHEAD, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void getInclusionProof(dev.chronovisor.v1.GetInclusionProofRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.InclusionProof> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetInclusionProofMethod(), responseObserver);
    }

    /**
     * <pre>
     * What would have happened under another policy, other ratios or with other hosts, beside what happened. One runs at a time.
     * The stream ends with its summary; it cannot be resumed.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, POSITION_AHEAD, WHAT_IF_BUSY.
     * </pre>
     */
    default void whatIf(dev.chronovisor.v1.WhatIfRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.WhatIfResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getWhatIfMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service HistoryService.
   * <pre>
   * Reads what happened. Nothing here changes anything. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static abstract class HistoryServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return HistoryServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service HistoryService.
   * <pre>
   * Reads what happened. Nothing here changes anything. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class HistoryServiceStub
      extends io.grpc.stub.AbstractAsyncStub<HistoryServiceStub> {
    private HistoryServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected HistoryServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new HistoryServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * The events of a VM, a host, a service account, a network, a security group, a project or the whole fleet, oldest first, or newest
     * first on request.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, EVENT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void listEvents(dev.chronovisor.v1.ListEventsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListEventsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListEventsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Events as they are committed, after a position, without a gap or a repeat. `start` says where to begin.
     * The stream does not end by itself. When it ends, open it again with `start` WATCH_START_AFTER_POSITION, after the greatest
     * position of an event or a checkpoint that was received: nothing is missed, and nothing comes twice. Do so on UNAVAILABLE, and
     * on what libraries make of a connection that was cut: CANCELLED, unless the caller cancelled (connect-node), UNKNOWN (tonic),
     * INTERNAL. At once the first time, then with growing delays, or after the delay of RetryInfo. Do not on INVALID_ARGUMENT,
     * NOT_FOUND, OUT_OF_RANGE, PERMISSION_DENIED, UNAUTHENTICATED, FAILED_PRECONDITION, UNIMPLEMENTED.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void watchEvents(dev.chronovisor.v1.WatchEventsRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.WatchEventsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getWatchEventsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * A VM's life, step by step, with its state before and after each. A destroyed VM's, too.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void replayVm(dev.chronovisor.v1.ReplayVmRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ReplayVmResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getReplayVmMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * What changed between two positions: how the state at one differs from the state at the other, field by field.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void diffState(dev.chronovisor.v1.DiffStateRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.DiffStateResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDiffStateMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * How many events of a scope were committed when, by category, in buckets of equal time; and those that matter most. Takes no
     * longer on a longer ledger, but for what is in a project, such as a VM, whose own events are counted.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void getTimeline(dev.chronovisor.v1.GetTimelineRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.GetTimelineResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetTimelineMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The seal over a position.
     * Errors: INVALID_FIELD, SEAL_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void getSeal(dev.chronovisor.v1.GetSealRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Seal> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetSealMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Walks the chain of seals and every event under it; from the first event on, folds them too, and checks what the rules promise
     * of every history. That something does not hold is an answer, not an error.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    public void verifyLedger(dev.chronovisor.v1.VerifyLedgerRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.VerifyLedgerResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getVerifyLedgerMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * What the control plane itself has found of its ledger, since it started: its end at the start, the whole in the background.
     * Cheap: nothing is read.
     * Errors: none of its own.
     * </pre>
     */
    public void getLedgerCheck(dev.chronovisor.v1.GetLedgerCheckRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.LedgerCheck> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetLedgerCheckMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * An inclusion proof of one event under its seal: see ProveEventResponse.
     * Errors: INVALID_FIELD, EVENT_NOT_FOUND, SEAL_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void proveEvent(dev.chronovisor.v1.ProveEventRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ProveEventResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getProveEventMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The ledger up to its last seal as one signed value. Keep it elsewhere: see GetConsistencyProof. Cheap.
     * Errors: SEAL_NOT_FOUND, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void getSignedHead(dev.chronovisor.v1.GetSignedHeadRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.SignedHead> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetSignedHeadMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * That the ledger of one head is the beginning of that of another. Between a head that was kept and the newest, it shows that
     * nothing that the first one covers was altered, cut or left out. Takes no longer on a larger ledger.
     * Errors: INVALID_FIELD, TREE_SIZE_AHEAD, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void getConsistencyProof(dev.chronovisor.v1.GetConsistencyProofRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ConsistencyProof> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetConsistencyProofMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * That an event is in the ledger that a head was signed over. Takes no longer on a larger ledger.
     * Errors: INVALID_FIELD, EVENT_NOT_FOUND, POSITION_AHEAD, TREE_SIZE_AHEAD, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void getInclusionProof(dev.chronovisor.v1.GetInclusionProofRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.InclusionProof> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetInclusionProofMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * What would have happened under another policy, other ratios or with other hosts, beside what happened. One runs at a time.
     * The stream ends with its summary; it cannot be resumed.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, POSITION_AHEAD, WHAT_IF_BUSY.
     * </pre>
     */
    public void whatIf(dev.chronovisor.v1.WhatIfRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.WhatIfResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getWhatIfMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service HistoryService.
   * <pre>
   * Reads what happened. Nothing here changes anything. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class HistoryServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<HistoryServiceBlockingV2Stub> {
    private HistoryServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected HistoryServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new HistoryServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * The events of a VM, a host, a service account, a network, a security group, a project or the whole fleet, oldest first, or newest
     * first on request.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, EVENT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListEventsResponse listEvents(dev.chronovisor.v1.ListEventsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListEventsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Events as they are committed, after a position, without a gap or a repeat. `start` says where to begin.
     * The stream does not end by itself. When it ends, open it again with `start` WATCH_START_AFTER_POSITION, after the greatest
     * position of an event or a checkpoint that was received: nothing is missed, and nothing comes twice. Do so on UNAVAILABLE, and
     * on what libraries make of a connection that was cut: CANCELLED, unless the caller cancelled (connect-node), UNKNOWN (tonic),
     * INTERNAL. At once the first time, then with growing delays, or after the delay of RetryInfo. Do not on INVALID_ARGUMENT,
     * NOT_FOUND, OUT_OF_RANGE, PERMISSION_DENIED, UNAUTHENTICATED, FAILED_PRECONDITION, UNIMPLEMENTED.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, dev.chronovisor.v1.WatchEventsResponse>
        watchEvents(dev.chronovisor.v1.WatchEventsRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getWatchEventsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * A VM's life, step by step, with its state before and after each. A destroyed VM's, too.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ReplayVmResponse replayVm(dev.chronovisor.v1.ReplayVmRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getReplayVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * What changed between two positions: how the state at one differs from the state at the other, field by field.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.DiffStateResponse diffState(dev.chronovisor.v1.DiffStateRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDiffStateMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * How many events of a scope were committed when, by category, in buckets of equal time; and those that matter most. Takes no
     * longer on a longer ledger, but for what is in a project, such as a VM, whose own events are counted.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.GetTimelineResponse getTimeline(dev.chronovisor.v1.GetTimelineRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetTimelineMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The seal over a position.
     * Errors: INVALID_FIELD, SEAL_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.Seal getSeal(dev.chronovisor.v1.GetSealRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetSealMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Walks the chain of seals and every event under it; from the first event on, folds them too, and checks what the rules promise
     * of every history. That something does not hold is an answer, not an error.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.VerifyLedgerResponse verifyLedger(dev.chronovisor.v1.VerifyLedgerRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getVerifyLedgerMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * What the control plane itself has found of its ledger, since it started: its end at the start, the whole in the background.
     * Cheap: nothing is read.
     * Errors: none of its own.
     * </pre>
     */
    public dev.chronovisor.v1.LedgerCheck getLedgerCheck(dev.chronovisor.v1.GetLedgerCheckRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetLedgerCheckMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * An inclusion proof of one event under its seal: see ProveEventResponse.
     * Errors: INVALID_FIELD, EVENT_NOT_FOUND, SEAL_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ProveEventResponse proveEvent(dev.chronovisor.v1.ProveEventRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getProveEventMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The ledger up to its last seal as one signed value. Keep it elsewhere: see GetConsistencyProof. Cheap.
     * Errors: SEAL_NOT_FOUND, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.SignedHead getSignedHead(dev.chronovisor.v1.GetSignedHeadRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetSignedHeadMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * That the ledger of one head is the beginning of that of another. Between a head that was kept and the newest, it shows that
     * nothing that the first one covers was altered, cut or left out. Takes no longer on a larger ledger.
     * Errors: INVALID_FIELD, TREE_SIZE_AHEAD, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.ConsistencyProof getConsistencyProof(dev.chronovisor.v1.GetConsistencyProofRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetConsistencyProofMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * That an event is in the ledger that a head was signed over. Takes no longer on a larger ledger.
     * Errors: INVALID_FIELD, EVENT_NOT_FOUND, POSITION_AHEAD, TREE_SIZE_AHEAD, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.InclusionProof getInclusionProof(dev.chronovisor.v1.GetInclusionProofRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetInclusionProofMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * What would have happened under another policy, other ratios or with other hosts, beside what happened. One runs at a time.
     * The stream ends with its summary; it cannot be resumed.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, POSITION_AHEAD, WHAT_IF_BUSY.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, dev.chronovisor.v1.WhatIfResponse>
        whatIf(dev.chronovisor.v1.WhatIfRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getWhatIfMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service HistoryService.
   * <pre>
   * Reads what happened. Nothing here changes anything. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class HistoryServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<HistoryServiceBlockingStub> {
    private HistoryServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected HistoryServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new HistoryServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * The events of a VM, a host, a service account, a network, a security group, a project or the whole fleet, oldest first, or newest
     * first on request.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, EVENT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListEventsResponse listEvents(dev.chronovisor.v1.ListEventsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListEventsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Events as they are committed, after a position, without a gap or a repeat. `start` says where to begin.
     * The stream does not end by itself. When it ends, open it again with `start` WATCH_START_AFTER_POSITION, after the greatest
     * position of an event or a checkpoint that was received: nothing is missed, and nothing comes twice. Do so on UNAVAILABLE, and
     * on what libraries make of a connection that was cut: CANCELLED, unless the caller cancelled (connect-node), UNKNOWN (tonic),
     * INTERNAL. At once the first time, then with growing delays, or after the delay of RetryInfo. Do not on INVALID_ARGUMENT,
     * NOT_FOUND, OUT_OF_RANGE, PERMISSION_DENIED, UNAUTHENTICATED, FAILED_PRECONDITION, UNIMPLEMENTED.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public java.util.Iterator<dev.chronovisor.v1.WatchEventsResponse> watchEvents(
        dev.chronovisor.v1.WatchEventsRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getWatchEventsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * A VM's life, step by step, with its state before and after each. A destroyed VM's, too.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ReplayVmResponse replayVm(dev.chronovisor.v1.ReplayVmRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getReplayVmMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * What changed between two positions: how the state at one differs from the state at the other, field by field.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.DiffStateResponse diffState(dev.chronovisor.v1.DiffStateRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDiffStateMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * How many events of a scope were committed when, by category, in buckets of equal time; and those that matter most. Takes no
     * longer on a longer ledger, but for what is in a project, such as a VM, whose own events are counted.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.GetTimelineResponse getTimeline(dev.chronovisor.v1.GetTimelineRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetTimelineMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The seal over a position.
     * Errors: INVALID_FIELD, SEAL_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.Seal getSeal(dev.chronovisor.v1.GetSealRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetSealMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Walks the chain of seals and every event under it; from the first event on, folds them too, and checks what the rules promise
     * of every history. That something does not hold is an answer, not an error.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.VerifyLedgerResponse verifyLedger(dev.chronovisor.v1.VerifyLedgerRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getVerifyLedgerMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * What the control plane itself has found of its ledger, since it started: its end at the start, the whole in the background.
     * Cheap: nothing is read.
     * Errors: none of its own.
     * </pre>
     */
    public dev.chronovisor.v1.LedgerCheck getLedgerCheck(dev.chronovisor.v1.GetLedgerCheckRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetLedgerCheckMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * An inclusion proof of one event under its seal: see ProveEventResponse.
     * Errors: INVALID_FIELD, EVENT_NOT_FOUND, SEAL_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ProveEventResponse proveEvent(dev.chronovisor.v1.ProveEventRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getProveEventMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The ledger up to its last seal as one signed value. Keep it elsewhere: see GetConsistencyProof. Cheap.
     * Errors: SEAL_NOT_FOUND, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.SignedHead getSignedHead(dev.chronovisor.v1.GetSignedHeadRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetSignedHeadMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * That the ledger of one head is the beginning of that of another. Between a head that was kept and the newest, it shows that
     * nothing that the first one covers was altered, cut or left out. Takes no longer on a larger ledger.
     * Errors: INVALID_FIELD, TREE_SIZE_AHEAD, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.ConsistencyProof getConsistencyProof(dev.chronovisor.v1.GetConsistencyProofRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetConsistencyProofMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * That an event is in the ledger that a head was signed over. Takes no longer on a larger ledger.
     * Errors: INVALID_FIELD, EVENT_NOT_FOUND, POSITION_AHEAD, TREE_SIZE_AHEAD, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.InclusionProof getInclusionProof(dev.chronovisor.v1.GetInclusionProofRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetInclusionProofMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * What would have happened under another policy, other ratios or with other hosts, beside what happened. One runs at a time.
     * The stream ends with its summary; it cannot be resumed.
     * Errors: INVALID_FIELD, HOST_NOT_FOUND, POSITION_AHEAD, WHAT_IF_BUSY.
     * </pre>
     */
    public java.util.Iterator<dev.chronovisor.v1.WhatIfResponse> whatIf(
        dev.chronovisor.v1.WhatIfRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getWhatIfMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service HistoryService.
   * <pre>
   * Reads what happened. Nothing here changes anything. Who calls, histories, errors and pings are as VmService has them.
   * </pre>
   */
  public static final class HistoryServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<HistoryServiceFutureStub> {
    private HistoryServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected HistoryServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new HistoryServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * The events of a VM, a host, a service account, a network, a security group, a project or the whole fleet, oldest first, or newest
     * first on request.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, EVENT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ListEventsResponse> listEvents(
        dev.chronovisor.v1.ListEventsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListEventsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * A VM's life, step by step, with its state before and after each. A destroyed VM's, too.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ReplayVmResponse> replayVm(
        dev.chronovisor.v1.ReplayVmRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getReplayVmMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * What changed between two positions: how the state at one differs from the state at the other, field by field.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.DiffStateResponse> diffState(
        dev.chronovisor.v1.DiffStateRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDiffStateMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * How many events of a scope were committed when, by category, in buckets of equal time; and those that matter most. Takes no
     * longer on a longer ledger, but for what is in a project, such as a VM, whose own events are counted.
     * Errors: INVALID_FIELD, VM_NOT_FOUND, HOST_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, NETWORK_NOT_FOUND, IMAGE_NOT_FOUND, SECURITY_GROUP_NOT_FOUND,
     * PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.GetTimelineResponse> getTimeline(
        dev.chronovisor.v1.GetTimelineRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetTimelineMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The seal over a position.
     * Errors: INVALID_FIELD, SEAL_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Seal> getSeal(
        dev.chronovisor.v1.GetSealRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetSealMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Walks the chain of seals and every event under it; from the first event on, folds them too, and checks what the rules promise
     * of every history. That something does not hold is an answer, not an error.
     * Errors: INVALID_FIELD, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.VerifyLedgerResponse> verifyLedger(
        dev.chronovisor.v1.VerifyLedgerRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getVerifyLedgerMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * What the control plane itself has found of its ledger, since it started: its end at the start, the whole in the background.
     * Cheap: nothing is read.
     * Errors: none of its own.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.LedgerCheck> getLedgerCheck(
        dev.chronovisor.v1.GetLedgerCheckRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetLedgerCheckMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * An inclusion proof of one event under its seal: see ProveEventResponse.
     * Errors: INVALID_FIELD, EVENT_NOT_FOUND, SEAL_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ProveEventResponse> proveEvent(
        dev.chronovisor.v1.ProveEventRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getProveEventMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The ledger up to its last seal as one signed value. Keep it elsewhere: see GetConsistencyProof. Cheap.
     * Errors: SEAL_NOT_FOUND, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.SignedHead> getSignedHead(
        dev.chronovisor.v1.GetSignedHeadRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetSignedHeadMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * That the ledger of one head is the beginning of that of another. Between a head that was kept and the newest, it shows that
     * nothing that the first one covers was altered, cut or left out. Takes no longer on a larger ledger.
     * Errors: INVALID_FIELD, TREE_SIZE_AHEAD, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ConsistencyProof> getConsistencyProof(
        dev.chronovisor.v1.GetConsistencyProofRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetConsistencyProofMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * That an event is in the ledger that a head was signed over. Takes no longer on a larger ledger.
     * Errors: INVALID_FIELD, EVENT_NOT_FOUND, POSITION_AHEAD, TREE_SIZE_AHEAD, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.InclusionProof> getInclusionProof(
        dev.chronovisor.v1.GetInclusionProofRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetInclusionProofMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_LIST_EVENTS = 0;
  private static final int METHODID_WATCH_EVENTS = 1;
  private static final int METHODID_REPLAY_VM = 2;
  private static final int METHODID_DIFF_STATE = 3;
  private static final int METHODID_GET_TIMELINE = 4;
  private static final int METHODID_GET_SEAL = 5;
  private static final int METHODID_VERIFY_LEDGER = 6;
  private static final int METHODID_GET_LEDGER_CHECK = 7;
  private static final int METHODID_PROVE_EVENT = 8;
  private static final int METHODID_GET_SIGNED_HEAD = 9;
  private static final int METHODID_GET_CONSISTENCY_PROOF = 10;
  private static final int METHODID_GET_INCLUSION_PROOF = 11;
  private static final int METHODID_WHAT_IF = 12;

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
        case METHODID_LIST_EVENTS:
          serviceImpl.listEvents((dev.chronovisor.v1.ListEventsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListEventsResponse>) responseObserver);
          break;
        case METHODID_WATCH_EVENTS:
          serviceImpl.watchEvents((dev.chronovisor.v1.WatchEventsRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.WatchEventsResponse>) responseObserver);
          break;
        case METHODID_REPLAY_VM:
          serviceImpl.replayVm((dev.chronovisor.v1.ReplayVmRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ReplayVmResponse>) responseObserver);
          break;
        case METHODID_DIFF_STATE:
          serviceImpl.diffState((dev.chronovisor.v1.DiffStateRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.DiffStateResponse>) responseObserver);
          break;
        case METHODID_GET_TIMELINE:
          serviceImpl.getTimeline((dev.chronovisor.v1.GetTimelineRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.GetTimelineResponse>) responseObserver);
          break;
        case METHODID_GET_SEAL:
          serviceImpl.getSeal((dev.chronovisor.v1.GetSealRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Seal>) responseObserver);
          break;
        case METHODID_VERIFY_LEDGER:
          serviceImpl.verifyLedger((dev.chronovisor.v1.VerifyLedgerRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.VerifyLedgerResponse>) responseObserver);
          break;
        case METHODID_GET_LEDGER_CHECK:
          serviceImpl.getLedgerCheck((dev.chronovisor.v1.GetLedgerCheckRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.LedgerCheck>) responseObserver);
          break;
        case METHODID_PROVE_EVENT:
          serviceImpl.proveEvent((dev.chronovisor.v1.ProveEventRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ProveEventResponse>) responseObserver);
          break;
        case METHODID_GET_SIGNED_HEAD:
          serviceImpl.getSignedHead((dev.chronovisor.v1.GetSignedHeadRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.SignedHead>) responseObserver);
          break;
        case METHODID_GET_CONSISTENCY_PROOF:
          serviceImpl.getConsistencyProof((dev.chronovisor.v1.GetConsistencyProofRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ConsistencyProof>) responseObserver);
          break;
        case METHODID_GET_INCLUSION_PROOF:
          serviceImpl.getInclusionProof((dev.chronovisor.v1.GetInclusionProofRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.InclusionProof>) responseObserver);
          break;
        case METHODID_WHAT_IF:
          serviceImpl.whatIf((dev.chronovisor.v1.WhatIfRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.WhatIfResponse>) responseObserver);
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
          getListEventsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ListEventsRequest,
              dev.chronovisor.v1.ListEventsResponse>(
                service, METHODID_LIST_EVENTS)))
        .addMethod(
          getWatchEventsMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              dev.chronovisor.v1.WatchEventsRequest,
              dev.chronovisor.v1.WatchEventsResponse>(
                service, METHODID_WATCH_EVENTS)))
        .addMethod(
          getReplayVmMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ReplayVmRequest,
              dev.chronovisor.v1.ReplayVmResponse>(
                service, METHODID_REPLAY_VM)))
        .addMethod(
          getDiffStateMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.DiffStateRequest,
              dev.chronovisor.v1.DiffStateResponse>(
                service, METHODID_DIFF_STATE)))
        .addMethod(
          getGetTimelineMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetTimelineRequest,
              dev.chronovisor.v1.GetTimelineResponse>(
                service, METHODID_GET_TIMELINE)))
        .addMethod(
          getGetSealMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetSealRequest,
              dev.chronovisor.v1.Seal>(
                service, METHODID_GET_SEAL)))
        .addMethod(
          getVerifyLedgerMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.VerifyLedgerRequest,
              dev.chronovisor.v1.VerifyLedgerResponse>(
                service, METHODID_VERIFY_LEDGER)))
        .addMethod(
          getGetLedgerCheckMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetLedgerCheckRequest,
              dev.chronovisor.v1.LedgerCheck>(
                service, METHODID_GET_LEDGER_CHECK)))
        .addMethod(
          getProveEventMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ProveEventRequest,
              dev.chronovisor.v1.ProveEventResponse>(
                service, METHODID_PROVE_EVENT)))
        .addMethod(
          getGetSignedHeadMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetSignedHeadRequest,
              dev.chronovisor.v1.SignedHead>(
                service, METHODID_GET_SIGNED_HEAD)))
        .addMethod(
          getGetConsistencyProofMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetConsistencyProofRequest,
              dev.chronovisor.v1.ConsistencyProof>(
                service, METHODID_GET_CONSISTENCY_PROOF)))
        .addMethod(
          getGetInclusionProofMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetInclusionProofRequest,
              dev.chronovisor.v1.InclusionProof>(
                service, METHODID_GET_INCLUSION_PROOF)))
        .addMethod(
          getWhatIfMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              dev.chronovisor.v1.WhatIfRequest,
              dev.chronovisor.v1.WhatIfResponse>(
                service, METHODID_WHAT_IF)))
        .build();
  }

  private static abstract class HistoryServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    HistoryServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.chronovisor.v1.HistoryServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("HistoryService");
    }
  }

  private static final class HistoryServiceFileDescriptorSupplier
      extends HistoryServiceBaseDescriptorSupplier {
    HistoryServiceFileDescriptorSupplier() {}
  }

  private static final class HistoryServiceMethodDescriptorSupplier
      extends HistoryServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    HistoryServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (HistoryServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new HistoryServiceFileDescriptorSupplier())
              .addMethod(getListEventsMethod())
              .addMethod(getWatchEventsMethod())
              .addMethod(getReplayVmMethod())
              .addMethod(getDiffStateMethod())
              .addMethod(getGetTimelineMethod())
              .addMethod(getGetSealMethod())
              .addMethod(getVerifyLedgerMethod())
              .addMethod(getGetLedgerCheckMethod())
              .addMethod(getProveEventMethod())
              .addMethod(getGetSignedHeadMethod())
              .addMethod(getGetConsistencyProofMethod())
              .addMethod(getGetInclusionProofMethod())
              .addMethod(getWhatIfMethod())
              .build();
        }
      }
    }
    return result;
  }
}
