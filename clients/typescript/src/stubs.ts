/** Typed stubs of services. Unlike Connect's own client, leaving a `for await` over one of their streams ends the call. */

import type {
  DescMessage,
  DescMethodStreaming,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import {
  type CallOptions,
  type Client,
  createClient,
  makeAnyClient,
  type StreamResponse,
  type Transport,
} from "@connectrpc/connect";

/** All methods of a service by their names in camelCase: `stub(VmService, transport).getVm({ name })`. */
export function stub<S extends DescService>(service: S, transport: Transport): Client<S> {
  const whole = createClient(service, transport) as Record<string, unknown>;
  return makeAnyClient(service, (method) => {
    switch (method.methodKind) {
      case "server_streaming":
        return (input: MessageInitShape<DescMessage>, options?: CallOptions) =>
          serverStream(transport, method, input, options);
      case "bidi_streaming":
        return (input: AsyncIterable<MessageInitShape<DescMessage>>, options?: CallOptions) =>
          stream(transport, method, input, options);
      default:
        return whole[method.localName] as never;
    }
  }) as Client<S>;
}

/** The answers of a server-streaming call. */
export function serverStream<I extends DescMessage, O extends DescMessage>(
  transport: Transport,
  method: DescMethodStreaming<I, O>,
  input: MessageInitShape<I>,
  options?: CallOptions,
): AsyncIterableIterator<MessageShape<O>> {
  return stream(transport, method, single(input), options);
}

/** The answers of a streaming call. The call begins with the first `next`, and ends with the loop over it. */
export function stream<I extends DescMessage, O extends DescMessage>(
  transport: Transport,
  method: DescMethodStreaming<I, O>,
  input: AsyncIterable<MessageInitShape<I>>,
  options: CallOptions = {},
): AsyncIterableIterator<MessageShape<O>> {
  const { signal, timeoutMs, headers, contextValues, onHeader, onTrailer } = options;
  const call = new AbortController();
  const abort = () => call.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });
  const end = () => {
    signal?.removeEventListener("abort", abort);
    call.abort();
  };
  const answers = (async function* () {
    try {
      const response: StreamResponse<I, O> = await transport.stream(
        method,
        call.signal,
        timeoutMs,
        headers,
        input,
        contextValues,
      );
      onHeader?.(response.header);
      yield* response.message;
      onTrailer?.(response.trailer);
    } finally {
      end();
    }
  })();
  return {
    next: () => answers.next(),
    return: async () => {
      // Not `answers.return()`: that waits for the answer that is on its way, which may never come.
      end();
      return { done: true, value: undefined };
    },
    throw: async (error) => {
      end();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** An iterable that can be iterated again, for another server. */
function single<T>(item: T): AsyncIterable<T> {
  return {
    async *[Symbol.asyncIterator]() {
      yield item;
    },
  };
}
