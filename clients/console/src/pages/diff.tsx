/** What changed between two positions of the ledger, field by field. */

import type { FieldChange } from "@chronovisor/gen/chronovisor/v1/history_service_pb.js";
import { useEffect, useState } from "preact/hooks";
import { Button, Card, Command, Empty, Loading, Page, Problem } from "../components/basics.js";
import { PositionButton } from "../components/event_list.js";
import { client } from "../lib/client.js";
import { count, id } from "../lib/format.js";
import { typed } from "../lib/moment_text.js";
import { useQuery } from "../lib/query.js";
import { format, go, link, place } from "../lib/router.js";
import { commandLine } from "../lib/shell_words.js";
import { words } from "../words.js";

const w = words.diff;
const PAGE = 500;
/** What changes with every event says nothing. */
const NOISE = new Set(["etag", "update_time", "observed.observe_time", "agent_connected"]);

interface Fields {
  readonly from: string;
  readonly to: string;
  readonly scope: string;
}

export function DiffPage() {
  const { params } = place.value;
  const from = params.get("from") ?? "";
  const given = { from, to: params.get("to") ?? "", scope: params.get("scope") ?? "" };
  const [fields, setFields] = useState<Fields>(given);
  const [all, setAll] = useState(false);
  useEffect(() => setFields(given), [given.from, given.to, given.scope]);
  const isBad = typed(fields.from) === undefined || typed(fields.to) === undefined;
  const text = (name: keyof Fields, label: string, help: string) => (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        value={fields[name]}
        placeholder={help}
        onInput={(event) => setFields({ ...fields, [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <Page title={w.title} subtitle={w.subtitle}>
      <Card>
        <form
          class="fields wide"
          onSubmit={(event) => {
            event.preventDefault();
            go(format(["diff"], { ...fields }));
          }}
        >
          {text("from", w.from, w.positionOrTime)}
          {text("to", w.to, w.now)}
          {text("scope", w.scope, w.scopeHelp)}
          <label class="check">
            <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
            <span>{w.all}</span>
          </label>
          <Button kind="primary" type="submit" disabled={isBad || !fields.from} onClick={() => {}}>
            {w.show}
          </Button>
        </form>
        {isBad && <p class="note warn">{w.bad}</p>}
        {from && (
          <Command
            text={commandLine(["diff", ...(given.scope ? [given.scope] : [])], { from, to: given.to, all })}
          />
        )}
      </Card>
      {from && <Changes key={JSON.stringify(given)} {...given} all={all} />}
    </Page>
  );
}

async function changesOf({ from, to, scope }: Fields, signal: AbortSignal) {
  const begin = typed(from) ?? {};
  const end = typed(to) ?? {};
  const request = {
    scope,
    pageSize: PAGE,
    ...(begin.time ? { fromTime: begin.time } : { fromPosition: begin.position ?? 0n }),
    ...(end.time ? { toTime: end.time } : { toPosition: end.position ?? 0n }),
  };
  return client.stubs.history.diffState(request, { signal });
}

function Changes({ all, ...given }: Fields & { all: boolean }) {
  const { data, error } = useQuery(`diff ${JSON.stringify(given)}`, (_, signal) => changesOf(given, signal), {
    ofNow: true,
  });
  if (error) return <Problem error={error} />;
  if (!data) return <Loading />;
  const shown = data.changes.filter((each) => all || !NOISE.has(each.field));
  const groups = new Map<string, FieldChange[]>();
  for (const each of shown) {
    const key = each.uid || each.name;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return (
    <>
      <p class="dim diff-summary">
        {w.summary(count(shown.length), count(groups.size))}
        {data.nextPageToken && " …"} · <PositionButton position={data.fromPosition || 1n} /> →{" "}
        <PositionButton position={data.toPosition} />
      </p>
      {!shown.length && <Empty>{w.nothing}</Empty>}
      <div class="diffs">
        {[...groups.values()].map((changes) => (
          <Resource key={changes[0]?.uid || changes[0]?.name} changes={changes} />
        ))}
      </div>
    </>
  );
}

function Resource({ changes }: { changes: readonly FieldChange[] }) {
  const name = changes[0]?.name ?? "";
  const page = name.includes("/vms/") ? "vms" : name.startsWith("hosts/") ? "hosts" : "projects";
  const whole = changes.find((each) => !each.field);
  const verdict = whole ? (whole.after ? w.came : w.went) : "";
  return (
    <section class="card diff-of" aria-label={name}>
      <header>
        <h2>
          <a href={link([page, name])}>{id(name)}</a>
        </h2>
        <p class="help">{name}</p>
        {verdict && <span class={`verdict ${whole?.after ? "came" : "went"}`}>{verdict}</span>}
      </header>
      <table>
        <tbody>
          {changes
            .filter((each) => each.field)
            .map((each) => (
              <tr key={each.field}>
                <th scope="row">{each.field}</th>
                <td class="before">
                  {each.before ? <del>{each.before}</del> : <span class="dim">{w.unset}</span>}
                </td>
                <td class="after">
                  {each.after ? <ins>{each.after}</ins> : <span class="dim">{w.unset}</span>}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}
