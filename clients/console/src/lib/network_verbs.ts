/** What can be done to networks and security groups: one row a verb, with its permission, its fields, its call and its command line. */

import {
  type Network,
  NetworkSchema,
  type SecurityGroup,
  SecurityGroupSchema,
} from "@chronovisor/gen/chronovisor/v1/network_pb.js";
import { words } from "../words.js";
import { client } from "./client.js";
import { inputs, lineWords, messageOf, valuesOf } from "./form_rows.js";
import { projectOf } from "./format.js";
import { groupIn } from "./names_in.js";
import { GROUP_ROWS, NETWORK_CHANGES, NETWORK_ROWS } from "./network_rows.js";
import { updateVerb } from "./update_verb.js";
import { none, text, type Values, type Verb } from "./verbs.js";

const w = words.verbs;
const { networks } = client.stubs;

const parentOf = (values: Values) => `projects/${text(values, "project")}`;

function identity(of: string) {
  return [
    { id: "project", label: w.create.projectField, kind: "text", required: true, of: "parent" },
    { id: "id", label: w.create.id, help: w.create.idHelp, kind: "text", required: true, of },
  ] as const;
}

/** By the name of the project that it is made in. */
export const CREATE_NETWORK: Verb = {
  id: "createNetwork",
  title: words.networks.create,
  permission: "networks.create",
  on: (project) => project,
  fields: [...identity("network_id"), ...inputs(NetworkSchema, "network", NETWORK_ROWS)],
  run: async ({ name: _, ...change }, values) => {
    const network = messageOf(NetworkSchema, NETWORK_ROWS, values);
    return none(
      networks.createNetwork({ ...change, parent: parentOf(values), networkId: text(values, "id"), network }),
    );
  },
  command: (_, values) => [
    [
      "network",
      "create",
      `${text(values, "project")}/${text(values, "id")}`,
      ...lineWords(NetworkSchema, NETWORK_ROWS, values),
    ],
    {},
  ],
};

export const NETWORK_VERBS: readonly Verb[] = [
  updateVerb({
    id: "changeNetwork",
    title: w.names.change,
    permission: "networks.update",
    on: projectOf,
    schema: NetworkSchema,
    noun: "network",
    rows: NETWORK_CHANGES,
    update: (network, change) => networks.updateNetwork({ ...change, network }),
  }),
  {
    id: "deleteNetwork",
    title: w.names.deleteProject,
    permission: "networks.delete",
    on: projectOf,
    danger: w.danger.deleteNamed,
    run: (change) => none(networks.deleteNetwork(change)),
    command: (name) => [["network", "delete", name], {}],
  },
];

export const CREATE_GROUP: Verb = {
  id: "createGroup",
  title: words.groupsOf.create,
  permission: "securityGroups.create",
  on: (project) => project,
  fields: [...identity("security_group_id"), ...inputs(SecurityGroupSchema, "security_group", GROUP_ROWS)],
  run: async ({ name: _, ...change }, values) => {
    const parent = parentOf(values);
    const securityGroup = groupIn(parent, messageOf(SecurityGroupSchema, GROUP_ROWS, values));
    return none(
      networks.createSecurityGroup({ ...change, parent, securityGroupId: text(values, "id"), securityGroup }),
    );
  },
  command: (_, values) => [
    [
      "security-group",
      "create",
      `${text(values, "project")}/${text(values, "id")}`,
      ...lineWords(SecurityGroupSchema, GROUP_ROWS, values),
    ],
    {},
  ],
};

export const GROUP_VERBS: readonly Verb[] = [
  updateVerb({
    id: "changeGroup",
    title: w.names.change,
    permission: "securityGroups.update",
    on: projectOf,
    schema: SecurityGroupSchema,
    noun: "security_group",
    commandNoun: "security-group",
    rows: GROUP_ROWS,
    update: (group, change) =>
      networks.updateSecurityGroup({ ...change, securityGroup: groupIn(projectOf(group.name ?? ""), group) }),
  }),
  {
    id: "deleteGroup",
    title: w.names.deleteProject,
    permission: "securityGroups.delete",
    on: projectOf,
    danger: w.danger.deleteNamed,
    run: (change) => none(networks.deleteSecurityGroup(change)),
    command: (name) => [["security-group", "delete", name], {}],
  },
];

/** What the fields of its verbs have before anybody types. */
export function networkValues(network: Network): Values {
  return valuesOf(NetworkSchema, NETWORK_ROWS, network);
}

export function groupValues(group: SecurityGroup): Values {
  return valuesOf(SecurityGroupSchema, GROUP_ROWS, group);
}
