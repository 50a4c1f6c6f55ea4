/** The time slider, at the foot of every page. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../components/basics.js";
import { count, fullMoment, moment } from "../lib/format.js";
import { connection, head, onEvents } from "../lib/live.js";
import { at, setParams } from "../lib/router.js";
import { words } from "../words.js";
import {
  dragged,
  here,
  pause,
  play,
  playing,
  SPEEDS,
  speed,
  stepBack,
  stepOn,
  toNow,
  toTime,
} from "./state.js";
import { type Span, spanOf } from "./timeline.js";
import { Track } from "./track.js";

const RENEW_MS = 2000;
/** While it is dragged, the page is read at most so often. */
const DRAG_MS = 80;

/** Renewed while events come, and while time goes by. */
function useSpan(windowMs: number | undefined): Span | undefined {
  const [timeline, setTimeline] = useState<Span>();
  useEffect(() => {
    let isCurrent = true;
    let isStale = true;
    let isBusy = false;
    const renew = async () => {
      if (!isStale || isBusy || document.hidden) return;
      isStale = false;
      isBusy = true;
      const found = await spanOf(windowMs, Date.now()).catch(() => undefined);
      isBusy = false;
      if (isCurrent && found) setTimeline(found);
      if (!found) isStale = true;
    };
    void renew();
    const stop = onEvents(() => {
      isStale = true;
    });
    const timer = setInterval(() => void renew(), RENEW_MS);
    return () => {
      isCurrent = false;
      stop();
      clearInterval(timer);
    };
  }, [windowMs]);
  return timeline;
}

export function Dock() {
  const [chosen, setChosen] = useState("all");
  const timeline = useSpan(chosen === "all" ? undefined : Number(chosen) * 1000);
  const isPast = at.value !== undefined;
  const time = dragged.value ?? (isPast ? here.value?.time.getTime() : undefined);
  const last = useRef(0);

  const drag = (to: number) => {
    pause();
    dragged.value = to;
    if (performance.now() - last.current < DRAG_MS) return;
    last.current = performance.now();
    void toTime(to);
  };
  const drop = async (to: number) => {
    const found = await toTime(to);
    dragged.value = undefined;
    // Before the first event there is nothing to show: the first it is.
    if (!found && at.value === undefined) setParams({ at: "1" });
  };
  const now = () => {
    dragged.value = undefined;
    toNow();
  };
  return (
    <section class="dock" aria-label={words.slider.region}>
      <div class="dock-keys">
        <Button kind="quiet" icon="back" title={words.slider.back} onClick={() => void stepBack()} />
        {playing.value ? (
          <Button kind="quiet" icon="pause" title={words.slider.pause} onClick={pause} />
        ) : (
          <Button kind="quiet" icon="play" title={words.slider.play} onClick={play} disabled={!isPast} />
        )}
        <Button
          kind="quiet"
          icon="on"
          title={words.slider.on}
          onClick={() => void stepOn()}
          disabled={!isPast}
        />
        <select
          aria-label={words.slider.speed}
          value={speed.value}
          onChange={(event) => {
            speed.value = Number(event.currentTarget.value);
          }}
        >
          {SPEEDS.map((each) => (
            <option key={each} value={each}>
              {each}×
            </option>
          ))}
        </select>
      </div>
      <div class="dock-track">
        {timeline && (
          <>
            <Track
              timeline={timeline}
              time={time}
              position={at.value}
              onDrag={drag}
              onDrop={(to) => void drop(to)}
              onStep={(steps) => void (steps < 0 ? stepBack(-steps) : stepOn(steps))}
              onNow={now}
              onFirst={() => void drop(timeline.from)}
              onPlay={() => (playing.value ? pause() : play())}
            />
            <div class="dock-ends">
              <span>{moment(new Date(timeline.from))}</span>
              <span class="dock-here">
                {time !== undefined ? (
                  <>
                    <strong>{fullMoment(new Date(time))}</strong>
                    <span class="what">{dragged.value === undefined ? here.value?.text : ""}</span>
                  </>
                ) : (
                  ""
                )}
              </span>
              <span>{words.slider.now}</span>
            </div>
          </>
        )}
      </div>
      <div class="dock-now">
        <select
          aria-label={words.slider.window}
          value={chosen}
          onChange={(event) => setChosen(event.currentTarget.value)}
        >
          {["all", "604800", "86400", "3600", "300"].map((each) => (
            <option key={each} value={each}>
              {words.slider.windows[each]}
            </option>
          ))}
        </select>
        <button
          type="button"
          class={`now-button ${isPast ? "" : `is-${connection.value}`}`}
          onClick={now}
          aria-pressed={!isPast}
          title={words.past.now}
        >
          <span class="pulse" aria-hidden="true" />
          {isPast ? words.past.now : words.slider.live}
          <small data-number="head">{head.value ? count(head.value.position) : ""}</small>
        </button>
      </div>
    </section>
  );
}
