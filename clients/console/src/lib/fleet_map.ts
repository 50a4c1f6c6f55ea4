/** Where each host is drawn: a block a zone, a line a rack, a square a host, as large as fits. Draws nothing. */

export interface Spot {
  readonly name: string;
  readonly zone: string;
  readonly rack: string;
}

export interface Placed<T> {
  readonly host: T;
  readonly x: number;
  readonly y: number;
}

export interface Caption {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

export interface Layout<T> {
  /** Of a square, in pixels, the gap to the next included. */
  readonly size: number;
  readonly height: number;
  readonly hosts: readonly Placed<T>[];
  readonly zones: readonly Caption[];
  readonly racks: readonly Caption[];
}

const LARGEST = 26;
const SMALLEST = 5;
const ZONE_GAP = 18;
const ZONE_HEAD = 20;
const RACK_GAP = 5;
const RACK_LABEL = 48;
/** Racks have names beside them from this size on. */
const LABELLED = 11;

const byName = new Intl.Collator("en", { numeric: true }).compare;

export function grouped<T extends Spot>(hosts: readonly T[]): Map<string, Map<string, T[]>> {
  const zones = new Map<string, Map<string, T[]>>();
  for (const host of [...hosts].sort((one, other) => byName(one.name, other.name))) {
    const racks = zones.get(host.zone) ?? new Map<string, T[]>();
    zones.set(host.zone, racks);
    const rack = racks.get(host.rack) ?? [];
    racks.set(host.rack, rack);
    rack.push(host);
  }
  const sorted = [...zones.entries()].sort(([one], [other]) => byName(one, other));
  return new Map(
    sorted.map(([zone, racks]) => [zone, new Map([...racks].sort(([one], [other]) => byName(one, other)))]),
  );
}

/** The largest squares with which all is within `width` and, if it can be, within `height`. */
export function layout<T extends Spot>(hosts: readonly T[], width: number, height: number): Layout<T> {
  const zones = grouped(hosts);
  const largest = oneLine(zones, width) ?? LARGEST;
  let found = arrange(zones, width, largest);
  for (let size = largest - 1; size >= SMALLEST && found.height > height; size--) {
    found = arrange(zones, width, size);
  }
  return found;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly size: number;
}

/** Too small for names: each rack is a block, beside each other. Gives where they end. */
function asBlocks<T>(
  racks: readonly (readonly T[])[],
  { left, top, width, size }: Box,
  into: Placed<T>[],
): number {
  let x = left;
  let y = top;
  let lineHeight = 0;
  for (const members of racks) {
    const wide = Math.max(1, Math.min(Math.ceil(Math.sqrt(members.length * 2)), Math.floor(width / size)));
    if (x > left && x + wide * size > left + width) {
      x = left;
      y += lineHeight + RACK_GAP;
      lineHeight = 0;
    }
    members.forEach((host, place) => {
      into.push({ host, x: x + (place % wide) * size, y: y + Math.floor(place / wide) * size });
    });
    lineHeight = Math.max(lineHeight, Math.ceil(members.length / wide) * size);
    x += wide * size + RACK_GAP;
  }
  return y + lineHeight;
}

/** The size with which the largest rack is one line, where that is not too small to be seen well. */
function oneLine<T>(zones: Map<string, Map<string, T[]>>, width: number): number | undefined {
  const largest = Math.max(
    1,
    ...[...zones.values()].flatMap((racks) => [...racks.values()].map((all) => all.length)),
  );
  const size = Math.floor((blockWidthOf(zones.size, width) - RACK_LABEL) / largest);
  return size >= LABELLED ? Math.min(LARGEST, size) : undefined;
}

function columnsOf(zones: number, width: number): number {
  return Math.max(1, Math.min(zones, Math.floor(width / 150)));
}

function blockWidthOf(zones: number, width: number): number {
  const columns = columnsOf(zones, width);
  return (width - ZONE_GAP * (columns - 1)) / columns;
}

function arrange<T extends Spot>(
  zones: Map<string, Map<string, T[]>>,
  width: number,
  size: number,
): Layout<T> {
  const hosts: Placed<T>[] = [];
  const zoneNames: Caption[] = [];
  const rackNames: Caption[] = [];
  const columns = columnsOf(zones.size, width);
  const blockWidth = blockWidthOf(zones.size, width);
  const label = size >= LABELLED ? RACK_LABEL : 0;
  const perLine = Math.max(1, Math.floor((blockWidth - label) / size));
  const bottoms = new Array<number>(columns).fill(0);
  for (const [zone, racks] of zones) {
    const column = bottoms.indexOf(Math.min(...bottoms));
    const left = column * (blockWidth + ZONE_GAP);
    let top = bottoms[column] ?? 0;
    zoneNames.push({ text: zone, x: left, y: top + 13 });
    top += ZONE_HEAD;
    if (!label) {
      bottoms[column] =
        asBlocks([...racks.values()], { left, top, width: blockWidth, size }, hosts) + ZONE_GAP;
      continue;
    }
    for (const [rack, members] of racks) {
      if (label) rackNames.push({ text: rack, x: left, y: top + size / 2 });
      members.forEach((host, place) => {
        const x = left + label + (place % perLine) * size;
        hosts.push({ host, x, y: top + Math.floor(place / perLine) * size });
      });
      top += Math.ceil(members.length / perLine) * size + (size > 8 ? 2 : 1);
    }
    bottoms[column] = top + ZONE_GAP;
  }
  const height = Math.max(0, ...bottoms) - ZONE_GAP;
  return { size, height: Math.max(height, 0), hosts, zones: zoneNames, racks: rackNames };
}
