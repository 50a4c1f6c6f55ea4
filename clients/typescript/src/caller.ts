/** How every call is made: the actor, credentials, a deadline, a request id, retries, the next server, and our errors. */

import {
  clone,
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  isMessage,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Idempotency } from "@bufbuild/protobuf/wkt";
import type { ContextValues, StreamResponse, Transport, UnaryResponse } from "@connectrpc/connect";
import { Code } from "@connectrpc/connect";
import {
  type ChronovisorError,
  closed,
  DeadlineExceeded,
  errorFromCall,
  isElsewhere,
  isNotConnected,
} from "./errors.js";
import { pauseAfter, type RetryPolicy } from "./retry.js";
import { sleep } from "./times.js";

export const ACTOR_KEY = "chronovisor-actor";
const TOKEN_KEY = "authorization";
export const HISTORY_KEY = "chronovisor-history";
/** A day and a few hours. */
const LONGEST_TIMEOUT_MS = 99_999_999;

/**
 * A token, or what gives one for each attempt. Where the server no longer takes it, and there is another one by then, the call
 * is repeated once.
 */
export type TokenSource = string | (() => string | Promise<string>);

export interface CallerOptions {
  /** One for each server, in the order in which they are tried. */
  readonly transports: readonly Transport[];
  readonly actor: string | undefined;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly token: TokenSource | undefined;
}

/** A Connect transport over others, which adds what is the same for every call. */
export class Caller implements Transport {
  /** The ledger's history as the server sent it last. It is sent back with every call. */
  history = "";
  readonly retry: RetryPolicy;
  readonly #options: CallerOptions;
  readonly #end = new AbortController();
  #current = 0;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.retry = options.retry;
  }

  /** Aborted once the client is closed: nothing is called any more. */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  close(): void {
    this.#end.abort();
  }

  /** `timeoutMs` is for the call with all its attempts; 0: none. Throws ChronovisorError. */
  async unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    headers: HeadersInit | undefined,
    input: MessageInitShape<I>,
    contextValues?: ContextValues,
  ): Promise<UnaryResponse<I, O>> {
    const { message, isRepeatable } = prepared(method, input);
    const limitMs = limited(timeoutMs ?? this.#options.timeoutMs);
    const deadline = limitMs > 0 ? performance.now() + limitMs : Number.POSITIVE_INFINITY;
    // Every attempt is of what was known when the call began.
    const history = this.history;
    let leftMs = limitMs;
    let turnedAway = 0;
    let isRenewed = false;
    for (let attempt = 1; ; ) {
      const server = this.#current;
      let failure: ChronovisorError;
      // What the source of tokens throws is its own.
      const sent = await this.#headers(headers, history);
      try {
        const response = await this.#transport(server).unary(
          method,
          signal,
          leftMs,
          sent,
          message,
          contextValues,
        );
        this.#learn(response.header, response.trailer);
        return response;
      } catch (thrown) {
        failure = this.#failure(thrown, signal);
      }
      if (failure.code === Code.Unauthenticated && !isRenewed && !new Headers(headers).has(TOKEN_KEY)) {
        // What is no longer taken may have a successor by now.
        isRenewed = true;
        const fresh = await this.#headers(headers, history);
        if (fresh.get(TOKEN_KEY) !== sent.get(TOKEN_KEY)) continue;
      }
      const isNext = isElsewhere(failure) && this.#moveOn(server) && ++turnedAway % this.#servers !== 0;
      const pauseMs = isNext ? 0 : pauseAfter(this.retry, attempt++, failure);
      if (pauseMs === undefined || !(isRepeatable || isNotCarriedOut(failure))) throw failure;
      if (performance.now() + pauseMs >= deadline) throw failure;
      if (pauseMs > 0) await sleep(pauseMs, signal);
      if (limitMs > 0) {
        leftMs = Math.floor(deadline - performance.now());
        if (leftMs <= 0) throw timedOut(failure);
      }
    }
  }

  /** No deadline of its own, and no retries but on the next server when there is no connection to this one. */
  async stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodStreaming<I, O>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    headers: HeadersInit | undefined,
    input: AsyncIterable<MessageInitShape<I>>,
    contextValues?: ContextValues,
  ): Promise<StreamResponse<I, O>> {
    for (let attempt = 1; ; attempt++) {
      const server = this.#current;
      const sent = await this.#headers(headers, this.history);
      try {
        const response = await this.#transport(server).stream(
          method,
          signal,
          limited(timeoutMs ?? 0),
          sent,
          input,
          contextValues,
        );
        this.#learn(response.header);
        return { ...response, message: this.#messages(response, signal) };
      } catch (thrown) {
        const failure = this.#failure(thrown, signal);
        const isNext = isElsewhere(failure) && this.#moveOn(server);
        // What a caller streams may be at its end: only a single request can be sent again.
        if (!isNext || attempt >= this.#servers || method.methodKind !== "server_streaming") throw failure;
      }
    }
  }

  async *#messages<I extends DescMessage, O extends DescMessage>(
    response: StreamResponse<I, O>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<MessageShape<O>> {
    try {
      yield* response.message;
    } catch (thrown) {
      throw this.#failure(thrown, signal);
    }
  }

  get #servers(): number {
    return this.#options.transports.length;
  }

  #transport(server: number): Transport {
    if (this.ended.aborted) throw closed();
    const transport = this.#options.transports[server];
    if (!transport) throw new TypeError("a client needs a transport");
    return transport;
  }

  /** The next server's turn, unless another call has moved on before. */
  #moveOn(from: number): boolean {
    if (this.#current === from) this.#current = (from + 1) % this.#servers;
    return this.#servers > 1;
  }

  async #headers(given: HeadersInit | undefined, history: string): Promise<Headers> {
    const headers = new Headers(given);
    if (this.#options.actor !== undefined && !headers.has(ACTOR_KEY))
      headers.set(ACTOR_KEY, this.#options.actor);
    // A stream that is resumed says itself of which history it is.
    if (history && !headers.has(HISTORY_KEY)) headers.set(HISTORY_KEY, history);
    const { token } = this.#options;
    if (token !== undefined && !headers.has(TOKEN_KEY)) {
      headers.set(TOKEN_KEY, `Bearer ${typeof token === "string" ? token : await token()}`);
    }
    return headers;
  }

  #learn(...sent: readonly Headers[]): void {
    for (const each of sent) {
      // An error has the header's and the trailer's together, with a comma between.
      const [history] = each.get(HISTORY_KEY)?.split(",") ?? [];
      this.history = history || this.history;
    }
  }

  #failure(thrown: unknown, signal: AbortSignal | undefined): ChronovisorError {
    const metadata = (thrown as { metadata?: unknown } | undefined)?.metadata;
    if (metadata instanceof Headers) this.#learn(metadata);
    return errorFromCall(thrown, signal);
  }
}

