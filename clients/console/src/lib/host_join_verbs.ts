/** How machines become hosts: made known before they come, and the tokens by which they join. */

import { words } from "../words.js";
import { client } from "./client.js";
import { id, projectOf } from "./format.js";
import { labelWords, pairs } from "./label_text.js";
import { quoted } from "./shell_words.js";
import { amount, none, root, seconds, text, type Values, type Verb, whole } from "./verbs.js";

const w = words.verbs;
const j = words.join;
const hosts = client.stubs.hosts;
const HOUR_S = 3600n;

const HOST = { id: "host", label: j.host, kind: "text", required: true } as const;

export const REGISTER_HOST: Verb = {
  id: "registerHost",
  title: j.register,
  permission: "hosts.register",
  on: root,
  fields: [
    { ...HOST, help: j.hostHelp },
    { id: "vcpus", label: w.create.vcpus, kind: "number", required: true },
    { id: "memory", label: w.create.memory, kind: "number", required: true },
    { id: "disk", label: w.create.disk, kind: "number", required: true },
    { id: "zone", label: words.hosts.columns.zone, help: j.zoneHelp, kind: "text" },
    { id: "labels", label: w.create.labels, help: j.labelsHelp, kind: "text" },
    { id: "dedicated", label: j.dedicated, help: j.dedicatedHelp, kind: "text" },
  ],
  run: ({ name: _, ...change }, values) =>
    none(
      hosts.registerHost({
        ...change,
        hostId: id(text(values, "host")),
        host: {
          inventory: {
            vcpus: { total: amount(values, "vcpus") },
            memory_mib: { total: amount(values, "memory") },
            disk_gib: { total: amount(values, "disk") },
          },
          zone: text(values, "zone"),
          labels: pairs(text(values, "labels")),
          dedicatedProject: whole("projects", text(values, "dedicated")),
        },
      }),
    ),
  command: (_, values) => [
    ["host", "register", text(values, "host"), ...labelWords(text(values, "labels"))],
    {
      vcpus: text(values, "vcpus"),
      memory: `${text(values, "memory")}MiB`,
      disk: `${text(values, "disk")}GiB`,
      zone: text(values, "zone"),
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
