/** A part of the page whose code is fetched when it is first shown. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Loading, Problem } from "./basics.js";

type Load = () => Promise<{ readonly default: ComponentType }>;

export function Lazy({ load }: { load: Load }) {
  const [part, setPart] = useState<{ readonly Part: ComponentType }>();
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    setError(undefined);
    load().then((found) => setPart({ Part: found.default }), setError);
  }, [attempt]);
  if (error !== undefined) return <Problem error={error} retry={() => setAttempt((before) => before + 1)} />;
  return part ? <part.Part /> : <Loading />;
}
