/** A what-if as its form has it: the request, and the same for the terminal. */

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { WhatIfRequestSchema } from "@chronovisor/gen/chronovisor/v1/what_if_pb.js";
import { typed } from "./moment_text.js";
import { commandLine } from "./shell_words.js";

export interface WhatIfForm {
  readonly from: string;
  readonly to: string;
  readonly policy: string;
  readonly vcpus: string;
  readonly memory: string;
  readonly without: string;
  readonly add: string;
}

export const EMPTY: WhatIfForm = {
  from: "",
  to: "",
  policy: "",
  vcpus: "",
  memory: "",
  without: "",
  add: "",
};

const list = (text: string) => text.split(/[\s,]+/).filter(Boolean);
const MORE = /^(\d+)\s*x\s*([a-z0-9-]+)$/;

/** What is wrong with it: the names of the fields. */
export function flaws(form: WhatIfForm): (keyof WhatIfForm)[] {
  const found: (keyof WhatIfForm)[] = [];
  if (!typed(form.from)) found.push("from");
  if (!typed(form.to)) found.push("to");
  for (const each of ["vcpus", "memory"] as const) {
    if (form[each] && !(Number(form[each]) > 0)) found.push(each);
  }
  if (form.add && !MORE.test(form.add.trim())) found.push("add");
  return found;
}

export function requestOf(form: WhatIfForm): MessageInitShape<typeof WhatIfRequestSchema> {
  const from = typed(form.from) ?? {};
  const to = typed(form.to) ?? {};
  const more = MORE.exec(form.add.trim());
  return {
    ...(from.time ? { fromTime: from.time } : { fromPosition: from.position ?? 0n }),
    ...(to.time ? { toTime: to.time } : { toPosition: to.position ?? 0n }),
    placementPolicy: form.policy.trim(),
    allocationRatios: {
      ...(form.vcpus ? { vcpus: Number(form.vcpus) } : {}),
      ...(form.memory ? { memory_mib: Number(form.memory) } : {}),
    },
    withoutHosts: list(form.without).map((each) => (each.includes("/") ? each : `hosts/${each}`)),
    addHosts: more ? [{ count: Number(more[1]), like: `hosts/${more[2]}` }] : [],
    maxPoints: 300,
  };
}

export function commandOf(form: WhatIfForm): string {
  const more = MORE.exec(form.add.trim());
  const ratios = [form.vcpus && `vcpus=${form.vcpus}`, form.memory && `memory_mib=${form.memory}`].filter(
    Boolean,
  );
  const repeated = [
    ...ratios.flatMap((each) => ["--ratio", each]),
    ...list(form.without).flatMap((each) => ["--without-host", each]),
  ];
  return commandLine(["what-if", ...repeated], {
    from: form.from,
    to: form.to,
    policy: form.policy,
    "add-hosts": more ? `${more[1]}x${more[2]}` : "",
  });
}
