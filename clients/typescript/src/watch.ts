/** Streams that go on: one that ends because the server does is resumed where it was, without gap or repeat. */

import {
  clone,
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Caller, HISTORY_KEY } from "./caller.js";
import { type ChronovisorError, cancelled, closed, errorFromCall } from "./errors.js";
import { pause, type RetryPolicy } from "./retry.js";
import { serverStream } from "./stubs.js";
import { sleep } from "./times.js";

/** Of a stream's initial metadata: its parent or scope, with uids for ids. */
const RESOURCE_KEY = "chronovisor-resource";

/** The longest pause between two attempts to resume: whoever watches is back within a second of the server. */
const LONGEST_PAUSE_MS = 750;

/** Items in one message: many times faster than one by one, and still within a message's limit. */
export const BATCH = 1000;

/** Ends that another attempt will not change. */
const FATAL: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.OutOfRange,
  Code.PermissionDenied,
  Code.Unauthenticated,
  Code.FailedPrecondition,
  Code.Unimplemented,
]);

/**
 * What a stream says besides its items. `caughtUp`: the past has been sent, what follows is live. `fellBehind`: the reader
 * was too slow; nothing is lost, and `caughtUp` comes again. `interrupted`: the connection was lost, and is tried again
 * until it is there.
 */
export type WatchStatus = "caughtUp" | "fellBehind" | "interrupted";

export interface WatchOptions {
  /** Ends the watch: the loop over it throws Cancelled. Leaving the loop ends it, too. */
  readonly signal?: AbortSignal | undefined;
  readonly onStatus?: ((status: WatchStatus) => void) | undefined;
  /** The history that the first position is of, as `watch.history` had it: a ledger that was restored since refuses it. */
  readonly history?: string | undefined;
  /** More metadata to send. */
  readonly headers?: HeadersInit | undefined;
}

/** A message of a stream, or an item of one: 0 is before the first position. */
interface Placed<T> {
  readonly position: bigint;
  readonly item?: T;
}

/**
 * Items of a stream, each once and in order, over every interruption. Use it in one `for await`.
 *
 * Throws ChronovisorError when the server refuses, and when it cannot be reached to begin with; OutOfRange with the reason
 * HISTORY_FORKED when the ledger was restored to before `position`.
 */
export class Watch<T> implements AsyncIterableIterator<T> {
  /** Where to begin another watch that goes on after the item that was given last. */
  position: bigint | undefined;
  /** The history that the position is of: a server that was restored since refuses it. */
  history: string;
  readonly #open: (watch: Watch<T>, signal: AbortSignal, resource: string) => Opened;
  readonly #read: (message: StreamMessage) => readonly Placed<T>[];
  readonly #options: WatchOptions;
  readonly #retry: RetryPolicy;
  #stream: AsyncIterator<StreamMessage> | undefined;
  #header: () => Headers | undefined = () => undefined;
  #ready: Placed<T>[] = [];
  // Items without a position: given when all of them are there, since a stream cannot be resumed between them.
  #held: Placed<T>[] = [];
  #failures = 0;
  #resource = "";
  #hasBegun = false;
  readonly #end = new AbortController();

