/** What can be done to a host: one row a verb, with its permission, its fields, its call and its command line. */

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Host } from "@chronovisor/client";
import { HostSchema } from "@chronovisor/gen/chronovisor/v1/host_pb.js";
import { words } from "../words.js";
import { client } from "./client.js";
import { valuesOf } from "./form_rows.js";
import { id } from "./format.js";
import { INVENTORY, LABELS, offered, offerText, offerWords } from "./host_rows.js";
import { updateVerb } from "./update_verb.js";
import {
  amount,
  type Change,
  type Field,
  isOn,
  none,
  root,
  text,
  type Values,
  type Verb,
  whole,
} from "./verbs.js";

const w = words.verbs;
const hosts = client.stubs.hosts;
/** Those whose terms can be changed here, by their names on the command line, with the units of what is reserved. */
const CLASSES = [
  { id: "vcpus", resourceClass: "vcpus", unit: "" },
  { id: "memory", resourceClass: "memory_mib", unit: "MiB" },
  { id: "disk", resourceClass: "disk_gib", unit: "GiB" },
] as const;
export const DEDICATED: Field = {
  id: "dedicated",
  label: words.join.dedicated,
  help: words.join.dedicatedHelp,
  kind: "text",
  of: "host.dedicated_project",
};
/** Options of the command line by the action. */
const RECONCILE = ["", "adopt", "stop", "assume-empty", "force"];
/** Actions that are about guests. */
const DECIDES = new Set([1, 2]);

const hasInput = (name: string, part: string) =>
  ["reserved", "allocationRatio"].includes(part) && CLASSES.some((each) => each.resourceClass === name);

/** Changes what is offered of it, if it is still what was read. */
async function changeTerms(name: string, change: Omit<Change, "name">, values: Values): Promise<void> {
  const offer = offered(values);
  const { inventory, etag } = await client.hosts.get(name);
  for (const { id, resourceClass } of CLASSES) {
    const row = {
      reserved: amount(values, `reserved-${id}`),
      allocationRatio: Number(text(values, `ratio-${id}`)),
    };
    if (inventory[resourceClass]) offer[resourceClass] = { ...offer[resourceClass], ...row };
  }
  await hosts.updateHost({
    ...change,
    host: { name, etag, inventory: offer as MessageInitShape<typeof HostSchema>["inventory"] & object },
    updateMask: { paths: ["inventory"] },
  });
}

/** The rack is a label: the others stay as they are. */
async function changePlace(name: string, change: Omit<Change, "name">, values: Values): Promise<void> {
  const { labels, etag } = await client.hosts.get(name);
  const { rack: _, ...others } = labels;
  const rack = text(values, "rack");
  await hosts.updateHost({
    ...change,
    host: {
      name,
      etag,
      labels: rack ? { ...others, rack } : others,
      zone: text(values, "zone"),
      dedicatedProject: whole("projects", text(values, "dedicated")),
    },
    updateMask: { paths: ["zone", "labels", "dedicated_project"] },
  });
}

/** The uid of a guest's VM, which may be given by its name; empty for all guests. */
async function uidOf(parent: string, guest: string): Promise<string> {
  if (!guest.includes("/")) return guest;
  const found = await hosts.listUnexpectedGuests({ parent, pageSize: 1000 });
  return found.unexpectedGuests.find((each) => each.vm === guest)?.vmUid ?? guest;
}

