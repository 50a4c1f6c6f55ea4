/** What can be done to a VM: one row a verb, with its permission, its fields, its call and its command line. */

import type { Vm } from "@chronovisor/client";
import { VmSchema } from "@chronovisor/gen/chronovisor/v1/vm_pb.js";
import { words } from "../words.js";
import { client } from "./client.js";
import { type Row, valuesOf } from "./form_rows.js";
import { projectOf } from "./format.js";
import { vmIn } from "./names_in.js";
import { updateVerb } from "./update_verb.js";
import { amount, isOn, root, seconds, text, type Values, type Verb, whole } from "./verbs.js";
import { AVAILABILITY, booted, LABELS, REST, SIZE, updateWords, VM_ROWS } from "./vm_rows.js";

const w = words.verbs;
const RUNS = ["RUNNING", "PAUSED", "REBOOTING", "MIGRATING", "STARTING"];
const vms = client.stubs.vms;

function changes(id: string, title: string, rows: readonly Row[]): Verb {
  return updateVerb({
    id,
    title,
    permission: "vms.update",
    on: projectOf,
    schema: VmSchema,
    noun: "vm",
    rows,
    meant: booted,
    words: updateWords,
    update: async (vm, change) => vms.updateVm({ ...change, vm: await vmIn(projectOf(vm.name ?? ""), vm) }),
  });
}

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
    fields: [
      { id: "to", label: w.destination, help: w.destinationHelp, kind: "text" },
      { id: "bandwidth", label: w.bandwidth, help: w.unlimited, kind: "number" },
      { id: "timeout", label: w.giveUpAfter, kind: "number", initial: "600" },
      { id: "converge", label: w.autoConverge, kind: "check" },
    ],
    run: (change, values) =>
      vms.migrateVm({
        ...change,
        destinationHost: whole("hosts", text(values, "to")),
        bandwidthMibS: amount(values, "bandwidth"),
        autoConverge: isOn(values, "converge"),
        ...(text(values, "timeout") && { timeout: seconds(values, "timeout") }),
      }),
    command: (name, values) => [
      ["vm", "migrate", name],
      {
        to: text(values, "to"),
        bandwidth: text(values, "bandwidth"),
        "give-up-after": text(values, "timeout") && `${text(values, "timeout")}s`,
        "auto-converge": isOn(values, "converge"),
      },
    ],
  },
  changes("labels", w.names.labels, [LABELS]),
  changes("size", w.names.size, SIZE),
  changes("availability", w.names.availability, AVAILABILITY),
  changes("change", w.names.change, REST),
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
  return valuesOf(VmSchema, VM_ROWS, vm);
}
