/** A state: a word with a shape and a colour, so that nobody has to distinguish it by the colour or the shape alone. */

import { words } from "../words.js";

type Tone = "good" | "busy" | "off" | "warn" | "bad" | "gone";

const TONES: Readonly<Record<string, Tone>> = {
  RUNNING: "good",
  ACTIVE: "good",
  DONE: "good",
  PENDING: "busy",
  STARTING: "busy",
  REBOOTING: "busy",
  MIGRATING: "busy",
  STOPPING: "busy",
  DELETING: "busy",
  DRAINING: "busy",
  UNDER_WAY: "busy",
  STOPPED: "off",
  PAUSED: "warn",
  CORDONED: "warn",
  MAINTENANCE: "warn",
  UNKNOWN: "warn",
  FAILED: "bad",
  DOWN: "bad",
  FENCED: "bad",
  DELETED: "gone",
  DECOMMISSIONED: "gone",
};

/** Shapes on a grid of 10. */
const SHAPES: Readonly<Record<Tone, string>> = {
  good: "M5 1.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7z",
  busy: "M5 1.500a3.500 3.500 0 0 0 0 7z M5 1.500a3.500 3.500 0 0 1 0 7",
  off: "M2 2h6v6H2z",
  warn: "M5 1.200L9 8.500H1z",
  bad: "M2 1L5 4 8 1 9 2 6 5 9 8 8 9 5 6 2 9 1 8 4 5 1 2z",
  gone: "M1.500 4.300h7v1.400h-7z",
};

export function State({ state }: { state: string }) {
  const tone = TONES[state] ?? "off";
  return (
    <span class={`state ${tone}`}>
      <svg width="9" height="9" viewBox="0 0 10 10" aria-hidden="true" focusable="false">
        <path d={SHAPES[tone]} />
      </svg>
      {words.states[state] ?? state.toLowerCase()}
    </span>
  );
}
