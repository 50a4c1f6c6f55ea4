/** Who may call, and who may do what in a project: its service accounts with their tokens, and the roles on it. */

import { NotPermitted } from "@chronovisor/client";
import type { ServiceAccount } from "@chronovisor/gen/chronovisor/v1/service_account_pb.js";
import { Card, Empty, Problem } from "../components/basics.js";
import { Bindings } from "../components/bindings.js";
import { TokenRow } from "../components/token_row.js";
import { VerbButtons } from "../components/verb_buttons.js";
import { ACCOUNT_VERBS, CREATE_ACCOUNT, REVOKE_TOKEN } from "../lib/access_verbs.js";
import { client } from "../lib/client.js";
import { id } from "../lib/format.js";
import { ANY, readAt, useQuery } from "../lib/query.js";
import { words } from "../words.js";

const w = words.access;

export function AccessOf({ project }: { project: string }) {
  return (
    <div class="two">
      <Accounts project={project} />
      <Bindings resource={project} />
    </div>
  );
}

function Accounts({ project }: { project: string }) {
  const { data, error } = useQuery(
    `accounts ${project}`,
    (at, signal): Promise<ServiceAccount[]> => client.serviceAccounts.list(project, { at, signal }).toArray(),
    ANY,
  );
  return (
    <Card
      title={w.accounts}
      help={w.accountsHelp}
      beside={<VerbButtons verbs={[CREATE_ACCOUNT]} name={project} icon="plus" />}
    >
      <Problem error={error} />
      {data && !data.length && <Empty>{w.noAccounts}</Empty>}
      <ul class="access">
        {data?.map((each) => (
          <li key={each.uid} data-account={each.name}>
            <div>
              <strong>{id(each.name)}</strong> {each.displayName}{" "}
              {each.disabled && <span class="dim">{w.disabled}</span>}
            </div>
            <div class="actions">
              <VerbButtons
                verbs={ACCOUNT_VERBS}
                name={each.name}
                state={each.disabled ? "DISABLED" : "ENABLED"}
              />
            </div>
            <Tokens account={each.name} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** What is known of each, never the token itself. */
function Tokens({ account }: { account: string }) {
  const { data, error } = useQuery(
    `tokens ${account}`,
    (at, signal) =>
      client.stubs.serviceAccounts.listServiceAccountTokens(
        { parent: account, pageSize: 1000, ...readAt(at) },
        { signal },
      ),
    ANY,
  );
  const tokens = data?.serviceAccountTokens ?? [];
  return (
    <>
      {!(error instanceof NotPermitted) && <Problem error={error} />}
      {tokens.map((each) => (
        <TokenRow key={each.name} of={each} note={each.description} revoke={REVOKE_TOKEN} />
      ))}
    </>
  );
}
