package dev.chronovisor.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.longrunning.Operation;
import com.google.rpc.RetryInfo;
import dev.chronovisor.v1.GetVmRequest;
import dev.chronovisor.v1.StartVmRequest;
import dev.chronovisor.v1.Vm;
import dev.chronovisor.v1.VmServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CallsTest {
  private FakePlane plane;
  private Chronovisor chronovisor;

  @BeforeEach
  void open() throws Exception {
    plane = new FakePlane();
    chronovisor = Chronovisor.builder().servers(plane.address()).actor("user:ada").connect();
  }

  @AfterEach
  void close() throws Exception {
    chronovisor.close();
    plane.close();
  }

  /** Fails so many times, then answers. */
  private void failing(int times, StatusRuntimeException error) {
    AtomicInteger left = new AtomicInteger(times);
    plane.on(
        VmServiceGrpc.getStartVmMethod(),
        (request, to) -> {
          if (left.getAndDecrement() > 0) {
            to.onError(error);
          } else {
            to.onNext(Operation.newBuilder().setName("operations/1").build());
            to.onCompleted();
          }
        });
  }

  private List<String> requestIds() {
    return plane.calls.stream()
        .map(each -> ((StartVmRequest) each.request()).getRequestId())
        .toList();
  }

  @Test
  void aTokenThatIsNoLongerTakenIsFollowedByAFreshOneOnce() {
    AtomicInteger tokens = new AtomicInteger();
    failing(1, FakePlane.error(Status.Code.UNAUTHENTICATED, "TOKEN_EXPIRED"));
    try (Chronovisor fresh =
        Chronovisor.builder()
            .servers(plane.address())
            .token(() -> "t" + tokens.incrementAndGet())
            .connect()) {
      assertEquals("operations/1", fresh.vms().start("shop/web-1").name());
      assertEquals(2, plane.calls.size());
      failing(3, FakePlane.error(Status.Code.UNAUTHENTICATED, "TOKEN_EXPIRED"));
      assertThrows(ChronovisorException.NotPermitted.class, () -> fresh.vms().start("shop/web-1"));
      assertEquals(4, plane.calls.size());
    }
    try (Chronovisor same =
        Chronovisor.builder().servers(plane.address()).token("same").connect()) {
      assertThrows(ChronovisorException.NotPermitted.class, () -> same.vms().start("shop/web-1"));
      assertEquals(5, plane.calls.size());
    }
  }

  @Test
  void aCommandIsTriedAgainWithTheRequestIdOfTheFirstAttempt() {
    failing(2, FakePlane.error(Status.Code.UNAVAILABLE, "OVERLOADED"));
    assertEquals("operations/1", chronovisor.vms().start("shop/web-1").name());
    assertEquals(3, plane.calls.size());
    assertEquals(1, requestIds().stream().distinct().count());
    assertEquals(4, UUID.fromString(requestIds().get(0)).version());
  }

  @Test
  void twoCommandsAreTwoRequests() {
    failing(0, null);
    StartVmRequest request = StartVmRequest.newBuilder().setName("projects/a/vms/b").build();
    chronovisor.vms().start(request);
    chronovisor.vms().start(request);
    assertEquals(2, requestIds().stream().distinct().count());
  }

  @Test
  void theRequestIdOfTheCallerIsKept() {
    failing(0, null);
    chronovisor.vms().start(StartVmRequest.newBuilder().setRequestId("mine").build());
    assertEquals(List.of("mine"), requestIds());
  }

  @Test
  void fourAttemptsAreMade() {
    failing(9, FakePlane.error(Status.Code.UNAVAILABLE, "OVERLOADED"));
    var error =
        assertThrows(
            ChronovisorException.Unavailable.class, () -> chronovisor.vms().start("shop/web-1"));
    assertEquals("OVERLOADED", error.reason());
    assertEquals(4, plane.calls.size());
  }

  @Test
  void aCallWhoseConnectionIsCutIsTriedAgain() {
    String goodbye = "Abrupt GOAWAY closed sent stream. HTTP/2 error code: INTERNAL_ERROR";
    failing(1, Status.INTERNAL.withDescription(goodbye).asRuntimeException());
    assertEquals("operations/1", chronovisor.vms().start("shop/web-1").name());
    assertEquals(2, plane.calls.size());
  }

  @Test
  void aFaultOfTheControlPlaneIsNotTriedAgain() {
    failing(9, FakePlane.error(Status.Code.INTERNAL, "INTERNAL"));
    assertThrows(ChronovisorException.class, () -> chronovisor.vms().start("shop/web-1"));
    assertEquals(1, plane.calls.size());
  }

  @Test
  void whatIsRefusedIsNotTriedAgain() {
    failing(9, FakePlane.error(Status.Code.ABORTED, "ETAG_MISMATCH"));
    assertThrows(ChronovisorException.Conflict.class, () -> chronovisor.vms().start("shop/web-1"));
    assertEquals(1, plane.calls.size());
  }

  @Test
  void aPauseIsNotShorterThanTheServerSays() {
    RetryInfo wait =
        RetryInfo.newBuilder().setRetryDelay(Protos.duration(Duration.ofMillis(700))).build();
    failing(1, FakePlane.error(Status.Code.UNAVAILABLE, "SHUTTING_DOWN", wait));
    long began = System.nanoTime();
    chronovisor.vms().start("shop/web-1");
    assertTrue(System.nanoTime() - began >= 700_000_000L);
  }

  @Test
  void aPauseThatWouldPassTheDeadlineIsNotBegun() {
    RetryInfo wait =
        RetryInfo.newBuilder().setRetryDelay(Protos.duration(Duration.ofMinutes(1))).build();
    failing(1, FakePlane.error(Status.Code.UNAVAILABLE, "SHUTTING_DOWN", wait));
    assertThrows(
        ChronovisorException.Unavailable.class, () -> chronovisor.vms().start("shop/web-1"));
    assertEquals(1, plane.calls.size());
  }

  @Test
  void aCallThatIsNotAnsweredEndsAtItsDeadline() {
    plane.on(VmServiceGrpc.getGetVmMethod(), (request, to) -> {});
    var error =
        assertThrows(
            ChronovisorException.DeadlineExceeded.class,
            () ->
                chronovisor.call(
                    VmServiceGrpc.getGetVmMethod(),
                    GetVmRequest.getDefaultInstance(),
                    Duration.ofMillis(200)));
    assertEquals("DEADLINE_EXCEEDED", error.reason());
  }

  @Test
  void theConnectionsTimeoutIsOfEveryCall() {
    plane.on(VmServiceGrpc.getGetVmMethod(), (request, to) -> {});
    try (Chronovisor hasty =
        Chronovisor.builder().servers(plane.address()).timeout(Duration.ofMillis(200)).connect()) {
      assertThrows(
          ChronovisorException.DeadlineExceeded.class, () -> hasty.vms().get("shop/web-1"));
    }
  }

  @Test
  void aCallSaysWhoCallsAndWhichHistoryIsKnown() {
    plane.header("chronovisor-history", "h-1");
    plane.on(
        VmServiceGrpc.getGetVmMethod(),
        (request, to) -> {
          to.onNext(Vm.newBuilder().setName(request.getName()).build());
          to.onCompleted();
        });
    assertEquals("projects/shop/vms/web-1", chronovisor.vms().get("shop/web-1").getName());
    assertEquals("projects/default/vms/web-1", chronovisor.vms().get("web-1").getName());
    assertEquals("user:ada", plane.calls.get(0).header("chronovisor-actor"));
    assertEquals(null, plane.calls.get(0).header("chronovisor-history"));
    assertEquals("h-1", plane.calls.get(1).header("chronovisor-history"));
  }

  @Test
  void aServerThatIsBackAnswersTheNextCall() throws Exception {
    failing(0, null);
    chronovisor.vms().start("shop/web-1");
    plane.stop();
    var error =
        assertThrows(
            ChronovisorException.Unavailable.class, () -> chronovisor.vms().start("shop/web-1"));
    assertEquals("UNREACHABLE", error.reason());
    plane.start();
    // At once, though the channel by itself would wait longer and longer.
    assertEquals("operations/1", chronovisor.vms().start("shop/web-1").name());
  }

  @Test
  void aCallerThatLeavesEndsTheCall() throws Exception {
    CountDownLatch left = new CountDownLatch(1);
    CountDownLatch there = new CountDownLatch(1);
    plane.on(
        VmServiceGrpc.getGetVmMethod(),
        (request, to) -> {
          Context.current().addListener(context -> left.countDown(), Runnable::run);
          there.countDown();
        });
    Context.CancellableContext context = Context.current().withCancellation();
    Thread other =
        new Thread(
            () -> {
              try {
                there.await();
                context.cancel(null);
              } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
              }
            });
    other.start();
    var error =
        context.call(
            () ->
                assertThrows(
                    ChronovisorException.class, () -> chronovisor.vms().get("shop/web-1")));
    assertEquals(Status.Code.CANCELLED, error.code());
    assertTrue(left.await(5, TimeUnit.SECONDS));
  }

  @Test
  void stubsOfOthersGetAllOfIt() {
    failing(1, FakePlane.error(Status.Code.UNAVAILABLE, "OVERLOADED"));
    var stub = VmServiceGrpc.newBlockingStub(chronovisor.channel());
    assertEquals("operations/1", stub.startVm(StartVmRequest.getDefaultInstance()).getName());
    failing(1, FakePlane.error(Status.Code.NOT_FOUND, "VM_NOT_FOUND"));
    var thrown =
        assertThrows(
            StatusRuntimeException.class, () -> stub.startVm(StartVmRequest.getDefaultInstance()));
    assertInstanceOf(ChronovisorException.NotFound.class, ChronovisorException.of(thrown));
  }

  @Test
  void aFutureHasTheResponseOrTheError() throws Exception {
    failing(1, FakePlane.error(Status.Code.UNAVAILABLE, "OVERLOADED"));
    var method = VmServiceGrpc.getStartVmMethod();
    var request = StartVmRequest.getDefaultInstance();
    assertEquals("operations/1", chronovisor.callAsync(method, request).get().getName());
    assertEquals(1, requestIds().stream().distinct().count());
    failing(1, FakePlane.error(Status.Code.NOT_FOUND, "VM_NOT_FOUND"));
    var future = chronovisor.callAsync(method, request);
    var thrown = assertThrows(ExecutionException.class, future::get);
    assertInstanceOf(ChronovisorException.NotFound.class, thrown.getCause());
  }

  @Test
  void cancellingAFutureEndsTheCall() throws Exception {
    CountDownLatch left = new CountDownLatch(1);
    CountDownLatch there = new CountDownLatch(1);
    plane.on(
        VmServiceGrpc.getGetVmMethod(),
        (request, to) -> {
          Context.current().addListener(context -> left.countDown(), Runnable::run);
          there.countDown();
        });
    var future =
        chronovisor.callAsync(VmServiceGrpc.getGetVmMethod(), GetVmRequest.getDefaultInstance());
    assertTrue(there.await(30, TimeUnit.SECONDS));
    future.cancel(true);
    assertTrue(left.await(30, TimeUnit.SECONDS));
  }

  @Test
  void aCallThatIsCancelledWhileItPausesEndsAtOnce() throws Exception {
    RetryInfo wait =
        RetryInfo.newBuilder().setRetryDelay(Protos.duration(Duration.ofSeconds(8))).build();
    CountDownLatch refused = new CountDownLatch(1);
    plane.on(
        VmServiceGrpc.getGetVmMethod(),
        (request, to) -> {
          to.onError(FakePlane.error(Status.Code.UNAVAILABLE, "SHUTTING_DOWN", wait));
          refused.countDown();
        });
    CompletableFuture<Status> ended = new CompletableFuture<>();
    ClientCall<GetVmRequest, Vm> call =
        chronovisor.channel().newCall(VmServiceGrpc.getGetVmMethod(), CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            ended.complete(status);
          }
        },
        new Metadata());
    call.sendMessage(GetVmRequest.getDefaultInstance());
    call.halfClose();
    assertTrue(refused.await(30, TimeUnit.SECONDS));
    call.cancel("enough", null);
    assertEquals(Status.Code.CANCELLED, ended.get(5, TimeUnit.SECONDS).getCode());
    assertEquals(1, plane.calls.size());
  }

  @Test
  void closingTheClientEndsCallsThatPause() throws Exception {
    RetryInfo wait =
        RetryInfo.newBuilder().setRetryDelay(Protos.duration(Duration.ofSeconds(8))).build();
    CountDownLatch refused = new CountDownLatch(1);
    plane.on(
        VmServiceGrpc.getGetVmMethod(),
        (request, to) -> {
          to.onError(FakePlane.error(Status.Code.UNAVAILABLE, "SHUTTING_DOWN", wait));
          refused.countDown();
        });
    var future =
        chronovisor.callAsync(VmServiceGrpc.getGetVmMethod(), GetVmRequest.getDefaultInstance());
    assertTrue(refused.await(30, TimeUnit.SECONDS));
    chronovisor.close();
    var thrown = assertThrows(ExecutionException.class, () -> future.get(5, TimeUnit.SECONDS));
    assertInstanceOf(ChronovisorException.class, thrown.getCause());
    assertEquals(1, plane.calls.size());
  }

  @Test
  void aClosedClientCallsNobody() {
    failing(0, null);
    chronovisor.close();
    assertThrows(ChronovisorException.class, () -> chronovisor.vms().start("shop/web-1"));
    assertEquals(0, plane.calls.size());
  }
}
