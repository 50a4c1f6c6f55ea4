/** Where the page is: a path and parameters behind `#`, so that a link opens the same page at the same position of the ledger. */

import { computed, signal } from "@preact/signals";

export interface Place {
  /** Parts of the path, decoded: `["vms", "projects/shop/vms/web-1"]`. */
  readonly path: readonly string[];
  readonly params: URLSearchParams;
}

export function parse(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  return {
    path: path.split("/").filter(Boolean).map(decoded),
    params: new URLSearchParams(query),
  };
}

/** A link that somebody has cut in the middle of a letter is shown as it is, and not a blank page. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** What is in projects. */
export const IN_PROJECTS = ["vms", "networks", "securityGroups", "images"];

/** People type `#/vms/shop/web-1` and `#/hosts/node-1`; links have whole names. */
export function wholeName(collection: string, name: string): string {
  const [first, second, ...more] = name.split("/");
  if (IN_PROJECTS.includes(collection)) {
    return second && !more.length ? `projects/${first}/${collection}/${second}` : name;
  }
  return second === undefined ? `${collection}/${first}` : name;
}

/** The link to a place. Empty parameters are left out. */
export function format(
  path: readonly string[],
  params: Readonly<Record<string, string | undefined>> = {},
): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) if (value) query.set(key, value);
  const text = query.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

export const place = signal<Place>(parse(location.hash));

/** The position that the page shows; undefined for now. */
export const at = computed(() => positionOf(place.value.params.get("at")));

export function positionOf(text: string | null): bigint | undefined {
  return text && /^[1-9]\d{0,17}$/.test(text) ? BigInt(text) : undefined;
}

/** A link that stays at the page's position. */
export function link(
  path: readonly string[],
  params: Readonly<Record<string, string | undefined>> = {},
): string {
  return format(path, { at: at.value?.toString(), ...params });
}

export function go(href: string): void {
  location.hash = href;
  // The browser says so later, and a parameter that changes meanwhile is of the new place.
  arrive();
}

/** Changes parameters of this place, without a new entry in the browser's history. */
export function setParams(changes: Readonly<Record<string, string | undefined>>): void {
  const { path, params } = place.value;
  const href = format(path, { ...Object.fromEntries(params), ...changes });
  history.replaceState(null, "", href);
  arrive();
}

/** Goes to a position of the ledger, or back to now, on this same page. */
export function setAt(position: bigint | undefined): void {
  if (position !== at.value) setParams({ at: position?.toString() });
}

let shown = location.hash;

/** The place is what the browser's address says. */
function arrive(): void {
  if (location.hash === shown) return;
  shown = location.hash;
  place.value = parse(shown);
}

addEventListener("hashchange", arrive);
