/** Who may do what on everything, the roles that there are, and people whose names are to be forgotten. */

import type { Role } from "@chronovisor/gen/chronovisor/v1/access_service_pb.js";
import { Card, Page, Problem } from "../components/basics.js";
import { Bindings } from "../components/bindings.js";
import { VerbButtons } from "../components/verb_buttons.js";
import { client } from "../lib/client.js";
import { id } from "../lib/format.js";
import { ANY, useQuery } from "../lib/query.js";
import { CREATE_ROLE, FORGET_PERSON, ROLE_VERBS } from "../lib/role_verbs.js";
import { words } from "../words.js";

const w = words.roles;

export function AccessPage() {
  return (
    <Page title={words.nav.access} actions={<VerbButtons verbs={[FORGET_PERSON]} name="" />}>
      <div class="two">
        <Bindings resource="/" />
        <Roles />
      </div>
    </Page>
  );
}

function Roles() {
  const { data, error } = useQuery("roles", (_, signal) => client.stubs.access.listRoles({}, { signal }), {
    ...ANY,
    ofNow: true,
  });
  return (
    <Card title={w.title} help={w.help} beside={<VerbButtons verbs={[CREATE_ROLE]} name="" icon="plus" />}>
      <Problem error={error} />
      <ul class="access">
        {data?.roles.map((each) => (
          <RoleRow key={each.name} role={each} />
        ))}
      </ul>
    </Card>
  );
}

function RoleRow({ role }: { role: Role }) {
  const { name, title, permissions, etag, builtIn } = role;
  return (
    <li data-role={name}>
      <div>
        <strong>{id(name)}</strong> {title}
      </div>
      <details>
        <summary>
          {w.count(permissions.length)} {builtIn && <span class="dim">{w.builtIn}</span>}
        </summary>
        <code>{permissions.join(", ")}</code>
      </details>
      {!builtIn && (
        <div class="actions">
          <VerbButtons
            verbs={ROLE_VERBS}
            name={name}
            initial={{ title, etag, permissions: permissions.join(", ") }}
          />
        </div>
      )}
    </li>
  );
}
