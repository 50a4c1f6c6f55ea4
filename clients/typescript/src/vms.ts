/** Calls about VMs, by short names. */

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Client as Stub } from "@connectrpc/connect";
import type { Caller } from "./caller.js";
import { type Vm, VmSchema } from "./gen/chronovisor/v1/vm_pb.js";
import {
  type ListVmsResponse,
  type PlacementExplanation,
  type VmChange,
  VmService,
  type VmView,
  type WatchVmsResponse,
} from "./gen/chronovisor/v1/vm_service_pb.js";
import type { Operations } from "./gen/google/longrunning/operations_pb.js";
import { lastPart, projectName, vmName } from "./names.js";
import { Command } from "./operations.js";
import {
  type ChangeOptions,
  callOptions,
  change,
  defined,
  type EtagOptions,
  type ListOptions,
  type ReadOptions,
  type RequestOptions,
  readAt,
  type VmDefinition,
  vmSpec,
} from "./options.js";
import { type Listing, listing } from "./pages.js";
import { duration } from "./times.js";
import { BATCH, type Watch, type WatchOptions, watch } from "./watch.js";

export interface CreateVmOptions extends ChangeOptions {
  /** Start it in the same append: it is created and placed, or neither. */
  readonly start?: boolean | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** How long it is expected to run from a start on: a hint for placement. */
  readonly expectedLifetimeMs?: number | undefined;
}

export interface ListVmsOptions extends ListOptions {
  /** AIP-160 subset, such as `state = "RUNNING" AND labels.tier = "web"`. */
  readonly filter?: string | undefined;
  /** `name` (default) or `create_time`, with ` desc` to reverse. */
  readonly orderBy?: string | undefined;
  /** Include DELETED VMs. */
  readonly showDeleted?: boolean | undefined;
  readonly view?: VmView | undefined;
}

export interface WatchVmsOptions extends WatchOptions {
  /** As in `list`. A VM that matched and does no more is given once, as `gone`. */
  readonly filter?: string | undefined;
  /** 0 (default): begin with all VMs as they are; a position: after it; `now`: only what comes next. */
  readonly after?: bigint | number | "now" | undefined;
}

/** `client.vms`. VMs are named `project/vm`, by their whole name, or by an id or uid in the client's own project. */
export class Vms {
  readonly #stub: Stub<typeof VmService>;
  readonly #operations: Stub<typeof Operations>;
  readonly #caller: Caller;
  readonly #project: string | undefined;

  constructor(
    stub: Stub<typeof VmService>,
    operations: Stub<typeof Operations>,
    caller: Caller,
    project: string | undefined,
  ) {
    this.#stub = stub;
    this.#operations = operations;
    this.#caller = caller;
    this.#project = project;
  }

  /** Records a VM's definition, in few words or as a whole message; with `start`, starts it in the same append. */
  create(
    name: string,
    definition: VmDefinition | MessageInitShape<typeof VmSchema>,
    options: CreateVmOptions = {},
  ): Command {
    const whole = this.#name(name);
    const { labels, expectedLifetimeMs, start } = options;
    const vm = create(
      VmSchema,
      "vcpus" in definition
        ? { spec: vmSpec(definition) }
        : (definition as MessageInitShape<typeof VmSchema>),
    );
    const request = {
      parent: whole.slice(0, whole.indexOf("/vms/")),
      vmId: lastPart(whole),
      vm: {
        ...vm,
        ...(labels ? { labels: { ...labels } } : {}),
        ...(expectedLifetimeMs === undefined ? {} : { expectedLifetime: duration(expectedLifetimeMs) }),
      },
      ...defined({ start }),
      ...change(options),
    };
    return this.#command(this.#stub.createVm(request, callOptions(options)));
  }

  get(name: string, options: ReadOptions = {}): Promise<Vm> {
    return this.#stub.getVm({ name: this.#name(name), ...readAt(options) }, callOptions(options));
  }

