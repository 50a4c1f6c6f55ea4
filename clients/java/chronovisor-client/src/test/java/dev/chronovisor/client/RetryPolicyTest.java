package dev.chronovisor.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
  private static final ChronovisorException AWAY =
      ChronovisorException.of(Status.UNAVAILABLE.asRuntimeException());

  @RepeatedTest(20)
  void pausesDoubleUpToTheLongestAndAreShortenedByUpToAHalf() {
    long[] longest = {100, 200, 400, 800, 1600, 2000, 2000};
    for (int attempt = 1; attempt <= longest.length; attempt++) {
      long pause = RetryPolicy.DEFAULT.pause(attempt, AWAY).toMillis();
      assertTrue(pause >= longest[attempt - 1] / 2 && pause <= longest[attempt - 1], "" + pause);
    }
    assertTrue(RetryPolicy.DEFAULT.pause(1_000_000, AWAY).toMillis() <= 2000);
  }

  @Test
  void theLastAttemptIsTheLast() {
    assertTrue(RetryPolicy.DEFAULT.pauseAfter(3, AWAY).isPresent());
    assertEquals(Optional.empty(), RetryPolicy.DEFAULT.pauseAfter(4, AWAY));
    assertEquals(Optional.empty(), RetryPolicy.NEVER.pauseAfter(1, AWAY));
  }

  @Test
  void numbersThatMakeNoSenseAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new RetryPolicy(0, Duration.ZERO, Duration.ofSeconds(1)));
    assertThrows(
        IllegalArgumentException.class,
        () -> new RetryPolicy(1, Duration.ofSeconds(2), Duration.ofSeconds(1)));
  }
}
