import { create, type DescField, type DescMessage, getOption } from "@bufbuild/protobuf";
import { Code, InvalidArgument } from "@chronovisor/client";
import { HostSchema } from "@chronovisor/gen/chronovisor/v1/host_pb.js";
import { ImageSchema } from "@chronovisor/gen/chronovisor/v1/image_pb.js";
import { NetworkSchema, SecurityGroupSchema } from "@chronovisor/gen/chronovisor/v1/network_pb.js";
import { ProjectSchema } from "@chronovisor/gen/chronovisor/v1/project_pb.js";
import { GroupRule_Kind, VmSchema } from "@chronovisor/gen/chronovisor/v1/vm_pb.js";
import { FieldBehavior, field_behavior } from "@chronovisor/gen/google/api/field_behavior_pb.js";
import { beforeAll, expect, test, vi } from "vitest";
import { flawsOf } from "../src/lib/field_flaws.js";
import { changed, lineWords, maskOf, messageOf, valuesOf } from "../src/lib/form_rows.js";
import { LABELS, NODES, PARTS, ZONE } from "../src/lib/host_rows.js";
import { IMAGE_ROWS } from "../src/lib/image_rows.js";
import { GROUP_ROWS, NETWORK_ROWS } from "../src/lib/network_rows.js";
import { PROJECT_ROWS } from "../src/lib/project_rows.js";
import { FieldFlaw, initialValues } from "../src/lib/verbs.js";
import { createWords, updateWords, VM_ROWS } from "../src/lib/vm_rows.js";

/** Fields that a request can have and no form says, each with the reason. */
const WITHOUT_INPUT: Readonly<Record<string, string>> = {
  "Host.platform": "what the machine is: its agent says so when it connects",
  "Host.dedicated_project": "its input takes a project's id alone, and is of no row",
  "Host.etag": "the page's own: what somebody else changed since is not overwritten",
  "Network.etag": "as of a VM",
  "SecurityGroup.etag": "as of a VM",
  "Image.format": "it goes with the file, which the command line sends",
  "Image.etag": "as of a VM",
  "Vm.etag": "an update names the fields that it changes, and overwrites no other",
  "Project.etag": "as of a VM",
};

beforeAll(() => {
  vi.stubGlobal("location", { origin: "http://console.test", hash: "", pathname: "/", search: "" });
});

const NOT_GIVEN = [FieldBehavior.OUTPUT_ONLY, FieldBehavior.IDENTIFIER];
const isGiven = (field: DescField) => {
  const behaviours = getOption(field, field_behavior);
  return behaviours.length > 0 && !behaviours.some((each) => NOT_GIVEN.includes(each));
};

/** The paths of all fields that a caller gives, as deep as forms go: what is repeated is one input. */
function given(schema: DescMessage, prefix = ""): string[] {
  return schema.fields.flatMap((field) => {
    // The members of a choice have no behaviour of their own.
    if (!isGiven(field) && !field.oneof) return [];
    const path = `${prefix}${field.name}`;
    const isOne = field.fieldKind === "message" && field.message.typeName !== "google.protobuf.Duration";
    const isInventory = field.fieldKind === "map" && field.message;
    return field.message && (isOne || isInventory) ? given(field.message, `${path}.`) : [path];
  });
}

const HOST_ROWS = [...LABELS, ZONE, NODES, ...PARTS];
const FORMS: readonly (readonly [DescMessage, readonly { readonly path: string }[]])[] = [
  [VmSchema, VM_ROWS],
  [HostSchema, HOST_ROWS],
  [ProjectSchema, PROJECT_ROWS],
  [NetworkSchema, NETWORK_ROWS],
  [SecurityGroupSchema, GROUP_ROWS],
  [ImageSchema, IMAGE_ROWS],
];

test("every field that a request can have has an input, or a reason", () => {
  const missing = FORMS.flatMap(([schema, rows]) => {
    const paths = new Set(rows.map((each) => each.path));
    return given(schema)
      .filter((each) => !paths.has(each))
      .map((each) => `${schema.name}.${each}`);
  });
  const reasoned = Object.keys(WITHOUT_INPUT);
  const isOf = (path: string) => (each: string) => path === each || path.startsWith(`${each}.`);
  expect(missing.filter((path) => !reasoned.some(isOf(path)))).toEqual([]);
  expect(reasoned.filter((each) => !missing.some((path) => isOf(path)(each)))).toEqual([]);
});

