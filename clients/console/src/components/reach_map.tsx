/** Who reaches whom over a network, as of the page's position: drawn as a circle of VMs with arrows, and as a table for readers. */

import type { ReachEdge } from "@chronovisor/gen/chronovisor/v1/network_service_pb.js";
import { useState } from "preact/hooks";
import { client } from "../lib/client.js";
import { count, id } from "../lib/format.js";
import { readAt, useQuery } from "../lib/query.js";
import { byGroups } from "../lib/reach_groups.js";
import { link } from "../lib/router.js";
import { flowText } from "../lib/security_rules.js";
import { words } from "../words.js";
import { Card, Empty, Loading, Problem } from "./basics.js";

const w = words.network.reach;
const MOST_EDGES = 1000;
/** More than these are no picture any more. */
const MOST_DRAWN = 40;
const RADIUS = 190;
const MIDDLE = 260;

export function ReachOf({ network }: { network: string }) {
  const [typed, setTyped] = useState("");
  const port = /^\d{1,5}$/.test(typed) ? Number(typed) : 0;
  const { data, error, reload } = useQuery(
    `reach ${network} ${port}`,
    (at, signal) =>
      client.stubs.networks.listReach(
        { parent: network, port, pageSize: MOST_EDGES, ...readAt(at) },
        { signal },
      ),
    { on: ["networks/", "securityGroups/", "vms/"] },
  );
  return (
    <Card title={words.network.tabs.reach}>
      <p class="dim">{w.help}</p>
      <label class="field">
        <span>{w.port}</span>
        <input
          type="text"
          inputMode="numeric"
          name="port"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <Problem error={error} retry={reload} />
      {!data && !error && <Loading />}
      {data && !data.edges.length && <Empty>{w.none}</Empty>}
      {data && data.edges.length > 0 && (
        <>
          <Picture edges={data.edges} />
          <EdgeTable edges={data.edges} />
          {data.nextPageToken && <p class="note">{w.first(count(data.edges.length))}</p>}
        </>
      )}
    </Card>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Places on a circle, the first at the top. */
function placed(names: readonly string[]): ReadonlyMap<string, Point> {
  return new Map(
    names.map((name, place) => {
      const angle = (2 * Math.PI * place) / names.length - Math.PI / 2;
      return [name, { x: MIDDLE + RADIUS * Math.cos(angle), y: MIDDLE + RADIUS * Math.sin(angle) }];
    }),
  );
}

/** Bent to one side, so that the way back is another line; it ends before the circle of where it goes to. */
function arrow(from: Point, to: Point): string {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const long = Math.hypot(dx, dy) || 1;
  const bend = { x: (from.x + to.x) / 2 - dy * 0.12, y: (from.y + to.y) / 2 + dx * 0.12 };
  const end = { x: to.x - (dx / long) * 12, y: to.y - (dy / long) * 12 };
  return `M${from.x.toFixed(1)} ${from.y.toFixed(1)}Q${bend.x.toFixed(1)} ${bend.y.toFixed(1)} ${end.x.toFixed(1)} ${end.y.toFixed(1)}`;
}

/** From the VMs of a group to others of them. */
function loop({ x, y }: Point): string {
  return `M${(x - 5).toFixed(1)} ${(y - 6).toFixed(1)}a11 11 0 1 1 10 0`;
}

function Picture({ edges }: { edges: readonly ReachEdge[] }) {
  const names = [...new Set(edges.flatMap((each) => [each.source, each.destination]))].sort();
  if (names.length > MOST_DRAWN) return <Grouped edges={edges} vms={names.length} />;
  return <Drawn names={names} edges={edges} label={w.picture(count(names.length), count(edges.length))} />;
}

/** Of many VMs, those that are reached by the rules of the same groups are one circle, with how many they are. */
function Grouped({ edges, vms }: { edges: readonly ReachEdge[]; vms: number }) {
  const { names, edges: drawn } = byGroups(edges);
  if (names.length > MOST_DRAWN) return <p class="note">{w.tooMany(count(vms))}</p>;
  return (
    <>
      <p class="note">{w.grouped(count(vms))}</p>
      <Drawn names={names} edges={drawn} label={w.groupPicture(count(names.length), count(drawn.length))} />
    </>
  );
}

interface DrawnEdge {
  readonly source: string;
  readonly destination: string;
  readonly openings: ReachEdge["openings"];
  readonly moreOpenings: boolean;
}

function Drawn({
  names,
  edges,
  label,
}: {
  names: readonly string[];
  edges: readonly DrawnEdge[];
  label: string;
}) {
  const places = placed(names);
  const at = (name: string) => places.get(name) ?? { x: 0, y: 0 };
  return (
    <svg class="reach" viewBox={`0 0 ${2 * MIDDLE} ${2 * MIDDLE}`} role="img" aria-label={label}>
      <defs>
        <marker
          id="reach-head"
          viewBox="0 0 8 8"
          refX="6"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M0 0L8 4L0 8z" />
        </marker>
      </defs>
      {edges.map((each) => (
        <path
          key={`${each.source} ${each.destination}`}
          class="reach-edge"
          d={
            each.source === each.destination
              ? loop(at(each.source))
              : arrow(at(each.source), at(each.destination))
          }
          marker-end="url(#reach-head)"
        >
          <title>{`${id(each.source)} → ${id(each.destination)}: ${openingsOf(each)}`}</title>
        </path>
      ))}
      {names.map((name) => {
        const { x, y } = at(name);
        const side = x < MIDDLE - 1 ? "end" : x > MIDDLE + 1 ? "start" : "middle";
        const shift = side === "end" ? -12 : side === "start" ? 12 : 0;
        return (
          <g key={name}>
            <circle cx={x} cy={y} r="7" />
            <text
              x={x + shift}
              y={side === "middle" ? (y < MIDDLE ? y - 14 : y + 24) : y + 4}
              text-anchor={side}
            >
              {id(name)}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

function openingsOf(edge: DrawnEdge): string {
  const all = [...new Set(edge.openings.map((each) => flowText(each)))];
  return [...all, ...(edge.moreOpenings ? [w.more] : [])].join(", ");
}

function groupsOf(edge: ReachEdge): readonly string[] {
  return [...new Set(edge.openings.map((each) => each.securityGroup))];
}

function EdgeTable({ edges }: { edges: readonly ReachEdge[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{w.from}</th>
          <th scope="col">{w.to}</th>
          <th scope="col">{w.by}</th>
          <th scope="col">{w.rule}</th>
        </tr>
      </thead>
      <tbody>
        {edges.map((each) => (
          <tr key={`${each.sourceUid} ${each.destinationUid}`}>
            <td>
              <a href={link(["vms", each.source])}>{id(each.source)}</a>
            </td>
            <td>
              <a href={link(["vms", each.destination])}>{id(each.destination)}</a>
            </td>
            <td>
              <code>{openingsOf(each)}</code>
            </td>
            <td>
              {groupsOf(each).map((group) => (
                <a key={group} class="tag" href={link(["securityGroups", group])}>
                  {id(group)}
                </a>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
