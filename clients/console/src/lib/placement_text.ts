/** Rules of placement as people type them, a line each, much as the command line has them. */

import {
  type GroupRule,
  GroupRule_Kind as Kind,
  type Preference,
} from "@chronovisor/gen/chronovisor/v1/vm_pb.js";
import { words } from "../words.js";
import { Flaw, type Item } from "./message_text.js";

const w = words.verbs.flaws;
const KINDS: Readonly<Record<string, Kind>> = {
  together: Kind.AFFINITY,
  apart: Kind.ANTI_AFFINITY,
  spread: Kind.SPREAD,
};
const GROUP =
  /^(?<rather>rather-)?(?<kind>together|apart|spread)\s+(?<vms>[^@]+?)(@(?<within>[^@:]+)(:(?<most>\d+))?)?$/;

/** `zone=eu-1a:50` */
export const PREFERENCE: Item = {
  read: (line) => {
    const [, selector = "", weight = ""] = /^(.+):(-?\d+)$/.exec(line) ?? [];
    if (!selector) throw new Flaw(w.preference);
    return { selector, weight: Number(weight) };
  },
  write: ({ selector, weight }: Preference) => `${selector}:${weight}`,
};

/** `apart app=web@rack:2`, `rather-spread app=web@zone` */
export const GROUP_RULE: Item = {
  read: (line) => {
    const found = GROUP.exec(line)?.groups;
    if (!found) throw new Flaw(w.group);
    const kind = KINDS[found["kind"] ?? ""] ?? Kind.UNSPECIFIED;
    const most = Number(found["most"] ?? 0);
    return {
      kind,
      vms: found["vms"],
      within: found["within"] ?? "",
      soft: found["rather"] !== undefined,
      ...(kind === Kind.SPREAD ? { maxSkew: most } : { maxPerDomain: most }),
    };
  },
  write: (rule: GroupRule) => {
    const name = Object.keys(KINDS).find((each) => KINDS[each] === rule.kind) ?? "";
    const most = rule.maxPerDomain || rule.maxSkew;
    const within = rule.within || (most ? "host" : "");
    return `${rule.soft ? "rather-" : ""}${name} ${rule.vms}${within ? `@${within}` : ""}${most ? `:${most}` : ""}`;
  },
};

/** `--apart app=web@rack:2` */
export function groupWords(typed: string): string[] {
  return typed.split("\n").flatMap((line) => {
    const [kind = "", ...rest] = line.trim().split(/\s+/);
    return kind ? [`--${kind}`, rest.join(" ")] : [];
  });
}
