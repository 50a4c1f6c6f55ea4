/**
 * The one stream of the page: every event of the ledger that its reader may see, over every interruption. It says that something
 * changed; what, the page's queries read. One stream, since browsers have six connections an origin over HTTP/1.1.
 */

import { timestampDate } from "@bufbuild/protobuf/wkt";
import { type Event, OutOfRange, type WatchStatus } from "@chronovisor/client";
import { HistoryService } from "@chronovisor/gen/chronovisor/v1/history_service_pb.js";
import { WatchStart } from "@chronovisor/gen/chronovisor/v1/streams_pb.js";
import { signal } from "@preact/signals";
import { client } from "./client.js";

export type Connection = "connecting" | "live" | "lost";

export interface Head {
  readonly position: bigint;
  readonly time: Date;
}

/** A page that nobody looks at gives its connection back after so long. */
const HIDDEN_MS = 15_000;
const AGAIN_MS = 1000;

export const connection = signal<Connection>("connecting");
export const lostSince = signal<Date | undefined>(undefined);
/** The newest position that is known. */
export const head = signal<Head | undefined>(undefined);

type Listener = (events: readonly Event[]) => void;
const listeners = new Set<Listener>();

/** Called with the events of each message; with none when the stream is back, and anything may have changed. */
export function onEvents(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function follow(): void {
  let end = new AbortController();
  let hidden = 0;
  const begin = () => {
    end = new AbortController();
    void run(end.signal);
  };
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = window.setTimeout(() => end.abort(), HIDDEN_MS);
    else if (end.signal.aborted) begin();
  });
  begin();
}

async function run(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await watch(signal);
    } catch (error) {
      if (signal.aborted) return;
      // Another history: nothing that the page shows need be so.
      if (error instanceof OutOfRange) location.reload();
      lost();
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}

async function watch(signal: AbortSignal): Promise<void> {
  const after = head.value?.position;
  const request = after
    ? { start: WatchStart.AFTER_POSITION, afterPosition: after, maxBatchSize: 500 }
    : { start: WatchStart.NOW, maxBatchSize: 500 };
  const watched = client.watch(HistoryService.method.watchEvents, request, { signal, onStatus });
  for await (const { message } of watched) {
    switch (message.case) {
      case "event":
        take([message.value]);
        break;
      case "events":
        take(message.value.events);
        break;
      case "checkpoint":
        moveTo(message.value.position, message.value.time ? timestampDate(message.value.time) : undefined);
        break;
      default:
    }
  }
}

function onStatus(status: WatchStatus): void {
  if (status === "interrupted") lost();
  if (status === "caughtUp") {
    connection.value = "live";
    lostSince.value = undefined;
    notify([]);
  }
}

function lost(): void {
  if (connection.value === "lost") return;
  connection.value = "lost";
  lostSince.value = new Date();
}

function take(events: readonly Event[]): void {
  const last = events.at(-1);
  if (!last) return;
  moveTo(last.position, last.commitTime ? timestampDate(last.commitTime) : undefined);
  notify(events);
}

function notify(events: readonly Event[]): void {
  for (const listener of [...listeners]) listener(events);
}

function moveTo(position: bigint, time: Date | undefined): void {
  const before = head.value;
  if (before && position <= before.position) return;
  head.value = { position, time: time ?? before?.time ?? new Date() };
}
