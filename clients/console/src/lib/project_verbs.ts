/** What can be done to a project: one row a verb, with its permission, its fields, its call and its command line. */

import type { Project } from "@chronovisor/client";
import { words } from "../words.js";
import { client } from "./client.js";
import { labelValues, labelVerb } from "./label_verb.js";
import { amount, none, text, type Values, type Verb } from "./verbs.js";

const w = words.verbs;
const { projects } = client.stubs;

/** 0 is no limit. */
const quota = (values: Values) => ({
  vcpus: amount(values, "vcpus"),
  memoryMib: amount(values, "memory"),
  diskGib: amount(values, "disk"),
});

export const PROJECT_VERBS: readonly Verb[] = [
  {
    id: "details",
    title: w.names.details,
    permission: "projects.update",
    on: (name) => name,
    fields: [
      { id: "title", label: w.create.display, kind: "text" },
      { id: "policy", label: words.project.facts.policy, help: words.project.policyHelp, kind: "text" },
    ],
    run: ({ name, ...change }, values) =>
      none(
        projects.updateProject({
          ...change,
          project: { name, displayName: text(values, "title"), placementPolicy: text(values, "policy") },
          updateMask: { paths: ["display_name", "placement_policy"] },
        }),
      ),
    command: (name, values) => [
      [
        "project",
        "update",
        name,
        "--title",
        text(values, "title"),
        "--placement-policy",
        text(values, "policy"),
      ],
      {},
    ],
  },
  labelVerb({ noun: "project", permission: "projects.update", on: (name) => name }, (project, change) =>
    projects.updateProject({ ...change, project }),
  ),
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
        projects.updateProject({
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
    run: (change) => none(projects.deleteProject(change)),
    command: (name) => [["project", "delete", name], {}],
  },
];

/** What the fields of its verbs have before anybody types. */
export function projectValues(project: Project): Values {
  return {
    ...labelValues(project),
    title: project.displayName,
    policy: project.placementPolicy,
    vcpus: String(project.quota?.vcpus ?? 0n),
    memory: String(project.quota?.memoryMib ?? 0n),
    disk: String(project.quota?.diskGib ?? 0n),
  };
}
