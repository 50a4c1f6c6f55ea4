/** Control planes of a few lines, in memory and over HTTP/2. */

import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createRouterTransport,
  type Transport,
} from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { VmSchema } from "../src/gen/chronovisor/v1/vm_pb.js";
import { OperationSchema } from "../src/gen/google/longrunning/operations_pb.js";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from "../src/gen/google/rpc/error_details_pb.js";
import { connect as connectTo, type TransportOptions } from "../src/web.js";

export type Routes = (router: ConnectRouter) => void;

/** Pauses that a test does not have to wait for. */
export const QUICK = { firstPauseMs: 1, longestPauseMs: 2 };

/** A client of a control plane in memory. */
export function clientOf(routes: Routes, options: Partial<TransportOptions> = {}) {
  return connectTo({ transport: createRouterTransport(routes), retry: QUICK, ...options });
}

/** What a server refuses with. */
export function refusal(
  code: Code,
  reason: string,
  details: {
    retryAfterS?: number;
    field?: string;
    resource?: string;
    metadata?: Record<string, string>;
  } = {},
): ConnectError {
  const { retryAfterS, field, resource, metadata = {} } = details;
  return new ConnectError(`refused: ${reason}`, code, { "chronovisor-history": "history-of-refusal" }, [
    { desc: ErrorInfoSchema, value: { reason, domain: "chronovisor.dev", metadata } },
    ...(retryAfterS === undefined
      ? []
      : [{ desc: RetryInfoSchema, value: { retryDelay: { seconds: BigInt(retryAfterS) } } }]),
    ...(field === undefined
      ? []
      : [{ desc: BadRequestSchema, value: { fieldViolations: [{ field, description: "must be else" }] } }]),
    ...(resource === undefined ? [] : [{ desc: ResourceInfoSchema, value: { resourceName: resource } }]),
  ]);
}

/** What connect-node reports when the server is killed during a call. */
export function killed(): ConnectError {
  return new ConnectError("http/2 stream closed with error code CANCEL (0x8)", Code.Canceled);
}

/** What connect-node reports when nobody listens. */
export function nobodyListens(): ConnectError {
  const cause = Object.assign(new Error("connect ECONNREFUSED"), {
    code: "ECONNREFUSED",
    syscall: "connect",
  });
  return new ConnectError(cause.message, Code.Unavailable, undefined, undefined, cause);
}

/** A transport that throws what `failures` has, in turn, before it does what another does. */
export function failing(transport: Transport, failures: (ConnectError | undefined)[]): Transport {
  const next = () => {
    const failure = failures.shift();
    if (failure) throw failure;
  };
  return {
    unary: async (...call) => {
      next();
      return transport.unary(...call);
    },
    stream: async (...call) => {
      next();
      return transport.stream(...call);
    },
  };
}

export function doneWith(vm: MessageInitShape<typeof VmSchema>) {
  return operation("operations/1", true, { case: "response", value: packed(VmSchema, vm) });
}

export function operation(
  name: string,
  done: boolean,
  result?: NonNullable<MessageInitShape<typeof OperationSchema>["result"]>,
) {
  return create(OperationSchema, { name, done, ...(result ? { result } : {}) });
}

function packed<Desc extends DescMessage>(schema: Desc, value: MessageInitShape<Desc>) {
  return anyPack(schema, create(schema, value));
}

/** A control plane over HTTP/2 on a free port. `kill` cuts every connection. */
export class Plane {
  readonly port: number;
  readonly address: string;
  readonly #server: Http2Server;
  readonly #sockets: readonly Socket[];
  readonly #sessions: readonly ServerHttp2Session[];

  private constructor(
    server: Http2Server,
    sockets: readonly Socket[],
    sessions: readonly ServerHttp2Session[],
  ) {
    this.#server = server;
    this.#sockets = sockets;
    this.#sessions = sessions;
    this.port = (server.address() as AddressInfo).port;
    this.address = `127.0.0.1:${this.port}`;
  }

  static async open(routes: Routes, port = 0): Promise<Plane> {
    const server = createServer(connectNodeAdapter({ routes }));
    const sockets: Socket[] = [];
    const sessions: ServerHttp2Session[] = [];
    server.on("connection", (socket: Socket) => sockets.push(socket));
    server.on("session", (session) => sessions.push(session));
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return new Plane(server, sockets, sessions);
  }

  /** Says goodbye on every connection, and cuts it: between calls, as a server does that ends. */
  leave(): void {
    for (const session of this.#sessions) {
      if (session.destroyed) continue;
      session.goaway();
      session.goaway();
      session.close();
    }
  }

  async kill(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** Waits until something holds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within 5 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
