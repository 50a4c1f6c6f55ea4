package dev.chronovisor.client;

import com.google.longrunning.Operation;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.QuotaFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import dev.chronovisor.v1.ErrorReason;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A call was refused or failed. The nested classes say which kind, by status code; what is none of
 * them (CANCELLED, INTERNAL, UNIMPLEMENTED and so on) is this class itself.
 */
@SuppressWarnings("serial") // Stored by nobody: the form of one version is good enough.
public sealed class ChronovisorException extends RuntimeException {

  private final com.google.rpc.Status status;

  private ChronovisorException(com.google.rpc.Status status, Throwable cause) {
    super(status.getMessage() + " (" + reasonOf(status) + ")", cause);
    this.status = status;
  }

  /** The status code. */
  public Status.Code code() {
    return codeOf(status);
  }

  /**
   * Why, in UPPER_SNAKE_CASE: ErrorInfo's reason, such as {@code VM_NOT_FOUND}; the status code's
   * name where the server sent none, and {@code UNREACHABLE} where no server answered.
   */
  public String reason() {
    return reasonOf(status);
  }

  /**
   * The reason, of those that this version of the client knows; ERROR_REASON_UNSPECIFIED for any
   * other.
   */
  public ErrorReason knownReason() {
    try {
      return ErrorReason.valueOf("ERROR_REASON_" + reason());
    } catch (IllegalArgumentException newer) {
      return ErrorReason.ERROR_REASON_UNSPECIFIED;
    }
  }

  /** The server's message, without the reason. */
  public String description() {
    return status.getMessage();
  }

  /** The fields of the request that are bad. */
  public List<FieldViolation> fieldViolations() {
    return detail(status, BadRequest.class).stream()
        .flatMap(bad -> bad.getFieldViolationsList().stream())
        .map(each -> new FieldViolation(each.getField(), each.getDescription()))
        .toList();
  }

  /** ErrorInfo's metadata: the values that belong to the reason. */
  public Map<String, String> metadata() {
    return detail(status, ErrorInfo.class).map(ErrorInfo::getMetadataMap).orElse(Map.of());
  }

  /** Name of the resource that it is about; empty when that is not known. */
  public String resource() {
    return detail(status, ResourceInfo.class)
        .map(ResourceInfo::getResourceName)
        .orElseGet(() -> metadata().getOrDefault("name", ""));
  }

  /** What would have to be true, from PreconditionFailure and QuotaFailure, in words. */
  public List<String> violations() {
    Stream<String> conditions =
        detail(status, PreconditionFailure.class).stream()
            .flatMap(each -> each.getViolationsList().stream())
            .map(PreconditionFailure.Violation::getDescription);
    Stream<String> quotas =
        detail(status, QuotaFailure.class).stream()
            .flatMap(each -> each.getViolationsList().stream())
            .map(QuotaFailure.Violation::getDescription);
    return Stream.concat(conditions, quotas).toList();
  }

  /** How long to wait before another try, from RetryInfo. Empty: the server sent none. */
  public Optional<Duration> retryDelay() {
    return detail(status, RetryInfo.class)
        .filter(RetryInfo::hasRetryDelay)
        .map(RetryInfo::getRetryDelay)
        .map(delay -> Duration.ofSeconds(delay.getSeconds(), delay.getNanos()));
  }

  /** All of it, as the server sent it. */
  public com.google.rpc.Status status() {
    return status;
  }

  /** A field is bad; {@link #fieldViolations()} says which and why. */
  public static final class InvalidArgument extends ChronovisorException {
    private InvalidArgument(com.google.rpc.Status status, Throwable cause) {
      super(status, cause);
    }
  }

  /** There is no such resource. */
  public static final class NotFound extends ChronovisorException {
    private NotFound(com.google.rpc.Status status, Throwable cause) {
      super(status, cause);
    }
  }

