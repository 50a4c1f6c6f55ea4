/** What the forms of VMs have of `Vm`: a row a field. */

import { VmSchema } from "@chronovisor/gen/chronovisor/v1/vm_pb.js";
import { lineWords, type Row } from "./form_rows.js";
import { CARD } from "./network_cards.js";
import { GROUP_RULE, groupWords, PREFERENCE } from "./placement_text.js";
import { text, type Values } from "./verbs.js";

const PLACEMENT = "spec.placement.";
const IMAGE = "spec.boot.image.image";
const KERNEL = "spec.boot.kernel.kernel";

export const SIZE: readonly Row[] = [
  { path: "spec.resources.vcpus", option: "vcpus", initial: "2", required: true },
  { path: "spec.resources.memory_mib", option: "memory", unit: "MiB", initial: "4096", required: true },
  { path: "spec.resources.disk_gib", option: "disk", unit: "GiB", initial: "20" },
  { path: "spec.resources.extended", option: "extended", section: "more" },
];

export const LABELS: Row = { path: "labels", option: "label", withoutKey: "no-label" };

const BOOT: readonly Row[] = [
  { path: IMAGE, option: "image", initial: "debian-12.qcow2", mask: "spec.boot" },
  { path: KERNEL, option: "kernel", section: "boot", mask: "spec.boot" },
  { path: "spec.boot.kernel.initramfs", option: "initramfs", section: "boot", mask: "spec.boot" },
  { path: "spec.boot.kernel.cmdline", option: "cmdline", section: "boot", mask: "spec.boot" },
];

const NETWORKS: readonly Row[] = [
  {
    path: "spec.network_interfaces",
    option: "network",
    section: "networks",
    item: CARD,
    without: "no-networks",
  },
];

const RULES: readonly Row[] = [
  { path: "spec.placement.require", option: "require", section: "placement" },
  { path: "spec.placement.prefer", option: "prefer", section: "placement", item: PREFERENCE },
  {
    path: "spec.placement.groups",
    option: "apart",
    section: "placement",
    item: GROUP_RULE,
    line: groupWords,
  },
  { path: "spec.placement.host", option: "on-host", section: "placement", collection: "hosts" },
  { path: "spec.placement.avoid_hosts", option: "avoid-host", section: "placement", collection: "hosts" },
  { path: "spec.placement.numa_nodes", option: "numa-nodes", section: "placement" },
];

const limit = (field: string, entry: string): Row => ({
  path: `spec.io_limits.${field}`,
  option: "io-limit",
  entry,
  section: "limits",
});

const LIMITS: readonly Row[] = [
  {
    path: "spec.cpu_policy",
    option: "cpu-policy",
    section: "limits",
    choices: ["share", "share", "guarantee"],
  },
  limit("disk_read_iops", "disk-read-iops"),
  limit("disk_write_iops", "disk-write-iops"),
  limit("disk_read_bytes", "disk-read"),
  limit("disk_write_bytes", "disk-write"),
  limit("network_receive_bytes", "network-receive"),
  limit("network_send_bytes", "network-send"),
];

const MACHINE: readonly Row[] = [
  { path: "spec.cpu_model", option: "cpu-model", section: "machine" },
  {
    path: "spec.firmware",
    option: "firmware",
    section: "machine",
    choices: ["bios", "bios", "uefi", "uefi-secure-boot"],
  },
  { path: "spec.machine_type", option: "machine-type", section: "machine" },
  { path: "spec.tpm", option: "tpm", section: "machine" },
  { path: "spec.rng", option: "rng", section: "machine" },
  { path: "spec.guest_agent", option: "guest-agent", section: "machine" },
  { path: "spec.screen", option: "screen", section: "machine" },
];

const FIRST_BOOT: readonly Row[] = [
  {
    path: "spec.first_boot.ssh_authorized_keys",
    option: "ssh-key",
    section: "firstBoot",
    lines: true,
    without: "no-ssh-keys",
  },
  { path: "spec.first_boot.hostname", option: "hostname", section: "firstBoot" },
  // The command line reads it from a file: what is typed here is in no line, which histories of shells keep.
  { path: "user_data", option: "user-data", section: "firstBoot", line: () => ["--user-data", "FILE"] },
];

export const AVAILABILITY: readonly Row[] = [
  {
    path: "availability.on_maintenance",
    option: "on-maintenance",
    section: "trouble",
    choices: ["live", "live", "restart", "stop"],
  },
  {
    path: "availability.restart.when",
    option: "restart",
    section: "trouble",
    choices: ["never", "never", "host-failed", "always"],
  },
  { path: "availability.restart.max_attempts", option: "restart-attempts", section: "trouble" },
  { path: "availability.restart.backoff", option: "restart-backoff", section: "trouble" },
  { path: "availability.restart.cooldown", option: "restart-cooldown", section: "trouble" },
  { path: "availability.restart.priority", option: "restart-priority", section: "trouble" },
  { path: "availability.restart.after", option: "restart-after", section: "trouble" },
];

const OTHER: readonly Row[] = [
  { path: "expected_lifetime", option: "lifetime", section: "more", without: "no-lifetime" },
  { path: "deletion_protection", option: "deletion-protection", section: "more" },
];

/** What has a button of its own beside is not of the form that changes the rest. */
export const REST: readonly Row[] = [
  ...BOOT.map((each): Row => ({ ...each, section: "boot" })),
  ...NETWORKS,
  ...RULES,
  ...LIMITS,
  ...MACHINE,
  ...FIRST_BOOT,
  ...OTHER,
];

export const VM_ROWS: readonly Row[] = [
  ...SIZE,
  ...BOOT,
  ...NETWORKS,
  LABELS,
  ...RULES,
  ...LIMITS,
  ...MACHINE,
  ...FIRST_BOOT,
  ...AVAILABILITY,
  ...OTHER,
];

/** A VM boots from one of the two: a kernel that is given is meant. */
export function booted(values: Values): Values {
  return text(values, KERNEL) ? { ...values, [IMAGE]: "" } : values;
}

export function createWords(values: Values): string[] {
  return lineWords(VmSchema, VM_ROWS, booted(values));
}

/** The command line forgets the rules that there are, and takes those that it is given. */
export function updateWords(rows: readonly Row[], values: Values): string[] {
  const isRule = (row: Row) => row.path.startsWith(PLACEMENT);
  const others = lineWords(
    VmSchema,
    rows.filter((each) => !isRule(each)),
    booted(values),
  );
  if (!rows.some(isRule)) return others;
  const typed = Object.fromEntries(RULES.map(({ path }) => [path, values[path] ?? ""]));
  return [...others, "--anywhere", ...lineWords(VmSchema, RULES, typed)];
}
