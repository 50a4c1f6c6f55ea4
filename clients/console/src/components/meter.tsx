/** How much of a capacity is allocated, and used: a bar, with its numbers beside it. */

export function Meter(props: { label: string; allocated: number; used?: number | undefined }) {
  const allocated = Math.min(1, Math.max(0, props.allocated));
  const used = props.used === undefined ? undefined : Math.min(1, Math.max(0, props.used));
  const tone = props.allocated > 1 ? "over" : props.allocated > 0.9 ? "high" : "";
  return (
    <svg
      class={`meter ${tone}`}
      viewBox="0 0 100 8"
      preserveAspectRatio="none"
      role="img"
      aria-label={props.label}
    >
      <rect class="track" width="100" height="8" rx="1.500" />
      <rect class="allocated" width={allocated * 100} height="8" rx="1.500" />
      {used !== undefined && <rect class="used" y="5" width={used * 100} height="3" />}
    </svg>
  );
}
