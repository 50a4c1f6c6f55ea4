/** VMs in a table: those of a project, of a host, or all, by a filter. */

import { type Vm, VmState } from "@chronovisor/client";
import { VmView } from "@chronovisor/gen/chronovisor/v1/vm_service_pb.js";
import { useState } from "preact/hooks";
import { ALL_PROJECTS, BATCH_VERBS, batchValues, MOST_AT_ONCE } from "../lib/batch_verbs.js";
import { client } from "../lib/client.js";
import { createdVms } from "../lib/create_verbs.js";
import { count, date, id, moment, projectOf, quantity } from "../lib/format.js";
import { counted, totalOf, usePages } from "../lib/pages.js";
import { readAt } from "../lib/query.js";
import { at, go, link } from "../lib/router.js";
import type { Values } from "../lib/verbs.js";
import { words } from "../words.js";
import { Button, Labels, Problem } from "./basics.js";
import { State } from "./state.js";
import { type Column, Table } from "./table.js";
import { VerbButtons } from "./verb_buttons.js";

const c = words.vms.columns;
const PAGE = 200;

const COLUMNS: readonly Column<Vm>[] = [
  {
    id: "name",
    title: c.name,
    width: "minmax(120px, 1.4fr)",
    cell: (vm) => <a href={link(["vms", vm.name])}>{id(vm.name)}</a>,
  },
  {
    id: "project",
    title: c.project,
    width: "minmax(80px, 1fr)",
    cell: (vm) => <a href={link(["projects", projectOf(vm.name)])}>{id(projectOf(vm.name))}</a>,
  },
  { id: "state", title: c.state, width: "120px", cell: (vm) => <State state={VmState[vm.state] ?? ""} /> },
  {
    id: "host",
    title: c.host,
    width: "minmax(90px, 1fr)",
    cell: (vm) =>
      vm.host ? <a href={link(["hosts", vm.host])}>{id(vm.host)}</a> : <span class="dim">–</span>,
  },
  {
    id: "vcpus",
    title: c.vcpus,
    width: "60px",
    right: true,
    cell: (vm) => count(vm.spec?.resources?.vcpus ?? 0n),
  },
  {
    id: "memory",
    title: c.memory,
    width: "84px",
    right: true,
    cell: (vm) => quantity("memory_mib", vm.spec?.resources?.memoryMib ?? 0n),
  },
  {
    id: "disk",
    title: c.disk,
    width: "84px",
    right: true,
    cell: (vm) => quantity("disk_gib", vm.spec?.resources?.diskGib ?? 0n),
  },
  { id: "labels", title: c.labels, width: "minmax(90px, 1.2fr)", cell: (vm) => <Labels of={vm.labels} /> },
  {
    id: "created",
    title: c.created,
    width: "118px",
    right: true,
    cell: (vm) => <span class="dim">{moment(date(vm.createTime))}</span>,
  },
];

export interface VmTableProps {
  /** `projects/PROJECT`; `projects/-` for all. */
  readonly parent: string;
  readonly filter: string;
  readonly orderBy?: string;
  readonly without?: string;
}

const NONE: ReadonlySet<string> = new Set();

/** What can be done to the rows that are ticked, all or none. */
function Chosen({ vms, clear }: { vms: readonly Vm[]; clear: () => void }) {
  if (!vms.length || at.value !== undefined) return null;
  const names = vms.slice(0, MOST_AT_ONCE).map((vm) => vm.name);
  const projects = new Set(names.map(projectOf));
  const [only = ""] = projects;
  return (
    <fieldset class="chosen-rows" aria-label={words.vms.chosen(count(names.length))}>
      <span>{words.vms.chosen(count(names.length))}</span>
      <VerbButtons
        verbs={BATCH_VERBS}
        name={projects.size > 1 ? ALL_PROJECTS : only}
        subject={words.vms.many(count(names.length))}
        initial={batchValues(names)}
      />
      <Button onClick={clear}>{words.vms.chooseNone}</Button>
    </fieldset>
  );
}

/** Where the form of new VMs leads: to the one, or to all of their project. */
export function showCreated(values: Values): void {
  const [only = "", ...others] = createdVms(values);
  go(others.length ? `#/vms?project=${encodeURIComponent(projectOf(only))}` : link(["vms", only]));
}

export function VmTable({ parent, filter, orderBy = "", without }: VmTableProps) {
  const list = usePages<Vm>(
    `vms ${parent} ${filter} ${orderBy}`,
    async (at, pageToken, signal) => {
      const request = { parent, filter, orderBy, pageSize: pageToken ? 1000 : PAGE, pageToken };
      const page = await client.stubs.vms.listVms(
        { ...request, ...readAt(at), view: VmView.FULL },
        { signal },
      );
      return { items: page.vms, next: page.nextPageToken };
    },
    {
      streamOf: (vm) => `vms/${vm.uid}`,
      renew: async (vm) => {
        const filtered = [filter, `uid = "${vm.uid}"`].filter(Boolean).join(" AND ");
        const { vms } = await client.stubs.vms.listVms({ parent, filter: filtered, view: VmView.FULL });
        return vms[0];
      },
      comesBy: /^vmCreated$/,
      count: (at, signal) =>
        totalOf(client.stubs.vms.listVms({ parent, filter, ...counted(at) }, { signal })),
    },
  );
  const [chosen, setChosen] = useState(NONE);
  return (
    <>
      <Problem error={list.error} retry={list.reload} />
      <section class={`card flush fill ${list.loading ? "is-loading" : ""}`}>
        <Table
          label={words.vms.title}
          columns={COLUMNS.filter((each) => each.id !== without)}
          items={list.items}
          keyOf={(vm) => vm.uid}
          nameOf={(vm) => id(vm.name)}
          open={(vm) => go(link(["vms", vm.name]))}
          hasMore={list.hasMore}
          total={list.total}
          more={list.more}
          empty={list.loading ? words.loading : words.vms.empty}
          chosen={at.value === undefined ? chosen : undefined}
          onChoose={setChosen}
          foot={
            <>
              {list.came > 0 && (
                <Button onClick={list.reload}>{words.table.changed(count(list.came))}</Button>
              )}
              <Chosen vms={list.items.filter((vm) => chosen.has(vm.uid))} clear={() => setChosen(NONE)} />
            </>
          }
        />
      </section>
    </>
  );
}
