/** The client on Node: over gRPC. With `connections`, all that needs Node. */

import { readFileSync, statSync } from "node:fs";
import type { SecureClientSessionOptions } from "node:http2";
import { userInfo } from "node:os";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import type { TokenSource } from "./caller.js";
import { Client, type ClientOptions } from "./client.js";
import { addressOf, Connection } from "./connections.js";

export * from "./web.js";

const DEFAULT_SERVER = "127.0.0.1:7460";
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
   * Instead of a token, a file of it, which is read again when it has changed. By default what CHRONOVISOR_TOKEN or
   * CHRONOVISOR_TOKEN_FILE say.
   */
  readonly tokenFile?: string | undefined;
  /**
   * `host:port` or `unix:/path`, or several, of which the next is tried when there is no connection to one. By default, the
   * environment's CHRONOVISOR_SERVER (several with commas between), else 127.0.0.1:7460.
   */
  readonly server?: string | readonly string[] | undefined;
  /**
   * By default what CHRONOVISOR_CA_FILE, CHRONOVISOR_CERT_FILE and CHRONOVISOR_KEY_FILE say, and without them plain text;
   * `true`: without them, TLS with whom the system trusts.
   */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Milliseconds within which a connection is made: 5000. */
  readonly connectTimeoutMs?: number | undefined;
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
  if (options.transport) return new Client({ ...options, actor, transport: options.transport });
  const token = tokenOf(options);
  const given = options.server ?? (process.env["CHRONOVISOR_SERVER"] || DEFAULT_SERVER);
  const addresses = (typeof given === "string" ? given.split(",") : given).map(addressOf);
  const tls = tlsOf(options.tls);
  const remote = addresses.find((each) => !each.isLocal);
  if (token !== undefined && !tls && remote) {
    throw new TypeError(`a token is not sent over plain text to ${remote.host}: give \`tls\``);
  }
  const { connectTimeoutMs = 5000, interceptors = [] } = options;
  const connections = addresses.map(
    (each) => new Connection(each, tls, connectTimeoutMs, addresses.length > 1),
  );
  const transport = connections.map((connection) =>
    createGrpcTransport({
      baseUrl: connection.authority,
      sessionManager: connection,
      readMaxBytes: RECEIVE_LIMIT,
      interceptors: [...interceptors, connection.explaining],
    }),
  );
  return new Client({ ...options, actor, token, transport }, () => {
    for (const each of connections) each.close();
  });
}

function tokenOf({ token, tokenFile }: ConnectOptions): TokenSource | undefined {
  if (token !== undefined && tokenFile !== undefined)
    throw new TypeError("give one of `token` and `tokenFile`");
  if (token !== undefined) return token;
  if (tokenFile !== undefined) return fileOf(tokenFile);
  const file = process.env["CHRONOVISOR_TOKEN_FILE"] || undefined;
  return process.env["CHRONOVISOR_TOKEN"] || (file && fileOf(file));
}

/** What gives the token in a file, which is read again when it has changed. */
function fileOf(path: string): () => string {
  let known = "";
  let token = "";
  return () => {
    const found = statSync(path, { bigint: true });
    const version = `${found.ino} ${found.mtimeNs} ${found.size}`;
    if (version === known) return token;
    const text = readFileSync(path, "utf8").trim();
    if (!/^[ -~]+$/.test(text)) throw new TypeError(`${path}: a token must be printable ASCII, in one line`);
    known = version;
    token = text;
    return token;
  };
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
