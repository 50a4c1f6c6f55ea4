/** Calls about the ledger, by short names. */

import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Client as Stub } from "@connectrpc/connect";
import type { Caller } from "./caller.js";
import type { Event } from "./gen/chronovisor/events/v1/event_pb.js";
import {
  HistoryService,
  type ListEventsResponse,
  type ReplayStep,
  type ReplayVmResponse,
  type Seal,
  type VerifyLedgerResponse,
  type WatchEventsResponse,
} from "./gen/chronovisor/v1/history_service_pb.js";
import { lastPart, vmName } from "./names.js";
import {
  callOptions,
  defined,
  type ListOptions,
  type Moment,
  type RequestOptions,
  readAt,
} from "./options.js";
import { type Listing, listing } from "./pages.js";
import { checkInclusion, type StoredEvent } from "./verify.js";
import { BATCH, type Watch, type WatchOptions, watch } from "./watch.js";

export interface ListEventsOptions extends RequestOptions {
  /** Only these types, such as `VmStarted`. */
  readonly types?: readonly string[] | undefined;
  /** Only what this actor did, such as `user:alice`. */
  readonly actor?: string | undefined;
  /** Only events after this position or time. */
  readonly after?: Moment | undefined;
  /** Only events up to this position or time. */
  readonly to?: Moment | undefined;
  readonly newestFirst?: boolean | undefined;
  readonly pageSize?: number | undefined;
}

export interface WatchEventsOptions extends WatchOptions {
  /** Only these types, such as `VmStarted`. */
  readonly types?: readonly string[] | undefined;
  /** A position: after it, 0 for the first event on; `now` (default): only what comes next. */
  readonly after?: bigint | number | "now" | undefined;
}

/** `client.history`. The parent of events is a VM, a host or a project by its whole name, or empty for the ledger. */
export class History {
  readonly #stub: Stub<typeof HistoryService>;
  readonly #caller: Caller;
  readonly #project: string | undefined;

  constructor(stub: Stub<typeof HistoryService>, caller: Caller, project: string | undefined) {
    this.#stub = stub;
    this.#caller = caller;
    this.#project = project;
  }

  /** Events, oldest first. */
  list(parent = "", options: ListEventsOptions = {}): Listing<Event, ListEventsResponse> {
    const { types = [], actor, after, to, newestFirst, pageSize = 1000 } = options;
    const request = {
      parent,
      eventTypes: [...types],
      pageSize,
      ...defined({
        actor,
        newestFirst,
        ...moment("after", after),
        ...moment("to", to),
      }),
    };
    return listing(this.#stub.listEvents, request, "events", callOptions(options));
  }

  /** Events as they are committed, each once and in order, over every interruption. */
  watch(parent = "", options: WatchEventsOptions = {}): Watch<Event> {
    const { types = [], after = "now" } = options;
    const request = {
      parent,
      eventTypes: [...types],
      ...(after === "now" ? { fromNow: true } : { afterPosition: BigInt(after) }),
      maxBatchSize: BATCH,
    };
    return watch(this.#caller, HistoryService.method.watchEvents, request, options, events);
  }

  /** A VM's life, step by step, with its state before and after each. A destroyed VM's, too. */
  replay(vm: string, options: ListOptions = {}): Listing<ReplayStep, ReplayVmResponse> {
    const { at, pageSize = 1000 } = options;
    const request = { name: vmName(vm, this.#project), pageSize, ...readAt({ at }) };
    return listing(this.#stub.replayVm, request, "steps", callOptions(options));
  }

  /** The event at a position, once its inclusion proof has been checked here. Throws NotProven. */
  async prove(position: bigint | number, options: RequestOptions = {}): Promise<StoredEvent> {
    return checkInclusion(await this.#stub.proveEvent({ position: BigInt(position) }, callOptions(options)));
  }

  /** The seal over a position; by default, the last. `checkSeal` checks one. */
  seal(position: bigint | number = 0, options: RequestOptions = {}): Promise<Seal> {
    return this.#stub.getSeal({ position: BigInt(position) }, callOptions(options));
  }

  /** Has the server walk the chain of seals and every event under it. May take minutes: give it a `timeoutMs`. */
  verify(options: RequestOptions = {}): Promise<VerifyLedgerResponse> {
    return this.#stub.verifyLedger({}, callOptions(options));
  }
}

/** The type of an event, as filters take it: `VmStarted`. Empty of one that a newer server has. */
export function eventType({ payload }: Event): string {
  return payload.value ? lastPart(payload.value.$typeName.replaceAll(".", "/")) : "";
}

function moment<Name extends "after" | "to">(name: Name, at: Moment | undefined) {
  if (at === undefined) return {};
  return at instanceof Date
    ? { [`${name}Time`]: timestampFromDate(at) }
    : { [`${name}Position`]: BigInt(at) };
}

function events({ message }: WatchEventsResponse) {
  const found =
    message.case === "event" ? [message.value] : message.case === "events" ? message.value.events : [];
  return found.map((item) => ({ position: item.position, item }));
}
