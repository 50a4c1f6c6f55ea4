/** What can be done to many VMs at once, all or none: the names are among the values, and each has its own operation. */

import { words } from "../words.js";
import { client } from "./client.js";
import { type Answer, seconds, words as split, text, type Values, type Verb } from "./verbs.js";

const w = words.verbs;
const vms = client.stubs.vms;
/** As BatchStartVms and the others take. */
export const MOST_AT_ONCE = 1000;
export const ALL_PROJECTS = "projects/-";

/** What the verbs are given of the VMs that were chosen. */
export function batchValues(names: readonly string[]): Values {
  return { names: names.join("\n") };
}

const namesOf = (values: Values) => split(values, "names").map((name) => ({ name }));
/** Of VMs of several projects, whoever may do it in all of them. */
const on = (parent: string) => (parent === ALL_PROJECTS ? "/" : parent);
const line = (verb: string, values: Values) => ["vm", verb, ...split(values, "names")];

interface Items {
  readonly items: readonly { readonly operation: string }[];
}

export async function answerOf(done: PromiseLike<Items>): Promise<Answer> {
  const { items } = await done;
  return { operations: items.map((each) => each.operation).filter(Boolean) };
}

/** By the name of the VMs' project, or `projects/-`. */
export const BATCH_VERBS: readonly Verb[] = [
  {
    id: "batchStart",
    title: w.names.start,
    permission: "vms.start",
    on,
    run: ({ name: parent, ...change }, values) =>
      answerOf(vms.batchStartVms({ ...change, parent, requests: namesOf(values) })),
    command: (_, values) => [line("start", values), {}],
  },
  {
    id: "batchStop",
    title: w.names.stop,
    permission: "vms.stop",
    on,
    fields: [{ id: "grace", label: w.grace, kind: "number", initial: "60" }],
    run: ({ name: parent, ...change }, values) => {
      const gracePeriod = seconds(values, "grace");
      const requests = namesOf(values).map((each) => ({ ...each, gracePeriod }));
      return answerOf(vms.batchStopVms({ ...change, parent, requests }));
    },
    command: (_, values) => [line("stop", values), { grace: `${text(values, "grace") || "0"}s` }],
  },
  {
    id: "batchDestroy",
    title: w.names.destroy,
    permission: "vms.delete",
    on,
    danger: w.danger.destroyMany,
    run: ({ name: parent, ...change }, values) =>
      answerOf(vms.batchDeleteVms({ ...change, parent, requests: namesOf(values) })),
    command: (_, values) => [line("destroy", values), { yes: true }],
  },
];
