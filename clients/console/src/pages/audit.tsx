/** The whole history, searched; the chain verified; events proven in the browser. */

import type { Event } from "@chronovisor/client";
import { useEffect, useState } from "preact/hooks";
import { Button, Card, Page, Problem } from "../components/basics.js";
import { PositionButton, Subject } from "../components/event_list.js";
import { type Column, Table } from "../components/table.js";
import { ChainOf } from "../components/why.js";
import { addressOf } from "../lib/causes.js";
import { client } from "../lib/client.js";
import { eventType, sentence } from "../lib/events.js";
import { date, fullMoment } from "../lib/format.js";
import { typed } from "../lib/moment_text.js";
import { usePages } from "../lib/pages.js";
import { place, setParams } from "../lib/router.js";
import { words } from "../words.js";
import { Prove, Verify } from "./audit_proofs.js";

const w = words.audit;
const PAGE = 200;
const FIELDS = ["type", "actor", "parent", "request", "since", "until"] as const;
type Name = (typeof FIELDS)[number];

const LABELS: Readonly<Record<Name, readonly [string, string]>> = {
  type: [w.type, w.typeHelp],
  actor: [w.actor, w.actorHelp],
  parent: [w.parent, w.parentHelp],
  request: [w.request, w.requestHelp],
  since: [w.since, words.diff.positionOrTime],
  until: [w.until, words.diff.now],
};

interface Row {
  readonly event: Event;
  readonly names: Readonly<Record<string, string>>;
}

function given(): Readonly<Record<Name, string>> {
  const { params } = place.value;
  return Object.fromEntries(FIELDS.map((each) => [each, params.get(each) ?? ""])) as Record<Name, string>;
}

function requestOf(fields: Readonly<Record<Name, string>>, at: bigint | undefined) {
  const since = typed(fields.since) ?? {};
  const until = fields.until ? (typed(fields.until) ?? {}) : { position: at };
  return {
    parent: fields.parent.trim(),
    eventTypes: fields.type.split(/[\s,]+/).filter(Boolean),
    actor: fields.actor.trim(),
    ofRequestId: fields.request.trim(),
    newestFirst: true,
    pageSize: PAGE,
    ...("time" in since && since.time ? { afterTime: since.time } : {}),
    ...(since.position ? { afterPosition: since.position } : {}),
    ...("time" in until && until.time ? { toTime: until.time } : {}),
    ...(until.position ? { toPosition: until.position } : {}),
  };
}

export function AuditPage() {
  const fields = given();
  const chain = place.value.params.get("chain");
  const list = usePages<Row>(
    `audit ${JSON.stringify(fields)}`,
    async (at, pageToken, signal) => {
      const page = await client.stubs.history.listEvents({ ...requestOf(fields, at), pageToken }, { signal });
      return {
        items: page.events.map((event) => ({ event, names: page.names })),
        next: page.nextPageToken,
      };
    },
    { on: "", comesBy: /./ },
  );
  return (
    <Page title={w.title} subtitle={w.subtitle}>
      <Verify />
      <Search fields={fields} />
      {chain && <ChainOf address={chain} />}
      <Problem error={list.error} retry={list.reload} />
      <section class={`card flush fill ${list.loading ? "is-loading" : ""}`}>
        <Table
          label={w.title}
          columns={COLUMNS}
          items={list.items}
          keyOf={(each) => String(each.event.position)}
          hasMore={list.hasMore}
          more={list.more}
          empty={list.loading ? words.loading : words.history.empty}
          foot={
            list.came > 0 && <Button onClick={list.reload}>{words.table.changed(String(list.came))}</Button>
          }
        />
      </section>
    </Page>
  );
}

function Search({ fields }: { fields: Readonly<Record<Name, string>> }) {
  const [text, setText] = useState(fields);
  useEffect(() => setText(fields), [JSON.stringify(fields)]);
  return (
    <Card>
      <form
        class="fields"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          setParams(text);
        }}
      >
        {FIELDS.map((each) => (
          <label class="field" key={each}>
            <span>{LABELS[each][0]}</span>
            <input
              type="text"
              value={text[each]}
              placeholder={LABELS[each][1]}
              onInput={(event) => setText({ ...text, [each]: event.currentTarget.value })}
            />
          </label>
        ))}
        <Button kind="primary" type="submit" onClick={() => {}}>
          {w.search}
        </Button>
      </form>
    </Card>
  );
}

const h = words.history.columns;
const COLUMNS: readonly Column<Row>[] = [
  {
    id: "position",
    title: h.position,
    width: "80px",
    right: true,
    cell: ({ event }) => <PositionButton position={event.position} />,
  },
  {
    id: "time",
    title: h.time,
    width: "150px",
    cell: ({ event }) => <time class="dim">{fullMoment(date(event.commitTime))}</time>,
  },
  {
    id: "of",
    title: words.history.of,
    width: "minmax(100px, 1fr)",
    cell: ({ event, names }) => <Subject event={event} names={names} />,
  },
  {
    id: "what",
    title: h.what,
    width: "minmax(180px, 2.4fr)",
    cell: ({ event }) => <span title={eventType(event)}>{sentence(event)}</span>,
  },
  { id: "actor", title: h.actor, width: "minmax(110px, 1fr)", cell: ({ event }) => event.actor },
  {
    id: "reason",
    title: h.reason,
    width: "minmax(80px, 1fr)",
    cell: ({ event }) => <span class="dim">{event.reason}</span>,
  },
  {
    id: "prove",
    title: w.proof,
    width: "150px",
    right: true,
    cell: ({ event }) => (
      <>
        <button type="button" class="copy" onClick={() => setParams({ chain: addressOf(event) })}>
          {w.chainOf}
        </button>
        <Prove position={event.position} />
      </>
    ),
  },
];
