/** Who may call, and what they may do: service accounts, their tokens, and who has which roles. */

import { words } from "../words.js";
import { client } from "./client.js";
import { id, projectOf } from "./format.js";
import { granted, policyOf, revoked, setPolicy } from "./iam.js";
import { none, seconds, text, type Values, type Verb, whole } from "./verbs.js";

const w = words.access;
const accounts = client.stubs.serviceAccounts;
const DAY_S = 86_400n;

function setDisabled(disabled: boolean): Verb["run"] {
  return ({ name, ...change }) =>
    none(
      accounts.updateServiceAccount({
        ...change,
        serviceAccount: { name, disabled },
        updateMask: { paths: ["disabled"] },
      }),
    );
}

/** Its name is `projects/PROJECT`; of its own id there is a field. */
export const CREATE_ACCOUNT: Verb = {
  id: "createAccount",
  title: w.create,
  permission: "serviceAccounts.create",
  on: projectOf,
  fields: [
    { id: "id", label: words.verbs.create.id, help: words.verbs.create.idHelp, kind: "text", required: true },
    { id: "title", label: words.verbs.create.display, kind: "text" },
  ],
  run: ({ name: parent, ...change }, values) =>
    none(
      accounts.createServiceAccount({
        ...change,
        parent,
        serviceAccountId: text(values, "id"),
        serviceAccount: { displayName: text(values, "title") },
      }),
    ),
  command: (name, values) => [
    ["service-account", "create", `${name}/serviceAccounts/${text(values, "id")}`],
    { title: text(values, "title") },
  ],
};

/** Of an account, `ENABLED` or `DISABLED`. */
export const ACCOUNT_VERBS: readonly Verb[] = [
  {
    id: "createToken",
    title: w.createToken,
    permission: "serviceAccounts.createToken",
    on: projectOf,
    fields: [
      { id: "description", label: w.description, kind: "text" },
      { id: "days", label: w.days, kind: "number", initial: "90", required: true },
    ],
    run: async ({ name: parent, ...change }, values) => {
      const ttl = seconds(values, "days", DAY_S);
      const description = text(values, "description");
      const { token } = await accounts.createServiceAccountToken({ ...change, parent, description, ttl });
      return token ? { secret: token } : undefined;
    },
    command: (name, values) => [
      ["service-account", "token", "create", name],
      { description: text(values, "description"), "expires-in": `${text(values, "days")}d` },
    ],
  },
  {
    id: "disable",
    title: w.disable,
    permission: "serviceAccounts.update",
    on: projectOf,
    states: ["ENABLED"],
    run: setDisabled(true),
    command: (name) => [["service-account", "update", name], { disabled: true }],
  },
  {
    id: "enable",
    title: w.enable,
    permission: "serviceAccounts.update",
    on: projectOf,
    states: ["DISABLED"],
    run: setDisabled(false),
    command: (name) => [["service-account", "update", name], { enabled: true }],
  },
  {
    id: "deleteAccount",
    title: w.delete,
    permission: "serviceAccounts.delete",
    on: projectOf,
    danger: w.deleteDanger,
    run: (change) => none(accounts.deleteServiceAccount(change)),
    command: (name) => [["service-account", "delete", name], {}],
  },
];

/** Of one token, by its whole name. */
export const REVOKE_TOKEN: Verb = {
  id: "revokeToken",
  title: w.revokeToken,
  permission: "serviceAccounts.revokeToken",
  on: projectOf,
  danger: w.revokeTokenDanger,
  run: (change) => none(accounts.revokeServiceAccountToken(change)),
  command: (name) => {
    const [account = ""] = name.split("/tokens/");
    return [["service-account", "token", "revoke", account, id(name)], {}];
  },
};

const roleOf = (values: Values) => whole("roles", text(values, "role"));
/** Policies are on a project, or on `/`. */
const onPolicy = (name: string) => (name === "/" ? name : projectOf(name));

/** A service account by its whole name: `serviceAccount:ci` is one of the project's own. */
function memberOf(project: string, values: Values): string {
  const [kind = "", name = ""] = text(values, "member").split(/:(.*)/s);
  if (kind !== "serviceAccount" || name.startsWith("projects/") || (project === "/" && !name.includes("/")))
    return text(values, "member");
  const [first = "", second] = name.split("/");
  const parent = second === undefined ? project : `projects/${first}`;
  return `${kind}:${parent}/serviceAccounts/${second ?? first}`;
}

async function change(project: string, values: Values, validateOnly: boolean, make: typeof granted) {
  const [policy, { roles }] = await Promise.all([policyOf(project), client.stubs.access.listRoles({})]);
  const role = roleOf(values);
  if (!roles.some((each) => each.name === role)) throw new Error(w.noRole(role));
  if (!validateOnly) await setPolicy(project, policy, make(policy, memberOf(project, values), role));
  return undefined;
}

/** Policies have no reason, and no check of their own: that the role is there is looked at here. */
export const GRANT_ROLE: Verb = {
  id: "grant",
  title: w.grant,
  permission: "policies.set",
  on: onPolicy,
  withoutReason: true,
  fields: [
    { id: "member", label: w.member, help: w.memberHelp, kind: "text", required: true },
    { id: "role", label: w.role, help: w.roleHelp, kind: "text", required: true },
  ],
  run: ({ name, validateOnly }, values) => change(name, values, validateOnly, granted),
  command: (name, values) => [["access", "grant", memberOf(name, values), roleOf(values), name], {}],
};

export const REVOKE_ROLE: Verb = {
  id: "revokeRole",
  title: w.revoke,
  permission: "policies.set",
  on: onPolicy,
  withoutReason: true,
  danger: w.revokeDanger,
  run: ({ name, validateOnly }, values) => change(name, values, validateOnly, revoked),
  command: (name, values) => [["access", "revoke", memberOf(name, values), roleOf(values), name], {}],
};
