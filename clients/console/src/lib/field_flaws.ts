/** What is wrong with a form, by its inputs: what the control plane says of a request's fields, and what no request could have. */

import { ChronovisorError } from "@chronovisor/client";
import { type Field, FieldFlaw } from "./verbs.js";

export interface Flaws {
  /** By the inputs' ids. */
  readonly beside: ReadonlyMap<string, string>;
  /** Paths of fields that no input is for. */
  readonly others: readonly string[];
}

const NONE: Flaws = { beside: new Map(), others: [] };

export function flawsOf(fields: readonly Field[], error: unknown): Flaws {
  if (error instanceof FieldFlaw) return { beside: new Map([[error.id, error.message]]), others: [] };
  if (!(error instanceof ChronovisorError)) return NONE;
  const beside = new Map<string, string>();
  const others: string[] = [];
  for (const { field, description } of error.fields) {
    // Of several VMs that are made alike, the first that is wrong says what is wrong with all.
    const path = field.replace(/^requests\[\d+\]\./, "");
    const input = inputFor(fields, path);
    if (!input) others.push(field);
    else if (!beside.has(input.id)) beside.set(input.id, `${partOf(path)}${description}`);
  }
  return { beside, others };
}

/** The one whose field is named, or has the one that is: the closest. */
function inputFor(fields: readonly Field[], path: string): Field | undefined {
  const plain = path.replaceAll(/\[[^\]]*\]/g, "");
  const has = (of: string) => [path, plain].some((each) => each === of || each.startsWith(`${of}.`));
  const found = fields.filter((each) => each.of && (has(each.of) || path.startsWith(`${each.of}[`)));
  return found.sort((one, other) => (other.of?.length ?? 0) - (one.of?.length ?? 0))[0];
}

/** Which of several: `2: `, or `gpu.a100: `. */
function partOf(path: string): string {
  const [, place = ""] = /\[([^\]]*)\]/.exec(path) ?? [];
  if (!place) return "";
  return `${/^\d+$/.test(place) ? Number(place) + 1 : place}: `;
}
