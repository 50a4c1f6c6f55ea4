package dev.chronovisor.client;

import java.time.Duration;

/** How soon a server that is gone without a word is noticed. As all clients and servers have it. */
final class Keepalive {
  static final Duration PING_EVERY = Duration.ofSeconds(15);
  static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

  private Keepalive() {}
}
