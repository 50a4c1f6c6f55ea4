/** What can be done to an operation: it is given up. Google's service has neither a check of that nor a reason. */

import { words } from "../words.js";
import { client } from "./client.js";
import { none, type Verb } from "./verbs.js";

const w = words.operations;
/** What CancelOperation can give up: it is offered in this state alone. */
const CANCELLABLE = new Set(["MigrateVm", "DrainHost", "FenceHost", "RunRebalance"]);

export function isCancellable(verb: string): boolean {
  return CANCELLABLE.has(verb);
}

/** The permission is required on its target's project, or on `/`. */
export function cancelVerb(on: string): Verb {
  return {
    id: "cancelOperation",
    title: w.cancel,
    permission: "operations.cancel",
    on: () => on,
    withoutReason: true,
    unchecked: w.cancelUnchecked,
    danger: w.cancelDanger,
    run: ({ name }) => none(client.stubs.operations.cancelOperation({ name })),
    command: (name) => [["operation", "cancel", name], {}],
  };
}
