/** Custom roles, and people whose names are forgotten: what there is of access beside policies. */

import { words } from "../words.js";
import { client } from "./client.js";
import { none, repeated, root, words as split, text, type Values, type Verb } from "./verbs.js";

const w = words.roles;
const { access, privacy } = client.stubs;

const TITLE = { id: "title", label: words.verbs.create.display, kind: "text" } as const;
const PERMISSIONS = {
  id: "permissions",
  label: w.permissions,
  help: w.permissionsHelp,
  kind: "long",
  required: true,
} as const;

const made = (values: Values) => ({
  title: text(values, "title"),
  permissions: split(values, "permissions"),
});

const options = (values: Values) => repeated("permission", split(values, "permissions"));

export const CREATE_ROLE: Verb = {
  id: "createRole",
  title: w.create,
  permission: "roles.create",
  on: root,
  fields: [
    { id: "id", label: words.verbs.create.id, help: words.verbs.create.idHelp, kind: "text", required: true },
    TITLE,
    PERMISSIONS,
  ],
  run: ({ name: _, ...change }, values) =>
    none(access.createRole({ ...change, roleId: text(values, "id"), role: made(values) })),
  command: (_, values) => [
    ["role", "create", text(values, "id"), ...options(values)],
    { title: text(values, "title") },
  ],
};

/** Of a custom role, whose `etag` is among the values: what somebody else changed since is not overwritten. */
export const ROLE_VERBS: readonly Verb[] = [
  {
    id: "updateRole",
    title: w.update,
    permission: "roles.update",
    on: root,
    fields: [TITLE, PERMISSIONS],
    run: ({ name, ...change }, values) =>
      none(access.updateRole({ ...change, role: { ...made(values), name, etag: text(values, "etag") } })),
    command: (name, values) => [
      ["role", "update", name, "--title", text(values, "title"), ...options(values)],
      {},
    ],
  },
  {
    id: "deleteRole",
    title: w.delete,
    permission: "roles.delete",
    on: root,
    danger: w.deleteDanger,
    run: (change, values) => none(access.deleteRole({ ...change, etag: text(values, "etag") })),
    command: (name) => [["role", "delete", name], {}],
  },
];

/** Without an id that makes it safe to repeat: forgetting twice is refused. */
export const FORGET_PERSON: Verb = {
  id: "forgetPerson",
  title: w.forget,
  permission: "privacy.forget",
  on: root,
  danger: w.forgetDanger,
  fields: [{ id: "person", label: w.person, help: w.personHelp, kind: "text", required: true, of: "person" }],
  run: async ({ reason, validateOnly }, values) => {
    const person = text(values, "person");
    const { shownAs } = await privacy.forgetPerson({ person, reason, validateOnly });
    return { message: w.forgotten(shownAs) };
  },
  command: (_, values) => [["privacy", "forget", text(values, "person")], { yes: true }],
};
