/** What is made anew: VMs and projects. Rows as those of `verbs`, by the name of what they are made in. */

import { create } from "@bufbuild/protobuf";
import { VmSchema } from "@chronovisor/gen/chronovisor/v1/vm_pb.js";
import { words } from "../words.js";
import { client } from "./client.js";
import { labelWords, pairs } from "./label_text.js";
import { amount, text, type Values, type Verb } from "./verbs.js";

const w = words.verbs.create;

function vmOf(values: Values) {
  const require = text(values, "require");
  return create(VmSchema, {
    labels: pairs(text(values, "labels")),
    spec: {
      resources: {
        vcpus: amount(values, "vcpus"),
        memoryMib: amount(values, "memory"),
        diskGib: amount(values, "disk"),
      },
      boot: { source: { case: "image", value: { image: text(values, "image") } } },
      ...(require ? { placement: { require } } : {}),
    },
  });
}

/** Its name is `projects/PROJECT`; of its own id there is a field. */
export const CREATE_VM: Verb = {
  id: "createVm",
  title: w.vm,
  permission: "vms.create",
  on: (project) => project,
  fields: [
    { id: "project", label: w.projectField, kind: "text", required: true },
    { id: "id", label: w.id, help: w.idHelp, kind: "text", required: true },
    { id: "vcpus", label: w.vcpus, kind: "number", initial: "2" },
    { id: "memory", label: w.memory, kind: "number", initial: "4096" },
    { id: "disk", label: w.disk, kind: "number", initial: "20" },
    { id: "image", label: w.image, help: w.imageHelp, kind: "text", initial: "debian-12.qcow2" },
    { id: "labels", label: w.labels, help: w.labelsHelp, kind: "text" },
    { id: "require", label: w.require, help: w.requireHelp, kind: "text" },
    { id: "start", label: w.start, kind: "check", initial: true },
  ],
  run: ({ validateOnly, reason, requestId }, values) =>
    client.stubs.vms.createVm({
      parent: `projects/${text(values, "project")}`,
      vmId: text(values, "id"),
      vm: vmOf(values),
      start: values["start"] === true,
      validateOnly,
      reason,
      requestId,
    }),
  command: (_, values) => [
    ["vm", "create", createdVm(values), ...labelWords(text(values, "labels"))],
    {
      vcpus: text(values, "vcpus"),
      memory: `${text(values, "memory")}MiB`,
      disk: `${text(values, "disk")}GiB`,
      image: text(values, "image"),
      require: text(values, "require"),
      start: values["start"] === true,
    },
  ],
};

export const CREATE_PROJECT: Verb = {
  id: "createProject",
  title: w.project,
  permission: "projects.create",
  on: () => "/",
  fields: [
    { id: "id", label: w.id, help: w.idHelp, kind: "text", required: true },
    { id: "title", label: w.display, kind: "text" },
  ],
  run: async ({ validateOnly, reason, requestId }, values) => {
    await client.stubs.projects.createProject({
      projectId: text(values, "id"),
      project: { displayName: text(values, "title") },
      validateOnly,
      reason,
      requestId,
    });
    return undefined;
  },
  command: (_, values) => [["project", "create", text(values, "id")], { title: text(values, "title") }],
};

/** The VM that a form is about, once it is there. */
export function createdVm(values: Values): string {
  return `projects/${text(values, "project")}/vms/${text(values, "id")}`;
}
