package dev.chronovisor.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.longrunning.Operation;
import com.google.longrunning.OperationsGrpc;
import com.google.longrunning.WaitOperationRequest;
import com.google.protobuf.Any;
import dev.chronovisor.v1.OperationMetadata;
import dev.chronovisor.v1.Vm;
import dev.chronovisor.v1.VmServiceGrpc;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OperationsTest {
  private static final Operation RUNNING =
      Operation.newBuilder()
          .setName("operations/1")
          .setMetadata(Any.pack(OperationMetadata.newBuilder().setVerb("StartVm").build()))
          .build();
  private static final Operation DONE =
      RUNNING.toBuilder()
          .setDone(true)
          .setResponse(Any.pack(Vm.newBuilder().setHost("hosts/node-1").build()))
          .build();

  private FakePlane plane;
  private Chronovisor chronovisor;

  @BeforeEach
  void open() throws Exception {
    plane = new FakePlane();
    plane.on(
        VmServiceGrpc.getStartVmMethod(),
        (request, to) -> {
          to.onNext(RUNNING);
          to.onCompleted();
        });
    chronovisor = Chronovisor.builder().servers(plane.address()).retry(RetryPolicy.NEVER).connect();
  }

  @AfterEach
  void close() throws Exception {
    chronovisor.close();
    plane.close();
  }

  /** Of each WaitOperation in turn: an operation, or an error. */
  private void answers(Object... answers) {
    AtomicInteger call = new AtomicInteger();
    plane.on(
        OperationsGrpc.getWaitOperationMethod(),
        (request, to) -> {
          Object answer = answers[Math.min(call.getAndIncrement(), answers.length - 1)];
          if (answer instanceof Operation operation) {
            to.onNext(operation);
            to.onCompleted();
          } else {
            to.onError((Throwable) answer);
          }
        });
  }

  @Test
  void theVmIsThereWhenTheOperationIsDone() {
    answers(RUNNING, DONE);
    VmOperation start = chronovisor.vms().start("shop/web-1");
    assertEquals("operations/1", start.name());
    assertEquals("StartVm", start.metadata().getVerb());
    assertEquals("hosts/node-1", start.await().getHost());
    WaitOperationRequest first = (WaitOperationRequest) plane.calls.get(1).request();
    assertEquals(30, first.getTimeout().getSeconds());
  }

  @Test
  void aControlPlaneThatIsAwayForAWhileIsWaitedFor() {
    answers(
        Status.UNAVAILABLE.asRuntimeException(),
        Status.DEADLINE_EXCEEDED.asRuntimeException(),
        DONE);
    assertEquals("hosts/node-1", chronovisor.vms().start("shop/web-1").await().getHost());
    assertEquals(4, plane.calls.size());
  }

  @Test
  void workThatFailedIsAnException() {
    answers(
        RUNNING.toBuilder()
            .setDone(true)
            .setError(
                ChronovisorException.of(FakePlane.error(Status.Code.ABORTED, "STEP_FAILED"))
                    .status())
            .build());
    var error =
        assertThrows(
            ChronovisorException.OperationFailed.class,
            () -> chronovisor.vms().start("shop/web-1").await());
    assertEquals("STEP_FAILED", error.reason());
    assertEquals(Status.Code.ABORTED, error.code());
    assertEquals("operations/1", error.operation().getName());
  }

  @Test
  void whatIsNotDoneInTimeGoesOn() {
    answers(RUNNING);
    var error =
        assertThrows(
            ChronovisorException.WaitTimeout.class,
            () -> chronovisor.vms().start("shop/web-1").await(Duration.ofMillis(150)));
    assertEquals(RUNNING, error.operation());
  }

  @Test
  void anOperationThatIsNotThereIsNotWaitedFor() {
    answers(FakePlane.error(Status.Code.NOT_FOUND, "OPERATION_NOT_FOUND"));
    assertThrows(
        ChronovisorException.NotFound.class, () -> chronovisor.operations().await("operations/9"));
  }

  @Test
  void whatIsDoneIsNotWaitedFor() {
    Operation ended = chronovisor.operations().await(DONE, Duration.ZERO);
    assertEquals("hosts/node-1", VmOperation.vmOf(ended).getHost());
    assertEquals(0, plane.calls.size());
  }
}
