/** The fleet: what there is and what of it is allocated, now and over time; hosts on a map; what happened last; alarms. */

import type { Host } from "@chronovisor/client";
import type { ClassUtilization } from "@chronovisor/gen/chronovisor/v1/utilization_service_pb.js";
import { useMemo, useState } from "preact/hooks";
import { Card, Empty, Loading, Page, Problem } from "../components/basics.js";
import { EventList } from "../components/event_list.js";
import { HeatMap, spots } from "../components/heat_map.js";
import { Meter } from "../components/meter.js";
import { client } from "../lib/client.js";
import { isSilent } from "../lib/events.js";
import { className, count, percent, quantity } from "../lib/format.js";
import { useQuery } from "../lib/query.js";
import { link } from "../lib/router.js";
import { words } from "../words.js";
import { Alarms } from "./fleet_alarms.js";
import { OverTime } from "./fleet_over_time.js";

const w = words.fleet;
const LAST = 60;
const SHOWN = 14;

export function FleetPage() {
  const { data, error, reload } = useQuery("fleet", (at, signal) =>
    client.utilization.get("fleet", { at, signal }),
  );
  return (
    <Page title={w.title} subtitle={data && w.subtitle(count(data.hosts), count(data.runningVms))}>
      <Problem error={error} retry={reload} />
      <div class="classes">
        {data?.classes.map((each) => (
          <ClassCard key={each.resourceClass} of={each} />
        ))}
      </div>
      <div class="fleet-grid">
        <div class="column">
          <HostMap classes={data?.classes.map((each) => each.resourceClass) ?? ["vcpus"]} />
          <OverTime />
        </div>
        <div class="column">
          <LastChanges />
          <Alarms />
        </div>
      </div>
    </Page>
  );
}

function ClassCard({ of }: { of: ClassUtilization }) {
  const name = className(of.resourceClass);
  const total = Number(of.total);
  const show = (amount: bigint | number) => quantity(of.resourceClass, amount);
  const number = (kind: string, amount: bigint | number) => (
    <span data-number={`${of.resourceClass}.${kind}`} data-value={String(amount)}>
      {show(amount)}
    </span>
  );
  return (
    <section class="card class" aria-label={name}>
      <h2>{name}</h2>
      <p class="eta" data-number={`${of.resourceClass}.eta`} data-value={of.eta}>
        {percent(of.eta)}
      </p>
      <Meter
        label={`${name}: ${percent(of.eta)} ${w.allocated}`}
        allocated={of.eta}
        used={of.used !== undefined && total ? of.used / total : undefined}
      />
      <dl>
        <div>
          <dt>{w.allocated}</dt>
          <dd>{number("allocated", of.allocated)}</dd>
        </div>
        <div>
          <dt>{w.used}</dt>
          <dd>{of.used === undefined ? <span class="dim">{w.unmeasured}</span> : number("used", of.used)}</dd>
        </div>
        <div>
          <dt>{w.free}</dt>
          <dd>{number("free", of.free)}</dd>
        </div>
        <div>
          <dt>{w.total}</dt>
          <dd>{number("total", of.total)}</dd>
        </div>
        {of.overcommitted > 0n && (
          <div class="bad">
            <dt>{w.overcommitted}</dt>
            <dd>{number("overcommitted", of.overcommitted)}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function HostMap({ classes }: { classes: readonly string[] }) {
  const [chosen, setChosen] = useState("vcpus");
  const { data, error } = useQuery(
    "fleet.hosts",
    (at, signal): Promise<Host[]> => client.hosts.list({ at, signal }).toArray(),
    { on: ["hosts/"] },
  );
  const placed = useMemo(() => (data ? spots(data, chosen) : []), [data, chosen]);
  return (
    <Card
      class="map"
      title={w.map}
      help={w.mapHelp}
      beside={
        <>
          <span class="chips">
            {classes.slice(0, 4).map((each) => (
              <button type="button" key={each} aria-pressed={each === chosen} onClick={() => setChosen(each)}>
                {className(each)}
              </button>
            ))}
          </span>
          <a href={link(["hosts"])}>{w.asTable}</a>
        </>
      }
    >
      <Problem error={error} />
      {!data ? <Loading /> : data.length ? <HeatMap hosts={placed} /> : <Empty>{w.noHosts}</Empty>}
      <p class="scale">
        {w.low}
        <svg width="120" height="8" aria-hidden="true">
          {[0, 1, 2, 3, 4, 5].map((each) => (
            <rect key={each} class={`heat-${each}`} x={each * 20} width="19" height="8" rx="2" />
          ))}
        </svg>
        {w.high}
      </p>
    </Card>
  );
}

function LastChanges() {
  const { data, error } = useQuery("fleet.events", (at, signal) =>
    client.stubs.history.listEvents(
      { newestFirst: true, pageSize: LAST, ...(at === undefined ? {} : { toPosition: at }) },
      { signal },
    ),
  );
  const events = data?.events.filter((each) => !isSilent(each)).slice(0, SHOWN) ?? [];
  return (
    <Card class="changes" title={w.lastChanges} beside={<a href={link(["audit"])}>{w.allEvents}</a>}>
      <Problem error={error} />
      {data && !events.length && <Empty>{w.noEvents}</Empty>}
      {data && <EventList events={events} names={data.names} label={w.lastChanges} />}
    </Card>
  );
}
