/** What a verb of the page is, which the tables `vm_verbs`, `host_verbs`, `project_verbs` and others have one row of each. */

import type { Operation } from "@chronovisor/client";
import { commandLine } from "./shell_words.js";

export type Values = Readonly<Record<string, string | boolean>>;

export interface Field {
  readonly id: string;
  readonly label: string;
  readonly help?: string;
  readonly kind: "text" | "number" | "check" | "choice";
  readonly initial?: string | boolean;
  readonly choices?: Readonly<Record<string, string>>;
  readonly required?: boolean;
}

export interface Change {
  readonly name: string;
  readonly validateOnly: boolean;
  readonly reason: string;
  readonly requestId: string;
}

/** What is shown once, and never again. */
export interface Secret {
  readonly secret: string;
}

export type Outcome = Operation | Secret | undefined;

export function isSecret(outcome: Outcome): outcome is Secret {
  return outcome !== undefined && "secret" in outcome;
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
  /** Gives the operation, where there is one. */
  readonly run: (change: Change, values: Values) => Promise<Outcome>;
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

/** For calls that are done at once. */
export async function none(done: PromiseLike<unknown>): Promise<undefined> {
  await done;
  return undefined;
}

/** The line that does the same in a terminal. */
export function lineOf(verb: Verb, name: string, values: Values, reason: string): string {
  const [line, options] = verb.command(name, values);
  return commandLine(line, { ...options, reason });
}

export function initialValues(fields: readonly Field[]): Values {
  return Object.fromEntries(
    fields.map((each) => [each.id, each.initial ?? (each.kind === "check" ? false : "")]),
  );
}
