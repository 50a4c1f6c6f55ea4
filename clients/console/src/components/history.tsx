/** What happened to one thing, newest first, page by page. */

import type { Event } from "@chronovisor/client";
import { client } from "../lib/client.js";
import { isSilent } from "../lib/events.js";
import { usePages } from "../lib/pages.js";
import { words } from "../words.js";
import { Button, Card, Empty, Loading, Problem } from "./basics.js";
import { EventList } from "./event_list.js";

const PAGE = 100;

interface Named {
  readonly event: Event;
  readonly names: Readonly<Record<string, string>>;
}

export function HistoryCard({ parent, hideSubject }: { parent: string; hideSubject?: boolean }) {
  const list = usePages<Named>(
    `events ${parent}`,
    async (at, pageToken, signal) => {
      const until = at === undefined ? {} : { toPosition: at };
      const request = { parent, newestFirst: true, pageSize: PAGE, pageToken, ...until };
      const page = await client.stubs.history.listEvents(request, { signal });
      const shown = hideSubject ? page.events : page.events.filter((each) => !isSilent(each));
      return { items: shown.map((event) => ({ event, names: page.names })), next: page.nextPageToken };
    },
    { on: "" },
  );
  const names = Object.assign({}, ...list.items.map((each) => each.names)) as Record<string, string>;
  return (
    <Card>
      <Problem error={list.error} retry={list.reload} />
      {list.loading && !list.items.length && <Loading />}
      {!list.loading && !list.items.length && !list.error && <Empty>{words.history.empty}</Empty>}
      <EventList
        events={list.items.map((each) => each.event)}
        names={names}
        hideSubject={hideSubject}
        label={words.vm.tabs.history}
      />
      {list.hasMore && <Button onClick={list.more}>{words.history.older}</Button>}
    </Card>
  );
}