test("no input is for a field that a request cannot have", () => {
  for (const [schema, rows] of FORMS) {
    const known = given(schema);
    expect(rows.map((each) => each.path).filter((each) => !known.includes(each))).toEqual([]);
  }
});

const TYPED = {
  "spec.resources.vcpus": "4",
  "spec.resources.memory_mib": "2,048",
  "spec.resources.disk_gib": "0",
  "spec.resources.extended": "gpu.a100=1",
  "spec.boot.image.image": "debian-12.qcow2",
  "spec.boot.kernel.kernel": "vmlinuz",
  "spec.boot.kernel.initramfs": "initrd",
  labels: "tier=web, team=shop",
  "spec.placement.require": "zone=eu-1a,trait:ssd",
  "spec.placement.prefer": "zone=eu-1a:50\nrack in (r1,r2):-5",
  "spec.placement.groups": "apart app=web@rack:2\nrather-spread app=web@zone",
  "spec.placement.avoid_hosts": "node-1, hosts/node-2",
  "spec.cpu_policy": "2",
  "spec.io_limits.disk_read_bytes": "10MiB",
  "spec.io_limits.disk_read_iops": "500",
  "spec.tpm": true,
  "spec.first_boot.ssh_authorized_keys": "ssh-ed25519 AAAA ada@laptop",
  user_data: "#cloud-config",
  "availability.restart.when": "2",
  "availability.restart.backoff": "10m",
  expected_lifetime: "6h",
};

test("what is typed becomes the message that it says", () => {
  const vm = create(VmSchema, messageOf(VmSchema, VM_ROWS, TYPED));
  expect(vm.spec?.resources).toMatchObject({
    vcpus: 4n,
    memoryMib: 2048n,
    diskGib: 0n,
    extended: { "gpu.a100": 1n },
  });
  expect(vm.spec?.boot?.source).toMatchObject({
    case: "kernel",
    value: { kernel: "vmlinuz", initramfs: "initrd" },
  });
  expect(vm.labels).toEqual({ tier: "web", team: "shop" });
  expect(vm.spec?.placement).toMatchObject({
    prefer: [
      { selector: "zone=eu-1a", weight: 50 },
      { selector: "rack in (r1,r2)", weight: -5 },
    ],
    groups: [
      { kind: GroupRule_Kind.ANTI_AFFINITY, vms: "app=web", within: "rack", maxPerDomain: 2, soft: false },
      { kind: GroupRule_Kind.SPREAD, vms: "app=web", within: "zone", soft: true },
    ],
    avoidHosts: ["hosts/node-1", "hosts/node-2"],
  });
  expect(vm.spec?.ioLimits).toMatchObject({ diskReadBytes: 10n << 20n, diskReadIops: 500n });
  expect(vm.availability?.restart?.backoff?.seconds).toBe(600n);
  expect(vm.expectedLifetime?.seconds).toBe(21_600n);
  expect(new TextDecoder().decode(vm.userData)).toBe("#cloud-config");
});

test("and the line that says the same", () => {
  const line = createWords(TYPED).join(" ");
  expect(line).toContain(
    "--memory 2,048MiB --disk 0GiB --extended gpu.a100=1 --kernel vmlinuz --initramfs initrd",
  );
  expect(line).not.toContain("--image");
  expect(line).toContain("--label tier=web --label team=shop --require zone=eu-1a,trait:ssd");
  expect(line).toContain("--apart app=web@rack:2 --rather-spread app=web@zone");
  expect(line).toContain(
    "--cpu-policy guarantee --io-limit disk-read-iops=500 --io-limit disk-read=10MiB --tpm",
  );
  expect(line).toContain("--user-data FILE --restart host-failed --restart-backoff 10m --lifetime 6h");
});

test("what there is, is typed so that it becomes the same again", () => {
  const vm = create(VmSchema, { ...messageOf(VmSchema, VM_ROWS, TYPED), userData: new Uint8Array() });
  const values = valuesOf(VmSchema, VM_ROWS, vm);
  expect(changed(VM_ROWS, values)).toEqual([]);
  expect(create(VmSchema, messageOf(VmSchema, VM_ROWS, values))).toEqual(vm);
});

