/** Whole names of what is typed by its last part alone: `web` is `projects/shop/networks/web` in `projects/shop`. */

import { NotFound, NotPermitted } from "@chronovisor/client";
import { client } from "./client.js";

interface CardInit {
  readonly network?: string;
  readonly securityGroups?: readonly string[];
}
interface SpecInit {
  readonly networkInterfaces?: readonly CardInit[];
  readonly boot?: {
    readonly source?: { readonly case?: string; readonly value?: { readonly image?: string } };
  };
}

export function nameIn(project: string, collection: string, name: string): string {
  return name && !name.includes("/") ? `${project}/${collection}/${name}` : name;
}

/** What a VM is made of, with whole names of its networks, their groups and its image. */
export async function vmIn<T extends object>(project: string, vm: T): Promise<T> {
  const { spec } = vm as { spec?: SpecInit };
  if (!spec) return vm;
  const networkInterfaces = spec.networkInterfaces?.map((each) => ({
    ...each,
    network: nameIn(project, "networks", each.network ?? ""),
    securityGroups: each.securityGroups?.map((group) => nameIn(project, "securityGroups", group)) ?? [],
  }));
  const source = spec.boot?.source;
  const image = source?.case === "image" ? await imageIn(project, source.value?.image ?? "") : "";
  return {
    ...vm,
    spec: {
      ...spec,
      ...(networkInterfaces ? { networkInterfaces } : {}),
      ...(image ? { boot: { source: { case: "image", value: { image } } } } : {}),
    },
  };
}

/** An image of the project of this id wins over a file of hosts of that name. */
async function imageIn(project: string, given: string): Promise<string> {
  if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(given)) return given;
  const name = nameIn(project, "images", given);
  try {
    await client.stubs.images.getImage({ name });
    return name;
  } catch (error) {
    if (error instanceof NotFound || error instanceof NotPermitted) return given;
    throw error;
  }
}

/** A security group with whole names of the groups that its rules name. */
export function groupIn<T extends object>(project: string, group: T): T {
  const { rules } = group as { rules?: readonly { readonly remoteGroup?: string }[] };
  const named = rules?.map((each) => ({
    ...each,
    remoteGroup: nameIn(project, "securityGroups", each.remoteGroup ?? ""),
  }));
  return named ? { ...group, rules: named } : group;
}
