/** A VM's serial console. In a file of its own, that is fetched when it is opened. */

import "@xterm/xterm/css/xterm.css";
import "../styles/guest.css";
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { useCallback, useState } from "preact/hooks";
import "../lib/adopted_style.js";
import { at } from "../lib/router.js";
import { commandLine } from "../lib/shell_words.js";
import { words } from "../words.js";
import { Command, Empty } from "./basics.js";
import { GuestView, type Shown } from "./guest_view.js";

/** What a guest takes a serial line to have, unless somebody sets it: a terminal is never smaller. */
const COLUMNS = 80;
const ROWS = 24;
const KEPT_LINES = 5000;
/** What comes so soon was written before: queries of a guest to its terminal were answered then, or are of no use now. */
const REPLAYED_MS = 1000;
const QUERIES = [
  { final: "n" },
  { prefix: "?", final: "n" },
  { final: "c" },
  { prefix: ">", final: "c" },
  { prefix: "=", final: "c" },
  { final: "t" },
  { intermediates: "$", final: "p" },
  { prefix: "?", intermediates: "$", final: "p" },
];
/** Of colours. */
const QUERIED_COLOURS = [4, 10, 11, 12];

interface Size {
  readonly columns: number;
  readonly rows: number;
}

function show(into: HTMLElement, send: (data: Uint8Array) => void, resized: (size: Size) => void): Shown {
  const terminal = new Terminal({
    cols: COLUMNS,
    rows: ROWS,
    scrollback: KEPT_LINES,
    screenReaderMode: true,
    fontFamily: "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
    fontSize: 14,
    disableStdin: true,
    theme: { background: "#10141b", foreground: "#e6e9ee" },
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(into);
  const resize = () => {
    const fitting = fit.proposeDimensions();
    // Nothing of it is to be seen.
    if (!fitting || !Number.isFinite(fitting.cols + fitting.rows)) return;
    const size = { columns: Math.max(COLUMNS, fitting.cols), rows: Math.max(ROWS, fitting.rows) };
    terminal.resize(size.columns, size.rows);
    resized(size);
  };
  const observer = new ResizeObserver(resize);
  observer.observe(into);
  const encoder = new TextEncoder();
  let begun = 0;
  let replayed = 0;
  const isReplayed = () => replayed > 0;
  for (const each of QUERIES) terminal.parser.registerCsiHandler(each, isReplayed);
  terminal.parser.registerDcsHandler({ intermediates: "$", final: "q" }, isReplayed);
  for (const each of QUERIED_COLOURS) terminal.parser.registerOscHandler(each, isReplayed);
  terminal.onData((text) => send(encoder.encode(text)));
  terminal.onBinary((text) => send(Uint8Array.from(text, (each) => each.charCodeAt(0))));
  return {
    begin: (isFocused) => {
      terminal.reset();
      begun = performance.now();
      if (isFocused) terminal.focus();
    },
    bytes: (data) => {
      if (performance.now() - begun > REPLAYED_MS) {
        terminal.write(data);
        return;
      }
      replayed += 1;
      terminal.write(data, () => {
        replayed -= 1;
      });
    },
    writes: (writer) => {
      terminal.options.disableStdin = !writer;
    },
    focus: () => terminal.focus(),
    leave: () => terminal.blur(),
    end: () => {
      observer.disconnect();
      terminal.dispose();
    },
  };
}

export default function VmConsole({ name, runs }: { name: string; runs: boolean }) {
  const [size, setSize] = useState<Size>({ columns: COLUMNS, rows: ROWS });
  const resized = useCallback(
    (next: Size) =>
      setSize((before) => (before.columns === next.columns && before.rows === next.rows ? before : next)),
    [],
  );
  const shown = useCallback(
    (into: HTMLElement, send: (data: Uint8Array) => void) => show(into, send, resized),
    [resized],
  );
  return (
    <GuestView kind="console" name={name} runs={runs} show={shown}>
      {runs && at.value === undefined && (
        <>
          <p class="guest-size">{words.vm.consoleSize(size.columns, size.rows)}</p>
          <Command text={`stty cols ${size.columns} rows ${size.rows}`} />
        </>
      )}
      <Empty>{words.vm.consoleInTerminal}</Empty>
      <Command text={commandLine(["vm", "console", name])} />
      <Command text={commandLine(["vm", "console", name], { log: true })} />
    </GuestView>
  );
}
