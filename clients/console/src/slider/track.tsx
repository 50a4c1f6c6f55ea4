/** The slider's track: density and marks, drawn; and its handle, which is dragged, and moved by keys. */

import { useEffect, useRef } from "preact/hooks";
import { count, fullMoment } from "../lib/format.js";
import { colour, theme } from "../lib/theme.js";
import { words } from "../words.js";
import type { MarkAt, Span } from "./timeline.js";

export interface TrackProps {
  readonly timeline: Span;
  /** Where the handle is, and at which position; undefined for now. */
  readonly time: number | undefined;
  readonly position: bigint | undefined;
  readonly onDrag: (time: number) => void;
  readonly onDrop: (time: number) => void;
  readonly onStep: (steps: number) => void;
  readonly onNow: () => void;
  readonly onFirst: () => void;
  readonly onPlay: () => void;
}

const HEIGHT = 44;
/** What is dragged so close to the end is now. */
const END_PX = 6;

export function Track(props: TrackProps) {
  const { timeline, time, position } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const track = useRef<HTMLDivElement>(null);
  const { from, to } = timeline;
  const share = time === undefined ? 1 : Math.min(1, Math.max(0, (time - from) / (to - from)));

  useEffect(() => {
    const draw = () => canvas.current && drawTrack(canvas.current, timeline);
    draw();
    const watch = new ResizeObserver(draw);
    if (track.current) watch.observe(track.current);
    return () => watch.disconnect();
  }, [timeline, theme.value]);

  const timeAt = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    if (!box) return undefined;
    const x = event.clientX - box.left;
    return box.width - x < END_PX ? undefined : from + (Math.max(0, x) / box.width) * (to - from);
  };
  const moved = (event: PointerEvent, then: (time: number) => void) => {
    const target = timeAt(event);
    if (target === undefined) props.onNow();
    else then(target);
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    track.current?.setPointerCapture(event.pointerId);
    moved(event, props.onDrag);
  };
  const move = (event: PointerEvent) => {
    if (track.current?.hasPointerCapture(event.pointerId)) moved(event, props.onDrag);
  };
  const up = (event: PointerEvent) => {
    if (!track.current?.hasPointerCapture(event.pointerId)) return;
    track.current.releasePointerCapture(event.pointerId);
    moved(event, props.onDrop);
  };
  const key = (event: KeyboardEvent) => {
    const act: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => props.onStep(-1),
      ArrowDown: () => props.onStep(-1),
      ArrowRight: () => props.onStep(1),
      ArrowUp: () => props.onStep(1),
      PageDown: () => props.onStep(-10),
      PageUp: () => props.onStep(10),
      Home: props.onFirst,
      End: props.onNow,
      " ": props.onPlay,
    };
    const found = act[event.key];
    if (!found) return;
    event.preventDefault();
    found();
  };
  return (
    <div
      ref={track}
      class={`track ${time === undefined ? "" : "past"}`}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
    >
      <canvas ref={canvas} aria-hidden="true" />
      <div class="passed" style={{ width: `${share * 100}%` }} />
      <div
        class="handle"
        role="slider"
        tabIndex={0}
        style={{ left: `${share * 100}%` }}
        aria-label={words.slider.label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={
          time === undefined
            ? words.slider.valueNow
            : words.slider.value(fullMoment(new Date(time)), position === undefined ? "" : count(position))
        }
        onKeyDown={key}
      />
    </div>
  );
}

const DRAWN: Readonly<
  Record<MarkAt["mark"], { colour: string; shape: "dot" | "cross" | "diamond" | "bar" }>
> = {
  created: { colour: "mark-created", shape: "dot" },
  failed: { colour: "mark-failed", shape: "cross" },
  refused: { colour: "mark-failed", shape: "diamond" },
  migrated: { colour: "mark-migrated", shape: "diamond" },
  removed: { colour: "mark-removed", shape: "bar" },
  policy: { colour: "mark-policy", shape: "diamond" },
};

function drawTrack(canvas: HTMLCanvasElement, { density, marks, from, to }: Span): void {
  const width = canvas.clientWidth;
  const scale = devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = HEIGHT * scale;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(scale, scale);
  context.clearRect(0, 0, width, HEIGHT);
  const most = Math.max(1, ...density);
  context.fillStyle = colour("density");
  const step = width / density.length;
  density.forEach((events, part) => {
    if (!events) return;
    // By the logarithm: one event is seen beside a thousand.
    const height = 3 + (Math.log1p(events) / Math.log1p(most)) * (HEIGHT - 20);
    context.fillRect(part * step, HEIGHT - height, Math.max(1, step - 1), height);
  });
  for (const each of marks) {
    const x = ((each.time - from) / (to - from)) * width;
    if (x < 0 || x > width) continue;
    drawMark(context, Math.min(width - 4, Math.max(4, x)), each.mark);
  }
}

function drawMark(context: CanvasRenderingContext2D, x: number, mark: MarkAt["mark"]): void {
  const { colour: name, shape } = DRAWN[mark];
  const y = 7;
  context.fillStyle = colour(name);
  context.strokeStyle = colour(name);
  context.lineWidth = 1.8;
  context.beginPath();
  if (shape === "dot") context.arc(x, y, 2.8, 0, 2 * Math.PI);
  if (shape === "bar") context.rect(x - 3, y - 1, 6, 2);
  if (shape === "diamond") {
    context.moveTo(x, y - 4);
    context.lineTo(x + 4, y);
    context.lineTo(x, y + 4);
    context.lineTo(x - 4, y);
  }
  if (shape === "cross") {
    context.moveTo(x - 3, y - 3);
    context.lineTo(x + 3, y + 3);
    context.moveTo(x + 3, y - 3);
    context.lineTo(x - 3, y + 3);
    context.stroke();
  } else context.fill();
}
