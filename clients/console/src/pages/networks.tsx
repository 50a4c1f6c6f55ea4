/** All networks, and all security groups. */

import type { Network, SecurityGroup } from "@chronovisor/gen/chronovisor/v1/network_pb.js";
import { Page, Problem } from "../components/basics.js";
import { CreateOwned } from "../components/create_owned.js";
import { type Column, Table } from "../components/table.js";
import { Tabs } from "../components/tabs.js";
import { client } from "../lib/client.js";
import { id, projectOf } from "../lib/format.js";
import { CREATE_GROUP, CREATE_NETWORK } from "../lib/network_verbs.js";
import { usePages } from "../lib/pages.js";
import { readAt } from "../lib/query.js";
import { go, link } from "../lib/router.js";
import { ruleText } from "../lib/security_rules.js";
import { words } from "../words.js";

const w = words.networks;
const g = words.groupsOf;
const ALL = "projects/-";

interface Named {
  readonly name: string;
  readonly description: string;
}

function nameColumn<T extends Named>(title: string, collection: string): Column<T> {
  return {
    id: "name",
    title,
    width: "minmax(120px, 1fr)",
    cell: (each) => <a href={link([collection, each.name])}>{id(each.name)}</a>,
  };
}

function projectColumn<T extends Named>(): Column<T> {
  return {
    id: "project",
    title: words.vms.columns.project,
    width: "minmax(80px, 1fr)",
    cell: ({ name }) => <a href={link(["projects", projectOf(name)])}>{id(projectOf(name))}</a>,
  };
}

function descriptionColumn<T extends Named>(): Column<T> {
  return {
    id: "description",
    title: w.columns.description,
    width: "minmax(120px, 1.4fr)",
    cell: (each) => each.description,
  };
}

const NETWORKS: readonly Column<Network>[] = [
  nameColumn(w.columns.name, "networks"),
  projectColumn(),
  { id: "kind", title: w.columns.kind, width: "90px", cell: (each) => w.kinds[each.kind] },
  { id: "ipv4", title: w.columns.ipv4, width: "150px", cell: (each) => each.ipv4Cidr },
  { id: "ipv6", title: w.columns.ipv6, width: "minmax(120px, 1fr)", cell: (each) => each.ipv6Cidr },
  descriptionColumn(),
];
const GROUPS: readonly Column<SecurityGroup>[] = [
  nameColumn(g.columns.name, "securityGroups"),
  projectColumn(),
  {
    id: "rules",
    title: g.columns.rules,
    width: "minmax(200px, 2fr)",
    cell: (each) => each.rules.map(ruleText).join(", "),
  },
  descriptionColumn(),
];

export function NetworksPage() {
  return (
    <Page
      title={w.title}
      actions={
        <>
          <CreateOwned verb={CREATE_NETWORK} collection="networks" />
          <CreateOwned verb={CREATE_GROUP} collection="securityGroups" />
        </>
      }
    >
      <Tabs
        label={w.title}
        tabs={[
          { id: "networks", label: w.title, content: () => <Networks /> },
          { id: "groups", label: g.title, content: () => <Groups /> },
        ]}
      />
    </Page>
  );
}

function Networks() {
  const list = usePages<Network>(
    "networks",
    async (at, pageToken, signal) => {
      const request = { parent: ALL, pageSize: 500, pageToken, ...readAt(at) };
      const page = await client.stubs.networks.listNetworks(request, { signal });
      return { items: page.networks, next: page.nextPageToken };
    },
    { on: "networks/" },
  );
  return (
    <>
      <Problem error={list.error} retry={list.reload} />
      <section class={`card flush fill ${list.loading ? "is-loading" : ""}`}>
        <Table
          label={w.title}
          columns={NETWORKS}
          items={list.items}
          keyOf={(each) => each.uid}
          open={(each) => go(link(["networks", each.name]))}
          hasMore={list.hasMore}
          more={list.more}
          empty={list.loading ? words.loading : w.empty}
        />
      </section>
    </>
  );
}

function Groups() {
  const list = usePages<SecurityGroup>(
    "security groups",
    async (at, pageToken, signal) => {
      const request = { parent: ALL, pageSize: 500, pageToken, ...readAt(at) };
      const page = await client.stubs.networks.listSecurityGroups(request, { signal });
      return { items: page.securityGroups, next: page.nextPageToken };
    },
    { on: "securityGroups/" },
  );
  return (
    <>
      <Problem error={list.error} retry={list.reload} />
      <section class={`card flush fill ${list.loading ? "is-loading" : ""}`}>
        <Table
          label={g.title}
          columns={GROUPS}
          items={list.items}
          keyOf={(each) => each.uid}
          open={(each) => go(link(["securityGroups", each.name]))}
          hasMore={list.hasMore}
          more={list.more}
          empty={list.loading ? words.loading : g.empty}
        />
      </section>
    </>
  );
}
