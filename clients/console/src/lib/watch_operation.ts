/** An operation until it is done: read again when something happened, and now and then. No stream of its own. */

import type { Operation } from "@chronovisor/client";
import { useEffect, useState } from "preact/hooks";
import { client } from "./client.js";
import { onEvents } from "./live.js";

const EVERY_MS = 1000;
const CLOSEST_MS = 150;

export function useOperation(begun: Operation | undefined): Operation | undefined {
  const [operation, setOperation] = useState<Operation>();
  useEffect(() => {
    setOperation(begun);
    if (!begun || begun.done || !begun.name) return;
    const end = new AbortController();
    let readAt = 0;
    let isBusy = false;
    const read = async () => {
      if (isBusy || performance.now() - readAt < CLOSEST_MS) return;
      isBusy = true;
      const found = await client.stubs.operations
        .getOperation({ name: begun.name }, { signal: end.signal })
        .catch(() => undefined);
      isBusy = false;
      readAt = performance.now();
      if (end.signal.aborted || !found) return;
      setOperation(found);
      if (found.done) end.abort();
    };
    const timer = setInterval(() => void read(), EVERY_MS);
    const stop = onEvents(() => void setTimeout(() => void read(), CLOSEST_MS));
    end.signal.addEventListener("abort", () => {
      clearInterval(timer);
      stop();
    });
    return () => end.abort();
  }, [begun]);
  return operation;
}
