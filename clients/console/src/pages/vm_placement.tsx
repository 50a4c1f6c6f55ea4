/** Why a VM is where it is: its last placement up to the page's position, as the ledger has it; and where it would go now. */

import { type Event, Exhausted, type Vm } from "@chronovisor/client";
import type { Placement } from "@chronovisor/gen/chronovisor/events/v1/event_pb.js";
import type { PlacementExplanation } from "@chronovisor/gen/chronovisor/v1/vm_service_pb.js";
import { useState } from "preact/hooks";
import { Button, Card, Command, Empty, Facts, Loading, Problem } from "../components/basics.js";
import { PositionButton } from "../components/event_list.js";
import { Nearest, Refused, TurnedDown } from "../components/refused.js";
import { client } from "../lib/client.js";
import { count, date, fullMoment, id, projectOf } from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { useQuery } from "../lib/query.js";
import { at, link } from "../lib/router.js";
import { commandLine } from "../lib/shell_words.js";
import { words } from "../words.js";

const w = words.placement;
const PLACED_BY = ["VmStartRequested", "VmMigrateRequested"];

interface Placed {
  readonly host: string;
  readonly placement: Placement | undefined;
}

function placedBy({ payload }: Event): Placed | undefined {
  const isPlacing = payload.case === "vmStartRequested" || payload.case === "vmMigrateRequested";
  return isPlacing ? { host: payload.value.host, placement: payload.value.placement } : undefined;
}

export function PlacementOf({ vm, parent }: { vm: Vm; parent: string }) {
  const { data, error, loading } = useQuery(`placement ${parent}`, async (moment, signal) => {
    const until = moment === undefined ? {} : { toPosition: moment };
    const request = { parent, eventTypes: PLACED_BY, newestFirst: true, pageSize: 1, ...until };
    return (await client.stubs.history.listEvents(request, { signal })).events[0] ?? null;
  });
  const placed = data ? placedBy(data) : undefined;
  return (
    <div class="two">
      <Card title={w.title} beside={data && <PositionButton position={data.position} />}>
        <Problem error={error} />
        {loading && data === undefined && <Loading />}
        {data === null && <Empty>{w.none}</Empty>}
        {data && placed && (
          <Choice
            host={placed.host}
            when={fullMoment(date(data.commitTime))}
            policy={placed.placement?.policy ?? ""}
            considered={placed.placement?.hostsConsidered ?? 0n}
            score={placed.placement?.score ?? 0}
            alternatives={placed.placement?.alternatives ?? []}
            turnedDown={placed.placement?.turnedDown ?? {}}
          />
        )}
        <Command text={commandLine(["placement", "explain", vm.name])} />
      </Card>
      <Would vm={vm} />
    </div>
  );
}

interface ChoiceProps {
  readonly host: string;
  readonly when: string;
  readonly policy: string;
  readonly considered: bigint;
  readonly score: number;
  readonly alternatives: readonly { readonly host: string; readonly score: number }[];
  readonly turnedDown: Readonly<Record<string, bigint>>;
}

function Choice(props: ChoiceProps) {
  const turnedDown = new Map(Object.entries(props.turnedDown).map(([rule, hosts]) => [rule, Number(hosts)]));
  return (
    <>
      <Facts
        of={[
          [w.host, props.host ? <a href={link(["hosts", props.host])}>{id(props.host)}</a> : w.noHost],
          [w.when, props.when],
          [w.policy, props.policy],
          [w.considered, count(props.considered)],
          [w.score, props.host ? props.score.toFixed(3) : ""],
          [
            w.alternatives,
            props.alternatives.length
              ? props.alternatives.map((each) => (
                  <span class="alternative" key={each.host}>
                    <a href={link(["hosts", each.host])}>{id(each.host)}</a> {each.score.toFixed(3)}
                  </span>
                ))
              : "",
          ],
        ]}
      />
      <h3>{w.turnedDown}</h3>
      <TurnedDown of={turnedDown} hosts={Number(props.considered)} />
    </>
  );
}

/** The same rules, on the fleet as it is now. */
function Would({ vm }: { vm: Vm }) {
  const may = useMay("/", ["placement.explain"]);
  const [answer, setAnswer] = useState<PlacementExplanation>();
  const [error, setError] = useState<unknown>();
  if (!may.has("placement.explain") || at.value !== undefined) return null;
  const explain = async () => {
    setError(undefined);
    try {
      const request = { parent: projectOf(vm.name), subject: { case: "vm" as const, value: vm } };
      setAnswer((await client.stubs.vms.explainPlacement(request)).explanation);
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <Card title={w.now} beside={<Button onClick={() => void explain()}>{w.ask}</Button>}>
      {error instanceof Exhausted ? <Refused error={error} /> : <Problem error={error} />}
      {answer && (
        <Choice
          host={answer.host}
          when={fullMoment(date(answer.decideTime)) || ""}
          policy={answer.policy}
          considered={answer.hostsConsidered}
          score={answer.score}
          alternatives={answer.alternatives}
          turnedDown={answer.turnedDown}
        />
      )}
      {answer && answer.nearest.length > 0 && (
        <>
          <h3>{w.nearest}</h3>
          <Nearest of={answer.nearest} />
        </>
      )}
    </Card>
  );
}
