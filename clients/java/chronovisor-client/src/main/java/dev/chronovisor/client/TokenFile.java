package dev.chronovisor.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.function.Supplier;

/** The token in a file that another program keeps fresh: it is read again when it has changed. */
final class TokenFile implements Supplier<String> {
  private final Path file;
  private Version known;
  private String token;

  private record Version(Object key, FileTime modified, long size) {}

  TokenFile(Path file) {
    this.file = file;
  }

  @Override
  public synchronized String get() {
    try {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      Version version = new Version(found.fileKey(), found.lastModifiedTime(), found.size());
      if (!version.equals(known)) {
        token = read();
        known = version;
      }
      return token;
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private String read() throws IOException {
    String text = Files.readString(file).strip();
    if (text.isEmpty() || !text.chars().allMatch(each -> each >= 0x20 && each < 0x7f)) {
      throw new IllegalStateException(file + ": a token is printable ASCII, in one line");
    }
    return text;
  }
}
