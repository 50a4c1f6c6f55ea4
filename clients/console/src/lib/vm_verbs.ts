/** What can be done to a VM: one row a verb, with its permission, its fields, its call and its command line. */

import type { Vm } from "@chronovisor/client";
import { words } from "../words.js";
import { client } from "./client.js";
import { projectOf } from "./format.js";
import { labelValues, labelVerb } from "./label_verb.js";
import { amount, isOn, none, root, seconds, text, type Values, type Verb, whole } from "./verbs.js";

const w = words.verbs;
const RUNS = ["RUNNING", "PAUSED", "REBOOTING", "MIGRATING", "STARTING"];
/** As the command line has them. */
const MAINTENANCE = ["live", "live", "restart", "stop"];
const RESTART = ["never", "never", "host-failed", "always"];
const vms = client.stubs.vms;

export const VM_VERBS: readonly Verb[] = [
  {
    id: "start",
    title: w.names.start,
    permission: "vms.start",
    on: projectOf,
    states: ["STOPPED", "FAILED"],
    run: (change) => vms.startVm(change),
    command: (name) => [["vm", "start", name], {}],
  },
  {
    id: "stop",
    title: w.names.stop,
    permission: "vms.stop",
    on: projectOf,
    states: [...RUNS, "FAILED"],
    fields: [{ id: "grace", label: w.grace, kind: "number", initial: "60" }],
    run: (change, values) => vms.stopVm({ ...change, gracePeriod: seconds(values, "grace") }),
    command: (name, values) => [["vm", "stop", name], { grace: `${text(values, "grace") || "0"}s` }],
  },
  {
    id: "reboot",
    title: w.names.reboot,
    permission: "vms.reboot",
    on: projectOf,
    states: ["RUNNING"],
    fields: [{ id: "force", label: w.force, kind: "check" }],
    run: (change, values) => vms.rebootVm({ ...change, force: isOn(values, "force") }),
    command: (name, values) => [["vm", "reboot", name], { force: isOn(values, "force") }],
  },
  {
    id: "pause",
    title: w.names.pause,
    permission: "vms.pause",
    on: projectOf,
    states: ["RUNNING"],
    run: (change) => vms.pauseVm(change),
    command: (name) => [["vm", "pause", name], {}],
  },
  {
    id: "resume",
    title: w.names.resume,
    permission: "vms.resume",
    on: projectOf,
    states: ["PAUSED"],
    run: (change) => vms.resumeVm(change),
    command: (name) => [["vm", "resume", name], {}],
  },
  {
    id: "migrate",
    title: w.names.migrate,
    permission: "vms.migrate",
    on: root,
    states: ["RUNNING", "PAUSED"],
    fields: [{ id: "to", label: w.destination, help: w.destinationHelp, kind: "text" }],
    run: (change, values) =>
      vms.migrateVm({ ...change, destinationHost: whole("hosts", text(values, "to")) }),
    command: (name, values) => [["vm", "migrate", name], { to: text(values, "to") }],
  },
  labelVerb({ noun: "vm", permission: "vms.update", on: projectOf }, (vm, change) =>
    vms.updateVm({ ...change, vm }),
  ),
  {
    id: "size",
    title: w.names.size,
    permission: "vms.update",
    on: projectOf,
    fields: [
      { id: "vcpus", label: w.create.vcpus, kind: "number" },
      { id: "memory", label: w.create.memory, kind: "number" },
      { id: "disk", label: w.growDisk, kind: "number" },
    ],
    run: ({ name, ...change }, values) => {
      const resources = {
        vcpus: amount(values, "vcpus"),
        memoryMib: amount(values, "memory"),
        diskGib: amount(values, "disk"),
      };
      const paths = ["vcpus", "memory_mib", "disk_gib"].map((each) => `spec.resources.${each}`);
      return none(vms.updateVm({ ...change, vm: { name, spec: { resources } }, updateMask: { paths } }));
    },
    command: (name, values) => [
      ["vm", "update", name],
      {
        vcpus: text(values, "vcpus"),
        memory: `${text(values, "memory")}MiB`,
        disk: `${text(values, "disk")}GiB`,
      },
    ],
  },
  {
    id: "availability",
    title: w.names.availability,
    permission: "vms.update",
    on: projectOf,
    fields: [
      { id: "maintenance", label: words.vm.facts.maintenance, kind: "choice", choices: w.maintenance },
      { id: "restart", label: words.vm.facts.restart, kind: "choice", choices: w.restart },
      { id: "attempts", label: w.attempts, kind: "number", required: true },
      { id: "priority", label: w.priority, kind: "text", required: true },
    ],
    run: ({ name, ...change }, values) => {
      const restart = {
        when: Number(text(values, "restart")),
        maxAttempts: Number(amount(values, "attempts")),
        priority: Number(text(values, "priority")) || 0,
      };
      const availability = { onMaintenance: Number(text(values, "maintenance")), restart };
      const paths = ["on_maintenance", "restart.when", "restart.max_attempts", "restart.priority"];
      const updateMask = { paths: paths.map((each) => `availability.${each}`) };
      return none(vms.updateVm({ ...change, vm: { name, availability }, updateMask }));
    },
    command: (name, values) => [
      ["vm", "update", name],
      {
        "on-maintenance": MAINTENANCE[Number(text(values, "maintenance"))] ?? "",
        restart: RESTART[Number(text(values, "restart"))] ?? "",
        "restart-attempts": text(values, "attempts"),
        "restart-priority": text(values, "priority"),
      },
    ],
  },
  {
    id: "destroy",
    title: w.names.destroy,
    permission: "vms.delete",
    on: projectOf,
    states: [...RUNS, "STOPPED", "STOPPING", "FAILED", "UNKNOWN", "PENDING"],
    danger: w.danger.destroy,
    run: (change) => vms.deleteVm(change),
    command: (name) => [["vm", "destroy", name], { yes: true }],
  },
];

/** What the fields of its verbs have before anybody types. */
export function vmValues(vm: Vm): Values {
  const resources = vm.spec?.resources;
  const { onMaintenance, restart } = vm.availability ?? {};
  return {
    ...labelValues(vm),
    vcpus: String(resources?.vcpus ?? 0n),
    memory: String(resources?.memoryMib ?? 0n),
    disk: String(resources?.diskGib ?? 0n),
    maintenance: String(onMaintenance || 1),
    restart: String(restart?.when || 1),
    attempts: String(restart?.maxAttempts || 3),
    priority: String(restart?.priority ?? 0),
  };
}
