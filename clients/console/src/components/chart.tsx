/** Lines over time (uPlot), in the colours of the theme. */

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { moment } from "../lib/format.js";
import { colour, theme } from "../lib/theme.js";

export interface Line {
  readonly label: string;
  /** A colour of the theme. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
  readonly dashed?: boolean;
}

export interface ChartProps {
  /** In seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  readonly height?: number;
  /** Ends of the scale to choose from: the least that everything is below. */
  readonly ends?: readonly number[];
  readonly label: string;
  /** Steps, for what holds until it changes. */
  readonly steps?: boolean;
}

function options(props: ChartProps, width: number, height: number): uPlot.Options {
  const axis = {
    stroke: colour("muted"),
    grid: { stroke: colour("chart-grid"), width: 1 },
    ticks: { show: false },
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
  };
  const paths = props.steps ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    width,
    height,
    cursor: { points: { size: 6 }, y: false },
    legend: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      y: { range: (_, __, high) => [0, props.ends?.find((end) => end >= high) ?? ((high || 0) * 1.1 || 1)] },
    },
    axes: [
      {
        ...axis,
        space: 90,
        size: 28,
        values: (_, ticks) => ticks.map((each) => moment(new Date(each * 1000))),
      },
      { ...axis, size: 56, space: 32, values: (_, ticks) => ticks.map(props.format) },
    ],
    series: [
      {},
      ...props.lines.map((each) => ({
        label: each.label,
        stroke: colour(each.colour),
        width: 2,
        points: { show: false },
        ...(each.dashed ? { dash: [5, 4] } : {}),
        ...(paths ? { paths } : {}),
      })),
    ],
  };
}

export function Chart(props: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const { height = 180 } = props;

  const plot = useRef<uPlot | null>(null);
  const shape = `${props.lines.map((each) => each.label + each.colour).join()} ${theme.value} ${height} ${props.ends?.join()}`;

  useEffect(() => {
    const into = box.current;
    if (!into) return;
    const width = into.clientWidth;
    plot.current = new uPlot(options(props, width, height), dataOf(props), into);
    const watch = new ResizeObserver(() => plot.current?.setSize({ width: into.clientWidth, height }));
    watch.observe(into);
    return () => {
      watch.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData(dataOf(props));
  }, [props.times, props.lines]);

  return (
    <div class="chart">
      <div ref={box} role="img" aria-label={props.label} />
      <ul class="legend">
        {props.lines.map((each) => (
          <li key={each.label}>
            <svg width="16" height="8" aria-hidden="true">
              <line
                x1="0"
                y1="4"
                x2="16"
                y2="4"
                class={`line-${each.colour}`}
                stroke-dasharray={each.dashed ? "4 3" : undefined}
              />
            </svg>
            {each.label}
          </li>
        ))}
      </ul>
    </div>
  );
}

function dataOf({ times, lines }: ChartProps): uPlot.AlignedData {
  return [times.slice(), ...lines.map((each) => each.values.slice())] as uPlot.AlignedData;
}
