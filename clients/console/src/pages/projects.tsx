/** All projects. */

import type { Project } from "@chronovisor/client";
import { Labels, Page, Problem } from "../components/basics.js";
import { type Column, Table } from "../components/table.js";
import { VerbButtons } from "../components/verb_buttons.js";
import { client } from "../lib/client.js";
import { amount } from "../lib/events.js";
import { date, id, moment } from "../lib/format.js";
import { counted, totalOf, usePages } from "../lib/pages.js";
import { CREATE_PROJECT } from "../lib/project_verbs.js";
import { readAt } from "../lib/query.js";
import { go, link } from "../lib/router.js";
import { words } from "../words.js";

const w = words.projects;

const COLUMNS: readonly Column<Project>[] = [
  {
    id: "name",
    title: w.columns.name,
    width: "minmax(120px, 1fr)",
    cell: (each) => <a href={link(["projects", each.name])}>{id(each.name)}</a>,
  },
  { id: "title", title: w.columns.title, width: "minmax(120px, 1fr)", cell: (each) => each.displayName },
  {
    id: "quota",
    title: w.columns.quota,
    width: "minmax(180px, 2fr)",
    cell: (each) => amount(each.quota) || <span class="dim">{w.noQuota}</span>,
  },
  { id: "policy", title: w.columns.policy, width: "minmax(90px, 1fr)", cell: (each) => each.placementPolicy },
  {
    id: "labels",
    title: words.vms.columns.labels,
    width: "1fr",
    cell: (each) => <Labels of={each.labels} />,
  },
  {
    id: "created",
    title: w.columns.created,
    width: "130px",
    right: true,
    cell: (each) => <span class="dim">{moment(date(each.createTime))}</span>,
  },
];

export function ProjectsPage() {
  const list = usePages<Project>(
    "projects",
    async (at, pageToken, signal) => {
      const request = { pageSize: 500, pageToken, ...readAt(at) };
      const page = await client.stubs.projects.listProjects(request, { signal });
      return { items: page.projects, next: page.nextPageToken };
    },
    {
      on: "projects/",
      count: (at, signal) => totalOf(client.stubs.projects.listProjects({ ...counted(at) }, { signal })),
    },
  );
  return (
    <Page
      title={w.title}
      actions={
        <VerbButtons
          verbs={[CREATE_PROJECT]}
          name=""
          icon="plus"
          onDone={(values) => go(link(["projects", `projects/${String(values["id"])}`]))}
        />
      }
    >
      <Problem error={list.error} retry={list.reload} />
      <section class={`card flush fill ${list.loading ? "is-loading" : ""}`}>
        <Table
          label={w.title}
          columns={COLUMNS}
          items={list.items}
          keyOf={(each) => each.uid}
          open={(each) => go(link(["projects", each.name]))}
          hasMore={list.hasMore}
          total={list.total}
          more={list.more}
          empty={list.loading ? words.loading : w.empty}
        />
      </section>
    </Page>
  );
}