test("an update names what has another text than before, and the line takes away what is gone", () => {
  const values = valuesOf(VmSchema, VM_ROWS, create(VmSchema, messageOf(VmSchema, VM_ROWS, TYPED)));
  const after = {
    ...values,
    labels: "tier=web",
    "spec.tpm": false,
    "spec.resources.extended": "",
    "spec.io_limits.disk_read_bytes": "",
    "spec.placement.require": "",
    expected_lifetime: "",
    "spec.boot.kernel.cmdline": "quiet",
  };
  const rows = changed(VM_ROWS, after);
  expect(maskOf(rows).paths).toEqual([
    "spec.resources.extended",
    "spec.boot",
    "labels",
    "spec.placement.require",
    "spec.io_limits.disk_read_bytes",
    "spec.tpm",
    "expected_lifetime",
  ]);
  const line = updateWords(rows, after).join(" ");
  expect(line).toContain("--extended gpu.a100=0 --cmdline quiet --label tier=web --no-label team");
  expect(line).toContain(
    "--io-limit disk-read=none --no-tpm --no-lifetime --anywhere --prefer zone=eu-1a:50",
  );
  expect(line).not.toContain("--require");
});

test("a project's rules are typed a line each", () => {
  const typed = {
    zone_policies: "eu-1a=pack=1,balance=0.5\neu-1b=spread",
    spare_capacity: "survive=2,within=rack\nzone=eu-1a",
  };
  const project = create(ProjectSchema, messageOf(ProjectSchema, PROJECT_ROWS, typed));
  expect(project.zonePolicies).toEqual({ "eu-1a": "pack=1,balance=0.5", "eu-1b": "spread" });
  expect(project.spareCapacity).toMatchObject([
    { survive: 2, within: "rack", zone: "" },
    { survive: 1, within: "host", zone: "eu-1a" },
  ]);
  const values = valuesOf(ProjectSchema, PROJECT_ROWS, project);
  expect(create(ProjectSchema, messageOf(ProjectSchema, PROJECT_ROWS, values))).toEqual(project);
  const after = { ...values, zone_policies: "eu-1b=spread", spare_capacity: "" };
  expect(lineWords(ProjectSchema, changed(PROJECT_ROWS, after), after)).toEqual([
    "--zone-policy",
    "eu-1b=spread",
    "--no-zone-policy",
    "eu-1a",
    "--no-spare-capacity",
  ]);
});

test("what nothing can mean is shown of its input, before anything is sent", () => {
  const typed = (path: string, text: string) => () => messageOf(VmSchema, VM_ROWS, { [path]: text });
  for (const [path, text] of [
    ["spec.resources.vcpus", "many"],
    ["expected_lifetime", "soon"],
    ["spec.placement.prefer", "zone=eu-1a"],
    ["spec.placement.groups", "near app=web"],
  ] as const) {
    expect(typed(path, text)).toThrow(FieldFlaw);
  }
});

test("what the control plane says of a field is shown beside its input", async () => {
  const { CREATE_VM } = await import("../src/lib/create_verbs.js");
  const fields = CREATE_VM.fields ?? [];
  expect(initialValues(fields)["spec.cpu_policy"]).toBe("0");
  const violation = (field: string) => ({ field, description: "is wrong" });
  const error = new InvalidArgument({
    code: Code.InvalidArgument,
    reason: "INVALID_FIELD",
    message: "a field is bad",
    fields: [
      violation("requests[0].vm_id"),
      violation("vm.spec.placement.prefer[1].selector"),
      violation("vm.spec.resources.extended[gpu.a100]"),
      violation("vm.spec.resources.vcpus"),
      violation("request_id"),
    ],
  });
  const { beside, others } = flawsOf(fields, error);
  expect(Object.fromEntries(beside)).toEqual({
    id: "is wrong",
    "spec.placement.prefer": "2: is wrong",
    "spec.resources.extended": "gpu.a100: is wrong",
    "spec.resources.vcpus": "is wrong",
  });
  expect(others).toEqual(["request_id"]);
});

test("a verb that nothing can mean is refused as by the control plane, and does not throw", async () => {
  const [{ VM_VERBS }, { CREATE_PROJECT }] = await Promise.all([
    import("../src/lib/vm_verbs.js"),
    import("../src/lib/project_verbs.js"),
  ]);
  const change = { name: "projects/a/vms/a", validateOnly: true, reason: "", requestId: "" };
  const size = VM_VERBS.find((each) => each.id === "size");
  await expect(size?.run(change, { "spec.resources.vcpus": "many" })).rejects.toThrow(FieldFlaw);
  await expect(CREATE_PROJECT.run(change, { "quota.vcpus": "many" })).rejects.toThrow(FieldFlaw);
});
