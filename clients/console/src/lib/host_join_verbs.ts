/** How machines become hosts: made known before they come, and the tokens by which they join. */

import type { MessageInitShape } from "@bufbuild/protobuf";
import { HostSchema } from "@chronovisor/gen/chronovisor/v1/host_pb.js";
import { words } from "../words.js";
import { client } from "./client.js";
import { inputs, lineWords, messageOf } from "./form_rows.js";
import { id, projectOf } from "./format.js";
import {
  LABELS as HOST_LABELS,
  INVENTORY,
  NODES,
  type Offer,
  offered,
  offerWords,
  ZONE,
} from "./host_rows.js";
import { DEDICATED } from "./host_verbs.js";
import { quoted } from "./shell_words.js";
import { amount, none, root, seconds, text, type Values, type Verb, whole } from "./verbs.js";

const w = words.verbs;
const j = words.join;
const hosts = client.stubs.hosts;
const HOUR_S = 3600n;

const HOST = { id: "host", label: j.host, kind: "text", required: true, of: "host_id" } as const;

const TOTALS = { vcpus: "vcpus", memory: "memory_mib", disk: "disk_gib" } as const;
const ROWS = [ZONE, ...HOST_LABELS, NODES];

function totals(values: Values): Offer {
  const { vcpus, memory_mib, disk_gib, ...others } = offered(values);
  return {
    ...others,
    vcpus: { ...vcpus, total: amount(values, "vcpus") },
    memory_mib: { ...memory_mib, total: amount(values, "memory") },
    disk_gib: { ...disk_gib, total: amount(values, "disk") },
  };
}

export const REGISTER_HOST: Verb = {
  id: "registerHost",
  title: j.register,
  permission: "hosts.register",
  on: root,
  fields: [
    { ...HOST, help: j.hostHelp },
    ...(["vcpus", "memory", "disk"] as const).map((id) => ({
      id,
      label: w.create[id],
      kind: "number" as const,
      required: true,
      of: `host.inventory[${TOTALS[id]}].total`,
    })),
    ...inputs(HostSchema, "host", ROWS),
    DEDICATED,
    ...INVENTORY,
  ],
  run: async ({ name: _, ...change }, values) => {
    const host = {
      ...messageOf(HostSchema, ROWS, values),
      inventory: totals(values) as MessageInitShape<typeof HostSchema>["inventory"] & object,
      dedicatedProject: whole("projects", text(values, "dedicated")),
    };
    return none(hosts.registerHost({ ...change, hostId: id(text(values, "host")), host }));
  },
  command: (_, values) => [
    ["host", "register", text(values, "host"), ...lineWords(HostSchema, ROWS, values), ...offerWords(values)],
    {
      vcpus: text(values, "vcpus"),
      memory: `${text(values, "memory")}MiB`,
      disk: `${text(values, "disk")}GiB`,
      "dedicated-to": text(values, "dedicated"),
    },
  ],
};

/** Of a host by its name, or of one that need not be known, by a field. */
function tokenVerb(verb: Pick<Verb, "id" | "title" | "fields">): Verb {
  const hostOf = (name: string, values: Values) => id(name || text(values, "host"));
  return {
    ...verb,
    permission: "hosts.enroll",
    on: root,
    fields: [
      ...(verb.fields ?? []),
      { id: "hours", label: j.hours, kind: "number", initial: "1", required: true },
    ],
    run: async ({ name, ...change }, values) => {
      const hostId = hostOf(name, values);
      const made = await hosts.createHostToken({ ...change, hostId, ttl: seconds(values, "hours", HOUR_S) });
      if (!made.token) return undefined;
      const line = ["chronovisor-agent", "join", "--server", "THIS_CONTROL_PLANE:7460", "--host-id", hostId];
      const next = [...line, "--token", made.token, "--ca-sha256", made.caSha256];
      return { secret: made.token, next: next.map(quoted).join(" ") };
    },
    command: (name, values) => [
      ["host", "token", "create", hostOf(name, values)],
      { ttl: `${text(values, "hours")}h` },
    ],
  };
}

export const JOIN_HOST = tokenVerb({
  id: "joinHost",
  title: j.join,
  fields: [{ ...HOST, help: j.joinHelp }],
});
export const CREATE_HOST_TOKEN = tokenVerb({ id: "createHostToken", title: words.access.createToken });

/** Of one token, by its whole name: `hosts/HOST/tokens/TOKEN`. */
export const REVOKE_HOST_TOKEN: Verb = {
  id: "revokeHostToken",
  title: words.access.revokeToken,
  permission: "hosts.revoke",
  on: root,
  danger: j.revokeTokenDanger,
  run: ({ name, ...change }) =>
    none(hosts.revokeHostCredentials({ ...change, name: projectOf(name), tokenId: id(name) })),
  command: (name) => [["host", "revoke", projectOf(name)], { token: id(name) }],
};
