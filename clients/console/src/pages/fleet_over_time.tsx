/** eta by class over time: the past from a stream that ends where now begins, then each total as it comes. */

import type { Utilization } from "@chronovisor/client";
import type { ClassUtilization } from "@chronovisor/gen/chronovisor/v1/utilization_service_pb.js";
import { useEffect, useState } from "preact/hooks";
import { Card, Loading } from "../components/basics.js";
import { Chart, type Line } from "../components/chart.js";
import { client } from "../lib/client.js";
import { className, date, quantity } from "../lib/format.js";
import { onEvents } from "../lib/live.js";
import { at } from "../lib/router.js";
import { words } from "../words.js";

const MOST_POINTS = 600;
const RENEW_MS = 1000;
const COLOURS: Readonly<Record<string, string>> = {
  vcpus: "chart-vcpus",
  memory_mib: "chart-memory",
  disk_gib: "chart-disk",
};

interface Point {
  readonly time: number;
  readonly classes: ReadonlyMap<string, ClassUtilization>;
}

/** Before the first event there is no time: it is then `first`. */
function pointOf(totals: Utilization, first?: Date): Point {
  return {
    time: ((date(totals.readTime) ?? first)?.getTime() ?? Date.now()) / 1000,
    classes: new Map(totals.classes.map((each) => [each.resourceClass, each])),
  };
}

/** All of the past, in steps of such a length that there are not too many; the stream is left where it is live. */
async function past(scope: string, signal: AbortSignal): Promise<Point[]> {
  const { events } = await client.stubs.history.listEvents({ pageSize: 1 }, { signal });
  const first = date(events[0]?.commitTime);
  if (!first) return [];
  const points: Point[] = [];
  const end = new AbortController();
  const stop = () => end.abort();
  signal.addEventListener("abort", stop, { once: true });
  const watched = client.utilization.watch(scope, {
    from: first,
    stepMs: Math.max(1, Math.ceil((Date.now() - first.getTime()) / MOST_POINTS)),
    signal: end.signal,
    onStatus: (status) => status === "caughtUp" && stop(),
  });
  try {
    for await (const totals of watched) points.push(pointOf(totals, first));
  } catch {
    // Left, at the end of the past; or refused: then the chart begins now.
  } finally {
    signal.removeEventListener("abort", stop);
  }
  return points;
}

function useCourse(scope: string): readonly Point[] | undefined {
  const [points, setPoints] = useState<readonly Point[]>();
  useEffect(() => {
    const end = new AbortController();
    let isStale = false;
    void past(scope, end.signal)
      .catch(() => [])
      .then((found) => !end.signal.aborted && setPoints(thinned(found)));
    const stop = onEvents(() => {
      isStale = true;
    });
    const renew = async () => {
      if (!isStale || document.hidden) return;
      isStale = false;
      const totals = await client.utilization.get(scope, { signal: end.signal }).catch(() => undefined);
      if (totals) setPoints((before) => before && thinned([...before, pointOf(totals)]));
    };
    const timer = setInterval(() => void renew(), RENEW_MS);
    return () => {
      end.abort();
      stop();
      clearInterval(timer);
    };
  }, [scope]);
  return points;
}

/** In the order of time; of one time, the last; and not too many. */
export function thinned(points: readonly Point[]): readonly Point[] {
  const sorted = [...points].sort((one, other) => one.time - other.time);
  const single = sorted.filter((each, place) => each.time !== sorted[place + 1]?.time);
  return single.length > 2 * MOST_POINTS ? single.filter((_, place) => place % 2 === 1) : single;
}

/** eta of all classes; or of one, what is allocated and used of its capacity. */
function linesOf(points: readonly Point[], chosen: string): Line[] {
  const values = (name: string, value: (of: ClassUtilization) => number | bigint | undefined) =>
    points.map((point) => {
      const of = point.classes.get(name);
      const found = of && value(of);
      return found === undefined ? null : Number(found);
    });
  if (chosen) {
    const colour = COLOURS[chosen] ?? "chart-other";
    return [
      {
        label: words.fleet.total,
        colour: "muted",
        dashed: true,
        values: values(chosen, (each) => each.total),
      },
      { label: words.fleet.allocated, colour, values: values(chosen, (each) => each.allocated) },
      { label: words.fleet.used, colour: "chart-other", values: values(chosen, (each) => each.used) },
    ];
  }
  return classesOf(points).map((each) => ({
    label: className(each),
    colour: COLOURS[each] ?? "chart-other",
    values: values(each, (of) => of.eta),
  }));
}

function classesOf(points: readonly Point[]): string[] {
  return [...new Set(points.flatMap((each) => [...each.classes.keys()]))];
}

export function OverTime({ scope = "fleet" }: { scope?: string }) {
  const points = useCourse(scope);
  const [chosen, setChosen] = useState("");
  const position = at.value;
  const [until, setUntil] = useState<number>();
  useEffect(() => {
    if (position === undefined) {
      setUntil(undefined);
      return;
    }
    let isCurrent = true;
    const read = client.utilization.get("fleet", { at: position });
    void read.then((totals) => isCurrent && setUntil(pointOf(totals).time)).catch(() => {});
    return () => {
      isCurrent = false;
    };
  }, [position]);
  const shown = points?.filter((each) => until === undefined || each.time <= until) ?? [];
  const last = shown.at(-1);
  const end = until ?? Date.now() / 1000;
  const drawn = last && last.time < end ? [...shown, { time: end, classes: last.classes }] : shown;
  return (
    <Card
      class="over-time"
      title={words.fleet.overTime}
      help={words.fleet.overTimeHelp}
      beside={
        <span class="chips">
          {["", ...classesOf(drawn).slice(0, 4)].map((each) => (
            <button type="button" key={each} aria-pressed={each === chosen} onClick={() => setChosen(each)}>
              {each ? className(each) : words.fleet.allClasses}
            </button>
          ))}
        </span>
      }
    >
      {!points ? (
        <Loading />
      ) : (
        <Chart
          label={words.fleet.overTime}
          times={drawn.map((each) => each.time)}
          lines={linesOf(drawn, chosen)}
          ends={chosen ? [] : [0.1, 0.25, 0.5, 1]}
          height={210}
          steps
          format={(value) => (chosen ? quantity(chosen, value) : `${Math.round(value * 100)}%`)}
        />
      )}
    </Card>
  );
}
