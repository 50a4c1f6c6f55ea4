/** All images. */

import { type Image, ImageState } from "@chronovisor/gen/chronovisor/v1/image_pb.js";
import { Page, Problem } from "../components/basics.js";
import { CreateOwned } from "../components/create_owned.js";
import { State } from "../components/state.js";
import { type Column, Table } from "../components/table.js";
import { client } from "../lib/client.js";
import { bytes, date, id, moment, projectOf } from "../lib/format.js";
import { IMPORT_IMAGE } from "../lib/image_verbs.js";
import { usePages } from "../lib/pages.js";
import { readAt } from "../lib/query.js";
import { go, link } from "../lib/router.js";
import { words } from "../words.js";

const w = words.images;

const COLUMNS: readonly Column<Image>[] = [
  {
    id: "name",
    title: w.columns.name,
    width: "minmax(120px, 1.2fr)",
    cell: (each) => <a href={link(["images", each.name])}>{id(each.name)}</a>,
  },
  {
    id: "project",
    title: words.vms.columns.project,
    width: "minmax(80px, 1fr)",
    cell: ({ name }) => <a href={link(["projects", projectOf(name)])}>{id(projectOf(name))}</a>,
  },
  {
    id: "state",
    title: w.columns.state,
    width: "130px",
    cell: (each) => <State state={ImageState[each.state] ?? ""} />,
  },
  { id: "family", title: w.columns.family, width: "minmax(90px, 1fr)", cell: (each) => each.family },
  {
    id: "size",
    title: w.columns.size,
    width: "100px",
    right: true,
    cell: (each) => (each.sizeBytes ? bytes(Number(each.sizeBytes)) : ""),
  },
  {
    id: "disk",
    title: w.columns.disk,
    width: "100px",
    right: true,
    cell: (each) => (each.virtualSizeBytes ? bytes(Number(each.virtualSizeBytes)) : ""),
  },
  {
    id: "created",
    title: words.vms.columns.created,
    width: "130px",
    right: true,
    cell: (each) => <span class="dim">{moment(date(each.createTime))}</span>,
  },
];

export function ImagesPage() {
  const list = usePages<Image>(
    "images",
    async (at, pageToken, signal) => {
      const request = { parent: "projects/-", pageSize: 500, pageToken, ...readAt(at) };
      const page = await client.stubs.images.listImages(request, { signal });
      return { items: page.images, next: page.nextPageToken };
    },
    { on: "images/" },
  );
  return (
    <Page title={w.title} actions={<CreateOwned verb={IMPORT_IMAGE} collection="images" />}>
      <Problem error={list.error} retry={list.reload} />
      <section class={`card flush fill ${list.loading ? "is-loading" : ""}`}>
        <Table
          label={w.title}
          columns={COLUMNS}
          items={list.items}
          keyOf={(each) => each.uid}
          open={(each) => go(link(["images", each.name]))}
          hasMore={list.hasMore}
          more={list.more}
          empty={list.loading ? words.loading : w.empty}
        />
      </section>
    </Page>
  );
}
