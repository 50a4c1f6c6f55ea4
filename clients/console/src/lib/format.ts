/** Quantities, times and names, as people read them. */

import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { words } from "../words.js";

const UNITS = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** At most three digits that count: `23.5 GiB`. */
export function bytes(amount: number): string {
  let value = amount;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${short(value)} ${UNITS[unit]}B`;
}

function short(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const grouped = new Intl.NumberFormat("en");
const compactly = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export function count(amount: bigint | number): string {
  return grouped.format(amount);
}

export function compact(amount: bigint | number): string {
  return compactly.format(amount);
}

/** An amount of a resource class: vCPUs and extended classes are counts, memory is in MiB, as are images; disk in GiB. */
export function quantity(resourceClass: string, amount: bigint | number): string {
  if (["memory_mib", "image_mib"].includes(resourceClass)) return bytes(Number(amount) * 2 ** 20);
  if (resourceClass === "disk_gib") return bytes(Number(amount) * 2 ** 30);
  return typeof amount === "number" && !Number.isInteger(amount) ? short(amount) : count(amount);
}

export function className(resourceClass: string): string {
  return words.classes[resourceClass as keyof typeof words.classes] ?? resourceClass;
}

export function percent(part: number): string {
  return `${(part * 100).toFixed(1)}%`;
}

export function date(time: Timestamp | undefined): Date | undefined {
  return time ? timestampDate(time) : undefined;
}

const two = (value: number) => String(value).padStart(2, "0");

/** `14:03:22`, of another day `11-29 14:03:22`, of another year with it. */
export function moment(time: Date | undefined, now = new Date()): string {
  if (!time) return "";
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  if (time.toDateString() === now.toDateString()) return clock;
  const day = `${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return time.getFullYear() === now.getFullYear()
    ? `${day} ${clock}`
    : `${time.getFullYear()}-${day} ${clock}`;
}

/** `2026-11-29 14:03:22`. */
export function fullMoment(time: Date | undefined): string {
  if (!time) return "";
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** `12 s`, `4 min`, `3 h`, `2 d`. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** The last part of a name: `web-1` of `projects/shop/vms/web-1`. */
export function id(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** `projects/shop` of `projects/shop/vms/web-1`. */
export function projectOf(name: string): string {
  return name.split("/").slice(0, 2).join("/");
}

/** The name of an enum's value as people read it: `RUNNING`. */
export function enumName(values: Readonly<Record<number, string>>, value: number): string {
  return values[value] ?? String(value);
}
