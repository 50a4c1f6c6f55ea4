/** The frame of the page of something that a project has: its project and its name, what can be done to it, and its tabs. */

import { NotFound } from "@chronovisor/client";
import type { ComponentChildren } from "preact";
import { id, projectOf } from "../lib/format.js";
import type { Query } from "../lib/query.js";
import { at, link } from "../lib/router.js";
import { words } from "../words.js";
import { Loading, Page, Problem } from "./basics.js";
import { State } from "./state.js";
import { Tabs } from "./tabs.js";

interface Tab {
  readonly id: string;
  readonly label: string;
  readonly content: () => ComponentChildren;
}

export interface OwnedPageProps<T> {
  readonly name: string;
  readonly query: Query<T>;
  readonly state?: (it: T) => string;
  readonly actions: (it: T) => ComponentChildren;
  readonly tabs: (it: T) => readonly Tab[];
}

/** Of what a project owns: after its project. */
export function OwnedTitle({ name, state }: { name: string; state: string | undefined }) {
  return (
    <>
      <span>
        <span class="crumb">
          <a href={link(["projects", projectOf(name)])}>{id(projectOf(name))}</a> /{" "}
        </span>
        {id(name)}
      </span>
      {state !== undefined && <State state={state} />}
    </>
  );
}

export function OwnedPage<T>({ name, query, state, actions, tabs }: OwnedPageProps<T>) {
  const { data, error, reload } = query;
  return (
    <Page title={<OwnedTitle name={name} state={data && state?.(data)} />} actions={data && actions(data)}>
      {!data && !error && <Loading />}
      {error instanceof NotFound && at.value !== undefined ? (
        <p class="note">{words.errors.notThen}</p>
      ) : (
        <Problem error={error} retry={reload} />
      )}
      {data && <Tabs label={id(name)} tabs={tabs(data)} />}
    </Page>
  );
}
