/** The client on Node: over gRPC. The only file that needs Node. */

import { readFileSync } from "node:fs";
import type { SecureClientSessionOptions } from "node:http2";
import { BlockList, isIP } from "node:net";
import { userInfo } from "node:os";
import { Code, ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { Client, type ClientOptions } from "./client.js";

export * from "./web.js";

const DEFAULT_SERVER = "127.0.0.1:7460";
const DEFAULT_PORT = 7460;
/** As the server's own: it ends the connections of those that ping more often than every 5 s. */
const PING_EVERY_MS = 15_000;
const ANSWER_WITHIN_MS = 10_000;
/** How long a server may take to let us in, where there is another. */
const CONNECT_WITHIN_MS = 3000;
const RECEIVE_LIMIT = 64 * 1024 * 1024;

/** PEM texts, or files of them. */
export interface TlsOptions {
  /** Whom to trust. By default, whom the system trusts. */
  readonly ca?: string | Uint8Array | undefined;
  readonly caFile?: string | undefined;
  /** Who we are, for a server that requires client certificates. */
  readonly cert?: string | Uint8Array | undefined;
  readonly certFile?: string | undefined;
  readonly key?: string | Uint8Array | undefined;
  readonly keyFile?: string | undefined;
  /** The name that the server's certificate must have, where that is not its address. */
  readonly serverName?: string | undefined;
}

export interface ConnectOptions extends ClientOptions {
  /**
   * `host:port`, or several, tried in their order when there is no connection. By default, the environment's
   * CHRONOVISOR_SERVER (several with commas between), else 127.0.0.1:7460.
   */
  readonly server?: string | readonly string[] | undefined;
  /**
   * By default what CHRONOVISOR_CA_FILE, CHRONOVISOR_CERT_FILE and CHRONOVISOR_KEY_FILE say, and without them plain text;
   * `true`: without them, TLS with whom the system trusts.
   */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Of Connect, around every attempt of a call. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Instead of a server: another transport of Connect. */
  readonly transport?: Transport | readonly Transport[] | undefined;
}

/**
 * A client of the control plane at `server`. Nothing is sent before the first call.
 *
 * Throws TypeError for options that cannot be: a token over plain text to another machine, an actor that cannot be sent.
 */
export function connect(options: ConnectOptions = {}): Client {
  const actor = options.actor ?? `user:${userInfo().username}`;
  const token = options.token ?? (process.env["CHRONOVISOR_TOKEN"] || undefined);
  if (options.transport) return new Client({ ...options, actor, token, transport: options.transport });
  const addresses = addressesOf(options.server);
  const tls = tlsOf(options.tls);
  const remote = addresses.find((each) => !isLoopback(each.hostname));
  if (token !== undefined && !tls && remote) {
    throw new TypeError(`a token is not sent over plain text to ${remote.host}: give \`tls\``);
  }
  const managers = addresses.map(
    ({ host }) =>
      new Http2SessionManager(
        `${tls ? "https" : "http"}://${host}`,
        { pingIntervalMs: PING_EVERY_MS, pingTimeoutMs: ANSWER_WITHIN_MS },
        tls,
      ),
  );
  const transports = managers.map((manager) => {
    const transport = createGrpcTransport({
      baseUrl: manager.authority,
      sessionManager: manager,
      readMaxBytes: RECEIVE_LIMIT,
      interceptors: [...(options.interceptors ?? [])],
    });
    return managers.length > 1 ? impatient(transport, manager) : transport;
  });
  const close = () => {
    for (const each of managers) each.abort();
  };
  return new Client({ ...options, actor, token, transport: transports }, close);
}

/** Gives up on a connection that does not come, so that another server has its turn within the call's deadline. */
function impatient(transport: Transport, manager: Http2SessionManager): Transport {
  const connected = async () => {
    const state = manager.state();
    if (state !== "closed" && state !== "error" && state !== "connecting") return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(resolve, CONNECT_WITHIN_MS, "late");
    });
    const result = await Promise.race([manager.connect(), late]);
    clearTimeout(timer);
    if (result !== "late") return;
    const cause = Object.assign(new Error(`${manager.authority} does not answer`), { syscall: "connect" });
    const error = new ConnectError(cause.message, Code.Unavailable, undefined, undefined, cause);
    manager.abort(error);
    throw error;
  };
  return {
    unary: async (...call) => {
      await connected();
      return transport.unary(...call);
    },
    stream: async (...call) => {
      await connected();
      return transport.stream(...call);
    },
  };
}

interface Address {
  readonly hostname: string;
  /** With the port. */
  readonly host: string;
}

function addressesOf(server: string | readonly string[] | undefined): readonly Address[] {
  const given = server ?? (process.env["CHRONOVISOR_SERVER"] || DEFAULT_SERVER);
  const texts = typeof given === "string" ? given.split(",") : given;
  return texts.map((text) => {
    const [, hostname, port = DEFAULT_PORT] =
      /^(\[[\da-f:.]+\]|[^:/?#@[\]\s]+)(?::(\d+))?$/i.exec(text.trim()) ?? [];
    if (!hostname || Number(port) > 65_535) {
      throw new TypeError(`${JSON.stringify(text)} is not an address: give HOST:PORT`);
    }
    return { hostname, host: `${hostname}:${port}` };
  });
}

function tlsOf(tls: boolean | TlsOptions | undefined): SecureClientSessionOptions | undefined {
  const fromEnvironment = {
    caFile: process.env["CHRONOVISOR_CA_FILE"] || undefined,
    certFile: process.env["CHRONOVISOR_CERT_FILE"] || undefined,
    keyFile: process.env["CHRONOVISOR_KEY_FILE"] || undefined,
  };
  const isGiven = tls === undefined ? Object.values(fromEnvironment).some(Boolean) : tls !== false;
  if (!isGiven) return undefined;
  const given: TlsOptions = typeof tls === "object" ? tls : fromEnvironment;
  const ca = pem(given.ca, given.caFile);
  const cert = pem(given.cert, given.certFile);
  const key = pem(given.key, given.keyFile);
  if (!cert !== !key) throw new TypeError("a client certificate and its key go together: give both");
  return {
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(given.serverName ? { servername: given.serverName } : {}),
  };
}

function pem(text: string | Uint8Array | undefined, file: string | undefined): string | Buffer | undefined {
  if (text !== undefined) return typeof text === "string" ? text : Buffer.from(text);
  return file ? readFileSync(file) : undefined;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8);
LOOPBACK.addAddress("::1", "ipv6");

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const version = isIP(host);
  return version === 0 ? host === "localhost" : LOOPBACK.check(host, version === 6 ? "ipv6" : "ipv4");
}
