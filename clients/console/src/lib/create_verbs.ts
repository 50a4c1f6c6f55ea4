/** VMs that are made anew, one or several alike: as a row of `verbs`, by the name of what they are made in. */

import { VmSchema } from "@chronovisor/gen/chronovisor/v1/vm_pb.js";
import { words } from "../words.js";
import { answerOf } from "./batch_verbs.js";
import { client } from "./client.js";
import { inputs, messageOf } from "./form_rows.js";
import { vmIn } from "./names_in.js";
import { amount, isOn, text, type Values, type Verb } from "./verbs.js";
import { booted, createWords, VM_ROWS } from "./vm_rows.js";

const w = words.verbs.create;
const { vms } = client.stubs;

/** Its name is `projects/PROJECT`; of its own id there is a field. */
export const CREATE_VM: Verb = {
  id: "createVm",
  title: w.vm,
  permission: "vms.create",
  on: (project) => project,
  fields: [
    { id: "project", label: w.projectField, kind: "text", required: true, of: "parent" },
    { id: "id", label: w.id, help: w.idHelp, kind: "text", required: true, of: "vm_id" },
    { id: "count", label: w.count, help: w.countHelp, kind: "number", initial: "1" },
    ...inputs(VmSchema, "vm", VM_ROWS),
    { id: "start", label: w.start, kind: "check", initial: true },
  ],
  run: async ({ name: _, ...change }, values) => {
    const parent = `projects/${text(values, "project")}`;
    const vm = await vmIn(parent, messageOf(VmSchema, VM_ROWS, booted(values)));
    const requests = vmIds(values).map((vmId) => ({ parent, vmId, vm, start: isOn(values, "start") }));
    const [only] = requests;
    return requests.length === 1 && only
      ? vms.createVm({ ...change, ...only })
      : answerOf(vms.batchCreateVms({ ...change, parent, requests }));
  },
  command: (_, values) => [
    ["vm", "create", ...createdVms(values), ...createWords(values)],
    { start: isOn(values, "start") },
  ],
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
