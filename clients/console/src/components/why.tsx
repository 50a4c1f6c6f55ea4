/** Why something is as it is: the events that led to it, drawn with their causes. */

import type { Event } from "@chronovisor/client";
import { addressOf, ledTo, type Node, pictureOf } from "../lib/causes.js";
import { client } from "../lib/client.js";
import { eventType, isSilent, markOf, sentence } from "../lib/events.js";
import { count, date, fullMoment, id, moment } from "../lib/format.js";
import { useQuery } from "../lib/query.js";
import { setAt } from "../lib/router.js";
import { words } from "../words.js";
import { Card, Empty, Loading, Problem } from "./basics.js";

const w = words.why;
const LINE = 52;
const LANE = 26;
/** Many lanes are closer to each other. */
const MOST_WIDTH = 260;
const LEFT = 18;
const TOP = 34;
const MOST = 60;

/** The ledger's own records, which nothing follows from. */
const isRecord = (event: Event) => /^(BatchSealed|SnapshotTaken|RequestAccepted)$/.test(eventType(event));

type Names = Readonly<Record<string, string>>;

/** The last events of a VM or a host, and the chains that they are of. */
export function WhyOf({ parent }: { parent: string }) {
  const { data, error } = useQuery(`why ${parent}`, async (at, signal) => {
    const until = at === undefined ? {} : { toPosition: at };
    const request = { parent, newestFirst: true, pageSize: MOST, ...until };
    const own = await client.stubs.history.listEvents(request, { signal });
    // What led to its last event may have happened to others: its host, those beside it.
    const last = own.events.find((each) => !isSilent(each));
    if (!last) return own;
    const chain = await client.stubs.history
      .listEvents({ chainOf: addressOf(last), pageSize: MOST, ...until }, { signal })
      .catch(() => undefined);
    const known = new Set(own.events.map((each) => each.position));
    const more = chain?.events.filter((each) => !known.has(each.position) && !isRecord(each)) ?? [];
    const all = [...own.events, ...more];
    return { events: ledTo(all, last.stream), names: { ...own.names, ...chain?.names } };
  });
  return (
    <Card help={words.vm.whyHelp} title={w.title}>
      <Problem error={error} />
      {!data && !error && <Loading />}
      {data && <Causes events={data.events.filter((each) => !isRecord(each))} names={data.names} />}
    </Card>
  );
}

/** All that belongs together with one event: what led to it, and all that it led to. */
export function ChainOf({ address }: { address: string }) {
  const { data, error } = useQuery(
    `chain ${address}`,
    (_, signal) => client.stubs.history.listEvents({ chainOf: address, pageSize: 200 }, { signal }),
    { ofNow: true },
  );
  return (
    <Card title={w.title} help={words.vm.whyHelp}>
      <Problem error={error} />
      {!data && !error && <Loading />}
      {data && <Causes events={data.events} names={data.names} />}
    </Card>
  );
}

export function Causes({ events, names }: { events: readonly Event[]; names: Names }) {
  if (!events.length) return <Empty>{words.history.empty}</Empty>;
  const { columns, nodes, edges } = pictureOf(events);
  const lane = Math.min(LANE, MOST_WIDTH / columns.length);
  const lanes = columns.length * lane;
  const height = TOP + nodes.length * LINE;
  const x = (node: Node) => LEFT + node.column * lane;
  const y = (node: Node) => TOP + node.row * LINE + 16;
  return (
    <div class="causes">
      <svg width={LEFT + lanes} height={height} role="img" aria-label={w.label(count(nodes.length))}>
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="6"
            refY="4"
            markerWidth="6"
            markerHeight="6"
            orient="auto"
          >
            <path d="M0 0L8 4 0 8z" />
          </marker>
        </defs>
        {columns.map((each, place) => (
          <line
            key={each}
            class="lane"
            x1={LEFT + place * lane}
            x2={LEFT + place * lane}
            y1={TOP - 8}
            y2={height - 8}
          />
        ))}
        {edges.map(({ from, to }) => (
          <path key={`${from.row} ${to.row}`} class="cause" d={arrow(x(from), y(from), x(to), y(to))} />
        ))}
        {nodes.map((node) => (
          <circle
            key={String(node.event.position)}
            class={`mark-${markOf(node.event) ?? "none"}`}
            cx={x(node)}
            cy={y(node)}
            r="5"
          />
        ))}
      </svg>
      <ol>
        {nodes.map(({ event }) => (
          <li key={String(event.position)}>
            <p title={eventType(event)}>
              <strong>{id(names[event.stream] ?? event.stream)}</strong> {sentence(event)}
            </p>
            <small>
              <button type="button" class="position" onClick={() => setAt(event.position)}>
                {count(event.position)}
              </button>
              <time title={fullMoment(date(event.commitTime))}>{moment(date(event.commitTime))}</time>{" "}
              {event.actor}
              {event.reason && <q>{event.reason}</q>}
            </small>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** From a cause down to what it caused, round what is between. */
function arrow(x1: number, y1: number, x2: number, y2: number): string {
  if (x1 !== x2) return `M${x1} ${y1 + 5} C${x1} ${(y1 + y2) / 2} ${x2} ${(y1 + y2) / 2} ${x2} ${y2 - 6}`;
  const out = Math.min(14, 6 + (y2 - y1) / 20);
  return y2 - y1 <= LINE
    ? `M${x1} ${y1 + 5} L${x2} ${y2 - 6}`
    : `M${x1 - 4} ${y1 + 3} C${x1 - out} ${y1 + 20} ${x2 - out} ${y2 - 20} ${x2 - 4} ${y2 - 4}`;
}
