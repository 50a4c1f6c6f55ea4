/** What was measured of a VM or a host lately. Of now alone: samples are no events. */

import type { MeasuredSample } from "@chronovisor/gen/chronovisor/v1/sample_pb.js";
import { useEffect, useState } from "preact/hooks";
import { client } from "../lib/client.js";
import { bytes, date } from "../lib/format.js";
import { at } from "../lib/router.js";
import { words } from "../words.js";
import { Card, Empty, Loading } from "./basics.js";
import { Chart } from "./chart.js";

const EVERY_MS = 2000;
const w = words.vm.samples;

type Value = (sample: MeasuredSample) => number | bigint | undefined;

const CHARTS: readonly (readonly [string, string, readonly (readonly [string, string, Value])[]])[] = [
  [w.cpu, "count", [[w.cpu, "chart-vcpus", (each) => each.usedVcpus]]],
  [w.memory, "bytes", [[w.memory, "chart-memory", (each) => each.sample?.memoryBytes]]],
  [
    w.read,
    "bytes",
    [
      [w.read, "chart-disk", (each) => each.diskReadBytesPerSecond],
      [w.written, "chart-other", (each) => each.diskWrittenBytesPerSecond],
    ],
  ],
  [
    w.received,
    "bytes",
    [
      [w.received, "chart-vcpus", (each) => each.networkReceivedBytesPerSecond],
      [w.sent, "chart-memory", (each) => each.networkSentBytesPerSecond],
    ],
  ],
];

function useSamples(name: string): readonly MeasuredSample[] | undefined {
  const [samples, setSamples] = useState<readonly MeasuredSample[]>();
  const isPast = at.value !== undefined;
  useEffect(() => {
    if (isPast) return;
    let isCurrent = true;
    const read = async () => {
      if (document.hidden) return;
      const found = await client.stubs.utilization.listSamples({ name }).catch(() => undefined);
      if (isCurrent) setSamples((before) => found?.samples ?? before ?? []);
    };
    void read();
    const timer = setInterval(() => void read(), EVERY_MS);
    return () => {
      isCurrent = false;
      clearInterval(timer);
    };
  }, [name, isPast]);
  return samples;
}

export function Samples({ name }: { name: string }) {
  const samples = useSamples(name);
  if (at.value !== undefined) return <Empty>{words.vm.samplesOfNow}</Empty>;
  if (!samples) return <Loading />;
  if (!samples.length) return <Empty>{words.vm.noSamples}</Empty>;
  const times = samples.map((each) => (date(each.sample?.sampleTime)?.getTime() ?? 0) / 1000);
  return (
    <div class="charts">
      {CHARTS.map(([title, unit, lines]) => {
        const drawn = lines.map(([label, colour, value]) => ({
          label,
          colour,
          values: samples.map((each) => {
            const found = value(each);
            return found === undefined ? null : Number(found);
          }),
        }));
        if (!drawn.some((line) => line.values.some((each) => each !== null))) return null;
        return (
          <Card key={title} title={title}>
            <Chart
              label={title}
              times={times}
              lines={drawn}
              height={150}
              format={(value) => (unit === "bytes" ? bytes(value) : value.toFixed(1))}
            />
          </Card>
        );
      })}
    </div>
  );
}