/** In whole milliseconds, as headers have them. 0, which is none, for more than they can say: of that, Node makes 1 ms. */
function limited(timeoutMs: number): number {
  if (Number.isNaN(timeoutMs)) throw new TypeError("timeoutMs must be a number of milliseconds, not NaN");
  return timeoutMs > LONGEST_TIMEOUT_MS ? 0 : Math.ceil(timeoutMs);
}

/** A server that answers UNAVAILABLE, or is not there, did not do it; one that is lost may have. */
function isNotCarriedOut(failure: ChronovisorError): boolean {
  return isNotConnected(failure) || failure.reason !== "UNREACHABLE";
}

function timedOut(cause: ChronovisorError): DeadlineExceeded {
  return new DeadlineExceeded({
    code: Code.DeadlineExceeded,
    reason: "DEADLINE_EXCEEDED",
    message: `no answer in time: ${cause.message}`,
    cause,
  });
}

interface Prepared<I extends DescMessage> {
  readonly message: MessageShape<I>;
  readonly isRepeatable: boolean;
}

const READS = /^(Get|List|Wait|Watch|Explain|Replay|Diff|Verify|Prove|Plan|WhatIf)/;

/**
 * The request with a new UUID where it has an empty `requestId`. See AIP-155. The caller's own message stays as it was:
 * sending it again is a new command, not a repeat.
 */
function prepared<I extends DescMessage>(
  method: DescMethod & { input: I },
  input: MessageInitShape<I>,
): Prepared<I> {
  let message = create(method.input, input);
  if (method.input.field["requestId"] === undefined) {
    const isRead = method.idempotency !== Idempotency.IDEMPOTENCY_UNKNOWN || READS.test(method.name);
    return { message, isRepeatable: isRead };
  }
  if ((message as { requestId?: string }).requestId === "") {
    if (isMessage(input)) message = clone(method.input, message);
    (message as { requestId?: string }).requestId = uuid();
  }
  return { message, isRepeatable: true };
}

/** A random UUID. Not `crypto.randomUUID`: browsers have that over HTTPS alone. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
