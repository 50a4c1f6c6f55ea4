/** Events as a picture of causes: a column for each thing that they are of, a line for each event, below its cause. Draws nothing. */

import type { Event } from "@chronovisor/client";

export interface Node {
  readonly event: Event;
  readonly column: number;
  readonly row: number;
}

export interface Edge {
  readonly from: Node;
  readonly to: Node;
}

export interface Picture {
  /** Streams, in the order in which they come. */
  readonly columns: readonly string[];
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

export function addressOf(event: Event): string {
  return `${event.stream}@${event.version}`;
}

/**
 * What each event follows from, among those given. `causation` names the event that led to an event's command. Events of one
 * command share its request id: of those of one thing, each follows the one before; what befell things on a host, from what
 * befell the host.
 */
export function causesOf(events: readonly Event[]): ReadonlyMap<Event, Event> {
  const byAddress = new Map(events.map((each) => [addressOf(each), each]));
  const lastOf = new Map<string, Event>();
  const hostOf = new Map<string, Event>();
  const causes = new Map<Event, Event>();
  for (const event of inOrder(events)) {
    const { causation, requestId, stream } = event;
    const ofThing = `${requestId} ${stream}`;
    const cause =
      byAddress.get(causation) ?? (requestId ? (lastOf.get(ofThing) ?? hostOf.get(requestId)) : undefined);
    if (cause && cause.position < event.position) causes.set(event, cause);
    lastOf.set(ofThing, event);
    if (stream.startsWith("hosts/") && !isOfCapacity(event) && !hostOf.has(requestId))
      hostOf.set(requestId, event);
  }
  return causes;
}

/** Those of a stream, and all that led to them. */
export function ledTo(events: readonly Event[], stream: string): Event[] {
  const causes = causesOf(events);
  const kept = new Set<Event>();
  for (const event of events) {
    if (event.stream !== stream) continue;
    for (let each: Event | undefined = event; each && !kept.has(each); each = causes.get(each))
      kept.add(each);
  }
  return inOrder([...kept]);
}

/** What a host holds follows from its VMs, and they do not from it. */
const isOfCapacity = ({ payload }: Event) =>
  payload.case === "capacityHeld" || payload.case === "capacityReleased";

const inOrder = (events: readonly Event[]) =>
  [...events].sort((one, other) => Number(one.position - other.position));

export function pictureOf(events: readonly Event[]): Picture {
  const causes = causesOf(events);
  const columns: string[] = [];
  const placed = new Map<Event, Node>();
  const edges: Edge[] = [];
  for (const event of inOrder(events)) {
    if (!columns.includes(event.stream)) columns.push(event.stream);
    const node = { event, column: columns.indexOf(event.stream), row: placed.size };
    placed.set(event, node);
    const cause = causes.get(event);
    const from = cause && placed.get(cause);
    if (from) edges.push({ from, to: node });
  }
  return { columns, nodes: [...placed.values()], edges };
}
