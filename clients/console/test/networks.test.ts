import { create } from "@bufbuild/protobuf";
import { IpProtocol, RuleDirection, SecurityRuleSchema } from "@chronovisor/gen/chronovisor/v1/network_pb.js";
import { type ReachEdge, ReachEdgeSchema } from "@chronovisor/gen/chronovisor/v1/network_service_pb.js";
import { VmSchema } from "@chronovisor/gen/chronovisor/v1/vm_pb.js";
import { beforeAll, expect, test, vi } from "vitest";
import { messageOf, valuesOf } from "../src/lib/form_rows.js";
import { byGroups } from "../src/lib/reach_groups.js";
import { parseRule, ruleText } from "../src/lib/security_rules.js";
import { createWords, VM_ROWS } from "../src/lib/vm_rows.js";

let names: typeof import("../src/lib/names_in.js");
beforeAll(async () => {
  vi.stubGlobal("location", { origin: "http://console.test", hash: "", pathname: "/", search: "" });
  names = await import("../src/lib/names_in.js");
});

const RULES = [
  "tcp:80",
  "tcp:22:10.0.0.0/8 for admins",
  "tcp::10.0.0.0/8",
  "tcp:80-90",
  "udp",
  "icmp",
  "all:group=web",
  "egress:udp:53:fd00::53/128 for DNS",
];

test.each(RULES)("a rule is typed as the command line has it: %s", (line) => {
  expect(ruleText(create(SecurityRuleSchema, parseRule(line)))).toBe(line);
});

test("what a rule says", () => {
  expect(parseRule("egress:tcp:80-90:group=db")).toMatchObject({
    direction: RuleDirection.EGRESS,
    protocol: IpProtocol.TCP,
    firstPort: 80,
    lastPort: 90,
    remoteGroup: "db",
  });
});

test.each(["", "http", "tcp:many", "sctp:80"])("what is no rule is refused: %s", (line) => {
  expect(() => parseRule(line)).toThrow(/such as tcp:22/);
});

const CARDS = "web,ip=10.1.0.5,ip=fd00::5,group=ssh,group=web,publish=2222:22,publish=5353:53/udp\nlab";

test("cards of a VM are typed a line each, and named in its project", async () => {
  const typed = { "spec.network_interfaces": CARDS };
  const vm = create(VmSchema, await names.vmIn("projects/shop", messageOf(VmSchema, VM_ROWS, typed)));
  const [first, second] = vm.spec?.networkInterfaces ?? [];
  expect(first).toMatchObject({
    network: "projects/shop/networks/web",
    ipv4Address: "10.1.0.5",
    ipv6Address: "fd00::5",
    securityGroups: ["projects/shop/securityGroups/ssh", "projects/shop/securityGroups/web"],
  });
  expect(first?.publishedPorts).toMatchObject([
    { hostPort: 2222, guestPort: 22, protocol: IpProtocol.TCP },
    { hostPort: 5353, guestPort: 53, protocol: IpProtocol.UDP },
  ]);
  expect(second?.network).toBe("projects/shop/networks/lab");
  expect(valuesOf(VmSchema, VM_ROWS, vm)["spec.network_interfaces"]).toBe(CARDS);
  expect(createWords(typed)).toContain(
    "web,ip=10.1.0.5,ip=fd00::5,group=ssh,group=web,publish=2222:22,publish=5353:53/udp",
  );
});

test.each(["web,ip", "=web", "web,speed=9", "web,publish=22"])("what is no card is refused: %s", (line) => {
  expect(() => messageOf(VmSchema, VM_ROWS, { "spec.network_interfaces": line })).toThrow(/such as web,ip=/);
});

test("groups that rules name are named in their project", () => {
  const rules = [{ remoteGroup: "web" }, { remoteCidr: "10.0.0.0/8" }];
  expect(names.groupIn("projects/shop", { rules })).toMatchObject({
    rules: [{ remoteGroup: "projects/shop/securityGroups/web" }, { remoteCidr: "10.0.0.0/8" }],
  });
});

function edge(source: string, destination: string, group: string, firstPort: number): ReachEdge {
  const openings = [
    {
      protocol: IpProtocol.TCP,
      firstPort,
      lastPort: firstPort,
      securityGroup: `projects/shop/securityGroups/${group}`,
    },
  ];
  return create(ReachEdgeSchema, { source, destination, openings });
}

test("VMs that the same groups open are drawn as one", () => {
  const found = byGroups([
    edge("web-1", "db-1", "db", 5432),
    edge("web-2", "db-1", "db", 5432),
    edge("web-1", "db-2", "db", 5433),
    edge("db-1", "db-2", "db", 5432),
  ]);
  expect(found.names).toEqual(["db (2 VMs)", "no group (2 VMs)"]);
  expect(found.edges.map(({ source, destination }) => [source, destination])).toEqual([
    ["no group (2 VMs)", "db (2 VMs)"],
    ["db (2 VMs)", "db (2 VMs)"],
  ]);
  expect(found.edges[0]?.openings.map((each) => each.firstPort)).toEqual([5432, 5433]);
});
