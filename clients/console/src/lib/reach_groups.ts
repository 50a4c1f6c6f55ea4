/** Who reaches whom, by the security groups that open VMs: for pictures of many. Draws nothing. */

import type { ReachEdge } from "@chronovisor/gen/chronovisor/v1/network_service_pb.js";
import { words } from "../words.js";
import { count, id } from "./format.js";

type Opening = ReachEdge["openings"][number];

export interface GroupEdge {
  readonly source: string;
  readonly destination: string;
  readonly openings: Opening[];
  readonly moreOpenings: boolean;
}

export interface ByGroups {
  /** Such as `ssh, web (120 VMs)`. */
  readonly names: readonly string[];
  readonly edges: readonly GroupEdge[];
}

/** VMs that the rules of the same groups open are one; so are those that nobody reaches. */
export function byGroups(edges: readonly ReachEdge[]): ByGroups {
  const groupsOf = new Map<string, Set<string>>();
  for (const { source, destination, openings } of edges) {
    if (!groupsOf.has(source)) groupsOf.set(source, new Set());
    const groups = groupsOf.get(destination) ?? new Set();
    for (const each of openings) groups.add(id(each.securityGroup));
    groupsOf.set(destination, groups);
  }
  const keyOf = (vm: string) => [...(groupsOf.get(vm) ?? [])].sort().join(", ");
  const members = new Map<string, number>();
  for (const vm of groupsOf.keys()) members.set(keyOf(vm), (members.get(keyOf(vm)) ?? 0) + 1);
  const w = words.network.reach;
  const nameOf = (key: string) => `${key || w.nobodys} (${w.vms(count(members.get(key) ?? 0))})`;
  const found = new Map<string, GroupEdge>();
  for (const each of edges) {
    const [source, destination] = [nameOf(keyOf(each.source)), nameOf(keyOf(each.destination))];
    const key = `${source} ${destination}`;
    const before = found.get(key);
    found.set(key, {
      source,
      destination,
      openings: distinct([...(before?.openings ?? []), ...each.openings]),
      moreOpenings: each.moreOpenings || (before?.moreOpenings ?? false),
    });
  }
  return { names: [...members.keys()].map(nameOf).sort(), edges: [...found.values()] };
}

function distinct(openings: readonly Opening[]): Opening[] {
  const textOf = ({ protocol, firstPort, lastPort }: Opening) => `${protocol} ${firstPort} ${lastPort}`;
  return [...new Map(openings.map((each) => [textOf(each), each])).values()];
}
