package dev.chronovisor.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.chronovisor.v1.ProveEventResponse;
import dev.chronovisor.v1.Seal;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
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
