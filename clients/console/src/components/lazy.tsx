/** A part of the page, of one resource, whose code is fetched when it is first shown. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Loading, Problem } from "./basics.js";

type Load = () => Promise<{ readonly default: ComponentType<{ name: string }> }>;

export function Lazy({ load, name }: { load: Load; name: string }) {
  const [part, setPart] = useState<{ readonly Part: ComponentType<{ name: string }> }>();
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    setError(undefined);
    load().then((found) => setPart({ Part: found.default }), setError);
  }, [attempt]);
  if (error !== undefined) return <Problem error={error} retry={() => setAttempt((before) => before + 1)} />;
  return part ? <part.Part name={name} /> : <Loading />;
}
