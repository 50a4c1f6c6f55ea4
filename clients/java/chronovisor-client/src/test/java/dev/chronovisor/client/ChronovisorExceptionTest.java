package dev.chronovisor.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.QuotaFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import dev.chronovisor.client.ChronovisorException.Exhausted.NearMiss;
import dev.chronovisor.v1.ErrorReason;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChronovisorExceptionTest {
  @Test
  void everyDetailIsThere() {
    BadRequest.Builder bad = BadRequest.newBuilder();
    bad.addFieldViolationsBuilder().setField("vm.spec.image").setDescription("is not a path");
    PreconditionFailure.Builder condition = PreconditionFailure.newBuilder();
    condition.addViolationsBuilder().setDescription("it is STOPPED");
    QuotaFailure.Builder quota = QuotaFailure.newBuilder();
    quota.addViolationsBuilder().setDescription("2 vcpus too many");
    RetryInfo retry =
        RetryInfo.newBuilder().setRetryDelay(Protos.duration(Duration.ofMillis(1500))).build();
    ResourceInfo resource = ResourceInfo.newBuilder().setResourceName("hosts/node-1").build();
    var error =
        ChronovisorException.of(
            FakePlane.error(
                Status.Code.INVALID_ARGUMENT,
                "INVALID_FIELD",
                bad.build(),
                condition.build(),
                quota.build(),
                retry,
                resource));
    assertInstanceOf(ChronovisorException.InvalidArgument.class, error);
    assertEquals(Status.Code.INVALID_ARGUMENT, error.code());
    assertEquals("INVALID_FIELD", error.reason());
    assertEquals(ErrorReason.ERROR_REASON_INVALID_FIELD, error.knownReason());
    assertEquals("it is so", error.description());
    assertEquals("it is so (INVALID_FIELD)", error.getMessage());
    assertEquals(
        List.of(new FieldViolation("vm.spec.image", "is not a path")), error.fieldViolations());
    assertEquals(List.of("it is STOPPED", "2 vcpus too many"), error.violations());
    assertEquals(Map.of("name", "projects/shop/vms/web-1"), error.metadata());
    assertEquals("hosts/node-1", error.resource());
    assertEquals(Optional.of(Duration.ofMillis(1500)), error.retryDelay());
  }

  @Test
  void aReasonOfANewerServerIsKept() {
    var error = ChronovisorException.of(FakePlane.error(Status.Code.ABORTED, "FROM_LATER"));
    assertEquals("FROM_LATER", error.reason());
    assertEquals(ErrorReason.ERROR_REASON_UNSPECIFIED, error.knownReason());
    assertEquals("projects/shop/vms/web-1", error.resource());
  }

  @Test
  void withoutDetailsTheCodeIsTheReason() {
    var silent = ChronovisorException.of(Status.UNAVAILABLE.asRuntimeException());
    assertEquals("UNREACHABLE", silent.reason());
    var internal = ChronovisorException.of(Status.INTERNAL.asRuntimeException());
    assertEquals("INTERNAL", internal.reason());
    assertEquals(List.of(), internal.fieldViolations());
    assertEquals(Optional.empty(), internal.retryDelay());
  }

  @Test
  void aDetailThatCannotBeReadIsNotThere() {
    String type = "type.googleapis.com/" + ErrorInfo.getDescriptor().getFullName();
    Any broken =
        Any.newBuilder().setTypeUrl(type).setValue(ByteString.copyFromUtf8("\377")).build();
    var error =
        ChronovisorException.of(
            com.google.rpc.Status.newBuilder().setCode(5).addDetails(broken).build());
    assertEquals("NOT_FOUND", error.reason());
  }

  @Test
  void withoutCapacityItSaysWhatIsMissingWhere() {
    ErrorInfo info =
        ErrorInfo.newBuilder()
            .setReason("NO_CAPACITY")
            .putMetadata("hosts_considered", "3")
            .putMetadata("turned_down.vcpus", "2")
            .putMetadata("turned_down.pinned", "1")
            .putMetadata("nearest.1", "hosts/node-2 breaks pinned")
            .putMetadata("nearest.0", "hosts/node-1 lacks 2 vcpus")
            .putMetadata("nearest.2", "in words of a newer server")
            .build();
    var error =
        assertInstanceOf(
            ChronovisorException.Exhausted.class,
            ChronovisorException.of(
                com.google.rpc.Status.newBuilder().setCode(8).addDetails(Any.pack(info)).build()));
    assertEquals(OptionalLong.of(3), error.hostsConsidered());
    assertEquals(Map.of("vcpus", 2L, "pinned", 1L), error.turnedDown());
    assertEquals(
        List.of(
            new NearMiss("hosts/node-1", "vcpus", 2), new NearMiss("hosts/node-2", "pinned", 0)),
        error.nearest());
    var quota = ChronovisorException.of(FakePlane.error(Status.Code.RESOURCE_EXHAUSTED, "QUOTA"));
    var other = assertInstanceOf(ChronovisorException.Exhausted.class, quota);
    assertEquals(OptionalLong.empty(), other.hostsConsidered());
    assertEquals(List.of(), other.nearest());
  }

  @ParameterizedTest
  @CsvSource({
    "INVALID_ARGUMENT, InvalidArgument",
    "NOT_FOUND, NotFound",
    "ALREADY_EXISTS, AlreadyExists",
    "FAILED_PRECONDITION, WrongState",
    "ABORTED, Conflict",
    "RESOURCE_EXHAUSTED, Exhausted",
    "UNAUTHENTICATED, NotPermitted",
    "PERMISSION_DENIED, NotPermitted",
    "OUT_OF_RANGE, OutOfRange",
    "UNAVAILABLE, Unavailable",
    "DEADLINE_EXCEEDED, DeadlineExceeded",
    "INTERNAL, ChronovisorException",
    "CANCELLED, ChronovisorException",
  })
  void theCodeSaysTheKind(Status.Code code, String kind) {
    var error = ChronovisorException.of(code.toStatus().asRuntimeException());
    assertEquals(kind, error.getClass().getSimpleName());
    assertEquals(code, error.code());
  }
}
