/** Options that many calls have in common, and what requests are made of. */

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { CallOptions } from "@connectrpc/connect";
import type { ResourcesSchema } from "./gen/chronovisor/v1/resources_pb.js";
import { type VmSpec, VmSpecSchema } from "./gen/chronovisor/v1/vm_pb.js";

/** Of every call. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the call with all its attempts; 0: no limit. By default, the client's. */
  readonly timeoutMs?: number | undefined;
}

/** A ledger position, or a time. */
export type Moment = bigint | number | Date;

/** Of calls that read. */
export interface ReadOptions extends RequestOptions {
  /** Read as of this position or time. By default, now. */
  readonly at?: Moment | undefined;
  /** Wait until at least this position can be read: read your own writes. */
  readonly minPosition?: bigint | number | undefined;
}

/** Of calls that list. */
export interface ListOptions extends ReadOptions {
  /** 1 to 1000 items in a page. */
  readonly pageSize?: number | undefined;
}

/** Of calls that change something. */
export interface ChangeOptions extends RequestOptions {
  /** A UUID that makes the call safe to repeat: by default, a new one. See AIP-155. */
  readonly requestId?: string | undefined;
  /** Check everything, change nothing. */
  readonly validateOnly?: boolean | undefined;
  /** Why, for the audit. At most 512 characters. */
  readonly reason?: string | undefined;
}

/** Of calls that change something that is there. */
export interface EtagOptions extends ChangeOptions {
  /** The etag last read: Conflict when the resource has changed since. */
  readonly etag?: string | undefined;
}

/** What a VM is made of, in few words. */
export interface VmDefinition {
  readonly vcpus: number | bigint;
  readonly memoryMib: number | bigint;
  readonly diskGib?: number | bigint | undefined;
  /** Counts of extended resource classes, such as `gpu.a100`. */
  readonly extended?: Readonly<Record<string, number | bigint>> | undefined;
  /** An image of the project, `projects/shop/images/debian`, or the name of a file in the host's image directory. */
  readonly image?: string | undefined;
  /** Instead of an image: files to boot directly. */
  readonly kernel?: { kernel: string; initramfs: string; cmdline?: string } | undefined;
  readonly placement?: NonNullable<MessageInitShape<typeof VmSpecSchema>["placement"]> | undefined;
}

/** The spec of such a VM. */
export function vmSpec(definition: VmDefinition): VmSpec {
  const { vcpus, memoryMib, diskGib = 0, extended = {}, image, kernel, placement } = definition;
  const resources: MessageInitShape<typeof ResourcesSchema> = {
    vcpus: BigInt(vcpus),
    memoryMib: BigInt(memoryMib),
    diskGib: BigInt(diskGib),
    extended: Object.fromEntries(Object.entries(extended).map(([key, count]) => [key, BigInt(count)])),
  };
  const source = kernel
    ? ({ case: "kernel", value: kernel } as const)
    : image !== undefined
      ? ({ case: "image", value: { image } } as const)
      : undefined;
  return create(VmSpecSchema, {
    resources,
    ...(source ? { boot: { source } } : {}),
    ...(placement ? { placement } : {}),
  });
}

/** What a call's options say to Connect. */
export function callOptions({ signal, timeoutMs }: RequestOptions): CallOptions {
  return defined({ signal, timeoutMs });
}

/** When to read, as requests say it. */
export function readAt({ at, minPosition }: ReadOptions) {
  const readTime: Timestamp | undefined = at instanceof Date ? timestampFromDate(at) : undefined;
  const atPosition = at === undefined || at instanceof Date ? undefined : BigInt(at);
  return defined({
    readTime,
    atPosition,
    minPosition: minPosition === undefined ? undefined : BigInt(minPosition),
  });
}

/** What requests that change something have in common. */
export function change({ requestId, validateOnly, reason }: ChangeOptions) {
  return defined({ requestId, validateOnly, reason });
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** An object without the keys that are undefined: an optional field is there, or it is not. */
export function defined<T extends object>(given: T): Defined<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>;
}
