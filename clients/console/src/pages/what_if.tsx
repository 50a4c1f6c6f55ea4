/** What would have happened under other rules, beside what happened. */

import type {
  WhatIfPoint,
  WhatIfProgress,
  WhatIfSummary,
} from "@chronovisor/gen/chronovisor/v1/what_if_pb.js";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, Card, Command, Page, Problem } from "../components/basics.js";
import { Chart } from "../components/chart.js";
import { client } from "../lib/client.js";
import { count, date } from "../lib/format.js";
import { commandOf, EMPTY, flaws, requestOf, type WhatIfForm } from "../lib/what_if.js";
import { words } from "../words.js";
import { Sides } from "./what_if_sides.js";

const w = words.whatif;

const FIELDS: readonly (readonly [keyof WhatIfForm, string, string])[] = [
  ["from", w.from, words.diff.positionOrTime],
  ["to", w.to, words.diff.now],
  ["policy", w.policy, w.policyHelp],
  ["vcpus", w.ratios, "4"],
  ["memory", w.memoryRatio, "1.5"],
  ["without", w.without, w.withoutHelp],
  ["add", w.add, w.addHelp],
];

interface Run {
  readonly progress?: WhatIfProgress;
  readonly points: readonly WhatIfPoint[];
  readonly summary?: WhatIfSummary;
  readonly error?: unknown;
}

function useRun(): [Run | undefined, boolean, (form: WhatIfForm) => void, () => void] {
  const [run, setRun] = useState<Run>();
  const [isBusy, setBusy] = useState(false);
  const end = useRef(new AbortController());
  useEffect(() => () => end.current.abort(), []);
  const begin = async (form: WhatIfForm) => {
    end.current.abort();
    const mine = new AbortController();
    end.current = mine;
    const points: WhatIfPoint[] = [];
    setRun({ points });
    setBusy(true);
    try {
      for await (const { message } of client.stubs.history.whatIf(requestOf(form), {
        signal: mine.signal,
        timeoutMs: 0,
      })) {
        if (message.case === "progress") setRun({ points, progress: message.value });
        if (message.case === "point") points.push(message.value);
        if (message.case === "summary") setRun({ points, summary: message.value });
      }
    } catch (error) {
      if (!mine.signal.aborted) setRun({ points, error });
    }
    if (!mine.signal.aborted) setBusy(false);
  };
  const stop = () => {
    end.current.abort();
    setBusy(false);
  };
  return [run, isBusy, (form) => void begin(form), stop];
}

export function WhatIfPage() {
  const [form, setForm] = useState(EMPTY);
  const [run, isBusy, begin, stop] = useRun();
  const bad = flaws(form);
  return (
    <Page title={w.title} subtitle={w.subtitle}>
      <Card>
        <form
          class="fields"
          onSubmit={(event) => {
            event.preventDefault();
            if (!bad.length) begin(form);
          }}
        >
          {FIELDS.map(([name, label, help]) => (
            <label class="field" key={name}>
              <span>{label}</span>
              <input
                type="text"
                name={name}
                value={form[name]}
                placeholder={help}
                aria-invalid={bad.includes(name)}
                onInput={(event) => setForm({ ...form, [name]: event.currentTarget.value })}
              />
            </label>
          ))}
          {isBusy ? (
            <Button onClick={stop}>{w.stop}</Button>
          ) : (
            <Button kind="primary" type="submit" disabled={bad.length > 0} onClick={() => {}}>
              {w.run}
            </Button>
          )}
        </form>
        <Command text={commandOf(form)} />
      </Card>
      <Problem error={run?.error} />
      {isBusy && run?.progress && (
        <p class="note" role="status">
          {w.running(count(run.progress.position), count(run.progress.toPosition))}
        </p>
      )}
      {run?.summary && (
        <>
          <Sides summary={run.summary} />
          <Card title={w.chart}>
            <Chart
              label={w.chart}
              times={run.points.map((each) => (date(each.time)?.getTime() ?? 0) / 1000)}
              lines={[
                {
                  label: w.was,
                  colour: "chart-vcpus",
                  values: run.points.map((each) => Number(each.was?.hostsInUse ?? 0n)),
                },
                {
                  label: w.would,
                  colour: "chart-memory",
                  dashed: true,
                  values: run.points.map((each) => Number(each.would?.hostsInUse ?? 0n)),
                },
              ]}
              steps
              format={(value) => value.toFixed(0)}
            />
          </Card>
        </>
      )}
    </Page>
  );
}
