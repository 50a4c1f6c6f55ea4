package dev.chronovisor.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.chronovisor.events.v1.BatchSealed;
import dev.chronovisor.events.v1.Event;
import dev.chronovisor.v1.ProveEventResponse;
import dev.chronovisor.v1.Seal;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProofsTest {
  /** A proof of a real ledger, and what it proves. */
  record Vector(long size, long place, String stream, long version, ProveEventResponse proof) {
    static Vector of(String line) {
      String[] parts = line.split(" ");
      try {
        return new Vector(
            Long.parseLong(parts[0]),
            Long.parseLong(parts[1]),
            parts[2],
            Long.parseLong(parts[3]),
            ProveEventResponse.parseFrom(Base64.getDecoder().decode(parts[4])));
      } catch (com.google.protobuf.InvalidProtocolBufferException error) {
        throw new IllegalStateException(error);
      }
    }
  }

  static Stream<Vector> vectors() {
    return new BufferedReader(
            new InputStreamReader(
                ProofsTest.class.getResourceAsStream("/proofs.txt"), StandardCharsets.UTF_8))
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(Vector::of);
  }

  @Test
  void thereAreTreesOfSeveralShapes() {
    assertTrue(vectors().map(Vector::size).distinct().count() >= 5);
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void whatTheLedgerProvesIsProven(Vector vector) throws NotProvenException {
    assertEquals(vector.size(), vector.proof().getTreeSize());
    assertEquals(vector.place(), vector.proof().getLeafIndex());
    var row = Proofs.checkInclusion(vector.proof());
    assertEquals(vector.stream(), row.stream());
    assertEquals(vector.version(), row.version());
    assertTrue(row.event().getPayloadCase().getNumber() != 0);
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void whatWasAlteredIsNotProven(Vector vector) {
    ProveEventResponse proof = vector.proof();
    Seal seal = proof.getSeal();
    List<UnaryOperator<ProveEventResponse.Builder>> alterations =
        List.of(
            each -> each.setLeaf(altered(proof.getLeaf())),
            each -> each.setTreeSize(proof.getTreeSize() + 1),
            each -> each.setLeafIndex(proof.getTreeSize()),
            each -> each.setLeafIndex(-1),
            each -> each.addAuditPath(seal.getHash()),
            each -> each.setSeal(seal.toBuilder().setHash(altered(seal.getHash()))),
            each -> each.setSeal(seal.toBuilder().setMerkleRoot(altered(seal.getMerkleRoot()))),
            each -> each.setSeal(seal.toBuilder().setEpoch(seal.getEpoch() + 1)),
            each -> each.setSeal(seal.toBuilder().setLeaf(altered(seal.getLeaf()))));
    for (var alteration : alterations) {
      ProveEventResponse other = alteration.apply(proof.toBuilder()).build();
      assertThrows(NotProvenException.class, () -> Proofs.checkInclusion(other));
    }
    for (int i = 0; i < proof.getAuditPathCount(); i++) {
      ProveEventResponse other =
          proof.toBuilder().setAuditPath(i, altered(proof.getAuditPath(i))).build();
      assertThrows(NotProvenException.class, () -> Proofs.checkInclusion(other));
    }
  }

  /** The tree of RFC 6962, as its text defines it. */
  private static byte[] root(List<byte[]> leaves) throws Exception {
    if (leaves.size() == 1) {
      return sha256(0, leaves.get(0));
    }
    int left = Integer.highestOneBit(leaves.size() - 1);
    return sha256(1, root(leaves.subList(0, left)), root(leaves.subList(left, leaves.size())));
  }

  private static void addPath(int place, List<byte[]> leaves, ProveEventResponse.Builder to)
      throws Exception {
    if (leaves.size() == 1) {
      return;
    }
    int left = Integer.highestOneBit(leaves.size() - 1);
    List<byte[]> first = leaves.subList(0, left);
    List<byte[]> rest = leaves.subList(left, leaves.size());
    if (place < left) {
      addPath(place, first, to);
      to.addAuditPath(ByteString.copyFrom(root(rest)));
    } else {
      addPath(place - left, rest, to);
      to.addAuditPath(ByteString.copyFrom(root(first)));
    }
  }

  private static byte[] sha256(int prefix, byte[]... parts) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update((byte) prefix);
    for (byte[] part : parts) {
      digest.update(part);
    }
    return digest.digest();
  }

  private static byte[] leaf(String stream, long version, Event event) {
    byte[] name = stream.getBytes(StandardCharsets.UTF_8);
    byte[] state = event.toByteArray();
    return ByteBuffer.allocate(4 + 1 + 4 + name.length + 8 + state.length)
        .putInt(1)
        .put((byte) 't')
        .putInt(name.length)
        .put(name)
        .putLong(version)
        .put(state)
        .array();
  }

  private static Seal seal(List<byte[]> leaves) throws Exception {
    BatchSealed sealed =
        BatchSealed.newBuilder()
            .setBatch(9)
            .setMerkleRoot(ByteString.copyFrom(root(leaves)))
            .setEvents(leaves.size())
            .build();
    byte[] row = leaf("ledger", 9, Event.newBuilder().setBatchSealed(sealed).build());
    return Seal.newBuilder()
        .setBatch(9)
        .setMerkleRoot(sealed.getMerkleRoot())
        .setEvents(leaves.size())
        .setLeaf(ByteString.copyFrom(row))
        .setHash(ByteString.copyFrom(sha256(0, row)))
        .build();
  }

  @Test
  void everyPlaceOfEveryTreeIsProvenAndNoOther() throws Exception {
    List<byte[]> leaves = new ArrayList<>();
    for (int size = 1; size <= 33; size++) {
      leaves.add(leaf("vms/" + size, size, Event.newBuilder().setActor("user:ada").build()));
      Seal seal = seal(leaves);
      for (int place = 0; place < size; place++) {
        ProveEventResponse.Builder proof =
            ProveEventResponse.newBuilder()
                .setSeal(seal)
                .setTreeSize(size)
                .setLeafIndex(place)
                .setLeaf(ByteString.copyFrom(leaves.get(place)));
        addPath(place, leaves, proof);
        assertEquals(place + 1, Proofs.checkInclusion(proof.build()).version());
        for (int other = 0; other < size; other++) {
          if (other != place) {
            ProveEventResponse moved = proof.clone().setLeafIndex(other).build();
            assertThrows(NotProvenException.class, () -> Proofs.checkInclusion(moved));
          }
        }
      }
    }
  }

  @Test
  void whatIsNoLeafIsNotProven() {
    for (String leaf : List.of("", "\0\0\0\4ab", "\377\377\377\377", "\0\0\0\1a\0\0\0\1b")) {
      ByteString bytes = ByteString.copyFrom(leaf, StandardCharsets.ISO_8859_1);
      assertThrows(NotProvenException.class, () -> Proofs.rowOf(bytes));
    }
  }

  private static ByteString altered(ByteString bytes) {
    byte[] copy = bytes.toByteArray();
    copy[copy.length - 1] ^= 1;
    return ByteString.copyFrom(copy);
  }
}
