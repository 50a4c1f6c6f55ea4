/** Who may call, and who may do what in a project: its service accounts with their tokens, and the roles on it. */

import { NotPermitted } from "@chronovisor/client";
import type { ServiceAccount } from "@chronovisor/gen/chronovisor/v1/service_account_pb.js";
import { Card, Empty, Problem } from "../components/basics.js";
import { VerbButtons } from "../components/verb_buttons.js";
import { ACCOUNT_VERBS, CREATE_ACCOUNT, GRANT_ROLE, REVOKE_ROLE, REVOKE_TOKEN } from "../lib/access_verbs.js";
import { client } from "../lib/client.js";
import { date, fullMoment, id } from "../lib/format.js";
import { policyOf } from "../lib/iam.js";
import { useMay } from "../lib/may.js";
import { useQuery } from "../lib/query.js";
import { words } from "../words.js";

const w = words.access;
/** Any event: those of accounts and policies have streams of their own. */
const ANY = { on: [""] };

export function AccessOf({ project }: { project: string }) {
  return (
    <div class="two">
      <Accounts project={project} />
      <Roles project={project} />
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
        { parent: account, pageSize: 1000, ...(at === undefined ? {} : { atPosition: at }) },
        { signal },
      ),
    ANY,
  );
  const tokens = data?.serviceAccountTokens ?? [];
  return (
    <>
      {!(error instanceof NotPermitted) && <Problem error={error} />}
      {tokens.map((each) => (
        <div class="token" key={each.name}>
          <span>
            {w.token(id(each.name), each.description)}{" "}
            <span class="dim">
              {each.revokeTime
                ? w.isRevoked(fullMoment(date(each.revokeTime)))
                : w.expires(fullMoment(date(each.expireTime)))}
            </span>
          </span>
          {!each.revokeTime && <VerbButtons verbs={[REVOKE_TOKEN]} name={each.name} />}
        </div>
      ))}
    </>
  );
}

function Roles({ project }: { project: string }) {
  const maySee = useMay(project, ["policies.get"]).has("policies.get");
  const { data, error } = useQuery(`policy ${project}`, (_, signal) => policyOf(project, signal), {
    ...ANY,
    ofNow: true,
    skip: !maySee,
  });
  const rows = data?.bindings?.flatMap(({ role, members, condition }) =>
    members.map((member) => ({ role, member, when: condition?.expression ?? "" })),
  );
  return (
    <Card
      title={w.roles}
      help={w.rolesHelp}
      beside={<VerbButtons verbs={[GRANT_ROLE]} name={project} icon="plus" />}
    >
      <Problem error={error} />
      {data && !rows?.length && <Empty>{w.noRoles}</Empty>}
      <ul class="access">
        {rows?.map((each) => (
          <li key={`${each.member} ${each.role} ${each.when}`} data-member={each.member}>
            <div>
              <strong>{id(each.role)}</strong> {each.member} {each.when && <code>{each.when}</code>}
            </div>
            <VerbButtons
              verbs={[REVOKE_ROLE]}
              name={project}
              initial={{ member: each.member, role: each.role }}
            />
          </li>
        ))}
      </ul>
    </Card>
  );
}
