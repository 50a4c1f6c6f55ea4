/** Totals as bars of text. Knows no terminal: widths and colours are parameters. */

import type { Utilization } from "@chronovisor/client";

export interface ChartStyle {
  /** Columns. */
  readonly width: number;
  readonly isColored: boolean;
}

const UNITS: Readonly<Record<string, string>> = {
  vcpus: "vCPUs",
  memory_mib: "GiB memory",
  disk_gib: "GiB disk",
};
/** From this eta on: green, yellow, red. */
const COLORS: readonly [number, number][] = [
  [0.9, 31],
  [0.7, 33],
  [0, 32],
];
const PARTS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A line for the scope, and one for each class. */
export function chart(
  { scope, hosts, runningVms, position, classes }: Utilization,
  style: ChartStyle,
): string[] {
  const rows = classes.map(({ resourceClass, allocated, total, eta }) => ({
    label: UNITS[resourceClass] ?? resourceClass,
    amount: `${amount(resourceClass, allocated)} of ${amount(resourceClass, total)}`,
    percent: `${(eta * 100).toFixed(1)}%`,
    eta,
  }));
  const widest = (key: "label" | "amount" | "percent") => Math.max(0, ...rows.map((row) => row[key].length));
  const [label, amounts, percent] = [widest("label"), widest("amount"), widest("percent")];
  // A narrow terminal has the bar and the percentage.
  const isNarrow = style.width < label + amounts + percent + 16;
  const room = style.width - label - percent - 2 - (isNarrow ? 0 : amounts + 2);
  const title = `${scope || "fleet"}: ${runningVms} VMs on ${hosts} hosts, position ${position}`;
  return [
    title.slice(0, style.width),
    ...rows.map((row) => {
      const line = `${row.label.padEnd(label)} ${bar(row.eta, room, style)} ${row.percent.padStart(percent)}`;
      return isNarrow ? line : `${line}  ${row.amount.padStart(amounts)}`;
    }),
  ];
}

/** Exactly `width` columns, full at 1 and above. */
export function bar(eta: number, width: number, { isColored }: ChartStyle): string {
  if (width <= 0) return "";
  const eighths = Math.round(Math.min(Math.max(eta, 0), 1) * width * 8);
  const full = "█".repeat(Math.floor(eighths / 8)) + PARTS[eighths % 8];
  const color = COLORS.find(([from]) => eta >= from)?.[1];
  return `${isColored && full && color ? `\x1b[${color}m${full}\x1b[39m` : full}${"·".repeat(width - full.length)}`;
}

function amount(resourceClass: string, units: bigint): string {
  if (resourceClass !== "memory_mib") return String(units);
  return (Number(units) / 1024).toFixed(units % 1024n === 0n ? 0 : 1);
}
