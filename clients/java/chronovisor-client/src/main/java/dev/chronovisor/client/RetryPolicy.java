package dev.chronovisor.client;

import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * When a unary call is tried again: only where the server is UNAVAILABLE, at most {@code attempts}
 * times in all.
 *
 * <p>Pauses double from {@code firstPause} up to {@code longestPause}, are shortened at random by
 * up to a half so that clients do not come back together, and are never shorter than the server's
 * RetryInfo. A pause that would pass the call's deadline is not begun.
 */
public record RetryPolicy(int attempts, Duration firstPause, Duration longestPause) {

  /** Four attempts, with pauses of 0.1 s to 2 s. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(4, Duration.ofMillis(100), Duration.ofSeconds(2));

  /** Every call is tried once. */
  public static final RetryPolicy NEVER =
      new RetryPolicy(1, Duration.ofMillis(100), Duration.ofSeconds(2));

  public RetryPolicy {
    if (attempts < 1) {
      throw new IllegalArgumentException("a call takes at least one attempt, not " + attempts);
    }
    if (firstPause.isNegative() || longestPause.compareTo(firstPause) < 0) {
      throw new IllegalArgumentException("pauses must grow from 0 or more");
    }
  }

  /**
   * How long to wait after attempt number {@code attempt}, from 1, failed. Empty: do not try again.
   */
  Optional<Duration> pauseAfter(int attempt, ChronovisorException failure) {
    boolean passing = failure.code() == Status.Code.UNAVAILABLE;
    return passing && attempt < attempts ? Optional.of(pause(attempt, failure)) : Optional.empty();
  }

  /** How long to wait after attempt number {@code attempt}, for what is tried again in any case. */
  Duration pause(int attempt, ChronovisorException failure) {
    double doubled = firstPause.toNanos() * Math.pow(2, Math.min(attempt - 1, 30));
    double bounded = Math.min(doubled, longestPause.toNanos());
    Duration shortened =
        Duration.ofNanos((long) (bounded * ThreadLocalRandom.current().nextDouble(0.5, 1.0)));
    Duration least = failure.retryDelay().orElse(Duration.ZERO);
    return shortened.compareTo(least) < 0 ? least : shortened;
  }
}
