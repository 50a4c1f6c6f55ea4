/**
 * Forms of messages: a row says by its path which field an input is for, and by which option the command line has it. The input, what
 * its text means, and where it goes in the message follow from the field's descriptor; its words are in `words.fields`.
 */

import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { words } from "../words.js";
import { entries, Flaw, read, type Typing, write } from "./message_text.js";
import { type Field, FieldFlaw, repeated, text, type Values } from "./verbs.js";

export interface Row extends Typing {
  /** Of the field below its resource, such as `spec.resources.vcpus`. */
  readonly path: string;
  /** On the command line, without `--`. */
  readonly option: string;
  /** Where the option has more than one field: `disk-read`, of `--io-limit disk-read=10MiB`. */
  readonly entry?: string;
  /** Of what is typed, on the command line: `MiB`. */
  readonly unit?: string;
  /** Of an enum, by its numbers, as the command line has them. */
  readonly choices?: readonly string[];
  readonly initial?: string;
  readonly required?: boolean;
  /** Under which of `words.sections`; without, it is always in sight. */
  readonly section?: keyof typeof words.sections;
  /** What an update takes the field's value away by: a flag. */
  readonly without?: string;
  /** And one entry of several: an option with its key. Where there is none, the key has `=0`. */
  readonly withoutKey?: string;
  /** What an update names, where it cannot name the field alone. */
  readonly mask?: string;
  /** The words of the line, where they are others. */
  readonly line?: (typed: string) => readonly string[];
}

type Init = Record<string, unknown>;
interface Chosen {
  readonly case?: string | undefined;
  readonly value?: unknown;
}

/** What a field had before anybody typed, among the values. */
const was = (path: string) => `was:${path}`;
const isMany = (field: DescField) => field.fieldKind === "list" || field.fieldKind === "map";

function childOf(schema: DescMessage, name: string): DescField {
  const found = schema.fields.find((each) => each.name === name);
  if (!found) throw new Error(`${schema.typeName} has no ${name}`);
  return found;
}

export function fieldOf(schema: DescMessage, path: string): DescField {
  const [name = "", ...rest] = path.split(".");
  const field = childOf(schema, name);
  return rest.length && field.message ? fieldOf(field.message, rest.join(".")) : field;
}

function put(schema: DescMessage, into: Init, path: string, value: unknown): Init {
  const [name = "", ...rest] = path.split(".");
  const field = childOf(schema, name);
  const choice = field.oneof && (into[field.oneof.localName] as Chosen | undefined);
  const before = choice
    ? choice.case === field.localName
      ? choice.value
      : undefined
    : into[field.localName];
  const after =
    rest.length && field.message ? put(field.message, { ...(before as Init) }, rest.join("."), value) : value;
  return field.oneof
    ? { ...into, [field.oneof.localName]: { case: field.localName, value: after } }
    : { ...into, [field.localName]: after };
}

function valueAt(schema: DescMessage, message: object | undefined, path: string): unknown {
  const [name = "", ...rest] = path.split(".");
  const field = childOf(schema, name);
  const values = message as Record<string, unknown> | undefined;
  const choice = field.oneof && (values?.[field.oneof.localName] as Chosen | undefined);
  const value = choice
    ? choice.case === field.localName
      ? choice.value
      : undefined
    : values?.[field.localName];
  return rest.length && field.message ? valueAt(field.message, value as object, rest.join(".")) : value;
}

function kindOf(field: DescField, row: Row): Field["kind"] {
  if (field.fieldKind === "enum") return "choice";
  if (field.fieldKind === "scalar") {
    if (field.scalar === ScalarType.BOOL) return "check";
    if (field.scalar === ScalarType.BYTES) return "long";
    return field.scalar === ScalarType.STRING ? "text" : "number";
  }
  return row.item || row.lines ? "long" : "text";
}

