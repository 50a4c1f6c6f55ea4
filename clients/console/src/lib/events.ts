/** Events in half a sentence each, and what marks them on the slider. Looks nothing up. */

import { type Event, eventType } from "@chronovisor/client";
import { counted } from "../words.js";
import { quantity } from "./format.js";

export { eventType };

/** What stands out on the slider: each kind has a colour and a shape of its own. */
export type Mark = "created" | "failed" | "migrated" | "removed" | "policy" | "refused";

const MARKS: Readonly<Record<string, Mark>> = {
  VmCreated: "created",
  HostRegistered: "created",
  ProjectCreated: "created",
  VmStartFailed: "failed",
  VmStepFailed: "failed",
  VmDeadlinePassed: "failed",
  VmHostLost: "failed",
  HostLost: "failed",
  HostFenced: "failed",
  HostFenceFailed: "failed",
  VmMigrated: "migrated",
  VmRehomed: "migrated",
  VmDeleted: "removed",
  HostDecommissioned: "removed",
  ProjectDeleted: "removed",
  ProjectUpdated: "policy",
  AccessPolicySet: "policy",
  RoleDefined: "policy",
  RoleDeleted: "policy",
  HostCordoned: "policy",
  HostUncordoned: "policy",
  HostDrainRequested: "policy",
  HostUpdated: "policy",
  LedgerAccepted: "policy",
  HistoryForked: "policy",
};

export function markOf(event: Event): Mark | undefined {
  return MARKS[eventType(event)];
}

/** What is recorded beside what happened: nobody steps to it. */
const SILENT = new Set([
  "BatchSealed",
  "RequestAccepted",
  "SnapshotTaken",
  "CapacityHeld",
  "CapacityReleased",
]);

export function isSilent(event: Event): boolean {
  return SILENT.has(eventType(event));
}

interface Amount {
  readonly vcpus: bigint;
  readonly memoryMib: bigint;
  readonly diskGib: bigint;
  readonly extended: Readonly<Record<string, bigint>>;
}

/** `2 vCPUs, 4 GiB memory, 20 GiB disk`. */
export function amount(given: Amount | undefined): string {
  if (!given) return "";
  const parts = [
    given.vcpus ? `${given.vcpus} vCPU${given.vcpus === 1n ? "" : "s"}` : "",
    given.memoryMib ? `${quantity("memory_mib", given.memoryMib)} memory` : "",
    given.diskGib ? `${quantity("disk_gib", given.diskGib)} disk` : "",
    ...Object.entries(given.extended).map(([name, each]) =>
      name === "image_mib" ? `${quantity(name, each)} images` : `${each} ${name}`,
    ),
  ];
  return parts.filter(Boolean).join(", ");
}

const last = (name: string) => name.slice(name.lastIndexOf("/") + 1);
const then = (text: string, before = ": ") => (text ? before + text : "");

/** What happened, in half a sentence. */
export function sentence(event: Event): string {
  const { payload } = event;
  switch (payload.case) {
    case "vmCreated":
      return `created${then(amount(payload.value.spec?.resources))}`;
    case "vmStartRequested": {
      const { host, placement, held, restartAttempt } = payload.value;
      const of = placement?.hostsConsidered ? ` of ${counted(placement.hostsConsidered, "host")}` : "";
      const again = restartAttempt ? `, attempt ${restartAttempt} of a restart` : "";
      return `start requested on ${last(host)}${of}${again}${then(amount(held), ", holds ")}`;
    }
    case "vmStarted":
      return "running";
    case "vmStartFailed":
      return `start failed${then(payload.value.error)}`;
    case "vmStopped":
      return `stopped${then(amount(payload.value.released), ", freed ")}`;
    case "vmDeleted":
      return "destroyed";
    case "vmDeleteRequested":
      return "destroy requested";
    case "vmMigrateRequested":
      return `migration to ${last(payload.value.host)} requested`;
    case "vmDeadlinePassed":
      return `${payload.value.step} took too long${then(payload.value.error)}`;
    case "vmStepFailed":
      return `${payload.value.step} failed${then(payload.value.error)}`;
    case "vmHostLost":
      return "its host is lost: nobody knows what it is";
    case "hostRegistered":
      return `registered${then(payload.value.zone, " in ")}`;
    case "hostLost":
      return "lost: its agent's lease was missed";
    case "hostFenced":
      return `fenced${then(payload.value.detail)}`;
    case "hostFenceFailed":
      return `fencing failed${then(payload.value.error)}`;
    case "hostDrainRequested":
      return `drain requested, ${payload.value.vms} VMs to move`;
    case "capacityHeld":
      return `holds ${payload.value.holdings.map((each) => amount(each.amount)).join("; ")} more`;
    case "capacityReleased":
      return `freed ${payload.value.holdings.map((each) => amount(each.amount)).join("; ")}`;
    case "requestAccepted":
      return `${payload.value.method} accepted`;
    case "batchSealed":
      return `batch ${payload.value.batch} sealed over ${counted(payload.value.events, "event")}`;
    case "accessPolicySet":
      return `who may do what was set: ${counted(payload.value.bindings.length, "binding")}`;
    case "roleDefined":
      return `role ${last(payload.value.name)} defined`;
    case undefined:
      return "something that this version has no words for";
    default:
      return plainly(eventType(event));
  }
}

/** `VmStopRequested` as `stop requested`. */
export function plainly(type: string): string {
  const parts = type.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return parts.replace(/^(vm|host|project) /, "");
}

/** The name of what an event is of, where it is known. */
export function subjectOf(event: Event, names: Readonly<Record<string, string>>): string {
  return names[event.stream] ?? event.stream;
}
