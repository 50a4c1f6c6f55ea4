/** What the forms of projects have of `Project`: a row a field. */

import type { SpareCapacityRule } from "@chronovisor/gen/chronovisor/v1/project_pb.js";
import { words } from "../words.js";
import type { Row } from "./form_rows.js";
import { Flaw, type Item } from "./message_text.js";

/** `survive=1,within=rack,zone=eu-1a` */
const SPARE: Item = {
  read: (line) => {
    const parts = line.split(",").map((each) => each.split("=").map((part) => part.trim()));
    const found = Object.fromEntries(parts) as Readonly<Record<string, string>>;
    const isKnown = parts.every(([key = "", value]) => ["survive", "within", "zone"].includes(key) && value);
    if (!isKnown || !/^\d{0,3}$/.test(found["survive"] ?? "")) throw new Flaw(words.verbs.flaws.spare);
    return {
      survive: Number(found["survive"] || 1),
      within: found["within"] ?? "host",
      zone: found["zone"] ?? "",
    };
  },
  write: ({ survive, within, zone }: SpareCapacityRule) =>
    `survive=${survive},within=${within || "host"}${zone ? `,zone=${zone}` : ""}`,
};

export const DETAILS: readonly Row[] = [
  { path: "display_name", option: "title" },
  { path: "placement_policy", option: "placement-policy", section: "placement" },
  {
    path: "zone_policies",
    option: "zone-policy",
    section: "placement",
    lines: true,
    withoutKey: "no-zone-policy",
  },
  {
    path: "spare_capacity",
    option: "spare-capacity",
    section: "placement",
    item: SPARE,
    without: "no-spare-capacity",
  },
];

export const LABELS: Row = { path: "labels", option: "label", withoutKey: "no-label", section: "more" };

export const QUOTA: readonly Row[] = [
  { path: "quota.vcpus", option: "quota-vcpus", section: "quota" },
  { path: "quota.memory_mib", option: "quota-memory", unit: "MiB", section: "quota" },
  { path: "quota.disk_gib", option: "quota-disk", unit: "GiB", section: "quota" },
  { path: "quota.extended", option: "quota-extended", section: "quota" },
];

export const PROJECT_ROWS: readonly Row[] = [...DETAILS, ...QUOTA, LABELS];
