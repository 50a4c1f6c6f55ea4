package dev.chronovisor.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Keeps the disk images of projects. The ledger has what each is, by its SHA-256; the bytes are in a directory of the control plane, once,
 * however many images have them. Agents copy them when a guest is first to boot from them. Who calls, histories, errors and pings are as
 * VmService has them.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class ImageServiceGrpc {

  private ImageServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "chronovisor.v1.ImageService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.UploadImageRequest,
      dev.chronovisor.v1.UploadImageResponse> getUploadImageMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UploadImage",
      requestType = dev.chronovisor.v1.UploadImageRequest.class,
      responseType = dev.chronovisor.v1.UploadImageResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.UploadImageRequest,
      dev.chronovisor.v1.UploadImageResponse> getUploadImageMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.UploadImageRequest, dev.chronovisor.v1.UploadImageResponse> getUploadImageMethod;
    if ((getUploadImageMethod = ImageServiceGrpc.getUploadImageMethod) == null) {
      synchronized (ImageServiceGrpc.class) {
        if ((getUploadImageMethod = ImageServiceGrpc.getUploadImageMethod) == null) {
          ImageServiceGrpc.getUploadImageMethod = getUploadImageMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.UploadImageRequest, dev.chronovisor.v1.UploadImageResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UploadImage"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.UploadImageRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.UploadImageResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ImageServiceMethodDescriptorSupplier("UploadImage"))
              .build();
        }
      }
    }
    return getUploadImageMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ImportImageRequest,
      com.google.longrunning.Operation> getImportImageMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ImportImage",
      requestType = dev.chronovisor.v1.ImportImageRequest.class,
      responseType = com.google.longrunning.Operation.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ImportImageRequest,
      com.google.longrunning.Operation> getImportImageMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ImportImageRequest, com.google.longrunning.Operation> getImportImageMethod;
    if ((getImportImageMethod = ImageServiceGrpc.getImportImageMethod) == null) {
      synchronized (ImageServiceGrpc.class) {
        if ((getImportImageMethod = ImageServiceGrpc.getImportImageMethod) == null) {
          ImageServiceGrpc.getImportImageMethod = getImportImageMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ImportImageRequest, com.google.longrunning.Operation>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ImportImage"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ImportImageRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.google.longrunning.Operation.getDefaultInstance()))
              .setSchemaDescriptor(new ImageServiceMethodDescriptorSupplier("ImportImage"))
              .build();
        }
      }
    }
    return getImportImageMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateImageRequest,
      com.google.longrunning.Operation> getCreateImageMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CreateImage",
      requestType = dev.chronovisor.v1.CreateImageRequest.class,
      responseType = com.google.longrunning.Operation.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateImageRequest,
      com.google.longrunning.Operation> getCreateImageMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.CreateImageRequest, com.google.longrunning.Operation> getCreateImageMethod;
    if ((getCreateImageMethod = ImageServiceGrpc.getCreateImageMethod) == null) {
      synchronized (ImageServiceGrpc.class) {
        if ((getCreateImageMethod = ImageServiceGrpc.getCreateImageMethod) == null) {
          ImageServiceGrpc.getCreateImageMethod = getCreateImageMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.CreateImageRequest, com.google.longrunning.Operation>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CreateImage"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.CreateImageRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.google.longrunning.Operation.getDefaultInstance()))
              .setSchemaDescriptor(new ImageServiceMethodDescriptorSupplier("CreateImage"))
              .build();
        }
      }
    }
    return getCreateImageMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.GetImageRequest,
      dev.chronovisor.v1.Image> getGetImageMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetImage",
      requestType = dev.chronovisor.v1.GetImageRequest.class,
      responseType = dev.chronovisor.v1.Image.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.GetImageRequest,
      dev.chronovisor.v1.Image> getGetImageMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.GetImageRequest, dev.chronovisor.v1.Image> getGetImageMethod;
    if ((getGetImageMethod = ImageServiceGrpc.getGetImageMethod) == null) {
      synchronized (ImageServiceGrpc.class) {
        if ((getGetImageMethod = ImageServiceGrpc.getGetImageMethod) == null) {
          ImageServiceGrpc.getGetImageMethod = getGetImageMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.GetImageRequest, dev.chronovisor.v1.Image>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetImage"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.GetImageRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Image.getDefaultInstance()))
              .setSchemaDescriptor(new ImageServiceMethodDescriptorSupplier("GetImage"))
              .build();
        }
      }
    }
    return getGetImageMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.ListImagesRequest,
      dev.chronovisor.v1.ListImagesResponse> getListImagesMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListImages",
      requestType = dev.chronovisor.v1.ListImagesRequest.class,
      responseType = dev.chronovisor.v1.ListImagesResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.ListImagesRequest,
      dev.chronovisor.v1.ListImagesResponse> getListImagesMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.ListImagesRequest, dev.chronovisor.v1.ListImagesResponse> getListImagesMethod;
    if ((getListImagesMethod = ImageServiceGrpc.getListImagesMethod) == null) {
      synchronized (ImageServiceGrpc.class) {
        if ((getListImagesMethod = ImageServiceGrpc.getListImagesMethod) == null) {
          ImageServiceGrpc.getListImagesMethod = getListImagesMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.ListImagesRequest, dev.chronovisor.v1.ListImagesResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListImages"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListImagesRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.ListImagesResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ImageServiceMethodDescriptorSupplier("ListImages"))
              .build();
        }
      }
    }
    return getListImagesMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateImageRequest,
      dev.chronovisor.v1.Image> getUpdateImageMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UpdateImage",
      requestType = dev.chronovisor.v1.UpdateImageRequest.class,
      responseType = dev.chronovisor.v1.Image.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateImageRequest,
      dev.chronovisor.v1.Image> getUpdateImageMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.UpdateImageRequest, dev.chronovisor.v1.Image> getUpdateImageMethod;
    if ((getUpdateImageMethod = ImageServiceGrpc.getUpdateImageMethod) == null) {
      synchronized (ImageServiceGrpc.class) {
        if ((getUpdateImageMethod = ImageServiceGrpc.getUpdateImageMethod) == null) {
          ImageServiceGrpc.getUpdateImageMethod = getUpdateImageMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.UpdateImageRequest, dev.chronovisor.v1.Image>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UpdateImage"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.UpdateImageRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Image.getDefaultInstance()))
              .setSchemaDescriptor(new ImageServiceMethodDescriptorSupplier("UpdateImage"))
              .build();
        }
      }
    }
    return getUpdateImageMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.DeprecateImageRequest,
      dev.chronovisor.v1.Image> getDeprecateImageMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeprecateImage",
      requestType = dev.chronovisor.v1.DeprecateImageRequest.class,
      responseType = dev.chronovisor.v1.Image.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.DeprecateImageRequest,
      dev.chronovisor.v1.Image> getDeprecateImageMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.DeprecateImageRequest, dev.chronovisor.v1.Image> getDeprecateImageMethod;
    if ((getDeprecateImageMethod = ImageServiceGrpc.getDeprecateImageMethod) == null) {
      synchronized (ImageServiceGrpc.class) {
        if ((getDeprecateImageMethod = ImageServiceGrpc.getDeprecateImageMethod) == null) {
          ImageServiceGrpc.getDeprecateImageMethod = getDeprecateImageMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.DeprecateImageRequest, dev.chronovisor.v1.Image>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeprecateImage"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.DeprecateImageRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Image.getDefaultInstance()))
              .setSchemaDescriptor(new ImageServiceMethodDescriptorSupplier("DeprecateImage"))
              .build();
        }
      }
    }
    return getDeprecateImageMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteImageRequest,
      dev.chronovisor.v1.Image> getDeleteImageMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeleteImage",
      requestType = dev.chronovisor.v1.DeleteImageRequest.class,
      responseType = dev.chronovisor.v1.Image.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteImageRequest,
      dev.chronovisor.v1.Image> getDeleteImageMethod() {
    io.grpc.MethodDescriptor<dev.chronovisor.v1.DeleteImageRequest, dev.chronovisor.v1.Image> getDeleteImageMethod;
    if ((getDeleteImageMethod = ImageServiceGrpc.getDeleteImageMethod) == null) {
      synchronized (ImageServiceGrpc.class) {
        if ((getDeleteImageMethod = ImageServiceGrpc.getDeleteImageMethod) == null) {
          ImageServiceGrpc.getDeleteImageMethod = getDeleteImageMethod =
              io.grpc.MethodDescriptor.<dev.chronovisor.v1.DeleteImageRequest, dev.chronovisor.v1.Image>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeleteImage"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.DeleteImageRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.chronovisor.v1.Image.getDefaultInstance()))
              .setSchemaDescriptor(new ImageServiceMethodDescriptorSupplier("DeleteImage"))
              .build();
        }
      }
    }
    return getDeleteImageMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static ImageServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ImageServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ImageServiceStub>() {
        @java.lang.Override
        public ImageServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ImageServiceStub(channel, callOptions);
        }
      };
    return ImageServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static ImageServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ImageServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ImageServiceBlockingV2Stub>() {
        @java.lang.Override
        public ImageServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ImageServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return ImageServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static ImageServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ImageServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ImageServiceBlockingStub>() {
        @java.lang.Override
        public ImageServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ImageServiceBlockingStub(channel, callOptions);
        }
      };
    return ImageServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static ImageServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ImageServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ImageServiceFutureStub>() {
        @java.lang.Override
        public ImageServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ImageServiceFutureStub(channel, callOptions);
        }
      };
    return ImageServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Keeps the disk images of projects. The ledger has what each is, by its SHA-256; the bytes are in a directory of the control plane, once,
   * however many images have them. Agents copy them when a guest is first to boot from them. Who calls, histories, errors and pings are as
   * VmService has them.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Imports an image from what the client sends: `open` first, then its bytes as `chunk`s, in order; the end of the client's stream is their
     * end. They may be compressed by zstd, which is known by their beginning. The server answers the image as it is PENDING, then how far it
     * is, then the image when it was checked and is READY, and ends. Or it is FAILED, and the error says why: it is not whole, not of the format or the SHA-256 that was declared, refers to other files, is
     * encrypted, has snapshots or is too large (IMAGE_REJECTED), or there is no room for it (IMAGE_STORE_FULL). A call that is broken off, or
     * sends nothing for a minute, leaves it FAILED, and nothing of its bytes: begin anew. A FAILED image of the name is deleted first.
     * With `resumable`, the image stays PENDING then, also when the control plane restarts, for a day from its beginning: another call with
     * `resume_uid` goes on. It is answered with the image and then with the `received_bytes` that are there, and sends what comes after those. A call that
     * is open still for the same image ends.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, IMAGE_ALREADY_EXISTS, IMAGE_REJECTED, IMAGE_STORE_FULL, IMAGE_UNAVAILABLE,
     * QUOTA_EXCEEDED, REQUEST_ID_REUSED, IMAGE_NOT_FOUND, WRONG_STATE, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default io.grpc.stub.StreamObserver<dev.chronovisor.v1.UploadImageRequest> uploadImage(
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.UploadImageResponse> responseObserver) {
      return io.grpc.stub.ServerCalls.asyncUnimplementedStreamingCall(getUploadImageMethod(), responseObserver);
    }

    /**
     * <pre>
     * Imports an image from a URL, or from a file of the control plane's machine, as far as its operator allows them (`chronovisord
     * --image-source`). It is checked as an upload is, and goes on where it was when the connection breaks or the control plane restarts. The
     * operation is done once the image is READY, and its response is the image. CancelOperation gives it up. It fails, and the image is FAILED,
     * with IMAGE_REJECTED, IMAGE_STORE_FULL or IMAGE_UNAVAILABLE as an upload does; with IMAGE_SOURCE_NOT_ALLOWED where the source redirects to
     * what is not allowed; and with IMAGE_SOURCE_FAILED, and the server's own status, where the source does not give it. A FAILED image of the
     * name is deleted first.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, IMAGE_ALREADY_EXISTS, IMAGE_SOURCE_NOT_ALLOWED, QUOTA_EXCEEDED,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void importImage(dev.chronovisor.v1.ImportImageRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getImportImageMethod(), responseObserver);
    }

    /**
     * <pre>
     * Makes an image of the disk of a VM that is STOPPED. The agent of its host flattens the disk, with what it was cloned from, and sends it; it is
     * checked as an upload is. The VM stays as it is, and can be neither started nor destroyed meanwhile (VM_DISK_IN_USE). What a guest had not
     * written to its disk before it ended is not in it: shut it down, and make it forget first what only one VM may have, such as its host keys.
     * The operation is done once the image is READY, and its response is the image. CancelOperation gives it up. It begins anew when the agent or the
     * control plane restarts, until its time is over. It fails, and the image is FAILED, with IMAGE_REJECTED, IMAGE_STORE_FULL or
     * IMAGE_UNAVAILABLE as an upload does; with IMAGE_SOURCE_FAILED, and the agent's own words, where the disk cannot be had; and with
     * DEADLINE_PASSED. A FAILED image of the name is deleted first.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, IMAGE_ALREADY_EXISTS, WRONG_STATE, VM_HAS_NO_DISK, VM_DISK_IN_USE,
     * QUOTA_EXCEEDED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void createImage(dev.chronovisor.v1.CreateImageRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCreateImageMethod(), responseObserver);
    }

    /**
     * <pre>
     * One image, now or as of a position or time.
     * Errors: INVALID_FIELD, IMAGE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void getImage(dev.chronovisor.v1.GetImageRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Image> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetImageMethod(), responseObserver);
    }

    /**
     * <pre>
     * The images of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    default void listImages(dev.chronovisor.v1.ListImagesRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListImagesResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListImagesMethod(), responseObserver);
    }

    /**
     * <pre>
     * Changes description, family, labels and `min_disk_gib`: those that the mask names, `*` for all, without a mask those that are set.
     * VMs that were made from it stay as they are. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void updateImage(dev.chronovisor.v1.UpdateImageRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Image> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getUpdateImageMethod(), responseObserver);
    }

    /**
     * <pre>
     * Makes a READY image DEPRECATED or OBSOLETE, or READY again. So already is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, WRONG_STATE, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    default void deprecateImage(dev.chronovisor.v1.DeprecateImageRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Image> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeprecateImageMethod(), responseObserver);
    }

    /**
     * <pre>
     * Ends an image. Its history stays; so do its bytes, for as long as there are other images of them, or VMs that were made from them. The
     * import of one that is PENDING ends with it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    default void deleteImage(dev.chronovisor.v1.DeleteImageRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Image> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteImageMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service ImageService.
   * <pre>
   * Keeps the disk images of projects. The ledger has what each is, by its SHA-256; the bytes are in a directory of the control plane, once,
   * however many images have them. Agents copy them when a guest is first to boot from them. Who calls, histories, errors and pings are as
   * VmService has them.
   * </pre>
   */
  public static abstract class ImageServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return ImageServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service ImageService.
   * <pre>
   * Keeps the disk images of projects. The ledger has what each is, by its SHA-256; the bytes are in a directory of the control plane, once,
   * however many images have them. Agents copy them when a guest is first to boot from them. Who calls, histories, errors and pings are as
   * VmService has them.
   * </pre>
   */
  public static final class ImageServiceStub
      extends io.grpc.stub.AbstractAsyncStub<ImageServiceStub> {
    private ImageServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ImageServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ImageServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Imports an image from what the client sends: `open` first, then its bytes as `chunk`s, in order; the end of the client's stream is their
     * end. They may be compressed by zstd, which is known by their beginning. The server answers the image as it is PENDING, then how far it
     * is, then the image when it was checked and is READY, and ends. Or it is FAILED, and the error says why: it is not whole, not of the format or the SHA-256 that was declared, refers to other files, is
     * encrypted, has snapshots or is too large (IMAGE_REJECTED), or there is no room for it (IMAGE_STORE_FULL). A call that is broken off, or
     * sends nothing for a minute, leaves it FAILED, and nothing of its bytes: begin anew. A FAILED image of the name is deleted first.
     * With `resumable`, the image stays PENDING then, also when the control plane restarts, for a day from its beginning: another call with
     * `resume_uid` goes on. It is answered with the image and then with the `received_bytes` that are there, and sends what comes after those. A call that
     * is open still for the same image ends.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, IMAGE_ALREADY_EXISTS, IMAGE_REJECTED, IMAGE_STORE_FULL, IMAGE_UNAVAILABLE,
     * QUOTA_EXCEEDED, REQUEST_ID_REUSED, IMAGE_NOT_FOUND, WRONG_STATE, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public io.grpc.stub.StreamObserver<dev.chronovisor.v1.UploadImageRequest> uploadImage(
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.UploadImageResponse> responseObserver) {
      return io.grpc.stub.ClientCalls.asyncBidiStreamingCall(
          getChannel().newCall(getUploadImageMethod(), getCallOptions()), responseObserver);
    }

    /**
     * <pre>
     * Imports an image from a URL, or from a file of the control plane's machine, as far as its operator allows them (`chronovisord
     * --image-source`). It is checked as an upload is, and goes on where it was when the connection breaks or the control plane restarts. The
     * operation is done once the image is READY, and its response is the image. CancelOperation gives it up. It fails, and the image is FAILED,
     * with IMAGE_REJECTED, IMAGE_STORE_FULL or IMAGE_UNAVAILABLE as an upload does; with IMAGE_SOURCE_NOT_ALLOWED where the source redirects to
     * what is not allowed; and with IMAGE_SOURCE_FAILED, and the server's own status, where the source does not give it. A FAILED image of the
     * name is deleted first.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, IMAGE_ALREADY_EXISTS, IMAGE_SOURCE_NOT_ALLOWED, QUOTA_EXCEEDED,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void importImage(dev.chronovisor.v1.ImportImageRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getImportImageMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Makes an image of the disk of a VM that is STOPPED. The agent of its host flattens the disk, with what it was cloned from, and sends it; it is
     * checked as an upload is. The VM stays as it is, and can be neither started nor destroyed meanwhile (VM_DISK_IN_USE). What a guest had not
     * written to its disk before it ended is not in it: shut it down, and make it forget first what only one VM may have, such as its host keys.
     * The operation is done once the image is READY, and its response is the image. CancelOperation gives it up. It begins anew when the agent or the
     * control plane restarts, until its time is over. It fails, and the image is FAILED, with IMAGE_REJECTED, IMAGE_STORE_FULL or
     * IMAGE_UNAVAILABLE as an upload does; with IMAGE_SOURCE_FAILED, and the agent's own words, where the disk cannot be had; and with
     * DEADLINE_PASSED. A FAILED image of the name is deleted first.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, IMAGE_ALREADY_EXISTS, WRONG_STATE, VM_HAS_NO_DISK, VM_DISK_IN_USE,
     * QUOTA_EXCEEDED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void createImage(dev.chronovisor.v1.CreateImageRequest request,
        io.grpc.stub.StreamObserver<com.google.longrunning.Operation> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCreateImageMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * One image, now or as of a position or time.
     * Errors: INVALID_FIELD, IMAGE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void getImage(dev.chronovisor.v1.GetImageRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Image> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetImageMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The images of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public void listImages(dev.chronovisor.v1.ListImagesRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListImagesResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListImagesMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Changes description, family, labels and `min_disk_gib`: those that the mask names, `*` for all, without a mask those that are set.
     * VMs that were made from it stay as they are. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void updateImage(dev.chronovisor.v1.UpdateImageRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Image> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getUpdateImageMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Makes a READY image DEPRECATED or OBSOLETE, or READY again. So already is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, WRONG_STATE, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public void deprecateImage(dev.chronovisor.v1.DeprecateImageRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Image> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeprecateImageMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Ends an image. Its history stays; so do its bytes, for as long as there are other images of them, or VMs that were made from them. The
     * import of one that is PENDING ends with it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public void deleteImage(dev.chronovisor.v1.DeleteImageRequest request,
        io.grpc.stub.StreamObserver<dev.chronovisor.v1.Image> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteImageMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service ImageService.
   * <pre>
   * Keeps the disk images of projects. The ledger has what each is, by its SHA-256; the bytes are in a directory of the control plane, once,
   * however many images have them. Agents copy them when a guest is first to boot from them. Who calls, histories, errors and pings are as
   * VmService has them.
   * </pre>
   */
  public static final class ImageServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<ImageServiceBlockingV2Stub> {
    private ImageServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ImageServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ImageServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Imports an image from what the client sends: `open` first, then its bytes as `chunk`s, in order; the end of the client's stream is their
     * end. They may be compressed by zstd, which is known by their beginning. The server answers the image as it is PENDING, then how far it
     * is, then the image when it was checked and is READY, and ends. Or it is FAILED, and the error says why: it is not whole, not of the format or the SHA-256 that was declared, refers to other files, is
     * encrypted, has snapshots or is too large (IMAGE_REJECTED), or there is no room for it (IMAGE_STORE_FULL). A call that is broken off, or
     * sends nothing for a minute, leaves it FAILED, and nothing of its bytes: begin anew. A FAILED image of the name is deleted first.
     * With `resumable`, the image stays PENDING then, also when the control plane restarts, for a day from its beginning: another call with
     * `resume_uid` goes on. It is answered with the image and then with the `received_bytes` that are there, and sends what comes after those. A call that
     * is open still for the same image ends.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, IMAGE_ALREADY_EXISTS, IMAGE_REJECTED, IMAGE_STORE_FULL, IMAGE_UNAVAILABLE,
     * QUOTA_EXCEEDED, REQUEST_ID_REUSED, IMAGE_NOT_FOUND, WRONG_STATE, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<dev.chronovisor.v1.UploadImageRequest, dev.chronovisor.v1.UploadImageResponse>
        uploadImage() {
      return io.grpc.stub.ClientCalls.blockingBidiStreamingCall(
          getChannel(), getUploadImageMethod(), getCallOptions());
    }

    /**
     * <pre>
     * Imports an image from a URL, or from a file of the control plane's machine, as far as its operator allows them (`chronovisord
     * --image-source`). It is checked as an upload is, and goes on where it was when the connection breaks or the control plane restarts. The
     * operation is done once the image is READY, and its response is the image. CancelOperation gives it up. It fails, and the image is FAILED,
     * with IMAGE_REJECTED, IMAGE_STORE_FULL or IMAGE_UNAVAILABLE as an upload does; with IMAGE_SOURCE_NOT_ALLOWED where the source redirects to
     * what is not allowed; and with IMAGE_SOURCE_FAILED, and the server's own status, where the source does not give it. A FAILED image of the
     * name is deleted first.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, IMAGE_ALREADY_EXISTS, IMAGE_SOURCE_NOT_ALLOWED, QUOTA_EXCEEDED,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation importImage(dev.chronovisor.v1.ImportImageRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getImportImageMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Makes an image of the disk of a VM that is STOPPED. The agent of its host flattens the disk, with what it was cloned from, and sends it; it is
     * checked as an upload is. The VM stays as it is, and can be neither started nor destroyed meanwhile (VM_DISK_IN_USE). What a guest had not
     * written to its disk before it ended is not in it: shut it down, and make it forget first what only one VM may have, such as its host keys.
     * The operation is done once the image is READY, and its response is the image. CancelOperation gives it up. It begins anew when the agent or the
     * control plane restarts, until its time is over. It fails, and the image is FAILED, with IMAGE_REJECTED, IMAGE_STORE_FULL or
     * IMAGE_UNAVAILABLE as an upload does; with IMAGE_SOURCE_FAILED, and the agent's own words, where the disk cannot be had; and with
     * DEADLINE_PASSED. A FAILED image of the name is deleted first.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, IMAGE_ALREADY_EXISTS, WRONG_STATE, VM_HAS_NO_DISK, VM_DISK_IN_USE,
     * QUOTA_EXCEEDED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation createImage(dev.chronovisor.v1.CreateImageRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCreateImageMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One image, now or as of a position or time.
     * Errors: INVALID_FIELD, IMAGE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.Image getImage(dev.chronovisor.v1.GetImageRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetImageMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The images of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListImagesResponse listImages(dev.chronovisor.v1.ListImagesRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListImagesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes description, family, labels and `min_disk_gib`: those that the mask names, `*` for all, without a mask those that are set.
     * VMs that were made from it stay as they are. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Image updateImage(dev.chronovisor.v1.UpdateImageRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getUpdateImageMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Makes a READY image DEPRECATED or OBSOLETE, or READY again. So already is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, WRONG_STATE, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Image deprecateImage(dev.chronovisor.v1.DeprecateImageRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDeprecateImageMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends an image. Its history stays; so do its bytes, for as long as there are other images of them, or VMs that were made from them. The
     * import of one that is PENDING ends with it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Image deleteImage(dev.chronovisor.v1.DeleteImageRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDeleteImageMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service ImageService.
   * <pre>
   * Keeps the disk images of projects. The ledger has what each is, by its SHA-256; the bytes are in a directory of the control plane, once,
   * however many images have them. Agents copy them when a guest is first to boot from them. Who calls, histories, errors and pings are as
   * VmService has them.
   * </pre>
   */
  public static final class ImageServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<ImageServiceBlockingStub> {
    private ImageServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ImageServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ImageServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Imports an image from a URL, or from a file of the control plane's machine, as far as its operator allows them (`chronovisord
     * --image-source`). It is checked as an upload is, and goes on where it was when the connection breaks or the control plane restarts. The
     * operation is done once the image is READY, and its response is the image. CancelOperation gives it up. It fails, and the image is FAILED,
     * with IMAGE_REJECTED, IMAGE_STORE_FULL or IMAGE_UNAVAILABLE as an upload does; with IMAGE_SOURCE_NOT_ALLOWED where the source redirects to
     * what is not allowed; and with IMAGE_SOURCE_FAILED, and the server's own status, where the source does not give it. A FAILED image of the
     * name is deleted first.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, IMAGE_ALREADY_EXISTS, IMAGE_SOURCE_NOT_ALLOWED, QUOTA_EXCEEDED,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation importImage(dev.chronovisor.v1.ImportImageRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getImportImageMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Makes an image of the disk of a VM that is STOPPED. The agent of its host flattens the disk, with what it was cloned from, and sends it; it is
     * checked as an upload is. The VM stays as it is, and can be neither started nor destroyed meanwhile (VM_DISK_IN_USE). What a guest had not
     * written to its disk before it ended is not in it: shut it down, and make it forget first what only one VM may have, such as its host keys.
     * The operation is done once the image is READY, and its response is the image. CancelOperation gives it up. It begins anew when the agent or the
     * control plane restarts, until its time is over. It fails, and the image is FAILED, with IMAGE_REJECTED, IMAGE_STORE_FULL or
     * IMAGE_UNAVAILABLE as an upload does; with IMAGE_SOURCE_FAILED, and the agent's own words, where the disk cannot be had; and with
     * DEADLINE_PASSED. A FAILED image of the name is deleted first.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, IMAGE_ALREADY_EXISTS, WRONG_STATE, VM_HAS_NO_DISK, VM_DISK_IN_USE,
     * QUOTA_EXCEEDED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.longrunning.Operation createImage(dev.chronovisor.v1.CreateImageRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCreateImageMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One image, now or as of a position or time.
     * Errors: INVALID_FIELD, IMAGE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.Image getImage(dev.chronovisor.v1.GetImageRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetImageMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The images of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public dev.chronovisor.v1.ListImagesResponse listImages(dev.chronovisor.v1.ListImagesRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListImagesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes description, family, labels and `min_disk_gib`: those that the mask names, `*` for all, without a mask those that are set.
     * VMs that were made from it stay as they are. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Image updateImage(dev.chronovisor.v1.UpdateImageRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getUpdateImageMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Makes a READY image DEPRECATED or OBSOLETE, or READY again. So already is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, WRONG_STATE, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Image deprecateImage(dev.chronovisor.v1.DeprecateImageRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeprecateImageMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends an image. Its history stays; so do its bytes, for as long as there are other images of them, or VMs that were made from them. The
     * import of one that is PENDING ends with it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public dev.chronovisor.v1.Image deleteImage(dev.chronovisor.v1.DeleteImageRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteImageMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service ImageService.
   * <pre>
   * Keeps the disk images of projects. The ledger has what each is, by its SHA-256; the bytes are in a directory of the control plane, once,
   * however many images have them. Agents copy them when a guest is first to boot from them. Who calls, histories, errors and pings are as
   * VmService has them.
   * </pre>
   */
  public static final class ImageServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<ImageServiceFutureStub> {
    private ImageServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ImageServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ImageServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Imports an image from a URL, or from a file of the control plane's machine, as far as its operator allows them (`chronovisord
     * --image-source`). It is checked as an upload is, and goes on where it was when the connection breaks or the control plane restarts. The
     * operation is done once the image is READY, and its response is the image. CancelOperation gives it up. It fails, and the image is FAILED,
     * with IMAGE_REJECTED, IMAGE_STORE_FULL or IMAGE_UNAVAILABLE as an upload does; with IMAGE_SOURCE_NOT_ALLOWED where the source redirects to
     * what is not allowed; and with IMAGE_SOURCE_FAILED, and the server's own status, where the source does not give it. A FAILED image of the
     * name is deleted first.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, IMAGE_ALREADY_EXISTS, IMAGE_SOURCE_NOT_ALLOWED, QUOTA_EXCEEDED,
     * REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.google.longrunning.Operation> importImage(
        dev.chronovisor.v1.ImportImageRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getImportImageMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Makes an image of the disk of a VM that is STOPPED. The agent of its host flattens the disk, with what it was cloned from, and sends it; it is
     * checked as an upload is. The VM stays as it is, and can be neither started nor destroyed meanwhile (VM_DISK_IN_USE). What a guest had not
     * written to its disk before it ended is not in it: shut it down, and make it forget first what only one VM may have, such as its host keys.
     * The operation is done once the image is READY, and its response is the image. CancelOperation gives it up. It begins anew when the agent or the
     * control plane restarts, until its time is over. It fails, and the image is FAILED, with IMAGE_REJECTED, IMAGE_STORE_FULL or
     * IMAGE_UNAVAILABLE as an upload does; with IMAGE_SOURCE_FAILED, and the agent's own words, where the disk cannot be had; and with
     * DEADLINE_PASSED. A FAILED image of the name is deleted first.
     * Errors: INVALID_ACTOR, INVALID_FIELD, PROJECT_NOT_FOUND, VM_NOT_FOUND, IMAGE_ALREADY_EXISTS, WRONG_STATE, VM_HAS_NO_DISK, VM_DISK_IN_USE,
     * QUOTA_EXCEEDED, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.google.longrunning.Operation> createImage(
        dev.chronovisor.v1.CreateImageRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCreateImageMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * One image, now or as of a position or time.
     * Errors: INVALID_FIELD, IMAGE_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Image> getImage(
        dev.chronovisor.v1.GetImageRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetImageMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The images of a project, or of all, now or as of a position or time. All pages are of the first one's position.
     * Errors: INVALID_FIELD, PROJECT_NOT_FOUND, POSITION_AHEAD.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.ListImagesResponse> listImages(
        dev.chronovisor.v1.ListImagesRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListImagesMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Changes description, family, labels and `min_disk_gib`: those that the mask names, `*` for all, without a mask those that are set.
     * VMs that were made from it stay as they are. Nothing changed is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Image> updateImage(
        dev.chronovisor.v1.UpdateImageRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getUpdateImageMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Makes a READY image DEPRECATED or OBSOLETE, or READY again. So already is a success that appends nothing.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, WRONG_STATE, REQUEST_ID_REUSED, CONCURRENT_CHANGE,
     * LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Image> deprecateImage(
        dev.chronovisor.v1.DeprecateImageRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeprecateImageMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Ends an image. Its history stays; so do its bytes, for as long as there are other images of them, or VMs that were made from them. The
     * import of one that is PENDING ends with it.
     * Errors: INVALID_ACTOR, INVALID_FIELD, IMAGE_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED, CONCURRENT_CHANGE, LEDGER_UNTRUSTED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.chronovisor.v1.Image> deleteImage(
        dev.chronovisor.v1.DeleteImageRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteImageMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_IMPORT_IMAGE = 0;
  private static final int METHODID_CREATE_IMAGE = 1;
  private static final int METHODID_GET_IMAGE = 2;
  private static final int METHODID_LIST_IMAGES = 3;
  private static final int METHODID_UPDATE_IMAGE = 4;
  private static final int METHODID_DEPRECATE_IMAGE = 5;
  private static final int METHODID_DELETE_IMAGE = 6;
  private static final int METHODID_UPLOAD_IMAGE = 7;

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
        case METHODID_IMPORT_IMAGE:
          serviceImpl.importImage((dev.chronovisor.v1.ImportImageRequest) request,
              (io.grpc.stub.StreamObserver<com.google.longrunning.Operation>) responseObserver);
          break;
        case METHODID_CREATE_IMAGE:
          serviceImpl.createImage((dev.chronovisor.v1.CreateImageRequest) request,
              (io.grpc.stub.StreamObserver<com.google.longrunning.Operation>) responseObserver);
          break;
        case METHODID_GET_IMAGE:
          serviceImpl.getImage((dev.chronovisor.v1.GetImageRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Image>) responseObserver);
          break;
        case METHODID_LIST_IMAGES:
          serviceImpl.listImages((dev.chronovisor.v1.ListImagesRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.ListImagesResponse>) responseObserver);
          break;
        case METHODID_UPDATE_IMAGE:
          serviceImpl.updateImage((dev.chronovisor.v1.UpdateImageRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Image>) responseObserver);
          break;
        case METHODID_DEPRECATE_IMAGE:
          serviceImpl.deprecateImage((dev.chronovisor.v1.DeprecateImageRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Image>) responseObserver);
          break;
        case METHODID_DELETE_IMAGE:
          serviceImpl.deleteImage((dev.chronovisor.v1.DeleteImageRequest) request,
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.Image>) responseObserver);
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
        case METHODID_UPLOAD_IMAGE:
          return (io.grpc.stub.StreamObserver<Req>) serviceImpl.uploadImage(
              (io.grpc.stub.StreamObserver<dev.chronovisor.v1.UploadImageResponse>) responseObserver);
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getUploadImageMethod(),
          io.grpc.stub.ServerCalls.asyncBidiStreamingCall(
            new MethodHandlers<
              dev.chronovisor.v1.UploadImageRequest,
              dev.chronovisor.v1.UploadImageResponse>(
                service, METHODID_UPLOAD_IMAGE)))
        .addMethod(
          getImportImageMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ImportImageRequest,
              com.google.longrunning.Operation>(
                service, METHODID_IMPORT_IMAGE)))
        .addMethod(
          getCreateImageMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.CreateImageRequest,
              com.google.longrunning.Operation>(
                service, METHODID_CREATE_IMAGE)))
        .addMethod(
          getGetImageMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.GetImageRequest,
              dev.chronovisor.v1.Image>(
                service, METHODID_GET_IMAGE)))
        .addMethod(
          getListImagesMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.ListImagesRequest,
              dev.chronovisor.v1.ListImagesResponse>(
                service, METHODID_LIST_IMAGES)))
        .addMethod(
          getUpdateImageMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.UpdateImageRequest,
              dev.chronovisor.v1.Image>(
                service, METHODID_UPDATE_IMAGE)))
        .addMethod(
          getDeprecateImageMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.DeprecateImageRequest,
              dev.chronovisor.v1.Image>(
                service, METHODID_DEPRECATE_IMAGE)))
        .addMethod(
          getDeleteImageMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.chronovisor.v1.DeleteImageRequest,
              dev.chronovisor.v1.Image>(
                service, METHODID_DELETE_IMAGE)))
        .build();
  }

  private static abstract class ImageServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    ImageServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.chronovisor.v1.ImageServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("ImageService");
    }
  }

  private static final class ImageServiceFileDescriptorSupplier
      extends ImageServiceBaseDescriptorSupplier {
    ImageServiceFileDescriptorSupplier() {}
  }

  private static final class ImageServiceMethodDescriptorSupplier
      extends ImageServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    ImageServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (ImageServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new ImageServiceFileDescriptorSupplier())
              .addMethod(getUploadImageMethod())
              .addMethod(getImportImageMethod())
              .addMethod(getCreateImageMethod())
              .addMethod(getGetImageMethod())
              .addMethod(getListImagesMethod())
              .addMethod(getUpdateImageMethod())
              .addMethod(getDeprecateImageMethod())
              .addMethod(getDeleteImageMethod())
              .build();
        }
      }
    }
    return result;
  }
}
