/** Rules of security groups as texts, as the command line has them: `tcp:22:10.0.0.0/8`, `all:group=db`, `egress:udp:53 for DNS`. */

import { IpProtocol, RuleDirection, type SecurityRule } from "@chronovisor/gen/chronovisor/v1/network_pb.js";
import { words } from "../words.js";
import { id } from "./format.js";
import { Flaw, type Item } from "./message_text.js";

const PROTOCOLS: Readonly<Record<string, IpProtocol>> = {
  tcp: IpProtocol.TCP,
  udp: IpProtocol.UDP,
  icmp: IpProtocol.ICMP,
  all: IpProtocol.ANY,
};
const WITH_PORTS = ["tcp", "udp"];

function protocolName(protocol: IpProtocol): string {
  return Object.entries(PROTOCOLS).find(([, each]) => each === protocol)?.[0] ?? "all";
}

/** `80`, `80-90`; empty for any. */
function portsText(first: number, last: number): string {
  if (!first) return "";
  return last && last !== first ? `${first}-${last}` : String(first);
}

type Ports = Pick<SecurityRule, "protocol" | "firstPort" | "lastPort">;

/** `tcp:80-90`. */
export function flowText({ protocol, firstPort, lastPort }: Ports, remote = ""): string {
  const name = protocolName(protocol);
  const ports = WITH_PORTS.includes(name) ? portsText(firstPort, lastPort) : "";
  const isOfPorts = WITH_PORTS.includes(name) && (ports || remote);
  return [name, ...(isOfPorts ? [ports] : []), ...(remote ? [remote] : [])].join(":");
}

export function ruleText(rule: SecurityRule): string {
  const remote = rule.remoteGroup ? `group=${id(rule.remoteGroup)}` : rule.remoteCidr;
  const direction = rule.direction === RuleDirection.EGRESS ? "egress:" : "";
  return `${direction}${flowText(rule, remote)}${rule.description ? ` ${rule.description}` : ""}`;
}

/** Groups are named as they are typed. Throws a Flaw. */
export function parseRule(line: string): object {
  const [terms = "", ...description] = line.split(" ");
  const direction = /^egress:/.test(terms) ? RuleDirection.EGRESS : RuleDirection.INGRESS;
  const [name = "", ...rest] = terms.replace(/^(in|e)gress:/, "").split(":");
  const protocol = PROTOCOLS[name];
  if (protocol === undefined) throw new Flaw(words.verbs.flaws.rule);
  const ports = WITH_PORTS.includes(name) ? (rest.shift() ?? "") : "";
  if (!/^(\d{1,5}(-\d{1,5})?)?$/.test(ports)) throw new Flaw(words.verbs.flaws.rule);
  const [firstPort = 0, lastPort = firstPort] = ports.split("-").filter(Boolean).map(Number);
  const remote = rest.join(":");
  const group = /^group=(.+)$/.exec(remote)?.[1];
  return {
    direction,
    protocol,
    firstPort,
    lastPort,
    ...(group ? { remoteGroup: group } : { remoteCidr: remote }),
    description: description.join(" ").trim(),
  };
}

export const RULE: Item = { read: parseRule, write: ruleText };
