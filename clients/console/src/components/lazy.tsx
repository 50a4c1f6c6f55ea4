/** A part of the page, of one resource, whose code is fetched when it is first shown. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Loading, Problem } from "./basics.js";

type Load<P> = () => Promise<{ readonly default: ComponentType<P> }>;

/** `of` is what the part is shown with. */
export function Lazy<P extends object>({ load, of }: { load: Load<P>; of: P }) {
  const [part, setPart] = useState<{ readonly Part: ComponentType<P> }>();
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    setError(undefined);
    load().then((found) => setPart({ Part: found.default }), setError);
  }, [attempt, load]);
  if (error !== undefined) return <Problem error={error} retry={() => setAttempt((before) => before + 1)} />;
  return part ? <part.Part {...of} /> : <Loading />;
}