  /** The name is taken. */
  public static final class AlreadyExists extends ChronovisorException {
    private AlreadyExists(com.google.rpc.Status status, Throwable cause) {
      super(status, cause);
    }
  }

  /** The resource's state does not allow the command. */
  public static final class WrongState extends ChronovisorException {
    private WrongState(com.google.rpc.Status status, Throwable cause) {
      super(status, cause);
    }
  }

  /** The resource has changed since it was read, or the call lost a race: read and try again. */
  public static final class Conflict extends ChronovisorException {
    private Conflict(com.google.rpc.Status status, Throwable cause) {
      super(status, cause);
    }
  }

  /** No host has room, or the project's quota is used up. */
  public static final class Exhausted extends ChronovisorException {
    private static final String TURNED_DOWN = "turned_down.";
    private static final String NEAREST = "nearest.";
    // `hosts/node-1 lacks 2 vcpus` or `hosts/node-1 breaks pinned`.
    private static final Pattern MISS =
        Pattern.compile("(?<host>\\S+) (?:lacks (?<missing>[0-9]+)|breaks) (?<rule>.+)");

    /**
     * A host that would fit but for one rule.
     *
     * @param missing how much more of a resource class must be free; 0 for other rules
     */
    public record NearMiss(String host, String rule, long missing) {}

    private Exhausted(com.google.rpc.Status status, Throwable cause) {
      super(status, cause);
    }

    /** How many hosts placement looked at. Empty unless the reason is NO_CAPACITY. */
    public OptionalLong hostsConsidered() {
      return number(metadata().get("hosts_considered"));
    }

    /** How many hosts each placement rule turned down. Empty unless the reason is NO_CAPACITY. */
    public Map<String, Long> turnedDown() {
      Map<String, Long> rules = new TreeMap<>();
      metadata()
          .forEach(
              (key, value) -> {
                if (key.startsWith(TURNED_DOWN)) {
                  number(value)
                      .ifPresent(hosts -> rules.put(key.substring(TURNED_DOWN.length()), hosts));
                }
              });
      return rules;
    }

    /** The hosts that came nearest, the nearest first. Empty unless the reason is NO_CAPACITY. */
    public List<NearMiss> nearest() {
      return new TreeMap<>(metadata())
          .entrySet().stream()
              .filter(each -> each.getKey().startsWith(NEAREST))
              .map(each -> MISS.matcher(each.getValue()))
              .filter(Matcher::matches)
              .map(
                  found ->
                      new NearMiss(
                          found.group("host"),
                          found.group("rule"),
                          number(found.group("missing")).orElse(0)))
              .toList();
    }

    private static OptionalLong number(String text) {
      return text != null && text.matches("[0-9]{1,18}")
          ? OptionalLong.of(Long.parseLong(text))
          : OptionalLong.empty();
    }
  }

  /** The caller did not say who it is, or may not do this. */
  public static final class NotPermitted extends ChronovisorException {
    private NotPermitted(com.google.rpc.Status status, Throwable cause) {
      super(status, cause);
    }
  }

  /** The ledger does not have that position yet, or no longer. */
  public static final class OutOfRange extends ChronovisorException {
    private OutOfRange(com.google.rpc.Status status, Throwable cause) {
      super(status, cause);
    }
  }

  /** The control plane does not answer, or is overloaded. */
  public static final class Unavailable extends ChronovisorException {
    private Unavailable(com.google.rpc.Status status, Throwable cause) {
      super(status, cause);
    }
  }

  /**
   * No answer in time. The command may or may not have been accepted: repeat it with the same
   * request_id.
   */
  public static final class DeadlineExceeded extends ChronovisorException {
    private DeadlineExceeded(com.google.rpc.Status status, Throwable cause) {
      super(status, cause);
    }
  }

  /** The command was accepted, and then its work failed. */
  public static final class OperationFailed extends ChronovisorException {
    private final Operation operation;

