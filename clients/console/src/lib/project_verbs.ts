/** What can be done to a project: one row a verb, with its permission, its fields, its call and its command line. */

import { words } from "../words.js";
import { client } from "./client.js";
import { amount, none, text, type Values, type Verb } from "./verbs.js";

const w = words.verbs;

/** 0 is no limit. */
const quota = (values: Values) => ({
  vcpus: amount(values, "vcpus"),
  memoryMib: amount(values, "memory"),
  diskGib: amount(values, "disk"),
});

export const PROJECT_VERBS: readonly Verb[] = [
  {
    id: "quota",
    title: w.names.quota,
    permission: "projects.update",
    on: (name) => name,
    fields: [
      { id: "vcpus", label: w.create.vcpus, kind: "number", initial: "0" },
      { id: "memory", label: w.create.memory, kind: "number", initial: "0" },
      { id: "disk", label: w.create.disk, kind: "number", initial: "0" },
    ],
    run: ({ name, ...change }, values) =>
      none(
        client.stubs.projects.updateProject({
          ...change,
          project: { name, quota: quota(values) },
          updateMask: { paths: ["quota.vcpus", "quota.memory_mib", "quota.disk_gib"] },
        }),
      ),
    command: (name, values) => [
      ["project", "update", name],
      {
        "quota-vcpus": text(values, "vcpus"),
        "quota-memory": `${text(values, "memory")}MiB`,
        "quota-disk": `${text(values, "disk")}GiB`,
      },
    ],
  },
  {
    id: "deleteProject",
    title: w.names.deleteProject,
    permission: "projects.delete",
    on: (name) => name,
    danger: w.danger.deleteProject,
    run: (change) => none(client.stubs.projects.deleteProject(change)),
    command: (name) => [["project", "delete", name], {}],
  },
];
