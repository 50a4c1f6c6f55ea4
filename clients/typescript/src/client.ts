/** A client of one control plane: its services by short names, and as typed stubs. */

import type {
  DescMessage,
  DescMethodStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { CallOptions, Client as Stub, Transport } from "@connectrpc/connect";
import { Access } from "./access.js";
import { Caller, type TokenSource } from "./caller.js";
import { AccessService } from "./gen/chronovisor/v1/access_service_pb.js";
import { HistoryService } from "./gen/chronovisor/v1/history_service_pb.js";
import { HostService } from "./gen/chronovisor/v1/host_service_pb.js";
import { ImageService } from "./gen/chronovisor/v1/image_service_pb.js";
import { MetricsService } from "./gen/chronovisor/v1/metrics_service_pb.js";
import { NetworkService } from "./gen/chronovisor/v1/network_service_pb.js";
import { PrivacyService } from "./gen/chronovisor/v1/privacy_service_pb.js";
import { ProjectService } from "./gen/chronovisor/v1/project_service_pb.js";
import { ServiceAccountService } from "./gen/chronovisor/v1/service_account_service_pb.js";
import { UtilizationService } from "./gen/chronovisor/v1/utilization_service_pb.js";
import type { Vm } from "./gen/chronovisor/v1/vm_pb.js";
import { VmService } from "./gen/chronovisor/v1/vm_service_pb.js";
import { type Operation, Operations } from "./gen/google/longrunning/operations_pb.js";
import { History } from "./history.js";
import { Hosts, Projects } from "./hosts.js";
import { Networks } from "./networks.js";
import { vmOf, type WaitOptions, wait } from "./operations.js";
import { DEFAULT_RETRY, type RetryPolicy } from "./retry.js";
import { ServiceAccounts } from "./service_accounts.js";
import { stream, stub } from "./stubs.js";
import { Totals } from "./utilization.js";
import { Vms } from "./vms.js";
import { type Watch, type WatchMethod, type WatchOptions, watch } from "./watch.js";

export interface ClientOptions {
  /** Who calls, as `user:NAME` or `service:NAME`. Self-declared. */
  readonly actor?: string | undefined;
  /** Milliseconds for one call with all its attempts, where the call itself gives none: 10,000. Streams have no limit. */
  readonly timeoutMs?: number | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** Sent as `authorization: Bearer ...`; a function is called for each attempt. */
  readonly token?: TokenSource | undefined;
  /** The project of VMs that are given by their id alone. */
  readonly project?: string | undefined;
}

/** A transport of Connect that reaches a control plane; several are tried in their order. */
export interface TransportOptions extends ClientOptions {
  readonly transport: Transport | readonly Transport[];
}

/**
 * The services of one control plane.
 *
 * Every call carries the actor, has a deadline, gets a `requestId` where it changes something and has none, is tried again
 * while the server is UNAVAILABLE, and throws a ChronovisorError when it fails.
 */
export class Client {
  readonly vms: Vms;
  readonly hosts: Hosts;
  readonly projects: Projects;
  readonly serviceAccounts: ServiceAccounts;
  readonly networks: Networks;
  readonly access: Access;
  readonly utilization: Totals;
  readonly history: History;
  /** Every method with its own request: `client.stubs.vms.getVm({ name })`. */
  readonly stubs: {
    readonly access: Stub<typeof AccessService>;
    readonly vms: Stub<typeof VmService>;
    readonly hosts: Stub<typeof HostService>;
    readonly images: Stub<typeof ImageService>;
    readonly metrics: Stub<typeof MetricsService>;
    readonly privacy: Stub<typeof PrivacyService>;
    readonly projects: Stub<typeof ProjectService>;
    readonly serviceAccounts: Stub<typeof ServiceAccountService>;
    readonly networks: Stub<typeof NetworkService>;
    readonly utilization: Stub<typeof UtilizationService>;
    readonly history: Stub<typeof HistoryService>;
    readonly operations: Stub<typeof Operations>;
  };
  /** For stubs of other services, and libraries that take a Connect transport: with deadlines, retries and errors. */
  readonly transport: Transport;
  readonly #caller: Caller;
  readonly #close: () => void;

  /** Use `connect`. */
  constructor(options: TransportOptions, close: () => void = () => {}) {
    const { transport, actor, timeoutMs = 10_000, token, project } = options;
    if (actor !== undefined && !/^[\x20-\x7e]+$/.test(actor)) {
      throw new TypeError(`actor must be printable ASCII, such as user:alice, not ${JSON.stringify(actor)}`);
    }
    const transports: readonly Transport[] = "unary" in transport ? [transport] : transport;
    if (transports.length === 0) throw new TypeError("a client needs a server");
    const retry = { ...DEFAULT_RETRY, ...options.retry };
    this.#caller = new Caller({ transports, actor, timeoutMs, retry, token });
    this.#close = close;
    this.transport = this.#caller;
    this.stubs = {
      access: stub(AccessService, this.#caller),
      vms: stub(VmService, this.#caller),
      hosts: stub(HostService, this.#caller),
      images: stub(ImageService, this.#caller),
      metrics: stub(MetricsService, this.#caller),
      privacy: stub(PrivacyService, this.#caller),
      projects: stub(ProjectService, this.#caller),
      serviceAccounts: stub(ServiceAccountService, this.#caller),
      networks: stub(NetworkService, this.#caller),
      utilization: stub(UtilizationService, this.#caller),
      history: stub(HistoryService, this.#caller),
      operations: stub(Operations, this.#caller),
    };
    this.vms = new Vms(this.stubs.vms, this.stubs.operations, this.#caller, project);
    this.hosts = new Hosts(this.stubs.hosts);
    this.projects = new Projects(this.stubs.projects);
    this.serviceAccounts = new ServiceAccounts(this.stubs.serviceAccounts);
    this.networks = new Networks(this.stubs.networks);
    this.access = new Access(this.stubs.access);
    this.utilization = new Totals(this.stubs.utilization, this.#caller);
    this.history = new History(this.stubs.history, this.#caller, project);
  }

  /** Waits until an operation, or the one of that name, is done; gives its VM. Throws OperationFailed, WaitTimeout. */
  async wait(operation: Operation | string, options?: WaitOptions): Promise<Vm> {
    return vmOf(await wait(this.stubs.operations, operation, options));
  }

  /** As `wait`, of an operation of something else than a VM: see `resultOf`. */
  ended(operation: Operation | string, options?: WaitOptions): Promise<Operation> {
    return wait(this.stubs.operations, operation, options);
  }

  /** Any method, by its descriptor: `client.call(VmService.method.getVm, { name })`. */
  async call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options: CallOptions = {},
  ): Promise<MessageShape<O>> {
    const { signal, timeoutMs, headers, contextValues, onHeader, onTrailer } = options;
    const response = await this.#caller.unary(method, signal, timeoutMs, headers, request, contextValues);
    onHeader?.(response.header);
    onTrailer?.(response.trailer);
    return response.message;
  }

  /** Any streaming method, by its descriptor. Leaving the loop over it ends the call. */
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodStreaming<I, O>,
    requests: AsyncIterable<MessageInitShape<I>>,
    options?: CallOptions,
  ): AsyncIterableIterator<MessageShape<O>> {
    return stream(this.#caller, method, requests, options);
  }

  /** The messages of any watch method, by its descriptor, checkpoints too, over every interruption. */
  watch<I extends DescMessage, O extends DescMessage>(
    method: WatchMethod<I, O>,
    request: MessageInitShape<I>,
    options?: WatchOptions,
  ): Watch<MessageShape<O>> {
    return watch(this.#caller, method, request, options);
  }

  /** Ends the connections and every call on them: watches end as if they had been closed. */
  close(): void {
    this.#caller.close();
    this.#close();
  }
}