  /** Use `watch`, or a client's `watch` methods. */
  constructor(
    open: (watch: Watch<T>, signal: AbortSignal, resource: string) => Opened,
    read: (message: StreamMessage) => readonly Placed<T>[],
    retry: RetryPolicy,
    options: WatchOptions,
    ended?: AbortSignal,
  ) {
    this.#open = open;
    this.#read = read;
    this.#retry = retry;
    this.#options = options;
    const { signal, history = "" } = options;
    this.history = history;
    ended?.addEventListener("abort", () => this.close(), { once: true, signal: this.#end.signal });
    if (signal) {
      const abort = () => this.#end.abort(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort, { once: true, signal: this.#end.signal });
    }
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const next = this.#ready.shift();
      if (next) {
        if (next.position > 0n) this.position = next.position;
        if (next.item !== undefined) return { done: false, value: next.item };
        continue;
      }
      if (this.#end.signal.aborted) {
        const { signal } = this.#options;
        if (signal?.aborted) throw cancelled(signal);
        return { done: true, value: undefined };
      }
      try {
        this.#take(await this.#receive());
      } catch (thrown) {
        this.#stream = undefined;
        if (!this.#end.signal.aborted) await this.#pauseAfter(errorFromCall(thrown));
      }
    }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  /** Ends the stream, on the server too: the loop over it ends. */
  close(): void {
    this.#ready = [];
    this.#end.abort();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #receive(): Promise<StreamMessage> {
    if (!this.#stream) {
      this.#held = [];
      const opened = this.#open(this, this.#end.signal, this.#resource);
      this.#stream = opened.messages[Symbol.asyncIterator]();
      this.#header = opened.header;
    }
    const result = await this.#stream.next();
    // A stream does not end by itself: something between us and the server ended it.
    if (result.done) throw new ConnectError("the stream ended", Code.Unavailable);
    const header = this.#header();
    this.#resource ||= header?.get(RESOURCE_KEY) ?? "";
    this.history ||= header?.get(HISTORY_KEY) ?? "";
    this.#hasBegun = true;
    this.#failures = 0;
    return result.value;
  }

  #take(message: StreamMessage): void {
    const { case: kind, value } = message.message;
    const placed = this.#read(message);
    switch (kind) {
      case "checkpoint": {
        const checkpoint = value as { position: bigint; history: string };
        this.history = checkpoint.history || this.history;
        this.#ready.push(...this.#held, ...placed, { position: checkpoint.position });
        this.#held = [];
        break;
      }
      case "caughtUp":
      case "fellBehind":
        this.#ready.push(...placed);
        this.#options.onStatus?.(kind);
        break;
      case undefined:
        // Of a newer server.
        this.#ready.push(...placed);
        break;
      default:
        for (const each of placed) {
          if (each.position === 0n) this.#held.push(each);
          else if (this.position === undefined || each.position > this.position) this.#ready.push(each);
        }
    }
  }

  async #pauseAfter(failure: ChronovisorError): Promise<void> {
    this.#failures++;
    const isHopeless = !this.#hasBegun && this.#failures >= this.#retry.attempts;
    // The token that it began with has ended: a fresh one is sent with the next attempt.
    const isEndedToken = failure.code === Code.Unauthenticated && this.#hasBegun && this.#failures === 1;
    if ((FATAL.has(failure.code) && !isEndedToken) || isHopeless) {
      this.#end.abort();
      throw failure;
    }
    if (this.#failures === 1) this.#options.onStatus?.("interrupted");
    const policy = { ...this.#retry, longestPauseMs: Math.min(this.#retry.longestPauseMs, LONGEST_PAUSE_MS) };
    // The first attempt again is at once, unless the server says otherwise.
    const pauseMs =
      this.#failures === 1 ? (failure.retryAfterMs ?? 0) : pause(policy, this.#failures - 1, failure);
    await sleep(pauseMs, this.#end.signal).catch(() => {});
  }
}

interface Opened {
  readonly messages: AsyncIterable<StreamMessage>;
  readonly header: () => Headers | undefined;
}

/** Fields that say where a stream begins the first time. */
const BEGINNINGS: ReadonlySet<string> = new Set(["start", "from_now", "from_position", "from_time"]);

/** What the responses of watches have in common. */
export interface StreamMessage {
  readonly message:
    | { readonly case: string; readonly value: object }
    | { readonly case: undefined; readonly value?: undefined };
}

/** A method whose responses are `event | checkpoint | caught_up | fell_behind` in a oneof `message`. */
export type WatchMethod<I extends DescMessage, O extends DescMessage> = DescMethodServerStreaming<I, O>;

/**
 * The whole messages of any watch method, checkpoints too: resumed by its request's `after_position`.
 * `item` makes the messages of an own kind instead; a message of which it makes none is left out.
 */
export function watch<I extends DescMessage, O extends DescMessage, T = MessageShape<O>>(
  caller: Caller,
  method: WatchMethod<I, O>,
  request: MessageInitShape<I>,
  options: WatchOptions = {},
  items: (message: MessageShape<O>) => readonly Placed<T>[] = whole,
): Watch<T> {
  // The caller's message may change afterwards.
  const first = clone(method.input, create(method.input, request));
  const open = (watched: Watch<T>, signal: AbortSignal, resource: string): Opened => {
    const headers = new Headers(options.headers);
    if (watched.history) headers.set(HISTORY_KEY, watched.history);
    let header: Headers | undefined;
    const messages = serverStream(caller, method, resumed(method.input, first, watched.position, resource), {
      signal,
      headers,
      onHeader: (sent) => {
        header = sent;
      },
    });
    return {
      messages: messages as AsyncIterable<unknown> as AsyncIterable<StreamMessage>,
      header: () => header,
    };
  };
  const read = (message: StreamMessage) => items(message as unknown as MessageShape<O>);
  if (caller.ended.aborted) throw closed();
  return new Watch<T>(open, read, caller.retry, options, caller.ended);
}

/** The request again, from a position on. */
function resumed<I extends DescMessage>(
  schema: I,
  first: MessageShape<I>,
  position: bigint | undefined,
  resource: string,
): MessageShape<I> {
  if (position === undefined && !resource) return first;
  const request = clone(schema, first);
  const fields = reflect(schema, request);
  for (const field of schema.fields) {
    if (position !== undefined && BEGINNINGS.has(field.name)) fields.clear(field);
    // A resumed stream is of the same resource, even when another has its name by now.
    if (resource && (field.name === "parent" || field.name === "scope")) fields.set(field, resource);
  }
  const after = schema.fields.find((each) => each.name === "after_position");
  if (after && position !== undefined) fields.set(after, position);
  return request;
}

/** A message as its own item: at the position of the last thing in it. */
function whole<T>(message: unknown): readonly Placed<T>[] {
  const { case: kind, value } = (message as StreamMessage).message;
  const isStatus = kind === "caughtUp" || kind === "fellBehind";
  return [{ position: value && !isStatus ? lastPosition(value) : 0n, item: message as T }];
}

function lastPosition(value: object): bigint {
  if ("position" in value && typeof value.position === "bigint") return value.position;
  // A batch: the one list that it has.
  const list = Object.values(value).find(Array.isArray) as { position: bigint }[] | undefined;
  return list?.at(-1)?.position ?? 0n;
}
