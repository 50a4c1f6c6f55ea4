/** Moments as people type them: a position of the ledger, or a time of this browser's clock. */

import { type Timestamp, timestampFromDate } from "@bufbuild/protobuf/wkt";

export interface Typed {
  readonly position?: bigint;
  readonly time?: Timestamp;
}

const AGO = /^(\d+)\s*(s|min|m|h|d)(\s+ago)?$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, min: 6e4, h: 36e5, d: 864e5 };

/** Empty is an empty answer; undefined what is neither a position nor a time. `2h` is two hours ago. */
export function typed(text: string, now = new Date()): Typed | undefined {
  const given = text.trim();
  if (!given) return {};
  if (/^\d+$/.test(given)) return { position: BigInt(given) };
  const ago = AGO.exec(given);
  if (ago) {
    const time = now.getTime() - Number(ago[1]) * (UNIT_MS[ago[2] ?? ""] ?? 0);
    return { time: timestampFromDate(new Date(time)) };
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(given)) return undefined;
  const time = new Date(given.replace(/^(\d{4}-\d{2}-\d{2}) /, "$1T"));
  return Number.isNaN(time.getTime()) ? undefined : { time: timestampFromDate(time) };
}
