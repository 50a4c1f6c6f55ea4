/** The console's pictures: strokes on a grid of 20, in the colour of the text. */

const PATHS = {
  fleet: "M3 4h5v5H3zM12 4h5v5h-5zM3 12h5v5H3zM12 12h5v5h-5z",
  vms: "M3 4h14v9H3zM7 17h6M10 13v4",
  hosts: "M3 3h14v6H3zM3 11h14v6H3zM6 6h.01M6 14h.01M10 6h4M10 14h4",
  projects: "M3 6l7-3 7 3-7 3zM3 10l7 3 7-3M3 14l7 3 7-3",
  networks: "M8 3h4v4H8zM3 13h4v4H3zM13 13h4v4h-4zM10 7v3M5 13v-3h10v3",
  images:
    "M10 3c4 0 6 1 6 2.500v9c0 1.500-2 2.500-6 2.500s-6-1-6-2.500v-9C4 4 6 3 10 3zM4 5.500C4 7 6 8 10 8s6-1 6-2.500M4 10c0 1.500 2 2.500 6 2.500s6-1 6-2.500",
  operations: "M10 3v2M10 15v2M3 10h2M15 10h2M5 5l1.5 1.5M13.5 13.5L15 15M15 5l-1.5 1.5M6.5 13.5L5 15",
  access: "M13 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l-7 7M4.500 15.500l2 2",
  diff: "M6 3v9M6 16v1M14 3v1M14 8v9M3 6l3-3 3 3M11 14l3 3 3-3",
  whatif: "M5 3v6c0 3 2 4 5 4h5M12 10l3 3-3 3M5 9v8",
  audit: "M10 2l6 2.5V9c0 4-2.5 7-6 9-3.500-2-6-5-6-9V4.500zM7 10l2 2 4-4",
  search: "M9 3a6 6 0 1 0 0 12A6 6 0 0 0 9 3zM13.500 13.500L17 17",
  play: "M6 4l9 6-9 6z",
  pause: "M7 4v12M13 4v12",
  back: "M14 4l-7 6 7 6M5 4v12",
  on: "M6 4l7 6-7 6M15 4v12",
  sun: "M10 6.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM10 2v1.500M10 16.500V18M2 10h1.500M16.500 10H18M4.500 4.500l1 1M14.500 14.500l1 1M15.500 4.500l-1 1M5.500 14.500l-1 1",
  moon: "M16 12.500A7 7 0 0 1 7.500 4a6.500 6.500 0 1 0 8.500 8.500z",
  copy: "M7 7h9v9H7zM4 13V4h9",
  check: "M4 10.500l4 4 8-9",
  close: "M5 5l10 10M15 5L5 15",
  alert: "M10 3l8 14H2zM10 8v4M10 14.500v.01",
  link: "M8 12l4-4M7 9l-2 2a3 3 0 0 0 4 4l2-2M9 7l2-2a3 3 0 0 1 4 4l-2 2",
  plus: "M10 4v12M4 10h12",
  terminal: "M3 4h14v12H3zM6 8l2 2-2 2M11 12h3",
  help: "M10 2.500a7.500 7.500 0 1 0 0 15 7.500 7.500 0 0 0 0-15zM7.800 7.800a2.200 2.200 0 1 1 3 2c-.6.3-.8.7-.8 1.400M10 14v.01",
  live: "M10 8.500a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3zM6.500 6.500a5 5 0 0 0 0 7M13.500 6.500a5 5 0 0 1 0 7",
  clock: "M10 2.500a7.500 7.500 0 1 0 0 15 7.500 7.500 0 0 0 0-15zM10 6v4l3 2",
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside words, which says nothing that they do not. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