    OperationFailed(Operation operation) {
      super(operation.getError(), null);
      this.operation = operation;
    }

    /** The operation as it ended. */
    public Operation operation() {
      return operation;
    }
  }

  /** The operation was not done in the time that its caller had. It goes on. */
  public static final class WaitTimeout extends ChronovisorException {
    private final Operation operation;

    WaitTimeout(Operation operation, Duration waited) {
      super(
          com.google.rpc.Status.newBuilder()
              .setCode(Status.Code.DEADLINE_EXCEEDED.value())
              .setMessage(operation.getName() + " is not done after " + waited.toMillis() + " ms")
              .build(),
          null);
      this.operation = operation;
    }

    /** The operation's last known state. */
    public Operation operation() {
      return operation;
    }
  }

  /** The exception for what a generated stub threw, with every detail that the server sent. */
  public static ChronovisorException of(StatusRuntimeException error) {
    return of(error.getStatus(), error.getTrailers(), error);
  }

  /** The exception for what a generated stub threw, with every detail that the server sent. */
  public static ChronovisorException of(StatusException error) {
    return of(error.getStatus(), error.getTrailers(), error);
  }

  /** The exception for a status, such as that of one item of a batch. */
  public static ChronovisorException of(com.google.rpc.Status status) {
    return of(status, null);
  }

  static ChronovisorException of(Status status, Metadata trailers, Throwable cause) {
    com.google.rpc.Status sent = StatusProto.fromStatusAndTrailers(status, trailers);
    if (sent.getCode() != status.getCode().value()) {
      // Something between us and the server rewrote one of them.
      sent = sent.toBuilder().clearDetails().setCode(status.getCode().value()).build();
    }
    if (status.getCode() == Status.Code.UNAVAILABLE && status.getCause() != null) {
      // "io exception" alone says nothing.
      String why =
          Refusals.explained(status.getCause())
              .orElse("no control plane can be reached: " + status.getCause().getMessage());
      sent = sent.toBuilder().setMessage(why).build();
    }
    if (Refusals.CLOSED.equals(status.getDescription())) {
      sent = sent.toBuilder().setMessage(Refusals.CLOSED_MEANS).build();
    }
    return of(sent, cause != null ? cause : status.getCause());
  }

  private static ChronovisorException of(com.google.rpc.Status status, Throwable cause) {
    return switch (codeOf(status)) {
      case INVALID_ARGUMENT -> new InvalidArgument(status, cause);
      case NOT_FOUND -> new NotFound(status, cause);
      case ALREADY_EXISTS -> new AlreadyExists(status, cause);
      case FAILED_PRECONDITION -> new WrongState(status, cause);
      case ABORTED -> new Conflict(status, cause);
      case RESOURCE_EXHAUSTED -> new Exhausted(status, cause);
      case UNAUTHENTICATED, PERMISSION_DENIED -> new NotPermitted(status, cause);
      case OUT_OF_RANGE -> new OutOfRange(status, cause);
      case UNAVAILABLE -> new Unavailable(status, cause);
      case DEADLINE_EXCEEDED -> new DeadlineExceeded(status, cause);
      default -> new ChronovisorException(status, cause);
    };
  }

  private static Status.Code codeOf(com.google.rpc.Status status) {
    return Status.fromCodeValue(status.getCode()).getCode();
  }

  private static String reasonOf(com.google.rpc.Status status) {
    Status.Code code = codeOf(status);
    return detail(status, ErrorInfo.class)
        .map(ErrorInfo::getReason)
        .orElse(code == Status.Code.UNAVAILABLE ? "UNREACHABLE" : code.name());
  }

  private static <M extends Message> Optional<M> detail(
      com.google.rpc.Status status, Class<M> kind) {
    for (Any each : status.getDetailsList()) {
      if (each.is(kind)) {
        try {
          return Optional.of(each.unpack(kind));
        } catch (InvalidProtocolBufferException malformed) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }
}
