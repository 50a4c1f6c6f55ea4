/** What a verb of the page is, which the tables `vm_verbs`, `host_verbs`, `project_verbs` and others have one row of each. */

import type { Operation } from "@chronovisor/client";
import { commandLine } from "./shell_words.js";

export type Values = Readonly<Record<string, string | boolean>>;

export interface Field {
  readonly id: string;
  readonly label: string;
  readonly help?: string;
  readonly kind: "text" | "number" | "check" | "choice" | "long";
  readonly initial?: string | boolean;
  readonly choices?: Readonly<Record<string, string>>;
  readonly required?: boolean;
  /** The title of the part of the form that it is in, which can be folded; without, it is always in sight. */
  readonly section?: string;
  /** The path of the request's field that it is for, by which the control plane says what is wrong with it. */
  readonly of?: string;
}

/** What is typed in a field says nothing that it could have. */
export class FieldFlaw extends Error {
  constructor(
    readonly id: string,
    rule: string,
  ) {
    super(rule);
  }
}

export interface Change {
  readonly name: string;
  readonly validateOnly: boolean;
  readonly reason: string;
  readonly requestId: string;
}

/** What a call that is no operation of its own answers. */
export interface Answer {
  /** Shown once, and never again. */
  readonly secret?: string;
  /** The line that takes the secret, for a terminal elsewhere. */
  readonly next?: string;
  readonly message?: string;
  /** Of each item of a batch, the name of its operation. */
  readonly operations?: readonly string[];
}

export type Outcome = Operation | Answer | undefined;

export function isOperation(outcome: Outcome): outcome is Operation {
  return outcome !== undefined && "$typeName" in outcome;
}

export interface Verb {
  readonly id: string;
  readonly title: string;
  readonly permission: string;
  /** Where the permission is required: `/`, or a project. */
  readonly on: (name: string) => string;
  /** States in which it is offered. The control plane has the last word, by its check. */
  readonly states?: readonly string[];
  readonly danger?: string;
  readonly fields?: readonly Field[];
  /** It takes no reason. */
  readonly withoutReason?: boolean;
  /** The method has no check of its own: it is called by the button alone. Why, for its reader. */
  readonly unchecked?: string;
  /** Gives the operation, where there is one. */
  readonly run: (change: Change, values: Values) => Promise<Outcome>;
  /** Nothing is requested yet: there is nothing to check. */
  readonly isIdle?: (values: Values) => boolean;
  /** What the check's answer says that would happen, a line each. */
  readonly foreseen?: (answer: Operation) => readonly string[];
  readonly command: (name: string, values: Values) => readonly [readonly string[], Values];
}

/** Where the permission of most verbs of hosts is required. */
export const root = () => "/";

export function text(values: Values, id: string): string {
  return String(values[id] ?? "").trim();
}

export function isOn(values: Values, id: string): boolean {
  return values[id] === true;
}

/** Of what a field's digits say; 0 without any. */
export function amount(values: Values, id: string): bigint {
  return BigInt(text(values, id).replace(/\D/g, "") || "0");
}

export function seconds(values: Values, id: string, unit = 1n): { seconds: bigint; nanos: number } {
  return { seconds: amount(values, id) * unit, nanos: 0 };
}

/** What is typed between commas, spaces and lines. */
export function words(values: Values, id: string): string[] {
  return text(values, id)
    .split(/[\s,]+/)
    .filter(Boolean);
}

/** `projects/shop` of `shop`, too. */
export function whole(collection: string, name: string): string {
  return name && !name.includes("/") ? `${collection}/${name}` : name;
}

/** The option once for each. */
export function repeated(option: string, given: readonly string[]): string[] {
  return given.flatMap((each) => [`--${option}`, each]);
}

/** For calls that are done at once. */
export async function none(done: PromiseLike<unknown>): Promise<undefined> {
  await done;
  return undefined;
}

/** The line that does the same in a terminal: what is still to be given stands there in capitals. */
export function lineOf(verb: Verb, name: string, values: Values, reason: string): string {
  const missing = verb.fields?.filter((each) => each.required && !text(values, each.id)) ?? [];
  const given = Object.fromEntries(missing.map((each) => [each.id, each.id.toUpperCase()]));
  const [line, options] = verb.command(name, { ...values, ...given });
  return commandLine(line, { ...options, reason });
}

export function initialValues(fields: readonly Field[]): Values {
  return Object.fromEntries(
    fields.map((each) => [each.id, each.initial ?? (each.kind === "check" ? false : "")]),
  );
}
