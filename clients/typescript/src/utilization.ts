/** Calls about totals and usage, by short names. */

import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Client as Stub } from "@connectrpc/connect";
import type { Caller } from "./caller.js";
import {
  type GetUsageResponse,
  type ListUtilizationResponse,
  type Usage,
  type Utilization,
  UtilizationService,
  type WatchUtilizationResponse,
} from "./gen/chronovisor/v1/utilization_service_pb.js";
import {
  callOptions,
  defined,
  type ListOptions,
  type Moment,
  type ReadOptions,
  type RequestOptions,
  readAt,
} from "./options.js";
import { type Listing, listing } from "./pages.js";
import { duration } from "./times.js";
import { type Watch, type WatchOptions, watch } from "./watch.js";

export interface WatchUtilizationOptions extends WatchOptions {
  /** All by default. */
  readonly resourceClasses?: readonly string[] | undefined;
  /** Only changes of some eta by this much, 0 to 1. */
  readonly minimumChange?: number | undefined;
  /** At most one in this time. */
  readonly minimumIntervalMs?: number | undefined;
  /** Resume after a position. */
  readonly after?: bigint | number | undefined;
  /** Begin with the totals of that past position or time, and all changes since. */
  readonly from?: Moment | undefined;
  /** Of the past, the last change in each step of so much time. */
  readonly stepMs?: number | undefined;
}

export interface UsageOptions extends RequestOptions {
  /** `fleet` (default), `projects/{project}` or `projects/{project}/vms/{vm}`. */
  readonly scope?: string | undefined;
  /** Included. */
  readonly start: Date;
  /** Excluded. Not in the future. */
  readonly end: Date;
  /** `projects`, `vms` or `labels.KEY`. By default, one row for all. */
  readonly groupBy?: string | undefined;
  readonly pageSize?: number | undefined;
}

/** `client.utilization`. Scopes are `fleet`, `hosts/{host}`, `zones/{zone}` or `projects/{project}`. */
export class Totals {
  readonly #stub: Stub<typeof UtilizationService>;
  readonly #caller: Caller;

  constructor(stub: Stub<typeof UtilizationService>, caller: Caller) {
    this.#stub = stub;
    this.#caller = caller;
  }

  get(
    scope = "fleet",
    options: ReadOptions & { readonly selector?: string | undefined } = {},
  ): Promise<Utilization> {
    const request = { scope, ...readAt(options), ...defined({ selector: options.selector }) };
    return this.#stub.getUtilization(request, callOptions(options));
  }

  list(
    groupBy: "hosts" | "zones" | "projects",
    options: ListOptions = {},
  ): Listing<Utilization, ListUtilizationResponse> {
    const { pageSize = 1000 } = options;
    const request = { groupBy, pageSize, ...readAt(options) };
    return listing(this.#stub.listUtilization, request, "utilizations", callOptions(options));
  }

  /** The totals of a scope as they are, and as they change. */
  watch(scope = "fleet", options: WatchUtilizationOptions = {}): Watch<Utilization> {
    const { resourceClasses = [], minimumChange, minimumIntervalMs, after, from, stepMs } = options;
    const request = {
      scope,
      resourceClasses: [...resourceClasses],
      ...defined({
        minimumChange,
        afterPosition: after === undefined ? undefined : BigInt(after),
        minimumInterval: minimumIntervalMs === undefined ? undefined : duration(minimumIntervalMs),
        fromPosition: from === undefined || from instanceof Date ? undefined : BigInt(from),
        fromTime: from instanceof Date ? timestampFromDate(from) : undefined,
        step: stepMs === undefined ? undefined : duration(stepMs),
      }),
    };
    return watch(this.#caller, UtilizationService.method.watchUtilization, request, options, totals);
  }

  /** Exact integrals over a window: unit-seconds of each class. */
  usage(options: UsageOptions): Listing<Usage, GetUsageResponse> {
    const { scope, start, end, groupBy, pageSize = 1000 } = options;
    const request = {
      startTime: timestampFromDate(start),
      endTime: timestampFromDate(end),
      pageSize,
      ...defined({ scope, groupBy }),
    };
    return listing(this.#stub.getUsage, request, "usages", callOptions(options));
  }
}

function totals({ message }: WatchUtilizationResponse) {
  return message.case === "utilization" ? [{ position: message.value.position, item: message.value }] : [];
}
