/** What proves that an agent is a host's: the tokens by which it joins, and its certificates. */

import { NotFound } from "@chronovisor/client";
import { client } from "../lib/client.js";
import { date, fullMoment } from "../lib/format.js";
import { CREATE_HOST_TOKEN, REVOKE_HOST_TOKEN } from "../lib/host_join_verbs.js";
import { useMay } from "../lib/may.js";
import { ANY, useQuery } from "../lib/query.js";
import { words } from "../words.js";
import { Card, Empty, Problem } from "./basics.js";
import { TokenRow } from "./token_row.js";
import { VerbButtons } from "./verb_buttons.js";

const w = words.join;

/** Of now alone. The host need not be known. */
export function HostCredentials({ name }: { name: string }) {
  const maySee = useMay("/", ["hosts.getCredentials"]).has("hosts.getCredentials");
  const { data, error } = useQuery(
    `credentials ${name}`,
    (_, signal) => client.stubs.hosts.getHostCredentials({ name }, { signal }),
    { ...ANY, ofNow: true, skip: !maySee },
  );
  const tokens = data?.tokens ?? [];
  const certificates = data?.certificates ?? [];
  return (
    <div class="two">
      <Card
        title={w.tokens}
        help={w.tokensHelp}
        beside={<VerbButtons verbs={[CREATE_HOST_TOKEN]} name={name} icon="plus" />}
      >
        {!(error instanceof NotFound) && <Problem error={error} />}
        {!tokens.length && <Empty>{w.noTokens}</Empty>}
        <div class="access">
          {tokens.map((each) => (
            <TokenRow key={each.name} of={each} note={w.by(each.creator)} revoke={REVOKE_HOST_TOKEN} />
          ))}
        </div>
      </Card>
      <Card title={w.certificates}>
        {!certificates.length && <Empty>{w.noCertificates}</Empty>}
        <ul class="access">
          {certificates.map((each) => (
            <li key={each.serial}>
              <code>{each.fingerprint.slice(0, 16)}</code>
              <span class="dim">
                {w.issued(fullMoment(date(each.issueTime)))},{" "}
                {each.revokeTime
                  ? w.over(fullMoment(date(each.revokeTime)))
                  : words.access.expires(fullMoment(date(each.expireTime)))}
              </span>
            </li>
          ))}
        </ul>
      </Card>
    </div>
  );
}
