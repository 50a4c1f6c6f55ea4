/** Both courses of a what-if, side by side. */

import type { WhatIfCourse, WhatIfSummary } from "@chronovisor/gen/chronovisor/v1/what_if_pb.js";
import { Card } from "../components/basics.js";
import { PositionButton } from "../components/event_list.js";
import { className, count, id, percent } from "../lib/format.js";
import { link } from "../lib/router.js";
import { words } from "../words.js";

const w = words.whatif;

interface Line {
  readonly name: string;
  readonly was: number;
  readonly would: number;
  readonly show: (value: number) => string;
}

function linesOf(was: WhatIfCourse | undefined, would: WhatIfCourse | undefined): Line[] {
  const classes = new Set(
    [...(was?.classes ?? []), ...(would?.classes ?? [])].map((each) => each.resourceClass),
  );
  const mean = (course: WhatIfCourse | undefined, name: string) =>
    course?.classes.find((each) => each.resourceClass === name);
  const whole = (value: number) => count(Math.round(value));
  const hours = (value: number) => count(Number(value.toFixed(value < 10 ? 2 : 0)));
  return [
    {
      name: w.peak,
      was: Number(was?.peakHostsInUse ?? 0n),
      would: Number(would?.peakHostsInUse ?? 0n),
      show: whole,
    },
    { name: w.hostHours, was: was?.hostHours ?? 0, would: would?.hostHours ?? 0, show: hours },
    ...[...classes].flatMap((each) => [
      {
        name: w.eta(className(each)),
        was: mean(was, each)?.eta ?? 0,
        would: mean(would, each)?.eta ?? 0,
        show: percent,
      },
      {
        name: w.etaInUse(className(each)),
        was: mean(was, each)?.etaInUse ?? 0,
        would: mean(would, each)?.etaInUse ?? 0,
        show: percent,
      },
    ]),
  ];
}

function difference({ was, would }: Line): string {
  if (was === would) return "=";
  if (!was) return "";
  const part = (would - was) / was;
  return `${part > 0 ? "+" : "−"}${percent(Math.abs(part))}`;
}

export function Sides({ summary }: { summary: WhatIfSummary }) {
  const refused = Object.entries(summary.refused);
  const counts: readonly (readonly [string, bigint])[] = [
    [w.events, summary.events],
    [w.starts, summary.starts],
    [w.elsewhere, summary.elsewhere],
    [w.refused, refused.reduce((sum, [, each]) => sum + each, 0n)],
    [w.displaced, summary.displaced],
    [w.leftOut, summary.leftOut],
  ];
  return (
    <>
      {summary.drift !== undefined && summary.drift > 0n && (
        <p class="note warn">{w.drift(count(summary.drift))}</p>
      )}
      <ul class="counts">
        {counts.map(([name, value]) => (
          <li class="card" key={name}>
            <span>{name}</span>
            <strong>{count(value)}</strong>
          </li>
        ))}
      </ul>
      <Card class="flush">
        <table class="sides">
          <thead>
            <tr>
              <td />
              <th scope="col">{w.was}</th>
              <th scope="col">{w.would}</th>
              <th scope="col">{w.difference}</th>
            </tr>
          </thead>
          <tbody>
            {linesOf(summary.was, summary.would).map((each) => (
              <tr key={each.name}>
                <th scope="row">{each.name}</th>
                <td>{each.show(each.was)}</td>
                <td>{each.show(each.would)}</td>
                <td class="dim">{difference(each)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Card>
      <div class="two">
        {summary.refusals.length > 0 && (
          <Card title={w.refusals}>
            <ul class="plain">
              {summary.refusals.map((each) => (
                <li key={String(each.position)}>
                  <PositionButton position={each.position} />{" "}
                  <a href={link(["vms", each.vm])}>{id(each.vm)}</a> {each.message}
                </li>
              ))}
            </ul>
          </Card>
        )}
        {summary.moves.length > 0 && (
          <Card title={w.moves}>
            <ul class="plain">
              {summary.moves.map((each) => (
                <li key={String(each.position)}>
                  <PositionButton position={each.position} />{" "}
                  <a href={link(["vms", each.vm])}>{id(each.vm)}</a> {id(each.was)} → {id(each.would)}
                </li>
              ))}
            </ul>
          </Card>
        )}
      </div>
    </>
  );
}
