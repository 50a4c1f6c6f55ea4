/** Who has which roles on a project, or on everything. */

import { GRANT_ROLE, REVOKE_ROLE } from "../lib/access_verbs.js";
import { id } from "../lib/format.js";
import { policyOf } from "../lib/iam.js";
import { useMay } from "../lib/may.js";
import { ANY, useQuery } from "../lib/query.js";
import { words } from "../words.js";
import { Card, Empty, Problem } from "./basics.js";
import { VerbButtons } from "./verb_buttons.js";

const w = words.access;

/** `resource` is `projects/PROJECT`, or `/`. */
export function Bindings({ resource }: { resource: string }) {
  const maySee = useMay(resource, ["policies.get"]).has("policies.get");
  const { data, error } = useQuery(`policy ${resource}`, (_, signal) => policyOf(resource, signal), {
    ...ANY,
    ofNow: true,
    skip: !maySee,
  });
  const rows = data?.bindings?.flatMap(({ role, members, condition }) =>
    members.map((member) => ({ role, member, when: condition?.expression ?? "" })),
  );
  const of = resource === "/" ? w.ofAll : w.ofProject;
  return (
    <Card
      title={w.roles}
      help={of.help}
      beside={<VerbButtons verbs={[GRANT_ROLE]} name={resource} icon="plus" />}
    >
      <Problem error={error} />
      {data && !rows?.length && <Empty>{of.none}</Empty>}
      <ul class="access">
        {rows?.map((each) => (
          <li key={`${each.member} ${each.role} ${each.when}`} data-member={each.member}>
            <div>
              <strong>{id(each.role)}</strong> {each.member} {each.when && <code>{each.when}</code>}
            </div>
            <VerbButtons
              verbs={[REVOKE_ROLE]}
              name={resource}
              initial={{ member: each.member, role: each.role }}
            />
          </li>
        ))}
      </ul>
    </Card>
  );
}
