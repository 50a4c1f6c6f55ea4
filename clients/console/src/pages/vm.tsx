/** One VM: its state, what it is made of, why it is where it is, its history, samples and operations. */

import { NotFound, type Vm, VmState } from "@chronovisor/client";
import { GuestState, VmDesired, VmMigration_Phase } from "@chronovisor/gen/chronovisor/v1/vm_pb.js";
import { Card, Empty, Facts, Labels, Loading, Page, Problem } from "../components/basics.js";
import { EventList } from "../components/event_list.js";
import { HistoryCard } from "../components/history.js";
import { Lazy } from "../components/lazy.js";
import { OperationTable } from "../components/operations.js";
import { OwnedTitle } from "../components/owned_page.js";
import { Samples } from "../components/samples.js";
import { Tabs } from "../components/tabs.js";
import { VerbButtons } from "../components/verb_buttons.js";
import { WhyOf } from "../components/why.js";
import { client } from "../lib/client.js";
import { amount } from "../lib/events.js";
import { bytes, count, date, enumName, fullMoment, id, projectOf, quantity, span } from "../lib/format.js";
import { CREATE_IMAGE } from "../lib/image_verbs.js";
import { useQuery } from "../lib/query.js";
import { at, go, link } from "../lib/router.js";
import { text } from "../lib/verbs.js";
import { VM_VERBS, vmValues } from "../lib/vm_verbs.js";
import { words } from "../words.js";
import { PlacementOf } from "./vm_placement.js";

const w = words.vm;
const loadConsole = () => import("../components/vm_console.js");
const loadScreen = () => import("../components/vm_screen.js");
const RUNS = new Set([
  VmState.RUNNING,
  VmState.PAUSED,
  VmState.REBOOTING,
  VmState.MIGRATING,
  VmState.STOPPING,
]);

export function VmPage({ name }: { name: string }) {
  const {
    data: vm,
    error,
    reload,
  } = useQuery(`vm ${name}`, (at, signal) => client.vms.get(name, { at, signal }));
  const state = vm ? (VmState[vm.state] ?? "") : "";
  const runs = vm !== undefined && RUNS.has(vm.state);
  const of = vm ? `${projectOf(vm.name)}/vms/${vm.uid}` : name;
  return (
    <Page
      title={<OwnedTitle name={vm?.name ?? name} state={vm && state} />}
      actions={
        vm && (
          <>
            <VerbButtons verbs={VM_VERBS} name={vm.name} state={state} initial={vmValues(vm)} />
            <VerbButtons
              verbs={[CREATE_IMAGE]}
              name={vm.name}
              state={state}
              onDone={(values) => go(link(["images", `${projectOf(vm.name)}/images/${text(values, "id")}`]))}
            />
          </>
        )
      }
    >
      {!vm && !error && <Loading />}
      {error instanceof NotFound ? (
        <p class="note">{at.value === undefined ? w.gone : words.errors.notThen}</p>
      ) : (
        <Problem error={error} retry={reload} />
      )}
      {(vm || error !== undefined) && (
        <Tabs
          label={id(name)}
          tabs={[
            ...(vm
              ? [
                  { id: "overview", label: w.tabs.overview, content: () => <Overview vm={vm} /> },
                  {
                    id: "placement",
                    label: w.tabs.placement,
                    content: () => <PlacementOf vm={vm} parent={of} />,
                  },
                ]
              : []),
            { id: "why", label: w.tabs.why, content: () => <WhyOf parent={of} /> },
            { id: "history", label: w.tabs.history, content: () => <HistoryCard parent={of} hideSubject /> },
            { id: "samples", label: w.tabs.samples, content: () => <Samples name={of} /> },
            { id: "operations", label: w.tabs.operations, content: () => <OperationTable of={of} /> },
            {
              id: "console",
              label: w.tabs.console,
              content: () => <Lazy key="console" load={loadConsole} of={{ name, runs }} />,
            },
            {
              id: "screen",
              label: w.tabs.screen,
              content: () =>
                vm && !vm.spec?.screen ? (
                  <Empty>{w.noScreen}</Empty>
                ) : (
                  <Lazy key="screen" load={loadScreen} of={{ name, runs }} />
                ),
            },
          ]}
        />
      )}
    </Page>
  );
}

