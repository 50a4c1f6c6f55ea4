package dev.chronovisor.client;

import com.google.longrunning.GetOperationRequest;
import com.google.longrunning.ListOperationsRequest;
import com.google.longrunning.ListOperationsResponse;
import com.google.longrunning.Operation;
import com.google.longrunning.OperationsGrpc;
import com.google.longrunning.WaitOperationRequest;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.chronovisor.v1.OperationMetadata;
import java.time.Duration;

/** The standard service of long-running operations: waiting for one, and what one carries. */
public final class Operations {
  // How long the server holds one call.
  private static final Duration STEP = Duration.ofSeconds(30);
  // It answers when that time is up; this much later it is not going to.
  private static final Duration ANSWER_GRACE = Duration.ofSeconds(5);
  // A server may answer a wait early (AIP-151): it is not called more often than this.
  private static final Duration SHORTEST_STEP = Duration.ofMillis(100);
  // How long the control plane may be away (a restart) before waiting gives up.
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  static final Duration FOR_EVER = Duration.ofDays(3650);

  private final Chronovisor chronovisor;

  Operations(Chronovisor chronovisor) {
    this.chronovisor = chronovisor;
  }

  /** As it is now. */
  public Operation get(String name) {
    GetOperationRequest request =
        GetOperationRequest.newBuilder().setName(Names.operation(name)).build();
    return chronovisor.call(OperationsGrpc.getGetOperationMethod(), request);
  }

  /** All that the server knows. */
  public Pager<ListOperationsResponse, Operation> list() {
    ListOperationsRequest request =
        ListOperationsRequest.newBuilder().setName("operations").build();
    return chronovisor.list(
        OperationsGrpc.getListOperationsMethod(),
        request,
        ListOperationsResponse::getOperationsList);
  }

  /** Waits until the operation of this name is done: the control plane ends each in time. */
  public Operation await(String name) {
    return await(name, FOR_EVER);
  }

  /** Waits until the operation of this name is done, for so long. */
  public Operation await(String name, Duration atMost) {
    return await(Operation.newBuilder().setName(Names.operation(name)).build(), atMost);
  }

  /**
   * Waits until an operation is done, over restarts of the control plane, and returns it as it
   * ended.
   *
   * @throws ChronovisorException.OperationFailed when it has failed
   * @throws ChronovisorException.WaitTimeout when it is not done in time; it goes on
   */
  public Operation await(Operation operation, Duration atMost) {
    Operation current = operation;
    long began = System.nanoTime();
    long lastAnswer = began;
    while (!current.getDone()) {
      long beganStep = System.nanoTime();
      Duration left = atMost.minusNanos(beganStep - began);
      if (left.isZero() || left.isNegative()) {
        throw new ChronovisorException.WaitTimeout(current, atMost);
      }
      try {
        current = awaitOnce(current.getName(), left.compareTo(STEP) < 0 ? left : STEP);
        lastAnswer = System.nanoTime();
      } catch (ChronovisorException.DeadlineExceeded late) {
        lastAnswer = System.nanoTime();
      } catch (ChronovisorException.Unavailable away) {
        if (System.nanoTime() - lastAnswer > PATIENCE.toNanos()) {
          throw away;
        }
      }
      if (!current.getDone()) {
        pause(SHORTEST_STEP.minusNanos(System.nanoTime() - beganStep));
      }
    }
    if (current.hasError()) {
      throw new ChronovisorException.OperationFailed(current);
    }
    return current;
  }

  private Operation awaitOnce(String name, Duration step) {
    WaitOperationRequest request =
        WaitOperationRequest.newBuilder().setName(name).setTimeout(Protos.duration(step)).build();
    return chronovisor.call(
        OperationsGrpc.getWaitOperationMethod(), request, step.plus(ANSWER_GRACE));
  }

  private static void pause(Duration pause) {
    if (pause.isNegative()) {
      return;
    }
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw ChronovisorException.of(
          io.grpc.Status.CANCELLED.withDescription("interrupted"), null, interrupt);
    }
  }

  /** What a finished operation came to: {@code Operations.result(drained, Host.class)}. */
  public static <T extends Message> T result(Operation operation, Class<T> type) {
    try {
      return operation.getResponse().unpack(type);
    } catch (InvalidProtocolBufferException other) {
      String kind = type.getSimpleName().equals("Vm") ? "VM" : type.getSimpleName();
      throw new IllegalArgumentException(
          operation.getName() + " carries no " + kind + ": it is not done, or failed", other);
    }
  }

  /** Target, verb, actor, reason and times of an operation; empty when the server sent none. */
  public static OperationMetadata metadata(Operation operation) {
    if (!operation.getMetadata().is(OperationMetadata.class)) {
      return OperationMetadata.getDefaultInstance();
    }
    try {
      return operation.getMetadata().unpack(OperationMetadata.class);
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalArgumentException(
          operation.getName() + " has metadata that cannot be read", malformed);
    }
  }
}
