/** Events, each a line that leads to its position. */

import type { Event } from "@chronovisor/client";
import { eventType, markOf, sentence, subjectOf } from "../lib/events.js";
import { count, date, fullMoment, id, moment } from "../lib/format.js";
import { link, setAt } from "../lib/router.js";
import { words } from "../words.js";

type Names = Readonly<Record<string, string>>;

/** A link to what an event is of. */
export function Subject({ event, names }: { event: Event; names: Names }) {
  const name = subjectOf(event, names);
  const page = name.includes("/vms/")
    ? "vms"
    : name.startsWith("hosts/")
      ? "hosts"
      : name.startsWith("projects/")
        ? "projects"
        : "";
  const shown = name.includes("/") && page ? id(name) : name;
  return page ? <a href={link([page, name])}>{shown}</a> : <span>{shown}</span>;
}

/** A button that shows the page at a position. */
export function PositionButton({ position }: { position: bigint }) {
  return (
    <button
      type="button"
      class="position"
      onClick={() => setAt(position)}
      aria-label={words.history.go(count(position))}
      title={words.history.go(count(position))}
    >
      {count(position)}
    </button>
  );
}

export function EventList(props: {
  events: readonly Event[];
  names: Names;
  hideSubject?: boolean;
  label: string;
}) {
  return (
    <ol class="events" aria-label={props.label}>
      {props.events.map((event) => (
        <li key={String(event.position)} class={`mark-${markOf(event) ?? "none"}`}>
          <time title={fullMoment(date(event.commitTime))}>{moment(date(event.commitTime))}</time>
          <p title={eventType(event)}>
            {!props.hideSubject && (
              <>
                <Subject event={event} names={props.names} />{" "}
              </>
            )}
            {sentence(event)}
            <small>
              {" "}
              {event.actor}
              {event.reason && <q>{event.reason}</q>}
            </small>
          </p>
          <PositionButton position={event.position} />
        </li>
      ))}
    </ol>
  );
}
