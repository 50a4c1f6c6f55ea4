/** What the slider shows: where history begins and ends, how much happened when, and what of it stands out. */

import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Event } from "@chronovisor/client";
import { TimelineCategory as Category } from "@chronovisor/gen/chronovisor/v1/timeline_pb.js";
import { client } from "../lib/client.js";
import { isSilent, type Mark, sentence, subjectOf } from "../lib/events.js";
import { date, id } from "../lib/format.js";

/** Something that stands out. */
export interface MarkAt {
  readonly time: number;
  readonly mark: Mark;
}

export interface Span {
  /** The window, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** How many events, in parts of equal time. */
  readonly density: readonly number[];
  readonly marks: readonly MarkAt[];
}

export interface EventAt {
  readonly position: bigint;
  readonly time: Date;
  readonly text: string;
}

const PARTS = 160;
const MOST_MARKS = 300;

/** Of the categories that the control plane marks one by one. */
const MARKED: Readonly<Partial<Record<Category, Mark>>> = {
  [Category.FAILED]: "failed",
  [Category.GIVEN_UP]: "failed",
  [Category.HOST_TROUBLE]: "failed",
  [Category.MIGRATED]: "migrated",
  [Category.ACCESS]: "policy",
};
/** Of those that are too many for that: one mark a part. */
const COUNTED: Readonly<Partial<Record<Category, Mark>>> = {
  [Category.CREATED]: "created",
  [Category.DESTROYED]: "removed",
};

const timeOf = (event: Event) => date(event.commitTime)?.getTime() ?? 0;

function described(event: Event, names: Readonly<Record<string, string>>): string {
  return `${id(subjectOf(event, names))}: ${sentence(event)}`;
}

let known: number | undefined;

/** When the first event was committed. */
async function firstTime(): Promise<number | undefined> {
  known ??= date((await client.stubs.history.getTimeline({ buckets: 1 })).firstTime)?.getTime();
  return known;
}

/** The newest `windowMs` up to `now`; all of history where that is not given. */
export async function spanOf(windowMs: number | undefined, now: number): Promise<Span> {
  const first = await firstTime();
  const from = Math.max(first ?? now - 60_000, windowMs === undefined ? 0 : now - windowMs);
  const to = Math.max(now, from + 1000);
  const found = await client.stubs.history.getTimeline({
    fromTime: timestampFromDate(new Date(from - 1)),
    toTime: timestampFromDate(new Date(to)),
    buckets: PARTS,
    maxMarks: MOST_MARKS,
  });
  const starts = found.buckets.map((each) => date(each.startTime)?.getTime() ?? from);
  const part = (to - from) / PARTS;
  const density = new Array<number>(PARTS).fill(0);
  const marks: MarkAt[] = found.marks.flatMap((each) => {
    const mark = MARKED[each.category];
    return mark ? [{ time: date(each.time)?.getTime() ?? from, mark }] : [];
  });
  found.buckets.forEach((bucket, place) => {
    const start = starts[place] ?? from;
    const at = Math.min(PARTS - 1, Math.max(0, Math.round((start - from) / part)));
    for (const { category, events } of bucket.counts) {
      if (category === Category.BOOKKEEPING) continue;
      density[at] = (density[at] ?? 0) + Number(events);
      const mark = COUNTED[category];
      if (mark) marks.push({ time: start + part / 2, mark });
    }
  });
  return { from, to, density, marks };
}

const STEP_PAGE = 50;

/** The events that were read last: all from `first` up to `last`, newest first. What is past does not change. */
interface Read {
  readonly first: bigint;
  readonly last: bigint;
  readonly stops: readonly EventAt[];
}

let latest: Read | undefined;

function eventAt(event: Event, names: Readonly<Record<string, string>>): EventAt {
  return { position: event.position, time: new Date(timeOf(event)), text: described(event, names) };
}

/** Of the events that were read last, so that a step back seldom waits for the control plane. */
function readBefore(position: bigint): EventAt | undefined {
  if (!latest || position < latest.first || position > latest.last) return undefined;
  return latest.stops.find((each) => each.position <= position);
}

/** The last event up to a position or a time that is one to stop at; undefined before the first. */
export async function eventUpTo(moment: bigint | Date): Promise<EventAt | undefined> {
  const known = moment instanceof Date ? undefined : readBefore(moment);
  if (known) return known;
  let to = moment instanceof Date ? { toTime: timestampFromDate(moment) } : { toPosition: moment };
  for (;;) {
    const { events, names } = await client.stubs.history.listEvents({
      ...to,
      newestFirst: true,
      pageSize: STEP_PAGE,
    });
    const [newest] = events;
    const oldest = events.at(-1);
    if (!newest || !oldest) return undefined;
    const stops = events.filter((each) => !isSilent(each)).map((each) => eventAt(each, names));
    if (stops[0]) {
      latest = { first: oldest.position, last: newest.position, stops };
      return stops[0];
    }
    if (oldest.position <= 1n) return undefined;
    to = { toPosition: oldest.position - 1n };
  }
}

/** The next event after a position to stop at; undefined after the last. */
export async function eventAfter(position: bigint, steps = 1): Promise<EventAt | undefined> {
  let after = position;
  let left = steps;
  let reached: EventAt | undefined;
  for (;;) {
    const { events, names } = await client.stubs.history.listEvents({
      afterPosition: after,
      pageSize: STEP_PAGE,
    });
    for (const each of events) {
      if (isSilent(each)) continue;
      reached = eventAt(each, names);
      if (--left === 0) return reached;
    }
    const last = events.at(-1);
    if (!last) return reached;
    after = last.position;
  }
}

/** The event so many steps before a position. */
export async function eventBefore(position: bigint, steps = 1): Promise<EventAt | undefined> {
  let reached: EventAt | undefined;
  let from = position;
  for (let left = steps; left > 0; left--) {
    const found = await eventUpTo(from - 1n);
    if (!found) return reached;
    reached = found;
    from = found.position;
  }
  return reached;
}
