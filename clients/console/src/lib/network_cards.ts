/** Network cards of VMs as texts, as the command line has them: `web,ip=10.1.0.5,group=ssh,publish=2222:22`. */

import { IpProtocol, type NetworkInterface } from "@chronovisor/gen/chronovisor/v1/network_pb.js";
import { words } from "../words.js";
import { id } from "./format.js";
import { Flaw, type Item } from "./message_text.js";

type Card = Readonly<Record<string, unknown>>;

function published(text: string): object {
  const [, host, guest, protocol] = /^(\d{1,5}):(\d{1,5})(?:\/(tcp|udp))?$/.exec(text) ?? [];
  if (!host) throw new Flaw(words.verbs.flaws.card);
  return {
    hostPort: Number(host),
    guestPort: Number(guest),
    protocol: protocol === "udp" ? IpProtocol.UDP : IpProtocol.TCP,
  };
}

/** Names as they are typed: see `names_in`. Throws a Flaw. */
function parseCard(line: string): Card {
  const [network = "", ...terms] = line.split(",").map((each) => each.trim());
  const groups: string[] = [];
  const ports: object[] = [];
  let addresses: Card = {};
  for (const term of terms) {
    const [key = "", ...rest] = term.split("=");
    const value = rest.join("=");
    if (!value || !["ip", "group", "publish"].includes(key)) throw new Flaw(words.verbs.flaws.card);
    if (key === "group") groups.push(value);
    else if (key === "publish") ports.push(published(value));
    else addresses = { ...addresses, [value.includes(":") ? "ipv6Address" : "ipv4Address"]: value };
  }
  if (!network || network.includes("=")) throw new Flaw(words.verbs.flaws.card);
  return { network, securityGroups: groups, publishedPorts: ports, ...addresses };
}

function cardText(card: NetworkInterface): string {
  const ports = card.publishedPorts.map(
    (each) => `${each.hostPort}:${each.guestPort}${each.protocol === IpProtocol.UDP ? "/udp" : ""}`,
  );
  return [
    id(card.network),
    ...[card.ipv4Address, card.ipv6Address].filter(Boolean).map((each) => `ip=${each}`),
    ...card.securityGroups.map((each) => `group=${id(each)}`),
    ...ports.map((each) => `publish=${each}`),
  ].join(",");
}

export const CARD: Item = { read: parseCard, write: cardText };
