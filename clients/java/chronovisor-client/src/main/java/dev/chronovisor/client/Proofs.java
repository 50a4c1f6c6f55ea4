package dev.chronovisor.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.chronovisor.events.v1.BatchSealed;
import dev.chronovisor.events.v1.Event;
import dev.chronovisor.v1.ProveEventResponse;
import dev.chronovisor.v1.Seal;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Checks what the control plane says of its ledger: seals, and proofs that an event is under one.
 *
 * <p>Independent of the server: it needs only SHA-256, and what the schema of BatchSealed says of
 * leaves and hashes.
 */
public final class Proofs {
  private Proofs() {}

  /**
   * One stored event, as its leaf spells it out.
   *
   * @param topic the type's name in the store
   * @param stream such as {@code vms/{uid}}
   * @param version its place in the stream
   * @param event as stored: without stream, version and position, which are columns
   */
  public record StoredEvent(String topic, String stream, long version, Event event) {}

  /** Takes a leaf apart. */
  public static StoredEvent rowOf(ByteString leaf) throws NotProvenException {
    ByteBuffer rest = leaf.asReadOnlyByteBuffer();
    try {
      String topic = text(rest);
      String stream = text(rest);
      long version = rest.getLong();
      return new StoredEvent(topic, stream, version, Event.parseFrom(rest));
    } catch (BufferUnderflowException
        | IllegalArgumentException
        | CharacterCodingException
        | InvalidProtocolBufferException malformed) {
      throw new NotProvenException("the leaf is not a stored event: " + malformed.getMessage());
    }
  }

  /** The seal's content, once its hash is that of its own row. */
  public static BatchSealed checkSeal(Seal seal) throws NotProvenException {
    if (!same(hash(0, seal.getLeaf()), seal.getHash())) {
      throw new NotProvenException(
          "the hash of seal " + seal.getBatch() + " is not that of its row");
    }
    StoredEvent row = rowOf(seal.getLeaf());
    BatchSealed sealed = row.event().getBatchSealed();
    if (!row.stream().equals("ledger")
        || !row.event().hasBatchSealed()
        || row.version() != sealed.getBatch()) {
      throw new NotProvenException("the row of seal " + seal.getBatch() + " is not a seal");
    }
    boolean claimed =
        seal.getBatch() == sealed.getBatch()
            && seal.getMerkleRoot().equals(sealed.getMerkleRoot())
            && seal.getPreviousHash().equals(sealed.getPreviousHash())
            && seal.getEpoch() == sealed.getEpoch()
            && seal.getEvents() == sealed.getEvents();
    if (!claimed) {
      throw new NotProvenException(
          "what is claimed of seal " + seal.getBatch() + " is not what its row says");
    }
    return sealed;
  }

  /** The event, once its audit path leads to its seal's root. See RFC 9162, 2.1.3.2. */
  public static StoredEvent checkInclusion(ProveEventResponse proof) throws NotProvenException {
    BatchSealed sealed = checkSeal(proof.getSeal());
    long node = proof.getLeafIndex();
    long size = proof.getTreeSize();
    if (size != sealed.getEvents() || node < 0 || node >= size) {
      throw new NotProvenException("the place that the proof claims is not in the batch");
    }
    long last = size - 1;
    ByteString found = hash(0, proof.getLeaf());
    for (ByteString sibling : proof.getAuditPathList()) {
      if (last == 0) {
        throw new NotProvenException("the audit path is too long");
      }
      if ((node & 1) == 1 || node == last) {
        found = hash(1, sibling, found);
        while (node != 0 && (node & 1) == 0) {
          node >>= 1;
          last >>= 1;
        }
      } else {
        found = hash(1, found, sibling);
      }
      node >>= 1;
      last >>= 1;
    }
    if (last != 0 || !same(found, sealed.getMerkleRoot())) {
      throw new NotProvenException("the audit path does not lead to the seal's root");
    }
    return rowOf(proof.getLeaf());
  }

  private static String text(ByteBuffer rest) throws CharacterCodingException {
    int length = rest.getInt();
    if (length < 0 || length > rest.remaining()) {
      throw new BufferUnderflowException();
    }
    String found =
        StandardCharsets.UTF_8.newDecoder().decode(rest.slice(rest.position(), length)).toString();
    rest.position(rest.position() + length);
    return found;
  }

  private static ByteString hash(int prefix, ByteString... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update((byte) prefix);
      for (ByteString part : parts) {
        digest.update(part.asReadOnlyByteBuffer());
      }
      return ByteString.copyFrom(digest.digest());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  private static boolean same(ByteString one, ByteString other) {
    return MessageDigest.isEqual(one.toByteArray(), other.toByteArray());
  }
}
