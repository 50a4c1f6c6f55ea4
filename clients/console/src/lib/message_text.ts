/** Fields of messages as people type them: what a text means, and the text of what there is, by the field's descriptor. */

import { type DescField, ScalarType } from "@bufbuild/protobuf";
import { words } from "../words.js";
import { labelText } from "./label_text.js";
import { whole as nameIn } from "./verbs.js";

const w = words.verbs.flaws;
const SECONDS: Readonly<Record<string, bigint>> = { s: 1n, m: 60n, h: 3600n, d: 86_400n };
const SIZES: Readonly<Record<string, bigint>> = {
  KiB: 1n << 10n,
  MiB: 1n << 20n,
  GiB: 1n << 30n,
  TiB: 1n << 40n,
};

/** How one of a repeated message is typed, in a line of its own. */
export interface Item {
  /** Throws a Flaw. */
  readonly read: (line: string) => object;
  // biome-ignore lint/suspicious/noExplicitAny: of whichever message the field has.
  readonly write: (message: any) => string;
}

/** Of a field of many: how it is typed. Without either, between commas. */
export interface Typing {
  readonly item?: Item;
  /** A line each, as there may be commas in it. */
  readonly lines?: boolean;
  /** What is named without it is of this collection: `node-1` is `hosts/node-1`. */
  readonly collection?: string;
}

/** What is typed says nothing that the field could have. */
export class Flaw extends Error {}

export function isDuration(field: DescField): boolean {
  return field.message?.typeName === "google.protobuf.Duration";
}

/** What stands between lines, or between commas. */
export function entries(text: string, { lines, item }: Typing): string[] {
  return text
    .split(lines || item ? "\n" : /[\n,]+/)
    .map((each) => each.trim())
    .filter(Boolean);
}

export function whole(text: string): bigint {
  const digits = text.replace(/[\s,]/g, "");
  if (!/^-?\d+$/.test(digits)) throw new Flaw(w.number);
  return BigInt(digits);
}

/** `10MiB`, or a number of units of so many bytes. */
export function size(text: string, unit = 1n): bigint {
  const [, digits = "", suffix = ""] = /^(\d+)\s*([KMGT]iB)$/.exec(text) ?? [];
  return suffix ? (BigInt(digits) * (SIZES[suffix] ?? 1n)) / unit : whole(text);
}

function duration(text: string): { seconds: bigint; nanos: number } {
  const [, digits = "", unit = ""] = /^(\d+)\s*([smhd])$/.exec(text) ?? [];
  if (!unit) throw new Flaw(w.time);
  return { seconds: BigInt(digits) * (SECONDS[unit] ?? 1n), nanos: 0 };
}

export function durationText({ seconds }: { readonly seconds: bigint }): string {
  const unit = ["d", "h", "m"].find((each) => seconds % (SECONDS[each] ?? 1n) === 0n) ?? "s";
  return `${seconds / (SECONDS[unit] ?? 1n)}${unit}`;
}

function scalar(type: ScalarType, text: string, collection = ""): unknown {
  switch (type) {
    case ScalarType.INT64:
      return size(text);
    case ScalarType.INT32:
      return Number(whole(text));
    case ScalarType.DOUBLE:
      if (!text || !Number.isFinite(Number(text))) throw new Flaw(w.number);
      return Number(text);
    case ScalarType.BYTES:
      return new TextEncoder().encode(text);
    default:
      return collection ? nameIn(collection, text) : text;
  }
}

/** What a field is to have. Throws a Flaw. */
export function read(field: DescField, text: string, typing: Typing): unknown {
  switch (field.fieldKind) {
    case "enum":
      return Number(text);
    case "scalar":
      return scalar(field.scalar, text, typing.collection);
    case "list":
      return entries(text, typing).map(
        (each) => typing.item?.read(each) ?? scalar(ScalarType.STRING, each, typing.collection),
      );
    case "map": {
      const type = field.mapKind === "scalar" ? field.scalar : ScalarType.STRING;
      return Object.fromEntries(
        entries(text, typing).map((each) => {
          const [key = "", ...value] = each.split("=");
          return [key.trim(), scalar(type, value.join("=").trim())];
        }),
      );
    }
    default:
      return isDuration(field) ? duration(text) : text;
  }
}

/** What is typed where a field has this. Empty for what it has by default. */
export function write(field: DescField, value: unknown, { item, lines }: Typing): string {
  if (value === undefined || value === null || value instanceof Uint8Array) return "";
  switch (field.fieldKind) {
    case "list": {
      const all = (value as readonly unknown[]).map((each) => item?.write(each) ?? String(each));
      return all.join(lines || item ? "\n" : ", ");
    }
    case "map": {
      const text = labelText(
        Object.fromEntries(Object.entries(value).map(([key, each]) => [key, String(each)])),
      );
      return lines ? text.replaceAll(/, (?=[^,=]+=)/g, "\n") : text;
    }
    case "message":
      return isDuration(field) ? durationText(value as { seconds: bigint }) : "";
    default:
      return value === 0 || value === 0n ? "" : String(value);
  }
}
