/** Hosts by zone and rack, each a square in the colour of what is allocated of it. */

import { type Host, HostState } from "@chronovisor/client";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Layout, layout, type Spot } from "../lib/fleet_map.js";
import { count, id, percent } from "../lib/format.js";
import { go, link } from "../lib/router.js";
import { colour, theme } from "../lib/theme.js";
import { words } from "../words.js";

export interface MapHost extends Spot {
  readonly host: Host;
  readonly eta: number;
}

const STEPS = 6;
const HEIGHT = 300;
const AWAY = new Set<HostState>([HostState.DOWN, HostState.FENCED]);

function etaOf(host: Host, resourceClass: string): number {
  const of = (from: Host["capacity"]) => {
    if (!from) return 0;
    if (resourceClass === "vcpus") return Number(from.vcpus);
    if (resourceClass === "memory_mib") return Number(from.memoryMib);
    if (resourceClass === "disk_gib") return Number(from.diskGib);
    return Number(from.extended[resourceClass] ?? 0n);
  };
  const capacity = of(host.capacity);
  return capacity ? of(host.allocated) / capacity : 0;
}

export function spots(hosts: readonly Host[], resourceClass: string): MapHost[] {
  return hosts.map((host) => ({
    host,
    name: host.name,
    zone: host.zone || words.fleet.noZone,
    rack: host.labels["rack"] || words.fleet.noRack,
    eta: etaOf(host, resourceClass),
  }));
}

export function HeatMap({ hosts }: { hosts: readonly MapHost[] }) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [over, setOver] = useState<{ host: MapHost; x: number; y: number }>();
  const found = useMemo(() => (width ? layout(hosts, width, HEIGHT) : undefined), [hosts, width]);

  useEffect(() => {
    if (!box.current) return;
    const watch = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);

  useEffect(() => {
    if (canvas.current && found) draw(canvas.current, found, width);
  }, [found, theme.value]);

  const at = (event: MouseEvent) => {
    if (!found) return undefined;
    const { offsetX: x, offsetY: y } = event;
    return found.hosts.find(
      (each) => x >= each.x && x < each.x + found.size && y >= each.y && y < each.y + found.size,
    );
  };
  const move = (event: MouseEvent) => {
    const hit = at(event);
    setOver(hit && { host: hit.host, x: hit.x + (found?.size ?? 0), y: hit.y });
  };
  const zones = new Set(hosts.map((each) => each.zone)).size;
  return (
    <div class="heat" ref={box}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={words.fleet.mapLabel(count(hosts.length), count(zones))}
        onMouseMove={move}
        onMouseLeave={() => setOver(undefined)}
        onClick={(event) => {
          const hit = at(event);
          if (hit) go(link(["hosts", hit.host.name]));
        }}
      />
      {over && (
        <div class="tip" style={{ left: `${Math.min(over.x + 6, width - 190)}px`, top: `${over.y + 6}px` }}>
          <strong>{id(over.host.name)}</strong>
          <span>
            {over.host.zone} · {over.host.rack}
          </span>
          <span>
            {percent(over.host.eta)} · {words.states[HostState[over.host.host.state]]}
          </span>
        </div>
      )}
    </div>
  );
}

/** A colour of the scale: what is over its capacity, and what is away, has its own. */
function colourOf(each: MapHost, scale: readonly string[], over: string): string {
  if (each.eta > 1) return over;
  return scale[Math.min(STEPS - 1, Math.floor(each.eta * STEPS))] ?? over;
}

function draw(canvas: HTMLCanvasElement, found: Layout<MapHost>, width: number): void {
  const scale = devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = found.height * scale;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${found.height}px`;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(scale, scale);
  const colours = Array.from({ length: STEPS }, (_, step) => colour(`heat-${step}`));
  const over = colour("heat-over");
  const away = colour("heat-down");
  const side = found.size - (found.size > 8 ? 2 : 1);
  for (const { host, x, y } of found.hosts) {
    const isAway = AWAY.has(host.host.state);
    context.fillStyle = isAway ? away : colourOf(host, colours, over);
    if (side > 8) {
      context.beginPath();
      context.roundRect(x, y, side, side, 3);
      context.fill();
    } else context.fillRect(x, y, side, side);
    if (isAway) cross(context, x, y, side);
    else if (host.host.state !== HostState.ACTIVE) ring(context, x, y, side);
  }
  const font = getComputedStyle(document.body).fontFamily;
  context.fillStyle = colour("text");
  context.font = `600 12px ${font}`;
  for (const each of found.zones) context.fillText(each.text, each.x, each.y);
  context.fillStyle = colour("muted");
  context.font = `11px ${font}`;
  context.textBaseline = "middle";
  for (const each of found.racks) context.fillText(each.text.slice(0, 7), each.x, each.y);
}

/** Away: crossed out, so that it does not depend on the colour. */
function cross(context: CanvasRenderingContext2D, x: number, y: number, side: number): void {
  context.strokeStyle = colour("bad");
  context.lineWidth = side > 8 ? 1.8 : 1;
  const inset = side * 0.25;
  context.beginPath();
  context.moveTo(x + inset, y + inset);
  context.lineTo(x + side - inset, y + side - inset);
  context.moveTo(x + side - inset, y + inset);
  context.lineTo(x + inset, y + side - inset);
  context.stroke();
}

/** Takes no VMs: a ring. */
function ring(context: CanvasRenderingContext2D, x: number, y: number, side: number): void {
  context.strokeStyle = colour("warn");
  context.lineWidth = side > 8 ? 2 : 1;
  context.strokeRect(x + 1, y + 1, side - 2, side - 2);
}
