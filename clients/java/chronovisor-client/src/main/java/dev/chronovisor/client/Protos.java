package dev.chronovisor.client;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;

/** Java's times, and those of messages. */
public final class Protos {
  private Protos() {}

  /** A length of time as messages have it. */
  public static com.google.protobuf.Duration duration(Duration from) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(from.getSeconds())
        .setNanos(from.getNano())
        .build();
  }

  /** A time as messages have it. */
  public static Timestamp timestamp(Instant from) {
    return Timestamp.newBuilder()
        .setSeconds(from.getEpochSecond())
        .setNanos(from.getNano())
        .build();
  }

  /** A message's time. */
  public static Instant instant(Timestamp from) {
    return Instant.ofEpochSecond(from.getSeconds(), from.getNanos());
  }
}
