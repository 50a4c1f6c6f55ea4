/** The client without a transport of its own: for browsers, where one of `@connectrpc/connect-web` is given. */

import { Client, type TransportOptions } from "./client.js";

/** A client that calls through a Connect transport, or several. Nothing is sent before the first call. */
export function connect(options: TransportOptions): Client {
  return new Client(options);
}

export { type CallOptions, Code } from "@connectrpc/connect";
export type { Access, ExplainOptions } from "./access.js";
export type { TokenSource } from "./caller.js";
export { Client, type ClientOptions, type TransportOptions } from "./client.js";
export * from "./errors.js";
export type { Event } from "./gen/chronovisor/events/v1/event_pb.js";
export type { ExplainAccessResponse, Role, WhoAmIResponse } from "./gen/chronovisor/v1/access_service_pb.js";
export { type Host, HostState } from "./gen/chronovisor/v1/host_pb.js";
export {
  type Network,
  NetworkKind,
  type SecurityGroup,
  type SecurityRule,
} from "./gen/chronovisor/v1/network_pb.js";
export type { HeldAddress } from "./gen/chronovisor/v1/network_service_pb.js";
export type { Project } from "./gen/chronovisor/v1/project_pb.js";
export type { ServiceAccount, ServiceAccountToken } from "./gen/chronovisor/v1/service_account_pb.js";
export type { Utilization } from "./gen/chronovisor/v1/utilization_service_pb.js";
export { type Vm, VmState } from "./gen/chronovisor/v1/vm_pb.js";
export type { Operation } from "./gen/google/longrunning/operations_pb.js";
export { eventType, type History, type ListEventsOptions, type WatchEventsOptions } from "./history.js";
export type { Hosts, Projects } from "./hosts.js";
export { hostName, lastPart, operationName, projectName, vmName } from "./names.js";
export type { Networks } from "./networks.js";
export { Command, metadataOf, resultOf, vmOf, type WaitOptions } from "./operations.js";
export type {
  ChangeOptions,
  EtagOptions,
  ListOptions,
  Moment,
  ReadOptions,
  RequestOptions,
  VmDefinition,
} from "./options.js";
export { Listing, type ListMethod, listing } from "./pages.js";
export { DEFAULT_RETRY, type RetryPolicy } from "./retry.js";
export type { ServiceAccounts } from "./service_accounts.js";
export { stub } from "./stubs.js";
export type { Totals, UsageOptions, WatchUtilizationOptions } from "./utilization.js";
export { checkInclusion, checkSeal, NotProven, type StoredEvent, storedEvent } from "./verify.js";
export type { CreateVmOptions, ListVmsOptions, Vms, WatchVmsOptions } from "./vms.js";
export { Watch, type WatchMethod, type WatchOptions, type WatchStatus } from "./watch.js";
