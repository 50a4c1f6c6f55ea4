/** The button that makes something in a project, for readers who may do so in any project that they see. */

import { client } from "../lib/client.js";
import { id } from "../lib/format.js";
import { permissionsOn } from "../lib/may.js";
import { useQuery } from "../lib/query.js";
import { go, link } from "../lib/router.js";
import { text, type Values, type Verb } from "../lib/verbs.js";
import { VerbButtons } from "./verb_buttons.js";

const ROOT = "/";
/** Of more projects, only the first are looked at. */
const MOST_PROJECTS = 50;

export interface CreateOwnedProps {
  readonly verb: Verb;
  readonly collection: string;
  /** `projects/PROJECT`; without, wherever the reader may. */
  readonly project?: string;
}

export function CreateOwned({ verb, collection, project }: CreateOwnedProps) {
  const { data: place } = useQuery(
    `where ${verb.permission}`,
    (_, signal) => placeWith(verb.permission, signal),
    { on: ["projects/", "policies/", "roles/"], ofNow: true, skip: project !== undefined },
  );
  const of = project ?? place;
  if (!of) return null;
  return (
    <VerbButtons
      verbs={[verb]}
      name={of}
      icon="plus"
      initial={of === ROOT ? {} : { project: id(of) }}
      onDone={(values) => go(link([collection, created(values, collection)]))}
    />
  );
}

const created = (values: Values, collection: string) =>
  `projects/${text(values, "project")}/${collection}/${text(values, "id")}`;

/** The root where the reader has a permission there, or else the first project of theirs; empty: nowhere. */
async function placeWith(permission: string, signal: AbortSignal): Promise<string> {
  const isOn = async (place: string) => (await permissionsOn(place, [permission])).has(permission);
  if (await isOn(ROOT)) return ROOT;
  const { projects } = await client.stubs.projects.listProjects({ pageSize: MOST_PROJECTS }, { signal });
  for (const { name } of projects) if (await isOn(name)) return name;
  return "";
}