  /** The VMs of a project, or of all by default. */
  list(project: string = this.#project ?? "-", options: ListVmsOptions = {}): Listing<Vm, ListVmsResponse> {
    const { filter, orderBy, showDeleted, view, pageSize = 1000 } = options;
    const request = {
      parent: projectName(project),
      ...readAt(options),
      ...defined({ filter, orderBy, showDeleted, view, pageSize }),
    };
    return listing(this.#stub.listVms, request, "vms", callOptions(options));
  }

  /** Changes the fields that the mask names, such as `labels` or `spec.resources.vcpus`. */
  update(
    name: string,
    changes: MessageInitShape<typeof VmSchema>,
    mask: readonly string[],
    options: EtagOptions = {},
  ): Command {
    const vm = { ...create(VmSchema, changes), name: this.#name(name), ...defined({ etag: options.etag }) };
    return this.#command(
      this.#stub.updateVm({ vm, updateMask: { paths: [...mask] }, ...change(options) }, callOptions(options)),
    );
  }

  /** Places the VM and starts it. On a RUNNING VM, a success that changes nothing. */
  start(name: string, options: EtagOptions = {}): Command {
    return this.#command(this.#stub.startVm(this.#target(name, options), callOptions(options)));
  }

  /** Stops the VM. Its guest has `gracePeriodMs` to power off by itself: 60 s by default, 0 forces it at once. */
  stop(name: string, options: EtagOptions & { readonly gracePeriodMs?: number | undefined } = {}): Command {
    const { gracePeriodMs } = options;
    const request = {
      ...this.#target(name, options),
      ...(gracePeriodMs === undefined ? {} : { gracePeriod: duration(gracePeriodMs) }),
    };
    return this.#command(this.#stub.stopVm(request, callOptions(options)));
  }

  /** Restarts the guest in place; with `force`, resets it at once. */
  reboot(name: string, options: EtagOptions & { readonly force?: boolean | undefined } = {}): Command {
    const request = { ...this.#target(name, options), ...defined({ force: options.force }) };
    return this.#command(this.#stub.rebootVm(request, callOptions(options)));
  }

  /** Freezes the guest's CPUs; it keeps all it holds. */
  pause(name: string, options: EtagOptions = {}): Command {
    return this.#command(this.#stub.pauseVm(this.#target(name, options), callOptions(options)));
  }

  /** Lets a PAUSED guest go on. */
  resume(name: string, options: EtagOptions = {}): Command {
    return this.#command(this.#stub.resumeVm(this.#target(name, options), callOptions(options)));
  }

  /** Destroys the VM in whatever state it is, and its disk with it. Its history stays. */
  delete(name: string, options: EtagOptions = {}): Command {
    return this.#command(this.#stub.deleteVm(this.#target(name, options), callOptions(options)));
  }

  /** Why the VM is where it is: its last placement, as it was recorded then. */
  async explain(name: string, options: RequestOptions = {}): Promise<PlacementExplanation | undefined> {
    const subject = { case: "name", value: this.#name(name) } as const;
    return (await this.#stub.explainPlacement({ subject }, callOptions(options))).explanation;
  }

  /** VMs as they are and as they change: what `list` gives, kept up. One that is `gone` is to be dropped. */
  watch(project: string = this.#project ?? "-", options: WatchVmsOptions = {}): Watch<VmChange> {
    const { filter, after = 0 } = options;
    const request = {
      parent: projectName(project),
      ...defined({ filter }),
      ...(after === "now" ? { fromNow: true } : { afterPosition: BigInt(after) }),
      maxBatchSize: BATCH,
    };
    return watch(this.#caller, VmService.method.watchVms, request, options, changes);
  }

  #name(given: string): string {
    return vmName(given, this.#project);
  }

  #target(name: string, options: EtagOptions) {
    return { name: this.#name(name), ...defined({ etag: options.etag }), ...change(options) };
  }

  #command(accepted: ReturnType<Stub<typeof VmService>["startVm"]>): Command {
    return new Command(this.#operations, accepted);
  }
}

function changes({ message }: WatchVmsResponse) {
  const found =
    message.case === "change" ? [message.value] : message.case === "changes" ? message.value.changes : [];
  return found.map((item) => ({ position: item.position, item }));
}
