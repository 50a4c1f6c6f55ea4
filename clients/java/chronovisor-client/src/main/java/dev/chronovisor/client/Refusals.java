package dev.chronovisor.client;

import java.util.List;
import java.util.Optional;

/** Why there is no connection, in words: what TLS says of it, and what to do. */
final class Refusals {
  /** What gRPC says where a server closes a connection without a word. */
  static final String CLOSED = "Network closed for unknown reason";

  static final String CLOSED_MEANS =
      "the server closed the connection: it ended, or it took no plain text, and its authorities"
          + " are to be given, or it takes client certificates alone, of its own authority";

  private record Sentence(List<String> texts, String meaning) {}

  // The first that fits.
  private static final List<Sentence> SENTENCES =
      List.of(
          new Sentence(
              List.of("not an SSL/TLS record", "WRONG_VERSION_NUMBER"),
              "the server speaks plain text: connect without TLS, or to its TLS address"),
          new Sentence(
              // What a server says to plain text: an alert of TLS, where HTTP/2 was expected.
              List.of("Hex dump for first 5 bytes: 150303", "Hex dump for 5 bytes: 150303"),
              "the server took no plain text: where it speaks TLS, give its authorities"),
          new Sentence(
              List.of("CertificateExpiredException", "NotAfter:"),
              "the certificate of the server has expired: have it renewed"),
          new Sentence(
              List.of(
                  "No subject alternative", "No name matching", "alternative DNS name matching"),
              "the certificate of the server is for another name: use a name that is in it, or"
                  + " serverName"),
          new Sentence(
              List.of("PKIX path", "unable to find valid certification path", "signature check"),
              "the server has a certificate of an authority that is not trusted here: give that as"
                  + " authorities"),
          new Sentence(
              List.of(
                  "certificate_required",
                  "CERTIFICATE_REQUIRED",
                  "ALERT_UNKNOWN_CA",
                  "ALERT_BAD_CERTIFICATE",
                  "ALERT_CERTIFICATE_UNKNOWN"),
              "the server ended the TLS handshake: it takes client certificates alone, of its own"
                  + " authority"),
          new Sentence(
              // So ends one that refuses us, if its end comes before its reason is read.
              List.of("Connection reset", "Broken pipe"), CLOSED_MEANS));

  private Refusals() {}

  /** What to do, where it is known why there is no connection. */
  static Optional<String> explained(Throwable cause) {
    StringBuilder text = new StringBuilder();
    for (Throwable each = cause; each != null; each = each.getCause()) {
      text.append(each).append('\n');
    }
    String all = text.toString();
    return SENTENCES.stream()
        .filter(each -> each.texts().stream().anyMatch(all::contains))
        .map(Sentence::meaning)
        .findFirst();
  }
}
