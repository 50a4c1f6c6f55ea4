/** One network: what it is, who holds its addresses, and who reaches whom over it. */

import type { Network } from "@chronovisor/gen/chronovisor/v1/network_pb.js";
import type { HeldAddress } from "@chronovisor/gen/chronovisor/v1/network_service_pb.js";
import { Card, Facts, Labels, Problem } from "../components/basics.js";
import { HistoryCard } from "../components/history.js";
import { OwnedPage } from "../components/owned_page.js";
import { ReachOf } from "../components/reach_map.js";
import { type Column, Table } from "../components/table.js";
import { VerbButtons } from "../components/verb_buttons.js";
import { WhyOf } from "../components/why.js";
import { client } from "../lib/client.js";
import { date, fullMoment, id, projectOf } from "../lib/format.js";
import { NETWORK_VERBS, networkValues } from "../lib/network_verbs.js";
import { usePages } from "../lib/pages.js";
import { readAt, useQuery } from "../lib/query.js";
import { go, link } from "../lib/router.js";
import { words } from "../words.js";

const w = words.network;

export function NetworkPage({ name }: { name: string }) {
  const query = useQuery(
    `network ${name}`,
    (at, signal) => client.stubs.networks.getNetwork({ name, ...readAt(at) }, { signal }),
    { on: ["networks/"] },
  );
  return (
    <OwnedPage<Network>
      name={name}
      query={query}
      actions={(network) => (
        <VerbButtons verbs={NETWORK_VERBS} name={network.name} initial={networkValues(network)} />
      )}
      tabs={(network) => {
        const of = `${projectOf(network.name)}/networks/${network.uid}`;
        return [
          { id: "overview", label: w.tabs.overview, content: () => <Overview network={network} /> },
          { id: "reach", label: w.tabs.reach, content: () => <ReachOf network={of} /> },
          { id: "addresses", label: w.tabs.addresses, content: () => <Addresses parent={of} /> },
          { id: "why", label: words.vm.tabs.why, content: () => <WhyOf parent={of} /> },
          { id: "history", label: w.tabs.history, content: () => <HistoryCard parent={of} hideSubject /> },
        ];
      }}
    />
  );
}

function Overview({ network }: { network: Network }) {
  const f = w.facts;
  return (
    <Card title={id(network.name)}>
      <Facts
        of={[
          [f.kind, words.networks.kinds[network.kind]],
          [f.ipv4, network.ipv4Cidr],
          [f.ipv6, network.ipv6Cidr],
          [f.gateway, [network.ipv4Gateway, network.ipv6Gateway].filter(Boolean).join(", ")],
          [f.bridge, network.bridge && w.bridged(network.bridge, network.vlan)],
          [f.mtu, String(network.mtu)],
          [f.reserved, network.reservedRanges.join(", ")],
          [f.domain, network.dnsDomain],
          [f.number, String(network.vni)],
          [f.description, network.description],
          [words.vm.facts.labels, Object.keys(network.labels).length ? <Labels of={network.labels} /> : ""],
          [words.vm.facts.created, fullMoment(date(network.createTime))],
          [words.vm.facts.updated, fullMoment(date(network.updateTime))],
          [words.project.facts.deleted, fullMoment(date(network.deleteTime))],
          [f.uid, <code key="uid">{network.uid}</code>],
        ]}
      />
    </Card>
  );
}

const COLUMNS: readonly Column<HeldAddress>[] = [
  {
    id: "vm",
    title: w.addresses.vm,
    width: "minmax(120px, 1fr)",
    cell: (each) => <a href={link(["vms", each.vm])}>{id(each.vm)}</a>,
  },
  { id: "ipv4", title: w.addresses.ipv4, width: "150px", cell: (each) => each.address?.ipv4Address },
  {
    id: "ipv6",
    title: w.addresses.ipv6,
    width: "minmax(120px, 1fr)",
    cell: (each) => each.address?.ipv6Address,
  },
  {
    id: "mac",
    title: w.addresses.mac,
    width: "160px",
    cell: (each) => <code>{each.address?.macAddress}</code>,
  },
];

function Addresses({ parent }: { parent: string }) {
  const list = usePages<HeldAddress>(
    `addresses ${parent}`,
    async (at, pageToken, signal) => {
      const request = { parent, pageSize: 500, pageToken, ...readAt(at) };
      const page = await client.stubs.networks.listNetworkAddresses(request, { signal });
      return { items: page.addresses, next: page.nextPageToken };
    },
    { on: "vms/" },
  );
  return (
    <>
      <Problem error={list.error} retry={list.reload} />
      <section class={`card flush fill ${list.loading ? "is-loading" : ""}`}>
        <Table
          label={w.tabs.addresses}
          columns={COLUMNS}
          items={list.items}
          keyOf={(each) => `${each.vmUid} ${each.address?.index}`}
          open={(each) => go(link(["vms", each.vm]))}
          hasMore={list.hasMore}
          more={list.more}
          empty={list.loading ? words.loading : w.noAddresses}
        />
      </section>
    </>
  );
}
