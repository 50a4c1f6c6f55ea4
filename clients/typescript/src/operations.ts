/** Long-running operations: waiting for one, and what one carries. */

import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import type { Client as Stub } from "@connectrpc/connect";
import { DeadlineExceeded, errorFromOperation, Unavailable, WaitTimeout } from "./errors.js";
import { type OperationMetadata, OperationMetadataSchema } from "./gen/chronovisor/v1/operations_pb.js";
import { type Vm, VmSchema } from "./gen/chronovisor/v1/vm_pb.js";
import { type Operation, OperationSchema, type Operations } from "./gen/google/longrunning/operations_pb.js";
import { operationName } from "./names.js";
import { duration, sleep } from "./times.js";

/** The server answers a wait when its time is up; so much later it is not going to. */
const ANSWER_GRACE_MS = 5000;
/** A server may answer a wait early (AIP-151): it is never polled more often than this. */
const SHORTEST_STEP_MS = 100;
/** How long the control plane may be away (a restart) before waiting gives up. */
const PATIENCE_MS = 30_000;

export interface WaitOptions {
  /** Throw WaitTimeout after so long. Without it: never, since the control plane ends every operation by its own deadline. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long the server holds each call. */
  readonly stepMs?: number | undefined;
  /** Called after each step. */
  readonly onStep?: ((operation: Operation) => void) | undefined;
}

/**
 * Waits until an operation, or the one of that name, is done; gives it as it ended. A control plane that is away for less
 * than 30 s is waited for. Throws OperationFailed, WaitTimeout, ChronovisorError.
 */
export async function wait(
  operations: Stub<typeof Operations>,
  operation: Operation | string,
  options: WaitOptions = {},
): Promise<Operation> {
  const { timeoutMs, signal, stepMs = 30_000, onStep } = options;
  let current =
    typeof operation === "string" ? create(OperationSchema, { name: operationName(operation) }) : operation;
  const began = performance.now();
  let lastAnswer = began;
  while (!current.done) {
    const beganStep = performance.now();
    const heldMs = Math.min(stepMs, timeoutMs === undefined ? stepMs : began + timeoutMs - beganStep);
    if (heldMs <= 0) throw new WaitTimeout(current, beganStep - began);
    try {
      current = await operations.waitOperation(
        { name: current.name, timeout: duration(heldMs) },
        { timeoutMs: heldMs + ANSWER_GRACE_MS, ...(signal ? { signal } : {}) },
      );
      lastAnswer = performance.now();
    } catch (error) {
      if (error instanceof DeadlineExceeded) lastAnswer = performance.now();
      else if (!(error instanceof Unavailable) || performance.now() - lastAnswer > PATIENCE_MS) throw error;
    }
    onStep?.(current);
    const restMs = beganStep + SHORTEST_STEP_MS - performance.now();
    if (!current.done && restMs > 0) await sleep(restMs, signal);
  }
  if (current.result.case === "error") throw errorFromOperation(current, current.result.value);
  return current;
}

/** The VM as a finished operation left it. Throws TypeError when the operation carries none. */
export function vmOf(operation: Operation): Vm {
  return resultOf(operation, VmSchema);
}

/** What a finished operation came to: `resultOf(drained, HostSchema)`. Throws TypeError when it carries none. */
export function resultOf<Desc extends DescMessage>(operation: Operation, schema: Desc): MessageShape<Desc> {
  const found = operation.result.case === "response" ? anyUnpack(operation.result.value, schema) : undefined;
  if (found) return found;
  const name = operation.name || "the operation";
  const kind = schema.name === "Vm" ? "VM" : schema.name.toLowerCase();
  throw new TypeError(`${name} carries no ${kind}: it is not done, failed, or is of something else`);
}

/** Target, verb, actor, reason and times of an operation. */
export function metadataOf(operation: Operation): OperationMetadata {
  const metadata = operation.metadata && anyUnpack(operation.metadata, OperationMetadataSchema);
  return metadata ?? create(OperationMetadataSchema);
}

/** A command that was sent. Await it for the operation, as soon as the command is durable; or `wait` for the VM. */
export class Command implements PromiseLike<Operation> {
  readonly #accepted: Promise<Operation>;
  readonly #operations: Stub<typeof Operations>;

  constructor(operations: Stub<typeof Operations>, accepted: Promise<Operation>) {
    this.#operations = operations;
    this.#accepted = accepted;
  }

  /** The VM once the command has been carried out: `await client.vms.start("shop/web-1").wait()`. */
  async wait(options?: WaitOptions): Promise<Vm> {
    return vmOf(await wait(this.#operations, await this.#accepted, options));
  }

  // biome-ignore lint/suspicious/noThenProperty: it is to be awaited.
  then<Value = Operation, Failure = never>(
    onAccepted?: ((operation: Operation) => Value | PromiseLike<Value>) | null,
    onRefused?: ((error: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Value | Failure> {
    return this.#accepted.then(onAccepted, onRefused);
  }

  catch<Failure>(
    onRefused: (error: unknown) => Failure | PromiseLike<Failure>,
  ): Promise<Operation | Failure> {
    return this.#accepted.catch(onRefused);
  }

  finally(onEnd: () => void): Promise<Operation> {
    return this.#accepted.finally(onEnd);
  }
}
