/**
 * A live chart of utilization in the terminal: `node utilization.js [SCOPE] [--for SECONDS]`.
 *
 * SCOPE is `fleet` (default), `hosts/HOST`, `zones/ZONE` or `projects/PROJECT`; the server is $CHRONOVISOR_SERVER. It follows
 * the terminal's width, and NO_COLOR. Into a pipe, it writes a chart for each change, without escape codes.
 */

import { parseArgs } from "node:util";
import { Cancelled, ChronovisorError, connect, type Utilization } from "@chronovisor/client";
import { chart } from "./chart.js";

const { values, positionals } = parseArgs({ options: { for: { type: "string" } }, allowPositionals: true });
const [scope = "fleet"] = positionals;
const seconds = Number.parseFloat(values.for ?? "Infinity");
const { stdout } = process;
const isLive = stdout.isTTY === true;
const isColored = isLive && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";

let latest: Utilization | undefined;
let lines = 0;

function draw(): void {
  if (!latest) return;
  const rows = chart(latest, { width: isLive ? stdout.columns : 80, isColored });
  // Back to the first line of the chart before, and clear what is below.
  if (isLive && lines > 0) stdout.write(`\x1b[${lines}F\x1b[J`);
  stdout.write(`${rows.join("\n")}\n`);
  lines = rows.length;
}

const ended = new AbortController();
process.once("SIGINT", () => ended.abort());
// What is piped into `head` ends with it.
stdout.once("error", () => ended.abort());
const timer = Number.isFinite(seconds) ? setTimeout(() => ended.abort(), seconds * 1000) : undefined;
if (isLive) {
  stdout.on("resize", () => {
    // What was drawn may have been wrapped anew: how many lines it takes now, only the terminal knows.
    stdout.write("\x1b[2J\x1b[H");
    lines = 0;
    draw();
  });
}

const client = connect();
try {
  // At most ten charts a second.
  const watch = client.utilization.watch(scope, {
    minimumIntervalMs: 100,
    signal: ended.signal,
    onStatus: (status) => {
      if (status === "interrupted") process.stderr.write("The server is away; waiting for it.\n");
    },
  });
  for await (latest of watch) draw();
} catch (error) {
  if (error instanceof ChronovisorError && !(error instanceof Cancelled)) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } else if (!(error instanceof Cancelled)) {
    throw error;
  }
} finally {
  clearTimeout(timer);
  client.close();
}
