/** Operations until they are done: read again when something happened, and now and then. No stream of their own. */

import type { Operation } from "@chronovisor/client";
import { useEffect, useState } from "preact/hooks";
import { client } from "./client.js";
import { onEvents } from "./live.js";

const EVERY_MS = 1000;
const CLOSEST_MS = 150;
/** Of many, so many are read at once. */
const MOST_READ = 20;

export function useOperations(begun: readonly Operation[]): readonly Operation[] {
  const [read, setRead] = useState({ begun, operations: begun });
  useEffect(() => {
    const left = new Set(begun.filter((each) => !each.done && each.name).map((each) => each.name));
    if (!left.size) return;
    const end = new AbortController();
    let readAt = 0;
    let isBusy = false;
    const readAgain = async () => {
      if (isBusy || performance.now() - readAt < CLOSEST_MS) return;
      isBusy = true;
      const requested = [...left].slice(0, MOST_READ);
      const found = new Map<string, Operation>();
      await Promise.all(
        requested.map((name) =>
          client.stubs.operations
            .getOperation({ name }, { signal: end.signal })
            .then((each) => found.set(name, each))
            .catch(() => undefined),
        ),
      );
      isBusy = false;
      readAt = performance.now();
      if (end.signal.aborted) return;
      for (const [name, each] of found) if (each.done) left.delete(name);
      setRead((before) => {
        const known = before.begun === begun ? before.operations : begun;
        return { begun, operations: known.map((each) => found.get(each.name) ?? each) };
      });
      if (!left.size) end.abort();
      else if (found.size === MOST_READ) setTimeout(() => void readAgain(), CLOSEST_MS);
    };
    const timer = setInterval(() => void readAgain(), EVERY_MS);
    const stop = onEvents(() => void setTimeout(() => void readAgain(), CLOSEST_MS));
    end.signal.addEventListener("abort", () => {
      clearInterval(timer);
      stop();
    });
    return () => end.abort();
  }, [begun]);
  // What was read of others says nothing of these: no operations at all would be done.
  return read.begun === begun ? read.operations : begun;
}
