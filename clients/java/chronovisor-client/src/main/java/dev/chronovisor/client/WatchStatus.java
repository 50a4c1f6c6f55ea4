package dev.chronovisor.client;

/** What a watch says besides its items. */
public enum WatchStatus {
  /** The past has been sent; what follows is live. */
  CAUGHT_UP,
  /** The reader was too slow; nothing is lost, and CAUGHT_UP comes again. */
  FELL_BEHIND,
  /** The connection was lost, and is tried again until it is there. */
  INTERRUPTED
}
