/** Where the slider is, and how it moves: by a drag, event by event, and as time goes by. */

import { effect, signal } from "@preact/signals";
import { head } from "../lib/live.js";
import { at, setAt } from "../lib/router.js";
import { type EventAt, eventAfter, eventBefore, eventUpTo } from "./timeline.js";

/** The event that the page is at; undefined for now, and until it is known. */
export const here = signal<EventAt | undefined>(undefined);
/** Where the handle is while it is dragged, in milliseconds since 1970. */
export const dragged = signal<number | undefined>(undefined);
/** Of the past, so many milliseconds a millisecond; 0 while nothing plays. */
export const playing = signal(0);
export const speed = signal(10);
export const SPEEDS: readonly number[] = [1, 10, 60, 600, 3600];

const PLAY_STEP_MS = 300;

let requests = 0;

/** Of several requests, the last one is shown. */
async function show(find: Promise<EventAt | undefined>): Promise<EventAt | undefined> {
  const mine = ++requests;
  const found = await find.catch(() => undefined);
  if (mine !== requests || !found) return undefined;
  here.value = found;
  setAt(found.position);
  return found;
}

export function toTime(time: number): Promise<EventAt | undefined> {
  return show(eventUpTo(new Date(time)));
}

export function toNow(): void {
  requests++;
  playing.value = 0;
  here.value = undefined;
  setAt(undefined);
}

export async function stepBack(steps = 1): Promise<void> {
  const from = at.value ?? (head.value?.position ?? 0n) + 1n;
  await show(eventBefore(from, steps));
}

/** Past the last event is now. */
export async function stepOn(steps = 1): Promise<void> {
  const from = at.value;
  if (from === undefined) return;
  const next = await eventAfter(from, steps);
  if (!next || next.position >= (await newest())) toNow();
  else await show(Promise.resolve(next));
}

async function newest(): Promise<bigint> {
  const last = head.value && (await eventUpTo(head.value.position));
  return last?.position ?? 0n;
}

let timer = 0;

export function play(): void {
  if (playing.value || at.value === undefined) return;
  playing.value = speed.value;
  let time = here.value?.time.getTime() ?? Date.now();
  const tick = async () => {
    if (!playing.value) return;
    time += PLAY_STEP_MS * speed.value;
    const end = head.value?.time.getTime() ?? Date.now();
    if (time >= end) {
      toNow();
      return;
    }
    dragged.value = time;
    const found = await eventUpTo(new Date(time)).catch(() => undefined);
    if (!playing.value) return;
    if (found && found.position !== at.value) {
      here.value = found;
      setAt(found.position);
    }
    timer = window.setTimeout(() => void tick(), PLAY_STEP_MS);
  };
  timer = window.setTimeout(() => void tick(), PLAY_STEP_MS);
}

export function pause(): void {
  playing.value = 0;
  dragged.value = undefined;
  clearTimeout(timer);
}

/** A link, or the browser's own way back, leads to a position: which event that is, has to be read. */
effect(() => {
  const position = at.value;
  if (position === undefined) {
    here.value = undefined;
    if (playing.peek()) pause();
  } else if (here.peek()?.position !== position) {
    const mine = ++requests;
    void eventUpTo(position)
      .then((found) => {
        if (mine === requests && found) here.value = { ...found, position };
      })
      .catch(() => {});
  }
});
