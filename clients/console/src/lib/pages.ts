/** A long list, page by page: the first page is renewed as things change, further ones are read as they come into sight. */

import type { Event } from "@chronovisor/client";
import { useEffect, useRef, useState } from "preact/hooks";
import { onEvents } from "./live.js";
import { readAt } from "./query.js";
import { at } from "./router.js";

export interface PageOf<T> {
  readonly items: readonly T[];
  readonly next: string;
}

/** How many there are in all; or at least so many, where counting them ended. */
export interface Total {
  readonly rows: number;
  readonly isMinimum: boolean;
}

/** A request for how many there are, and for no more rows than must be. */
export function counted(moment: bigint | undefined) {
  return { ...readAt(moment), pageSize: 1, returnTotalSize: true };
}

export async function totalOf(
  answer: PromiseLike<{ readonly totalSize: number; readonly totalSizeIsMinimum: boolean }>,
): Promise<Total> {
  const { totalSize, totalSizeIsMinimum } = await answer;
  return { rows: totalSize, isMinimum: totalSizeIsMinimum };
}

export interface Pages<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
  readonly loading: boolean;
  readonly error: unknown;
  /** What came since the list was read, where it is too long to be read again by itself. */
  readonly came: number;
  /** Undefined while it is not known. */
  readonly total: Total | undefined;
  readonly more: () => void;
  readonly reload: () => void;
}

export interface PagesOptions<T> {
  /** Identifies an item in the events' streams: `vms/UID`. */
  readonly streamOf?: (item: T) => string;
  /** One item, read again: undefined where it is not of the list any more. */
  readonly renew?: (item: T) => Promise<T | undefined>;
  /** Events of these types bring items. */
  readonly comesBy?: RegExp;
  readonly on?: string;
  /** How many there are, where that is more than a page: read after it, and again as things change. */
  readonly count?: (at: bigint | undefined, signal: AbortSignal) => Promise<Total>;
}

/** A list of one page is read again whole; of a longer one, the items that events are about, at most so many at once. */
const MOST_RENEWED = 50;
const CLOSEST_MS = 300;
/** Counts of a long list are no closer together than this. */
const COUNTS_MS = 5000;

type Read<T> = (at: bigint | undefined, token: string, signal: AbortSignal) => Promise<PageOf<T>>;

interface Held<T> {
  readonly items: readonly T[];
  readonly next: string;
  readonly loading: boolean;
  readonly error?: unknown;
  readonly came: number;
  readonly total?: Total | undefined;
}

const NOTHING = { items: [], next: "", loading: true, came: 0 };

export function usePages<T>(key: string, read: Read<T>, options: PagesOptions<T> = {}): Pages<T> {
  const moment = at.value;
  const [held, setHeld] = useState<Held<T>>(NOTHING);
  const now = useRef(held);
  now.current = held;
  const latest = useRef({ read, options });
  latest.current = { read, options };
  const acts = useRef({ more: () => {}, reload: () => {} });

  useEffect(() => {
    const end = new AbortController();
    let busy = false;
    let isLong = false;
    let timer = 0;
    let tookMs = 0;
    let counting = 0;
    let countedAt = 0;
    const touched = new Set<string>();
    let isStale = false;

    const set = (change: (before: Held<T>) => Held<T>) => {
      if (!end.signal.aborted) setHeld(change);
    };
    const countAll = async () => {
      const { count } = latest.current.options;
      if (!count) return;
      countedAt = performance.now();
      const total = await count(moment, end.signal).catch(() => undefined);
      if (total) set((before) => ({ ...before, total }));
    };
    const first = async () => {
      busy = true;
      isStale = false;
      touched.clear();
      const began = performance.now();
      try {
        const page = await latest.current.read(moment, "", end.signal);
        isLong = page.next !== "";
        const total = isLong ? undefined : { rows: page.items.length, isMinimum: false };
        set(() => ({ items: page.items, next: page.next, loading: false, came: 0, total }));
        if (isLong) void countAll();
      } catch (error) {
        set((before) => ({ ...before, loading: false, error }));
      }
      tookMs = performance.now() - began;
      busy = false;
    };
    const more = async () => {
      if (busy || !now.current.next) return;
      busy = true;
      try {
        const page = await latest.current.read(moment, now.current.next, end.signal);
        set((before) => ({ ...before, items: [...before.items, ...page.items], next: page.next }));
      } catch (error) {
        set((before) => ({ ...before, error }));
      }
      busy = false;
    };
    const renewItems = async () => {
      const { streamOf, renew } = latest.current.options;
      if (!streamOf || !renew) return;
      const requested = now.current.items
        .filter((each) => touched.has(streamOf(each)))
        .slice(0, MOST_RENEWED);
      touched.clear();
      const fresh = new Map<string, T | undefined>();
      await Promise.all(
        requested.map(async (each) => fresh.set(streamOf(each), await renew(each).catch(() => each))),
      );
      if (!fresh.size) return;
      set((before) => ({
        ...before,
        items: before.items.flatMap((each) => {
          const name = streamOf(each);
          if (!fresh.has(name)) return [each];
          const found = fresh.get(name);
          return found === undefined ? [] : [found];
        }),
      }));
    };
    const tick = async () => {
      timer = 0;
      if (busy) {
        timer = window.setTimeout(() => void tick(), CLOSEST_MS);
        return;
      }
      if (isStale && !isLong) await first();
      else if (touched.size) await renewItems();
      if (isLong && !counting) {
        const rest = Math.max(0, COUNTS_MS - (performance.now() - countedAt));
        counting = window.setTimeout(() => {
          counting = 0;
          void countAll();
        }, rest);
      }
    };
    const later = () => {
      if (!timer) timer = window.setTimeout(() => void tick(), Math.max(CLOSEST_MS, tookMs * 3));
    };
    const take = (events: readonly Event[]) => {
      const { on = "vms/", comesBy } = latest.current.options;
      const mine = events.filter((each) => each.stream.startsWith(on));
      if (events.length && !mine.length) return;
      isStale = true;
      for (const each of mine) touched.add(each.stream);
      const came = comesBy ? mine.filter((each) => comesBy.test(each.payload.case ?? "")).length : 0;
      if (came && isLong) set((before) => ({ ...before, came: before.came + came }));
      later();
    };
    acts.current = { more: () => void more(), reload: () => void first() };
    setHeld((before) => ({ ...before, loading: true, error: undefined }));
    void first();
    const stop = moment === undefined ? onEvents(take) : () => {};
    return () => {
      end.abort();
      clearTimeout(timer);
      clearTimeout(counting);
      stop();
    };
  }, [key, moment]);

  return {
    items: held.items,
    hasMore: held.next !== "",
    loading: held.loading,
    error: held.error,
    came: held.came,
    total: held.total,
    more: () => acts.current.more(),
    reload: () => acts.current.reload(),
  };
}
