/** What the forms of networks and security groups have of their messages: a row a field. */

import type { Row } from "./form_rows.js";
import { RULE } from "./security_rules.js";

const RESERVED: Row = {
  path: "reserved_ranges",
  option: "reserve",
  lines: true,
  without: "no-reserve",
};
const DESCRIPTION: Row = { path: "description", option: "description" };
const LABELS: Row = { path: "labels", option: "label", withoutKey: "no-label", section: "more" };
/** What changes of one that there is. */
export const NETWORK_CHANGES: readonly Row[] = [RESERVED, DESCRIPTION, LABELS];

export const NETWORK_ROWS: readonly Row[] = [
  { path: "ipv4_cidr", option: "ipv4", initial: "10.1.0.0/24" },
  { path: "ipv6_cidr", option: "ipv6" },
  {
    path: "kind",
    option: "kind",
    choices: ["nat", "nat", "isolated", "bridged", "user"],
  },
  RESERVED,
  DESCRIPTION,
  { path: "bridge", option: "bridge", section: "bridged" },
  { path: "vlan", option: "vlan", section: "bridged" },
  { path: "ipv4_gateway", option: "ipv4-gateway", section: "more" },
  { path: "ipv6_gateway", option: "ipv6-gateway", section: "more" },
  { path: "mtu", option: "mtu", section: "more" },
  LABELS,
];

export const GROUP_ROWS: readonly Row[] = [
  { path: "rules", option: "allow", item: RULE, without: "no-allow" },
  DESCRIPTION,
  LABELS,
];
