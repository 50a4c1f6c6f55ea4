/** Patterns of JSON: whether a value is as a scenario expects. Pure. */

import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

export type Variables = ReadonlyMap<string, JsonValue>;

/** `value` with the variables that its strings name. Throws for one that was not saved. */
export function substituted(value: JsonValue, variables: Variables): JsonValue {
  if (typeof value === "string") {
    return value.replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const found = variables.get(name);
      if (found === undefined) throw new Error(`there is no variable ${name}`);
      return typeof found === "string" ? found : JSON.stringify(found);
    });
  }
  if (Array.isArray(value)) return value.map((each) => substituted(each, variables));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      substituted(key, variables) as string,
      substituted(each, variables),
    ]),
  );
}

/** Where the value is not as the pattern, in words; empty where it is. */
export function mismatch(
  pattern: JsonValue,
  value: JsonValue | undefined,
  variables: Variables,
  path = "response",
): string {
  if (typeof pattern === "string") return special(pattern, value, variables, path);
  if (Array.isArray(pattern)) {
    if (!Array.isArray(value)) return `${path} is ${shown(value)}, not a list`;
    if (value.length !== pattern.length) {
      return `${path} has ${value.length} items, not ${pattern.length}: ${shown(value)}`;
    }
    return first(pattern.map((each, n) => mismatch(each, value[n], variables, `${path}[${n}]`)));
  }
  if (isObject(pattern)) return ofObject(pattern, value, variables, path);
  return isEqual(pattern, value) ? "" : `${path} is ${shown(value)}, not ${shown(pattern)}`;
}

/** What is at a path such as `vms[0].name`. Throws where nothing is. */
export function at(value: JsonValue, path: string): JsonValue {
  let found: JsonValue | undefined = value;
  for (const part of path.match(/[^.[\]]+/g) ?? []) {
    if (Array.isArray(found)) found = found[Number(part)];
    else found = isObject(found) ? found[part] : undefined;
    if (found === undefined) throw new Error(`there is no ${path} in ${shown(value)}`);
  }
  return found as JsonValue;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether it is what is there when nothing was set. */
export function isDefault(value: JsonValue | undefined): boolean {
  if (typeof value === "string") return value === "" || value === "0" || value.endsWith("_UNSPECIFIED");
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === 0 || value === false;
}

function special(pattern: string, value: JsonValue | undefined, variables: Variables, path: string): string {
  let holds = pattern === value;
  const number = numberOf(value);
  if (pattern === "$any") holds = !isDefault(value);
  else if (pattern === "$absent") holds = isDefault(value);
  else if (pattern.startsWith("$re:")) {
    holds = typeof value === "string" && new RegExp(`^(?:${pattern.slice(4)})$`, "su").test(value);
  } else if (pattern.startsWith("$gt:")) holds = number !== undefined && number > Number(pattern.slice(4));
  else if (pattern.startsWith("$ge:")) holds = number !== undefined && number >= Number(pattern.slice(4));
  else if (pattern.startsWith("$same:")) holds = isEqual(variables.get(pattern.slice(6)) ?? null, value);
  return holds ? "" : `${path} is ${shown(value)}, not ${pattern}`;
}

function ofObject(
  pattern: JsonObject,
  value: JsonValue | undefined,
  variables: Variables,
  path: string,
): string {
  const { $not: not, $len: length, $contains: contained } = pattern;
  if (not !== undefined) {
    return mismatch(not, value, variables, path)
      ? ""
      : `${path} is ${shown(value)}, which is what it must not be`;
  }
  if (length !== undefined) {
    const found = lengthOf(value);
    return found === Number(length) ? "" : `${path} has ${found} items, not ${shown(length)}`;
  }
  if (Array.isArray(contained)) {
    const items = Array.isArray(value) ? value : [];
    const missing = contained.find((each) => items.every((item) => mismatch(each, item, variables, path)));
    return missing === undefined ? "" : `${path} has no item as ${shown(missing)}: ${shown(items)}`;
  }
  if (!isObject(value)) return `${path} is ${shown(value)}, not an object`;
  return first(
    Object.entries(pattern).map(([key, each]) => mismatch(each, value[key], variables, `${path}.${key}`)),
  );
}

function lengthOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === "string") return [...value].length;
  if (Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : undefined;
}

function isEqual(expected: JsonValue, value: JsonValue | undefined): boolean {
  if (typeof expected !== "number") {
    return expected === (value ?? null) || JSON.stringify(expected) === JSON.stringify(value);
  }
  const number = numberOf(value);
  if (number === undefined) return false;
  return Math.abs(number - expected) <= 1e-9 * Math.max(1, Math.abs(number), Math.abs(expected));
}

/** A number, or an int64's text. */
function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : undefined;
}

function first(found: readonly string[]): string {
  return found.find((why) => why !== "") ?? "";
}

function shown(value: JsonValue | undefined): string {
  const text = JSON.stringify(value) ?? "not there";
  return text.length <= 300 ? text : `${text.slice(0, 300)}...`;
}
