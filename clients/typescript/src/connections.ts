/** Connections to servers by HTTP/2. Needs Node; of the files that browsers load, none imports it. */

import type {
  ClientHttp2Stream,
  ClientSessionRequestOptions,
  Http2Session,
  OutgoingHttpHeaders,
  SecureClientSessionOptions,
} from "node:http2";
import { BlockList, connect as connectSocket, isIP } from "node:net";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { Http2SessionManager } from "@connectrpc/connect-node";

/** Why there is no connection, by the code of Node's error, and what to do. */
const SENTENCES: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: "the server speaks plain text: connect without `tls`, or to its TLS address",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the certificate of the server is for another name: use a name that is in it, or give `serverName`",
  CERT_HAS_EXPIRED: "the certificate of the server has expired: have it renewed",
};
const UNTRUSTED =
  "the server has a certificate of an authority that is not trusted here: give that as `caFile`";
const UNTRUSTED_CODES =
  /^(CERT_SIGNATURE_FAILURE|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)|(DEPTH_ZERO_)?SELF_SIGNED_CERT.*)$/;
const NO_CLIENT =
  "the server ended the TLS handshake: it takes client certificates alone, of its own authority";
const NO_PLAIN_TEXT = "the server took no plain text: where it speaks TLS, give its authority as `caFile`";
/** What a call ends with whose connection ends. */
const LOST: ReadonlySet<Code> = new Set([
  Code.Canceled,
  Code.Aborted,
  Code.Unavailable,
  Code.Internal,
  Code.Unknown,
]);
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
  readonly #isSecure: boolean;
  /** Whether the server of the newest connection has sent anything: what HTTP/2 begins with. */
  #isSettled = true;

  /** `hasOthers`: a server that lets us in and stays silent is given up, since another may answer. */
  constructor(
    address: Address,
    tls: SecureClientSessionOptions | undefined,
    connectTimeoutMs: number,
    hasOthers: boolean,
  ) {
    const { host, path } = address;
    const pings = { pingIntervalMs: PING_EVERY_MS, pingTimeoutMs: ANSWER_WITHIN_MS };
    this.#isSecure = tls !== undefined && path === undefined;
    const options = path === undefined ? tls : { createConnection: () => connectSocket(path) };
    this.#manager = new Http2SessionManager(`${this.#isSecure ? "https" : "http"}://${host}`, pings, options);
    this.authority = this.#manager.authority;
    this.#address = address;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#hasOthers = hasOthers;
  }

  /** Says of a call for which there was no connection, why, and what to do. */
  readonly explaining: Interceptor = (next) => async (request) => {
    try {
      return await next(request);
    } catch (thrown) {
      const sentence = request.signal.aborted ? undefined : this.#sentence(thrown);
      if (sentence === undefined) throw thrown;
      // As of a connection that was not made: the call was certainly not carried out.
      const cause = Object.assign(new Error(sentence), { syscall: "connect" });
      throw new ConnectError(sentence, Code.Unavailable, undefined, undefined, cause);
    }
  };

  #sentence(thrown: unknown): string | undefined {
    const error = ConnectError.from(thrown);
    if (!LOST.has(error.code) || !error.metadata.keys().next().done) return undefined;
    let inner: Error = error;
    while (inner.cause instanceof Error) inner = inner.cause;
    const code = String((inner as { code?: unknown }).code);
    if (UNTRUSTED_CODES.test(code)) return UNTRUSTED;
    if (SENTENCES[code] !== undefined) return SENTENCES[code];
    if (this.#isSettled) return undefined;
    return this.#isSecure ? NO_CLIENT : NO_PLAIN_TEXT;
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
    this.#isSettled = false;
    session.once("remoteSettings", () => {
      this.#isSettled = true;
    });
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
