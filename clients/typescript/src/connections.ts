/** Connections to servers by HTTP/2. Needs Node; of the files that browsers load, none imports it. */

import type {
  ClientHttp2Stream,
  ClientSessionRequestOptions,
  Http2Session,
  OutgoingHttpHeaders,
  SecureClientSessionOptions,
} from "node:http2";
import { BlockList, connect as connectSocket, isIP } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { Http2SessionManager } from "@connectrpc/connect-node";

const DEFAULT_PORT = 7460;
/** As the server's own: it ends the connections of those that ping more often than every 5 s. */
const PING_EVERY_MS = 15_000;
const ANSWER_WITHIN_MS = 10_000;

/** Where a server is. */
export interface Address {
  /** As it was given. */
  readonly text: string;
  /** `host:port`; of a Unix socket, what stands in for it in HTTP. */
  readonly host: string;
  readonly path?: string;
  /** Whether nothing that is sent there leaves this machine. */
  readonly isLocal: boolean;
}

/** An address from `host:port`, `[ipv6]:port`, a host alone, or `unix:/path`. Throws TypeError. */
export function addressOf(given: string): Address {
  const text = given.trim();
  if (text.startsWith("unix:/")) return { text, host: "localhost", path: text.slice(5), isLocal: true };
  const [, hostname, port = DEFAULT_PORT] = /^(\[[\da-f:.]+\]|[^:/?#@[\]\s]+)(?::(\d+))?$/i.exec(text) ?? [];
  if (!hostname || Number(port) > 65_535) {
    throw new TypeError(`${JSON.stringify(given)} is not an address: give HOST:PORT, or unix:/PATH`);
  }
  return { text, host: `${hostname}:${port}`, isLocal: isLoopback(hostname) };
}

/** The connection to one server: made when there is a call, and again when it was lost. */
export class Connection {
  readonly authority: string;
  readonly #manager: Http2SessionManager;
  readonly #address: Address;
  readonly #connectTimeoutMs: number;
  readonly #hasOthers: boolean;
  readonly #known = new WeakSet<Http2Session>();

  /** `hasOthers`: a server that lets us in and stays silent is given up, since another may answer. */
  constructor(
    address: Address,
    tls: SecureClientSessionOptions | undefined,
    connectTimeoutMs: number,
    hasOthers: boolean,
  ) {
    const { host, path } = address;
    const pings = { pingIntervalMs: PING_EVERY_MS, pingTimeoutMs: ANSWER_WITHIN_MS };
    const options = path === undefined ? tls : { createConnection: () => connectSocket(path) };
    this.#manager = new Http2SessionManager(
      `${tls && path === undefined ? "https" : "http"}://${host}`,
      pings,
      options,
    );
    this.authority = this.#manager.authority;
    this.#address = address;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#hasOthers = hasOthers;
  }

  async request(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    options: Omit<ClientSessionRequestOptions, "signal">,
  ): Promise<ClientHttp2Stream> {
    const isConnecting = this.#manager.state() !== "open" && this.#manager.state() !== "idle";
    const timer = isConnecting
      ? setTimeout(() => this.#manager.abort(this.#silence("connect")), this.#connectTimeoutMs)
      : undefined;
    try {
      const stream = await this.#manager.request(method, path, headers, options);
      this.#welcome(stream.session);
      return stream;
    } finally {
      clearTimeout(timer);
    }
  }

  notifyResponseByteRead(stream: ClientHttp2Stream): void {
    this.#manager.notifyResponseByteRead(stream);
  }

  close(): void {
    this.#manager.abort();
  }

  #welcome(session: Http2Session | undefined): void {
    if (!session || session.destroyed || this.#known.has(session)) return;
    this.#known.add(session);
    // The manager may stop listening before a connection that is cut has reported it, which would end the process. What
    // there is to know of it, the calls on it report.
    session.on("error", () => {});
    if (this.#hasOthers) this.#probe(session);
  }

  /** One ping on a new connection: a process that hangs lets us in, and does not answer it. */
  #probe(session: Http2Session): void {
    const timer = setTimeout(() => session.destroy(this.#silence("ping")), this.#connectTimeoutMs);
    timer.unref();
    session.once("close", () => clearTimeout(timer));
    session.ping(() => clearTimeout(timer));
  }

  #silence(syscall: string): ConnectError {
    const cause = Object.assign(new Error(`${this.#address.text} does not answer`), { syscall });
    return new ConnectError(cause.message, Code.Unavailable, undefined, undefined, cause);
  }
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8);
LOOPBACK.addAddress("::1", "ipv6");

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const version = isIP(host);
  return version === 0 ? host === "localhost" : LOOPBACK.check(host, version === 6 ? "ipv6" : "ipv4");
}
