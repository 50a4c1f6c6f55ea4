/** All hosts. */

import { type Host, HostState } from "@chronovisor/client";
import { Page, Problem } from "../components/basics.js";
import { FilterBar, filterOf, joined, term } from "../components/filter_bar.js";
import { Meter } from "../components/meter.js";
import { State } from "../components/state.js";
import { type Column, Table } from "../components/table.js";
import { VerbButtons } from "../components/verb_buttons.js";
import { client } from "../lib/client.js";
import { id, percent, quantity } from "../lib/format.js";
import { JOIN_HOST, REGISTER_HOST } from "../lib/host_join_verbs.js";
import { counted, totalOf, usePages } from "../lib/pages.js";
import { readAt } from "../lib/query.js";
import { REBALANCE } from "../lib/rebalance_verb.js";
import { go, link } from "../lib/router.js";
import { words } from "../words.js";

const c = words.hosts.columns;
const STATES = ["ACTIVE", "CORDONED", "DRAINING", "MAINTENANCE", "DOWN", "FENCED"];
const PAGE = 200;

function Share({ resourceClass, host }: { resourceClass: "vcpus" | "memory_mib" | "disk_gib"; host: Host }) {
  const field = ({ vcpus: "vcpus", memory_mib: "memoryMib", disk_gib: "diskGib" } as const)[resourceClass];
  const total = host.capacity?.[field] ?? 0n;
  const held = host.allocated?.[field] ?? 0n;
  const eta = total ? Number(held) / Number(total) : 0;
  const text = `${quantity(resourceClass, held)} / ${quantity(resourceClass, total)}`;
  return (
    <span class="share" title={text}>
      <Meter label={`${percent(eta)}: ${text}`} allocated={eta} />
      <span>{percent(eta)}</span>
    </span>
  );
}

const COLUMNS: readonly Column<Host>[] = [
  {
    id: "name",
    title: c.name,
    width: "minmax(110px, 1.2fr)",
    cell: (host) => <a href={link(["hosts", host.name])}>{id(host.name)}</a>,
  },
  {
    id: "state",
    title: c.state,
    width: "140px",
    cell: (host) => <State state={HostState[host.state] ?? ""} />,
  },
  { id: "zone", title: c.zone, width: "90px", cell: (host) => host.zone },
  { id: "rack", title: c.rack, width: "70px", cell: (host) => host.labels["rack"] ?? "" },
  {
    id: "vcpus",
    title: c.vcpus,
    width: "minmax(120px, 1fr)",
    cell: (host) => <Share resourceClass="vcpus" host={host} />,
  },
  {
    id: "memory",
    title: c.memory,
    width: "minmax(120px, 1fr)",
    cell: (host) => <Share resourceClass="memory_mib" host={host} />,
  },
  {
    id: "disk",
    title: c.disk,
    width: "minmax(120px, 1fr)",
    cell: (host) => <Share resourceClass="disk_gib" host={host} />,
  },
  {
    id: "agent",
    title: c.agent,
    width: "86px",
    cell: (host) => (
      <span class={host.agentConnected ? "" : "dim"}>
        {host.agentConnected ? words.hosts.agent.on : words.hosts.agent.off}
      </span>
    ),
  },
];

export function HostsPage() {
  const { state, filter } = filterOf();
  const terms = joined(term("state", state), filter);
  const list = usePages<Host>(
    `hosts ${terms}`,
    async (at, pageToken, signal) => {
      const request = { filter: terms, pageSize: pageToken ? 1000 : PAGE, pageToken };
      const page = await client.stubs.hosts.listHosts({ ...request, ...readAt(at) }, { signal });
      return { items: page.hosts, next: page.nextPageToken };
    },
    {
      on: "hosts/",
      count: (at, signal) =>
        totalOf(client.stubs.hosts.listHosts({ filter: terms, ...counted(at) }, { signal })),
      streamOf: (host) => `hosts/${host.uid}`,
      renew: async (host) => {
        const filtered = joined(terms, term("uid", host.uid));
        return (await client.stubs.hosts.listHosts({ filter: filtered })).hosts[0];
      },
      comesBy: /^hostRegistered$/,
    },
  );
  return (
    <Page
      title={words.hosts.title}
      actions={
        <>
          <VerbButtons verbs={[REBALANCE]} name="" />
          <VerbButtons verbs={[REGISTER_HOST, JOIN_HOST]} name="" icon="plus" />
        </>
      }
    >
      <FilterBar states={STATES} help={words.hosts.filterHelp} />
      <Problem error={list.error} retry={list.reload} />
      <section class={`card flush fill ${list.loading ? "is-loading" : ""}`}>
        <Table
          label={words.hosts.title}
          columns={COLUMNS}
          items={list.items}
          keyOf={(host) => host.uid}
          open={(host) => go(link(["hosts", host.name]))}
          hasMore={list.hasMore}
          total={list.total}
          more={list.more}
          empty={list.loading ? words.loading : words.hosts.empty}
        />
      </section>
    </Page>
  );
}
