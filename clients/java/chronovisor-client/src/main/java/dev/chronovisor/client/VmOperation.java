package dev.chronovisor.client;

import com.google.longrunning.Operation;
import dev.chronovisor.v1.OperationMetadata;
import dev.chronovisor.v1.Vm;
import java.time.Duration;

/** What a command to a VM began: the command is durable, its work may go on. */
public final class VmOperation {
  private final Operations operations;
  private final Operation operation;

  VmOperation(Operations operations, Operation operation) {
    this.operations = operations;
    this.operation = operation;
  }

  /** {@code operations/{operation}}: another process can wait for it, too. */
  public String name() {
    return operation.getName();
  }

  /** As the command was answered. */
  public Operation operation() {
    return operation;
  }

  /** Target, verb, actor, and the position of the event that recorded it. */
  public OperationMetadata metadata() {
    return Operations.metadata(operation);
  }

  /** Waits until the VM is there, and returns it; as long as the control plane's own deadline. */
  public Vm await() {
    return await(Operations.FOR_EVER);
  }

  /**
   * Waits until the VM is there, and returns it.
   *
   * @throws ChronovisorException.OperationFailed when its work failed
   * @throws ChronovisorException.WaitTimeout when it is not there in time; the work goes on
   */
  public Vm await(Duration atMost) {
    return vmOf(operations.await(operation, atMost));
  }

  /** The VM as a finished operation left it. */
  public static Vm vmOf(Operation operation) {
    return Operations.result(operation, Vm.class);
  }
}
