/** What can be done to a project: one row a verb, with its permission, its fields, its call and its command line. */

import type { Project } from "@chronovisor/client";
import { ProjectSchema } from "@chronovisor/gen/chronovisor/v1/project_pb.js";
import { words } from "../words.js";
import { client } from "./client.js";
import { inputs, lineWords, messageOf, type Row, valuesOf } from "./form_rows.js";
import { DETAILS, LABELS, PROJECT_ROWS, QUOTA } from "./project_rows.js";
import { updateVerb } from "./update_verb.js";
import { none, root, text, type Values, type Verb } from "./verbs.js";

const w = words.verbs;
const { projects } = client.stubs;

function changes(id: string, title: string, rows: readonly Row[]): Verb {
  return updateVerb({
    id,
    title,
    permission: "projects.update",
    on: (name) => name,
    schema: ProjectSchema,
    noun: "project",
    rows,
    update: (project, change) => projects.updateProject({ ...change, project }),
  });
}

export const CREATE_PROJECT: Verb = {
  id: "createProject",
  title: w.create.project,
  permission: "projects.create",
  on: root,
  fields: [
    { id: "id", label: w.create.id, help: w.create.idHelp, kind: "text", required: true, of: "project_id" },
    ...inputs(ProjectSchema, "project", PROJECT_ROWS),
  ],
  run: async ({ name: _, ...change }, values) => {
    const project = messageOf(ProjectSchema, PROJECT_ROWS, values);
    return none(projects.createProject({ ...change, projectId: text(values, "id"), project }));
  },
  command: (_, values) => [
    ["project", "create", text(values, "id"), ...lineWords(ProjectSchema, PROJECT_ROWS, values)],
    {},
  ],
};

export const PROJECT_VERBS: readonly Verb[] = [
  changes("details", w.names.details, DETAILS),
  changes("labels", w.names.labels, [LABELS]),
  changes("quota", w.names.quota, QUOTA),
  {
    id: "deleteProject",
    title: w.names.deleteProject,
    permission: "projects.delete",
    on: (name) => name,
    danger: w.danger.deleteProject,
    run: (change) => none(projects.deleteProject(change)),
    command: (name) => [["project", "delete", name], {}],
  },
];

/** What the fields of its verbs have before anybody types. */
export function projectValues(project: Project): Values {
  return valuesOf(ProjectSchema, PROJECT_ROWS, project);
}
