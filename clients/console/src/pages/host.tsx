/** One host: what it offers and holds, its VMs, its history, samples and operations. */

import { type Host, HostState, NotFound } from "@chronovisor/client";
import { Card, Facts, Labels, Loading, Page, Problem } from "../components/basics.js";
import { HistoryCard } from "../components/history.js";
import { HostCredentials } from "../components/host_credentials.js";
import { Meter } from "../components/meter.js";
import { OperationTable } from "../components/operations.js";
import { Samples } from "../components/samples.js";
import { State } from "../components/state.js";
import { Tabs } from "../components/tabs.js";
import { VerbButtons } from "../components/verb_buttons.js";
import { VmTable } from "../components/vm_table.js";
import { client } from "../lib/client.js";
import { className, date, fullMoment, id, percent, quantity } from "../lib/format.js";
import { HOST_VERBS, hostValues } from "../lib/host_verbs.js";
import { useQuery } from "../lib/query.js";
import { link } from "../lib/router.js";
import { words } from "../words.js";

const w = words.host;

export function HostPage({ name }: { name: string }) {
  const {
    data: host,
    error,
    reload,
  } = useQuery(`host ${name}`, (at, signal) => client.hosts.get(name, { at, signal }), { on: ["hosts/"] });
  const state = host ? (HostState[host.state] ?? "") : "";
  return (
    <Page
      title={
        <>
          <span>{id(name)}</span>
          {host && <State state={state} />}
        </>
      }
      actions={
        host && <VerbButtons verbs={HOST_VERBS} name={host.name} state={state} initial={hostValues(host)} />
      }
    >
      {!host && !error && <Loading />}
      <Problem error={error} retry={reload} />
      {!host && error instanceof NotFound && <HostCredentials name={name} />}
      {host && (
        <Tabs
          label={id(name)}
          tabs={[
            { id: "overview", label: w.tabs.overview, content: () => <Overview host={host} /> },
            {
              id: "vms",
              label: w.tabs.vms,
              content: () => <VmTable parent="projects/-" filter={`host = "${host.name}"`} without="host" />,
            },
            {
              id: "history",
              label: w.tabs.history,
              content: () => <HistoryCard parent={name} hideSubject />,
            },
            { id: "samples", label: w.tabs.samples, content: () => <Samples name={name} /> },
            {
              id: "credentials",
              label: w.tabs.credentials,
              content: () => <HostCredentials name={name} />,
            },
            { id: "operations", label: w.tabs.operations, content: () => <OperationTable of={name} /> },
          ]}
        />
      )}
    </Page>
  );
}

/** Of each class, what it offers and what is held of it. */
export function amounts(host: Host): (readonly [string, bigint, bigint])[] {
  const { capacity, allocated } = host;
  const extended = new Set([
    ...Object.keys(capacity?.extended ?? {}),
    ...Object.keys(allocated?.extended ?? {}),
  ]);
  return [
    ["vcpus", capacity?.vcpus ?? 0n, allocated?.vcpus ?? 0n],
    ["memory_mib", capacity?.memoryMib ?? 0n, allocated?.memoryMib ?? 0n],
    ["disk_gib", capacity?.diskGib ?? 0n, allocated?.diskGib ?? 0n],
    ...[...extended].map(
      (each) => [each, capacity?.extended[each] ?? 0n, allocated?.extended[each] ?? 0n] as const,
    ),
  ];
}

function Capacity({ host }: { host: Host }) {
  return (
    <ul class="capacity">
      {amounts(host).map(([name, total, held]) => {
        const eta = total ? Number(held) / Number(total) : 0;
        const inventory = host.inventory[name];
        const terms = [
          inventory?.reserved ? `${quantity(name, inventory.reserved)} ${w.reserved}` : "",
          inventory?.allocationRatio && inventory.allocationRatio !== 1
            ? `${w.ratio} ${inventory.allocationRatio}`
            : "",
        ];
        return (
          <li key={name}>
            <span>{className(name)}</span>
            <Meter label={`${className(name)}: ${percent(eta)}`} allocated={eta} />
            <span class="right">
              <span data-number={`${name}.allocated`} data-value={String(held)}>
                {quantity(name, held)}
              </span>{" "}
              /{" "}
              <span data-number={`${name}.capacity`} data-value={String(total)}>
                {quantity(name, total)}
              </span>
            </span>
            <small>{terms.filter(Boolean).join(", ")}</small>
          </li>
        );
      })}
    </ul>
  );
}

function Overview({ host }: { host: Host }) {
  const f = w.facts;
  const { platform } = host;
  return (
    <div class="two">
      <Card title={w.capacity}>
        <Capacity host={host} />
      </Card>
      <Card title={f.state}>
        <Facts
          of={[
            [f.zone, host.zone],
            [f.labels, Object.keys(host.labels).length ? <Labels of={host.labels} /> : ""],
            [f.agent, host.agentConnected ? words.hosts.agent.on : words.hosts.agent.off],
            [f.lease, fullMoment(date(host.leaseExpireTime))],
            [f.lost, fullMoment(date(host.lostTime))],
            [f.drain, host.drain?.waitingFor.join("; ")],
            [f.unreadable, host.unreadable],
            [f.refused, host.refusedAgent?.message],
            [f.violations, host.violations.join("; ")],
            [f.unexpected, host.unexpectedGuestCount ? String(host.unexpectedGuestCount) : ""],
            [
              f.dedicated,
              host.dedicatedProject && (
                <a href={link(["projects", host.dedicatedProject])}>{id(host.dedicatedProject)}</a>
              ),
            ],
            [f.hypervisor, [platform?.hypervisor, platform?.virtType].filter(Boolean).join(", ")],
            [f.cpu, [platform?.cpuModel, platform?.architecture].filter(Boolean).join(", ")],
            [f.traits, host.traits.join(", ")],
            [f.created, fullMoment(date(host.createTime))],
            [f.updated, fullMoment(date(host.updateTime))],
            [f.uid, <code key="uid">{host.uid}</code>],
          ]}
        />
      </Card>
    </div>
  );
}
