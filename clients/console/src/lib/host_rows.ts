/** What the forms of hosts have of `Host`: a row a field, and what it offers, by class. */

import type { Host } from "@chronovisor/client";
import type { NumaNode } from "@chronovisor/gen/chronovisor/v1/host_pb.js";
import type { ResourceInventory } from "@chronovisor/gen/chronovisor/v1/resources_pb.js";
import { words } from "../words.js";
import { entryWords, type Row } from "./form_rows.js";
import { entries, Flaw, type Item, size } from "./message_text.js";
import { type Field, FieldFlaw, text, type Values } from "./verbs.js";

/** `16:64GiB` */
const NODE: Item = {
  read: (line) => {
    const [vcpus = "", memory = ""] = line.split(":").map((each) => each.trim());
    if (!/^\d+$/.test(vcpus) || !memory) throw new Flaw(words.verbs.flaws.node);
    return { vcpus: BigInt(vcpus), memoryMib: size(memory, 1n << 20n) };
  },
  write: ({ vcpus, memoryMib }: NumaNode) => `${vcpus}:${memoryMib}MiB`,
};

export const LABELS: readonly Row[] = [
  { path: "labels", option: "label", withoutKey: "no-label" },
  { path: "traits", option: "trait", withoutKey: "no-trait" },
];

export const ZONE: Row = { path: "zone", option: "zone" };
export const NODES: Row = { path: "numa_nodes", option: "numa", item: NODE, section: "more" };

type Part = Exclude<keyof ResourceInventory, "$typeName" | "$unknown">;

/** What is shown of each class that a host offers, by the options of the command line. */
export const PARTS: readonly { readonly part: Part; readonly path: string; readonly option: string }[] = [
  { part: "total", path: "inventory.total", option: "total" },
  { part: "reserved", path: "inventory.reserved", option: "reserved" },
  { part: "allocationRatio", path: "inventory.allocation_ratio", option: "ratio" },
  { part: "minUnit", path: "inventory.min_unit", option: "min-unit" },
  { part: "maxUnit", path: "inventory.max_unit", option: "max-unit" },
  { part: "stepSize", path: "inventory.step_size", option: "step" },
];

/** Classes as the command line names them. */
const NAMES: Readonly<Record<string, string>> = { memory: "memory_mib", disk: "disk_gib" };
const UNITS: Readonly<Record<string, readonly [bigint, string]>> = {
  memory_mib: [1n << 20n, "MiB"],
  disk_gib: [1n << 30n, "GiB"],
};

/** Inputs that take `vcpus=2, memory=8GiB`, of classes that have none of their own. */
export const INVENTORY: readonly Field[] = PARTS.map(({ path }) => ({
  id: path,
  label: words.fields[path as keyof typeof words.fields].label,
  help: words.inventoryHelp,
  kind: "text",
  section: words.sections.inventory,
  of: `host.${path}`,
}));

function amountOf(part: Part, name: string, typed: string, path: string): bigint | number {
  try {
    if (part !== "allocationRatio") return size(typed, UNITS[name]?.[0]);
  } catch (error) {
    if (error instanceof Flaw) throw new FieldFlaw(path, error.message);
    throw error;
  }
  if (!(Number(typed) > 0)) throw new FieldFlaw(path, words.verbs.flaws.number);
  return Number(typed);
}

export type Offer = Record<string, Partial<Record<Part, bigint | number>>>;

/** What is offered by these inputs: of each class, the parts that are named. Throws a FieldFlaw. */
export function offered(values: Values): Offer {
  const found: Offer = {};
  for (const { part, path } of PARTS) {
    for (const each of entries(text(values, path), {})) {
      const [key = "", typed = ""] = each.split("=").map((word) => word.trim());
      if (!typed) throw new FieldFlaw(path, words.verbs.flaws.classes);
      const name = NAMES[key] ?? key;
      found[name] = { ...found[name], [part]: amountOf(part, name, typed, path) };
    }
  }
  return found;
}

/** What these inputs have of a host; without the parts that have inputs of their own. */
export function offerText(host: Host, isElsewhere: (name: string, part: Part) => boolean): Values {
  const typed = PARTS.map(({ part, path }) => {
    const all = Object.entries(host.inventory)
      .filter(([name, row]) => row[part] && !isElsewhere(name, part))
      .map(([name, row]) => {
        const key = Object.keys(NAMES).find((each) => NAMES[each] === name) ?? name;
        return `${key}=${row[part]}${part === "allocationRatio" ? "" : (UNITS[name]?.[1] ?? "")}`;
      });
    return [path, all.sort().join(", ")];
  });
  return Object.fromEntries(
    typed.flatMap(([path, each]) => [
      [path, each],
      [`was:${path}`, each],
    ]),
  );
}

/** The same on the command line, of what is not as it was. */
export function offerWords(values: Values): string[] {
  return PARTS.filter(({ path }) => text(values, path) !== text(values, `was:${path}`)).flatMap((row) =>
    entryWords(row, text(values, row.path), text(values, `was:${row.path}`)),
  );
}
