/** Operations, of one target or all, in a table. */

import { metadataOf, NotFound, type Operation } from "@chronovisor/client";
import { client } from "../lib/client.js";
import { plainly } from "../lib/events.js";
import { date, id, moment, projectOf, span } from "../lib/format.js";
import { cancelVerb, isCancellable } from "../lib/operation_verbs.js";
import { usePages } from "../lib/pages.js";
import { link } from "../lib/router.js";
import { words } from "../words.js";
import { Problem } from "./basics.js";
import { State } from "./state.js";
import { type Column, Table } from "./table.js";
import { VerbButtons } from "./verb_buttons.js";

const w = words.operations;
const PAGE = 100;
export function stateOf(operation: Operation): string {
  if (!operation.done) return "UNDER_WAY";
  return operation.result.case === "error" ? "FAILED" : "DONE";
}

function Target({ name }: { name: string }) {
  const page = name.includes("/vms/") ? "vms" : "hosts";
  return name ? <a href={link([page, name])}>{id(name)}</a> : null;
}

function Progress({ operation }: { operation: Operation }) {
  if (operation.result.case === "error") {
    return <span title={operation.result.value.message}>{operation.result.value.message}</span>;
  }
  const { progress } = metadataOf(operation);
  if (operation.done || !progress) return null;
  const waits = words.operations.waiting[progress.waitingFor] ?? "";
  return (
    <span>
      {progress.stepsDone}/{progress.stepsTotal} {waits} {progress.detail}
    </span>
  );
}

function Took({ operation }: { operation: Operation }) {
  const { createTime, endTime } = metadataOf(operation);
  const begin = date(createTime)?.getTime();
  const end = date(endTime)?.getTime() ?? Date.now();
  return <span class="dim">{begin === undefined ? "" : span(end - begin)}</span>;
}

function Cancel({ operation }: { operation: Operation }) {
  const { verb, target } = metadataOf(operation);
  if (operation.done || !isCancellable(verb)) return null;
  const on = target.startsWith("projects/") ? projectOf(target) : "/";
  return <VerbButtons verbs={[cancelVerb(on)]} name={operation.name} />;
}

const COLUMNS: readonly Column<Operation>[] = [
  {
    id: "verb",
    title: w.columns.verb,
    width: "130px",
    cell: (each) => <strong>{plainly(metadataOf(each).verb)}</strong>,
  },
  {
    id: "target",
    title: w.columns.target,
    width: "minmax(100px, 1fr)",
    cell: (each) => <Target name={metadataOf(each).target} />,
  },
  { id: "state", title: w.columns.state, width: "120px", cell: (each) => <State state={stateOf(each)} /> },
  {
    id: "progress",
    title: w.columns.progress,
    width: "minmax(120px, 2fr)",
    cell: (each) => (
      <>
        <Progress operation={each} /> <Cancel operation={each} />
      </>
    ),
  },
  { id: "actor", title: w.columns.actor, width: "minmax(90px, 1fr)", cell: (each) => metadataOf(each).actor },
  {
    id: "reason",
    title: w.columns.reason,
    width: "minmax(80px, 1fr)",
    cell: (each) => <span class="dim">{metadataOf(each).reason}</span>,
  },
  {
    id: "begun",
    title: w.columns.begun,
    width: "112px",
    right: true,
    cell: (each) => moment(date(metadataOf(each).createTime)),
  },
  {
    id: "took",
    title: w.columns.took,
    width: "64px",
    right: true,
    cell: (each) => <Took operation={each} />,
  },
];

export function OperationTable({ of = "", filter = "" }: { of?: string; filter?: string }) {
  const list = usePages<Operation>(
    `operations ${of} ${filter}`,
    async (moment, pageToken, signal) => {
      const then = moment === undefined ? "" : `at_position = ${moment}`;
      const terms = [filter, then].filter(Boolean).join(" AND ");
      const request = { name: of, filter: terms, pageSize: PAGE, pageToken };
      try {
        const page = await client.stubs.operations.listOperations(request, { signal });
        return { items: page.operations, next: page.nextPageToken };
      } catch (error) {
        if (error instanceof NotFound) return { items: [], next: "" };
        throw error;
      }
    },
    { on: "" },
  );
  return (
    <>
      <Problem error={list.error} retry={list.reload} />
      <section class={`card flush fill ${list.loading ? "is-loading" : ""}`}>
        <Table
          label={w.title}
          columns={COLUMNS.filter((each) => !of || each.id !== "target")}
          items={list.items}
          keyOf={(each) => each.name}
          hasMore={list.hasMore}
          more={list.more}
          empty={list.loading ? words.loading : w.empty}
        />
      </section>
    </>
  );
}
