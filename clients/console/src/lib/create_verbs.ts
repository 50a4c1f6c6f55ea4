/** What is made anew: VMs and projects. Rows as those of `verbs`, by the name of what they are made in. */

import { create } from "@bufbuild/protobuf";
import { VmSchema } from "@chronovisor/gen/chronovisor/v1/vm_pb.js";
import { words } from "../words.js";
import { answerOf } from "./batch_verbs.js";
import { client } from "./client.js";
import { labelWords, pairs } from "./label_text.js";
import { amount, isOn, none, root, text, type Values, type Verb } from "./verbs.js";

const w = words.verbs.create;
const { vms } = client.stubs;

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
    { id: "count", label: w.count, help: w.countHelp, kind: "number", initial: "1" },
    { id: "vcpus", label: w.vcpus, kind: "number", initial: "2" },
    { id: "memory", label: w.memory, kind: "number", initial: "4096" },
    { id: "disk", label: w.disk, kind: "number", initial: "20" },
    { id: "image", label: w.image, help: w.imageHelp, kind: "text", initial: "debian-12.qcow2" },
    { id: "labels", label: w.labels, help: w.labelsHelp, kind: "text" },
    { id: "require", label: w.require, help: w.requireHelp, kind: "text" },
    { id: "start", label: w.start, kind: "check", initial: true },
  ],
  run: ({ name: _, ...change }, values) => {
    const parent = `projects/${text(values, "project")}`;
    const requests = vmIds(values).map((vmId) => ({
      parent,
      vmId,
      vm: vmOf(values),
      start: isOn(values, "start"),
    }));
    const [only] = requests;
    return requests.length === 1 && only
      ? vms.createVm({ ...change, ...only })
      : answerOf(vms.batchCreateVms({ ...change, parent, requests }));
  },
  command: (_, values) => [
    ["vm", "create", ...createdVms(values), ...labelWords(text(values, "labels"))],
    {
      vcpus: text(values, "vcpus"),
      memory: `${text(values, "memory")}MiB`,
      disk: `${text(values, "disk")}GiB`,
      image: text(values, "image"),
      require: text(values, "require"),
      start: isOn(values, "start"),
    },
  ],
};

export const CREATE_PROJECT: Verb = {
  id: "createProject",
  title: w.project,
  permission: "projects.create",
  on: root,
  fields: [
    { id: "id", label: w.id, help: w.idHelp, kind: "text", required: true },
    { id: "title", label: w.display, kind: "text" },
  ],
  run: ({ name: _, ...change }, values) =>
    none(
      client.stubs.projects.createProject({
        ...change,
        projectId: text(values, "id"),
        project: { displayName: text(values, "title") },
      }),
    ),
  command: (_, values) => [["project", "create", text(values, "id")], { title: text(values, "title") }],
};

/** `web`, or of several `web-1`, `web-2` and so on. */
function vmIds(values: Values): string[] {
  const vmId = text(values, "id");
  const count = Number(amount(values, "count"));
  return count > 1 ? Array.from({ length: count }, (_, place) => `${vmId}-${place + 1}`) : [vmId];
}

/** The VMs that a form is about, once they are there. */
export function createdVms(values: Values): string[] {
  return vmIds(values).map((each) => `projects/${text(values, "project")}/vms/${each}`);
}