function Overview({ vm }: { vm: Vm }) {
  const { spec, observed, availability } = vm;
  const boot = spec?.boot?.source;
  const rules = spec?.placement;
  const f = w.facts;
  const s = w.spec;
  const seen = observed
    ? `${(enumName(GuestState, observed.guestState) ?? "").toLowerCase()} ${fullMoment(date(observed.observeTime))}`
    : "";
  return (
    <div class="two">
      <Card title={f.state}>
        <Facts
          of={[
            [f.desired, (VmDesired[vm.desired] ?? "").toLowerCase()],
            [f.observed, seen],
            [f.host, vm.host && <a href={link(["hosts", vm.host])}>{id(vm.host)}</a>],
            [f.held, amount(vm.held)],
            [f.failure, vm.failure?.message],
            [f.deadline, fullMoment(date(vm.stateDeadline))],
            [f.incarnation, vm.incarnation ? count(vm.incarnation) : ""],
            [f.labels, Object.keys(vm.labels).length ? <Labels of={vm.labels} /> : ""],
            [f.created, fullMoment(date(vm.createTime))],
            [f.updated, fullMoment(date(vm.updateTime))],
            [f.deleted, fullMoment(date(vm.deleteTime))],
            [f.uid, <code key="uid">{vm.uid}</code>],
          ]}
        />
        <Migration vm={vm} />
      </Card>
      <Card title={s.title}>
        <Facts
          of={[
            [s.vcpus, count(spec?.resources?.vcpus ?? 0n)],
            [s.memory, quantity("memory_mib", spec?.resources?.memoryMib ?? 0n)],
            [s.disk, quantity("disk_gib", spec?.resources?.diskGib ?? 0n)],
            ...Object.entries(spec?.resources?.extended ?? {}).map(
              ([name, each]) => [name, count(each)] as const,
            ),
            [s.boot, boot?.case === "image" ? <Image name={boot.value.image} /> : boot?.value?.kernel],
            [s.cpuModel, spec?.cpuModel],
            [s.cpuPolicy, w.cpuPolicy[spec?.cpuPolicy ?? 0]],
            [s.require, rules?.require && <code>{rules.require}</code>],
            [s.prefer, rules?.prefer.map((each) => `${each.selector} (${each.weight})`).join(", ")],
            [
              s.groups,
              rules?.groups
                .map((each) => `${w.groupKinds[each.kind]} ${each.vms} by ${each.within || "host"}`)
                .join("; "),
            ],
            [s.only, rules?.host && id(rules.host)],
            [s.avoid, rules?.avoidHosts.map(id).join(", ")],
            [s.numa, rules?.numaNodes ? String(rules.numaNodes) : ""],
            [f.maintenance, w.maintenance[availability?.onMaintenance ?? 0]],
            [f.restart, w.restart[availability?.restart?.when ?? 0]],
            [f.lifetime, vm.expectedLifetime ? span(Number(vm.expectedLifetime.seconds) * 1000) : ""],
            [
              f.secret,
              vm.keptUserData &&
                (vm.keptUserData.forgotten
                  ? w.secretForgotten
                  : w.secretBytes(bytes(Number(vm.keptUserData.sizeBytes)))),
            ],
          ]}
        />
      </Card>
      {spec && spec.networkInterfaces.length > 0 && <Cards vm={vm} />}
      <LastEvents vm={vm} />
    </div>
  );
}

/** Of the project, or a file of hosts. */
function Image({ name }: { name: string }) {
  return name.includes("/images/") ? <a href={link(["images", name])}>{id(name)}</a> : <span>{name}</span>;
}

/** Its network cards: what they hold, and the groups that say who reaches them. */
function Cards({ vm }: { vm: Vm }) {
  const c = w.cards;
  return (
    <Card title={c.title} class="whole">
      <table>
        <thead>
          <tr>
            {[c.network, c.addresses, c.mac, c.groups, c.ports].map((each) => (
              <th key={each} scope="col">
                {each}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {vm.spec?.networkInterfaces.map((card, place) => {
            const held = vm.networkAddresses.find((each) => each.index === place);
            const addresses = [held?.ipv4Address, held?.ipv6Address].filter(Boolean).join(", ");
            return (
              <tr key={card.network}>
                <td>
                  <a href={link(["networks", card.network])}>{id(card.network)}</a>
                </td>
                <td>{addresses || <span class="dim">{c.notHeld}</span>}</td>
                <td>
                  <code>{held?.macAddress}</code>
                </td>
                <td>
                  {card.securityGroups.map((each) => (
                    <a key={each} class="tag" href={link(["securityGroups", each])}>
                      {id(each)}
                    </a>
                  ))}
                </td>
                <td>{card.publishedPorts.map((each) => `${each.hostPort}:${each.guestPort}`).join(", ")}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Card>
  );
}

function LastEvents({ vm }: { vm: Vm }) {
  const parent = `${projectOf(vm.name)}/vms/${vm.uid}`;
  const { data } = useQuery(`last ${parent}`, (at, signal) =>
    client.stubs.history.listEvents(
      { parent, newestFirst: true, pageSize: 10, ...(at === undefined ? {} : { toPosition: at }) },
      { signal },
    ),
  );
  return (
    <Card title={words.fleet.lastChanges} class="whole">
      {data && (
        <EventList events={data.events} names={data.names} hideSubject label={words.fleet.lastChanges} />
      )}
    </Card>
  );
}

function Migration({ vm }: { vm: Vm }) {
  const { migration } = vm;
  if (!migration) return null;
  const phase = (VmMigration_Phase[migration.phase] ?? "").toLowerCase();
  return (
    <p class="note">
      {w.migration}: {id(migration.sourceHost)} → {id(migration.destinationHost)}, {phase}
    </p>
  );
}
