/** Reads of the page: each of now, read again when something changed, or of the position that the slider is at, read once. */

import { type Event, Unavailable } from "@chronovisor/client";
import { useEffect, useRef, useState } from "preact/hooks";
import { connection, onEvents } from "./live.js";
import { at } from "./router.js";

/** What a read gives, and how it is. */
export interface Query<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  /** The first answer, or that of another position, is not there yet. */
  readonly loading: boolean;
  readonly reload: () => void;
}

type Read<T> = (at: bigint | undefined, signal: AbortSignal) => Promise<T>;

export interface QueryOptions {
  /** Streams whose events change the answer, such as `vms/`. Without: every event of VMs, hosts and projects. */
  readonly on?: readonly string[];
  /** The answer of now, also on a page of the past. */
  readonly ofNow?: boolean;
  /** Nothing is read. */
  readonly skip?: boolean;
}

/** Any event: accounts, policies and roles have streams of their own. */
export const ANY = { on: [""] };

/** The position of a read, as the API's requests have it. */
export function readAt(at: bigint | undefined): { atPosition?: bigint } {
  return at === undefined ? {} : { atPosition: at };
}

const STREAMS = ["vms/", "hosts/", "projects/"];
/** Reads of now are no closer together than this, and than so many times as long as the last one took. */
const CLOSEST_MS = 250;
const REST = 3;
/** After the control plane did not answer. */
const AGAIN_MS = 1000;
/** Answers about the past never change. */
const kept = new Map<string, unknown>();
const MOST_KEPT = 300;

function keep(key: string, data: unknown): void {
  kept.set(key, data);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value ?? "");
}

function concerns(events: readonly Event[], streams: readonly string[]): boolean {
  return !events.length || events.some((each) => streams.some((stream) => each.stream.startsWith(stream)));
}

interface Held<T> {
  readonly key: string;
  readonly data?: T;
  readonly error?: unknown;
}

/** `key` says what is read: another key is another read. */
export function useQuery<T>(key: string, read: Read<T>, options: QueryOptions = {}): Query<T> {
  const { on = STREAMS, ofNow = false, skip = false } = options;
  const moment = ofNow ? undefined : at.value;
  const whole = moment === undefined ? key : `${key}@${moment}`;
  const [held, setHeld] = useState<Held<T>>({ key: "" });
  const latest = useRef(read);
  latest.current = read;
  const again = useRef<() => void>(() => {});

  useEffect(() => {
    if (skip) return;
    if (moment !== undefined && kept.has(whole)) {
      setHeld({ key: whole, data: kept.get(whole) as T });
      return;
    }
    const end = new AbortController();
    let timer = 0;
    let busy = false;
    let missed = false;
    let tookMs = 0;
    let readAt = 0;

    const once = async () => {
      busy = true;
      missed = false;
      const began = performance.now();
      try {
        const data = await latest.current(moment, end.signal);
        if (end.signal.aborted) return;
        if (moment !== undefined) keep(whole, data);
        setHeld({ key: whole, data });
      } catch (error) {
        if (end.signal.aborted) return;
        // What was read before is still what is known: the line above the page says that it is not fresh.
        setHeld((before) =>
          before.key === whole && before.data !== undefined && connection.value === "lost"
            ? before
            : { key: whole, error },
        );
        if (error instanceof Unavailable) timer = window.setTimeout(() => void once(), AGAIN_MS);
      } finally {
        readAt = performance.now();
        tookMs = readAt - began;
        busy = false;
        if (missed && !end.signal.aborted) later();
      }
    };
    const later = () => {
      if (busy) {
        missed = true;
        return;
      }
      clearTimeout(timer);
      const rest = Math.max(CLOSEST_MS, tookMs * REST) - (performance.now() - readAt);
      timer = window.setTimeout(() => void once(), Math.max(0, rest));
    };
    again.current = later;
    void once();
    const stop = moment === undefined ? onEvents((events) => concerns(events, on) && later()) : () => {};
    return () => {
      end.abort();
      clearTimeout(timer);
      stop();
    };
  }, [whole, skip, on.join()]);

  const isOfKey = held.key === whole || held.key.split("@")[0] === key;
  return {
    data: isOfKey ? held.data : undefined,
    error: held.key === whole ? held.error : undefined,
    loading: held.key !== whole,
    reload: () => again.current(),
  };
}