/** The inputs of rows. `resource` is the field of the request that has the message: `vm`. */
export function inputs(schema: DescMessage, resource: string, rows: readonly Row[], flat = false): Field[] {
  return rows.map((row) => {
    const kind = kindOf(fieldOf(schema, row.path), row);
    const { label, help, choices } = words.fields[row.path as keyof typeof words.fields] as {
      label: string;
      help?: string;
      choices?: Readonly<Record<string, string>>;
    };
    return {
      id: row.path,
      label,
      kind,
      of: `${resource}.${row.path}`,
      ...(help ? { help } : {}),
      ...(choices ? { choices } : {}),
      ...(row.section && !flat ? { section: words.sections[row.section] } : {}),
      ...(row.required ? { required: true } : {}),
      initial: kind === "check" ? false : (row.initial ?? (kind === "choice" ? "0" : "")),
    };
  });
}

/** What the message is made of. What is empty is left out. Throws a FieldFlaw. */
export function messageOf(schema: DescMessage, rows: readonly Row[], values: Values): Init {
  let made: Init = {};
  for (const row of rows) {
    const typed = values[row.path] ?? "";
    const field = fieldOf(schema, row.path);
    if (typed === "" || typed === false || (field.fieldKind === "enum" && typed === "0")) continue;
    try {
      made = put(schema, made, row.path, typed === true || read(field, text(values, row.path), row));
    } catch (error) {
      if (error instanceof Flaw) throw new FieldFlaw(row.path, error.message);
      throw error;
    }
  }
  return made;
}

/** What inputs have of a message that there is, and what they had. */
export function valuesOf(schema: DescMessage, rows: readonly Row[], message: object): Values {
  const found = rows.map((row) => {
    const field = fieldOf(schema, row.path);
    const value = valueAt(schema, message, row.path);
    if (field.fieldKind === "scalar" && field.scalar === ScalarType.BOOL) return [row.path, value === true];
    if (field.fieldKind === "enum") return [row.path, String(value ?? 0)];
    return [row.path, write(field, value, row)];
  });
  return Object.fromEntries(
    found.flatMap(([path, value]) => [
      [path, value],
      [was(String(path)), value],
    ]),
  );
}

/** Rows whose inputs do not have any more what they had; all of a message that is made anew. */
export function changed(rows: readonly Row[], values: Values): Row[] {
  return rows.filter((row) => values[row.path] !== values[was(row.path)]);
}

export function maskOf(rows: readonly Row[]): { paths: string[] } {
  return { paths: [...new Set(rows.map((row) => row.mask ?? row.path))] };
}

/** The same on the command line. Of an update, also what is taken away. */
export function lineWords(schema: DescMessage, rows: readonly Row[], values: Values): string[] {
  return rows.flatMap((row) => {
    const field = fieldOf(schema, row.path);
    const before = values[was(row.path)];
    const typed = text(values, row.path);
    if (typed === "true") return [`--${row.option}`];
    if (typed === "false") return before === true ? [`--no-${row.option}`] : [];
    if (field.fieldKind === "enum" && typed === "0" && (before ?? "0") === "0") return [];
    if (typed === "" && !before) return [];
    if (row.line && typed) return row.line(typed);
    if (isMany(field)) return entryWords(row, typed, String(before ?? ""));
    if (typed === "" && row.without) return [`--${row.without}`];
    const given = wordOf(field, row, typed);
    return [`--${row.option}`, row.entry ? `${row.entry}=${given}` : given];
  });
}

function wordOf(field: DescField, row: Row, typed: string): string {
  if (field.fieldKind === "enum") return row.choices?.[Number(typed)] ?? "";
  if (typed === "" && row.entry) return "none";
  const value = typed === "" && kindOf(field, row) === "number" ? "0" : typed;
  return row.unit && /^[\d\s,]+$/.test(value) ? `${value}${row.unit}` : value;
}

/** Each with the option; and what is gone, by its key. */
export function entryWords(row: Row, typed: string, before: string): string[] {
  const now = entries(typed, row);
  const given = repeated(row.option, now);
  if (row.without) return now.length ? given : [`--${row.without}`];
  const left = entries(before, row).map(keyOf);
  const gone = left.filter((key) => !now.map(keyOf).includes(key));
  if (row.withoutKey) return [...given, ...repeated(row.withoutKey, gone)];
  return [
    ...given,
    ...repeated(
      row.option,
      gone.map((key) => `${key}=0`),
    ),
  ];
}

const keyOf = (entry: string) => entry.split("=")[0]?.trim() ?? entry;
