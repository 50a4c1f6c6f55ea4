/** What the control plane has found wrong with itself: totals that differ from the ledger, its clock, the ledger's seals. */

import { LedgerCheck_State } from "@chronovisor/gen/chronovisor/v1/ledger_check_pb.js";
import { Card } from "../components/basics.js";
import { Icon } from "../components/icons.js";
import { client } from "../lib/client.js";
import { className, count, date, moment } from "../lib/format.js";
import { useQuery } from "../lib/query.js";
import { at } from "../lib/router.js";
import { words } from "../words.js";

const w = words.fleet;

export function Alarms() {
  const totals = useQuery(
    "alarms",
    (_, signal) => client.stubs.utilization.getUtilizationCheck({}, { signal }),
    {
      ofNow: true,
    },
  );
  const ledger = useQuery("ledger", (_, signal) => client.stubs.history.getLedgerCheck({}, { signal }), {
    ofNow: true,
  });
  const found = [
    ...(totals.data?.systemAlarms.map((each) => ({
      text: `${each.kind}: ${each.detail}`,
      time: date(each.raiseTime),
    })) ?? []),
    ...(totals.data?.alarms.map((each) => ({
      text: `${each.scope} ${each.figure} ${className(each.resourceClass)}: ${each.told}, not ${each.expected}`,
      time: date(each.raiseTime),
    })) ?? []),
    ...(ledger.data?.findings.map((each) => ({ text: each.description, time: date(each.findTime) })) ?? []),
  ];
  const isWhole = ledger.data?.state === LedgerCheck_State.WHOLE;
  return (
    <Card class="alarms" title={w.alarms} help={at.value === undefined ? undefined : w.alarmsOfNow}>
      {found.map((each) => (
        <p class="alarm" key={each.text}>
          <Icon name="alert" />
          <span>{each.text}</span>
          <time>{moment(each.time)}</time>
        </p>
      ))}
      {!found.length && totals.data && (
        <p class="well">
          <Icon name="check" />
          {w.noAlarms}
        </p>
      )}
      {ledger.data && !isWhole && <p class="dim">{w.ledger[ledger.data.state]}</p>}
      {totals.data && totals.data.position > 0n && (
        <p class="dim">{w.checked(count(totals.data.position))}</p>
      )}
    </Card>
  );
}
