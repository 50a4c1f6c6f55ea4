package dev.chronovisor.client;

import io.grpc.Metadata;

/** The ledger's history as the server sent it last. It is sent back with every call. */
final class KnownHistory {
  static final Metadata.Key<String> KEY =
      Metadata.Key.of("chronovisor-history", Metadata.ASCII_STRING_MARSHALLER);

  private volatile String text = "";

  String text() {
    return text;
  }

  /** Takes it from the metadata of a response or an error, where that has it. */
  void learn(Metadata metadata) {
    String found = metadata == null ? null : metadata.get(KEY);
    if (found != null && !found.isEmpty()) {
      text = found;
    }
  }
}
