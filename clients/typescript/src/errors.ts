/** What a call can be refused with: statuses as error classes that carry the server's details. Retries nothing. */

import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { ErrorReason } from "./gen/chronovisor/v1/error_reason_pb.js";
import type { Operation } from "./gen/google/longrunning/operations_pb.js";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  QuotaFailureSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from "./gen/google/rpc/error_details_pb.js";
import type { Status } from "./gen/google/rpc/status_pb.js";
import { milliseconds } from "./times.js";

/** A field of the request that breaks a rule. */
export interface FieldViolation {
  /** Its path in the request, such as `vm.spec.resources.vcpus`. */
  readonly field: string;
  /** The rule that it breaks. */
  readonly description: string;
}

/** Why a call was refused or an operation failed: those that this version knows. A newer server may send others. */
export type Reason = Exclude<keyof typeof ErrorReason, "UNSPECIFIED">;

/** A host that would fit but for one rule. */
export interface NearMiss {
  readonly host: string;
  /** The rule that it breaks, or the resource class that it lacks. */
  readonly rule: string;
  /** How much more of the class must be free; 0 for other rules. */
  readonly missing: number;
}

/** All that an error has to say. */
export interface ErrorContent {
  readonly code: Code;
  readonly reason: string;
  readonly message: string;
  readonly fields?: readonly FieldViolation[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly resource?: string;
  readonly violations?: readonly string[];
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** A call was refused or failed. Subclasses are its kinds, by status code. */
export class ChronovisorError extends Error {
  /** The status code, such as `Code.NotFound`. */
  readonly code: Code;
  /**
   * UPPER_SNAKE_CASE, from ErrorInfo; the status code's name where the server sent none, and UNREACHABLE where no
   * server answered. The comments of `ErrorReason` in `@chronovisor/client/v1` say what each means and what to do.
   */
  // The second type is of any other text; a plain `string` would swallow the first, and its completions.
  readonly reason: Reason | (string & {});
  /** From BadRequest. */
  readonly fields: readonly FieldViolation[];
  /** ErrorInfo's own. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The name of the resource that it is about; empty when not known. */
  readonly resource: string;
  /** What would have to be true, from PreconditionFailure and QuotaFailure, in the server's words. */
  readonly violations: readonly string[];
  /** Milliseconds to wait before another try, from RetryInfo. */
  readonly retryAfterMs: number | undefined;

  constructor(content: ErrorContent) {
    super(content.message, content.cause === undefined ? undefined : { cause: content.cause });
    this.name = new.target.name;
    this.code = content.code;
    this.reason = content.reason;
    this.fields = content.fields ?? [];
    this.metadata = content.metadata ?? {};
    this.resource = content.resource ?? "";
    this.violations = content.violations ?? [];
    this.retryAfterMs = content.retryAfterMs;
  }

  /** The status code as gRPC writes it, such as `NOT_FOUND`. */
  get status(): string {
    return codeName(this.code);
  }

  override toString(): string {
    return `${this.name}: ${this.message} (${this.reason})`;
  }
}

/** A field is bad; `fields` has which and why. */
export class InvalidArgument extends ChronovisorError {}
/** There is no such resource. */
export class NotFound extends ChronovisorError {}
/** The name is taken. */
export class AlreadyExists extends ChronovisorError {}
/** The resource has changed since it was read, or the call lost a race. Read again, then try again. */
export class Conflict extends ChronovisorError {}
/** The resource's state does not allow the command. */
export class WrongState extends ChronovisorError {}
/** No host has room, or the project's quota is used up. */
export class Exhausted extends ChronovisorError {
  /** How many hosts each placement rule turned down. Empty unless the reason is NO_CAPACITY. */
  get turnedDown(): ReadonlyMap<string, number> {
    const found = Object.entries(this.metadata).filter(([key]) => key.startsWith(TURNED_DOWN));
    return new Map(found.map(([key, count]) => [key.slice(TURNED_DOWN.length), Number(count)]));
  }

  /** The hosts that came nearest, the nearest first. Empty unless the reason is NO_CAPACITY. */
  get nearest(): readonly NearMiss[] {
    const keys = Object.keys(this.metadata).filter((key) => key.startsWith(NEAREST));
    return keys.sort().flatMap((key) => {
      // `hosts/node-1 lacks 2 vcpus` or `hosts/node-1 breaks pinned`.
      const [, host, missing = "0", rule] =
        /^(\S+) (?:lacks (\d+)|breaks) (.+)$/.exec(this.metadata[key] ?? "") ?? [];
      return host && rule ? [{ host, rule, missing: Number(missing) }] : [];
    });
  }
}
/** The ledger does not have that position yet, or no longer. */
export class OutOfRange extends ChronovisorError {}
/** The caller did not say who it is, or may not do this. */
export class NotPermitted extends ChronovisorError {}
/** The control plane does not answer, or is overloaded. */
export class Unavailable extends ChronovisorError {}
/** No answer in time. The command may or may not have been accepted: repeat it with the same `requestId`. */
export class DeadlineExceeded extends ChronovisorError {}
/** The caller ended the call. `cause` is the reason of its AbortSignal. */
export class Cancelled extends ChronovisorError {}

/** The command was accepted, and then its work failed. */
export class OperationFailed extends ChronovisorError {
  constructor(
    content: ErrorContent,
    /** The operation as it ended. */
    readonly operation: Operation,
  ) {
    super(content);
  }
}

/** The operation was not done in time. It goes on. */
export class WaitTimeout extends Error {
  override readonly name = "WaitTimeout";

  constructor(
    /** Its last known state. */
    readonly operation: Operation,
    readonly waitedMs: number,
  ) {
    super(`${operation.name} is not done after ${waitedMs / 1000} s`);
  }
}

const TURNED_DOWN = "turned_down.";
const NEAREST = "nearest.";

const KINDS: ReadonlyMap<Code, new (content: ErrorContent) => ChronovisorError> = new Map([
  [Code.InvalidArgument, InvalidArgument],
  [Code.NotFound, NotFound],
  [Code.AlreadyExists, AlreadyExists],
  [Code.Aborted, Conflict],
  [Code.FailedPrecondition, WrongState],
  [Code.ResourceExhausted, Exhausted],
  [Code.OutOfRange, OutOfRange],
  [Code.Unauthenticated, NotPermitted],
  [Code.PermissionDenied, NotPermitted],
  [Code.Unavailable, Unavailable],
  [Code.DeadlineExceeded, DeadlineExceeded],
  [Code.Canceled, Cancelled],
]);

/** No server answered, or the connection was lost before it did: nobody knows whether the call arrived. */
export const UNREACHABLE = "UNREACHABLE";

/** The name of a status code as gRPC writes it: `NOT_FOUND`, `CANCELLED`. */
export function codeName(code: Code): string {
  if (code === Code.Canceled) return "CANCELLED";
  return (Code[code] ?? "Unknown").replace(/(?<=[a-z])[A-Z]/g, "_$&").toUpperCase();
}

/** An error class's instance for anything that a transport throws. `signal` is the caller's own. */
export function errorFromCall(thrown: unknown, signal?: AbortSignal): ChronovisorError {
  if (thrown instanceof ChronovisorError) return thrown;
  const error = ConnectError.from(thrown);
  if (signal?.aborted && error.code === Code.Canceled) return cancelled(signal);
  if (isConnectionLost(error)) {
    return new Unavailable({
      code: Code.Unavailable,
      reason: UNREACHABLE,
      message: `no answer from the control plane: ${innermost(error).message}`,
      cause: error,
    });
  }
  const details: PackedDetail[] = error.details.map((each) =>
    "type" in each ? each : { type: each.desc.typeName, value: new Uint8Array() },
  );
  return new (KINDS.get(error.code) ?? ChronovisorError)({
    ...contentOf(error.code, error.rawMessage, details),
    cause: error,
  });
}

/** The error of an operation that is done and has failed. */
export function errorFromOperation(operation: Operation, status: Status): OperationFailed {
  return new OperationFailed(contentOf(status.code, status.message, unpacked(status)), operation);
}

/** The error of a status in a message, such as that of one item of a batch. */
export function errorFromStatus(status: Status): ChronovisorError {
  return new (KINDS.get(status.code) ?? ChronovisorError)(
    contentOf(status.code, status.message, unpacked(status)),
  );
}

/** The error of a call of a client that is closed. */
export function closed(): Cancelled {
  return new Cancelled({ code: Code.Canceled, reason: "CANCELLED", message: "the client is closed" });
}

/** The error of a call that its caller ended. */
export function cancelled(signal: AbortSignal): Cancelled {
  return new Cancelled({
    code: Code.Canceled,
    reason: "CANCELLED",
    message: "the caller ended the call",
    cause: signal.reason,
  });
}

/** Whether an error is one of not having reached a server at all: the call was certainly not carried out. */
export function isNotConnected(error: ChronovisorError): boolean {
  const syscall = syscallOf(error);
  return syscall === "connect" || syscall === "getaddrinfo";
}

/** Whether there is no connection, or none over which the server answers: another server may. */
export function isElsewhere(error: ChronovisorError): boolean {
  return isNotConnected(error) || syscallOf(error) === "ping";
}

function syscallOf(error: ChronovisorError): unknown {
  return error.reason === UNREACHABLE ? (innermost(error) as { syscall?: unknown }).syscall : undefined;
}

/**
 * A killed server ends a call without a status, and the transport makes one up: `canceled`, `aborted` or `internal` on
 * Node, `unknown` with fetch. What the server itself sends comes with the metadata of its response.
 */
function isConnectionLost(error: ConnectError): boolean {
  if (!error.metadata.keys().next().done) return false;
  switch (error.code) {
    case Code.Canceled:
    case Code.Aborted:
    case Code.Unavailable:
      return true;
    case Code.Internal:
    case Code.Unknown:
      return isOfNetwork(innermost(error));
    default:
      return false;
  }
}

/** Node's errors of sockets and HTTP/2 have a code; of `fetch`, all that there is to know is that it is a TypeError. */
function isOfNetwork(error: Error): boolean {
  return error instanceof TypeError || typeof (error as { code?: unknown }).code === "string";
}

function innermost(error: Error): Error {
  let inner = error;
  for (let depth = 0; depth < 10 && inner.cause instanceof Error; depth++) inner = inner.cause;
  return inner;
}

interface PackedDetail {
  readonly type: string;
  readonly value: Uint8Array;
}

function unpacked(status: Status): PackedDetail[] {
  return status.details.map((each) => ({
    type: each.typeUrl.slice(each.typeUrl.lastIndexOf("/") + 1),
    value: each.value,
  }));
}

function contentOf(code: Code, message: string, details: readonly PackedDetail[]): ErrorContent {
  const info = detail(details, ErrorInfoSchema);
  const retry = detail(details, RetryInfoSchema)?.retryDelay;
  return {
    code,
    message,
    reason: info?.reason || codeName(code),
    fields:
      detail(details, BadRequestSchema)?.fieldViolations.map(({ field, description }) => ({
        field,
        description,
      })) ?? [],
    metadata: info?.metadata ?? {},
    resource: detail(details, ResourceInfoSchema)?.resourceName || info?.metadata["name"] || "",
    violations: [
      ...(detail(details, PreconditionFailureSchema)?.violations ?? []),
      ...(detail(details, QuotaFailureSchema)?.violations ?? []),
    ].map((each) => each.description),
    retryAfterMs: retry && milliseconds(retry),
  };
}

function detail<Desc extends DescMessage>(
  details: readonly PackedDetail[],
  schema: Desc,
): MessageShape<Desc> | undefined {
  const found = details.find((each) => each.type === schema.typeName);
  if (!found) return undefined;
  try {
    return fromBinary(schema, found.value);
  } catch {
    // Something between us and the server rewrote it: the status itself still counts.
    return undefined;
  }
}
