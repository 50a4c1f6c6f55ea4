package dev.chronovisor.client;

/** What was given does not prove what it claims; the message says why. */
public final class NotProvenException extends Exception {
  private static final long serialVersionUID = 1L;

  NotProvenException(String message) {
    super(message);
  }
}
