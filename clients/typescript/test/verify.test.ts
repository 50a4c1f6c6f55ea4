import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import {
  type ProveEventResponse,
  ProveEventResponseSchema,
} from "../src/gen/chronovisor/v1/history_service_pb.js";
import { checkInclusion, checkSeal, NotProven, storedEvent } from "../src/verify.js";

interface Vector {
  readonly position: string;
  readonly stream: string;
  readonly version: string;
  readonly actor: string;
  readonly proof: string;
}

// A batch of six events, and one of a single event, as a control plane proved them and the Python client checked them.
const vectors: Vector[] = JSON.parse(
  readFileSync(new URL("../../test/proofs.json", import.meta.url), "utf8"),
);
const proofOf = (vector: Vector | undefined) =>
  fromBinary(ProveEventResponseSchema, Buffer.from(vector?.proof ?? "", "base64"));

for (const vector of vectors) {
  test(`event ${vector.position} is proven`, async () => {
    const { stream, version, event } = await checkInclusion(proofOf(vector));
    assert.equal(stream, vector.stream);
    assert.equal(version, BigInt(vector.version));
    assert.equal(event.actor, vector.actor);
  });
}

const flip = (bytes: Uint8Array | undefined, at: number) => {
  assert.ok(bytes && at < bytes.length);
  bytes[at] = (bytes[at] as number) ^ 1;
};
const sealOf = ({ seal }: ProveEventResponse) => {
  assert.ok(seal);
  return seal;
};
const tampered: Record<string, (proof: ProveEventResponse) => void> = {
  "the event": (proof) => flip(proof.leaf, proof.leaf.length - 1),
  "the stream's name": (proof) => flip(proof.leaf, 50),
  "the audit path": (proof) => flip(proof.auditPath[0], 3),
  "a longer path": (proof) => void proof.auditPath.push(new Uint8Array(32)),
  "a shorter path": (proof) => void proof.auditPath.pop(),
  "the index": (proof) => void proof.leafIndex++,
  "a negative index": (proof) => {
    proof.leafIndex = -1n;
  },
  "the size of the tree": (proof) => void proof.treeSize++,
  "the seal's leaf": (proof) => flip(sealOf(proof).leaf, 60),
  "the seal's hash": (proof) => flip(sealOf(proof).hash, 0),
  "the seal's root": (proof) => flip(sealOf(proof).merkleRoot, 0),
  "the seal's predecessor": (proof) => flip(sealOf(proof).previousHash, 0),
  "the seal's batch": (proof) => void sealOf(proof).batch++,
  "the seal's epoch": (proof) => void sealOf(proof).epoch++,
  "no seal": (proof) => {
    delete proof.seal;
  },
};
for (const [what, tamper] of Object.entries(tampered)) {
  test(`a proof is refused that was tampered with: ${what}`, async () => {
    const proof = proofOf(vectors[1]);
    tamper(proof);
    await assert.rejects(checkInclusion(proof), NotProven);
  });
}

test("a seal is checked by itself", async () => {
  const { seal } = proofOf(vectors[0]);
  assert.ok(seal);
  assert.equal((await checkSeal(seal)).batch, seal.batch);
});

test("another event's leaf is not a seal", async () => {
  const proof = proofOf(vectors[0]);
  const { seal } = proof;
  assert.ok(seal);
  seal.leaf = proof.leaf;
  seal.hash = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.of(0, ...proof.leaf)));
  await assert.rejects(checkSeal(seal), /is not a seal/);
});

test("a leaf that is cut short or damaged anywhere is an event or NotProven, and nothing else", () => {
  const { leaf } = proofOf(vectors[0]);
  const pieces = Array.from(leaf, (_, length) => leaf.slice(0, length));
  const damaged = Array.from(leaf, (byte, at) => leaf.with(at, byte ^ 0xff));
  let refused = 0;
  for (const each of [...pieces, ...damaged]) {
    try {
      storedEvent(each);
    } catch (error) {
      assert.ok(error instanceof NotProven);
      refused++;
    }
  }
  assert.ok(refused > 100);
});
