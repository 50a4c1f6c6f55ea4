/** Calls of the API by the full names of methods, through the client. Requests and responses are JSON. Knows no method. */

import {
  createRegistry,
  type DescFile,
  type DescMessage,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodStreaming,
  type DescMethodUnary,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  type MessageShape,
  toJson,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import {
  type CallOptions,
  ChronovisorError,
  type Client,
  checkInclusion,
  listing,
  NotProven,
  WaitTimeout,
  type Watch,
} from "@chronovisor/client";
import * as events from "@chronovisor/client/events";
import * as google from "@chronovisor/client/google";
import * as v1 from "@chronovisor/client/v1";

const files = Object.values({ ...v1, ...events, ...google }).filter(
  (each): each is DescFile => typeof each === "object" && "kind" in each && each.kind === "file",
);
const registry = createRegistry(...files);

/** Limits of one call, in seconds. */
export interface Limits {
  readonly timeoutS?: number | undefined;
  readonly cancelAfterS?: number | undefined;
}

export async function unary(
  client: Client,
  name: string,
  request: JsonValue,
  limits: Limits,
): Promise<JsonValue> {
  const method = unaryMethod(name);
  return limited(limits, async (options) =>
    json(method.output, await client.call(method, requestOf(method, request), options)),
  );
}

/** What an operation came to, such as its VM. */
export async function waited(client: Client, operation: string, timeoutS?: number): Promise<JsonValue> {
  const options = timeoutS === undefined ? {} : { timeoutMs: timeoutS * 1000 };
  const { result } = await client.ended(operation, options);
  const message = result.case === "response" ? anyUnpack(result.value, registry) : undefined;
  const schema = message && registry.getMessage(message.$typeName);
  if (!schema) throw new TypeError(`${operation} carries nothing`);
  return json(schema, message);
}

/** All items of a list, of all pages. */
export async function listed(
  client: Client,
  name: string,
  request: JsonValue,
  key: string,
): Promise<JsonValue[]> {
  const method = unaryMethod(name);
  const found: JsonValue[] = [];
  type Page = Message & { nextPageToken: string; [key: string]: unknown };
  const call = async (each: Message) =>
    (await client.call(method, each)) as Page & Record<string, readonly unknown[]>;
  for await (const page of listing(
    call,
    requestOf(method, request) as Message & { pageToken?: string },
    key,
  ).pages()) {
    found.push(...((json(method.output, page) as JsonObject)[key] as JsonValue[]));
  }
  return found;
}

/** The responses of a streaming call: all, or the first `count`, until which its sending side stays open. */
export async function streamed(
  client: Client,
  name: string,
  requests: readonly JsonValue[],
  count: number | undefined,
  limits: Limits,
): Promise<JsonValue[]> {
  const method = streamingMethod(name);
  const found: JsonValue[] = [];
  let end = () => {};
  const enough = new Promise<void>((resolve) => {
    end = resolve;
  });
  async function* sent() {
    for (const each of requests) yield requestOf(method, each);
    if (count !== undefined && method.methodKind !== "server_streaming") await enough;
  }
  try {
    return await limited(limits, async (options) => {
      for await (const response of client.stream(method, sent(), options)) {
        found.push(json(method.output, response));
        if (found.length === count) break;
      }
      return found;
    });
  } finally {
    end();
  }
}

/** A watch of the client. */
export function watched(client: Client, name: string, request: JsonValue) {
  const method = streamingMethod(name) as DescMethodServerStreaming;
  return client.watch(method, requestOf(method, request)) as Watch<Message>;
}

/** The items of a message of that method's watch, of batches too; none of a checkpoint and the like. */
export function itemsOf(name: string, message: Message): JsonObject[] {
  const found = reflect(streamingMethod(name).output, message);
  const field =
    found.oneofs.find((each) => each.name === "message") && found.oneofCase(found.oneofs[0] as never);
  if (field?.message === undefined || /^(checkpoint|caught_up|fell_behind)$/.test(field.name)) return [];
  const value = json(field.message, (found.get(field) as { message: Message }).message) as JsonObject;
  return "position" in value ? [value] : (Object.values(value).find(Array.isArray) as JsonObject[]);
}

/** Whether the ledger proves the event at a position. With `tamper`, a byte of it is changed before. */
export async function proven(client: Client, position: bigint, tamper: boolean): Promise<boolean> {
  const proof = await client.stubs.history.proveEvent({ position });
  const last = proof.leaf.length - 1;
  if (tamper) proof.leaf[last] = (proof.leaf[last] ?? 0) ^ 1;
  try {
    await checkInclusion(proof);
    return true;
  } catch (error) {
    if (error instanceof NotProven) return false;
    throw error;
  }
}

/** What a scenario can expect of an error; undefined of one that is a fault of the runner. */
export function refusalOf(error: unknown): JsonObject | undefined {
  if (error instanceof WaitTimeout) return { code: "DEADLINE_EXCEEDED", message: error.message, fields: [] };
  if (!(error instanceof ChronovisorError)) return undefined;
  return {
    code: error.status,
    reason: error.reason,
    message: error.message,
    fields: error.fields.map(({ field }) => field),
    metadata: { ...error.metadata },
    retry_delay_s: (error.retryAfterMs ?? 0) / 1000,
  };
}

function methodOf(name: string): DescMethod {
  const [service = "", method] = name.split("/");
  const found = registry.getService(service)?.methods.find((each) => each.name === method);
  if (!found) throw new Error(`this client has no method ${name}`);
  return found;
}

function unaryMethod(name: string): DescMethodUnary {
  const method = methodOf(name);
  if (method.methodKind === "unary") return method as DescMethodUnary;
  throw new Error(`${name} is a stream`);
}

function streamingMethod(name: string): DescMethodStreaming {
  const method = methodOf(name);
  if (method.methodKind !== "unary") return method as DescMethodStreaming;
  throw new Error(`${name} is no stream`);
}

function requestOf(method: DescMethod, request: JsonValue): Message {
  return fromJson(method.input, request, { registry });
}

/** As proto JSON, with all that was not set. */
function json<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): JsonValue {
  return toJson(schema, message, { registry, alwaysEmitImplicit: true });
}

async function limited<T>(
  { timeoutS, cancelAfterS }: Limits,
  call: (options: CallOptions) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer =
    cancelAfterS === undefined ? undefined : setTimeout(() => controller.abort(), cancelAfterS * 1000);
  try {
    return await call({
      signal: controller.signal,
      ...(timeoutS === undefined ? {} : { timeoutMs: timeoutS * 1000 }),
    });
  } finally {
    clearTimeout(timer);
  }
}
