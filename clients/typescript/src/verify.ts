/**
 * Checks what the control plane says of its ledger: seals, and proofs that an event is under one.
 *
 * Independent of the server: it needs only SHA-256 (WebCrypto, which browsers have in secure contexts), and what the schema
 * of BatchSealed says of leaves and hashes.
 */

import { equals, fromBinary } from "@bufbuild/protobuf";
import {
  type BatchSealed,
  BatchSealedSchema,
  type Event,
  EventSchema,
} from "./gen/chronovisor/events/v1/event_pb.js";
import type { ProveEventResponse, Seal } from "./gen/chronovisor/v1/history_service_pb.js";

/** What was given does not prove what it claims; the message says why. */
export class NotProven extends Error {
  override readonly name = "NotProven";
}

/** One stored event, as its leaf spells it out. */
export interface StoredEvent {
  readonly topic: string;
  readonly stream: string;
  readonly version: bigint;
  readonly event: Event;
}

/** Takes a leaf apart. Throws NotProven when it is not one. */
export function storedEvent(leaf: Uint8Array): StoredEvent {
  try {
    const view = new DataView(leaf.buffer, leaf.byteOffset, leaf.byteLength);
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const topicEnd = 4 + view.getUint32(0);
    const streamStart = topicEnd + 4;
    const streamEnd = streamStart + view.getUint32(topicEnd);
    return {
      topic: text.decode(leaf.subarray(4, topicEnd)),
      stream: text.decode(leaf.subarray(streamStart, streamEnd)),
      version: view.getBigUint64(streamEnd),
      event: fromBinary(EventSchema, leaf.subarray(streamEnd + 8)),
    };
  } catch (error) {
    throw new NotProven("the leaf is not a stored event", { cause: error });
  }
}

/** The seal's content, once its hash is that of its own row. Throws NotProven. */
export async function checkSeal(seal: Seal): Promise<BatchSealed> {
  if (!sameBytes(await leafHash(seal.leaf), seal.hash)) {
    throw new NotProven(`the hash of seal ${seal.batch} is not that of its row`);
  }
  const { stream, version, event } = storedEvent(seal.leaf);
  const sealed = event.payload.case === "batchSealed" ? event.payload.value : undefined;
  if (stream !== "ledger" || !sealed || version !== sealed.batch) {
    throw new NotProven(`the row of seal ${seal.batch} is not a seal`);
  }
  const { batch, merkleRoot, previousHash, epoch, events } = seal;
  const claimed = { ...sealed, batch, merkleRoot, previousHash, epoch, events };
  if (!equals(BatchSealedSchema, claimed, sealed)) {
    throw new NotProven(`what is claimed of seal ${seal.batch} is not what its row says`);
  }
  return sealed;
}

/** The event, once its audit path leads to its seal's root (RFC 9162, 2.1.3.2). Throws NotProven. */
export async function checkInclusion(proof: ProveEventResponse): Promise<StoredEvent> {
  if (!proof.seal) throw new NotProven("the proof has no seal");
  const sealed = await checkSeal(proof.seal);
  if (proof.treeSize !== sealed.events || proof.leafIndex < 0n || proof.leafIndex >= proof.treeSize) {
    throw new NotProven("the place that the proof claims is not in the batch");
  }
  let node = proof.leafIndex;
  let last = proof.treeSize - 1n;
  let found = await leafHash(proof.leaf);
  for (const sibling of proof.auditPath) {
    if (last === 0n) throw new NotProven("the audit path is too long");
    if (node & 1n || node === last) {
      found = await innerHash(sibling, found);
      while (node && !(node & 1n)) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      found = await innerHash(found, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  if (last || !sameBytes(found, sealed.merkleRoot)) {
    throw new NotProven("the audit path does not lead to the seal's root");
  }
  return storedEvent(proof.leaf);
}

function leafHash(leaf: Uint8Array): Promise<Uint8Array> {
  return sha256(Uint8Array.of(0), leaf);
}

function innerHash(left: Uint8Array, right: Uint8Array): Promise<Uint8Array> {
  return sha256(Uint8Array.of(1), left, right);
}

async function sha256(...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  if (!crypto.subtle) throw new TypeError("proofs are checked by WebCrypto: open this page over HTTPS");
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