export const HOST_VERBS: readonly Verb[] = [
  {
    id: "cordon",
    title: w.names.cordon,
    permission: "hosts.cordon",
    on: root,
    states: ["ACTIVE"],
    run: (change) => none(hosts.cordonHost(change)),
    command: (name) => [["host", "cordon", name], {}],
  },
  {
    id: "uncordon",
    title: w.names.uncordon,
    permission: "hosts.uncordon",
    on: root,
    states: ["CORDONED", "MAINTENANCE", "DRAINING"],
    run: (change) => none(hosts.uncordonHost(change)),
    command: (name) => [["host", "uncordon", name], {}],
  },
  {
    id: "drain",
    title: w.names.drain,
    permission: "hosts.drain",
    on: root,
    states: ["ACTIVE", "CORDONED"],
    fields: [
      { id: "policy", label: w.policy, kind: "choice", initial: "0", choices: w.policies },
      { id: "parallel", label: w.maxParallel, kind: "number", initial: "2" },
      { id: "disks", label: w.moveDisks, kind: "check" },
    ],
    run: (change, values) =>
      hosts.drainHost({
        ...change,
        policy: Number(text(values, "policy")),
        maxParallel: Number(text(values, "parallel") || "0"),
        moveDisks: isOn(values, "disks"),
      }),
    command: (name, values) => [
      ["host", "drain", name],
      {
        policy: ["", "live", "restart", "stop"][Number(text(values, "policy"))] ?? "",
        parallel: text(values, "parallel"),
        "move-disks": isOn(values, "disks"),
      },
    ],
  },
  {
    id: "fence",
    title: w.names.fence,
    permission: "hosts.fence",
    on: root,
    states: ["DOWN"],
    danger: w.danger.fence,
    fields: [{ id: "method", label: w.fence, kind: "choice", initial: "0", choices: w.fenceMethods }],
    run: (change, values) => hosts.fenceHost({ ...change, method: Number(text(values, "method")) }),
    command: (name, values) => {
      const method = ["", "operator", "fencer", "watchdog"][Number(text(values, "method"))] ?? "";
      return [["host", "fence", name], { method, yes: true }];
    },
  },
  updateVerb({
    id: "labels",
    title: w.names.labels,
    permission: "hosts.update",
    on: root,
    schema: HostSchema,
    noun: "host",
    rows: LABELS,
    update: (host, change) => hosts.updateHost({ ...change, host }),
  }),
  {
    id: "place",
    title: w.names.place,
    permission: "hosts.update",
    on: root,
    fields: [
      { id: "zone", label: words.hosts.columns.zone, kind: "text", of: "host.zone" },
      { id: "rack", label: words.hosts.columns.rack, kind: "text", of: "host.labels" },
      DEDICATED,
    ],
    run: ({ name, ...change }, values) => none(changePlace(name, change, values)),
    command: (name, values) => {
      const rack = text(values, "rack");
      const label = rack ? ["--label", `rack=${rack}`] : ["--no-label", "rack"];
      const place = ["--zone", text(values, "zone"), ...label, "--dedicated-to", text(values, "dedicated")];
      return [["host", "update", name, ...place], {}];
    },
  },
  {
    id: "terms",
    title: w.names.terms,
    permission: "hosts.update",
    on: root,
    fields: [
      ...CLASSES.flatMap(({ id, resourceClass }): Field[] => [
        {
          id: `reserved-${id}`,
          label: w.reserved[id],
          kind: "number",
          required: true,
          of: `host.inventory[${resourceClass}].reserved`,
        },
        {
          id: `ratio-${id}`,
          label: w.ratio[id],
          kind: "text",
          required: true,
          of: `host.inventory[${resourceClass}].allocation_ratio`,
        },
      ]),
      ...INVENTORY,
    ],
    run: ({ name, ...change }, values) => none(changeTerms(name, change, values)),
    command: (name, values) => [
      [
        "host",
        "update",
        name,
        ...CLASSES.flatMap(({ id, unit }) => [
          "--reserved",
          `${id}=${text(values, `reserved-${id}`)}${unit}`,
          "--ratio",
          `${id}=${text(values, `ratio-${id}`)}`,
        ]),
        ...offerWords(values),
      ],
      {},
    ],
  },
  {
    id: "reconcile",
    title: w.names.reconcile,
    permission: "hosts.reconcile",
    on: root,
    fields: [
      { id: "action", label: w.reconcile, kind: "choice", initial: "4", choices: w.reconcileActions },
      { id: "guest", label: w.guest, help: w.guestHelp, kind: "text" },
    ],
    run: async ({ name, ...change }, values) => {
      const action = Number(text(values, "action"));
      const vmUid = DECIDES.has(action) ? await uidOf(name, text(values, "guest")) : "";
      return none(hosts.reconcileHost({ ...change, name, action, vmUid }));
    },
    command: (name, values) => {
      const action = Number(text(values, "action"));
      const guest = text(values, "guest") || "all";
      return [["host", "reconcile", name], { [RECONCILE[action] ?? ""]: DECIDES.has(action) ? guest : true }];
    },
  },
  {
    id: "replace",
    title: w.names.replace,
    permission: "hosts.replaceMachine",
    on: root,
    danger: w.danger.replace,
    fields: [{ id: "held", label: w.heldVms, kind: "choice", initial: "0", choices: w.heldVmsChoices }],
    run: (change, values) =>
      none(hosts.replaceHostMachine({ ...change, heldVms: Number(text(values, "held")) })),
    command: (name, values) => [
      ["host", "replace", name],
      { vms: ["", "keep", "fail"][Number(text(values, "held"))] ?? "" },
    ],
  },
  {
    id: "revoke",
    title: w.names.revoke,
    permission: "hosts.revoke",
    on: root,
    danger: w.danger.revoke,
    run: (change) => none(hosts.revokeHostCredentials(change)),
    command: (name) => [["host", "revoke", name], { yes: true }],
  },
  {
    id: "decommission",
    title: w.names.decommission,
    permission: "hosts.decommission",
    on: root,
    states: ["CORDONED", "MAINTENANCE", "FENCED"],
    danger: w.danger.decommission,
    run: (change) => none(hosts.decommissionHost(change)),
    command: (name) => [["host", "decommission", name], { yes: true }],
  },
];

/** What the fields of its verbs have before anybody types. */
export function hostValues(host: Host): Values {
  const terms = CLASSES.flatMap(({ id: name, resourceClass }) => {
    const row = host.inventory[resourceClass];
    return [
      [`reserved-${name}`, String(row?.reserved ?? 0n)],
      [`ratio-${name}`, String(row?.allocationRatio ?? 1)],
    ];
  });
  return {
    ...valuesOf(HostSchema, LABELS, host),
    ...offerText(host, hasInput),
    zone: host.zone,
    rack: host.labels["rack"] ?? "",
    dedicated: host.dedicatedProject && id(host.dedicatedProject),
    ...Object.fromEntries(terms),
  };
}
